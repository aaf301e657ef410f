"""Scores of resamples, each against the metric itself."""

import numpy as np
import pytest

from gradts.reporting.resampling import resampled
from gradts.specs import ERRORS, METRICS_OF, Task
from gradts.training.metrics import NO_WORD, score

LABELS = {"regression": [], "sequence_labelling": ["O", "B-x", "I-x", "B-y", "I-y"]}
CASES = [(objective, metric) for objective, of in METRICS_OF.items() for metric in of if metric not in ERRORS]


def rows(objective: str, classes: int, generator: np.random.Generator, guesses: bool) -> list:
    """Twelve labels, or predictions; words of a prediction may be ones that the encoder never saw."""
    if objective == "regression":
        return generator.normal(size=12).tolist()
    if objective == "classification":
        return generator.integers(classes, size=12).tolist()
    if objective == "multi_label":
        return [np.flatnonzero(generator.random(classes) < 0.4).tolist() for _ in range(12)]
    low = NO_WORD if guesses else 0
    return [generator.integers(low, classes, size=1 + row % 4).tolist() for row in range(12)]


@pytest.mark.parametrize(("objective", "metric"), CASES)
def test_resamples_are_scored_as_one_by_one(objective, metric):
    generator = np.random.default_rng(0)
    names = LABELS.get(objective, ["no", "yes"] if metric == "f1" else ["a", "b", "c", "d"])
    task = Task("t", objective, names, [metric], metric)
    for _ in range(5):
        labels, guesses = (rows(objective, len(names), generator, guess) for guess in (False, True))
        positions = generator.integers(12, size=(40, 12))
        positions[0] = 3  # one row alone
        expected = [
            score(task, metric, [labels[i] for i in drawn], [guesses[i] for i in drawn])
            for drawn in positions
        ]
        found = resampled(task, labels, guesses, positions)
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_nothing_found_and_nothing_there_scores_nothing():
    task = Task("t", "multi_label", ["a", "b"], ["micro_f1"], "micro_f1")
    assert resampled(task, [[], []], [[], []], np.array([[0, 1]])).tolist() == [0]
