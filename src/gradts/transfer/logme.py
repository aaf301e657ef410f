"""LogME (You et al. 2021): how well a Bayesian linear model explains a task's labels by given features."""

import numpy as np
import pandas as pd

from gradts.data.objectives import OBJECTIVES
from gradts.specs import Task

# Of the fixed-point iteration: its steps are of the ratio of both precisions, which is held within bounds.
STEPS, TOLERANCE, BOUND = 1_000, 1e-6, 1e8


def targets(train: pd.DataFrame, task: Task, instance: np.ndarray, word: np.ndarray) -> np.ndarray:
    """What a linear model is to explain at each point [points, columns].

    A column a label, 1 where the point has it and else 0; of regression one column of the numbers. Raises
    KeyError where a point's text is not among the rows.
    """
    objective = OBJECTIVES[task.objective]
    labels = train.set_index("instance")["label"].loc[instance].tolist()
    if not objective.named:
        return np.array(labels, dtype=float)[:, None]
    if objective.per_token:
        labels = [tags[place] for tags, place in zip(labels, word, strict=True)]
    hot = np.zeros((len(labels), len(task.labels)))
    for point, ids in enumerate(labels):
        hot[point, ids] = 1
    return hot


def logme(features: np.ndarray, targets: np.ndarray) -> float:
    """Log maximum evidence per point, the mean over the columns of `targets` [points, columns] that vary.

    The evidence of a column y is log N(y; 0, β⁻¹I + α⁻¹XXᵀ), X the `features` [points, width], at a maximum
    over α and β (of few points there may be several). NaN where no column varies, or features are not finite
    or all zero.
    """
    varying = targets[:, (targets != targets[:1]).any(axis=0)].astype(float)
    features = features.astype(float)
    if not varying.size or not np.isfinite(features).all() or not features.any():
        return np.nan
    return float(log_evidence(features, varying).mean() / len(features))


def log_evidence(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Log evidence [columns] at a maximum of columns y [points, columns] by features x [points, width].

    MacKay's fixed-point iteration, of α / β alone: β then has one best value. It has the scale of y, so that
    neither becomes infinite where features explain all, or nothing.
    """
    values, vectors = np.linalg.eigh(x.T @ x)
    known = values > values[-1] * max(x.shape) * np.finfo(float).eps
    spread = values[known, None]  # squared singular values, rising [rank, 1]
    signal = (vectors[:, known].T @ (x.T @ y)) ** 2 / spread  # squared projections of y [rank, columns]
    rest = np.maximum((y**2).sum(axis=0) - signal.sum(axis=0), 0)
    ratio = np.ones(y.shape[1])
    for _ in range(STEPS):
        left = ratio / (ratio + spread)  # of y in each direction, what the model does not take up
        weights = ((1 - left) ** 2 * signal / spread).sum(axis=0)
        residual = rest + (left**2 * signal).sum(axis=0)
        free = len(x) - len(spread) + left.sum(axis=0)
        with np.errstate(divide="ignore"):
            new = (1 - left).sum(axis=0) / weights * residual / free  # α / β
        new = np.clip(new, spread[0] / BOUND, spread[-1] * BOUND)
        done, ratio = (np.abs(np.log(new / ratio)) < TOLERANCE).all(), new
        if done:
            break
    variance = (rest + (signal * ratio / (ratio + spread)).sum(axis=0)) / len(x)  # 1 / β
    return -(len(x) * (np.log(2 * np.pi * variance) + 1) + np.log1p(spread / ratio).sum(axis=0)) / 2
