"""Tables of scores from a results folder written by hand, against values computed by hand."""

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from gradts.artifacts import ArtifactError, read_table, write_table
from gradts.layout import below
from gradts.reporting.specs import COST_TABLES, SCORE_TABLES, label
from gradts.reporting.tables import shown
from gradts.specs import Task
from tests.unit.by_hand import put_answer, put_run, put_splits
from tests.unit.reporting.markdown import tables
from tests.unit.reporting.scoring import MARKS, SCORES, UNMARKED, A, M, made, put_results

PAPER = Path(__file__).parents[3] / "config/paper"


@pytest.fixture
def results(tmp_path) -> Path:
    return put_results(tmp_path)


@pytest.mark.parametrize(
    ("decide_on", "a", "matched", "mismatched"),
    # The mean of both dev splits of m is 0.5 after epoch 1, 0.65 after epoch 2, 0.6 after epoch 3.
    [("select", "62.50", "80.00", "40.00"), ("dev", "70.00", "70.00", "60.00")],
)
def test_every_task_has_its_own_best_epoch_by_the_split_that_decides(
    results, decide_on, a, matched, mismatched
):
    scores = {
        "a select accuracy": [0.5, 0.6, 0.6],
        "a dev accuracy": [0.7, 0.625, 0.1],
        "m select accuracy": [0.1, 0.2, 0.3],
        "m dev_matched accuracy": [0.9, 0.7, 0.8],
        "m dev_mismatched accuracy": [0.1, 0.6, 0.4],
    }
    put_answer(results, "no-sel", "a", {"m": 1.0})
    put_answer(results, "no-sel", "m", {"a": 1.0})
    put_run(results, ["a", "m"], scores)
    found = made(results, tasks=[A, M], methods=["no-sel"], decide_on=decide_on)
    assert [*found.csv] == ["suite", "a_accuracy", "m_accuracy_matched", "m_accuracy_mismatched", *MARKS]
    assert [*found.csv.loc["NO-SEL"]] == ["toy", a, matched, mismatched, *UNMARKED]
    assert f"best epoch by the `{decide_on}` split" in found.text


def test_seeds_give_their_mean_and_sample_deviation(results):
    put_run(results, ["a"], {"a select accuracy": [0.5], "a dev accuracy": [1 / 3]}, seed=1)
    put_run(results, ["a"], {"a select accuracy": [0.5], "a dev accuracy": [2 / 3]}, seed=2)
    found = made(results, seeds=[1, 2])
    # Both are 100/6 away from 50: the root of 2 · (100/6)² / (2 − 1).
    assert [*found.csv.loc["Single-Task", ["a_accuracy", "a_accuracy_sd"]]] == ["50.00", "23.57"]
    assert [*found.csv.loc["Majority", ["a_accuracy", "a_accuracy_sd"]]] == ["66.67", ""]
    assert found.cells["a_accuracy"]["Single-Task"] == "50.00 ± 23.57"
    assert "seeds 1, 2." in found.text


def test_scores_are_percents_of_two_decimals():
    assert shown("t", [[{"t_x": 0.123456}]]) == {"t_x": "12.35"}
    assert shown("t", [[{"t_x": -0.1}, {"t_x": 0.1}]]) == {"t_x": "0.00", "t_x_sd": "14.14"}


def test_a_row_of_a_task_that_is_repeated_is_held_against_the_task_itself(results):
    put_run(results, ["a"], {"a select accuracy": [0.9], "a dev accuracy": [0.5]})  # Majority has 0
    put_answer(results, "single-task-repeat", "a", members=["a@repeat3"])
    put_run(results, ["a@repeat3"], {"a select accuracy": [0.0], "a dev accuracy": [0.2]})
    found = made(results, methods=["single-task", "single-task-repeat"])
    assert found.chosen == {"a": {"Single-Task-repeat": "a@repeat3"}}
    # stuck, and told by the Single-Task run of its own seed, as of any other run
    assert found.cells["a_accuracy"]["Single-Task-repeat"] == "20.00 †"
    assert found.cells["a_accuracy"]["Single-Task"] == "50.00"


def test_rows_that_choose_nothing_show_no_choice(results):
    put_run(results, ["a"], {"a select accuracy": [0.9], "a dev accuracy": [0.5]})
    assert "Chosen auxiliary tasks" not in made(results, methods=["single-task"]).text


