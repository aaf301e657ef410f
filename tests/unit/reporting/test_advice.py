"""Advice from a results folder written by hand, against values computed by hand or by another way."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from gradts.artifacts import ArtifactError, read_json, read_table, write_json, write_table
from gradts.data.splits import read_splits
from gradts.layout import below
from gradts.reporting import advice_page, figures
from gradts.reporting.advice import advise, costs_of, evidence, sentence
from gradts.reporting.advised import advised, passes
from gradts.reporting.comparison import comparison
from gradts.reporting.specs import AdviceSpec
from gradts.selection.doors import finished_files
from gradts.selection.heuristics import at_random
from gradts.specs import Task
from gradts.training.metrics import score
from gradts.truth.statistics import holm
from tests.conftest import yes_no
from tests.unit.by_hand import (
    put_answer,
    put_correlation,
    put_intervals,
    put_predictions,
    put_run,
    put_splits,
)
from tests.unit.reporting.markdown import tables
from tests.unit.truth.arms import paired

SPEC = AdviceSpec(yes_no("p"), "toy", ["a", "b", "c"], "tiny", "gradts-trial", 2, [1, 2])
PLACE = {"backend": "tiny", "suite": "toy"}
COST = {"wall_seconds": 9.0, "device": "cpu", "peak_memory_bytes": 1, "instances_processed": 4}
COST |= {"stage": "gradts.training.joint", "reads": []}


# ------------------------------------------------------------------------------------------- the answer


@pytest.mark.parametrize(
    ("shares", "members", "text"),
    [
        ({}, "p", "Train `p` alone."),
        ({"a": 0.0}, "p", "Train `p` alone."),
        ({"a": 1.0}, "a+p", "Train `p` together with `a`."),
        (
            {"a": 1.0, "b": 0.6},
            "a+b@p-keep0.6+p",
            "Train `p` together with `a` and the best 60 % of `b`.",
        ),
        (
            {"a": 0.004, "b": 1.0, "z": 0.996},
            "a@p-0.42+b+p+z@p--0.1",
            "Train `p` together with the best 0.4 % of `a`, `b` and the best 99.6 % of `z`.",
        ),
        ({"a": 1.5}, "a@p-ratio1.2+p", "Train `p` together with 150 % of `a` in an epoch."),
    ],
)
def test_the_answer_in_a_sentence(shares, members, text):
    assert sentence("p", {"auxiliaries": shares, "members": members.split("+")}) == text


# ----------------------------------------------------------------------------------------- what is compared


@pytest.mark.parametrize(
    ("members", "rows", "expected"),
    [
        ("p", (40, 0, 0), 1),
        ("a+p", (40, 40, 0), 2),
        ("a+p", (40, 19, 0), 1),  # 1.475
        ("a@p-keep0.5+b+p", (40, 30, 75), 4),  # 3.625; the rows are those that take part
        ("a@p-ratio2+b+p", (40, 400, 40), 4),  # two batches for each of the primary, whatever rows there are
    ],
)
def test_passes_are_as_many_updates_as_a_set_has(members, rows, expected):
    assert passes(members.split("+"), dict(zip("pab", rows, strict=True)), "p") == expected


def rows_of(results: Path, *chosen: str, counts: tuple[int, ...] = (10, 10, 10, 10)) -> dict[str, Any]:
    put_answer(results, "gradts-trial", "p", dict.fromkeys(chosen, 1.0))
    put_run(results, [*chosen, "p"], {}, training_instances=dict(zip("pabc", counts, strict=True)))
    return dict(advised(SPEC, finished_files(results)))


def test_as_many_random_tasks_and_as_many_updates_are_compared(tmp_path):
    found = rows_of(tmp_path, "b", counts=(10, 0, 21, 0))
    drawn = [sorted(["p", *at_random(["a", "b", "c"], 1, "p", draw)]) for draw in (1, 2)]
    assert drawn[0] != drawn[1]
    expected = [("alone", [["p"]]), ("all", [["a", "b", "c", "p"]]), ("chosen", [["b", "p"]])]
    assert [*found.items()] == [*expected, ("random", drawn), ("repeated", [["p@repeat3"]])]


def test_a_random_set_is_compared_once(tmp_path):
    put_answer(tmp_path, "gradts-trial", "p", {"a": 1.0})
    put_run(tmp_path, ["a", "p"], {}, training_instances={"p": 10, "a": 10})
    found = dict(advised(replace(SPEC, draws=5), finished_files(tmp_path)))
    assert sorted(found["random"]) == [["a", "p"], ["b", "p"], ["c", "p"]]


@pytest.mark.parametrize(
    ("chosen", "counts", "missing"),
    [
        ("", (), {"random", "repeated"}),
        ("abc", (10, 10, 10, 10), {"random"}),
        ("a", (10, 4, 0, 0), {"repeated"}),
    ],
)
def test_what_is_no_comparison_is_left_out(tmp_path, chosen, counts, missing):
    put_answer(tmp_path, "gradts-trial", "p", dict.fromkeys(chosen, 1.0))
    if chosen:
        instances = dict(zip("pabc", counts, strict=True))
        put_run(tmp_path, [*chosen, "p"], {}, training_instances=instances)
    found = dict(advised(SPEC, finished_files(tmp_path)))
    assert {"alone", "all", "chosen", "random", "repeated"} - found.keys() == missing


# ------------------------------------------------------------------------------------------- what it brings

LABELS = [0, 1, 1, 0, 1, 0, 0, 1, 1, 1]
# Set → under seeds 1 and 2 the rows that are answered wrongly.
WRONG = {"p": ([0, 1, 2, 3], [0, 1, 2, 3, 4, 5]), "a+p": ([], [9]), "a+b+c+p": ([0, 1, 2, 4], [3, 5])}


def put_wrong(results: Path, metric: str = "accuracy") -> None:
    for members, of_seeds in WRONG.items():
        for seed, wrong in enumerate(of_seeds, 1):
            answers = [1 - label if row in wrong else label for row, label in enumerate(LABELS)]
            put_predictions(results, members.split("+"), {"p dev": answers}, seed, metric)


SETS = {"alone": [["p"]], "chosen": [["a", "p"]], "all": [["a", "b", "c", "p"]]}


def compared(results: Path, task: Task = SPEC.primary, sets: dict = SETS, **changes: Any) -> dict[str, dict]:
    spec = replace(SPEC, primary=task, **changes)
    found = comparison(spec, str(results), sets, read_splits(results / "data", task))
    assert [row["row"] for row in found] == [*sets]
    return {row["row"]: row for row in found}


def answers_of(members: str) -> dict[int, dict[str, list[int]]]:
    """Seed → dev → answers, of a set of WRONG."""
    return {
        seed: {"dev": [1 - label if row in wrong else label for row, label in enumerate(LABELS)]}
        for seed, wrong in enumerate(WRONG[members], 1)
    }


def test_scores_and_differences_are_means_over_seeds(tmp_path):
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    put_wrong(tmp_path)
    rows = compared(tmp_path)
    assert rows["alone"]["seeds"] == pytest.approx({"1": 0.6, "2": 0.4})
    nothing = {"mean": 0, "instances": 0, "low": 0, "high": 0, "p": None, "told": 0}
    assert rows["alone"]["difference"] == nothing
    chosen = rows["chosen"]
    assert chosen["seeds"] == pytest.approx({"1": 1.0, "2": 0.9})
    assert chosen["score"]["mean"] == pytest.approx(0.95)
    assert chosen["difference"]["mean"] == pytest.approx(0.45)
    assert chosen["difference"]["instances"] == pytest.approx(4.5)
    assert chosen["deviation"] is None


@pytest.mark.parametrize("metric", ["accuracy", "mcc"])
def test_intervals_and_tests_are_those_of_all_tables(tmp_path, metric):
    task = yes_no("p", metric)
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    put_wrong(tmp_path, metric)
    rows = compared(tmp_path, task)
    found = [paired(task, {"dev": LABELS}, answers_of(name), answers_of("p")) for name in ("a+p", "a+b+c+p")]
    adjusted = holm([p for *_, p in found])
    for name, (mean, low, high, _), p in zip(("chosen", "all"), found, adjusted, strict=True):
        difference = rows[name]["difference"]
        assert [difference[key] for key in ("mean", "low", "high", "p")] == pytest.approx(
            [mean, low, high, p]
        )
        assert difference["told"] == (low > 0 and p <= 0.05)
        assert (difference["instances"] is None) == (metric == "mcc")


def test_two_dev_splits_count_alike_and_their_rows_add_up(tmp_path):
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev_one=[0, 1, 1, 0], dev_two=[1, 0])
    right = {"dev_one": [0, 1, 1, 0], "dev_two": [1, 0]}
    for members, answers in {
        "p": {"dev_one": [0, 1, 1, 1], "dev_two": [0, 1]},  # 3/4 and 0
        "a+p": {"dev_one": [1, 1, 1, 1], "dev_two": [1, 1]},  # 2/4 and 1/2
        "a+b+c+p": right,
    }.items():
        put_predictions(tmp_path, members.split("+"), {f"p {split}": of for split, of in answers.items()})
    # Instance ids are those of the file, which holds both splits.
    write_instances(tmp_path, offset=4)
    found = compared(tmp_path, seeds=[1])
    assert found["alone"]["score"]["mean"] == 0.375
    assert found["chosen"]["difference"]["mean"] == pytest.approx(0.125)
    assert found["chosen"]["difference"]["instances"] == pytest.approx(-1 + 1)
    assert found["all"]["difference"]["instances"] == pytest.approx(3)


def write_instances(results: Path, offset: int) -> None:
    """In predictions the second split's ids go on from those of the first."""
    for path in results.rglob("predictions.parquet"):
        table, record = read_table(path)
        del record["rows"]
        frame = table.to_pandas()
        frame.loc[frame["split"] == "dev_two", "instance"] += offset
        write_table(path, pa.Table.from_pandas(frame, preserve_index=False), record)


