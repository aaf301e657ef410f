"""Intervals and marks of score tables, from a results folder written by hand."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gradts.reporting.specs import TableSpec
from gradts.reporting.tables import score_table
from gradts.specs import Task
from gradts.training.metrics import score
from gradts.truth import statistics
from gradts.truth.statistics import holm
from tests.conftest import yes_no
from tests.unit.by_hand import put_answer, put_answers, put_run, put_splits
from tests.unit.reporting.markdown import tables
from tests.unit.truth.arms import paired

ROWS = 60
A, B = yes_no("a"), yes_no("b")
SPEC = TableSpec("2", "toy", ["tiny"], [A], ["single-task", "no-sel"], 2, [1, 2], "select", False)
LABELS = [row % 2 for row in range(ROWS)]


def put(results: Path, members: str, wrong: Mapping[str, tuple[int, ...]], backend: str = "tiny") -> None:
    """Runs of which each task has so many wrong answers, the first ones, under every seed."""
    for seed in range(1, len(next(iter(wrong.values()))) + 1):
        answers, scores = {}, {}
        for task, of_seeds in wrong.items():
            answers[task] = [1 - label if i < of_seeds[seed - 1] else label for i, label in enumerate(LABELS)]
            scores[f"{task} select accuracy"] = [0.5]
            scores[f"{task} dev accuracy"] = [1 - of_seeds[seed - 1] / ROWS]
        put_run(results, members.split("+"), scores, seed, backend)
        of_splits = {f"{task} {split}": of for task, of in answers.items() for split in ("select", "dev")}
        put_answers(results, members.split("+"), of_splits, seed, backend)


@pytest.fixture
def results(tmp_path) -> Path:
    """Single-Task has a third of both tasks wrong; the joint run nearly none of `a`, and much of `b`."""
    for task in "ab":
        put_splits(tmp_path, task, [1, 1, 0], LABELS, dev=LABELS)
        put_answer(tmp_path, "single-task", task)
        put_answer(tmp_path, "no-sel", task, {"b" if task == "a" else "a": 1.0})
        put(tmp_path, task, {task: (20, 22)})
    put(tmp_path, "a+b", {"a": (1, 3), "b": (50, 48)})
    return tmp_path


def made(results: Path, **changes: Any) -> tuple[pd.DataFrame, str, dict[str, Any]]:
    """The table's CSV as text, its Markdown, and its record."""
    (results / "paper.csv").write_text("method,a_accuracy\nNO-SEL,51.00\n")
    (results / "slips.csv").write_text("table,row,column,why\n2,x,y,z\n")
    paths = [str(results / name) for name in ("paper.csv", "slips.csv", "t.csv", "t.md")]
    score_table(replace(SPEC, **changes), str(results), *paths)
    frame = pd.read_csv(paths[2], index_col="method", dtype=str, keep_default_na=False)
    return frame, Path(paths[3]).read_text(), json.loads((results / "t.json").read_text())


def test_every_cell_has_an_interval_over_seeds_and_instances(results):
    csv, text, _ = made(results, tasks=[A, B])
    right = np.array([[i >= wrong for i in range(ROWS)] for wrong in (1, 3)], dtype=float)

    def mean(rows, seeds) -> float:
        return round(right[np.ix_(seeds, rows)].mean(), 12)

    options = {"vectorized": False, "n_resamples": statistics.DRAWS, "rng": statistics.SEED}
    ends = stats.bootstrap((np.arange(ROWS), np.arange(2)), mean, method="BCa", **options).confidence_interval
    low, high = (f"{100 * end:.2f}" for end in ends)
    columns = [f"a_accuracy{key}" for key in ("", "_low", "_high", "_sd")]
    assert csv.loc["NO-SEL", columns].to_list() == ["96.67", low, high, "2.36"]
    assert tables(text)[0]["a_accuracy"]["NO-SEL"] == f"96.67 ± 2.36 [{low}, {high}] (51.00) ▲"
    assert (csv[[f"{task}_accuracy_{end}" for task in "ab" for end in ("low", "high")]] != "").all(axis=None)
    assert "95 % intervals over seeds and instances; of fewer than 5 seeds they are too narrow" in text


