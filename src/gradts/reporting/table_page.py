"""A score table as a page for people: Markdown."""

import math
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

import pandas as pd

from gradts.data.splits import read_splits
from gradts.members import Member
from gradts.reporting.cells import Cell, has_intervals, is_error, which_test
from gradts.reporting.comparison import taken_over
from gradts.reporting.facts import warned
from gradts.reporting.marks import marks_of
from gradts.reporting.pages import listed
from gradts.reporting.paper import DECIMALS, Printed
from gradts.reporting.specs import GENERATED, SEEN, UNDEFINED, Row, TableSpec, answer_of, percent
from gradts.specs import ERRORS

UNTOLD = "Without a Single-Task row stuck runs are not marked; `stability.md` lists those behind Table 2."
OWN_UNITS = "Errors ({names}) are in the units of the task's targets, not in percent; lower is better."
UNCOMPARED = "Without a Single-Task row no cell is marked as better or worse."
ONE_SEED = (
    "One seed: no intervals, and no cell is marked as better or worse, since other seeds are not known."
)
UNMARKED = "No intervals, and no cell is marked as better or worse"
OTHER_EPOCH = f"{UNMARKED}: runs keep the answers of the epoch that is best by the `select` split."
PRINTED = "In parentheses: the figure printed in the paper (bert-base-cased, full data)."


def page(spec: TableSpec, results: str, frame: pd.DataFrame, cells: list[Cell], printed: Printed) -> str:
    """The page of a table: its cells as they are shown, and what must be said of them."""
    backends = ", ".join(f"`{backend}`" for backend in spec.backends)
    undefined = bool((frame[printed.figures.columns] == UNDEFINED).to_numpy().any())
    seeds = ", ".join(map(str, spec.seeds))
    what = f"Dev scores in percent, best epoch by the `{spec.decide_on}` split, seeds {seeds}."
    notes = _notes(spec, cells, undefined)
    notes += [PRINTED] * bool((printed.figures != "").to_numpy().any())
    parts = [
        f"# Table {spec.number}: suite `{spec.suite}`, backend {backends}",
        " ".join([what] + [GENERATED] * spec.generated),
        *_cautions(spec, results),
        _cells(spec, frame, cells, printed).to_markdown(disable_numparse=True),
        listed(notes + printed.notes()),
        *_compared(cells),
        *_chosen(spec, results),
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
    found = [mark for mark in marks_of(spec).values() if any(map(mark.columns, cells))]
    return notes + [f"{mark.sign}: {mark.note.format(undecided=undecided)}." for mark in found]


def _intervals(spec: TableSpec) -> list[str]:
    """What intervals are over, and whether cells are marked by their difference to Single-Task."""
    if not has_intervals(spec):
        seen = [SEEN] * (spec.chosen_on == "dev")
        if len(spec.seeds) == 1:
            return [ONE_SEED, *seen]
        return [f"{UNMARKED}." if spec.decide_on == "select" else OTHER_EPOCH, *seen]
    notes = [f"In square brackets: 95 % intervals {taken_over(len(spec.seeds))} (`docs/statistics.md`)."]
    return notes + [UNCOMPARED] * ("single-task" not in spec.methods)


def _draws(spec: TableSpec, cells: list[Cell]) -> list[str]:
    """What a drawn row's figures are of, and where draws agree."""
    drawn = {row.label: len(row.answers) for row in spec.rows() if len(row.answers) > 1}
    sets = {(cell.row, cell.task): len({*map(tuple, cell.runs)}) for cell in cells}
    fewer = [f"{row} {task} {number}" for (row, task), number in sets.items() if number < drawn.get(row, 0)]
    once = f" (distinct sets: {', '.join(fewer)})" if fewer else ""
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
    for mark, cell in product(marks_of(spec).values(), cells):
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
                factor, text = style(cell.task, name)
                more, low, high = (text % (factor * value) for value in cell.known[name].difference)
                signed = more if more.startswith("-") else f"+{more}"
                found[cell.row][name] = f"{signed} [{low}, {high}] p {p:.4f}"
                tests.add(which_test(cell, name))
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


def _chosen(spec: TableSpec, results: str) -> list[str]:
    """What every row chose for every task; nothing where no row chooses."""

    def sets(row: Row, primary: str) -> str:
        answers = (answer_of(spec, results, row.backend, answer, primary) for answer in row.answers)
        return " / ".join(_set_text(answer, primary) for answer in answers)

    told = [row for row in spec.rows() if row.method not in ("single-task", "no-sel")]
    chosen = {task.name: {row.label: sets(row, task.name) for row in told} for task in spec.tasks}
    table = pd.DataFrame.from_dict(chosen, orient="index")
    return ["## Chosen auxiliary tasks (share of their instances)", table.to_markdown()] if told else []


def _set_text(answer: Mapping[str, Any], primary: str) -> str:
    """The auxiliary tasks; where the primary's own instances are repeated, that."""
    shares, members = answer["auxiliaries"], map(Member.parse, answer["members"])
    names = [str(one) for one in members if one.task == primary and one.subset]
    names += [name if share == 1 else f"{name} {percent(share)}" for name, share in shares.items()]
    return ", ".join(names) or "none"


def _sizes(spec: TableSpec, results: str) -> list[str]:
    """A table of the splits' sizes, and what must be said of the splits."""
    sizes, warnings = {}, {}
    for task in spec.tasks:
        splits = read_splits(f"{results}/data", task)
        dev = ", ".join(f"{name} {len(frame)}" for name, frame in splits.dev.items()).removeprefix("dev ")
        sizes[task.name] = {"train": len(splits.train), "select": len(splits.select), "dev": dev}
        warnings[task.name] = splits.warnings
    return [pd.DataFrame.from_dict(sizes, orient="index").to_markdown(), warned(warnings)]


def style(task: str, name: str) -> tuple[int, str]:
    """What a column's scores are multiplied with, and their format: percent of two decimals.

    Of errors, which are in units of their own, six digits.
    """
    return (1, "%.6g") if is_error(task, name) else (100, DECIMALS)
