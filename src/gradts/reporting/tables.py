"""The paper's tables of scores as CSV for programs and Markdown for people."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gradts.artifacts import write_csv, write_text
from gradts.data.splits import read_splits
from gradts.members import Member
from gradts.provenance import Job
from gradts.reporting.facts import warned
from gradts.reporting.paper import DECIMALS, Printed, read_printed
from gradts.reporting.specs import GENERATED, HAS_GENERATED, Row, TableSpec, answer_of
from gradts.reporting.stuck import is_stuck, majority_score, selection_majority, selection_score
from gradts.selection.evidence import Wanted, finished_files
from gradts.specs import ERRORS, Task
from gradts.training.scores import read_scores, reported

# The control without which scores on small data cannot be read.
MAJORITY = "Majority"
# A metric that a run's predictions do not define (a correlation with a constant), or of a diverged run.
UNDEFINED = "undefined"
UNTOLD = "Without a Single-Task row stuck runs are not marked; `stability.md` lists those behind Table 2."
OWN_UNITS = "Errors ({names}) are in the units of the task's targets, not in percent; lower is better."
PRINTED = "In brackets: the figure printed in the paper (bert-base-cased, full data)."


class Cell(NamedTuple):
    """What a row of a table tells of one task.

    `sets`: distinct chosen sets; `scores`: column → dev score, of the run of every set under every seed;
    `stuck`: whether one of these runs is; `undecided`: what keeps the evidence of the answers from deciding.
    """

    row: str
    task: str
    sets: list[list[str]]
    scores: list[dict[str, float]]
    stuck: bool
    undecided: list[str]

    def partly_undefined(self) -> list[str]:
        """Columns of which some runs have a score, and others none."""
        return [name for name in self.scores[0] if len({math.isnan(run[name]) for run in self.scores}) > 1]


class Mark(NamedTuple):
    """What must be said of cells: the sign behind them, its note, and the columns of a cell that have it."""

    sign: str
    note: str
    columns: Callable[[Cell], Collection[str]]


# Column of the CSV that names a row's marked tasks → the mark.
MARKS = {
    "stuck": Mark(
        "†",
        "a run behind it is stuck, at chance on a task that Single-Task learns: it says nothing of the set "
        "(`stability.md` lists stuck runs, `docs/stability.md` tells what to do)",
        lambda cell: cell.scores[0] if cell.stuck else (),
    ),
    "partly_undefined": Mark(
        "§",
        "of some runs behind it the metric has no value, or the training diverged (its `run.json` says so); "
        "the figure is that of the others",
        Cell.partly_undefined,
    ),
    "undecided": Mark(
        "‡",
        "the method's evidence decides nothing: {undecided}; it recommends no task",
        lambda cell: cell.scores[0] if cell.undecided else (),
    ),
}


def column(task: str, metric: str, split: str) -> str:
    """`cola_mcc`, `mnli_accuracy_matched`."""
    return "_".join([task, metric, *split.split("_")[1:]])


def is_error(task: str, name: str) -> bool:
    """Whether a task's column holds an error."""
    return name.removeprefix(f"{task}_").split("_")[0] in ERRORS


def shown(task: str, scores: list[dict[str, float]]) -> dict[str, str]:
    """Column → mean of a task's runs that have a value, in percent; of several their standard deviation too.

    Two decimals; of errors, which are in units of their own, six digits. UNDEFINED where none has a value.
    """
    row: dict[str, str] = {}
    for name in scores[0]:
        factor, text = (1, "%.6g") if is_error(task, name) else (100, DECIMALS)
        values = factor * np.array([run[name] for run in scores if not math.isnan(run[name])])
        row[name] = text % values.mean() if len(values) else UNDEFINED
        if len(values) > 1:
            row[f"{name}_sd"] = text % values.std(ddof=1)
    return row


def majority_scores(task: Task, results: str) -> dict[str, float]:
    """Dev scores of always answering the training split's most frequent label; a task's columns."""
    splits = read_splits(f"{results}/data", task)
    return {
        column(task.name, metric, split): majority_score(task, metric, splits.train, frame)
        for split, frame in splits.dev.items()
        for metric in task.metrics
    }