def test_what_interval_and_test_tell_is_marked(results):
    csv, text, record = made(results, tasks=[A, B])
    assert csv["better"].to_dict() == {"Majority": "", "Single-Task": "", "NO-SEL": "a"}
    assert csv["worse"].to_dict() == {"Majority": "", "Single-Task": "", "NO-SEL": "b"}
    cells, differences, *_ = tables(text)
    assert cells["b_accuracy"]["NO-SEL"].endswith("] ▼")
    assert "- ▲: better than Single-Task.\n- ▼: worse than Single-Task.\n" in text
    answers = {
        wrong: [1 - label if i < wrong else label for i, label in enumerate(LABELS)]
        for wrong in (1, 3, 20, 22)
    }
    arms = ({seed: {"dev": answers[wrong]} for seed, wrong in enumerate(of, 1)} for of in ((1, 3), (20, 22)))
    difference, low, high, p = paired(A, {"dev": LABELS}, *arms)
    first, second = record["differences"]
    assert first == {
        "row": "NO-SEL",
        "column": "a_accuracy",
        "mean": difference,
        "low": low,
        "high": high,
        "p": p,
        "holm": holm([p, second["p"]])[0],
    }
    assert difference == pytest.approx(19 / ROWS)
    assert differences["a_accuracy"] == {
        "NO-SEL": f"+{100 * difference:.2f} [{100 * low:.2f}, {100 * high:.2f}] p {first['holm']:.4f}"
    }
    assert "after Holm over these cells (distinct ones: 2)" in text


def test_a_difference_that_only_one_of_both_tells_is_not_marked(results, monkeypatch):
    for put_p, marked in ((0.05, "a"), (0.051, "")):
        monkeypatch.setattr(statistics, "_p", lambda known, sizes, arms, base, p=put_p: [p])
        assert made(results)[0]["better"]["NO-SEL"] == marked
    monkeypatch.setattr(statistics, "_p", lambda known, sizes, arms, base: [0.0001])
    put(results, "a+b", {"a": (20, 21)})
    assert made(results)[0]["better"]["NO-SEL"] == ""


def test_all_cells_of_a_table_are_tested_together(results, monkeypatch):
    """0.03 alone is real; beside another it is not."""
    monkeypatch.setattr(statistics, "_p", lambda known, sizes, arms, base: [0.03])
    assert made(results)[0]["better"]["NO-SEL"] == "a"
    csv, _, record = made(results, tasks=[A, B])
    assert [one["holm"] for one in record["differences"]] == [0.06, 0.06]
    assert (csv[["better", "worse"]] == "").all(axis=None)


def test_the_same_runs_are_one_test(results, monkeypatch):
    put_answer(results, "gradts-fg", "a", {"b": 1.0})
    monkeypatch.setattr(statistics, "_p", lambda known, sizes, arms, base: [0.03] * len(arms))
    csv, text, record = made(results, methods=["single-task", "no-sel", "gradts-fg"])
    assert [one["holm"] for one in record["differences"]] == [0.03, 0.03]
    assert csv["better"].to_dict() == {"Majority": "", "Single-Task": "", "NO-SEL": "a", "GradTS-fg": "a"}
    assert "(distinct ones: 1)" in text


def test_the_same_runs_as_single_task_are_no_comparison(results):
    put_answer(results, "gradts-fg", "a")  # which chose no task
    csv, text, record = made(results, methods=["single-task", "gradts-fg", "no-sel"])
    assert [one["row"] for one in record["differences"]] == ["NO-SEL"]
    assert [*tables(text)[1]["a_accuracy"]] == ["NO-SEL"]
    ends = ["a_accuracy_low", "a_accuracy_high"]
    assert csv.loc["GradTS-fg", ends].to_list() == csv.loc["Single-Task", ends].to_list() != ["", ""]


