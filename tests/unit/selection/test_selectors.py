"""Every selector on a toy of three candidates with a fake scorer, against values computed by hand."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from gradts.artifacts import ArtifactError, read_json, write_json, write_table
from gradts.layout import below
from gradts.names import InputError
from gradts.selection.decide import select, tune, tuning_sets
from gradts.selection.doors import Wanted, finished_files
from gradts.selection.evidence import Evidence
from gradts.selection.methods import CONTROLS
from gradts.selection.selectors import SELECTORS, in_full, selector
from gradts.selection.specs import SelectionSpec, TuningSpec
from tests.conftest import yes_no
from tests.unit.by_hand import put_answer, put_correlation, put_run, put_statistics

TAU = {"p": 1.0, "a": 0.2, "b": 0.6, "c": 0.4}
# rows, mean length, type
FACTS = {"p": (50, 9.0, "pair"), "a": (80, 20.0, "pair"), "b": (10, 9.5, "single"), "c": (80, 7.0, "pair")}
NAN = math.nan
# The set b+c is best, and a spoils it.
SCORES = {"": 0.5, "b": 0.6, "b c": 0.7, "a b c": 0.4, "a": 0.5, "a c": 0.8, "c": 0.5}


def spec(method: str, **changes) -> SelectionSpec:
    fields = {
        "method": method,
        "primary": yes_no("p"),
        "suite": "toy",
        "candidates": ["a", "b", "c"],
        "backend": "tiny",
        "seeds": [1, 2],
        "decide_on": "select",
        "primary_alone": True,
        "train_fraction": 1.0,
    }
    return SelectionSpec(**{**fields, **changes})


@pytest.fixture
def results(tmp_path) -> Path:
    """Everything that the selectors may ask for, written by hand."""
    put_correlation(tmp_path, {row: [*TAU.values()] if row == "p" else [1.0] * len(TAU) for row in TAU})
    put_statistics(tmp_path, FACTS)
    for chosen, value in SCORES.items():
        for seed, shift in ((1, -0.05), (2, 0.05)):
            put_run(tmp_path, ["p", *chosen.split()], {"p select accuracy": [value + shift]}, seed)
    for method in ("gradts-trial", "autosem-p1"):
        put_answer(tmp_path, method, "p", {"b": 1.0, "c": 1.0})
    mine = {"backend": "tiny", "suite": "toy", "primary": "p"}
    made = {
        "spec": {"suite": "toy", "primary": {"name": "p"}, "backend": {"name": "tiny"}},
        "undecided": None,
    }
    utilities, ratios = {"p": 0.9, "a": 0.5, "b": 0.51, "c": 0.7}, {"p": 2, "b": 0, "c": 3}
    write_json(below(tmp_path, "bandit", **mine), made | {"utilities": utilities})
    write_json(below(tmp_path, "mixing", **mine), made | {"ratios": ratios, "passes": {"c": 2.5}})
    for task, tau in (("b", [0.1, 0.5, math.nan, 0.3]), ("c", [-0.2, 0.0, 0.1, 0.2])):
        path = below(tmp_path, "instances", backend="tiny", primary="p", auxiliary=task)
        auxiliary = {"task": {"name": task}, "backend": {"name": "tiny"}}
        made = {"spec": {"auxiliary": [auxiliary], "primary": [{"task": {"name": "p"}}]}}
        write_table(path, pa.table({"instance": range(4), "tau": tau}), made)
    return tmp_path


def answer(method: str, results: Path, **changes) -> dict:
    select(spec(method, **changes), results, results / "answer.json")
    return json.loads((results / "answer.json").read_text())


EXPECTED = {
    "single-task": {},
    "no-sel": {"a": 1, "b": 1, "c": 1},
    "gradts-trial": {"b": 1, "c": 1},  # 0.5, 0.6, 0.7, then 0.4 falls
    "gradts-thres": {"b": 1, "c": 1},  # τ ≥ 0.3
    "gradts-fg": {"b": 0.5, "c": 0},  # τ ≥ 0.3 keeps two of b's four instances and none of c's
    "heu-size": {"a": 1, "c": 1},  # a (name before c), a+c, all: 0.5, 0.8, 0.4
    "heu-len": {"b": 1, "c": 1},  # |9.5-9|, |7-9|, |20-9|: 0.6, 0.7, 0.4
    "heu-type": {"a": 1, "c": 1},
    "autosem-p1": {"c": 1, "b": 1},  # above 0.5, which a is not
    "autosem": {"c": 2.5},  # three batches for every two of p are so many passes; b's ratio is 0
}


@pytest.mark.parametrize("method", EXPECTED)
def test_answers(results, method):
    found = answer(method, results, threshold=0.3)
    assert found["auxiliaries"] == EXPECTED[method]
    rankings = {"textsim-trial", "esm-trial", "logme-trial"}
    assert set(EXPECTED) | {*CONTROLS, *rankings, "surrogate", "surrogate-rbf"} == set(SELECTORS)


TAU_OF_NOISE, TRIAL_OF_NOISE = "its ranking is noise", "the ranking behind it was noise"
# All others rest on no ranking.
CAUTIONS = {
    "gradts-trial": TAU_OF_NOISE,
    "gradts-thres": TAU_OF_NOISE,
    "gradts-fg": TRIAL_OF_NOISE,
    "random-k-1": TRIAL_OF_NOISE,
}


@pytest.mark.parametrize("method", [*EXPECTED, "random-k-1"])
def test_a_caution_is_handed_on_and_said(results, capsys, method):
    put_correlation(results, {row: [*TAU.values()] for row in TAU}, caution=TAU_OF_NOISE)
    put_answer(results, "gradts-trial", "p", {"b": 1.0, "c": 1.0}, caution=TRIAL_OF_NOISE)
    caution = CAUTIONS.get(method)
    assert answer(method, results, threshold=0.3)["caution"] == caution
    assert capsys.readouterr().err == (f"{method} for p: {caution}\n" if caution else "")


@pytest.mark.parametrize("measure", ["tau", "cosine"])
def test_evidence_calls_a_ranking_by_its_measure(results, measure):
    put_correlation(results, {row: [*TAU.values()] for row in TAU}, measure=measure)
    steps = answer("gradts-thres", results, threshold=0.3)["evidence"]
    assert steps[0].keys() == {"task", measure}


@pytest.mark.parametrize("method", [*EXPECTED, "random-k-1"])
def test_where_nothing_need_be_said_nothing_is(results, capsys, method):
    assert answer(method, results, threshold=0.3)["caution"] is None
    assert capsys.readouterr().err == ""


def test_cautions_of_all_that_was_read_are_known(results):
    put_correlation(results, {row: [*TAU.values()] for row in TAU}, caution=TAU_OF_NOISE)
    put_answer(results, "gradts-trial", "p", caution=TRIAL_OF_NOISE)
    known = Evidence(spec("gradts-trial"), finished_files(results))
    assert known.cautions == set()
    known.correlation()
    assert known.cautions == {TAU_OF_NOISE}
    known.answer("gradts-trial")
    assert known.cautions == {TAU_OF_NOISE, TRIAL_OF_NOISE}
    assert Evidence(spec("gradts-trial"), finished_files(results)).cautions == set()


def test_what_the_answers_train(results):
    assert answer("gradts-fg", results, threshold=0.3)["members"] == ["b@p-0.3", "p"]
    assert answer("autosem", results)["members"] == ["c@p-ratio1.5", "p"]
    assert answer("gradts-trial", results)["evidence"][1] == {"auxiliaries": ["b"], "score": 0.6}


def test_random_sets_have_the_size_of_gradts_trial(results):
    draws = [answer(f"random-k-{draw}", results)["members"] for draw in range(1, 9)]
    assert {len(members) for members in draws} == {3}
    assert len({tuple(members) for members in draws}) == 3  # all pairs of a, b, c come up
    assert draws[0] == answer("random-k-1", results)["members"]


@pytest.mark.parametrize(
    ("key", "values"), [("hub_commit", ("a" * 40, "b" * 40)), ("precision", ("bf16", "fp32"))]
)
def test_runs_that_were_made_unlike_are_behind_no_decision(tmp_path, key, values):
    """Whoever asks for them in one job: a table asks for every cell's run alone."""

    def door(members: list[str], backend: str = "tiny") -> list[str]:
        return finished_files(tmp_path)(
            Wanted("metrics", {"backend": backend, "members": members, "seed": 1})
        )

    first, second, _ = (
        put_run(tmp_path, members, {}, backend=backend, **{key: value})
        for members, backend, value in zip(
            (["a"], ["b"], ["b"]), ("tiny", "tiny", "big"), (*values, values[1]), strict=True
        )
    )
    put_run(tmp_path, ["c"], {})
    assert door(["a"]) == [first]
    door(["b"], "big")  # another backend
    door(["c"])  # what does not tell
    message = f"{first} was made with {key} = '{values[0]}', {second} with '{values[1]}'"
    with pytest.raises(ArtifactError, match=re.escape(message)):
        door(["b"])


