"""Correlation between tasks: τ-b of their head importance (method.md §2)."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from gradts.artifacts import (
    ArtifactError,
    Job,
    atomic,
    expect,
    read_array,
    remake,
    sidecar,
    write_json,
)
from gradts.correlation.kendall import tau_b
from gradts.specs import GradientSpec


def read_importance(path: str | Path, spec: GradientSpec, layer_norm: str) -> np.ndarray:
    """A task's head importance [layers, heads]; NaN where its record says that it has no ranking.

    Raises ArtifactError where it was made for another task, backend, recipe or estimator, has another
    shape than its record, or holds a value outside [0, 1].
    """
    matrix, record = read_array(path)
    wanted = {f"spec.{key}": value for key, value in asdict(spec).items()}
    expect(path, record, {**wanted, "layer_norm": layer_norm})
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


def run(specs: list[GradientSpec], layer_norm: str, folder: str | Path, out: str | Path) -> None:
    """Read `{folder}/{task}.npy` of every spec's task and write the labelled square CSV."""
    job = Job(__name__, {"tasks": [asdict(spec) for spec in specs]})
    importance = {
        spec.task.name: read_importance(Path(folder) / f"{spec.task.name}.npy", spec, layer_norm)
        for spec in specs
    }
    matrix = correlation_matrix(importance)
    with atomic(out) as part:
        matrix.to_csv(part, index_label="task")
    write_json(sidecar(out), job.record(layer_norm=layer_norm, rows=len(matrix)))