def test_sets_and_seeds_are_not_mixed(tmp_path):
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    put_wrong(tmp_path)
    sets = {"alone": [["p"]], "random": [["a", "p"], ["a", "b", "c", "p"]]}
    random = compared(tmp_path, sets=sets)["random"]
    # Sets: 0.95 and 0.7; seeds: (1.0 + 0.6) / 2 and (0.9 + 0.8) / 2.
    assert random["seeds"] == pytest.approx({"1": 0.8, "2": 0.85})
    assert random["deviation"] == pytest.approx(np.std([0.95, 0.7], ddof=1))
    assert random["score"]["mean"] == pytest.approx(0.825)
    assert random["difference"]["mean"] == pytest.approx(0.325)


def test_a_run_that_diverged_leaves_its_row_undefined(tmp_path):
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    put_wrong(tmp_path)
    put_predictions(tmp_path, ["a", "p"], {}, seed=2)
    rows = compared(tmp_path)
    assert rows["chosen"]["seeds"] == {"1": 1.0, "2": None}
    nothing = {"mean": None, "low": None, "high": None}
    assert rows["chosen"]["score"] == nothing
    assert rows["chosen"]["difference"] == {**nothing, "instances": None, "p": None, "told": 0}
    assert rows["all"]["difference"]["low"] is not None


