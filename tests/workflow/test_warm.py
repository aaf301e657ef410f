"""Jobs of a real run are forked from its warm process, and make what those that start cold make."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import yaml

from gradts.code import note_beginning
from gradts.config import resolve
from tests.conftest import kill_all_in, processes_in, until
from tests.workflow.tiny import ROOT, TASKS, checkout, configure, snakemake

TABLE, RUN = "results/tables/table2.csv", f"results/runs/tiny/{TASKS[0]}/seed1/run.json"
IMPORTANCE = f"results/importance/tiny/{TASKS[0]}/seed1.npy"


def small(folder: Path, backend: Path) -> Path:
    """A checkout whose two joint runs take some seconds each."""
    folder = checkout(folder, backend)
    rows = {"suite": "tiny", "backend": "tiny", "methods": ["single-task"]}
    training = {"epochs": 20, "batch_size": 8, "max_length": 32, "precision": "fp32"}
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
    snakemake(folder, TABLE, IMPORTANCE, env={**os.environ, "GRADTS_WARM": "0"})
    return made(folder)


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A TMPDIR with a short name, which a socket's address must have."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)
        kill_all_in(Path(folder))


def has_torch(process: psutil.Process) -> bool:
    with suppress(OSError):  # it may be gone
        return "libtorch" in Path(f"/proc/{process.pid}/maps").read_text()
    return False


def start(folder: Path, temporary: Path, *targets: str) -> tuple[subprocess.Popen[bytes], psutil.Process]:
    """A `snakemake` call and its warm process, once that does all that has been asked for, with torch."""
    command, silent = [sys.executable, "-m", "snakemake", "--cores", "2", *targets], subprocess.DEVNULL
    env = {**os.environ, "TMPDIR": str(temporary)}
    controller = subprocess.Popen(command, cwd=folder, env=env, stdout=silent, stderr=silent)
    server = None

    def is_at_work() -> bool:
        nonlocal server
        for child in psutil.Process(controller.pid).children():
            with suppress(psutil.Error):
                server = child if "gradts.warm" in child.cmdline() else server
        watchers = server.children() if server else []
        jobs = []
        for watcher in watchers:
            with suppress(psutil.NoSuchProcess):  # its job has just ended
                jobs += watcher.children()
        return any(map(has_torch, jobs)) and len(jobs) == len(processes_in(temporary, "gradts"))

    until(is_at_work, 120)
    return controller, server


def test_jobs_are_forked_and_make_what_cold_ones_make(tmp_path, tiny_backend, temporary, cold):
    folder = small(tmp_path, tiny_backend)
    controller, _ = start(folder, temporary, TABLE, IMPORTANCE)
    assert not any(map(has_torch, processes_in(temporary, "gradts")))
    assert controller.wait(120) == 0
    assert made(folder) == cold
    assert {Path(name).suffix for name in cold} == {".csv", ".npy"}
    until(lambda: not processes_in(temporary), 2)
    assert list(temporary.iterdir()) == []


def test_a_run_whose_warm_process_is_killed_ends_well(tmp_path, tiny_backend, temporary, cold):
    folder = small(tmp_path, tiny_backend)
    controller, server = start(folder, temporary, TABLE)
    server.kill()
    assert controller.wait(120) == 0
    assert (folder / TABLE).read_bytes() == cold[TABLE]
    assert list(temporary.iterdir()) == []


def test_a_killed_controller_leaves_no_process_and_no_file(tmp_path, tiny_backend, temporary, cold):
    folder = small(tmp_path, tiny_backend)
    controller, _ = start(folder, temporary, RUN)
    controller.kill()
    controller.wait()
    until(lambda: not processes_in(temporary), 2)
    assert not list(temporary.glob("gradts-*"))  # one of Snakemake's own is left
    assert not (folder / RUN).exists()
    snakemake(folder, "--unlock")
    snakemake(folder, RUN)
    assert made(folder)
    assert made(folder).items() <= cold.items()


WARM = """
import os, sys
from gradts import warm
warm.start()
print(os.environ["GRADTS_WARM"], flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(("mode", "asks"), [("subprocess", True), ("remote", False)])
def test_jobs_of_a_cluster_do_not_ask_a_warm_process_beside_them(
    tmp_path, tiny_backend, temporary, mode, asks
):
    """Their allocation is their own; what a run does here in a second `snakemake` may ask."""
    folder, env = checkout(tmp_path, tiny_backend), {**os.environ, "TMPDIR": str(temporary)}
    pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
    with subprocess.Popen([sys.executable, "-c", WARM], env=env, text=True, **pipes) as controller:
        env["GRADTS_WARM"] = controller.stdout.readline().strip()
        (server,) = psutil.Process(controller.pid).children()
        snakemake(folder, "--mode", mode, f"results/data/{TASKS[0]}/train.parquet", env=env)
        assert ("libarrow" in Path(f"/proc/{server.pid}/maps").read_text()) == asks
        controller.communicate()


@pytest.fixture
def copied(monkeypatch, tmp_path):
    """A module's file in a copy of the library, which jobs that start cold run."""
    shutil.copytree(ROOT / "src", tmp_path / "src")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'src'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setenv("GRADTS_WARM", "0")
    return tmp_path / "src/gradts/training/loop.py"


def test_cold_jobs_refuse_a_library_that_was_edited_after_the_run_began(tmp_path, tiny_backend, copied):
    folder = small(tmp_path, tiny_backend)
    first, second = (f"results/data/{task}/train.parquet" for task in TASKS[:2])
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--keep-going", first, second]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, cwd=folder, text=True, **streams) as controller:
        until(lambda: (folder / first).exists() or (folder / second).exists(), 120)
        copied.write_text(f"{copied.read_text()}\nMORE = 1\n")
        told = controller.communicate()[0]
    assert "gradts prepare: error: the library is not what this run began with" in told
    assert (folder / first).exists() != (folder / second).exists()


def test_a_clusters_job_refuses_a_configuration_that_was_edited_after_the_run_began(
    tmp_path, tiny_backend, monkeypatch
):
    folder, data = small(tmp_path, tiny_backend), f"results/data/{TASKS[0]}/train.parquet"
    monkeypatch.setattr("gradts.code._BEGUN", set())
    monkeypatch.setenv("GRADTS_BEGUN", "")  # is put back
    with monkeypatch.context() as there:
        there.chdir(folder)
        note_beginning(repr(resolve(yaml.safe_load(Path("config/config.yaml").read_text()))))
    before = (folder / "config/config.yaml").read_text()
    configure(folder, TASKS[:2], data={"max_train": 16})
    told = snakemake(folder, "--mode", "remote", data, ok=False)
    assert "the configuration (or a registry) is not what this run began with" in told
    assert not (folder / data).exists()
    (folder / "config/config.yaml").write_text(before)
    snakemake(folder, "--mode", "remote", data)