def cells_of(spec: TableSpec, results: str, task: Task) -> list[Cell]:
    """What every row tells of one task. A set that several draws share counts once.

    The Single-Task row tells what can be learnt: without it nothing can be told to be stuck, and no run is
    made to tell.
    """
    told = spec.seeds if "single-task" in spec.methods else []
    majority = selection_majority(task, results) if told else math.nan
    cells = []
    for row in spec.rows():
        answers = [answer_of(spec, results, row.backend, answer, task.name) for answer in row.answers]
        sets = [[*members] for members in dict.fromkeys(tuple(answer["members"]) for answer in answers)]
        runs = [
            (members, seed, _metrics(results, row, members, seed))
            for members, seed in product(sets, spec.seeds)
        ]
        singles = {seed: selection_score(_metrics(results, row, [task.name], seed), task) for seed in told}
        stuck = any(
            is_stuck(selection_score(path, task), majority, singles, seed, alone=members == [task.name])
            for members, seed, path in runs
        )
        scores = [_scores(spec, task, path) for *_, path in runs]
        undecided = [text for answer in answers if (text := answer.get("undecided"))]
        cells.append(Cell(row.label, task.name, sets, scores, stuck, undecided))
    return cells


def _metrics(results: str, row: Row, members: list[str], seed: int) -> str:
    run = Wanted("metrics", {"backend": row.backend, "members": members, "seed": seed})
    return finished_files(results)(run)[0]


def _scores(spec: TableSpec, task: Task, metrics: str) -> dict[str, float]:
    """Column → dev score at the task's best epoch."""
    best = reported(read_scores(metrics), task, spec.decide_on)
    return {column(task.name, metric, split): value for (metric, split), value in best.items()}


def score_table(
    spec: TableSpec, results: str, paper: str, slips: str, csv: str | Path, markdown: str | Path
) -> None:
    """Write a table of methods × tasks in percent, with the paper's figures beside ours."""
    job = Job(__name__, spec)
    printed = read_printed(paper, slips, spec.number, "method")
    rows: dict[str, dict[str, str]] = {MAJORITY: {}}
    for task in spec.tasks:
        rows[MAJORITY] |= shown(task.name, [majority_scores(task, results)])
    names = [*rows[MAJORITY]]  # without deviations over seeds or draws
    cells = [cell for task in spec.tasks for cell in cells_of(spec, results, task)]
    for cell in cells:
        rows.setdefault(cell.row, {}).update(shown(cell.task, cell.scores))
    frame = pd.DataFrame.from_dict(rows, orient="index")
    # A row without a deviation leaves it empty.
    frame = frame.fillna(dict.fromkeys(names, UNDEFINED)).fillna("")
    table = frame.copy()
    table.insert(0, "suite", spec.suite + HAS_GENERATED * spec.generated)
    for name, mark in MARKS.items():
        marked = [(cell.row, cell.task) for cell in cells if mark.columns(cell)]
        table[name] = [" ".join(task for of, task in marked if of == row) for row in frame.index]
    write_csv(csv, table, job.record(), index_label="method")
    write_text(markdown, _markdown(spec, results, frame, cells, printed.of(frame.index, names)))


