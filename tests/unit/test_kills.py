"""kill -9 in the middle of a write, between a bandit's rounds, in the middle of a joint run's epoch."""

import json
import subprocess
import sys

from gradts.selection.specs import BanditSpec
from tests.conftest import RECIPE, TWO_TASKS, joint_run

KILLED = -9


def python(code: str, *arguments: object) -> int:
    """Exit status of a Python of its own."""
    command = [sys.executable, "-c", f"import os, signal, sys\n{code}", *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, timeout=300).returncode


WRITE = """
from gradts.artifacts import atomic
with atomic(sys.argv[1]) as part:
    part.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_write_that_is_killed_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    assert python(WRITE, path) == KILLED
    assert path.read_text() == "old"


JOINT = """
from gradts.specs import RunSpec
from gradts.training import joint
joint.SAVE_SECONDS, kill_at, calls = 0.0, int(sys.argv[4]), []
learn = joint.Learner.__call__
def counted(learner, *batch):
    calls.append(batch)
    if len(calls) == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)
    learn(learner, *batch)
joint.Learner.__call__ = counted
joint.train_jointly(RunSpec.from_json(sys.argv[1]), sys.argv[2], sys.argv[3])
print(len(calls))
"""


def test_a_joint_run_killed_in_mid_epoch_ends_as_an_undisturbed_one(backend, data, tmp_path):
    spec = joint_run(backend, epochs=3).to_json()
    whole, part = tmp_path / "whole", tmp_path / "part"
    assert python(JOINT, spec, data, whole, 0) == 0
    assert python(JOINT, spec, data, part, 9) == KILLED  # in the second of three epochs of six batches
    assert [path.name for path in part.iterdir()] == ["state.safetensors"]
    assert python(JOINT, spec, data, part, 13) == 0  # twelve batches are left, not eighteen
    assert (part / "metrics.csv").read_bytes() == (whole / "metrics.csv").read_bytes()
    assert not (part / "state.safetensors").exists()


BANDIT = """
from gradts.autosem import bandit
from gradts.selection.specs import BanditSpec
kill_after, saves, save = int(sys.argv[4]), [], bandit.checkpoint.save
def counted(*state):
    save(*state)
    saves.append(state)
    if len(saves) == kill_after:
        os.kill(os.getpid(), signal.SIGKILL)
bandit.checkpoint.save = counted
bandit.play(BanditSpec.from_json(sys.argv[1]), sys.argv[2], sys.argv[3], save_seconds=0.0)
"""


def test_a_bandit_killed_between_rounds_ends_as_an_undisturbed_one(backend, data, tmp_path):
    spec = BanditSpec(TWO_TASKS[0], TWO_TASKS[1:], backend, RECIPE, 1, "select", 6, 2, 0.3).to_json()
    whole, part = tmp_path / "whole.json", tmp_path / "part.json"
    assert python(BANDIT, spec, data, whole, 0) == 0
    assert python(BANDIT, spec, data, part, 3) == KILLED
    assert not part.exists()
    assert python(BANDIT, spec, data, part, 4) == 0  # three rounds are left, not six
    ledgers = [json.loads(path.read_text()) for path in (whole, part)]
    assert ledgers[0]["rounds"] == ledgers[1]["rounds"]
    assert ledgers[0]["utilities"] == ledgers[1]["utilities"]
