"""Prepared splits on disk: their paths, schema and reading."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gradts.artifacts import ArtifactError, read_table, remake
from gradts.specs import REGRESSION, TAGGING, Task

FILES = ("train", "select", "dev")


@dataclass(frozen=True)
class Prepared:
    """A task's prepared rows. Each frame has `instance`, `label`, and texts or `tokens` (see prepare)."""

    train: pd.DataFrame
    select: pd.DataFrame
    dev: dict[str, pd.DataFrame]

    def scored(self) -> dict[str, pd.DataFrame]:
        """The splits that joint runs score: the selection split and every dev split."""
        return {"select": self.select, **self.dev}


def read_splits(folder: str | Path, task: Task) -> Prepared:
    """Read `{folder}/{task}/{train,select,dev}.parquet`.

    Raises ArtifactError where a file is damaged or incomplete, of another task, or its labels are not the
    task's.
    """
    frames = {}
    for name in FILES:
        path = Path(folder) / task.name / f"{name}.parquet"
        table, record = read_table(path)
        if record.get("spec", {}).get("task") != task.name:
            raise ArtifactError(
                f"{path} holds task {record.get('spec', {}).get('task')!r}, this run needs "
                f"{task.name!r}; {remake(path)}"
            )
        frames[name] = table.to_pandas()
        _check_columns(path, frames[name], task)
        _check_labels(path, frames[name], task)
    dev = {str(name): part for name, part in frames["dev"].groupby("split", sort=True)}
    dev = {name: part.drop(columns="split").reset_index(drop=True) for name, part in dev.items()}
    return Prepared(frames["train"], frames["select"], dev)


def _check_columns(path: Path, frame: pd.DataFrame, task: Task) -> None:
    texts = "tokens" if task.objective == TAGGING else "text_a"
    for column in ("instance", texts, "label", *(["split"] if path.stem == "dev" else [])):
        if column not in frame or frame[column].isna().any():
            lacks = "rows without a value in" if column in frame else "no"
            raise ArtifactError(f"{path} has {lacks} column '{column}'; {remake(path)}")


def _check_labels(path: Path, frame: pd.DataFrame, task: Task) -> None:
    if task.objective == REGRESSION:
        wrong = frame.index[~np.isfinite(frame["label"])]
    else:
        single = frame["label"].explode().astype("int64")  # every word's label, with the row's index
        wrong = single.index[~single.between(0, len(task.labels) - 1)]
    if len(wrong):
        raise ArtifactError(
            f"{path} row {wrong[0]}: label {frame['label'][wrong[0]]} is not among the "
            f"{len(task.labels)} labels of task '{task.name}'; {remake(path)}"
        )
