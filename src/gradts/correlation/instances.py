"""τ of every training instance of an auxiliary task with a primary task (paper section 3.3)."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa

from gradts.artifacts import ArtifactError, expect, read_table, remake, write_table
from gradts.correlation.kendall import tau_b
from gradts.correlation.matrix import mean_importance
from gradts.gradients.normalise import mean_over_seeds, normalise
from gradts.layout import inside
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


def read_seeds(
    folder: str | Path, jobs: list[GradientSpec], shape: tuple[int, ...]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Instance ids [n] and raw |gradient| [n, *shape] of a task under every seed: `{folder}/seed{n}.parquet`.

    One table at a time: a large task's are gigabytes. Raises as `read_gradients`, and ArtifactError where
    seeds have other instances or `shape`, that of importance, is not [layers, heads].
    """
    instances = None
    for job in jobs:
        path = inside(folder, "gradients", seed=job.seed)
        found, values = read_gradients(path, job)
        instances = found if instances is None else instances
        if values.shape[1:] != shape:
            layers, heads = values.shape[1:]
            raise ArtifactError(
                f"{path} has {layers} layers × {heads} heads, importance has "
                f"{shape[0]} × {shape[1]}; {remake(path)}"
            )
        if not np.array_equal(found, instances):
            raise ArtifactError(
                f"{path} lists other instances than seed {jobs[0].seed}'s table; {remake(path)}"
            )
        yield found, values


def mean_instances(
    folder: str | Path, jobs: list[GradientSpec], shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Instance ids [n] and normalised matrices [n, *shape] of a task, each the mean over its jobs' seeds.

    An instance without a ranking under all seeds is NaN. Raises as `read_seeds`.
    """
    instances: list[np.ndarray] = []

    def matrices() -> Iterator[np.ndarray]:
        for found, values in read_seeds(folder, jobs, shape):
            instances[:] = [found]
            yield normalise(values, jobs[0].layer_norm)

    mean = mean_over_seeds(matrices())
    return instances[0], mean


def correlate_instances(
    spec: InstancesSpec, gradients: str | Path, importance: str | Path, out: str | Path
) -> None:
    """Correlate an auxiliary task's training instances with a primary task: write `instance` and `tau`.

    `gradients`: the auxiliary's folder of `seed{n}.parquet`; `importance`: the primary's of `seed{n}.npy`.
    """
    job = Job(__name__, spec)
    matrix = mean_importance(importance, spec.primary)
    instances, values = mean_instances(gradients, spec.auxiliary, matrix.shape)
    tau = tau_b(values.reshape(len(values), -1), matrix.reshape(1, -1))[:, 0]
    write_table(out, pa.table({"instance": instances, "tau": tau}), job.record())
