"""Prepared splits on disk: their paths, schema and reading."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gradts.artifacts import ArtifactError, read_table, remake
from gradts.data.objectives import OBJECTIVES
from gradts.layout import SPLITS, inside
from gradts.names import InputError
from gradts.specs import Task


@dataclass(frozen=True)
class Prepared:
    """A task's prepared rows. Each frame has `instance`, `label`, and texts or `tokens` (see prepare).

    `warnings`: what must be said of them (see data.facts).
    """

    train: pd.DataFrame
    select: pd.DataFrame
    dev: dict[str, pd.DataFrame]
    warnings: list[str]

    def scored(self) -> dict[str, pd.DataFrame]:
        """The splits that joint runs score: every dev split, and select, unless a fold has none."""
        return {"select": self.select, **self.dev} if len(self.select) else self.dev


def read_splits(folder: str | Path, task: Task) -> Prepared:
    """Read `{folder}/{task}/{train,select,dev}.parquet`.

    Raises ArtifactError where a file is damaged or incomplete, of another task, or its labels are not the
    task's.
    """
    frames = {}
    for name in SPLITS:
        path = inside(Path(folder) / task.name, name)
        table, record = read_table(path)
        held = record.get("spec", {}).get("task")
        if held != task.name:
            raise ArtifactError(f"{path} holds task {held!r}, this run needs {task.name!r}; {remake(path)}")
        frames[name] = table.to_pandas()
        _check(path, frames[name], task)
    parts = frames["dev"].groupby("split")
    dev = {str(name): part.drop(columns="split").reset_index(drop=True) for name, part in parts}
    return Prepared(frames["train"], frames["select"], dev, record.get("warnings", []))


def scale_of(targets: pd.Series, task: str, split: str) -> tuple[float, float]:
    """Mean and standard deviation (of all, not of a sample) of a split's numbers.

    Raises InputError where there is no deviation, but for rounding, or none that a float can hold: nothing is
    learnt from such numbers, and nothing correlates with them.
    """
    values = targets.to_numpy(dtype="float64")
    with np.errstate(over="ignore", invalid="ignore"):
        mean, deviation = float(values.mean()), float(values.std())
    place = f"task '{task}': the {len(values)} targets of its {split} split"
    if not np.isfinite([mean, deviation]).all():
        raise InputError(f"{place} reach from {values.min()} to {values.max()}; give them in larger units")
    if deviation <= 1e-13 * abs(mean):  # scipy calls such numbers constant, too
        raise InputError(
            f"{place} are all {values[0]:g}: nothing can be learnt from them or correlated with them; give "
            "rows of other targets, or keep more of them (select_fraction, dev_fraction, max_train, "
            "max_select, max_dev)"
        )
    return mean, deviation


def _check(path: Path, frame: pd.DataFrame, task: Task) -> None:
    needed = ["instance", OBJECTIVES[task.objective].texts[0], "label"]
    for column in needed + ["split"] * (path.stem == "dev"):
        if column not in frame or frame[column].isna().any():
            lacks = "rows without a value in" if column in frame else "no"
            raise ArtifactError(f"{path} has {lacks} column '{column}'; {remake(path)}")
    # Every label of a list, with the row's index; an empty list has none.
    single = frame["label"].explode().dropna()
    named = OBJECTIVES[task.objective].named
    right = single.astype("int64").between(0, len(task.labels) - 1) if named else np.isfinite(single)
    wrong = single.index[~right]
    if len(wrong):
        raise ArtifactError(
            f"{path} row {wrong[0]}: label {frame['label'][wrong[0]]} is not among the "
            f"{len(task.labels)} labels of task '{task.name}'; {remake(path)}"
        )