def test_a_score_without_a_value_is_undefined(results):
    assert "`undefined`" not in made(results).text
    put_run(results, ["a"], {"a select accuracy": [0.5], "a dev accuracy": [math.nan]})
    found = made(results, paper="method,a_accuracy\nSingle-Task,51.00\n")
    assert found.csv["a_accuracy"]["Single-Task"] == "undefined"
    assert found.cells["a_accuracy"]["Single-Task"] == "undefined (51.00)"
    assert "`undefined`: the metric has no value" in found.text
    assert "§" not in found.text


@pytest.mark.parametrize(
    ("values", "shown"),
    [([0.5, math.nan, 0.7], "60.00 ± 14.14 §"), ([math.nan, 0.7], "70.00 §"), ([0.7, 0.7], "70.00 ± 0.00")],
)
def test_runs_without_a_value_leave_the_mean_to_the_others(results, values, shown):
    for seed, value in enumerate(values):
        put_run(results, ["a"], {"a select accuracy": [0.5], "a dev accuracy": [value]}, seed)
    found = made(results, seeds=[*range(len(values))])
    assert found.cells["a_accuracy"]["Single-Task"] == shown
    assert found.csv["a_accuracy"]["Single-Task"] == shown[:5]
    marked = shown.endswith("§")
    assert found.csv["partly_undefined"].to_dict() == {"Majority": "", "Single-Task": "a" if marked else ""}
    assert ("§: of some runs behind it the metric has no value" in found.text) == marked
    assert "`undefined`" not in found.text


def test_only_the_metric_without_a_value_is_marked(results):
    task = replace(A, metrics=["accuracy", "f1", "mcc"])
    for seed, (f1, mcc) in enumerate([(0.5, math.nan), (math.nan, math.nan)]):
        values = {"accuracy": 0.5, "f1": f1, "mcc": mcc}
        dev = {f"a dev {metric}": [value] for metric, value in values.items()}
        put_run(results, ["a"], {"a select accuracy": [0.5]} | dev, seed)
    found = made(results, tasks=[task], seeds=[0, 1])
    shown = {name: cells["Single-Task"] for name, cells in found.cells.items()}
    assert shown == {"a_accuracy": "50.00 ± 0.00", "a_f1": "50.00 §", "a_mcc": "undefined"}
    assert found.csv["partly_undefined"]["Single-Task"] == "a"


MAJORITIES = {
    # Always 1: three of four right; precision 3/4 and recall 1. The selection split has only 0.
    "classification": (
        {"train": [1, 1, 0], "select": [0, 0, 0, 0], "dev": [0, 1, 1, 1]},
        {"accuracy": "75.00", "f1": "85.71", "mcc": "0.00"},
    ),
    # Always {0, 1}: three labels right, three too many, one missing.
    "multi_label": (
        {"train": [[0, 1], [2], [0, 1]], "select": [[2]], "dev": [[0, 1], [1], [2]]},
        {"exact_match": "33.33", "micro_f1": "60.00"},
    ),
    "regression": (
        # Always 7 / 3: off by 4/3 and 8/3, whose squares are 16/9 and 64/9.
        {"train": [1.0, 2.0, 4.0], "select": [1.0], "dev": [1.0, 5.0]},
        {"pearson": "undefined", "spearman": "undefined", "rmse": "2.10819", "mae": "2"},
    ),
    # Always O, which three of five words have.
    "sequence_labelling": (
        {"train": [[0, 0, 1], [1, 0]], "select": [[1, 1, 1]], "dev": [[0, 1], [1, 0, 0]]},
        {"token_accuracy": "60.00", "span_f1": "0.00"},
    ),
}
LABELS = {"multi_label": ["x", "y", "z"], "regression": [], "sequence_labelling": ["O", "B-x"]}


@pytest.mark.parametrize("objective", MAJORITIES)
def test_the_majority_row_answers_what_is_most_frequent_in_training(results, objective):
    splits, expected = MAJORITIES[objective]
    put_splits(results, "t", **splits)
    metrics = [*expected]
    task = Task("t", objective, LABELS.get(objective, ["no", "yes"]), metrics, metrics[0])
    put_answer(results, "single-task", "t")
    names = [f"t {split} {metric}" for split in ("select", "dev") for metric in metrics]
    put_run(results, ["t"], {name: [0.5] for name in names})
    csv = made(results, tasks=[task]).csv
    assert csv.loc["Majority", [f"t_{metric}" for metric in metrics]].to_list() == [*expected.values()]
    assert csv.index[0] == "Majority"


