"""Correlation between tasks: τ-b of their head importance (method.md §2)."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from gradts.artifacts import ArtifactError, expect, read_array, remake, write_csv
from gradts.correlation.kendall import tau_b
from gradts.provenance import Job
from gradts.specs import CorrelationSpec, GradientSpec


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


def correlation_matrix(importance: dict[str, np.ndarray]) -> pd.DataFrame:
    """τ-b of every pair of tasks, labelled and sorted by name; NaN where a task has no ranking."""
    names = sorted(importance)
    rows = np.stack([importance[name].reshape(-1) for name in names])
    return pd.DataFrame(tau_b(rows, rows), index=names, columns=names)


def correlate_tasks(spec: CorrelationSpec, importance: str | Path, out: str | Path) -> None:
    """Correlate the head importance of tasks, `{importance}/{task}.npy`: write the labelled square CSV."""
    job = Job(__name__, spec)
    matrices = {
        one.task.name: read_importance(Path(importance) / f"{one.task.name}.npy", one) for one in spec.tasks
    }
    table = correlation_matrix(matrices)
    write_csv(out, table, job.record(), index_label="task")