OTHERS = [
    (Task("p", "regression", [], ["pearson"], "pearson"), [1.0, 2.0, 4.0, 3.0], [1.5, 1.0, 4.0, 2.5]),
    (
        Task("p", "multi_label", ["x", "y", "z"], ["micro_f1"], "micro_f1"),
        [[0, 1], [], [2], [1]],
        [[0], [1], [2], [1, 2]],
    ),
    (
        Task("p", "sequence_labelling", ["O", "B-X", "I-X"], ["span_f1"], "span_f1"),
        [[0, 1, 2], [1], [0, 0], [1, 2]],
        [[0, 1, 2], [0], [1, 0], [1, -1]],
    ),
]


@pytest.mark.parametrize(("task", "labels", "answers"), OTHERS)
def test_every_objective_is_scored_by_its_metric(tmp_path, task, labels, answers):
    put_splits(tmp_path, "p", labels, labels, dev=labels)
    put_predictions(tmp_path, ["p"], {"p dev": answers}, metric=task.decides)
    put_predictions(tmp_path, ["a", "p"], {"p dev": labels}, metric=task.decides)
    sets = {"alone": [["p"]], "chosen": [["a", "p"]]}
    found = compared(tmp_path, task, sets, seeds=[1])
    assert found["alone"]["score"]["mean"] == pytest.approx(score(task, task.decides, labels, answers))
    assert found["chosen"]["score"]["mean"] == pytest.approx(1)


def test_stuck_runs_are_counted(tmp_path):
    """Majority has half of the selection split; the task alone learns it, under one seed at least."""
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    for members, of_seeds in {"p": (0.9, 0.52), "a+p": (0.53, 0.5), "a+b+c+p": (0.54, 0.5)}.items():
        for seed, select in enumerate(of_seeds, 1):
            put_predictions(tmp_path, members.split("+"), {"p dev": LABELS}, seed, select=select)
    rows = compared(tmp_path)
    # Alone is judged by its other seed, the rest by alone under the same one, which learnt nothing under 2.
    assert {name: row["stuck"] for name, row in rows.items()} == {"alone": 1, "chosen": 1, "all": 0}


