"""Scores of many resamples of a split's rows at once: what an interval by bootstrap is made from."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from gradts.data.schemes import Tags, scheme_of
from gradts.specs import MULTI_LABEL, REGRESSION, TAGGING, Task
from gradts.training.metrics import NO_WORD, score


def resampled(
    task: Task, labels: Sequence[Any], predictions: Sequence[Any], positions: np.ndarray
) -> np.ndarray:
    """The deciding metric of predictions on every resample [resamples] (metrics.score of each).

    `positions`: [resamples, rows] of the rows that it draws. All metrics but correlations follow from how
    many items of each class there are, were found, and are right, which is counted once a row.
    """
    if task.objective == REGRESSION:
        true, found = np.array(labels), np.array(predictions)
        return np.array([score(task, task.decides, true[drawn], found[drawn]) for drawn in positions])
    draws, size = positions.shape
    places = (np.repeat(np.arange(draws), size), positions.ravel())
    times = csr_array((np.ones(positions.size), places), shape=(draws, len(labels)))
    true, found = _items(task, labels), _items(task, predictions)
    right = [a & b for a, b in zip(true, found, strict=True)]
    counts = ((times @ _counts(items, len(task.labels))).toarray() for items in (true, found, right))
    return _METRICS[task.decides](task, *counts)


def _items(task: Task, rows: Sequence[Any]) -> list[set[tuple]]:
    """What is right or wrong in every row; the last of each item is its class."""
    if task.decides == "exact_match":
        return [{(*sorted(row), 0)} for row in rows]
    if task.decides == "span_f1":
        tags = Tags(rows, task.labels, task.scheme or scheme_of(task.labels))
        items: list[set[tuple]] = [set() for _ in rows]
        for span in tags.spans.tolist():
            items[np.searchsorted(tags.starts, span[0], side="right") - 1].add((*span, 0))
        return items
    if task.objective == TAGGING:
        return [{(word, tag) for word, tag in enumerate(row) if tag != NO_WORD} for row in rows]
    return [{(label,) for label in (row if task.objective == MULTI_LABEL else [row])} for row in rows]


def _counts(items: list[set[tuple]], classes: int) -> csr_array:
    """[rows, classes]: how many items of a class a row has."""
    places = [(row, item[-1]) for row, of_row in enumerate(items) for item in of_row]
    rows, of_class = zip(*places, strict=True) if places else ((), ())
    return csr_array((np.ones(len(places)), (rows, of_class)), shape=(len(items), classes))


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """0 where there is nothing, as metrics.score has it."""
    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=whole > 0)


def _f1(true: np.ndarray, found: np.ndarray, right: np.ndarray) -> np.ndarray:
    return _ratio(2 * right, true + found)


def _accuracy(task: Task, true: np.ndarray, found: np.ndarray, right: np.ndarray) -> np.ndarray:
    return right.sum(1) / true.sum(1)


def _pooled_f1(task: Task, *counts: np.ndarray) -> np.ndarray:
    return _f1(*(of.sum(1) for of in counts))


def _macro_f1(task: Task, true: np.ndarray, found: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Of the classes that occur or are found; of all labels where a row may have several."""
    known = np.ones(true.shape) if task.objective == MULTI_LABEL else true + found > 0
    return _f1(true, found, right).sum(1) / known.sum(1)


def _weighted_f1(task: Task, true: np.ndarray, found: np.ndarray, right: np.ndarray) -> np.ndarray:
    return (_f1(true, found, right) * true).sum(1) / true.sum(1)


def _mcc(task: Task, true: np.ndarray, found: np.ndarray, right: np.ndarray) -> np.ndarray:
    rows = true.sum(1)
    spread = [rows**2 - (of**2).sum(1) for of in (true, found)]
    return _ratio(right.sum(1) * rows - (true * found).sum(1), np.sqrt(spread[0] * spread[1]))


# As in specs.METRICS_OF: metrics of the classes' counts [resamples, classes].
_METRICS: dict[str, Callable[..., np.ndarray]] = {
    "accuracy": _accuracy,
    "f1": lambda task, *counts: _f1(*(of[:, 1] for of in counts)),
    "macro_f1": _macro_f1,
    "weighted_f1": _weighted_f1,
    "mcc": _mcc,
    "micro_f1": _pooled_f1,
    "exact_match": _accuracy,
    "span_f1": _pooled_f1,
    "token_accuracy": _accuracy,
    "token_macro_f1": _macro_f1,
}
