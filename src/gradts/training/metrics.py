"""Metrics of predictions (method.md §4)."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import numpy as np
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    matthews_corrcoef,
    mean_absolute_error,
    root_mean_squared_error,
)
from sklearn.preprocessing import MultiLabelBinarizer

from gradts.data.schemes import Tags, scheme_of
from gradts.names import InputError
from gradts.specs import CLASSIFICATION, MULTI_LABEL, REGRESSION, TAGGING, Task

NO_WORD = -1  # a word that the encoder never saw: wrong for the token metrics, no span for the span metric


def _accuracy(labels, guesses, task) -> float:
    return accuracy_score(labels, guesses)


def _f1(average: str) -> Callable[..., float]:
    return lambda labels, guesses, task: f1_score(labels, guesses, average=average, zero_division=0.0)


def _correlation(function: Callable) -> Callable[..., float]:
    """NaN where either side is constant: the correlation is undefined then."""

    def metric(labels, guesses, task) -> float:
        constant = len(set(labels)) < 2 or len(set(guesses)) < 2
        return float("nan") if constant else function(labels, guesses).statistic

    return metric


def _error(function: Callable) -> Callable[..., float]:
    """NaN where an answer is NaN or infinite, as of a training that diverges."""

    def metric(labels, guesses, task) -> float:
        return function(labels, guesses) if np.isfinite(guesses).all() else float("nan")

    return metric


def _sets(metric: Callable[..., float]) -> Callable[..., float]:
    """A metric of 0-1 matrices [instances, labels], for sets of label ids."""

    def of_matrices(labels, guesses, task) -> float:
        hot = MultiLabelBinarizer(classes=range(len(task.labels))).fit_transform
        return metric(hot(labels), hot(guesses), task)

    return of_matrices


def _tokens(metric: Callable[..., float]) -> Callable[..., float]:
    return lambda labels, guesses, task: metric(list(chain(*labels)), list(chain(*guesses)), task)


def _token_macro_f1(labels, guesses, task) -> float:
    """Macro-F1 over the classes that occur or are predicted, `O` included, as the authors score it.

    NO_WORD misses its word's class, and is none itself.
    """
    classes = sorted({*labels, *guesses} - {NO_WORD})
    return f1_score(labels, guesses, labels=classes, average="macro", zero_division=0.0)


def _span_f1(labels, guesses, task) -> float:
    """F1 of spans whose borders and type are right, as seqeval scores them in its strict mode.

    Spans are those of the task's tag scheme: tags that are out of order under it make none.
    """
    scheme = task.scheme or scheme_of(task.labels)
    if scheme is None:
        raise InputError(
            f"task '{task.name}': its labels begin with no letters of spans; score token_macro_f1"
        )
    true, found = (
        set(map(tuple, Tags(rows, task.labels, scheme).spans.tolist())) for rows in (labels, guesses)
    )
    return 2 * len(true & found) / (len(true) + len(found)) if true or found else 0.0


# Names as in specs.METRICS_OF; a metric takes labels, predictions and the task.
METRICS: dict[str, dict[str, Callable[..., float]]] = {
    CLASSIFICATION: {
        "accuracy": _accuracy,
        "f1": _f1("binary"),
        "macro_f1": _f1("macro"),
        "weighted_f1": _f1("weighted"),
        "mcc": lambda labels, guesses, task: matthews_corrcoef(labels, guesses),
    },
    MULTI_LABEL: {
        "micro_f1": _sets(_f1("micro")),
        "macro_f1": _sets(_f1("macro")),
        "exact_match": _sets(_accuracy),
    },
    REGRESSION: {
        "pearson": _correlation(pearsonr),
        "spearman": _correlation(spearmanr),
        "rmse": _error(root_mean_squared_error),
        "mae": _error(mean_absolute_error),
    },
    TAGGING: {
        "span_f1": _span_f1,
        "token_accuracy": _tokens(_accuracy),
        "token_macro_f1": _tokens(_token_macro_f1),
    },
}


def score(task: Task, metric: str, labels: Sequence[Any], predictions: Sequence[Any]) -> float:
    """A metric of a task in its natural range: MCC and correlations −1…1, others 0…1; F1 is of label id 1.

    Errors (specs.ERRORS) are in the units of the labels, 0 at best. For sequence labelling and multi-label,
    rows are lists of label ids. NaN: undefined.
    """
    return float(METRICS[task.objective][metric](list(labels), list(predictions), task))