def asked_for(method: str, results: Path, **changes) -> list[list[str]]:
    """The kinds of files of every question that a selector asks."""
    asked = []

    def door(*wanted):
        asked.append([one.kind for one in wanted])
        return finished_files(results)(*wanted)

    selector(method)(Evidence(spec(method, **changes), door))
    return asked


def test_seeds_and_independent_sets_are_asked_for_together(results):
    assert asked_for("gradts-trial", results) == [["correlation"], *[["metrics"] * 2] * 4]
    assert asked_for("heu-size", results) == [["statistics"], ["metrics"] * 8]  # four prefixes, two seeds
    assert asked_for("heu-size", results, steps=1) == [["statistics"], ["metrics"] * 4]
    assert asked_for("gradts-fg", results, threshold=0.3) == [["answer"], ["instances"] * 2]
    assert asked_for("autosem", results) == [["answer"], ["mixing"]]


def test_tuning_sets_are_of_the_share_that_trials_are_trained_on(results):
    def spelled(method: str, grid: list) -> list[list[str]]:
        one = spec(method, threshold={"tune": {"grid": grid, "tasks": ["p"]}}, train_fraction=0.1)
        sets = tuning_sets(grid, Evidence(one, finished_files(results)))
        return [[str(member) for member in members] for members in sets]

    assert spelled("gradts-thres", [{"keep": 0.34}]) == [["p@sample0.1", "b@sample0.1"]]
    assert spelled("gradts-fg", [{"keep": 0.6}, 0.4, {"keep": 1}]) == [
        ["p@sample0.1", "b@p-keep0.6-sample0.1", "c@p-keep0.6-sample0.1"],
        ["p@sample0.1", "b@p-0.4-sample0.1", "c@p-0.4-sample0.1"],
        ["p@sample0.1", "b@sample0.1", "c@sample0.1"],
    ]


