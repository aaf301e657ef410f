"""Exact Kendall's τ-b of many vectors at once.

τ-b is the cosine of two vectors' pairwise order signs: with s_x[i, j] = sign(x_i − x_j),
τ-b = Σ s_x s_y / sqrt(Σ s_x² · Σ s_y²), and Σ s² counts the pairs that are not tied. So all pairs of
rows are one matrix product, ties included.
"""

from collections.abc import Callable

import numpy as np

# How alike every row of one array [m, n] and every row of another [k, n] are: [m, k] (see `measures`).
Likeness = Callable[[np.ndarray, np.ndarray], np.ndarray]
# Rows at a time: one block of comparisons then stays in the cache on its way to the matrix product.
BLOCK = 1024


def order_signs(columns: np.ndarray, first: int) -> np.ndarray:
    """sign(x_i − x_j) for i = `first` and every j > i: [n, rows] → float32 [n − 1 − i, rows]."""
    one, others = columns[first], columns[first + 1 :]
    return ((one > others).view(np.int8) - (one < others).view(np.int8)).astype(np.float32)


def tau_b(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """τ-b of every row of `left` [m, n] with every row of `right` [k, n], as float64 [m, k].

    Equal to `scipy.stats.kendalltau`. A constant row, or one with NaN, gives NaN: it has no ranking.
    Sums of signs are exact in float32 up to 5,793 columns (2²⁴ pairs).
    """
    if left.shape[1] != right.shape[1] or left.shape[1] < 2:
        raise ValueError(f"rows of {left.shape[1]} and {right.shape[1]} values cannot be ranked")
    result = np.empty((len(left), len(right)))
    for start in range(0, len(left), BLOCK):
        result[start : start + BLOCK] = _tau_b(left[start : start + BLOCK], right)
    # Comparisons with NaN are false and would pass for ties.
    result[np.isnan(left).any(axis=1)] = np.nan
    result[:, np.isnan(right).any(axis=1)] = np.nan
    return result


def _tau_b(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    # Values of one column side by side, so that a comparison runs over contiguous rows.
    columns, others = np.ascontiguousarray(left.T), np.ascontiguousarray(right.T)
    product = np.zeros((len(right), len(left)), dtype=np.float32)
    untied_left, untied_right = np.zeros(len(left)), np.zeros(len(right))
    for first in range(len(columns) - 1):
        signs, other_signs = order_signs(columns, first), order_signs(others, first)
        product += other_signs.T @ signs
        untied_left += (signs != 0).sum(axis=0, dtype=np.uint16)
        untied_right += np.count_nonzero(other_signs, axis=0)
    with np.errstate(invalid="ignore"):
        return (product / np.sqrt(np.outer(untied_right, untied_left))).T
