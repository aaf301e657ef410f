"""Scores of drawn and of swapped rows, each against the metric itself."""

from typing import Any

import numpy as np
import pytest

from gradts.specs import METRICS_OF, Task
from gradts.training.metrics import NO_WORD, score
from gradts.truth.resampling import rescored

LABELS = {"regression": [], "sequence_labelling": ["O", "B-x", "I-x", "B-y", "I-y"]}
CASES = [(objective, metric) for objective, of in METRICS_OF.items() for metric in of]
EACH = np.arange(12)  # every row is a group
IN_PAIRS = np.array([0, 1, 2, 3, 4, 5, 5, 4, 3, 2, 1, 0])


def rows(objective: str, classes: int, generator: np.random.Generator, guesses: bool) -> list:
    """Twelve labels, or predictions; words of a prediction may be ones that the encoder never saw."""
    if objective == "regression":  # with ties
        return (1000 + generator.integers(9, size=12) / 10).tolist()
    if objective == "classification":
        return generator.integers(classes, size=12).tolist()
    if objective == "multi_label":
        return [np.flatnonzero(generator.random(classes) < 0.4).tolist() for _ in range(12)]
    low = NO_WORD if guesses else 0
    return [generator.integers(low, classes, size=1 + row % 4).tolist() for row in range(12)]


def a_task(objective: str, metric: str) -> Task:
    names = LABELS.get(objective, ["no", "yes"] if metric == "f1" else ["a", "b", "c", "d"])
    return Task("t", objective, names, [metric], METRICS_OF[objective][0])


def one_by_one(task: Task, metric: str, labels: list, answers: list, drawn: np.ndarray) -> float:
    return score(task, metric, [labels[i] for i in drawn], [answers[i] for i in drawn])


@pytest.mark.parametrize("group", [EACH, IN_PAIRS])
@pytest.mark.parametrize(("objective", "metric"), CASES)
def test_draws_are_scored_as_one_by_one(objective, metric, group):
    generator, task = np.random.default_rng(0), a_task(objective, metric)
    for _ in range(5):
        made = (rows(objective, len(task.labels), generator, guess) for guess in (False, True))
        labels, guesses = made
        times = generator.multinomial(12, np.ones(group.max() + 1) / (group.max() + 1), size=40)
        times[0] = 7 * (np.arange(times.shape[1]) == 3)  # one group alone
        drawn = [np.repeat(np.arange(12), of[group]) for of in times]
        expected = [one_by_one(task, metric, labels, guesses, of) for of in drawn]
        found = rescored(task, metric, labels, guesses, group).drawn(times.astype(float))
        np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("group", [EACH, IN_PAIRS])
@pytest.mark.parametrize(("objective", "metric"), CASES)
def test_swapped_answers_are_scored_as_one_by_one(objective, metric, group):
    generator, task = np.random.default_rng(1), a_task(objective, metric)
    labels, *both = (rows(objective, len(task.labels), generator, guess) for guess in (False, True, True))
    swaps = generator.integers(2, size=(40, group.max() + 1))
    expected = []
    for of in swaps:
        pairs = [
            pair[::-1] if of[g] else pair for pair, g in zip(zip(*both, strict=True), group, strict=True)
        ]
        scores = [score(task, metric, labels, list(arm)) for arm in zip(*pairs, strict=True)]
        expected.append(scores[0] - scores[1])
    first, second = (rescored(task, metric, labels, one, group) for one in both)
    np.testing.assert_allclose(first.swapped(second, swaps.astype(float)), expected, atol=1e-9)


@pytest.mark.parametrize("metric", METRICS_OF["regression"])
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_an_answer_that_is_no_number_leaves_all_undefined(metric, wrong):
    made: Any = rescored(a_task("regression", metric), metric, [1.0, 2, 3], [1.0, wrong, 2], np.arange(3))
    assert np.isnan(made.drawn(np.ones((1, 3)))).all()


@pytest.mark.parametrize("metric", ["pearson", "spearman"])
def test_a_correlation_with_a_constant_is_undefined(metric):
    task = a_task("regression", metric)
    constant = rescored(task, metric, [1.0, 2, 3], [0.1, 0.1, 0.1], np.arange(3))
    assert np.isnan(constant.drawn(np.array([[1.0, 1, 1]]))).all()
    known = rescored(task, metric, [1.0, 2, 3], [0.1, 0.1, 0.3], np.arange(3))
    found = known.drawn(np.array([[2.0, 1, 0], [1, 0, 1]]))
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(1)


def test_nothing_found_and_nothing_there_scores_nothing():
    task = Task("t", "multi_label", ["a", "b"], ["micro_f1"], "micro_f1")
    assert rescored(task, "micro_f1", [[], []], [[], []], np.arange(2)).drawn(np.ones((1, 2))) == [0]
