"""ESM (Schulte et al. 2024): a candidate's fine-tune as a linear map of embeddings, and LogME behind it."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeCV

from gradts.artifacts import ArtifactError, expect, read_array, read_table, remake, write_csv
from gradts.data.splits import read_splits
from gradts.layout import inside
from gradts.provenance import Job
from gradts.readings import Known, check_alike
from gradts.specs import Task
from gradts.training.specs import EmbeddingSpec
from gradts.transfer.logme import logme, targets
from gradts.transfer.specs import FineTuneSpec, ValuesSpec

# Penalties of ridge regression, as multiples of the mean squared singular value of the embeddings.
PENALTIES = np.logspace(-8, 1, 10)


def linear_map(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The map [width + 1, width] from embeddings of points before a fine-tune to those after it.

    Its last row is the intercept. Ridge regression of the change [points, width], so that directions of which
    the points tell nothing stay as they are; leave-one-out chooses the penalty. NaN where an embedding is not
    finite: the candidate has no values then, and others are not held up.
    """
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        return np.full((before.shape[1] + 1, before.shape[1]), np.nan)
    before, after = before.astype(float), after.astype(float)
    scale = max(before.var(axis=0).mean() * len(before), np.finfo(float).tiny)
    change = RidgeCV(scale * PENALTIES).fit(before, after - before)
    return np.vstack([np.eye(before.shape[1]) + change.coef_.T, change.intercept_])


def mapped(vectors: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Embeddings [points, width] under a map [width + 1, width]."""
    return vectors @ of[:-1] + of[-1]


class Embedded(NamedTuple):
    """Embeddings of a task's points under the backend as it is (see training.embedding): all [points, …]."""

    instance: np.ndarray
    word: np.ndarray
    vectors: np.ndarray


def read_embedded(path: str | Path, job: FineTuneSpec, known: Known) -> Embedded:
    """What a fine-tune on a task begins with; ArtifactError where damaged, or not of its task and backend.

    `known`: see readings.check_alike.
    """
    table, record = read_table(path)
    expect(path, record, {"spec": asdict(EmbeddingSpec(job.task, job.backend, job.recipe.max_length))})
    check_alike(known, path, record)
    vectors = table["vector"].combine_chunks().flatten().to_numpy().reshape(table.num_rows, -1)
    return Embedded(table["instance"].to_numpy(), table["word"].to_numpy(), vectors)


def read_map(path: str | Path, job: FineTuneSpec, known: Known) -> np.ndarray:
    """The map of a candidate's fine-tune; ArtifactError where damaged, of another job, or no map."""
    found, record = read_array(path)
    expect(path, record, {"spec": asdict(job)})
    check_alike(known, path, record)
    if found.ndim != 2 or len(found) != found.shape[1] + 1:
        raise ArtifactError(f"{path} has shape {found.shape}, not (width + 1, width); {remake(path)}")
    return found


def read_targets(
    data: str | Path, task: Task, path: str | Path, instance: np.ndarray, word: np.ndarray
) -> np.ndarray:
    """What LogME is to explain at a task's points (see `targets`), which stand in the file `path`."""
    try:
        return targets(read_splits(data, task).train, task, instance, word)
    except (KeyError, IndexError) as error:
        raise ArtifactError(of_other_instances(path, task)) from error


def of_other_instances(path: str | Path, task: Task) -> str:
    """Why a table of a task's points is of no use, with the fix."""
    return f"{path} lists other instances than the training split of '{task.name}'; {remake(path)}"


def measure(
    spec: ValuesSpec, data: str | Path, embeddings: str | Path, maps: str | Path, out: str | Path
) -> None:
    """Value every candidate for every task by its map: LogME of the task's labels on mapped embeddings.

    Reads `{data}/{task}/*.parquet`, `{embeddings}/{task}.parquet` and `{maps}/{task}.npy`; writes CSV as
    `write_values`. Raises ArtifactError where files are damaged, of other jobs, or were made unlike.
    """
    job, known, values = Job(__name__, spec), {}, {}
    of = {one.task.name: read_map(inside(maps, "map", task=one.task.name), one, known) for one in spec.jobs}
    for one in spec.jobs:
        path = inside(embeddings, "embedded", task=one.task.name)
        instance, word, vectors = read_embedded(path, one, known)
        labels = read_targets(data, one.task, path, instance, word)
        for name, other in of.items():
            if other.shape[1] != vectors.shape[1]:
                raise ArtifactError(
                    f"{path} has vectors {vectors.shape[1]} wide, the map of '{name}' {other.shape[1]}; "
                    f"{remake(path)}"
                )
            if name != one.task.name:
                values[one.task.name, name] = logme(mapped(vectors, other), labels)
    write_values(out, spec, values, job.record())


def write_values(
    out: str | Path, spec: ValuesSpec, values: Mapping[tuple[str, str], float], record: Mapping
) -> None:
    """Write a row a task and a column a candidate: `values` of (task, candidate), empty where undefined."""
    names = [one.task.name for one in spec.jobs]
    rows = {task.name: [values.get((task.name, name), np.nan) for name in names] for task in spec.tasks}
    write_csv(out, pd.DataFrame.from_dict(rows, "index", columns=names), record, index_label="task")
