"""Correlation between tasks: τ-b of their head importance (method.md §2)."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from gradts.artifacts import ArtifactError, expect, read_array, remake
from gradts.correlation.kendall import Likeness, tau_b
from gradts.gradients.normalise import mean_over_seeds
from gradts.layout import inside
from gradts.specs import GradientSpec


def read_importance(path: str | Path, spec: GradientSpec) -> np.ndarray:
    """A task's head importance [layers, heads]; NaN where its record says that it has no ranking.

    Raises ArtifactError where it was made for another task, backend, recipe or estimator, has another
    shape than its record, or holds a value outside [0, 1].
    """
    matrix, record = read_array(path)
    expect(path, record, {f"spec.{key}": value for key, value in asdict(spec).items()})
    if matrix.shape != (record["layers"], record["heads"]):
        raise ArtifactError(
            f"{path} has shape {matrix.shape}, its record says "
            f"{record['layers']} layers × {record['heads']} heads; {remake(path)}"
        )
    unranked = record.get("unranked") is not None and np.isnan(matrix).all()
    if not unranked and not ((matrix >= 0) & (matrix <= 1)).all():
        raise ArtifactError(f"{path} holds values outside [0, 1] or NaN; {remake(path)}")
    return matrix


def mean_importance(folder: str | Path, jobs: Iterable[GradientSpec]) -> np.ndarray:
    """A task's head importance [layers, heads], the mean over its jobs' seeds: `{folder}/seed{n}.npy`.

    NaN where no seed has a ranking; raises as `read_importance`.
    """
    return mean_over_seeds(read_importance(inside(folder, "importance", seed=job.seed), job) for job in jobs)


def correlation_matrix(importance: dict[str, np.ndarray], alike: Likeness = tau_b) -> pd.DataFrame:
    """How `alike` every pair of tasks is, labelled and sorted by name; NaN where a task has no ranking."""
    names = sorted(importance)
    rows = np.stack([importance[name].reshape(-1) for name in names])
    return pd.DataFrame(alike(rows, rows), index=names, columns=names)
