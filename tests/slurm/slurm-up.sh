#!/usr/bin/env bash
# Start a private Slurm of one node with two pretended GPUs, without systemd.
# Usage (as root): slurm-up.sh STATE [accounting]; slurm-down.sh STATE stops all of it.
set -euo pipefail
state=$(realpath -m "$1")
accounting=${2:-}
here=$(dirname "$(realpath "$0")")
host=$(hostname -s)
port=16817 # and the two after it; not Slurm's own, which another one may use

wait_until() { # SECONDS COMMAND...
    local end=$((SECONDS + $1))
    shift
    until timeout 5 "$@" >"$state/log/wait" 2>&1; do
        [ "$SECONDS" -lt "$end" ] || { echo "gave up waiting for: $*" >&2; tail -n 20 "$state"/log/* >&2; exit 1; }
        sleep 0.2
    done
}

[ "$(id -u)" = 0 ] || { echo "slurm-up.sh must run as root" >&2; exit 1; }
link=/etc/slurm/slurm.conf
# A link is what a killed start left behind; a file is somebody's cluster.
[ ! -L $link ] || "$here/slurm-down.sh" "$(dirname "$(readlink $link)")"
[ ! -e $link ] || { echo "$link exists: this machine has a Slurm of its own" >&2; exit 1; }
mkdir -p "$state"/{ctld,d,log,run,munge} /etc/slurm

# MUNGE: every message is signed with this key. Its socket must be reachable by all.
dd if=/dev/urandom of="$state/munge/key" bs=1024 count=1 status=none
chmod 0400 "$state/munge/key"
chmod 0755 "$state"{,/run}

if [ -n "$accounting" ]; then
    storage=accounting_storage/slurmdbd
    age=2 # squeue forgets finished jobs, so that only sacct knows of them
else
    storage=accounting_storage/none
    age=300 # the executor asks squeue for finished jobs
fi
cat >"$state/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$state/run/munge.socket
CredType=cred/munge
StateSaveLocation=$state/ctld
SlurmdSpoolDir=$state/d
SlurmctldPidFile=$state/run/slurmctld.pid
SlurmdPidFile=$state/run/slurmd.pid
SlurmctldLogFile=$state/log/slurmctld.log
SlurmdLogFile=$state/log/slurmd.log
# Nothing here needs cgroups; a job that takes too much memory is killed by polling.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,bf_interval=1
ReturnToService=2
MinJobAge=$age
KillWait=2
AccountingStorageType=$storage
AccountingStorageHost=127.0.0.1
AccountingStoragePort=$((port + 2))
AccountingStoragePass=$state/run/munge.socket
GresTypes=gpu
# More cores and memory than there are, so that GPUs alone limit what runs at a time.
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=16 RealMemory=256000 Gres=gpu:2 State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=2-00:00:00 State=UP
CONF
for gpu in 0 1; do mknod "$state/gpu$gpu" c 1 3; done # Slurm takes character devices only
echo "NodeName=$host Name=gpu File=$state/gpu[0-1]" >"$state/gres.conf"
printf 'CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n' >"$state/cgroup.conf"
cat >"$state/slurmdbd.conf" <<CONF
AuthType=auth/munge
AuthInfo=socket=$state/run/munge.socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$((port + 2))
SlurmUser=root
LogFile=$state/log/slurmdbd.log
PidFile=$state/run/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=$((port + 3))
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct_db
CONF
chmod 0600 "$state/slurmdbd.conf"
# SLURM_CONF would not do: the executor drops every SLURM_ variable before it starts a job.
for name in slurm gres cgroup slurmdbd; do ln -sfn "$state/$name.conf" /etc/slurm/$name.conf; done

munged --force --key-file="$state/munge/key" --socket="$state/run/munge.socket" --seed-file="$state/munge/seed" \
    --pid-file="$state/run/munged.pid" --log-file="$state/log/munged.log"

if [ -n "$accounting" ]; then
    socket=$state/run/mariadb.socket
    mariadb-install-db --user=root --datadir="$state/mysql" --skip-test-db \
        --auth-root-authentication-method=normal >"$state/log/mariadb-install" 2>&1
    setsid mariadbd --no-defaults --user=root --datadir="$state/mysql" --socket="$socket" \
        --pid-file="$state/run/mariadb-own.pid" --bind-address=127.0.0.1 --port=$((port + 3)) \
        --innodb-buffer-pool-size=64M --innodb-lock-wait-timeout=900 >"$state/log/mariadb" 2>&1 </dev/null &
    echo $! >"$state/run/mariadb.pid"
    wait_until 30 mariadb-admin --socket="$socket" ping
    mariadb --socket="$socket" -e "CREATE DATABASE slurm_acct_db;
        CREATE USER 'slurm'@'127.0.0.1' IDENTIFIED BY 'slurm'; CREATE USER 'slurm'@'localhost' IDENTIFIED BY 'slurm';
        GRANT ALL ON slurm_acct_db.* TO 'slurm'@'127.0.0.1', 'slurm'@'localhost';"
    slurmdbd
    wait_until 30 sacctmgr -n list cluster
fi
slurmctld
slurmd
wait_until 30 sh -c "sinfo -h -o %T | grep -qx idle"
if [ -n "$accounting" ]; then
    timeout 20 sacctmgr -i add account test Description=test Organization=test >/dev/null
    timeout 20 sacctmgr -i add user root Account=test >/dev/null
fi
