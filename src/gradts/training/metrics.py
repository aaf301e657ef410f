"""Metrics of predictions (method.md §4), and the control that always answers alike."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import numpy as np
import seqeval.metrics
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

from gradts.specs import CLASSIFICATION, REGRESSION, TAGGING, Task

NO_WORD = -1  # a word that the encoder never saw: wrong for the token metrics, no span for the span metric


def _f1(average: str) -> Callable[..., float]:
    return lambda labels, guesses, names: f1_score(labels, guesses, average=average, zero_division=0.0)


def _correlation(function: Callable) -> Callable[..., float]:
    """NaN where either side is constant: the correlation is undefined then."""

    def metric(labels, guesses, names) -> float:
        constant = len(set(labels)) < 2 or len(set(guesses)) < 2
        return float("nan") if constant else function(labels, guesses).statistic

    return metric


def _tokens(metric: Callable[..., float]) -> Callable[..., float]:
    return lambda labels, guesses, names: metric(list(chain(*labels)), list(chain(*guesses)), names)


def _token_macro_f1(labels, guesses, names) -> float:
    """Macro-F1 over the classes that occur, `O` included, as the authors score it."""
    return f1_score(labels, guesses, labels=sorted(set(labels)), average="macro", zero_division=0.0)


def _span_f1(labels, guesses, names) -> float:
    spelled = [[[names[i] if i >= 0 else "O" for i in row] for row in rows] for rows in (labels, guesses)]
    return seqeval.metrics.f1_score(*spelled, zero_division=0.0)


METRICS: dict[str, dict[str, Callable[..., float]]] = {
    CLASSIFICATION: {
        "accuracy": lambda labels, guesses, names: accuracy_score(labels, guesses),
        "f1": _f1("binary"),
        "macro_f1": _f1("macro"),
        "weighted_f1": _f1("weighted"),
        "mcc": lambda labels, guesses, names: matthews_corrcoef(labels, guesses),
    },
    REGRESSION: {"pearson": _correlation(pearsonr), "spearman": _correlation(spearmanr)},
    TAGGING: {
        "span_f1": _span_f1,
        "token_accuracy": _tokens(lambda labels, guesses, names: accuracy_score(labels, guesses)),
        "token_macro_f1": _tokens(_token_macro_f1),
    },
}
_BY_NAME = {name: metric for metrics in METRICS.values() for name, metric in metrics.items()}


def score(metric: str, labels: Sequence[Any], predictions: Sequence[Any], names: Sequence[str] = ()) -> float:
    """A metric in its natural range: MCC and correlations −1…1, all others 0…1; F1 is of label id 1.

    For sequence labelling, rows are lists of label ids, and `names` spells them. NaN: undefined.
    """
    return float(_BY_NAME[metric](list(labels), list(predictions), names))


def majority(task: Task, train: Sequence[Any], rows: Sequence[Any]) -> list[Any]:
    """For each of `rows`, the most frequent training label (the lowest id of a tie) or the mean number.

    Sequence labelling answers every word so.
    """
    if task.objective == REGRESSION:
        return [float(np.mean(train))] * len(rows)
    if task.objective == TAGGING:
        common = _most_frequent(chain(*train))
        return [[common] * len(row) for row in rows]
    return [_most_frequent(train)] * len(rows)


def _most_frequent(labels) -> int:
    counts = Counter(int(label) for label in labels)
    return min(counts, key=lambda label: (-counts[label], label))
