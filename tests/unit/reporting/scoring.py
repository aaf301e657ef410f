"""Tables of scores from a results folder written by hand."""

import json
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from gradts.reporting.specs import TableSpec
from gradts.reporting.tables import score_table
from gradts.specs import Task
from tests.conftest import yes_no
from tests.unit.by_hand import put_answer, put_answers, put_run, put_splits
from tests.unit.reporting.markdown import tables

A = yes_no("a")
# As MNLI, with two dev splits.
M = Task("m", "classification", ["no", "maybe", "yes"], ["accuracy"], "accuracy")
SPEC = TableSpec("2", "toy", ["tiny"], [A], ["single-task"], 1, [1], "select", False)
MARKS = ("stuck", "partly_undefined", "undecided")  # columns that name a row's marked tasks
UNMARKED = [""] * len(MARKS)
SCORES = {"a select accuracy": [0.5], "a dev accuracy": [0.6125]}


class Made(NamedTuple):
    csv: pd.DataFrame
    cells: dict[str, dict[str, str]]
    chosen: dict[str, dict[str, str]]
    sizes: dict[str, dict[str, str]]
    text: str


def put_results(folder: Path) -> Path:
    """The data of both tasks, and the single-task run of `a`."""
    put_splits(folder, "a", [1, 1, 0], [0, 0, 0], dev=[0, 1, 1])
    put_splits(folder, "m", [2, 1, 2], [0], dev_matched=[2, 0], dev_mismatched=[2, 2, 2, 0])
    put_answer(folder, "single-task", "a")
    put_run(folder, ["a"], SCORES)
    return folder


def made(
    results: Path, paper: str = "method,a_accuracy\nGradTS-fg,1\n", slip: str = "2,x,y,z", **changes
) -> Made:
    """The table's CSV as text, and the parts of its Markdown."""
    (results / "paper.csv").write_text(paper)
    (results / "slips.csv").write_text(f"table,row,column,why\n{slip}\n")
    for metrics in results.rglob("metrics.csv"):  # runs that tell no answers: no intervals
        if not metrics.with_name("predictions.parquet").exists():
            backend, members, seed = metrics.parts[-4:-1]
            put_answers(results, members.split("+"), {}, int(seed.removeprefix("seed")), backend)
    csv, markdown = results / "t.csv", results / "t.md"
    printed = (str(results / name) for name in ("paper.csv", "slips.csv"))
    score_table(replace(SPEC, **changes), str(results), *printed, csv, markdown)
    frame = pd.read_csv(csv, index_col="method", dtype=str, keep_default_na=False)
    assert json.loads((results / "t.json").read_text())["rows"] == len(frame)
    cells, *others = tables(markdown.read_text())
    chosen = (
        others[-2] if "chosen auxiliary tasks" in markdown.read_text().lower() and len(others) > 1 else {}
    )
    return Made(frame, cells, chosen, others[-1], markdown.read_text())
