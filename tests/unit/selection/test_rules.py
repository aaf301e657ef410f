"""Where trials end and which set is taken, by every rule: by hand, and of noise."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from benchmarks.trials import simulated
from gradts.artifacts import ArtifactError, read_json
from gradts.layout import below
from gradts.names import InputError
from gradts.selection.decide import select
from gradts.selection.doors import finished_files
from gradts.selection.evidence import Evidence
from gradts.selection.gains import Gain
from gradts.selection.gradts import Trial
from gradts.selection.methods import RULES
from gradts.selection.rules import smallest, walk
from gradts.selection.specs import SelectionSpec
from tests.conftest import yes_no
from tests.unit.by_hand import put_answers, put_correlation, put_embedding, put_run
from tests.unit.test_floors import loaded_by

NAN = math.nan
ROWS = 20
TAU = {"p": [1, 0.3, 0.2, 0.1]} | dict.fromkeys("abc", [1.0] * 4)  # a, then b, then c
TIED = "scored the same"


def gains(scores: list[float], error: float):
    """By how many are in a set; all gains have the same error."""
    return lambda new, old: Gain(scores[len(new)] - scores[len(old)], error * (new != old))


# ------------------------------------------------------------------------------------------- a walk by hand


@pytest.mark.parametrize(
    ("scores", "error", "alone", "best", "tried"),
    [
        ([0.5, 0.6, 0.7, 0.8], 0.1, True, 3, 4),  # all gain
        ([0.5, 0.4, 0.6, 0.5, 0.5], 0.1, True, 2, 5),  # one step may lose
        ([0.5, 0.4, 0.49, 0.9], 0.1, True, 0, 3),  # two in a row end it, though neither is credible
        ([0.5, 0.5, 0.5, 0.9], 0.0, True, 0, 3),  # ties gain nothing
        ([0.5, 0.4, 0.9, 0.9], 0.05, True, 0, 2),  # 2 standard errors: a credible loss ends it at once
        ([0.5, 0.7, 0.6, 0.65, 0.9], 0.1, True, 1, 4),  # against the best so far, not the step before
        ([0.9, 0.4, 0.5, 0.4, 0.3], 0.1, False, 2, 4),  # the primary alone is no step
        ([0.5, NAN, 0.9, 0.9], 0.1, True, 0, 2),  # an undefined score is below every other
        ([NAN, NAN, 0.4, 0.5], 0.1, True, 3, 4),  # nothing to fall from
        ([NAN] * 4, 0.1, True, 0, 4),
        ([0.5, 0.4, 0.6, 0.7], NAN, True, 3, 4),  # of an unknown error no loss is credible
    ],
)
def test_a_walk(scores, error, alone, best, tried):
    names = "abcdefgh"[: len(scores) - 1]
    found = walk(names, lambda of: scores[len(of)], gains(scores, error), primary_alone=alone)
    assert ("".join(found.chosen), len(found.steps)) == (names[:best], tried)


def test_ties_of_twenty_candidates_end_at_the_second_and_add_none():
    asked = []

    def score(tried: tuple[str, ...]) -> float:
        asked.append(len(tried))
        return 0.75

    trial = walk("abcdefghijklmnopqrst", score, lambda new, old: Gain(0.0, 0.0), primary_alone=True)
    assert (asked, smallest(trial, lambda new, old: Gain(0.0, 0.0))[0].chosen) == ([0, 1, 2], ())


def test_a_walk_asks_only_for_what_it_needs():
    class NotYet(Exception):
        pass

    def score(tried: tuple[str, ...]) -> float:
        if len(tried) == 1:
            raise NotYet
        return 0.5

    with pytest.raises(NotYet):
        walk("abc", score, lambda new, old: pytest.fail("of a run that is not there"), primary_alone=True)


@pytest.mark.parametrize(
    ("scores", "error", "taken"),
    [
        ([0.5, 0.6, 0.7], 0.1, 1),  # 0.1 below the best is within an error of it
        ([0.5, 0.6, 0.7], 0.09, 2),
        ([0.5, 0.6, 0.7], 0.3, 0),
        ([0.7, 0.6, 0.7], 0.0, 0),  # equal
        ([NAN, 0.65, 0.7], 0.1, 1),  # never taken
        ([0.5, 0.6, 0.7], NAN, 2),  # of an unknown error nothing is within it
        ([NAN] * 3, 0.1, 0),
    ],
)
def test_the_smallest_within_one_standard_error(scores, error, taken):
    steps = tuple((tuple("ab"[:size]), score) for size, score in enumerate(scores))
    best = tuple("ab"[: int(np.nanargmax(scores))] if not np.isnan(scores).all() else "")
    trial, found = smallest(Trial(best, steps), gains(scores, error))
    assert "".join(trial.chosen) == "ab"[:taken]
    assert [one.mean for one in found] == pytest.approx(
        [score - scores[len(best)] for score in scores], nan_ok=True
    )


# ------------------------------------------------------------------------------------- selectors on files


def put_trial(results: Path, chosen: str, right: list[int | None], seeds: tuple[int, ...] = (1,)) -> None:
    """The runs of p with these auxiliaries, right on so many rows under each seed; None: on no row, ever."""
    members = ["p", *chosen]
    for seed, count in zip(seeds, right, strict=True):
        put_run(results, members, {"p select accuracy": [NAN if count is None else count / ROWS]}, seed)
        answers = {} if count is None else {"p select": [1] * count + [0] * (ROWS - count), "p dev": [0, 1]}
        put_answers(results, members, answers, seed)


def fields(**changes: Any) -> dict:
    known = {"primary": yes_no("p"), "suite": "toy", "candidates": ["a", "b", "c"], "backend": "tiny"}
    known |= {"seeds": [1], "decide_on": "select", "primary_alone": True, "train_fraction": 1.0}
    return known | changes


def answer(method: str, results: Path, **changes: Any) -> dict:
    select(SelectionSpec(method, **fields(**changes)), results, results / "answer.json")
    return read_json(results / "answer.json")


@pytest.fixture
def results(tmp_path) -> Path:
    """p alone, with a, a and b, all three: right on 10, 9, 14 and 15 of twenty rows."""
    put_correlation(tmp_path, TAU)
    for chosen, right in {"": 10, "a": 9, "ab": 14, "abc": 15}.items():
        put_trial(tmp_path, chosen, [right])
    return tmp_path


# The best is right on one row more than a and b are: a gain of 1/20 and an error of 1/20, so it is not told.
# Of p alone it is 5 rows: 0.25, and 0.1.
TAKEN = {"fall": "", "best": "abc", "one_se": "ab", "paired": "ab"}
TRIED = {"fall": 2, "best": 4, "one_se": 4, "paired": 4}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("named", [True, False])
def test_a_rule_of_the_name_or_of_the_configuration(results, rule, named):
    spelled = f"gradts-trial-{rule.replace('_', '-')}"
    found = answer(spelled, results, rule="best") if named else answer("gradts-trial", results, rule=rule)
    assert sorted(found["auxiliaries"]) == [*TAKEN[rule]]
    assert [step["score"] for step in found["evidence"]] == [0.5, 0.45, 0.7, 0.75][: TRIED[rule]]


@pytest.mark.parametrize("rule", ["one-se", "paired"])
def test_the_gain_over_the_best_and_its_error_are_evidence(results, rule):
    steps = answer(f"gradts-trial-{rule}", results)["evidence"]
    for step, rows in zip(steps, (5, 6, 1, 0), strict=True):  # right under the best, wrong here
        error = np.std([1] * rows + [0] * (ROWS - rows), ddof=1) / math.sqrt(ROWS)
        assert (step["gain"], step["error"]) == (pytest.approx(-rows / ROWS), pytest.approx(error))


def test_other_orders_follow_the_rule_and_tell_theirs(results):
    for task, vector in {"p": [1, 0], "a": [3, 1], "b": [2, 1], "c": [1, 1]}.items():
        put_embedding(results, task, vector)
    put_correlation(results, TAU, draw=2)
    for method in ("textsim-trial-one-se", "null-trial-one-se-2"):
        found = answer(method, results)
        assert [*found["auxiliaries"]] == ["a", "b"]
        assert [step["task"] for step in found["evidence"] if "task" in step] == ["a", "b", "c"]


@pytest.mark.parametrize("rule", ["one-se", "paired"])
def test_a_fold_of_one_row_has_no_say_in_a_gain(results, rule):
    """Of 20, 20 and 1 rows: of the last no error is known, and only the best is right on it."""
    rights = {"": (10, 10, 0), "a": (9, 9, 0), "ab": (14, 15, 0), "abc": (15, 15, 1)}
    for chosen, right in rights.items():
        for fold, (count, rows) in enumerate(zip(right, (ROWS, ROWS, 1), strict=True), 1):
            members = [f"{task}@fold{fold}of3" for task in ["p", *chosen]]
            put_run(results, members, {"p select accuracy": [count / rows]})
            put_answers(results, members, {"p select": [1] * count + [0] * (rows - count)})
    found = answer(f"gradts-trial-{rule}", results, decide_on={"folds": 3})
    step = found["evidence"][2]
    assert step["score"] == pytest.approx((14 / ROWS + 15 / ROWS) / 3)
    # One row of the first: 1/20 and as large an error, and nothing of the second.
    assert (step["gain"], step["error"]) == (pytest.approx(-1 / 40), pytest.approx(1 / 40))
    assert sorted(found["members"]) == ["a", "b", "p"]


@pytest.mark.parametrize("rule", ["one-se", "paired"])
def test_seeds_tell_how_much_runs_differ(results, rule):
    """Of two seeds one is far better with a: its luck is no gain."""
    for chosen, right in {"": [10, 10], "a": [10, 20], "ab": [9, 9], "abc": [9, 9]}.items():
        put_trial(results, chosen, right, (1, 2))
    found = answer(f"gradts-trial-{rule}", results, seeds=[1, 2])
    # D is 0 and 0.5: a mean of 0.25, an error of 0.25 at least.
    assert found["evidence"][0]["error"] >= 0.25
    assert found["auxiliaries"] == {}
    alone = answer(f"gradts-trial-{rule}", results, seeds=[2])
    assert [*alone["auxiliaries"]] == ["a"]


@pytest.mark.parametrize("rule", ["one-se", "paired", "best"])
def test_a_run_that_diverged_at_once_is_never_taken(results, rule):
    put_trial(results, "a", [None])
    found = answer(f"gradts-trial-{rule}", results)
    assert found["evidence"][1]["score"] is None
    # For a walk it is a fall, as for GradTS-trial.
    assert [*found["auxiliaries"]] == {"paired": [], "one-se": ["a", "b"], "best": ["a", "b", "c"]}[rule]


@pytest.mark.parametrize("rule", ["one-se", "paired", "best"])
def test_without_any_score_nothing_is_taken(results, rule):
    for chosen in ("", "a", "ab", "abc"):
        put_trial(results, chosen, [None])
    found = answer(f"gradts-trial-{rule}", results)
    assert (found["auxiliaries"], found["undecided"]) == ({}, "all 4 trials have no defined score")


@pytest.mark.parametrize(("rule", "trials"), [("one-se", 4), ("paired", 3), ("best", 4), ("fall", 4)])
def test_trials_that_all_tie_take_nothing_by_any_rule(results, rule, trials):
    for chosen in ("", "a", "ab", "abc"):
        put_trial(results, chosen, [12])
    found = answer(f"gradts-trial-{rule}", results)
    assert (found["auxiliaries"], found["undecided"]) == ({}, f"all {trials} trials {TIED}")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("alone", [True, False])
def test_no_candidate_of_which_anything_is_known(results, rule, alone):
    put_correlation(results, {"p": [1.0] + [NAN] * 3} | dict.fromkeys("abc", [NAN] * 4))
    found = answer("gradts-trial", results, rule=rule, primary_alone=alone)
    assert (found["members"], len(found["evidence"])) == (["p"], int(alone))


@pytest.mark.parametrize("rule", ["one_se", "paired"])
def test_what_runs_keep_does_not_tell_of_decisions_on_dev(results, rule):
    with pytest.raises(
        InputError, match=rf"'gradts-trial': the rule {rule} needs .* set selection\.decide_on"
    ):
        answer("gradts-trial", results, rule=rule, decide_on="dev")
    Evidence(SelectionSpec("heu-size", **fields(rule=rule, decide_on="dev")), finished_files(results))
    for chosen in ("", "a", "ab", "abc"):
        put_run(results, ["p", *chosen], {"p dev accuracy": [0.5 + len(chosen) / 10]})
    assert [*answer("gradts-trial-best", results, decide_on="dev")["auxiliaries"]] == ["a", "b", "c"]


def test_answers_to_other_rows_are_not_compared(results):
    put_answers(results, ["p", "a"], {"p select": [1] * 18 + [0] * 22})  # 0.45, too
    message = r"a\+b\+c\+p/seed1/predictions.parquet is of other rows of select than .*/a\+p/seed1/pred"
    with pytest.raises(ArtifactError, match=message):
        answer("gradts-trial-one-se", results)


def test_answers_of_another_run_are_not_taken(results):
    mine, others = (
        Path(below(results, "predictions", backend="tiny", members=[*of], seed=1)) for of in ("ap", "abp")
    )
    mine.write_bytes(others.read_bytes())
    with pytest.raises(ArtifactError, match=r"a\+p/seed1/predictions.parquet was made with spec.members"):
        answer("gradts-trial-one-se", results)


@pytest.mark.parametrize("kept", [{}, {"p select": [1] * 8 + [0] * 12}])
def test_answers_that_are_not_those_of_the_score_are_no_unknown_gain(results, kept):
    put_answers(results, ["p", "a"], kept)
    with pytest.raises(
        ArtifactError, match=r"a\+p/seed1/predictions.parquet answers with a score of .*, .* has 0.45"
    ):
        answer("gradts-trial-one-se", results)


def test_what_was_asked_is_read_once_and_anew_where_it_changed(results):
    known = Evidence(SelectionSpec("gradts-trial", **fields()), finished_files(results))
    assert known.gain("a", "").mean == pytest.approx(-1 / ROWS)
    put_trial(results, "a", [13])
    assert known.gain("a", "").mean == pytest.approx(3 / ROWS)


def test_weighing_trials_loads_nothing_heavy(results):
    """The workflow does."""
    spec = SelectionSpec("gradts-trial-paired", **fields()).to_json()
    code = (
        "from gradts.selection.doors import finished_files\n"
        "from gradts.selection.evidence import Evidence\n"
        "from gradts.selection.selectors import selector\n"
        "from gradts.selection.specs import SelectionSpec\n"
        f"spec = SelectionSpec.from_json({spec!r})\n"
        f"known = Evidence(spec, finished_files({str(results)!r}))\n"
    )
    assert loaded_by(code + "assert selector(spec.method)(known).shares == {'a': 1.0, 'b': 1.0}") == set()


# ------------------------------------------------------------------------------------------------- of noise

# As docs/trials.md has it, of 64 instances and three seeds: how often tasks are added that do nothing.
BY_CHANCE = {"fall": 0.54, "best": 0.84, "one_se": 0.47, "paired": 0.34}


def test_how_often_a_rule_adds_what_does_nothing():
    generator, times = np.random.default_rng(1), 150
    found = [simulated(generator, 64, 3, 8, 0, None) for _ in range(times)]
    for rule, share in BY_CHANCE.items():
        added = sum(one[rule][0] > 0 for one in found)
        assert stats.binom.ppf(0.001, times, share) <= added <= stats.binom.ppf(0.999, times, share), rule
    assert {one["best"][1] for one in found} == {one["one_se"][1] for one in found} == {8}
    assert np.mean([one["paired"][1] for one in found]) < 4


def test_how_often_a_rule_takes_what_helps():
    """By three points, the first of eight, on 1,000 instances under three seeds."""
    generator = np.random.default_rng(2)
    found = [simulated(generator, 1000, 3, 8, 3, 1) for _ in range(40)]
    assert all(sum(one[rule][0] > 0 for one in found) >= 36 for rule in RULES)
