"""Statistics of a suite, and the paper's tables of them as CSV for programs and Markdown for people."""

from pathlib import Path

import pandas as pd

from gradts.artifacts import write_csv, write_text
from gradts.layout import inside
from gradts.provenance import Job
from gradts.readings import read_facts, read_statistics
from gradts.reporting.paper import DECIMALS, beside, read_printed
from gradts.reporting.specs import FactTableSpec, StatisticsSpec


def statistics(spec: StatisticsSpec, data: str | Path, out: str | Path) -> None:
    """Sum up a suite's tasks: size and mean sentence length of the source, objective, labels, type.

    Reads `{data}/{task}/statistics.json`.
    """
    job = Job(__name__, spec)
    rows = {}
    for task in spec.tasks:
        path = inside(Path(data) / task.name, "facts")
        found = read_facts(path, {"source_rows": dict, "mean_length": float}, {"spec.task": task.name})
        rows[task.name] = {
            "train": found["source_rows"]["train"],
            "mean_length": found["mean_length"],
            "objective": task.objective,
            "labels": len(task.labels),
            "type": spec.types.get(task.name, ""),
        }
    write_csv(out, pd.DataFrame.from_dict(rows, orient="index"), job.record(), index_label="task")


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
    source = " All tasks are **generated** by this project." if spec.generated else ""
    write_text(markdown, f"# Table {spec.number}\n\n{title}{source}\n\n{text}\n")
