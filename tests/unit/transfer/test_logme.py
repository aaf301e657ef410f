"""LogME against the likelihood itself, maximised by scipy; and what it is to explain."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from gradts.specs import Task
from gradts.transfer.logme import log_evidence, logme, targets


def by_hand(x: np.ndarray, y: np.ndarray) -> float:
    """max log N(y; 0, I/β + XXᵀ/α), over log α and log β."""

    def loss(logs: np.ndarray) -> float:
        alpha, beta = np.exp(np.clip(logs, -25, 25))
        covariance = np.eye(len(x)) / beta + x @ x.T / alpha
        volume = np.linalg.slogdet(2 * np.pi * covariance).logabsdet
        return (volume + y @ np.linalg.solve(covariance, y)) / 2

    options = {"xatol": 1e-5, "fatol": 1e-8, "maxiter": 400}
    starts = [(0, 0), (8, 0)]
    return -min(minimize(loss, one, method="Nelder-Mead", options=options).fun for one in starts)


# Points, width, part of the features in the labels: the last two have more directions than points.
CASES = [(40, 5, 1.0), (40, 5, 0.0), (40, 38, 0.3), (20, 30, 1.0), (20, 30, 0.0)]


def drawn(points: int, width: int, part: float) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    x = random.normal(size=(points, width)) * np.geomspace(5, 0.05, width)
    return x, part * x @ random.normal(size=width) / 5 + random.normal(size=points)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", ["numbers", "labels"])
def test_the_evidence_is_the_likelihood_at_its_maximum(case, kind):
    x, y = drawn(*case)
    y = (y > 0).astype(float) if kind == "labels" else y + 3
    (found,) = log_evidence(x, y[:, None])
    assert found == pytest.approx(by_hand(x, y), abs=1e-4)
    assert logme(x, y[:, None]) == pytest.approx(found / len(x), abs=1e-12)


def test_columns_count_alike_and_those_that_do_not_vary_not_at_all():
    x, y = drawn(30, 4, 1.0)
    third = np.digitize(y, [-1, 1])
    hot = np.eye(4)[third]  # a label of no point
    one_by_one = [log_evidence(x, hot[:, [column]])[0] / 30 for column in range(3)]
    assert logme(x, hot) == pytest.approx(np.mean(one_by_one), abs=1e-9)


def test_features_that_explain_labels_have_a_higher_value():
    x, y = drawn(60, 6, 1.0)
    labels = np.eye(2)[(y > 0).astype(int)]
    noise = np.random.default_rng(1).normal(size=x.shape)
    assert logme(np.hstack([x, labels]), labels) > logme(x, labels) > logme(noise, labels)


def test_features_that_explain_all_are_no_error():
    x, _ = drawn(30, 4, 1.0)
    assert math.isfinite(logme(x, x[:, :1]))
    assert math.isfinite(logme(drawn(10, 40, 1.0)[0], x[:10, :1]))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.ones((5, 2)), np.ones((5, 1))),
        (np.ones((5, 2)), np.eye(3)[[1] * 5]),
        (np.zeros((5, 2)), np.eye(5)),
        (np.array([[1, np.nan], [1, 2]]), np.eye(2)),
        (np.empty((0, 2)), np.empty((0, 2))),
    ],
)
def test_where_nothing_varies_or_is_known_there_is_no_value(x, y):
    assert math.isnan(logme(x, y))


def task(objective: str, metric: str, *labels: str) -> Task:
    return Task("t", objective, [*labels], [metric], metric)


LABELS = [
    (task("classification", "accuracy", "a", "b", "c"), [2, 0, 1], [[1, 0, 0], [0, 0, 1]]),
    (task("multi_label", "micro_f1", "a", "b"), [[0, 1], [], [1]], [[0, 0], [1, 1]]),
    (task("regression", "pearson"), [0.5, -3, 7], [[-3], [0.5]]),
    (
        task("sequence_labelling", "token_accuracy", "O", "X"),
        [[0, 1], [1], [0]],
        [[1, 0], [0, 1]],
    ),
]


@pytest.mark.parametrize(("of", "labels", "expected"), LABELS, ids=[one[0].objective for one in LABELS])
def test_what_is_to_be_explained(of, labels, expected):
    rows = pd.DataFrame({"instance": [30, 10, 20], "label": labels})
    instance, word = np.array([10, 30]), np.array([-1, -1])
    if of.objective == "sequence_labelling":
        instance, word = np.array([30, 30]), np.array([0, 1])
    assert targets(rows, of, instance, word).tolist() == expected
