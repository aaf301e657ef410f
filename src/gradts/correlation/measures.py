"""Measures of how alike the head importance of two tasks is, of many vectors at once.

Each takes rows [m, n] and [k, n] and answers float64 [m, k] in [-1, 1], the higher the more alike. A constant
row, or one with NaN, gives NaN: it has no ranking.
"""

import numpy as np
from scipy.stats import rankdata

from gradts.correlation.kendall import Likeness, order_signs, tau_b

TOP = 0.25  # the share of heads that `overlap` takes for the top


def weighted_tau(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """τ of which the pairs of high values decide most (Vigna 2015), by either row's ranks, the mean of both.

    A pair of places weighs 1/r + 1/r', their ranks from the largest value, 1. Equal to
    `scipy.stats.weightedtau`, but that ties share their mean rank, where scipy lets the other row part them.
    """
    columns, others = np.ascontiguousarray(left.T), np.ascontiguousarray(right.T)
    weights, other_weights = (1 / rankdata(-rows, axis=0) for rows in (columns, others))
    # By whose ranks; the product, and what is untied in either.
    found = np.zeros((2, 3, len(left), len(right)))
    for first in range(len(columns) - 1):
        signs, other_signs = order_signs(columns, first), order_signs(others, first)
        untied, other_untied = np.abs(signs), np.abs(other_signs)
        of_pairs = weights[first] + weights[first + 1 :]
        found[0, 0] += (of_pairs * signs).T @ other_signs
        found[0, 1] += (of_pairs * untied).sum(axis=0)[:, None]
        found[0, 2] += of_pairs.T @ other_untied
        of_pairs = other_weights[first] + other_weights[first + 1 :]
        found[1, 0] += signs.T @ (of_pairs * other_signs)
        found[1, 1] += (of_pairs * other_untied).sum(axis=0)
        found[1, 2] += untied.T @ of_pairs
    product, one, other = np.moveaxis(found, 1, 0)
    with np.errstate(invalid="ignore"):
        return _ranked(left, right, (product / np.sqrt(one * other)).mean(axis=0))


def spearman(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Pearson's correlation of ranks; ties share their mean rank. Equal to `scipy.stats.spearmanr`."""
    ranks = (rankdata(rows, axis=1) for rows in (left, right))
    return _ranked(left, right, _cosine(*(of - of.mean(axis=1, keepdims=True) for of in ranks)))


def cosine(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Of the values as they are: large heads rule."""
    return _ranked(left, right, _cosine(left, right))


def overlap(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The share of the TOP of all places that are in both rows' top; by chance TOP. Ties: the first place."""
    count = max(1, round(TOP * left.shape[1]))
    tops = (rankdata(-rows, method="ordinal", axis=1) <= count for rows in (left, right))
    first, second = (top.astype(np.float64) for top in tops)
    return _ranked(left, right, first @ second.T / count)


def _cosine(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    norms = np.outer(*(np.linalg.norm(rows, axis=1) for rows in (left, right)))
    with np.errstate(invalid="ignore"):
        return np.clip(left @ right.T / norms, -1, 1)


def _ranked(left: np.ndarray, right: np.ndarray, found: np.ndarray) -> np.ndarray:
    """NaN where a row has no ranking; comparisons with NaN are false."""
    ranked = [rows.max(axis=1) > rows.min(axis=1) for rows in (left, right)]
    return np.where(np.logical_and.outer(*ranked), found, np.nan)


LIKENESS: dict[str, Likeness] = {
    "tau": tau_b,
    "weighted_tau": weighted_tau,
    "spearman": spearman,
    "cosine": cosine,
    "overlap": overlap,
}
