"""The paper's tables as CSV for programs and Markdown for people."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from gradts.artifacts import Job, atomic, read_json, sidecar, write_json, write_text
from gradts.data.splits import read_splits
from gradts.selection.search import TableSpec, run_file
from gradts.specs import Member
from gradts.training.metrics import majority, score
from gradts.training.record import read_record, reported

# Row names as the paper prints them; the majority class is our control.
MAJORITY = "Majority"
ROWS = {
    "single-task": "Single-Task",
    "no-sel": "NO-SEL",
    "gradts-thres": "GradTS-thres",
    "gradts-trial": "GradTS-trial",
    "gradts-fg": "GradTS-fg",
}


def column(task: str, metric: str, split: str) -> str:
    """`cola_mcc`, `mnli_accuracy_matched`."""
    return "_".join([task, metric, *split.split("_")[1:]])


def percent(scores: list[dict[str, float]]) -> dict[str, float]:
    """Mean over seeds in percent, two decimals; with several seeds their standard deviation too."""
    row: dict[str, float] = {}
    for name in scores[0]:
        values = 100 * np.array([of_seed[name] for of_seed in scores])
        row[name] = round(float(values.mean()), 2)
        if len(values) > 1:
            row[f"{name}_sd"] = round(float(values.std(ddof=1)), 2)
    return row


def majority_row(spec: TableSpec, results: str) -> dict[str, float]:
    """Scores of always answering the training split's most frequent label."""
    row = {}
    for task in spec.tasks:
        splits = read_splits(f"{results}/data", task)
        for split, frame in splits.dev.items():
            guess = majority(splits.train["label"], len(frame))
            for metric in task.metrics:
                row[column(task.name, metric, split)] = score(metric, frame["label"], guess)
    return row


def selection_file(results: str, spec: TableSpec, method: str, primary: str) -> str:
    """Path of a method's answer for a primary task."""
    return f"{results}/selection/{spec.backend}/{spec.suite}/{method}/{primary}.json"


def method_row(spec: TableSpec, results: str, method: str, seed: int) -> dict[str, float]:
    """Dev scores of every primary task in the joint run of the set that a method chose for it."""
    row = {}
    for task in spec.tasks:
        answer = read_json(selection_file(results, spec, method, task.name))
        members = [Member.parse(name) for name in answer["members"]]
        record = read_record(run_file(results, spec.backend, members, seed))
        for (metric, split), value in reported(record, task, spec.decide_on).items():
            row[column(task.name, metric, split)] = value
    return row


def table2(spec: TableSpec, results: str, paper: str, csv: str | Path, markdown: str | Path) -> None:
    """Write Table 2: methods × tasks, in percent, with the paper's figures beside ours."""
    job = Job(__name__, asdict(spec))
    rows = {MAJORITY: percent([majority_row(spec, results)])}
    for method in spec.methods:
        scores = [method_row(spec, results, method, seed) for seed in spec.seeds]
        rows[ROWS[method]] = percent(scores)
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.insert(0, "suite", f"{spec.suite} (generated)" if spec.generated else spec.suite)
    with atomic(csv) as part:
        frame.to_csv(part, index_label="method", float_format="%.2f")
    write_json(sidecar(csv), job.record(rows=len(frame)))
    write_text(markdown, _markdown(spec, results, frame, pd.read_csv(paper, index_col="method")))


def _markdown(spec: TableSpec, results: str, frame: pd.DataFrame, paper: pd.DataFrame) -> str:
    origin = (
        "All tasks are **generated** by this project (a demo suite, not GLUE); their scores say nothing "
        "about natural language."
        if spec.generated
        else "In brackets: the figure printed in the paper (bert-base-cased, full data)."
    )
    return (
        "\n\n".join(
            [
                f"# Table 2: suite `{spec.suite}`, backend `{spec.backend}`",
                f"Dev scores in percent, best epoch by the `{spec.decide_on}` split, "
                f"seeds {', '.join(map(str, spec.seeds))}. {origin}",
                _cells(frame.drop(columns="suite"), paper).to_markdown(),
                "## Chosen auxiliary tasks (share of their training instances)",
                _chosen(spec, results).to_markdown(),
                "## Size of the splits",
                _sizes(spec, results).to_markdown(),
            ]
        )
        + "\n"
    )


def _cells(frame: pd.DataFrame, paper: pd.DataFrame) -> pd.DataFrame:
    """Columns become rows, since a page is narrow; `mean ± sd (paper)`."""
    cells = {}
    for name in (name for name in frame if not name.endswith("_sd")):
        cells[name] = {}
        for method in frame.index:
            text = f"{frame.loc[method, name]:.2f}"
            if f"{name}_sd" in frame:
                deviation = frame.loc[method, f"{name}_sd"]
                text += "" if np.isnan(deviation) else f" ± {deviation:.2f}"
            if name in paper and method in paper.index:
                text += f" ({paper.loc[method, name]:.2f})"
            cells[name][method] = text
    return pd.DataFrame.from_dict(cells, orient="index")


def _chosen(spec: TableSpec, results: str) -> pd.DataFrame:
    chosen: dict[str, dict[str, str]] = {}
    for task in spec.tasks:
        chosen[task.name] = {}
        for method in spec.methods:
            shares = read_json(selection_file(results, spec, method, task.name))["auxiliaries"]
            names = [name if share == 1 else f"{name} {share:.0%}" for name, share in shares.items()]
            chosen[task.name][ROWS[method]] = ", ".join(names) or "none"
    uninformative = [ROWS[method] for method in ("single-task", "no-sel") if method in spec.methods]
    return pd.DataFrame.from_dict(chosen, orient="index").drop(columns=uninformative)


def _sizes(spec: TableSpec, results: str) -> pd.DataFrame:
    sizes = {}
    for task in spec.tasks:
        splits = read_splits(f"{results}/data", task)
        scored = {name: len(frame) for name, frame in splits.scored().items()}
        dev = json.dumps({name: count for name, count in scored.items() if name != "select"})
        sizes[task.name] = {"train": len(splits.train), "select": scored["select"], "dev": dev.strip("{}")}
    return pd.DataFrame.from_dict(sizes, orient="index")
