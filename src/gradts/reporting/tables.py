"""The paper's tables of scores as CSV for programs and Markdown for people."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain, product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gradts.artifacts import write_csv, write_text
from gradts.data.objectives import OBJECTIVES
from gradts.data.splits import read_splits
from gradts.members import Member
from gradts.provenance import Job
from gradts.reporting.comparison import taken_over
from gradts.reporting.facts import warned
from gradts.reporting.paper import DECIMALS, Printed, read_printed
from gradts.reporting.predictions import read_predictions
from gradts.reporting.specs import GENERATED, HAS_GENERATED, Row, TableSpec, answer_of
from gradts.reporting.stuck import is_stuck, majority_score, selection_majority, selection_score
from gradts.selection.evidence import Wanted, finished_files
from gradts.specs import ERRORS, Task
from gradts.training.scores import read_scores, reported
from gradts.truth.statistics import Compared, Interval, compared, holm, told

# The control without which scores on small data cannot be read.
MAJORITY = "Majority"
# A metric that a run's predictions do not define (a correlation with a constant), or of a diverged run.
UNDEFINED = "undefined"
UNTOLD = "Without a Single-Task row stuck runs are not marked; `stability.md` lists those behind Table 2."
OWN_UNITS = "Errors ({names}) are in the units of the task's targets, not in percent; lower is better."
UNCOMPARED = "Without a Single-Task row no cell is marked as better or worse."
ONE_SEED = (
    "One seed: no intervals, and no cell is marked as better or worse, since other seeds are not known."
)
OTHER_EPOCH = (
    "No intervals, and no cell is marked as better or worse: runs keep the answers of the epoch that is best "
    "by the `select` split."
)
PRINTED = "In brackets: the figure printed in the paper (bert-base-cased, full data)."


Run = tuple[str, tuple[str, ...], int]  # backend, members, seed


class Cell(NamedTuple):
    """What a row of a table tells of one task.

    `runs`: of every distinct chosen set, seed → run; `scores`: of each of these runs column → dev score;
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
        lambda cell: cell.columns if cell.stuck else (),
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
        lambda cell: cell.columns if cell.undecided else (),
    ),
}
# Of a table that has intervals.
REAL = {
    "better": Mark("▲", "better than Single-Task", lambda cell: cell.real(1)),
    "worse": Mark("▼", "worse than Single-Task", lambda cell: cell.real(-1)),
}


def column(task: str, metric: str, split: str) -> str:
    """`cola_mcc`, `mnli_accuracy_matched`."""
    return "_".join([task, metric, *split.split("_")[1:]])


def is_error(task: str, name: str) -> bool:
    """Whether a task's column holds an error."""
    return name.removeprefix(f"{task}_").split("_")[0] in ERRORS


def _style(task: str, name: str) -> tuple[int, str]:
    """What a column's scores are multiplied with, and their format: percent of two decimals.

    Of errors, which are in units of their own, six digits.
    """
    return (1, "%.6g") if is_error(task, name) else (100, DECIMALS)


def shown(task: str, scores: Sequence[Sequence[Mapping[str, float]]]) -> dict[str, str]:
    """Column → mean of a task's runs that have a value, set → seed → run; UNDEFINED where none has one.

    `_sd`: the standard deviation over seeds of the mean over sets; `_draws_sd`: over sets of the mean over
    seeds. Of one seed the only deviation there is, over sets, is `_sd`.
    """
    row: dict[str, str] = {}
    for name in scores[0][0]:
        factor, text = _style(task, name)
        grid = np.ma.masked_invalid([[factor * run[name] for run in of_set] for of_set in scores])
        values = grid.compressed()
        row[name] = text % values.mean() if len(values) else UNDEFINED
        of_seeds, of_sets = (grid.mean(axis).compressed() for axis in (0, 1))
        deviations = {"_sd": of_seeds, "_draws_sd": of_sets} if grid.shape[1] > 1 else {"_sd": of_sets}
        row |= {name + key: text % of.std(ddof=1) for key, of in deviations.items() if len(of) > 1}
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
    known = spec.seeds if "single-task" in spec.methods else []
    majority = selection_majority(task, results) if known else math.nan
    cells = []
    for row in spec.rows():
        answers = [answer_of(spec, results, row.backend, answer, task.name) for answer in row.answers]
        sets = dict.fromkeys(tuple(answer["members"]) for answer in answers)
        runs = [[(row.backend, members, seed) for seed in spec.seeds] for members in sets]
        singles = {
            seed: selection_score(_metrics(results, (row.backend, (task.name,), seed)), task)
            for seed in known
        }
        stuck = any(
            is_stuck(
                selection_score(_metrics(results, run), task),
                majority,
                singles,
                run[2],
                alone=run[1] == (task.name,),
            )
            for run in chain(*runs)
        )
        scores = [[_scores(spec, task, _metrics(results, run)) for run in of_set] for of_set in runs]
        undecided = [text for answer in answers if (text := answer.get("undecided"))]
        cells.append(Cell(row.label, row.backend, task.name, runs, scores, stuck, undecided))
    return cells