def test_equal_scores_differ_by_nothing(tmp_path):
    """Means of four runs and of two that are the same, whose last digits may differ."""
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    sets = {"alone": [["p"]], "random": [["a", "p"], ["b", "p"], ["c", "p"]]}
    for members in [["p"], *sets["random"]]:
        for seed in (1, 2, 3):
            answers = [1 - label if row < seed else label for row, label in enumerate(LABELS)]
            put_predictions(tmp_path, members, {"p dev": answers}, seed)
    random = compared(tmp_path, sets=sets, seeds=[1, 2, 3])["random"]
    assert random["difference"] == {"mean": 0, "instances": 0, "low": 0, "high": 0, "p": 1, "told": 0}
    assert random["deviation"] == 0


def test_predictions_of_other_rows_are_refused(tmp_path):
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    put_wrong(tmp_path)
    path = put_predictions(tmp_path, ["a", "p"], {"p dev": LABELS[:9]}, seed=2)
    with pytest.raises(ArtifactError, match=re.escape(f"{path} is of other rows than dev of 'p'; remake it")):
        compared(tmp_path)


def test_predictions_of_another_run_are_refused(tmp_path):
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    put_wrong(tmp_path)
    first, second = (
        Path(below(tmp_path, "predictions", backend="tiny", members=["a", "p"], seed=seed)) for seed in (1, 2)
    )
    second.write_bytes(first.read_bytes())
    message = f"{second} was made with spec.seed = 1, this run needs 2; remake it"
    with pytest.raises(ArtifactError, match=re.escape(message)):
        compared(tmp_path)


# ------------------------------------------------------------------------------------- what the data can tell


def told(better: int, low: float | None = 0.001, mean: float = 0.02, **changes: Any) -> str:
    difference = {"mean": mean, "instances": 3.0, "low": low, "high": low, "told": better}
    row = {"row": "chosen", "sets": [["a", "p"]], "difference": difference, "stuck": 0} | changes
    alone = {"row": "alone", "sets": [["p"]], "stuck": 0}
    return advice_page.told(SPEC, {"scores": [alone, row], "dev": {"dev_one": 100, "dev_two": 50}}, row)


def test_what_interval_and_test_tell_is_said():
    end = "(+2.00 points, +3.0 of 150 instances)."
    better = "This data can tell: the chosen set is better than `p` alone "
    assert told(1) == better + end
    assert told(0) == f"This data cannot tell them apart: the chosen set and `p` alone {end}"
    worse = told(-1, mean=-0.02)
    assert worse.startswith("This data can tell: the chosen set is worse than `p` alone (-2.00 points")
    no_rows = {"difference": {"mean": 0.02, "instances": None, "low": 0.001, "high": 0.04, "told": 1}}
    assert told(1, **no_rows) == f"{better}(+2.00 points)."
    assert told(0, sets=[["p"]]) == "The same runs: the chosen set is `p` alone."
    assert told(1, stuck=2).endswith(
        " instances); mind: 2 of the runs are stuck, which says nothing of the set (docs/stability.md)."
    )
    assert told(0, low=None).startswith("This data cannot tell of the chosen set: a score is undefined")


# ------------------------------------------------------------------------------------ the ranking, the cost

TAU = {"p": [1, 0.2, 0.6, 0.4], "a": [0.2, 1, 0, 0], "b": [0.6, 0, 1, 0], "c": [0.4, 0, 0, 1]}
STEPS = [([], 0.7), (["b"], 0.8), (["b", "c"], 0.75)]
TRIALS = [{"auxiliaries": tasks, "score": value} for tasks, value in STEPS]


def put_ranking(results: Path) -> list[str]:
    """What an answer that rests on the ranking reads."""
    path = put_correlation(results, TAU, reads=[])
    rows = [("a", "p", 0.2, 0.1, 0.3), ("b", "p", 0.6, 0.5, 0.7), ("c", "p", 0.4, np.nan, np.nan)]
    put_intervals(results, rows)
    return [path]


def test_the_ranking_has_intervals_and_what_was_tried(tmp_path):
    reads = put_ranking(tmp_path)
    put_answer(tmp_path, "gradts-trial", "p", {"b": 1.0}, reads=reads, evidence=TRIALS)
    answer = read_json(below(tmp_path, "answer", **PLACE, method="gradts-trial", primary="p"))
    assert evidence(SPEC, str(tmp_path), answer) == {
        "ranking": [
            {"task": "b", "share": 1.0, "tau": 0.6, "low": 0.5, "high": 0.7},
            {"task": "c", "share": 0.0, "tau": 0.4, "low": None, "high": None},
            {"task": "a", "share": 0.0, "tau": 0.2, "low": 0.1, "high": 0.3},
        ],
        "trials": TRIALS,
    }


