"""Whether a run is stuck: it learnt nothing of a task that this backend and recipe are known to learn."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from gradts.data.folds import folded
from gradts.data.objectives import OBJECTIVES
from gradts.data.splits import read_splits
from gradts.members import Member
from gradts.reporting.runs import Run, metrics_of
from gradts.specs import Task
from gradts.training.metrics import score
from gradts.training.scores import best_epoch, read_scores

# What chance looks like: the best of several epochs on a small split is a little above Majority by luck.
CHANCE = 0.03
# What the task is known to learn: a Single-Task score so far above Majority is no luck.
LEARNT = 0.10


def is_stuck(
    best: float, majority: float, singles: Mapping[int, float], seed: int, alone: bool
) -> bool | None:
    """Whether a run's `best` selection score of a task is that of chance, though the task can be learnt.

    `singles`: seed → score of the task's Single-Task runs. Of a joint run the one of its seed tells, of a
    Single-Task run (`alone`) those of other seeds do. None where it cannot be told: a score is undefined, or
    no such run is known.
    """
    if math.isnan(best) or math.isnan(majority):
        return None
    if _above(best, majority) > CHANCE:
        return False
    known = [one for of, one in singles.items() if (of != seed) == alone and not math.isnan(one)]
    return any(_above(one, majority) >= LEARNT for one in known) if known else None


def stuck_runs(task: Task, results: str, runs: Iterable[Run]) -> dict[Run, bool]:
    """Whether each run is stuck, by those of the task alone among them."""
    scores = {run: selection_score(metrics_of(results, run), task) for run in runs}
    majority, alone = selection_majority(task, results, Member(task.name)), (task.name,)
    singles: dict[str, dict[int, float]] = {run.backend: {} for run in scores}
    for run, best in scores.items():
        if run.members == alone:
            singles[run.backend][run.seed] = best
    return {
        run: bool(is_stuck(best, majority, singles[run.backend], run.seed, alone=run.members == alone))
        for run, best in scores.items()
    }


def _above(best: float, majority: float) -> float:
    """Without what a subtraction adds in the last digits, so that ten points are ten."""
    return round(best - majority, 9)


def majority_score(task: Task, metric: str, train: pd.DataFrame, rows: pd.DataFrame) -> float:
    """The score, on rows, of always answering the training split's most frequent label; NaN: undefined."""
    guess = OBJECTIVES[task.objective].majority(train["label"], rows["label"])
    return score(task, metric, rows["label"], guess)


def selection_majority(task: Task, results: str | Path, member: Member, seed: int = 42) -> float:
    """Majority's score by the metric that decides for a task on the selection split, or on a member's fold.

    NaN where the fold holds no row of the task.
    """
    splits = folded(read_splits(Path(results) / "data", task), member, seed)
    rows = splits.select
    return majority_score(task, task.decides, splits.train, rows) if len(rows) else math.nan


def selection_score(metrics: str | Path, task: Task) -> float:
    """A run's score on the selection split by the metric that decides for a task, at its best epoch there."""
    return best_epoch(read_scores(metrics), task, "select")[1]