def _metrics(results: str, run: Run) -> str:
    backend, members, seed = run
    fields = {"backend": backend, "members": [*members], "seed": seed}
    return finished_files(results)(Wanted("metrics", fields))[0]


def _scores(spec: TableSpec, task: Task, metrics: str) -> dict[str, float]:
    """Column → dev score at the task's best epoch."""
    best = reported(read_scores(metrics), task, spec.decide_on)
    return {column(task.name, metric, split): value for (metric, split), value in best.items()}


def has_intervals(spec: TableSpec) -> bool:
    """Whether it has several seeds, and shows the epochs whose answers runs keep."""
    return len(spec.seeds) > 1 and spec.decide_on == "select"


def with_intervals(spec: TableSpec, results: str, task: Task, cells: list[Cell]) -> list[Cell]:
    """The cells of all rows of a task, with the intervals of their scores over seeds and instances.

    And with their differences to the Single-Task row of their backend, where there is one.
    """
    splits = read_splits(f"{results}/data", task).dev
    runs = sorted({run for cell in cells for of_set in cell.runs for run in of_set})
    answers = {run: read_predictions(results, *run, task, splits) for run in runs}
    known: list[dict[str, Compared]] = [{} for _ in cells]
    for backend, metric, (split, rows) in product(spec.backends, task.metrics, splits.items()):
        places = [place for place, row in enumerate(spec.rows()) if row.backend == backend]
        base = next((i for i, of in enumerate(spec.methods) if of == "single-task"), None)
        arms, labels = [cells[place].runs for place in places], {split: rows["label"].tolist()}
        found = compared(task, metric, labels, answers, arms, base)
        for place, one in zip(places, found, strict=True):
            known[place][column(task.name, metric, split)] = one
    return [cell._replace(known=of) for cell, of in zip(cells, known, strict=True)]


def _after_holm(cells: list[Cell]) -> list[Cell]:
    """With p after Holm over the table, in which the same runs are one test, whatever methods chose them."""
    p = {_test(cell, name): one.p for cell in cells for name, one in cell.known.items()}
    adjusted = dict(zip(p, holm([*p.values()]), strict=True))
    return [cell._replace(p={name: adjusted[_test(cell, name)] for name in cell.known}) for cell in cells]


def _test(cell: Cell, name: str) -> tuple[str, str]:
    return name, str(cell.runs)


def majority_intervals(spec: TableSpec, results: str, task: Task) -> dict[str, Interval]:
    """Column → interval of Majority's score, over instances: every seed has the same."""
    splits = read_splits(f"{results}/data", task)
    found = {}
    for metric, (split, rows) in product(task.metrics, splits.dev.items()):
        labels = rows["label"].tolist()
        guesses = {0: {split: OBJECTIVES[task.objective].majority(splits.train["label"], labels)}}
        (one,) = compared(task, metric, {split: labels}, guesses, [[[0]]])
        found[column(task.name, metric, split)] = one.score
    return found


def _ends(task: str, intervals: Mapping[str, Interval]) -> dict[str, str]:
    """`cola_mcc_low`, `cola_mcc_high`; none where they are undefined."""
    ends = {}
    for name, interval in intervals.items():
        factor, text = _style(task, name)
        for key in ("low", "high"):
            if not math.isnan(end := getattr(interval, key)):
                ends[f"{name}_{key}"] = text % (factor * end)
    return ends


def score_table(
    spec: TableSpec, results: str, paper: str, slips: str, csv: str | Path, markdown: str | Path
) -> None:
    """Write a table of methods × tasks in percent, with the paper's figures beside ours."""
    job = Job(__name__, spec)
    printed = read_printed(paper, slips, spec.number, "method")
    rows: dict[str, dict[str, str]] = {MAJORITY: {}}
    for task in spec.tasks:
        rows[MAJORITY] |= shown(task.name, [[majority_scores(task, results)]])
    names = [*rows[MAJORITY]]  # without deviations and intervals
    of_tasks = [cells_of(spec, results, task) for task in spec.tasks]
    if has_intervals(spec):
        for task in spec.tasks:
            rows[MAJORITY] |= _ends(task.name, majority_intervals(spec, results, task))
        pairs = zip(spec.tasks, of_tasks, strict=True)
        of_tasks = [with_intervals(spec, results, task, of_task) for task, of_task in pairs]
    cells = _after_holm([*chain(*of_tasks)])
    for cell in cells:
        ends = _ends(cell.task, {name: one.score for name, one in cell.known.items()})
        rows.setdefault(cell.row, {}).update({**shown(cell.task, cell.scores), **ends})
    frame = pd.DataFrame.from_dict(rows, orient="index")
    # A row without a deviation leaves it empty.
    frame = frame.fillna(dict.fromkeys(names, UNDEFINED)).fillna("")
    table = frame.copy()
    table.insert(0, "suite", spec.suite + HAS_GENERATED * spec.generated)
    for name, mark in _marks(spec).items():
        marked = [(cell.row, cell.task) for cell in cells if mark.columns(cell)]
        table[name] = [" ".join(task for of, task in marked if of == row) for row in frame.index]
    facts = {"differences": _differences(cells)} if has_intervals(spec) else {}
    write_csv(csv, table, job.record(**facts), index_label="method")
    write_text(markdown, _markdown(spec, results, frame, cells, printed.of(frame.index, names)))


