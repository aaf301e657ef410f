"""What is decided where trials tie, folds or seeds are averaged, or a score has no value."""

from pathlib import Path

import numpy as np
import pytest

from gradts.artifacts import read_json, write_json
from gradts.layout import below
from gradts.selection.doors import finished_files
from gradts.selection.evidence import Evidence
from gradts.selection.selectors import SELECTORS, in_full
from tests.unit.by_hand import put_answer, put_run
from tests.unit.selection.toy import (
    ALL_TIE,
    NAN,
    SCORES,
    answer,
    asked_for,
    spec,
)


@pytest.mark.parametrize(("kind", "method"), [("bandit", "autosem-p1"), ("mixing", "autosem")])
def test_undecided_evidence_recommends_nothing_and_says_so(results, capsys, kind, method):
    path = below(results, kind, backend="tiny", suite="toy", primary="p")
    said = {"undecided": "all the same"} | ({"ratios": {"p": 1}, "passes": {}} if kind == "mixing" else {})
    write_json(path, read_json(path) | said)
    found = answer(method, results)
    assert found["auxiliaries"] == {}
    assert found["members"] == ["p"]
    assert found["undecided"] == "all the same"
    assert capsys.readouterr().err == f"{method} for p: all the same\n"


def test_of_an_undecided_first_stage_the_second_says_so(results):
    path = below(results, "answer", backend="tiny", suite="toy", method="autosem-p1", primary="p")
    write_json(path, read_json(path) | {"undecided": "never moved"})
    assert answer("autosem", results)["undecided"] == "never moved"


def test_a_filter_decides_no_more_than_its_trial(results):
    found = answer("gradts-fg", results, threshold=0.3)
    assert [*found["auxiliaries"]] == ["b", "c"]
    put_answer(results, "gradts-trial", "p", undecided=ALL_TIE)
    found = answer("gradts-fg", results, threshold=0.3)
    assert (found["auxiliaries"], found["members"], found["undecided"]) == ({}, ["p"], ALL_TIE)


def test_the_random_control_of_an_undecided_trial_is_undecided(results):
    put_answer(results, "gradts-trial", "p", undecided=ALL_TIE)
    found = answer("random-k-1", results)
    assert (found["auxiliaries"], found["undecided"]) == ({}, ALL_TIE)


# What a search by scores sees, from no task to all three → how many GradTS-trial takes, how many a heuristic,
# and why none: once a search has moved ties go on, or the smaller set is taken.
SEARCHES = {
    "all tie": ([0.6] * 4, 0, 0, "all 4 trials scored the same"),
    "all tie, however high": ([1.0] * 4, 0, 0, "all 4 trials scored the same"),
    "no score at all": ([NAN] * 4, 0, 0, "all 4 trials have no defined score"),
    "a rise, then ties": ([0.5, 0.6, 0.6, 0.6], 3, 1, None),
    "ties, then a rise": ([0.5, 0.5, 0.5, 0.6], 3, 3, None),
    "ties, then a fall": ([0.5, 0.5, 0.5, 0.4], 2, 0, None),
    "one score, then none": ([0.5, NAN, NAN, NAN], 0, 0, None),
}


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize(
    ("method", "order"), [("gradts-trial", "bca"), ("heu-size", "acb"), ("heu-len", "bca")]
)
def test_trials_that_all_tie_are_no_evidence(results, capsys, method, order, search):
    scores, trial, heuristic, undecided = SEARCHES[search]
    for size, score in enumerate(scores):
        for seed in (1, 2):
            put_run(results, ["p", *order[:size]], {"p select accuracy": [score]}, seed)
    expected = sorted(order[: trial if method == "gradts-trial" else heuristic])
    found = answer(method, results)
    assert [*found["auxiliaries"]] == expected
    assert found["members"] == [*expected, "p"]
    assert found["undecided"] == undecided
    assert capsys.readouterr().err == (f"{method} for p: {undecided}\n" if undecided else "")


@pytest.mark.parametrize("method", ["gradts-trial", "heu-size", "heu-len"])
def test_without_the_primary_alone_ties_recommend_nothing_either(results, method):
    for members in ("a", "b", "a c", "b c", "a b c"):
        for seed in (1, 2):
            put_run(results, ["p", *members.split()], {"p select accuracy": [0.6]}, seed)
    found = answer(method, results, primary_alone=False)
    assert (found["auxiliaries"], found["undecided"]) == ({}, "all 3 trials scored the same")
    assert [step["score"] for step in found["evidence"]] == [0.6] * 3  # what was seen stays to be read


def test_one_trial_is_no_tie(results):
    found = answer("heu-len", results, primary_alone=False, steps=1)
    assert ([*found["auxiliaries"]], found["undecided"]) == (["b"], None)


