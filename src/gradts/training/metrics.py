"""Metrics of predictions (method.md §4), and the control that always answers the majority class."""

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

METRICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "accuracy": accuracy_score,
    "f1": lambda labels, predictions: f1_score(labels, predictions, zero_division=0.0),
    "macro_f1": lambda labels, predictions: f1_score(labels, predictions, average="macro", zero_division=0.0),
    "mcc": matthews_corrcoef,
}


def score(metric: str, labels: Sequence[int], predictions: Sequence[int]) -> float:
    """A metric in its natural range (accuracy and F1 0…1, MCC −1…1); F1 is of label id 1."""
    return float(METRICS[metric](np.asarray(labels), np.asarray(predictions)))


def majority(train_labels: Sequence[int], count: int) -> np.ndarray:
    """`count` times the most frequent training label (the lowest id of a tie)."""
    return np.full(count, np.bincount(np.asarray(train_labels)).argmax())