def _marks(spec: TableSpec) -> dict[str, Mark]:
    return MARKS | REAL if has_intervals(spec) else MARKS


def _differences(cells: list[Cell]) -> list[dict[str, Any]]:
    """Those to Single-Task that were tested, as numbers."""
    return [
        {"row": cell.row, "column": name, **one.difference._asdict(), "p": one.p, "holm": cell.p[name]}
        for cell in cells
        for name, one in cell.known.items()
        if not math.isnan(one.p)
    ]


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
        _cells(spec, frame, cells, printed).to_markdown(disable_numparse=True),
        printed.notes(),
        *_compared(cells),
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
    notes += _intervals(spec)
    said = _grouped((text, f"{cell.row} {cell.task}") for cell in cells for text in cell.undecided)
    undecided = "; ".join(f"{text} ({', '.join(places)})" for text, places in said.items())
    found = [mark for mark in _marks(spec).values() if any(map(mark.columns, cells))]
    notes += [f"{mark.sign}: {mark.note.format(undecided=undecided)}." for mark in found]
    return notes + [GENERATED] * spec.generated


def _intervals(spec: TableSpec) -> list[str]:
    """What intervals are over, and whether cells are marked by their difference to Single-Task."""
    if not has_intervals(spec):
        return [ONE_SEED if len(spec.seeds) == 1 else OTHER_EPOCH]
    notes = [f"In square brackets: 95 % intervals {taken_over(len(spec.seeds))} (`docs/statistics.md`)."]
    return notes + [UNCOMPARED] * ("single-task" not in spec.methods)


def _draws(spec: TableSpec, cells: list[Cell]) -> list[str]:
    """What a drawn row's figures are of, and where draws agree."""
    drawn = {row.label: len(row.answers) for row in spec.rows() if len(row.answers) > 1}
    fewer = [cell for cell in cells if len(cell.runs) < drawn.get(cell.row, 0)]
    distinct = ", ".join(f"{cell.row} {cell.task} {len(cell.runs)}" for cell in fewer)
    once = f", equal sets counted once (distinct ones: {distinct})" if fewer else ""
    told = f"mean of {spec.draws} draws, and its deviation over seeds"
    if len(spec.seeds) == 1:
        told = f"mean and deviation of {spec.draws} draws"
    return [f"{', '.join(drawn)}: {told}{once}."] if drawn else []


def _cells(spec: TableSpec, frame: pd.DataFrame, cells: list[Cell], printed: Printed) -> pd.DataFrame:
    """Columns become rows, since a page is narrow; `mean ± sd [low, high] (paper) †`."""
    names = printed.figures.columns

    def beside(key: str) -> pd.DataFrame:
        found = frame.reindex(columns=[f"{name}_{key}" for name in names], fill_value="")
        return found.set_axis(names, axis="columns")

    ends = beside("low") + ", " + beside("high")
    texts = frame[names] + beside("sd").map(lambda sd: f" ± {sd}" if sd else "")
    texts += ends.map(lambda of: f" [{of}]" if of != ", " else "")
    texts += printed.marked().map(lambda figure: f" ({figure})" if figure else "")
    for mark, cell in product(_marks(spec).values(), cells):
        for name in mark.columns(cell):
            texts.loc[cell.row, name] += f" {mark.sign}"
    return texts.T


def _compared(cells: list[Cell]) -> list[str]:
    """The differences to Single-Task, where there are any, as a table of its own."""
    found: dict[str, dict[str, str]] = {cell.row: {} for cell in cells}
    tests = set()
    for cell in cells:
        for name, p in cell.p.items():
            if not math.isnan(p):
                factor, text = _style(cell.task, name)
                more, low, high = (text % (factor * value) for value in cell.known[name].difference)
                signed = more if more.startswith("-") else f"+{more}"
                found[cell.row][name] = f"{signed} [{low}, {high}] p {p:.4f}"
                tests.add(_test(cell, name))
    if not tests:
        return []
    return [
        "## Differences to Single-Task",
        f"With 95 % intervals, and p of a test that swaps both answers to single instances, after Holm over "
        f"these cells (distinct ones: {len(tests)}); `▲`, `▼`: both agree.",
        pd.DataFrame({row: of for row, of in found.items() if of})
        .fillna("")
        .to_markdown(disable_numparse=True),
    ]


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
