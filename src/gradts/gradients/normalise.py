"""From instances' head gradients to a matrix (paper section 3.1, steps 3 and 4), and means over seeds."""

from collections.abc import Iterable

import numpy as np

NORMS = {"l1": 1, "l2": 2}


def pooled(gradients: np.ndarray, pooling: str) -> np.ndarray:
    """One matrix [layers, heads], float64, of the |gradient| of all instances [instances, layers, heads].

    `sums` adds the gradients up, as the paper does: instances of high loss rule. `shares` divides each
    instance's by its sum over heads first, so that all count alike; one without any gradient counts 0.
    """
    weights = np.ones(len(gradients))
    if pooling == "shares":
        totals = gradients.sum(axis=(1, 2), dtype=np.float64)
        weights = np.divide(1.0, totals, out=np.zeros_like(totals), where=totals != 0)
    return np.einsum("i,ilh->lh", weights, gradients)


def normalise(gradients: np.ndarray, layer_norm: str) -> np.ndarray:
    """Divide each layer by its norm (unless `none`), then scale all heads to [0, 1] by min-max.

    `gradients`: [..., layers, heads], not negative; leading axes (instances) are independent. A layer
    without any gradient stays 0; a matrix whose heads are all equal becomes NaN, since it has no
    ranking. Returns float64 of the same shape.
    """
    scaled = np.asarray(gradients, dtype=np.float64)
    if layer_norm != "none":
        norms = np.linalg.norm(scaled, ord=NORMS[layer_norm], axis=-1, keepdims=True)
        scaled = np.divide(scaled, norms, out=np.zeros_like(scaled), where=norms > 0)
    lowest = scaled.min(axis=(-2, -1), keepdims=True)
    spread = scaled.max(axis=(-2, -1), keepdims=True) - lowest
    nothing = np.full_like(scaled, np.nan)
    return np.divide(scaled - lowest, spread, out=nothing, where=spread > 0)


def mean_over_seeds(matrices: Iterable[np.ndarray]) -> np.ndarray:
    """The mean of matrices of equal shape, one a seed, without the values that are NaN: they have no ranking.

    NaN where all seeds are. Returns float64 of the same shape.
    """
    total = seeds = np.zeros(())
    for matrix in matrices:
        known = ~np.isnan(matrix)
        total, seeds = total + np.where(known, matrix, np.float64(0)), seeds + known
    return np.divide(total, seeds, out=np.full_like(total, np.nan), where=seeds > 0)
