"""AUTOSEM: the bandit on planted problems, the search of ratios, and jobs that are stopped."""

import json
from dataclasses import replace

import numpy as np
import pytest

from gradts.artifacts import ArtifactError
from gradts.autosem import bandit as job
from gradts.autosem import mixing
from gradts.names import InputError
from gradts.selection.autosem import Bandit
from gradts.selection.specs import BanditSpec, MixingSpec
from tests.conftest import RECIPE, TWO_TASKS

# Chance that a few batches of the task raise the primary's score.
PLANTED = {"helpful": 0.95, "neutral": 0.5, "harmful": 0.05}


def play(seed: int, gamma: float) -> str:
    """The arm of the highest utility after a simulated game of 200 rounds."""
    generator = np.random.default_rng(seed)
    bandit = Bandit(list(PLANTED), gamma)
    for _ in range(200):
        arm = bandit.draw(generator)
        bandit.reward(arm, bool(generator.random() < PLANTED[arm]))
    utilities = bandit.utilities()
    return max(utilities, key=utilities.__getitem__)


# With the authors' decay of 0.3 the memory is some three rounds long, so the last ones weigh much.
@pytest.mark.parametrize(("gamma", "share"), [(0.3, 0.9), (0.1, 0.98)])
def test_the_bandit_finds_the_helpful_arm(gamma, share):
    found = [play(seed, gamma) for seed in range(100)]
    assert found.count("helpful") >= 100 * share


def test_posteriors_by_hand():
    bandit = Bandit(["b", "a"], gamma=0.5)
    bandit.reward("a", True)
    bandit.reward("a", False)
    # a: (1, 1) → (2, 1) → decayed (1.5, 1) → (1.5, 2)
    assert bandit.posterior == {"a": (1.5, 2.0), "b": (1.0, 1.0)}
    assert bandit.utilities() == {"a": pytest.approx(1.5 / 3.5), "b": 0.5}


def known_function(ratios):
    return -((ratios["a"] - 7) ** 2) - (ratios["b"] - 2) ** 2 - (ratios["p"] - 3) ** 2


def test_the_gaussian_process_beats_random_search(tmp_path):
    ours, at_random = [], []
    for seed in range(10):
        trials = mixing.optimise(known_function, "p", ["a", "b"], 20, 9, seed, tmp_path / f"{seed}")
        ours.append(max(value for _, value in trials))
        generator = np.random.default_rng(seed)
        draws = [
            {"p": generator.integers(1, 10), "a": generator.integers(10), "b": generator.integers(10)}
            for _ in range(20)
        ]
        at_random.append(max(map(known_function, draws)))
    assert np.median(ours) > np.median(at_random)


def test_a_stopped_search_resumes(tmp_path):
    whole = mixing.optimise(known_function, "p", ["a", "b"], 6, 9, 1, tmp_path / "whole")
    asked = []

    def stops(ratios):
        asked.append(ratios)
        if len(asked) == 4:
            raise KeyboardInterrupt
        return known_function(ratios)

    with pytest.raises(KeyboardInterrupt):
        mixing.optimise(stops, "p", ["a", "b"], 6, 9, 1, tmp_path / "part")
    resumed = mixing.optimise(stops, "p", ["a", "b"], 6, 9, 1, tmp_path / "part")
    assert resumed == whole
    assert len(asked) == 7  # the stopped trial is tried again, the finished ones are not


def test_damaged_and_foreign_journals(tmp_path):
    journal = tmp_path / "journal"
    journal.write_text("no json\n")
    with pytest.raises(ArtifactError, match=r"journal is no study .* delete it to begin anew"):
        mixing.optimise(known_function, "p", ["a", "b"], 2, 9, 1, journal)
    journal.unlink()
    mixing.optimise(known_function, "p", ["a", "b"], 1, 9, 1, journal)
    with pytest.raises(ArtifactError, match="belongs to another search"):
        mixing.optimise(known_function, "p", ["b"], 1, 9, 1, journal)
    with pytest.raises(InputError, match=r"trials \(0\)"):
        mixing.optimise(known_function, "p", ["a"], 0, 9, 1, tmp_path / "none")


@pytest.fixture
def spec(backend) -> BanditSpec:
    recipe = replace(RECIPE, batch_size=4)
    return BanditSpec(TWO_TASKS[1], TWO_TASKS[:1], backend, recipe, 1, "select", 6, 2, 0.3)


def test_an_interrupted_bandit_ends_as_an_undisturbed_one(spec, data, tmp_path, monkeypatch):
    job.play(spec, data, tmp_path / "whole.json")
    whole = json.loads((tmp_path / "whole.json").read_text())
    played = job.Game.play

    def stops(game, number, *rest):
        if number == 4:
            raise KeyboardInterrupt
        return played(game, number, *rest)

    out = tmp_path / "part.json"
    with monkeypatch.context() as patch:
        patch.setattr(job.Game, "play", stops)
        with pytest.raises(KeyboardInterrupt):
            job.play(spec, data, out, save_seconds=0)
    assert not out.exists()
    job.play(spec, data, out)
    part = json.loads(out.read_text())
    assert part["rounds"] == whole["rounds"]
    assert part["utilities"] == whole["utilities"]
    assert len(part["rounds"]) == 7
    assert not list(tmp_path.glob("*.state"))


def test_damaged_and_foreign_states(spec, data, tmp_path, monkeypatch):
    out, state = tmp_path / "bandit.json", tmp_path / "bandit.json.state"
    state.write_bytes(b"half a file")
    with pytest.raises(ArtifactError, match=r"bandit\.json\.state cannot be resumed .* delete it"):
        job.play(spec, data, out)
    state.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(job, "write_json", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            job.play(spec, data, out, save_seconds=0)
    assert state.exists()
    job.play(replace(spec, rounds=2), data, out)  # another game: the state is not its own
    assert len(json.loads(out.read_text())["rounds"]) == 3


def test_ratios_are_searched_by_joint_training(spec, data, tmp_path):
    auxiliaries = [TWO_TASKS[0]]
    given = MixingSpec(spec.primary, auxiliaries, spec.backend, spec.recipe, 1, "select", 2, 2)
    mixing.search(given, data, tmp_path / "mixing.json")
    found = json.loads((tmp_path / "mixing.json").read_text())
    assert set(found["ratios"]) == {task.name for task in TWO_TASKS}
    assert found["ratios"] in [trial["ratios"] for trial in found["trials"]]
    assert len(found["trials"]) == 2
    mixing.search(replace(given, auxiliaries=[]), data, tmp_path / "none.json")
    assert json.loads((tmp_path / "none.json").read_text())["ratios"] == {"demo_entail": 1}
