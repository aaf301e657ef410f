"""A joint run's record: the score of every task on every split after every epoch.

Read by the workflow's input functions too, so this module imports nothing heavy.
"""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from gradts.artifacts import ArtifactError, remake, write_text
from gradts.specs import Task

COLUMNS = ("epoch", "task", "split", "metric", "value")


@dataclass(frozen=True)
class Score:
    """One row: a metric of a task on a split after an epoch (counted from 1)."""

    epoch: int
    task: str
    split: str
    metric: str
    value: float


def write_record(path: str | Path, scores: Sequence[Score]) -> None:
    """Write `metrics.csv` atomically."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((row.epoch, row.task, row.split, row.metric, repr(row.value)) for row in scores)
    write_text(path, text.getvalue())


def read_record(path: str | Path) -> tuple[Score, ...]:
    """Read `metrics.csv`; ArtifactError where it is missing or damaged."""
    try:
        return _read_record(str(path), Path(path).stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{path} cannot be read ({error!r}); {remake(path)}") from error


@lru_cache(maxsize=4096)
def _read_record(path: str, _mtime: int) -> tuple[Score, ...]:
    with open(path, newline="", encoding="utf-8") as file:
        rows = [
            Score(int(row["epoch"]), row["task"], row["split"], row["metric"], float(row["value"]))
            for row in csv.DictReader(file)
        ]
    if not rows:
        raise ValueError("no rows")
    return tuple(rows)


def decision_score(scores: Sequence[Score], task: Task, epoch: int, decide_on: str) -> float:
    """The score that decides for a task after an epoch: its deciding metric, averaged over splits.

    `decide_on` is `select`, or `dev` for all dev splits (MNLI has two).
    """
    values = [
        row.value
        for row in scores
        if row.task == task.name
        and row.epoch == epoch
        and row.metric == task.decides
        and (row.split == "select") == (decide_on == "select")
    ]
    return sum(values) / len(values) if values else math.nan


def best_epoch(scores: Sequence[Score], task: Task, decide_on: str) -> tuple[int, float]:
    """(epoch, score) of the best epoch for a task, the earliest among equals; NaN is never best.

    Where the deciding metric is undefined after every epoch: the last epoch and NaN. Raises
    ArtifactError where the record has no score of the task.
    """
    epochs = sorted({row.epoch for row in scores if row.task == task.name and row.metric == task.decides})
    if not epochs:
        raise ArtifactError(f"a run's record has no {task.decides} of task '{task.name}'")
    best, best_score = epochs[-1], math.nan
    for epoch in epochs:
        value = decision_score(scores, task, epoch, decide_on)
        if value > best_score or (math.isnan(best_score) and not math.isnan(value)):
            best, best_score = epoch, value
    return best, best_score


def reported(scores: Sequence[Score], task: Task, decide_on: str) -> dict[tuple[str, str], float]:
    """(metric, dev split) → score at the task's best epoch."""
    epoch, _ = best_epoch(scores, task, decide_on)
    return {
        (row.metric, row.split): row.value
        for row in scores
        if row.task == task.name and row.epoch == epoch and row.split != "select"
    }