def test_a_selector_of_ones_own_is_held_to_it(results, monkeypatch):
    def pair(known):
        return in_full(["b"], [{"scores": known.scores([["b"], ["c"]])}])

    monkeypatch.setitem(SELECTORS, "pair", pair)
    assert [*answer("pair", results)["auxiliaries"]] == ["b"]
    for seed in (1, 2):
        put_run(results, ["p", "c"], {"p select accuracy": [SCORES["b"] + (-0.05, 0.05)[seed - 1]]}, seed)
    found = answer("pair", results)
    assert (found["auxiliaries"], found["undecided"]) == ({}, "all 2 trials scored the same")


def put_folds(results: Path, of: dict[str, list[list[float]]]) -> None:
    """Runs of sets of auxiliaries on every fold, by seed, of which the second epoch is the best."""
    for names, folds in of.items():
        for fold, seeds in enumerate(folds, 1):
            members = [f"{task}@fold{fold}of{len(folds)}" for task in ["p", *names.split()]]
            for seed, value in enumerate(seeds, 1):
                scores = {"p select accuracy": [value - 0.1, value, NAN], "p dev accuracy": [0.9, 0.1, 0.2]}
                put_run(results, members, scores, seed)


def test_a_score_by_folds_is_the_mean_over_folds_and_seeds(results):
    """By hand; the plain runs of these sets say something else, and are not read."""
    folds = {"": [[0.1, 0.3], [0.5, 0.7]], "b": [[0.6, 0.6], [0.2, 0.4]], "b c": [[0.2, 0.3], [0.3, 0.2]]}
    put_folds(results, folds)
    found = answer("gradts-trial", results, decide_on={"folds": 2})
    steps = [(step["auxiliaries"], step["score"]) for step in found["evidence"]]
    means = [([], 0.4), (["b"], 0.45), (["b", "c"], 0.25)]
    assert steps == [(tried, pytest.approx(score)) for tried, score in means]
    # What is trained in the end is whole.
    assert (found["members"], found["auxiliaries"]) == (["b", "p"], {"b": 1.0})
    assert found["spec"]["decide_on"] == {"folds": 2}
    assert (found["caution"], found["undecided"]) == (None, None)
    read = [path for path in found["reads"] if path.endswith("metrics.csv")]
    assert len(read) == 12
    assert all("p@fold" in path for path in read)
    asked = asked_for("gradts-trial", results, decide_on={"folds": 2})
    assert asked == [["correlation"], *[["metrics"] * 4] * 3]


def test_a_fold_without_a_score_is_left_out_of_the_mean_and_told(results):
    put_folds(results, {"": [[0.5, 0.5], [NAN, NAN]], "b": [[0.4, 0.4], [NAN, NAN]]})
    found = answer("gradts-trial", results, decide_on={"folds": 2})
    assert [step["score"] for step in found["evidence"]] == [0.5, 0.4]
    assert (found["auxiliaries"], found["caution"]) == ({}, "2 of 4 runs of a set without a defined score")


def test_folds_that_all_tie_are_no_evidence(results):
    put_folds(results, {names: [[0.4, 0.6], [0.5, 0.5]] for names in ("", "b", "b c", "b c a")})
    found = answer("gradts-trial", results, decide_on={"folds": 2})
    assert (found["auxiliaries"], found["undecided"]) == ({}, "all 4 trials scored the same")


@pytest.mark.parametrize("method", ["gradts-trial", "gradts-trial-best"])
def test_means_of_folds_are_equal_whatever_their_last_digits(results, method):
    """0.1 + 0.7 is less than 0.3 + 0.5, and 0.2 + 0.6 more than either."""
    ties = {"": [[0.3, 0.5]] * 2, "b": [[0.1, 0.7]] * 2, "b c": [[0.6, 0.2]] * 2, "b c a": [[0.3, 0.5]] * 2}
    put_folds(results, ties)
    found = answer(method, results, decide_on={"folds": 2})
    assert (found["auxiliaries"], found["undecided"]) == ({}, "all 4 trials scored the same")


def test_answers_of_several_seeds_use_their_mean(results):
    known = Evidence(spec("gradts-trial"), finished_files(results))
    assert known.scores([["b"], []]) == pytest.approx([np.mean([0.55, 0.65]), 0.5])
    assert known.cautions == set()


@pytest.mark.parametrize(
    ("of_b", "score", "caution"),
    [
        ([0.6, NAN, 0.7], 0.65, "1 of 3 runs of a set without a defined score"),
        ([NAN, NAN, 0.7], 0.7, "2 of 3 runs of a set without a defined score"),
        ([NAN] * 3, None, None),  # the score itself says so
    ],
)
def test_seeds_without_a_score_are_left_out_of_the_mean_and_told(results, of_b, score, caution):
    for members, values in (((), [0.5] * 3), (("b",), of_b), (("b", "c"), [0.4] * 3)):
        for seed, value in enumerate(values, 1):
            put_run(results, ["p", *members], {"p select accuracy": [value]}, seed)
    found = answer("gradts-trial", results, seeds=[1, 2, 3])
    assert found["evidence"][1] == {
        "auxiliaries": ["b"],
        "score": score if score is None else pytest.approx(score),
    }
    assert found["caution"] == caution
    assert [*found["auxiliaries"]] == ([] if score is None else ["b"])
