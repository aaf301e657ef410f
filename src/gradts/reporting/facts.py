"""Statistics of a suite, and the paper's tables of them as CSV for programs and Markdown for people."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from gradts.artifacts import write_csv
from gradts.data.drawing import keys
from gradts.data.splits import read_splits
from gradts.layout import inside, sidecar
from gradts.provenance import Job
from gradts.readings import read_facts, read_statistics
from gradts.reporting.pages import listed, write_page
from gradts.reporting.paper import DECIMALS, beside, read_printed
from gradts.reporting.specs import GENERATED, FactTableSpec, StatisticsSpec

# What the facts of a task hold.
KINDS = {"rows": dict, "mean_length": float, "warnings": list}


def statistics(spec: StatisticsSpec, data: str | Path, out: str | Path) -> None:
    """Sum up a suite's tasks: size and mean sentence length of the source, objective, labels, type.

    Reads `{data}/{task}/statistics.json` and the prepared splits. The record tells how many selection rows'
    text is trained on, where any is (`leaks`: task → task that trains on it → rows), and the `warnings` of
    every task that has some.
    """
    job = Job(__name__, spec)
    rows, warnings = {}, {}
    for task in spec.tasks:
        path = inside(Path(data) / task.name, "facts")
        found = read_facts(path, KINDS, {"spec.task": task.name})
        warnings |= {task.name: found["warnings"]} if found["warnings"] else {}
        rows[task.name] = {
            "train": found["rows"]["train"]["source"],
            "mean_length": found["mean_length"],
            "objective": task.objective,
            "labels": len(task.labels),
            "type": spec.types.get(task.name, ""),
        }
    leaks = _leaks(spec, data)
    if leaks:
        told = (f"{rows} of {task} in {other}" for task, of in leaks.items() for other, rows in of.items())
        print(
            f"suite {spec.suite}: selection rows are trained on: {', '.join(told)}; their text was moved for "
            "a rare class, a source brings its select split, or seeds or fractions of the splits differ",
            file=sys.stderr,
        )
    frame = pd.DataFrame.from_dict(rows, orient="index")
    write_csv(out, frame, job.record(leaks=leaks, warnings=warnings), index_label="task")


def _leaks(spec: StatisticsSpec, data: str | Path) -> dict[str, dict[str, int]]:
    select, train = [], []
    for task in spec.tasks:
        splits = read_splits(data, task)
        chosen, trained = (map(hash, keys(rows)) for rows in (splits.select, splits.train))
        select.append(pd.DataFrame({"key": chosen, "select": task.name}))
        train.append(pd.DataFrame({"key": trained, "train": task.name}).drop_duplicates())
    shared = pd.concat(select).merge(pd.concat(train), on="key").groupby(["select", "train"]).size()
    return {task: of.droplevel("select").to_dict() for task, of in shared.groupby("select")}


# Table → what its columns are called, and its title.
FACTS = {
    "1": (
        {"objective": "objective", "labels": "labels", "train": "train"},
        "Training instances of the source, objective and number of labels.",
    ),
    "7": (
        {"train": "size", "mean_length": "length", "type": "type"},
        "Instances and whitespace tokens of the source's training split, before splits and caps.",
    ),
}


def fact_table(spec: FactTableSpec, statistics: str, paper: str, slips: str, csv: str, markdown: str) -> None:
    """Write Table 1 or 7: what is known of every task of a suite."""
    job = Job(__name__, spec)
    columns, title = FACTS[spec.number]
    read_statistics(statistics)
    facts = pd.read_csv(statistics, index_col="task")[[*columns]].rename(columns=columns).round(2)
    printed = read_printed(paper, slips, spec.number, "task")
    frame, text = beside(facts, printed, {name: f"paper_{name}" for name in printed.figures})
    write_csv(csv, frame, job.record(), index_label="task", float_format=DECIMALS)
    source = f" {GENERATED}" if spec.generated else ""
    record = sidecar(statistics)
    warnings = read_facts(record, {"warnings": dict}, {})["warnings"] if record.exists() else {}
    told = warned(warnings)
    parts = [f"# Table {spec.number}", f"{title}{source}", text, *(["## Warnings", told] if told else [])]
    write_page(markdown, "\n\n".join(parts) + "\n")


def warned(warnings: Mapping[str, Sequence[str]]) -> str:
    """Task → what must be said of its prepared splits, as lines of a Markdown list."""
    return listed(f"{task}: {text}" for task, of in warnings.items() for text in of)
