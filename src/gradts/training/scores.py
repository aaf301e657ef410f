"""A joint run's scores: every task, split and epoch. The workflow reads them, too: nothing heavy."""

import csv
import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from functools import lru_cache
from pathlib import Path

from gradts.artifacts import ArtifactError, atomic, reading
from gradts.readings import read_rows
from gradts.specs import Task


@dataclass(frozen=True)
class Score:
    """One row: a metric of a task on a split after an epoch (counted from 1)."""

    epoch: int
    task: str
    split: str
    metric: str
    value: float


COLUMNS = [field.name for field in fields(Score)]


def write_scores(path: str | Path, scores: Sequence[Score]) -> None:
    """Write `metrics.csv` atomically."""
    with atomic(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *map(astuple, scores)])


def read_scores(path: str | Path) -> tuple[Score, ...]:
    """Read `metrics.csv`; ArtifactError where it is missing or damaged."""
    with reading(path):
        return _read_scores(str(path), Path(path).stat().st_mtime_ns)


@lru_cache(maxsize=4096)
def _read_scores(path: str, _mtime: int) -> tuple[Score, ...]:
    return tuple(
        Score(int(row["epoch"]), row["task"], row["split"], row["metric"], float(row["value"]))
        for row in read_rows(path, COLUMNS)
    )


def decision_score(scores: Sequence[Score], task: Task, epoch: int, decide_on: str) -> float:
    """The score that decides for a task after an epoch: its deciding metric, averaged over splits.

    `decide_on` is `dev` for all dev splits (MNLI has two); all else is select, which in a fold's run is the
    fold.
    """
    values = [
        row.value
        for row in scores
        if row.task == task.name
        and row.epoch == epoch
        and row.metric == task.decides
        and (row.split == "select") == (decide_on != "dev")
    ]
    return sum(values) / len(values) if values else math.nan


def best_epoch(scores: Sequence[Score], task: Task, decide_on: str) -> tuple[int, float]:
    """(epoch, score) of the best epoch for a task, the earliest among equals; NaN is never best.

    Where the deciding metric is undefined after every epoch: the last epoch and NaN. Raises
    ArtifactError where there is no score of the task.
    """
    epochs = sorted({row.epoch for row in scores if row.task == task.name and row.metric == task.decides})
    if not epochs:
        raise ArtifactError(f"a run has no {task.decides} of task '{task.name}'")
    values = {epoch: decision_score(scores, task, epoch, decide_on) for epoch in epochs}
    defined = [epoch for epoch in epochs if not math.isnan(values[epoch])]
    best = max(defined, key=values.__getitem__, default=epochs[-1])
    return best, values[best]


def at_best_epoch(scores: Sequence[Score], task: Task, decide_on: str) -> list[Score]:
    """All scores of a task at its best epoch."""
    epoch, _ = best_epoch(scores, task, decide_on)
    return [row for row in scores if row.task == task.name and row.epoch == epoch]


def reported(scores: Sequence[Score], task: Task, decide_on: str) -> dict[tuple[str, str], float]:
    """(metric, dev split) → score at the task's best epoch."""
    best = at_best_epoch(scores, task, decide_on)
    return {(row.metric, row.split): row.value for row in best if row.split != "select"}