def test_a_filter_has_the_trials_that_it_rests_on(tmp_path):
    reads = put_ranking(tmp_path)
    trial = put_answer(tmp_path, "gradts-trial", "p", {"b": 1.0}, reads=reads, evidence=TRIALS)
    kept = [{"task": "b", "kept": 6, "instances": 10}]
    put_answer(tmp_path, "gradts-fg", "p", {"b": 0.6}, reads=[trial], evidence=kept)
    answer = read_json(below(tmp_path, "answer", **PLACE, method="gradts-fg", primary="p"))
    found = evidence(replace(SPEC, method="gradts-fg"), str(tmp_path), answer)
    assert found["trials"] == TRIALS
    assert found["ranking"][0] == {
        **kept[0],
        "share": 0.6,
        "tau": 0.6,
        "low": 0.5,
        "high": 0.7,
    }


def test_trials_under_a_rule_of_their_own_are_shown_as_gradts_trials(tmp_path):
    """With what the rule weighed; those under another rule are not."""
    reads, weighed = put_ranking(tmp_path), [step | {"gain": -0.1, "error": 0.2} for step in TRIALS]
    put_answer(tmp_path, "gradts-trial", "p", {"c": 1.0}, reads=reads, evidence=TRIALS[:1])
    put_answer(tmp_path, "gradts-trial-one-se", "p", {"b": 1.0}, reads=reads, evidence=weighed)
    answer = read_json(below(tmp_path, "answer", **PLACE, method="gradts-trial-one-se", primary="p"))
    found = evidence(replace(SPEC, method="gradts-trial-one-se"), str(tmp_path), answer)
    assert found["trials"] == weighed
    assert [row["tau"] for row in found["ranking"]] == [0.6, 0.4, 0.2]


LIKENESS = [{"task": task, "similarity": value} for task, value in (("c", 0.9), ("b", 0.8), ("a", -0.1))]
UTILITIES = [{"task": "a", "utility": 0.4}, {"task": "b", "utility": 0.6}, {"task": "p", "utility": 0.9}]

COEFFICIENTS = [
    {"task": task, "coefficient": value} for task, value in (("b", 0.02), ("c", 0.0), ("a", -0.1))
]


@pytest.mark.parametrize(
    ("method", "steps", "order"),
    [
        ("single-task", [], "abc"),
        ("heu-size", [{"auxiliaries": ["c", "a"], "score": 0.5}], "cab"),
        ("autosem-p1", [*UTILITIES, {"task": "c", "utility": 0.5}], "bca"),
        ("autosem", [{"ratios": {"p": 1, "a": 2}}], "abc"),
        ("textsim-trial", [*LIKENESS, {"auxiliaries": ["c"], "score": 0.5}], "cba"),
        ("surrogate", [*COEFFICIENTS, {"r2": 0.5, "sets": {"a+p": 0.5}, "extra": {}}], "bca"),
        ("esm-trial", [{"task": "b", "esm": -0.61234}, {"task": "a", "esm": -0.7}], "bac"),
        ("logme-trial", [{"task": "b", "logme": -0.5}, {"task": "c", "logme": -0.6}], "bca"),
    ],
)
def test_a_method_without_a_ranking_tells_what_it_knows(tmp_path, method, steps, order):
    put_answer(tmp_path, method, "p", {"c": 1.0}, reads=[], evidence=steps)
    answer = read_json(below(tmp_path, "answer", **PLACE, method=method, primary="p"))
    found = evidence(replace(SPEC, method=method), str(tmp_path), answer)["ranking"]
    assert "".join(row["task"] for row in found) == order
    assert not any("tau" in row for row in found)
    for key in ("utility", "similarity", "esm", "logme", "coefficient"):
        known = {step["task"]: step[key] for step in steps if key in step}
        assert all(row.get(key) == known.get(row["task"]) for row in found)


@pytest.mark.parametrize(
    ("name", "method", "values", "told"),
    [
        ("similarity", "textsim-trial", [0.9, 0.8, -0.1], ["0.90", "0.80", "-0.10"]),
        ("esm", "esm-trial", [-0.61234, -0.6128, -0.7], ["-0.6123", "-0.6128", "-0.7000"]),
        ("logme", "logme-trial", [2, 1, 0.5], ["2.0000", "1.0000", "0.5000"]),
        ("logme", "logme-trial", [2, 1, None], ["2.0000", "1.0000", ""]),  # a has no value
    ],
)
def test_what_makes_the_order_is_shown(finished, name, method, values, told):
    reads = read_json(below(finished, "answer", **PLACE, method="gradts-trial", primary="p"))["reads"][1:]
    pairs = zip("cba", values, strict=True)
    steps = [{"task": task, name: value} for task, value in pairs if value is not None]
    facts = {"candidates": ["a", "b", "c"], "reads": reads, "evidence": steps}
    put_answer(finished, method, "p", {"b": 1.0}, **facts)
    _, ranked = tables(made(finished, method=method)[0])
    shown = [(row["candidate"], row[name]) for row in ranked.values()]
    assert shown == [*zip(("`c`", "`b`", "`a`"), told, strict=True)]