def test_errors_are_shown_in_the_units_of_their_task(results):
    """Also where a task is named as another's column is."""
    number = Task("a", "regression", [], ["pearson", "rmse", "mae"], "pearson")
    other = replace(number, name="a_rmse", metrics=["pearson"])
    for task in ("a", "a_rmse"):
        put_splits(results, task, [10000.0, 30000.0], [10000.0, 30000.0], dev_x=[10000.0, 30000.0])
        put_answer(results, "single-task", task)
    for seed, value in ((1, 12000.0), (2, 12000.5)):
        values = {"pearson": 0.5, "rmse": value, "mae": 0.0004}
        scores = {f"a {split} {name}": [one] for split in ("select", "dev_x") for name, one in values.items()}
        put_run(results, ["a"], scores, seed)
        put_run(
            results, ["a_rmse"], {f"a_rmse {split} pearson": [0.25] for split in ("select", "dev_x")}, seed
        )
    found = made(results, tasks=[number, other], seeds=[1, 2])
    shown = {name: cells["Single-Task"] for name, cells in found.cells.items()}
    assert shown == {
        "a_pearson_x": "50.00 ± 0.00",
        "a_rmse_x": "12000.2 ± 0.353553",  # the half is cut off for six digits
        "a_mae_x": "0.0004 ± 0",
        "a_rmse_pearson_x": "25.00 ± 0.00",
    }
    assert found.cells["a_rmse_x"]["Majority"] == "10000 [10000, 10000]"
    assert found.csv.loc["Single-Task", ["a_rmse_x", "a_rmse_x_sd"]].to_list() == ["12000.2", "0.353553"]
    assert "Errors (rmse, mae) are in the units of the task's targets, not in percent" in found.text
    assert "Errors" not in made(results, tasks=[other]).text


def test_several_backends_have_a_group_of_rows_each(results):
    for backend, best, *values in (("tiny", "n", 0.1111, 0.2), ("small", "o", 0.3, 0.4444)):
        for method, task, value in zip(["no-sel", "gradts-trial"], ["m", best], values, strict=True):
            put_answer(results, method, "a", {task: 1.0}, backend)
            scores = {"a select accuracy": [0.5], "a dev accuracy": [value]}
            put_run(results, ["a", task], scores, backend=backend)
    methods = ["no-sel", "gradts-trial"]
    paper = "method,a_accuracy\nsmall,31.00\ntiny+GradTS-trial,21.00\n"
    found = made(results, paper, number="8", backends=["tiny", "small"], methods=methods)
    assert found.cells["a_accuracy"] == {
        "Majority": "66.67",
        "tiny": "11.11",
        "tiny+GradTS-trial": "20.00 (21.00)",
        "small": "30.00 (31.00)",
        "small+GradTS-trial": "44.44",
    }
    assert [*found.csv.index] == [*found.cells["a_accuracy"]]
    assert found.chosen == {"a": {"tiny+GradTS-trial": "n", "small+GradTS-trial": "o"}}
    assert "# Table 8: suite `toy`, backend `tiny`, `small`\n" in found.text


def test_figures_of_the_paper_stand_in_parentheses(results):
    found = made(results, "method,b_accuracy,a_accuracy\nNO-SEL,1.00,2.00\nSingle-Task,3.00,51.50\n")
    assert found.cells == {"a_accuracy": {"Majority": "66.67", "Single-Task": "61.25 (51.50)"}}
    assert found.csv["a_accuracy"]["Single-Task"] == "61.25"
    assert "In parentheses: the figure printed in the paper" in found.text


@pytest.mark.parametrize(("number", "mark"), [("2", "*"), ("6", "*"), ("9", "")])
def test_slips_of_the_paper_are_shown_as_printed_and_marked(results, number, mark):
    paper, slip = "method,a_accuracy\nSingle-Task,84.24\n", "2 6,Single-Task,a_*,it is swapped"
    found = made(results, paper, slip, number=number)
    assert found.cells["a_accuracy"]["Single-Task"] == f"61.25 (84.24{mark})"
    assert ("\n- `*` as printed; it is swapped.\n\n## Size" in found.text) == bool(mark)
    assert ("as printed" in found.text) == bool(mark)


def test_scores_for_people_have_two_decimals_too(results):
    put_run(results, ["a"], {"a select accuracy": [0.5], "a dev accuracy": [0.6]})
    assert made(results).cells["a_accuracy"]["Single-Task"] == "60.00"


