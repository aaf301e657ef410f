"""What is killed, or cannot be written, loses nothing and changes nothing: every fault is really provoked."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from gradts.reporting.marks import MARKS
from tests.workflow.tiny import TASKS, checkout, configure, jobs, snakemake, state

ROWS = {"suite": "tiny", "backend": "tiny", "methods": ["single-task", "no-sel", "gradts-trial"]}
TABLE = "results/tables/table2.csv"


def few_rows(folder: Path, **changes) -> Path:
    configure(folder, TASKS, tables={"table2": ROWS}, **changes)
    return folder


@pytest.fixture(scope="module")
def undisturbed(pristine, tmp_path_factory) -> Path:
    """The table of three rows as a run ends that nothing disturbed."""
    folder = few_rows(shutil.copytree(pristine, tmp_path_factory.mktemp("undisturbed") / "copy"))
    snakemake(folder, TABLE)
    return folder


# ------------------------------------------------------------------------------- what is killed


def start(folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "2", TABLE],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def wait_until(condition, process: subprocess.Popen, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, "the workflow ended before it could be disturbed"
        assert time.monotonic() < deadline, "the moment to disturb the workflow never came"
        time.sleep(0.05)


def killed(process: subprocess.Popen, stage: str) -> bool:
    """Whether a `gradts STAGE` of a session was running, which it is no more."""
    for child in psutil.Process(process.pid).children(recursive=True):
        with suppress(psutil.Error):
            command = child.cmdline()
            if len(command) > 2 and command[1].endswith("gradts") and command[2] == stage:
                child.kill()
                return True
    return False


def whole(results: Path) -> int:
    """Reads everything under a final name; returns how many files that is."""
    found = [path for path in results.rglob("*") if path.is_file() and not path.name.startswith(".")]
    for path in found:
        if path.suffix == ".parquet":
            pq.read_table(path)
        elif path.suffix == ".json":
            json.loads(path.read_text())
    return len(found)


def test_kills_lose_nothing_and_change_nothing(tmp_path, tiny_backend, undisturbed):
    """A job, then twice the controller with all its jobs; meanwhile a second controller is refused."""
    folder = few_rows(checkout(tmp_path, tiny_backend))
    results = folder / "results"
    process = start(folder)
    wait_until(lambda: killed(process, "gradients"), process)
    os.kill(process.pid, signal.SIGSTOP)  # it has not ended while the other one asks
    assert "cannot be locked" in snakemake(folder, TABLE, ok=False)
    os.kill(process.pid, signal.SIGCONT)
    assert process.wait(300) != 0  # the others went on, but this one is missing
    assert len(list(results.rglob("importance/*/*/*.npy"))) == len(TASKS) - 1
    for count in (1, 3):
        kept = state(folder)
        process = start(folder)
        wait_until(lambda count=count: len(list(results.rglob("run.json"))) >= count, process)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        snakemake(folder, "--unlock")
        assert whole(results) > 0
        assert {path: content for path, content in state(folder).items() if path in kept} == kept
    snakemake(folder, TABLE)
    assert (folder / TABLE).read_bytes() == (undisturbed / TABLE).read_bytes()
    assert not list(results.rglob("*.part"))


def test_two_threads_choose_the_same_sets(tmp_path, tiny_backend, undisturbed):
    folder = few_rows(checkout(tmp_path, tiny_backend))
    snakemake(folder, TABLE, "--set-threads", "joint=2", "gradients=2")

    def chosen(place: Path) -> dict[str, list[str]]:
        answers = (place / "results/selection/tiny/tiny").glob("gradts-trial/*.json")
        return {path.stem: json.loads(path.read_text())["members"] for path in answers}

    assert chosen(folder) == chosen(undisturbed)
    scores = [list(csv.DictReader((place / TABLE).open())) for place in (folder, undisturbed)]
    for ours, theirs in zip(*scores, strict=True):
        for name in ours:
            if name not in ("method", "suite", *MARKS):
                assert abs(float(ours[name]) - float(theirs[name])) <= 5  # one of 24 instances


# ---------------------------------------------------------------------------- what cannot be written


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own, 2 MB, whose path has a space."""
    place = tmp_path / "small disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_or_read_only_disk_is_named_and_loses_nothing(tmp_path, tiny_backend, small_disk):
    (tmp_path / "work").mkdir()
    folder = few_rows(checkout(tmp_path / "work", tiny_backend), results_dir=str(small_disk / "results"))
    target = str(small_disk / "results/importance/tiny/demo_accept/seed1.npy")
    prepared = str(small_disk / "results/data/demo_accept/train.parquet")
    snakemake(folder, prepared)
    content = Path(prepared).read_bytes()
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space left"), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    output = snakemake(folder, target, ok=False)
    assert "No space left on device" in output
    assert not Path(target).exists()
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert "Read-only file system" in snakemake(folder, target, ok=False)
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert jobs(snakemake(folder, target)).get("prepare") is None  # nothing that was made is made again
    assert Path(target).exists()
    assert Path(prepared).read_bytes() == content