def test_coefficients_are_shown_in_the_unit_of_the_score(finished):
    reads = read_json(below(finished, "answer", **PLACE, method="gradts-trial", primary="p"))["reads"][1:]
    facts = {"candidates": ["a", "b", "c"], "reads": reads, "evidence": [*COEFFICIENTS, {"sets": {}}]}
    put_answer(finished, "surrogate", "p", {"b": 1.0}, **facts)
    text = made(finished, method="surrogate")[0]
    assert "## The ranking by Surrogate\n" in text
    shown = [(row["candidate"], row["coefficient"]) for row in tables(text)[1].values()]
    assert shown == [("`b`", "+0.0200"), ("`c`", "+0.0000"), ("`a`", "-0.1000")]


def put_costly(results: Path, members: str, seconds: float, seed: int = 1) -> str:
    names = [{"name": one.partition("@")[0]} for one in members.split("+")]
    path = put_run(results, members.split("+"), {}, seed, cpu_seconds=seconds, **COST)
    record = Path(path).with_name("run.json")
    known = read_json(record)
    write_json(record, known | {"spec": known["spec"] | {"tasks": names}})
    return str(record)


def test_costs_are_those_of_the_jobs_behind_and_of_further_runs(tmp_path):
    read = [
        put_costly(tmp_path, members, seconds) for members, seconds in (("p", 10), ("b+p", 20), ("a+b+p", 60))
    ]
    for members, seed, seconds in (("p", 2, 3), ("b+p", 2, 4), ("p@repeat2", 1, 5), ("p@repeat2", 2, 6)):
        put_costly(tmp_path, members, seconds, seed)
    candidates = ["a", "b", "c"]
    path = put_answer(tmp_path, "gradts-trial", "p", {"b": 1.0}, candidates=candidates, reads=read)
    sets = {"alone": [["p"]], "chosen": [["b", "p"]], "repeated": [["p@repeat2"]]}
    assert costs_of(SPEC, str(tmp_path), sets, read_json(path)) == {
        "jobs": 3,
        "seconds": 90,
        "one_more_seconds": pytest.approx((60 + (20 + 60) + 0) / 3, abs=0.1),  # of a, b and c
        "compared_jobs": 4,
        "compared_seconds": 18,
        "devices": ["cpu"],
    }


def test_what_needs_no_job_costs_nothing(tmp_path):
    path = put_answer(tmp_path, "gradts-trial", "p", candidates=["a", "b", "c"], reads=[])
    put_costly(tmp_path, "p", 3)
    found = costs_of(replace(SPEC, seeds=[1]), str(tmp_path), {"alone": [["p"]]}, read_json(path))
    assert (found["jobs"], found["seconds"], found["one_more_seconds"]) == (0, 0, 0)
    assert (found["compared_jobs"], found["compared_seconds"]) == (1, 3)


# ---------------------------------------------------------------------------------------------- the whole


@pytest.fixture
def finished(tmp_path) -> Path:
    """GradTS-trial chose b for p."""
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    reads = [*put_ranking(tmp_path), put_costly(tmp_path, "p", 10), put_costly(tmp_path, "b+p", 20)]
    facts = {"candidates": ["a", "b", "c"], "reads": reads, "evidence": TRIALS}
    put_answer(tmp_path, "gradts-trial", "p", {"b": 1.0}, **facts)
    drawn = [f"{'+'.join(sorted(['p', *at_random(['a', 'b', 'c'], 1, 'p', draw)]))}" for draw in (1, 2)]
    for members in {"p", "b+p", "a+b+c+p", "p@repeat2", *drawn}:
        for seed in (1, 2):
            wrong = WRONG["p" if members.startswith("p") else "a+p"][seed - 1]
            answers = [1 - label if row in wrong else label for row, label in enumerate(LABELS)]
            names = {"training_instances": {"p": 10, "b": 9}, "cpu_seconds": 2.0}
            put_predictions(tmp_path, members.split("+"), {"p dev": answers}, seed, **COST, **names)
            record = Path(below(tmp_path, "run", backend="tiny", members=members, seed=seed))
            known = read_json(record)
            tasks = [{"name": one.partition("@")[0]} for one in members.split("+")]
            write_json(record, known | {"spec": known["spec"] | {"tasks": tasks}})
    return tmp_path


