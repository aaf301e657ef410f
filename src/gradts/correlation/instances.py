"""τ of every training instance of an auxiliary task with a primary task (paper section 3.3)."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa

from gradts.artifacts import ArtifactError, expect, read_table, remake, write_table
from gradts.correlation.kendall import tau_b
from gradts.correlation.matrix import read_importance
from gradts.gradients.normalise import normalise
from gradts.provenance import Job
from gradts.specs import GradientSpec, InstancesSpec


def read_gradients(path: str | Path, spec: GradientSpec) -> tuple[np.ndarray, np.ndarray]:
    """Instance ids [n] and raw |gradient| [n, layers, heads] of a table.

    Raises ArtifactError where it was made for another task, backend, recipe or estimator, or where
    its rows do not fit its own layer and head count.
    """
    table, record = read_table(path)
    expect(path, record, {f"spec.{key}": value for key, value in asdict(spec).items()})
    layers, heads = record["layers"], record["heads"]
    column = table["heads"].combine_chunks()
    if column.type.list_size != layers * heads:
        raise ArtifactError(
            f"{path}: {column.type.list_size} values an instance, its record says "
            f"{layers} layers × {heads} heads; {remake(path)}"
        )
    values = column.flatten().to_numpy().reshape(-1, layers, heads)
    return table["instance"].to_numpy(), values


def correlate_instances(
    spec: InstancesSpec, gradients: str | Path, importance: str | Path, out: str | Path
) -> None:
    """Correlate an auxiliary task's training instances with a primary task: write `instance` and `tau`."""
    job = Job(__name__, spec)
    instances, values = read_gradients(gradients, spec.auxiliary)
    matrix = read_importance(importance, spec.primary)
    if values.shape[1:] != matrix.shape:
        raise ArtifactError(
            f"{gradients} has {values.shape[1]} layers × {values.shape[2]} heads, {importance} has "
            f"{matrix.shape[0]} × {matrix.shape[1]}; {remake(gradients)}"
        )
    flat = normalise(values, spec.auxiliary.layer_norm).reshape(len(values), -1)
    tau = tau_b(flat, matrix.reshape(1, -1))[:, 0]
    write_table(out, pa.table({"instance": instances, "tau": tau}), job.record())
