"""AUTOSEM: the bandit on planted problems, the search of ratios, and jobs that are stopped."""

import json
from dataclasses import replace

import numpy as np
import pytest

from gradts.artifacts import ArtifactError
from gradts.autosem import bandit as job
from gradts.autosem import mixing
from gradts.members import Member
from gradts.names import InputError
from gradts.selection.autosem import Bandit, best_ratios
from gradts.selection.specs import BanditSpec, MixingSpec
from gradts.specs import Backend
from tests.conftest import RECIPE, TWO_TASKS, yes_no

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


def planted(seed: int, trials: int = 20, auxiliaries: str = "ab") -> MixingSpec:
    """A search for the primary p; its trials are answered by `known_function`."""
    tasks = [yes_no(name) for name in auxiliaries]
    return MixingSpec("toy", yes_no("p"), tasks, Backend("x", path="x"), RECIPE, seed, "select", trials, 9)


def known_function(ratios):
    return -((ratios["a"] - 7) ** 2) - (ratios["b"] - 2) ** 2 - (ratios["p"] - 3) ** 2, {}


def searched(journal, spec: MixingSpec, trial=known_function, job=None) -> list:
    """Ratios and score of every trial."""
    found = mixing.optimise(mixing.resumable(journal, job or {"code": "1"}), trial, spec)
    return [(dict(one.params), one.value) for one in found]


def test_the_gaussian_process_beats_random_search(tmp_path):
    ours, at_random = [], []
    for seed in range(10):
        ours.append(max(value for _, value in searched(tmp_path / f"{seed}", planted(seed))))
        generator = np.random.default_rng(seed)
        draws = [
            {"p": generator.integers(1, 10), "a": generator.integers(10), "b": generator.integers(10)}
            for _ in range(20)
        ]
        at_random.append(max(known_function(draw)[0] for draw in draws))
    assert np.median(ours) > np.median(at_random)


def stopping(at: int, asked: list):
    """`known_function`, stopped at a trial."""

    def trial(ratios):
        asked.append(ratios)
        if len(asked) == at:
            raise KeyboardInterrupt
        return known_function(ratios)

    return trial


def test_a_stopped_search_resumes(tmp_path):
    whole = searched(tmp_path / "whole", planted(1, 6))
    stops = stopping(4, asked := [])
    with pytest.raises(KeyboardInterrupt):
        searched(tmp_path / "part", planted(1, 6), stops)
    assert searched(tmp_path / "part", planted(1, 6), stops) == whole
    assert len(asked) == 7  # the stopped trial is tried again, the finished ones are not


@pytest.mark.parametrize("part", ["code", "spec", "data", "packages"])
def test_a_search_of_anything_else_begins_anew(tmp_path, capsys, part):
    job = {"code": "1", "spec": {"rate": 0.1}, "data": {"a": "2"}, "packages": {"torch": "1"}}
    with pytest.raises(KeyboardInterrupt):
        searched(tmp_path / "journal", planted(1, 6), stopping(4, asked := []), job)
    other = job | {part: "other"}
    assert searched(tmp_path / "journal", planted(1, 6), stopping(0, asked), other) == searched(
        tmp_path / "whole", planted(1, 6)
    )
    assert len(asked) == 4 + 6
    assert (
        capsys.readouterr().err == f"{tmp_path}/journal was left by a job of other {part}: beginning anew\n"
    )


@pytest.mark.parametrize("left", [0.2, 0.5, 0.8])
def test_a_record_that_was_cut_costs_only_itself(tmp_path, left):
    whole = searched(tmp_path / "journal", planted(1, 6))
    *kept, last = (tmp_path / "journal").read_bytes().splitlines(keepends=True)
    (tmp_path / "journal").write_bytes(b"".join(kept) + last[: int(left * len(last))])
    assert searched(tmp_path / "journal", planted(1, 6)) == whole


def test_the_lock_of_a_killed_search_leads_somewhere(tmp_path, monkeypatch):
    """Optuna releases it after a while where it can ask how old it is, which a dangling link cannot tell."""
    monkeypatch.chdir(tmp_path)
    study = mixing.resumable("results/journal", {})
    lock = study._storage._backend._lock
    lock.acquire()
    assert (tmp_path / "results/journal.lock").exists()
    lock.release()


def test_a_journal_that_can_be_written_no_more(spec, data, tmp_path, monkeypatch):
    out, journal = tmp_path / "out.json", tmp_path / "out.json.journal"

    def trial(*_):
        journal.unlink()
        journal.symlink_to("/dev/full")
        return 0.5, {"processed": 1}

    monkeypatch.setattr(mixing, "_trial", trial)
    found = MixingSpec("toy", spec.primary, spec.auxiliaries, spec.backend, RECIPE, 1, "select", 2, 2)
    with pytest.raises(
        InputError, match=r"^cannot write .*out\.json\.journal: No space left on device; make"
    ):
        mixing.search(found, data, out)


