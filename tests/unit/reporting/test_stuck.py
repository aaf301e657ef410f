"""When a run is stuck, on scores made by hand."""

import math

import pandas as pd
import pytest

from gradts.reporting.stuck import CHANCE, LEARNT, is_stuck, majority_score
from gradts.specs import Task
from tests.conftest import yes_no

NAN = math.nan
# Of seed 1: its best score, Majority's, and the Single-Task runs' by seed.
JOINT = {
    "chance, though it can be learnt": (0.5, 0.5, {1: 0.8}, True),
    "below chance": (0.1, 0.5, {1: 0.8}, True),
    "exactly three points above chance": (0.63, 0.6, {1: 0.8}, True),
    "a little more than three points above": (0.6301, 0.6, {1: 0.8}, False),
    "Single-Task is exactly ten points above": (0.2, 0.2, {1: 0.3}, True),
    "ten points, where a subtraction says a little less": (0.7, 0.7, {1: 0.8}, True),
    "Single-Task is a little less than ten points above": (0.2, 0.2, {1: 0.2999}, False),
    "Single-Task is at chance, too": (0.5, 0.5, {1: 0.5}, False),
    "below zero, as MCC may be": (-0.4, 0.0, {1: 0.2}, True),
    "only another seed has learnt it": (0.5, 0.5, {1: 0.5, 2: 0.9}, False),
    "only this seed has learnt it": (0.5, 0.5, {1: 0.9, 2: 0.5}, True),
    "no Single-Task run of this seed": (0.5, 0.5, {2: 0.9}, None),
    "no Single-Task run, but above chance": (0.6, 0.5, {}, False),
    "no score": (NAN, 0.5, {1: 0.9}, None),
    "no Majority, as of a correlation": (0.0, NAN, {1: 0.9}, None),
    "Single-Task has diverged": (0.5, 0.5, {1: NAN}, None),
}
ALONE = {
    "one seed at chance": (0.5, 0.5, {1: 0.5}, None),
    "one seed above chance": (0.9, 0.5, {1: 0.9}, False),
    "another seed has learnt it": (0.53, 0.5, {1: 0.53, 2: 0.6}, True),
    "one of several others has learnt it": (0.5, 0.5, {1: 0.5, 2: 0.5, 3: 0.8}, True),
    "no seed has learnt it": (0.5, 0.5, {1: 0.5, 2: 0.59, 3: 0.5}, False),
    "the other seed has diverged": (0.5, 0.5, {1: 0.5, 2: NAN}, None),
}
CASES = [(name, False) for name in JOINT] + [(name, True) for name in ALONE]


@pytest.mark.parametrize(("name", "alone"), CASES, ids=[name for name, _ in CASES])
def test_a_run_is_stuck_at_chance_on_what_can_be_learnt(name, alone):
    best, majority, singles, expected = (ALONE if alone else JOINT)[name]
    assert is_stuck(best, majority, singles, 1, alone) is expected


def test_the_thresholds_are_three_and_ten_points():
    assert (CHANCE, LEARNT) == (0.03, 0.10)


@pytest.mark.parametrize(
    ("task", "train", "rows", "expected"),
    [
        (yes_no("t"), [1, 1, 0], [1, 0, 0, 0], 0.25),
        (yes_no("t", "mcc"), [1, 1, 0], [1, 0, 0, 0], 0),
        (Task("t", "regression", [], ["pearson"], "pearson"), [1.0, 2.0], [1.0, 3.0], NAN),
        (Task("t", "sequence_labelling", ["O", "B-x"], ["span_f1"], "span_f1"), [[0, 0]], [[0, 1]], 0),
    ],
)
def test_majority_answers_what_is_most_frequent_in_training(task, train, rows, expected):
    frames = (pd.DataFrame({"label": labels}) for labels in (train, rows))
    assert majority_score(task, task.decides, *frames) == pytest.approx(expected, nan_ok=True)
