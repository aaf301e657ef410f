"""A real Slurm of one node with two pretended GPUs, and Snakemake controllers that submit to it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

from tests.workflow.tiny import ROOT

HERE = Path(__file__).parent
LOCK = Path(tempfile.gettempdir(), "gradts-slurm.lock")  # a machine has one Slurm at a time
PACKAGES = (
    "munge slurmctld slurmd slurm-client slurm-wlm-basic-plugins"
    " slurmdbd slurm-wlm-mysql-plugin mariadb-server"
)
DAEMONS = {"munged", "slurmctld", "slurmd", "slurmstepd", "slurmdbd", "mariadbd"}
PROFILE = Path("profiles/slurm/config.yaml")
# The profile looks at its jobs every 20 seconds, which is right for long ones.
OFTEN = ["--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "2"]


def install() -> None:
    """The Debian packages. Where they cannot be had or would do harm, the tests are skipped."""
    if os.geteuid() != 0:
        pytest.skip("Slurm's daemons are started as root")
    if Path("/run/systemd/system").exists():
        pytest.skip("under systemd the packages would start services of their own")
    conf = Path("/etc/slurm/slurm.conf")
    if conf.exists() and not conf.is_symlink():
        pytest.skip("this machine has a Slurm of its own")
    if all(map(shutil.which, [*DAEMONS - {"slurmstepd"}, "sbatch", "sacct"])):
        return
    if not shutil.which("apt-get"):
        pytest.skip("Slurm is not installed, and there is no apt-get")
    # Runlevel 1, so that no installed service is started.
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in ("update", f"install -y --no-install-recommends {PACKAGES}"):
        apt = ["apt-get", *command.split()]
        done = subprocess.run(apt, capture_output=True, text=True, check=False, env=env, timeout=300)
        if done.returncode:
            pytest.skip(f"apt-get {command.split()[0]} failed: {done.stderr.strip()[-200:]}")


def daemons() -> set[psutil.Process]:
    return {process for process in psutil.process_iter(["name"]) if process.info["name"] in DAEMONS}


@contextmanager
def slurm(state: Path, *options: str) -> Iterator[None]:
    """A running Slurm, of which nothing is left afterwards."""
    with FileLock(LOCK):
        install()
        before = daemons()
        # SIGTERM, which a time limit sends, would end pytest without this.
        previous = signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated"))
        try:
            call(str(HERE / "slurm-up.sh"), str(state), *options, timeout=120)
            yield
        finally:
            call(str(HERE / "slurm-down.sh"), str(state), timeout=120)
            signal.signal(signal.SIGTERM, previous)
            assert not daemons() - before


def call(*command: str, timeout: float = 20) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "this did not come to be in time"
        time.sleep(0.2)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def edit_profile(folder: Path, account: str | None) -> None:
    """What a user changes: partition and account or, without accounting, what its comment says."""
    text = (folder / PROFILE).read_text()
    text = re.sub(r"(slurm_partition:) \S+", r"\1 main", text)
    if account:
        text = re.sub(r"(slurm_account:) \S+", rf"\1 {account}", text)
    else:
        text = re.sub(r".*slurm_account: .*\n", "", text)
        text = text.replace("# slurm-status-command", "slurm-status-command")
    (folder / PROFILE).write_text(text)


def small_jobs(folder: Path, account: str | None = None) -> Path:
    """A folder with jobs that sleep, and the profile."""
    shutil.copytree(ROOT / PROFILE.parent, folder / PROFILE.parent)
    shutil.copy(HERE / "jobs.smk", folder / "Snakefile")
    edit_profile(folder, account)
    return folder


class Controller:
    """A Snakemake process in the background."""

    def __init__(self, folder: Path, *arguments: str):
        self.log = folder / f"controller-{time.monotonic_ns()}.log"
        command = [sys.executable, "-m", "snakemake", *arguments]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    @property
    def run(self) -> str:
        """The name of all its Slurm jobs."""
        wait_for(lambda: "SLURM run ID: " in self.log.read_text())
        return self.log.read_text().split("SLURM run ID: ")[1].split()[0]

    def queue(self) -> list[str]:
        """The states of its jobs that are not over."""
        return call("squeue", "--noheader", "--format=%T", "--name", self.run).split()

    def finish(self, ok: bool = True, seconds: float = 420) -> str:
        self.process.wait(timeout=seconds)
        output = self.log.read_text()
        assert (self.process.returncode == 0) == ok, output
        return output

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@contextmanager
def controllers() -> Iterator[Callable[..., Controller]]:
    """Starts controllers, and stops those that still run in the end."""
    started = []

    def submit(
        folder: Path, *arguments: str, options: tuple[str, ...] = ("--profile", "profiles/slurm", *OFTEN)
    ):
        started.append(Controller(folder, *options, *arguments))
        return started[-1]

    try:
        yield submit
    finally:
        for controller in started:
            controller.stop()
