"""What the rows of a score table tell of a task: scores of runs, how sure they are, whether one is stuck."""

import math
from collections.abc import Mapping
from itertools import chain, product
from typing import NamedTuple

from gradts.data.objectives import OBJECTIVES
from gradts.data.splits import read_splits
from gradts.reporting.runs import Run, metrics_of, read_predictions
from gradts.reporting.specs import TableSpec, answer_of, counted
from gradts.reporting.stuck import majority_score, stuck_runs
from gradts.specs import ERRORS, Task
from gradts.training.scores import read_scores, reported
from gradts.truth.statistics import Compared, Interval, compared, holm, told


class Cell(NamedTuple):
    """What a row of a table tells of one task.

    `runs`: of every chosen set that counts (see specs.counted), seed → run; `scores`: of each of these runs
    column → dev score;
    `stuck`: whether one of them is; `undecided`: what keeps the evidence of the answers from deciding;
    `known`: column → its interval and difference to Single-Task (see with_intervals); `p`: after Holm.
    """

    row: str
    backend: str
    task: str
    runs: list[list[Run]]
    scores: list[list[dict[str, float]]]
    stuck: bool
    undecided: list[str]
    known: Mapping[str, Compared] = {}
    p: Mapping[str, float] = {}

    @property
    def columns(self) -> list[str]:
        return [*self.scores[0][0]]

    def partly_undefined(self) -> list[str]:
        """Columns of which some runs have a score, and others none."""
        runs = [*chain(*self.scores)]
        return [name for name in self.columns if len({math.isnan(run[name]) for run in runs}) > 1]

    def real(self, sign: int) -> list[str]:
        """Columns whose difference to Single-Task can be told: the better ones, 1, or the worse ones, −1."""
        signs = {name: -sign if is_error(self.task, name) else sign for name in self.known}
        return [name for name, one in self.known.items() if told(one, self.p[name]) == signs[name]]


def column(task: str, metric: str, split: str) -> str:
    """`cola_mcc`, `mnli_accuracy_matched`."""
    return "_".join([task, metric, *split.split("_")[1:]])


def is_error(task: str, name: str) -> bool:
    """Whether a task's column holds an error."""
    return name.removeprefix(f"{task}_").split("_")[0] in ERRORS


def cells_of(spec: TableSpec, results: str, task: Task) -> list[Cell]:
    """What every row tells of one task.

    The Single-Task row tells what can be learnt: without it nothing can be told to be stuck, and no run is
    made to tell.
    """
    answers = [
        [answer_of(spec, results, row.backend, answer, task.name) for answer in row.answers]
        for row in spec.rows()
    ]
    arms = [
        [
            [Run(row.backend, members, seed) for seed in spec.seeds]
            for members in counted(row.method, [answer["members"] for answer in of_row])
        ]
        for row, of_row in zip(spec.rows(), answers, strict=True)
    ]
    runs = dict.fromkeys(run for arm in arms for of_set in arm for run in of_set)
    stuck = stuck_runs(task, results, runs) if "single-task" in spec.methods else {}
    scores = {run: _scores(spec, task, metrics_of(results, run)) for run in runs}
    return [
        Cell(
            row=row.label,
            backend=row.backend,
            task=task.name,
            runs=arm,
            scores=[[scores[run] for run in of_set] for of_set in arm],
            stuck=any(stuck.get(run) for run in chain(*arm)),
            undecided=[text for answer in of_row if (text := answer.get("undecided"))],
        )
        for row, arm, of_row in zip(spec.rows(), arms, answers, strict=True)
    ]


def _scores(spec: TableSpec, task: Task, metrics: str) -> dict[str, float]:
    """Column → dev score at the task's best epoch."""
    best = reported(read_scores(metrics), task, spec.decide_on)
    return {column(task.name, metric, split): value for (metric, split), value in best.items()}


def has_intervals(spec: TableSpec) -> bool:
    """Whether it has several seeds, shows the epochs whose answers runs keep, and dev decided nothing."""
    return len(spec.seeds) > 1 and spec.decide_on == spec.chosen_on == "select"


def with_intervals(spec: TableSpec, results: str, task: Task, cells: list[Cell]) -> list[Cell]:
    """The cells of all rows of a task, with the intervals of their scores over seeds and instances.

    And with their differences to the Single-Task row of their backend, where there is one.
    """
    splits = read_splits(f"{results}/data", task).dev
    runs = sorted({run for cell in cells for of_set in cell.runs for run in of_set})
    answers = {run: read_predictions(results, run, task, splits) for run in runs}
    known: list[dict[str, Compared]] = [{} for _ in cells]
    for backend, metric, (split, rows) in product(spec.backends, task.metrics, splits.items()):
        places = [place for place, row in enumerate(spec.rows()) if row.backend == backend]
        base = next((i for i, of in enumerate(spec.methods) if of == "single-task"), None)
        arms, labels = [cells[place].runs for place in places], {split: rows["label"].tolist()}
        found = compared(task, metric, labels, answers, arms, base)
        for place, one in zip(places, found, strict=True):
            known[place][column(task.name, metric, split)] = one
    return [cell._replace(known=of) for cell, of in zip(cells, known, strict=True)]


def after_holm(cells: list[Cell]) -> list[Cell]:
    """With p after Holm over the table, in which the same runs are one test, whatever methods chose them."""
    p = {which_test(cell, name): one.p for cell in cells for name, one in cell.known.items()}
    adjusted = dict(zip(p, holm([*p.values()]), strict=True))
    return [
        cell._replace(p={name: adjusted[which_test(cell, name)] for name in cell.known}) for cell in cells
    ]


def which_test(cell: Cell, name: str) -> tuple[str, str]:
    return name, str(sorted(cell.runs))


def majority_intervals(results: str, task: Task) -> dict[str, Interval]:
    """Column → interval of Majority's score, over instances: every seed has the same."""
    splits = read_splits(f"{results}/data", task)
    found = {}
    for metric, (split, rows) in product(task.metrics, splits.dev.items()):
        labels = rows["label"].tolist()
        guesses = {0: {split: OBJECTIVES[task.objective].majority(splits.train["label"], labels)}}
        (one,) = compared(task, metric, {split: labels}, guesses, [[[0]]])
        found[column(task.name, metric, split)] = one.score
    return found


def majority_scores(task: Task, results: str) -> dict[str, float]:
    """Dev scores of always answering the training split's most frequent label; a task's columns."""
    splits = read_splits(f"{results}/data", task)
    return {
        column(task.name, metric, split): majority_score(task, metric, splits.train, frame)
        for split, frame in splits.dev.items()
        for metric in task.metrics
    }
