"""What must be said of cells of a score table: signs behind them."""

from collections.abc import Callable, Collection
from typing import NamedTuple

from gradts.reporting.cells import Cell, has_intervals
from gradts.reporting.specs import TableSpec


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


def marks_of(spec: TableSpec) -> dict[str, Mark]:
    return MARKS | REAL if has_intervals(spec) else MARKS
