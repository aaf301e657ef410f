"""Oracles of surrogate models: closed forms, and a refit without each row."""

import itertools
from collections.abc import Callable

import numpy as np

from gradts.selection import surrogate


def closed_form(x: np.ndarray, y: np.ndarray, penalty: float) -> np.ndarray:
    """Ridge coefficients by the normal equations of centred rows."""
    x, y = x - x.mean(axis=0), y - y.mean()
    return np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ y)


def linear(x: np.ndarray, y: np.ndarray, one: np.ndarray, scale: float) -> dict[tuple[float, float], float]:
    found = {}
    for penalty, threshold in itertools.product(surrogate.PENALTIES, surrogate.THRESHOLDS):
        coefficients = closed_form(x, y, penalty)
        coefficients[np.abs(coefficients) < threshold * scale] = 0
        found[penalty, threshold] = y.mean() + coefficients @ (one - x.mean(axis=0))
    return found


def by_kernel(
    x: np.ndarray, y: np.ndarray, one: np.ndarray, scale: float
) -> dict[tuple[float, float], float]:
    found = {}
    for penalty, width in itertools.product(surrogate.PENALTIES, surrogate.WIDTHS):

        def kernel(a: np.ndarray, b: np.ndarray, width: float = width) -> np.ndarray:
            differ = np.array([[np.sum(first != second) for second in b] for first in a])
            return np.exp(-differ / (width * x.shape[1]))

        dual = np.linalg.solve(kernel(x, x) + penalty * np.eye(len(x)), y - y.mean())
        found[penalty, width] = float(y.mean() + kernel(one[None], x)[0] @ dual)
    return found


def leave_one_out(x: np.ndarray, y: np.ndarray, tested: int, foretold: Callable) -> tuple[float, tuple]:
    """R² and setting of the least error, by a loop over settings and rows left out."""
    errors: dict[tuple, float] = {}
    by_mean = 0.0
    for place in range(tested):
        others = [row for row in range(len(x)) if row != place]
        for setting, score in foretold(x[others], y[others], x[place], y.std()).items():
            errors[setting] = errors.get(setting, 0.0) + (score - y[place]) ** 2
        by_mean += (y[others].mean() - y[place]) ** 2
    best = min(errors, key=errors.__getitem__)
    return 1 - errors[best] / by_mean, best