def made(results: Path, **changes: Any) -> tuple[str, dict[str, Any]]:
    out = results / "advice/p.md"
    picture = [str(out.with_suffix(suffix)) for suffix in (".png", ".svg")]
    advise(replace(SPEC, **changes), str(results), str(out), picture)
    return out.read_text(), read_json(out.with_suffix(".json"))


def test_the_page_says_all_in_order(finished):
    text, record = made(finished)
    assert re.findall("^#+ (.+)$", text, re.MULTILINE) == [
        "Advice for `p`",
        "What it brings",
        "The ranking by GradTS-trial",
        "What it cost",
        "The model",
    ]
    assert text.split("\n\n")[1] == "**Train `p` together with `b`.**"
    assert "![The ranking, and the scores](p.png)" in text
    scores, ranked = tables(text)
    assert [*scores] == [
        "`p` alone",
        "the chosen set",
        "the whole suite of 4 tasks",
        "a random task",
        "`p` alone, 2 passes an epoch",
    ]
    assert scores["the chosen set"]["accuracy"] == "95.00"
    assert scores["the chosen set"]["to alone"] == "+45.00"
    assert scores["the chosen set"]["in instances"] == "+4.5"
    assert scores["`p` alone"]["to alone"] == ""
    assert scores["`p` alone, 2 passes an epoch"]["95 % of it"] == "+0.00 to +0.00"
    found = record["scores"][1]["difference"]
    assert found["low"] > 0  # but ten rows are few for the test
    assert scores["the chosen set"]["p"] == f"{found['p']:.4f}" > "0.05"
    assert "cannot tell them apart: the chosen set and `p` alone (+45.00 points, +4.5 of 10 inst" in text
    assert "- This data cannot tell them apart: `p` alone, 2 passes an epoch and `p` alone (+0.00" in text
    assert [row["candidate"] for row in ranked.values()] == ["`b`", "`c`", "`a`"]
    assert [row["with it and all above"] for row in ranked.values()] == ["80.00", "75.00", "not tried"]
    assert [row["chosen"] for row in ranked.values()] == ["100 %", "", ""]
    assert "alone: 70.00." in text
    assert "The next candidate, `c`, was tried." in text
    assert (
        "2 random sets were drawn, and their mean is shown; the standard deviation between them is " in text
    )
    folder = f"{finished}/models/tiny/toy/gradts-trial/p"
    assert f"    snakemake --cores 1 {folder}/gradts.json\n" in text
    assert f'pipeline("text-classification", "{folder}")' in text
    assert "Generated" not in text
    assert record["answer"]["members"] == ["b", "p"]
    assert [row["row"] for row in record["scores"]] == ["alone", "chosen", "all", "random", "repeated"]
    assert record["spec"]["primary"]["name"] == "p"
    assert "runs/tiny/p@repeat2/seed2/predictions.parquet" in record["reads"]


def test_equal_results_are_equal_pages_and_pictures(finished):
    def files() -> list[bytes]:
        made(finished)
        return [(finished / f"advice/p{suffix}").read_bytes() for suffix in (".md", ".png", ".svg")]

    assert files() == files()


def test_what_must_be_said_is_said(finished):
    path = below(finished, "answer", **PLACE, method="gradts-trial", primary="p")
    answer = read_json(path)
    write_json(path, answer | {"caution": "the ranking is chance", "auxiliaries": {"b": 1.0, "c": 0.0}})
    text, _ = made(finished, generated=["a", "p"], seeds=[1])
    assert "**Mind: the ranking is chance.**" in text
    assert "Of `c`, which the trials chose, the threshold keeps no instance." in text
    assert "**Generated** by this project, so that scores say nothing of natural language: `a`, `p`." in text
    assert "seed 1. Intervals are over instances alone: other seeds are not known." in text
    alone = tables(text)[0]["`p` alone"]
    assert alone.pop("95 % interval")
    assert {*alone.values()} == {"60.00", ""}


def test_scores_on_the_split_that_decides_are_said_to_flatter(finished):
    path = below(finished, "answer", **PLACE, method="gradts-trial", primary="p")
    answer, said = (
        read_json(path),
        "**Mind: Decisions were made on `dev` too (`decide_on: dev`): its scores flatter.**",
    )
    for split, expected in (("select", False), ("dev", True)):
        write_json(path, answer | {"spec": answer["spec"] | {"decide_on": split}})
        text, record = made(finished)
        assert (said in text) == expected
        assert record["answer"]["decide_on"] == split


