"""Every selector on a toy of three candidates with a fake scorer, against values computed by hand."""

import json
import re
from pathlib import Path

import pytest

from gradts.artifacts import ArtifactError, write_json
from gradts.layout import below
from gradts.names import InputError
from gradts.selection.decide import tune, tuning_sets
from gradts.selection.doors import Wanted, finished_files
from gradts.selection.evidence import Evidence
from gradts.selection.methods import CONTROLS
from gradts.selection.selectors import SELECTORS, selector
from gradts.selection.specs import TuningSpec
from tests.unit.by_hand import put_answer, put_correlation, put_run
from tests.unit.selection.toy import (
    ALL_TIE,
    GRID,
    NAN,
    TAU,
    TUNED,
    answer,
    asked_for,
    spec,
)

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


def test_seeds_and_independent_sets_are_asked_for_together(results):
    assert asked_for("gradts-trial", results) == [["correlation"], *[["metrics"] * 2] * 4]
    assert asked_for("gradts-trial", results, steps=2) == [["correlation"], *[["metrics"] * 2] * 3]
    assert asked_for("gradts-trial-best", results, steps=1) == [["correlation"], ["metrics"] * 4]
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


NEVER = "all 2 thresholds of the grid have no defined score"
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


def test_where_no_share_is_decided_nothing_is_filtered(results, capsys):
    """Trials decide the tasks all the same."""
    path = below(results, "threshold", backend="tiny", suite="toy", method="gradts-fg")
    made = {"spec": {"method": "gradts-fg", "grid": GRID}, "threshold": GRID[0], "undecided": ALL_TIE}
    write_json(path, made)
    found = answer("gradts-fg", results, threshold=TUNED)
    assert found["auxiliaries"] == {"b": 1, "c": 1}  # GradTS-trial's
    assert (found["members"], found["threshold"]) == (["b", "c", "p"], {"keep": 1})
    assert (found["caution"], found["undecided"]) == (f"{ALL_TIE}: nothing is filtered", None)
    assert capsys.readouterr().err == f"gradts-fg for p: {ALL_TIE}: nothing is filtered\n"


def test_a_primary_task_is_not_its_own_auxiliary():
    with pytest.raises(InputError, match="'p' is its own auxiliary; leave it out"):
        spec("gradts-trial", candidates=["a", "p"])


def test_unknown_methods_are_named():
    with pytest.raises(InputError, match="'gradts-trail' is no method of selection; did you mean"):
        selector("gradts-trail")
