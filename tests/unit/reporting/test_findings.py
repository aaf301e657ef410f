"""What figures say that they show, against figures by hand."""

import numpy as np
import pytest

from gradts.artifacts import write_json
from gradts.readings import read_finding
from gradts.reporting.findings import (
    of_affinity,
    of_chosen,
    of_importance,
    of_likeness,
    of_regret,
)

NONE = float("nan")
TAU = {
    "a": {"a": 1, "b": 0.9, "c": 0.1},
    "b": {"a": 0.9, "b": 1, "c": -0.2},
    "c": {"a": 0.1, "b": -0.2, "c": 1},
}


def test_a_record_states_its_finding_as_literals_of_restructuredtext(tmp_path):
    write_json(tmp_path / "f.json", {"finding": "Most alike are `a_` and `b`."})
    assert read_finding(str(tmp_path / "f.json")) == "Most alike are ``a_`` and ``b``."
    write_json(tmp_path / "f.json", {"stage": "older"})
    assert read_finding(str(tmp_path / "f.json")) == ""


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        (
            # Of the four answers for others a has none, b three, c two.
            [("a", "bc"), ("b", "c"), ("c", ""), ("a", "b"), ("b", ""), ("c", "b")],
            "Answers for other tasks take `b` most often (75%), `a` least (0%); 2 of 6 are the task alone.",
        ),
        (
            [("a", "bc"), ("b", "c"), ("c", "b")],
            "Answers for other tasks take `b` and `c` most often (100%), `a` least (0%); 0 of 3 are the task "
            "alone.",
        ),
        ([("a", "")], "Answers take all tasks alike; 1 of 1 are the task alone."),
    ],
)
def test_tasks_that_answers_take_most_and_least_often_are_named(chosen, told):
    assert of_chosen(chosen, "abc") == told


@pytest.mark.parametrize(
    ("values", "told"),
    [
        # Half of 2.625 is in the first two, 1 and 0.75.
        (
            [[0, 0.5, 1], [0.25, 0.75, 0.125]],
            "2 of 6 heads have half of all importance; first are head 2 of layer 0, head 1 of layer 1.",
        ),
        ([[1, 0], [0, 0]], "1 of 4 heads have half of all importance; first are head 0 of layer 0."),
        ([[0, 0]], "No head matters more than another."),
        ([[NONE, NONE]], "No head matters more than another."),
    ],
)
def test_the_heads_that_have_half_of_the_importance_are_counted(values, told):
    assert of_importance(np.array(values, dtype=float)) == told


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ({"ab": (0.5, 0.95), "bc": (-0.4, 0.4)}, "; their intervals are apart"),
        ({"ab": (0.3, 0.95), "bc": (-0.4, 0.4)}, "; their intervals meet, so this data does not tell"),
        ({"ab": (NONE, NONE), "bc": (-0.4, 0.4)}, ""),
        ({}, ""),
    ],
)
def test_the_most_and_the_least_alike_tasks_are_named_and_whether_that_is_sure(ends, told):
    known = {frozenset(pair): of for pair, of in ends.items()}
    assert (
        of_likeness("abc", TAU, known)
        == f"Most alike are `a` and `b` (0.90), least `b` and `c` (-0.20){told}."
    )


def test_a_suite_of_two_tasks_has_no_most_alike():
    assert of_likeness("ab", TAU, {}) == ""


def test_the_methods_that_lose_least_and_most_are_named():
    rows = [("x", [1, 0, 2], 0), ("y", [-2, -3, -1], 8.71), ("z", [NONE] * 3, 1), ("v", [0.5, 0, 1], 2)]
    assert of_regret(rows) == (
        "Least is lost by y (-2.00 points [-3.00, -1.00], 8.7 minutes), "
        "most by x (1.00 points [0.00, 2.00], 0.0 minutes)."
    )
    assert of_regret(rows[2:3]) == ""
    assert of_regret(rows[3:]) == "Lost by v: 0.50 points [0.00, 1.00], 2.0 minutes."
    alike = [("x", [0.3, 0, 1], 0), ("y", [0.1 + 0.2, 0, 1], 2)]
    assert of_regret(alike) == "No method loses more than another (0.30 points)."


def test_pairs_that_gain_are_counted_and_held_against_likeness():
    likeness = np.array([[NONE, 0.1, 0.3], [0.2, NONE, 0.5], [0.4, NONE, NONE]])
    gains = np.array([[NONE, -1.0, 2.0], [0.0, NONE, 3.0], [4.0, 9.0, NONE]])
    # In order of likeness 0.1, 0.2, 0.3, 0.4, 0.5 gains have the ranks 1, 2, 3, 5, 4: 1 - 6 * 2 / (5 * 24).
    assert of_affinity(likeness, gains) == (
        "3 of 5 pairs gain (-1.0 to +4.0 points); Spearman of likeness and gain is 0.90."
    )
    assert of_affinity(np.ones((2, 2)), np.ones((2, 2))) == "4 of 4 pairs gain (+1.0 to +1.0 points)."
    assert of_affinity(likeness, likeness * NONE) == ""
    alike = np.array([[0, 2e-14], [-2e-14, 0]])  # the same scores in another order of seeds
    assert of_affinity(likeness[:2, 1:], alike) == "0 of 3 pairs gain (+0.0 to +0.0 points)."