def test_trials_by_folds_are_called_means(finished):
    path = below(finished, "answer", **PLACE, method="gradts-trial", primary="p")
    answer, said = read_json(path), "Scores of the trials are those that decide, in percent"
    assert f"{said}; alone: 70.00." in made(finished)[0]
    write_json(path, answer | {"spec": answer["spec"] | {"decide_on": {"folds": 5}}})
    text, record = made(finished)
    assert f"{said}, means over 5 folds of its rows; alone: 70.00." in text
    assert record["answer"]["decide_on"] == {"folds": 5}


def test_where_nothing_is_decided_the_task_is_trained_alone(finished):
    undecided = {"undecided": "all 2 trials scored the same", "auxiliaries": {}, "members": ["p"]}
    path = below(finished, "answer", **PLACE, method="gradts-trial", primary="p")
    write_json(path, read_json(path) | undecided)
    text, _ = made(finished)
    assert text.split("\n\n")[1:3] == [
        "**Train `p` alone.**",
        "The evidence decides nothing: all 2 trials scored the same; so no task is recommended.",
    ]
    assert "- The same runs: the chosen set is `p` alone.\n" in text
    assert [*tables(text)[0]] == ["`p` alone", "the chosen set", "the whole suite of 4 tasks"]


def test_warnings_of_the_data_are_repeated(finished):
    for split in ("train", "select", "dev"):
        table, record = read_table(path := below(finished, split, task="p"))
        del record["rows"]
        write_table(path, table, record | {"warnings": ["dev has 10 rows"]})
    assert made(finished)[0].endswith("## Warnings of its data\n\n- p: dev has 10 rows\n")


@pytest.mark.parametrize(
    ("objective", "pair", "lines"),
    [
        ("classification", False, 'text-classification {"a text"}'),
        ("classification", True, 'text-classification {{"text": "one text", "text_pair": "another"}}'),
        ("regression", False, 'text-classification {"a text"}'),
        ("multi_label", False, 'text-classification {"a text", top_k=None}'),
        ("sequence_labelling", False, 'token-classification {"a text"}'),
    ],
)
def test_the_lines_that_load_the_model(objective, pair, lines):
    labels = {"regression": [], "sequence_labelling": ["O", "B-X"]}.get(objective, ["no", "yes"])
    metric = {"regression": "pearson", "multi_label": "micro_f1", "sequence_labelling": "span_f1"}
    metric = metric.get(objective, "accuracy")
    spec = replace(SPEC, primary=Task("p", objective, labels, [metric], metric))
    text = "\n".join(advice_page._model(spec, "results/models/x/gradts.json", pair))
    kind, given = lines.split(" ", 1)
    assert f'predict = pipeline("{kind}", "results/models/x")\nprint(predict({given[1:-1]}))' in text


@pytest.fixture
def drawn(monkeypatch) -> Iterator[list]:
    """The figures that are made, instead of closing them."""
    close, made = figures.pyplot.close, []
    monkeypatch.setattr(figures.pyplot, "close", made.append)
    yield made
    for figure in made:
        close(figure)


def test_a_ranking_is_called_by_its_measure(finished, drawn):
    put_correlation(finished, TAU, reads=[], measure="overlap")
    text, record = made(finished)
    assert record["ranking"][0]["overlap"] == 0.6
    first = next(iter(tables(text)[1].values()))
    assert first["overlap of the top heads"] == "0.60"
    assert "τ" not in first
    assert drawn[0].axes[0].get_xlabel() == "overlap of the top heads, 95 % interval; chosen: blue"


def test_the_picture_shows_the_ranking_and_the_scores(finished, drawn):
    _, record = made(finished, generated=["p"])
    ranked, scores = drawn[0].axes
    assert [label.get_text() for label in ranked.get_yticklabels()] == ["b", "c", "a"]
    # An interval is a line before its point; c has none.
    lines = [([*map(float, line.get_xdata())], line.get_color()) for line in ranked.lines]
    blue, grey = "tab:blue", "0.45"
    points = [([0.5, 0.7], blue), ([0.6], blue), ([0.4], grey), ([0.1, 0.3], grey), ([0.2], grey)]
    assert lines == points
    means = [line.get_xdata()[0] for line in scores.lines if len(line.get_xdata()) == 1]
    assert means == pytest.approx([100 * row["score"]["mean"] for row in record["scores"]])
    assert drawn[0].get_suptitle() == "Train p together with b. (with generated tasks)"


def test_a_method_without_a_ranking_is_drawn_by_its_scores(finished, drawn):
    path = below(finished, "answer", **PLACE, method="gradts-trial", primary="p")
    answer = read_json(path)
    write_json(path, answer | {"reads": answer["reads"][1:]})
    made(finished)
    assert len(drawn[0].axes) == 1
