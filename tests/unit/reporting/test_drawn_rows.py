"""Rows of score tables that are drawn several times: their means, deviations, and sets that draws share."""

import math
from pathlib import Path
from statistics import stdev

import pytest

from gradts.reporting.tables import shown
from tests.unit.by_hand import put_answer, put_run
from tests.unit.reporting.scoring import UNMARKED, A, M, made, put_results


@pytest.fixture
def results(tmp_path) -> Path:
    return put_results(tmp_path)


def test_deviations_over_seeds_and_over_draws_are_not_mixed():
    """Means over draws: 20, and of two of them 52.5; over seeds: 15, which is one score, 25 and 50."""
    draws = [[0.15, math.nan], [0.1, 0.4], [0.35, 0.65]]
    scores = [[{"t_x": value} for value in of_seeds] for of_seeds in draws]
    of_seeds, of_draws = [20, 52.5], [15, 25, 50]
    assert shown("t", scores) == {
        "t_x": "33.00",
        "t_x_sd": f"{stdev(of_seeds):.2f}",
        "t_x_draws_sd": f"{stdev(of_draws):.2f}",
    }
    # Of one seed there is none but that over draws.
    one = [[{"t_x": value}] for value in (0.1, 0.2, 0.6)]
    assert shown("t", one) == {"t_x": "30.00", "t_x_sd": f"{stdev([10, 20, 60]):.2f}"}


def test_random_k_has_mean_and_deviation_over_its_draws(results):
    for draw, (task, value) in enumerate([("m", 0.2), ("n", 0.5)], 1):
        put_answer(results, f"random-k-{draw}", "a", {task: 1.0})
        put_run(results, ["a", task], {"a select accuracy": [0.5], "a dev accuracy": [value]})
    found = made(results, methods=["single-task", "random-k"], draws=2)
    assert [*found.csv.loc["Random-k"]] == ["toy", "35.00", "21.21", *UNMARKED]  # 15 · √2
    assert [*found.csv.loc["Single-Task"]] == ["toy", "61.25", "", *UNMARKED]
    row = {"Majority": "66.67", "Single-Task": "61.25", "Random-k": "35.00 ± 21.21"}
    assert found.cells["a_accuracy"] == row
    assert found.chosen == {"a": {"Random-k": "m / n"}}
    assert "Random-k: mean and deviation of 2 draws." in found.text
    assert "Random-k" not in made(results, methods=["single-task"], draws=2).text


def test_rows_that_are_drawn_are_told_together(results):
    for row, (task, value) in {"random-size1": ("m", 0.2), "null-trial": ("n", 0.5)}.items():
        for draw in (1, 2):
            put_answer(results, f"{row}-{draw}", "a", {task: 1.0})
        put_run(results, ["a", task], {"a select accuracy": [0.5], "a dev accuracy": [value]})
    found = made(results, methods=["random-size1", "null-trial"], draws=2)
    assert [*found.csv.loc["Random-size1"]][1] == "20.00"
    assert [*found.csv.loc["Null-trial"]][1] == "50.00"
    once = "(distinct sets: Random-size1 a 1, Null-trial a 1)"
    assert f"Random-size1, Null-trial: mean and deviation of 2 draws {once}." in found.text


SAME, OTHER = [("m", 0.2), ("n", 0.5), ("m", 0.2)], [("m", 0.2)] * 3


@pytest.mark.parametrize(
    ("method", "drawn", "text", "distinct"),
    [
        ("random-k", SAME, "35.00 ± 21.21", 2),  # one comes again only after all: it counts once
        ("null-trial", SAME, "30.00 ± 17.32", 2),
        ("random-k", OTHER, "20.00", 1),
        ("null-trial", OTHER, "20.00", 1),
        ("random-k", [*SAME[:2], ("o", 0.8)], "50.00 ± 30.00", None),
    ],
)
def test_sets_that_draws_share(results, method, drawn, text, distinct):
    for draw, (task, value) in enumerate(drawn, 1):
        put_answer(results, f"{method}-{draw}", "a", {task: 1.0})
        put_run(results, ["a", task], {"a select accuracy": [0.5], "a dev accuracy": [value]})
    found, name = made(results, methods=["single-task", method], draws=3), method.capitalize()
    told = f" (distinct sets: {name} a {distinct})" if distinct else ""
    assert found.cells["a_accuracy"][name] == text
    assert f"{name}: mean and deviation of 3 draws{told}." in found.text
    assert found.chosen == {"a": {name: " / ".join(task for task, _ in drawn)}}


def test_sets_are_counted_task_by_task_and_under_every_seed(results):
    dev = ("m dev_matched accuracy", "m dev_mismatched accuracy")
    for draw, task in enumerate("mn", 1):
        put_answer(results, f"random-k-{draw}", "a", {task: 1.0})
        put_answer(results, f"random-k-{draw}", "m", {"a": 1.0})
    for seed, value in ((1, 0.2), (2, 0.4)):
        scores = {"a select accuracy": [0.5], "a dev accuracy": [value], "m select accuracy": [0.5]}
        put_run(results, ["a", "m"], scores | {name: [value] for name in dev}, seed)
        put_run(results, ["a", "n"], scores | {"a dev accuracy": [value + 0.2]}, seed)
    spec = {"tasks": [A, M], "methods": ["random-k"], "draws": 2}
    one, both = (made(results, seeds=seeds, **spec).cells for seeds in ([1], [1, 2]))
    # 20 and 40, and under the other seed 40 and 60: means over draws of 30 and 50.
    assert one["a_accuracy"]["Random-k"] == "30.00 ± 14.14"
    assert both["a_accuracy"]["Random-k"] == "40.00 ± 14.14"
    assert one["m_accuracy_matched"]["Random-k"] == "20.00"
    assert both["m_accuracy_matched"]["Random-k"] == "30.00 ± 14.14"
    assert "(distinct sets: Random-k m 1)" in made(results, **spec).text
