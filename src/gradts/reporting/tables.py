"""The paper's tables of scores as CSV for programs and Markdown for people."""

import math
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gradts.artifacts import write_csv
from gradts.provenance import Job
from gradts.reporting.cells import (
    Cell,
    after_holm,
    cells_of,
    has_intervals,
    majority_intervals,
    majority_scores,
    with_intervals,
)
from gradts.reporting.marks import marks_of
from gradts.reporting.pages import write_page
from gradts.reporting.paper import read_printed
from gradts.reporting.specs import HAS_GENERATED, TableSpec
from gradts.reporting.table_page import UNDEFINED, page, style
from gradts.truth.statistics import Interval

# The control without which scores on small data cannot be read.
MAJORITY = "Majority"


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
            rows[MAJORITY] |= _ends(task.name, majority_intervals(results, task))
        pairs = zip(spec.tasks, of_tasks, strict=True)
        of_tasks = [with_intervals(spec, results, task, of_task) for task, of_task in pairs]
    cells = after_holm([*chain(*of_tasks)])
    for cell in cells:
        ends = _ends(cell.task, {name: one.score for name, one in cell.known.items()})
        rows.setdefault(cell.row, {}).update({**shown(cell.task, cell.scores), **ends})
    frame = pd.DataFrame.from_dict(rows, orient="index")
    # A row without a deviation leaves it empty.
    frame = frame.fillna(dict.fromkeys(names, UNDEFINED)).fillna("")
    table = frame.copy()
    table.insert(0, "suite", spec.suite + HAS_GENERATED * spec.generated)
    for name, mark in marks_of(spec).items():
        marked = [(cell.row, cell.task) for cell in cells if mark.columns(cell)]
        table[name] = [" ".join(task for of, task in marked if of == row) for row in frame.index]
    facts = {"differences": _differences(cells)} if has_intervals(spec) else {}
    write_csv(csv, table, job.record(**facts), index_label="method")
    write_page(markdown, page(spec, results, frame, cells, printed.of(frame.index, names)))


def shown(task: str, scores: Sequence[Sequence[Mapping[str, float]]]) -> dict[str, str]:
    """Column → mean of a task's runs that have a value, set → seed → run; UNDEFINED where none has one.

    `_sd`: the standard deviation over seeds of the mean over sets; `_draws_sd`: over sets of the mean over
    seeds. Of one seed the only deviation there is, over sets, is `_sd`.
    """
    row: dict[str, str] = {}
    for name in scores[0][0]:
        factor, text = style(task, name)
        grid = np.ma.masked_invalid([[factor * run[name] for run in of_set] for of_set in scores])
        values = grid.compressed()
        row[name] = text % values.mean() if len(values) else UNDEFINED
        of_seeds, of_sets = (grid.mean(axis).compressed() for axis in (0, 1))
        deviations = {"_sd": of_seeds, "_draws_sd": of_sets} if grid.shape[1] > 1 else {"_sd": of_sets}
        row |= {name + key: text % of.std(ddof=1) for key, of in deviations.items() if len(of) > 1}
    return row


def _ends(task: str, intervals: Mapping[str, Interval]) -> dict[str, str]:
    """`cola_mcc_low`, `cola_mcc_high`; none where they are undefined."""
    ends = {}
    for name, interval in intervals.items():
        factor, text = style(task, name)
        for key in ("low", "high"):
            if not math.isnan(end := getattr(interval, key)):
                ends[f"{name}_{key}"] = text % (factor * end)
    return ends


def _differences(cells: list[Cell]) -> list[dict[str, Any]]:
    """Those to Single-Task that were tested, as numbers."""
    return [
        {"row": cell.row, "column": name, **one.difference._asdict(), "p": one.p, "holm": cell.p[name]}
        for cell in cells
        for name, one in cell.known.items()
        if not math.isnan(one.p)
    ]