@pytest.mark.parametrize("number", [*SCORE_TABLES, "minutes"])
def test_rows_of_the_printed_tables_are_ours(number):
    """Another name would lose its brackets."""
    methods = SCORE_TABLES.get(number, COST_TABLES["10"]).split()
    known = {label(method) for method in methods}
    name = number if number == "minutes" else f"table{number}"
    printed = [row.partition("+") for row in pd.read_csv(PAPER / f"{name}.csv")["method"]]
    if number == "8":
        assert {method for _, plus, method in printed if plus} <= known
    else:
        assert {method for method, _, _ in printed} <= known


@pytest.mark.parametrize(("generated", "suite"), [(True, "toy (with generated tasks)"), (False, "toy")])
@pytest.mark.parametrize("printed", ["Single-Task", "GradTS-fg"])
def test_generated_tasks_and_figures_of_the_paper_are_called_so(results, generated, suite, printed):
    """Of each what there is: a suite may have both kinds of tasks, and the paper no figure of any."""
    found = made(results, f"method,a_accuracy\n{printed},1\n", generated=generated)
    assert set(found.csv["suite"]) == {suite}
    assert ("Tasks named `demo_…` are **generated**" in found.text) == generated
    assert ("In parentheses" in found.text) == ("(1)" in found.text) == (printed == "Single-Task")


@pytest.mark.parametrize(
    ("method", "steps", "told"),
    [
        ("heu-size", 3, True),
        ("heu-len", 3, True),
        ("heu-size", None, False),
    ],
)
def test_a_cap_of_the_heuristics_is_told_where_it_counts(results, method, steps, told):
    put_answer(results, method, "a", {"m": 1.0})
    put_run(results, ["a", "m"], SCORES)
    text = made(results, methods=["single-task", method], steps=steps).text
    assert ("HEU-Size and HEU-Len walk through 3 candidates at most" in text) == told
    assert ("walk through" in text) == told


def test_chosen_sets_and_sizes_are_told(results):
    put_answer(results, "no-sel", "m", {"a": 1.0})
    put_answer(results, "gradts-fg", "m", {"a": 1.0, "b": 0.25, "c": 0.0}, members=["a", "m"])
    put_answer(results, "heu-type", "m", members=["a", "m"])
    dev = {"m dev_matched accuracy": [0.5], "m dev_mismatched accuracy": [0.5]}
    put_run(results, ["a", "m"], {"m select accuracy": [0.5], **dev})
    found = made(results, tasks=[M], methods=["no-sel", "gradts-fg", "heu-type"])
    assert found.chosen == {"m": {"GradTS-fg": "a, b 25%, c 0%", "HEU-Type": "none"}}
    assert "## Chosen auxiliary tasks (share of their instances)\n" in found.text
    dev = "dev_matched 2, dev_mismatched 4"
    assert found.sizes == {"m": {"train": "3", "select": "1", "dev": dev}}


def test_what_must_be_said_of_the_splits_stands_below_their_sizes(results):
    assert "\n- " not in made(results).text.split("## Size of the splits")[1]
    path = below(results, "dev", task="a")
    table, record = read_table(path)
    write_table(path, table, record | {"warnings": ["dev has 3 rows", "select has 3 rows"]})
    text = made(results).text
    assert text.endswith("|\n\n- a: dev has 3 rows\n- a: select has 3 rows\n")
    assert tables(text)[-1] == {"a": {"train": "3", "select": "3", "dev": "3"}}


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (4.0, " 400%"),
        (1.004, " 100.4%"),
        (1.0, ""),
        (0.996, " 99.6%"),
        (0.99996, " 99.996%"),
        (0.256, " 26%"),
        (0.006, " 0.6%"),
        (0.00004, " 0.004%"),
        (0.0, " 0%"),
    ],
)
def test_a_share_is_neither_nothing_nor_all_where_it_is_a_part(results, share, shown):
    put_answer(results, "autosem", "a", {"m": share}, members=["a"])
    assert made(results, methods=["autosem"]).chosen == {"a": {"AUTOSEM": f"m{shown}"}}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"methods": ["no-sel"]}, r"no-sel/a\.json cannot be read .*; remake it"),
        ({"seeds": [1, 2]}, r"a/seed2/metrics\.csv cannot be read"),
        ({"paper": "row,a_accuracy\nx,1\n"}, r"paper\.csv has no column 'method'; take it from the repo"),
    ],
)
def test_what_is_missing_is_named(results, wrong, message):
    with pytest.raises(ArtifactError, match=message):
        made(results, **wrong)
