"""Layer-wise normalisation and global scaling of head gradients (paper section 3.1, step 4)."""

import numpy as np

NORMS = {"l1": 1, "l2": 2}


def normalise(gradients: np.ndarray, layer_norm: str) -> np.ndarray:
    """Divide each layer by its norm, then scale all heads to [0, 1] by min-max.

    `gradients`: [..., layers, heads], not negative; leading axes (instances) are independent. A layer
    without any gradient stays 0; a matrix whose heads are all equal becomes NaN, since it has no
    ranking. Returns float64 of the same shape.
    """
    gradients = np.asarray(gradients, dtype=np.float64)
    norms = np.linalg.norm(gradients, ord=NORMS[layer_norm], axis=-1, keepdims=True)
    scaled = np.divide(gradients, norms, out=np.zeros_like(gradients), where=norms > 0)
    lowest = scaled.min(axis=(-2, -1), keepdims=True)
    spread = scaled.max(axis=(-2, -1), keepdims=True) - lowest
    nothing = np.full_like(scaled, np.nan)
    return np.divide(scaled - lowest, spread, out=nothing, where=spread > 0)