def test_tuning_compares_sets_on_the_tuning_tasks(results):
    grid = [{"keep": 0.34}, {"keep": 1.0}]
    one = spec("gradts-thres", threshold={"tune": {"grid": grid, "tasks": ["p"]}})
    sets = tuning_sets(grid, Evidence(one, finished_files(results)))
    assert [[str(member) for member in members] for members in sets] == [["p", "b"], ["p", "b", "c", "a"]]


GRID = [{"keep": 0.67}, {"keep": 0.34}]  # b and c, or b alone
TUNED = {"tune": {"grid": GRID, "tasks": ["p"]}}
NEVER = "all 2 thresholds of the grid have no defined score"
ALL_TIE = "all 2 thresholds of the grid scored the same"
ONE_OF_TWO = "1 of 2 runs of a set without a defined score"


@pytest.mark.parametrize(
    # scores: of both seeds with b and c, of both with b
    ("scores", "taken", "caution", "undecided", "plain"),
    [
        ([0.2, 0.3, 0.5, 0.4], 1, None, None, [[0.25], [0.45]]),
        ([0.2, 0.3, 0.5, NAN], 1, ONE_OF_TWO, None, [[0.25], [0.5]]),
        ([NAN, NAN, 0.5, 0.5], 1, None, None, [[None], [0.5]]),
        ([NAN] * 4, 0, None, NEVER, [[None], [None]]),
        ([0.9] * 4, 0, None, ALL_TIE, [[0.9], [0.9]]),
    ],
)
def test_a_threshold_and_what_must_be_said_of_it(results, capsys, scores, taken, caution, undecided, plain):
    noisy = {row: [*TAU.values()] for row in TAU}
    for members, values in (("b c", scores[:2]), ("b", scores[2:])):
        for seed, value in enumerate(values, 1):
            put_run(results, ["p", *members.split()], {"p select accuracy": [value]}, seed)
    put_correlation(results, noisy, caution=TAU_OF_NOISE)  # comes with the answers that read it
    path = below(results, "threshold", backend="tiny", suite="toy", method="gradts-thres")
    tune(TuningSpec("gradts-thres", GRID, [spec("gradts-thres", threshold=TUNED)]), results, path)
    record = json.loads(Path(path).read_text())
    assert (record["threshold"], record["caution"]) == (GRID[taken], caution)
    assert record["undecided"] == undecided
    assert record["scores"] == [[pytest.approx(score) for score in row] for row in plain]
    said = [text for text in (caution, undecided) if text]
    assert capsys.readouterr().err == "".join(f"the threshold of gradts-thres: {text}\n" for text in said)
    said = "; ".join(sorted(filter(None, [TAU_OF_NOISE, caution])))
    found = answer("gradts-thres", results, threshold=TUNED)
    assert (found["caution"], found["undecided"]) == (said, undecided)
    assert found["threshold"] == GRID[taken]
    # keep 0.67: b and c; where nothing was decided, no task whatever the threshold
    assert [*found["auxiliaries"]] == ([] if undecided else [["b", "c"], ["b"]][taken])


