#!/usr/bin/env bash
# Stop what slurm-up.sh started and wait until each process is gone; its logs stay.
# Usage (as root): slurm-down.sh STATE
set -uo pipefail
state=$(realpath -m "$1")

gone() { # SECONDS PID...
    local end=$((SECONDS + $1))
    shift
    while kill -0 "$@" 2>/dev/null; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

stop() { # PID-FILE
    local pid
    pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] || return 0
    kill "$pid" 2>/dev/null
    gone 15 "$pid" || { kill -9 "$pid"; gone 5 "$pid" || echo "process $pid of $1 is still there" >&2; }
    rm -f "$1"
}

# Jobs first: they would outlive their slurmd.
if [ -L /etc/slurm/slurm.conf ] && timeout 5 scontrol ping >/dev/null 2>&1; then
    pids=$(timeout 5 scontrol listpids 2>/dev/null | awk '$1 > 1 {print $1}')
    timeout 5 scancel --user=root
    for pid in $pids; do gone 5 "$pid" || kill -9 "$pid" 2>/dev/null; done
fi
for name in slurmd slurmctld slurmdbd mariadb munged; do stop "$state/run/$name.pid"; done
for name in slurm gres cgroup slurmdbd; do
    [ "$(readlink /etc/slurm/$name.conf)" != "$state/$name.conf" ] || rm -f /etc/slurm/$name.conf
done