def _markdown(spec: TableSpec, results: str, frame: pd.DataFrame, cells: list[Cell], printed: Printed) -> str:
    backends = ", ".join(f"`{backend}`" for backend in spec.backends)
    undefined = bool((frame[printed.figures.columns] == UNDEFINED).to_numpy().any())
    seeds = ", ".join(map(str, spec.seeds))
    notes = [f"Dev scores in percent, best epoch by the `{spec.decide_on}` split, seeds {seeds}."]
    notes += [*_cautions(spec, results), *_notes(spec, cells, undefined)]
    notes += [PRINTED] * bool((printed.figures != "").to_numpy().any())
    parts = [
        f"# Table {spec.number}: suite `{spec.suite}`, backend {backends}",
        " ".join(notes),
        _cells(frame, cells, printed).to_markdown(disable_numparse=True),
        printed.notes(),
        "## Chosen auxiliary tasks (share of their instances)",
        _chosen(spec, results).to_markdown(),
        "## Size of the splits",
        *_sizes(spec, results),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _cautions(spec: TableSpec, results: str) -> list[str]:
    """What must be said of methods whose choices rest on a ranking."""
    answers = (
        (answer_of(spec, results, row.backend, row.answers[0], task.name), row.label)
        for row, task in product(spec.rows(), spec.tasks)
    )
    said = _grouped((answer.get("caution"), label) for answer, label in answers)
    return [f"**{', '.join(labels)}: {caution}.**" for caution, labels in said.items()]


def _grouped(said: Iterable[tuple[str | None, str]]) -> dict[str, list[str]]:
    """What is said → of whom."""
    groups: dict[str, list[str]] = {}
    for text, of in said:
        if text and of not in groups.setdefault(text, []):
            groups[text].append(of)
    return groups


def _notes(spec: TableSpec, cells: list[Cell], undefined: bool) -> list[str]:
    notes = _draws(spec, cells)
    if spec.steps is not None:
        notes.append(
            f"HEU-Size and HEU-Len walk through {spec.steps} candidates at most (the paper: through all)."
        )
    if undefined:
        notes.append(
            f"`{UNDEFINED}`: the metric has no value, or the training diverged (its `run.json` says so)."
        )
    errors = [name for name in ERRORS if any(name in task.metrics for task in spec.tasks)]
    if errors:
        notes.append(OWN_UNITS.format(names=", ".join(errors)))
    if "single-task" not in spec.methods:
        notes.append(UNTOLD)
    said = _grouped((text, f"{cell.row} {cell.task}") for cell in cells for text in cell.undecided)
    undecided = "; ".join(f"{text} ({', '.join(places)})" for text, places in said.items())
    found = [mark for mark in MARKS.values() if any(map(mark.columns, cells))]
    notes += [f"{mark.sign}: {mark.note.format(undecided=undecided)}." for mark in found]
    return notes + [GENERATED] * spec.generated


def _draws(spec: TableSpec, cells: list[Cell]) -> list[str]:
    """What a drawn row's figures are of, and where draws agree."""
    drawn = {row.label: len(row.answers) for row in spec.rows() if len(row.answers) > 1}
    fewer = [cell for cell in cells if len(cell.sets) < drawn.get(cell.row, 0)]
    distinct = ", ".join(f"{cell.row} {cell.task} {len(cell.sets)}" for cell in fewer)
    once = f", equal sets counted once (distinct ones: {distinct})" if fewer else ""
    return [f"{', '.join(drawn)}: mean and deviation of {spec.draws} draws{once}."] if drawn else []


def _cells(frame: pd.DataFrame, cells: list[Cell], printed: Printed) -> pd.DataFrame:
    """Columns become rows, since a page is narrow; `mean ± sd (paper) †`."""
    names = printed.figures.columns
    deviations = frame.reindex(columns=[f"{name}_sd" for name in names], fill_value="")
    texts = frame[names] + deviations.set_axis(names, axis="columns").map(lambda sd: f" ± {sd}" if sd else "")
    texts += printed.marked().map(lambda figure: f" ({figure})" if figure else "")
    for mark, cell in product(MARKS.values(), cells):
        for name in mark.columns(cell):
            texts.loc[cell.row, name] += f" {mark.sign}"
    return texts.T


def _chosen(spec: TableSpec, results: str) -> pd.DataFrame:
    def sets(row: Row, primary: str) -> str:
        answers = (answer_of(spec, results, row.backend, answer, primary) for answer in row.answers)
        return " / ".join(_set_text(answer, primary) for answer in answers)

    told = [row for row in spec.rows() if row.method not in ("single-task", "no-sel")]
    chosen = {task.name: {row.label: sets(row, task.name) for row in told} for task in spec.tasks}
    return pd.DataFrame.from_dict(chosen, orient="index")


def _set_text(answer: Mapping[str, Any], primary: str) -> str:
    """The auxiliary tasks; where the primary's own instances are repeated, that."""
    shares, members = answer["auxiliaries"], map(Member.parse, answer["members"])
    names = [str(one) for one in members if one.task == primary and one.subset]
    names += [name if share == 1 else f"{name} {percent(share)}" for name, share in shares.items()]
    return ", ".join(names) or "none"


def percent(share: float) -> str:
    """Without decimals, but where less than a point is used, or left out: 0.6%, 99.6%."""
    points = 100 * min(share, abs(1 - share))
    decimals = max(0, math.ceil(-math.log10(points))) if points else 0
    return f"{share:.{decimals}%}"


def _sizes(spec: TableSpec, results: str) -> list[str]:
    """A table of the splits' sizes, and what must be said of the splits."""
    sizes, warnings = {}, {}
    for task in spec.tasks:
        splits = read_splits(f"{results}/data", task)
        dev = ", ".join(f"{name} {len(frame)}" for name, frame in splits.dev.items()).removeprefix("dev ")
        sizes[task.name] = {"train": len(splits.train), "select": len(splits.select), "dev": dev}
        warnings[task.name] = splits.warnings
    return [pd.DataFrame.from_dict(sizes, orient="index").to_markdown(), warned(warnings)]