def test_a_filter_has_the_caution_of_its_threshold(results):
    path = below(results, "threshold", backend="tiny", suite="toy", method="gradts-fg")
    made = {"spec": {"method": "gradts-fg", "grid": GRID}, "threshold": GRID[0]}
    for caution, expected in ((ONE_OF_TWO, ONE_OF_TWO), (None, None)):
        write_json(path, made | {"caution": caution})
        assert answer("gradts-fg", results, threshold=TUNED)["caution"] == expected
    write_json(path, made)  # of before there was a caution
    assert answer("gradts-fg", results, threshold=TUNED)["caution"] is None


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


@pytest.mark.parametrize("kind", ["answer", "threshold"])
def test_a_filter_decides_no_more_than_its_trial_and_its_threshold(results, kind):
    made = {"spec": {"method": "gradts-fg", "grid": GRID}, "threshold": GRID[0]}
    write_json(below(results, "threshold", backend="tiny", suite="toy", method="gradts-fg"), made)
    assert [*answer("gradts-fg", results, threshold=TUNED)["auxiliaries"]] == ["b", "c"]
    method = {"answer": "gradts-trial", "threshold": "gradts-fg"}[kind]
    path = below(results, kind, backend="tiny", suite="toy", method=method, primary="p")
    write_json(path, read_json(path) | {"undecided": ALL_TIE})
    found = answer("gradts-fg", results, threshold=TUNED)
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


def test_a_primary_task_is_not_its_own_auxiliary():
    with pytest.raises(InputError, match="'p' is its own auxiliary; leave it out"):
        spec("gradts-trial", candidates=["a", "p"])


def test_unknown_methods_are_named():
    with pytest.raises(InputError, match="'gradts-trail' is no method of selection; did you mean"):
        selector("gradts-trail")


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