def test_every_backend_is_held_against_its_own_single_task_row(results):
    put(results, "a", {"a": (50, 50)}, "small")
    put(results, "a+b", {"a": (20, 22)}, "small")
    for method, shares in (("single-task", {}), ("no-sel", {"b": 1.0})):
        put_answer(results, method, "a", shares, "small")
    put(results, "a+b", {"a": (20, 22)})  # as Single-Task of that backend
    csv, *_ = made(results, backends=["tiny", "small"])
    marked = {
        row: (better, worse)
        for row, better, worse in zip(csv.index, csv["better"], csv["worse"], strict=True)
    }
    assert marked == {row: ("a" if row == "small" else "", "") for row in csv.index}


def test_a_smaller_error_is_better(results):
    number = Task("n", "regression", [], ["pearson", "mae"], "pearson")
    labels = [float(i % 7) for i in range(ROWS)]
    put_splits(results, "n", [1.0, 2.0], labels, dev=labels)
    put_answer(results, "single-task", "n")
    put_answer(results, "no-sel", "n", {"a": 1.0})
    generator = np.random.default_rng(0)
    for seed in (1, 2):
        for members, off in ((["n"], 2.0), (["a", "n"], 0.5)):
            answers = [label + off * float(generator.normal()) for label in labels]
            values = {metric: score(number, metric, labels, answers) for metric in number.metrics}
            scores = {
                f"n {split} {name}": [one] for split in ("select", "dev") for name, one in values.items()
            }
            put_run(results, members, scores, seed)
            put_answers(results, members, {"n dev": answers}, seed)
    csv, text, record = made(results, tasks=[number])
    assert (csv.loc["NO-SEL", "better"], csv.loc["NO-SEL", "worse"]) == ("n", "")
    found = {one["column"]: one["mean"] for one in record["differences"]}
    assert found["n_mae"] < 0 < found["n_pearson"]
    assert tables(text)[0]["n_mae"]["NO-SEL"].endswith("] ▲")
    assert float(csv.loc["NO-SEL", "n_mae_low"]) < float(csv.loc["NO-SEL", "n_mae"]) < 1  # its own units


def test_a_run_without_a_score_leaves_no_interval(results):
    put_run(results, ["a", "b"], {"a select accuracy": [0.5], "a dev accuracy": [float("nan")]}, seed=2)
    put_answers(results, ["a", "b"], {}, seed=2)
    csv, text, record = made(results)
    assert csv.loc["NO-SEL", ["a_accuracy", "a_accuracy_low", "better"]].to_list() == ["98.33", "", ""]
    assert record["differences"] == []
    assert "## Differences" not in text


# ------------------------------------------------------------------------------- where nothing is marked

STATISTICS = {"a_accuracy_low", "a_accuracy_high", "better", "worse"}


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"seeds": [1]}, "One seed: no intervals, and no cell is marked as better or worse, since other"),
        (
            {"decide_on": "dev"},
            "No intervals, and no cell is marked as better or worse: runs keep the answers",
        ),
        (
            {"chosen_on": "dev"},
            "No intervals, and no cell is marked as better or worse.\n- Decisions were made on `dev` too",
        ),
    ],
)
def test_a_table_without_intervals_says_why(results, changes, note):
    for path in results.rglob("predictions.parquet"):  # which are not asked for
        path.unlink()
    csv, text, record = made(results, **changes)
    assert not STATISTICS & {*csv}
    assert note in text
    assert "differences" not in record


def test_without_a_single_task_row_nothing_is_marked(results):
    csv, text, record = made(results, methods=["no-sel"])
    assert {*csv} >= STATISTICS
    assert (csv[["better", "worse"]] == "").all(axis=None)
    assert record["differences"] == []
    assert "Without a Single-Task row no cell is marked as better or worse." in text
    assert "Without a Single-Task row no cell" not in made(results)[1]
