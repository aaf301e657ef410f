"""Jobs of a real run are forked from its warm process, and end as those that start cold do."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.conftest import kill_all_in, processes_in, until
from tests.workflow.tiny import TASKS, checkout, configure, snakemake

TARGETS = ["results/tables/table2.csv", f"results/importance/tiny/{TASKS[0]}.npy"]


def small(folder: Path, backend: Path) -> Path:
    """A checkout whose two joint runs take some seconds each."""
    folder = checkout(folder, backend)
    rows = {"suite": "tiny", "backend": "tiny", "methods": ["single-task"]}
    training = {"epochs": 200, "batch_size": 8, "max_length": 32, "precision": "fp32"}
    configure(folder, TASKS[:2], tables={"table2": rows}, training=training)
    return folder


def made(folder: Path) -> dict[str, bytes]:
    """What has to be the same, however its jobs started."""
    found = [path for kind in ("*.csv", "*.npy") for path in (folder / "results").rglob(kind)]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def cold(tmp_path_factory, tiny_backend) -> dict[str, bytes]:
    """What a run makes without a warm process."""
    folder = small(tmp_path_factory.mktemp("cold"), tiny_backend)
    snakemake(folder, *TARGETS, env={**os.environ, "GRADTS_WARM": "0"})
    return made(folder)


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A TMPDIR with a short name, which a socket's address must have."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)
        kill_all_in(Path(folder))


def start(folder: Path, temporary: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *TARGETS]
    env = {**os.environ, "TMPDIR": str(temporary)}
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)


def warm_process(controller: subprocess.Popen[bytes]) -> psutil.Process:
    """The one that the controller has started, as soon as it serves."""
    found = []

    def is_there() -> bool:
        children = psutil.Process(controller.pid).children()
        found[:] = [child for child in children if "gradts.warm" in child.cmdline()]
        return bool(found)

    until(is_there)
    return found[0]


def has_torch(process: psutil.Process) -> bool:
    return "libtorch" in Path(f"/proc/{process.pid}/maps").read_text()


def test_jobs_are_forked_and_make_what_cold_ones_make(tmp_path, tiny_backend, temporary, cold):
    folder = small(tmp_path, tiny_backend)
    controller = start(folder, temporary)
    server = warm_process(controller)
    until(lambda: has_torch(server) and server.children())
    for command in processes_in(temporary, "gradts"):
        assert not has_torch(command)
    (job, *_) = [job for watcher in server.children() for job in watcher.children()]
    assert has_torch(job)
    assert controller.wait(120) == 0
    assert made(folder) == cold
    assert {Path(name).suffix for name in cold} == {".csv", ".npy"}
    until(lambda: not processes_in(temporary))
    assert list(temporary.iterdir()) == []
