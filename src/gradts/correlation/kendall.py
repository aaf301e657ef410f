"""Exact Kendall's τ-b of many vectors at once.

τ-b is the cosine of two vectors' pairwise order signs: with s_x[i, j] = sign(x_i − x_j),
τ-b = Σ s_x s_y / sqrt(Σ s_x² · Σ s_y²), and Σ s² counts the pairs that are not tied. So all pairs of
rows are one matrix product, ties included.
"""

import numpy as np

# Rows whose signs are held at once: 256 rows of 144 heads are 10 MB, about a cache's worth.
BLOCK = 256


def order_signs(values: np.ndarray) -> np.ndarray:
    """sign(x_i − x_j) of every pair i < j: [rows, n] → float32 [rows, n (n − 1) / 2]."""
    # Pairs are taken at a distance d = j − i, so that both sides are slices and not gathers.
    count = values.shape[1]
    pairs = [
        np.greater(values[:, :-lag], values[:, lag:]).view(np.int8)
        - np.less(values[:, :-lag], values[:, lag:]).view(np.int8)
        for lag in range(1, count)
    ]
    return np.concatenate(pairs, axis=1).astype(np.float32)


def tau_b(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """τ-b of every row of `left` [m, n] with every row of `right` [k, n], as float64 [m, k].

    Equal to `scipy.stats.kendalltau`. A constant row, or one with NaN, gives NaN: it has no ranking.
    Sums of signs are exact in float32 up to 5,793 columns (2²⁴ pairs).
    """
    if left.shape[1] != right.shape[1] or left.shape[1] < 2:
        raise ValueError(f"rows of {left.shape[1]} and {right.shape[1]} values cannot be ranked")
    right_signs = order_signs(right)
    right_untied = np.square(right_signs).sum(axis=1, dtype=np.float64)
    result = np.empty((len(left), len(right)))
    for start in range(0, len(left), BLOCK):
        rows = slice(start, start + BLOCK)
        signs = order_signs(left[rows])
        untied = np.einsum("ij,ij->i", signs, signs, dtype=np.float64)
        with np.errstate(invalid="ignore"):
            result[rows] = (signs @ right_signs.T) / np.sqrt(np.outer(untied, right_untied))
    # Comparisons with NaN are false and would pass for ties.
    result[np.isnan(left).any(axis=1)] = np.nan
    result[:, np.isnan(right).any(axis=1)] = np.nan
    return result