def test_other_primaries_and_suites_search_otherwise(tmp_path):
    games = [planted(1, 3), replace(planted(1, 3), suite="other"), planted(2, 3)]
    assert len({str(searched(tmp_path / str(n), game)[0]) for n, game in enumerate(games)}) == 3
    other = replace(planted(1, 3), primary=yes_no("q"))
    assert len({other.seed_of(4), *(game.seed_of(4) for game in games), games[0].seed_of(5)}) == 5


def test_a_damaged_journal(tmp_path):
    journal = tmp_path / "journal"
    journal.write_text("no json\n")
    with pytest.raises(ArtifactError, match=r"journal is no study .* delete it to begin anew"):
        mixing.resumable(journal, {})


@pytest.fixture
def spec(backend) -> BanditSpec:
    recipe = replace(RECIPE, batch_size=4)
    return BanditSpec("toy", TWO_TASKS[1], TWO_TASKS[:1], backend, recipe, 1, "select", 6, 2, 0.3)


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


def test_a_game_begins_on_its_primary_and_its_arms_are_its_own(spec, data, tmp_path):
    games = {"seed 1": spec, "suite": replace(spec, suite="other"), "seed 2": replace(spec, seed=2)}
    games["primary"] = replace(spec, primary=TWO_TASKS[0], auxiliaries=TWO_TASKS[1:])
    arms = {}
    for name, game in games.items():
        job.play(replace(game, rounds=12), data, tmp_path / "bandit.json")
        rounds = json.loads((tmp_path / "bandit.json").read_text())["rounds"]
        assert [rounds[0]["arm"], rounds[1]["arm"]] == [None, game.primary.name]
        arms[name] = tuple(entry["arm"] for entry in rounds[2:])
    assert len(set(arms.values())) == len(games)


def test_the_rate_of_a_game_stays_after_its_warm_up(spec, data):
    given = replace(spec, rounds=10, recipe=replace(spec.recipe, warmup=0.5))
    schedule, rates = job.Game(given, data).learner.schedule, []
    for _ in range(given.rounds * given.batches):
        rates += schedule.get_last_lr()
        schedule.optimizer.step()
        schedule.step()
    assert rates == pytest.approx([1e-3 * min(1, step / 10) for step in range(20)])


@pytest.mark.parametrize(
    ("before", "after", "reward"),
    [(0.5, 0.5, True), (0.5, 0.4, False), (None, None, True), (None, 0.1, True), (0.1, None, False)],
)
def test_rewards(spec, data, monkeypatch, before, after, reward):
    game = job.Game(spec, data)
    monkeypatch.setattr(game, "_score", lambda: after)
    assert game.play(
        1, Bandit([task.name for task in spec.tasks], 0.3), [{"arm": None, "score": before}]
    ) == {
        "arm": spec.primary.name,
        "reward": reward,
        "score": after,
    }


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
    given = MixingSpec("toy", spec.primary, TWO_TASKS[:1], spec.backend, spec.recipe, 1, "select", 3, 2)
    mixing.search(given, data, tmp_path / "mixing.json")
    found = json.loads((tmp_path / "mixing.json").read_text())
    trials = [(trial["ratios"], trial["score"]) for trial in found["trials"]]
    assert [set(ratios) for ratios, _ in trials] == [{task.name for task in TWO_TASKS}] * 3
    assert (found["ratios"], found["undecided"]) == best_ratios(spec.primary.name, trials)
    mixing.search(replace(given, auxiliaries=[]), data, tmp_path / "none.json")
    assert json.loads((tmp_path / "none.json").read_text())["ratios"] == {"demo_entail": 1}


def test_a_stopped_search_counts_what_it_took_before(spec, data, tmp_path, monkeypatch):
    given = MixingSpec("toy", spec.primary, TWO_TASKS[:1], spec.backend, spec.recipe, 1, "select", 3, 2)
    mixing.search(given, data, tmp_path / "whole.json")
    fit, calls = mixing.fit, []

    def stops(*arguments, **more):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return fit(*arguments, **more)

    monkeypatch.setattr(mixing, "fit", stops)
    with pytest.raises(KeyboardInterrupt):
        mixing.search(given, data, tmp_path / "part.json")
    mixing.search(given, data, tmp_path / "part.json")
    whole, part = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("whole", "part"))
    assert len(calls) == 3 + 1
    for key in ("ratios", "trials", "passes", "instances_processed"):
        assert part[key] == whole[key]
    assert not list(tmp_path.glob("*.journal"))


def test_passes_by_hand():
    members = [Member.parse(name) for name in ("p", "large@p-ratio1", "small@p-ratio1.5")]
    # three batches of four of the primary, 25 and one of the others
    rows = {"p": range(10), "large": range(100), "small": range(3)}
    assert mixing.passes(rows, members, 4) == {"large": 3 / 25, "small": 4.0}
