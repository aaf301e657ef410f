"""Scores of a run on rows that are drawn, left out or swapped with another run's: of many draws at once.

The workflow asks this, too: nothing heavy.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradts.data.schemes import Tags, scheme_of
from gradts.specs import MULTI_LABEL, REGRESSION, TAGGING, Task

SEED = 0
GROUPS = 1000  # of a split's instances, at most, that are drawn, left out and swapped as one
# The part of the labels' variance below which it is what rounding leaves of a constant.
CONSTANT = 1e-13


def dealt(rows: int) -> np.ndarray:
    """The group of every row: itself, or at random one of GROUPS, so that work does not grow with rows."""
    if rows <= GROUPS:
        return np.arange(rows)
    return np.random.default_rng(SEED).permutation(rows) % GROUPS


class Counted:
    """A metric that follows from sums over rows.

    `sums` [groups, columns]: those of every group of rows; `metric`: [draws, columns] → [draws].
    """

    def __init__(self, sums: np.ndarray, metric: Callable[[np.ndarray], np.ndarray]) -> None:
        self.sums, self.metric = sums, metric

    def drawn(self, times: np.ndarray) -> np.ndarray:
        """The score where every group is there so many times [draws, groups] → [draws]."""
        return self.metric(times @ self.sums)

    def without(self) -> np.ndarray:
        """The score where one group after the other is left out [groups]."""
        return self.metric(self.sums.sum(0) - self.sums)

    def swapped(self, other: "Counted", swaps: np.ndarray) -> np.ndarray:
        """How much it is above another run where both swap answers of groups, 1, or do not, 0.

        [draws, groups] → [draws].
        """
        mine = self.sums.sum(0) + swaps @ (other.sums - self.sums)
        return self.metric(mine) - self.metric(self.sums.sum(0) + other.sums.sum(0) - mine)


class Ranked:
    """Spearman's correlation, for which every draw is ranked anew; as Counted else."""

    def __init__(self, labels: np.ndarray, guesses: np.ndarray, group: np.ndarray) -> None:
        self.labels, self.guesses, self.group = labels, guesses, group

    def drawn(self, times: np.ndarray) -> np.ndarray:
        return self._of_rows(times[:, self.group])

    def _of_rows(self, times: np.ndarray) -> np.ndarray:
        middle = (times.sum(1, keepdims=True) + 1) / 2
        x, y = (_ranks(values, times) - middle for values in (self.labels, self.guesses))
        spread = (times * x * x).sum(1) * (times * y * y).sum(1)
        defined = np.where((spread > 0) & np.isfinite(self.guesses).all(), spread, np.nan)
        return (times * x * y).sum(1) / np.sqrt(defined)

    def without(self) -> np.ndarray:
        return self.drawn(1 - np.eye(self.group.max() + 1))

    def swapped(self, other: "Ranked", swaps: np.ndarray) -> np.ndarray:
        pairs = ((self.labels, other.labels), (self.guesses, other.guesses), (self.group, other.group))
        both, swaps = Ranked(*map(np.concatenate, pairs)), swaps[:, self.group]
        first, second = np.hstack([1 - swaps, swaps]), np.hstack([swaps, 1 - swaps])
        return both._of_rows(first) - both._of_rows(second)


def _ranks(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Ranks of rows that are there so many times, equal ones the mean of theirs; both [draws, rows]."""
    order = np.argsort(values, kind="stable")
    new = np.concatenate([[True], np.diff(values[order]) != 0])
    equal = np.add.reduceat(times[:, order], np.flatnonzero(new), axis=1)
    place = np.empty(len(values), dtype=int)
    place[order] = np.cumsum(new) - 1
    return (np.cumsum(equal, axis=1) - (equal - 1) / 2)[:, place]


def rescored(
    task: Task, metric: str, labels: Sequence[Any], answers: Sequence[Any], group: np.ndarray
) -> Counted | Ranked:
    """A metric (metrics.score) of a run's answers for any draw of groups of rows; `group` [rows] of each.

    All metrics of classes follow from how many items of each class there are, were found, and are right.
    """
    if metric == "spearman":
        return Ranked(np.array(labels), np.array(answers), group)
    if task.objective == REGRESSION:
        rows = _NUMBERS[metric](np.array(labels), np.array(answers))
        sums = np.zeros((group.max() + 1, rows.shape[1]))
        np.add.at(sums, group, rows)
        return Counted(sums, _OF_NUMBERS[metric])
    true, found = (_items(task, metric, of) for of in (labels, answers))
    right = [a & b for a, b in zip(true, found, strict=True)]
    counts = [_counts(items, len(task.labels), group) for items in (true, found, right)]
    return Counted(np.hstack(counts), lambda sums: _OF_COUNTS[metric](task, *np.split(sums, 3, axis=1)))


def _errors(labels: np.ndarray, guesses: np.ndarray) -> np.ndarray:
    """[rows, 3]: one, the error and its square; NaN where an answer is no number."""
    errors = np.where(np.isfinite(guesses), np.abs(guesses - labels), np.nan)
    return np.column_stack([np.ones(len(labels)), errors, errors**2])


def _moments(labels: np.ndarray, guesses: np.ndarray) -> np.ndarray:
    """[rows, 6]: one, both numbers in units of the labels' deviation, their squares and their product."""
    x, y = ((of - labels.mean()) / (labels.std() or 1) for of in (labels, guesses))
    return np.column_stack([np.ones(len(x)), x, y, x * x, y * y, x * y])


def _pearson(sums: np.ndarray) -> np.ndarray:
    """NaN where either side is constant."""
    x, y, xx, yy, xy = (sums[:, 1:] / sums[:, :1]).T
    spread = np.minimum(xx - x * x, yy - y * y)
    product = (xx - x * x) * (yy - y * y)
    return (xy - x * y) / np.sqrt(np.where(spread > CONSTANT, product, np.nan))


_NUMBERS = {"pearson": _moments, "rmse": _errors, "mae": _errors}
_OF_NUMBERS = {
    "pearson": _pearson,
    "rmse": lambda sums: np.sqrt(sums[:, 2] / sums[:, 0]),
    "mae": lambda sums: sums[:, 1] / sums[:, 0],
}


def _items(task: Task, metric: str, rows: Sequence[Any]) -> list[set[tuple]]:
    """What is right or wrong in every row; the last of each item is its class."""
    if metric == "exact_match":
        return [{(*sorted(row), 0)} for row in rows]
    if metric == "span_f1":
        tags = Tags(rows, task.labels, task.scheme or scheme_of(task.labels))
        items: list[set[tuple]] = [set() for _ in rows]
        for span in tags.spans.tolist():
            items[np.searchsorted(tags.starts, span[0], side="right") - 1].add((*span, 0))
        return items
    if task.objective == TAGGING:
        # A word that the encoder never saw has no tag: metrics.NO_WORD.
        return [{(word, tag) for word, tag in enumerate(row) if tag >= 0} for row in rows]
    return [{(label,) for label in (row if task.objective == MULTI_LABEL else [row])} for row in rows]


def _counts(items: list[set[tuple]], classes: int, group: np.ndarray) -> np.ndarray:
    """[groups, classes]: how many items of a class the rows of a group have."""
    places = [of * classes + item[-1] for of, row in zip(group.tolist(), items, strict=True) for item in row]
    groups = int(group.max()) + 1
    counts = np.bincount(np.array(places, dtype=int), minlength=groups * classes)
    return counts.reshape(groups, classes).astype(float)


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


# As in specs.METRICS_OF: metrics of the classes' counts [draws, classes].
_OF_COUNTS: dict[str, Callable[..., np.ndarray]] = {
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
