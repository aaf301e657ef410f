"""kill -9 in the middle of a write, between a bandit's rounds, in the middle of a joint run's epoch."""

import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from gradts.artifacts import atomic
from gradts.autosem import bandit
from gradts.selection.specs import BanditSpec
from gradts.specs import RunSpec
from gradts.training import joint
from tests.conftest import RECIPE, TWO_TASKS, joint_run

KILLED = -signal.SIGKILL
# A process that is to be killed is forked from one that has imported torch, once.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([bandit.__name__, joint.__name__])


def end_of(function: Callable[..., None], *arguments: Any) -> int | None:
    """Exit status of a process of its own."""
    process = FORKS.Process(target=function, args=arguments)
    process.start()
    process.join(300)
    return process.exitcode


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def write(path: Path) -> None:
    with atomic(path) as part:
        part.write_text("half")
        kill()


def test_a_write_that_is_killed_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    assert end_of(write, path) == KILLED
    assert path.read_text() == "old"


def train(spec: RunSpec, data: Path, out: Path, kill_at: int) -> None:
    calls, learn, joint.SAVE_SECONDS = count(1), joint.Learner.__call__, 0.0

    def counted(learner: joint.Learner, *batch: Any) -> None:
        if next(calls) == kill_at:
            kill()
        learn(learner, *batch)

    joint.Learner.__call__ = counted
    joint.train_jointly(spec, data, out)


def test_a_joint_run_killed_in_mid_epoch_ends_as_an_undisturbed_one(backend, data, tmp_path):
    spec = joint_run(backend, epochs=3)
    whole, part = tmp_path / "whole", tmp_path / "part"
    assert end_of(train, spec, data, whole, 0) == 0
    assert end_of(train, spec, data, part, 9) == KILLED  # in the second of three epochs of six batches
    assert [path.name for path in part.iterdir()] == ["state.safetensors"]
    assert end_of(train, spec, data, part, 13) == 0  # twelve batches are left, not eighteen
    assert (part / "metrics.csv").read_bytes() == (whole / "metrics.csv").read_bytes()
    assert not (part / "state.safetensors").exists()


def play(spec: BanditSpec, data: Path, out: Path, kill_after: int) -> None:
    saves, save = count(1), bandit.State.save

    def counted(*state: Any) -> None:
        save(*state)
        if next(saves) == kill_after:
            kill()

    bandit.State.save = counted
    bandit.play(spec, data, out, save_seconds=0.0)


def test_a_bandit_killed_between_rounds_ends_as_an_undisturbed_one(backend, data, tmp_path):
    spec = BanditSpec("toy", TWO_TASKS[0], TWO_TASKS[1:], backend, RECIPE, 1, "select", 6, 2, 0.3)
    whole, part = tmp_path / "whole.json", tmp_path / "part.json"
    assert end_of(play, spec, data, whole, 0) == 0
    assert end_of(play, spec, data, part, 3) == KILLED
    assert not part.exists()
    assert end_of(play, spec, data, part, 4) == 0  # three rounds are left, not six
    ledgers = [json.loads(path.read_text()) for path in (whole, part)]
    assert ledgers[0]["rounds"] == ledgers[1]["rounds"]
    assert ledgers[0]["utilities"] == ledgers[1]["utilities"]
