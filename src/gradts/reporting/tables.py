"""The paper's tables as CSV for programs and Markdown for people."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gradts.artifacts import Job, atomic, sidecar, write_json, write_text
from gradts.data.splits import read_splits
from gradts.reporting.paper import read_printed
from gradts.reporting.specs import TableSpec
from gradts.selection.evidence import check_run, finished, read_answer, read_checked, read_statistics
from gradts.specs import Member, members_name
from gradts.training.metrics import majority, score
from gradts.training.record import read_record, reported

# The control without which scores on small data cannot be read.
MAJORITY = "Majority"
# A metric that a run's predictions do not define (a correlation with a constant), or of a diverged run.
UNDEFINED = "undefined"


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
            guess = majority(task, splits.train["label"], frame["label"])
            for metric in task.metrics:
                row[column(task.name, metric, split)] = score(metric, frame["label"], guess, task.labels)
    return row


def scores_of(spec: TableSpec, results: str, backend: str, method: str, seed: int) -> dict[str, float]:
    """Dev scores of every primary task in the joint run of the set that a method chose for it."""
    row = {}
    for task in spec.tasks:
        answer = read_answer(finished(results), backend, spec.suite, method, task.name)
        members = members_name(Member.parse(name) for name in answer["members"])
        path = finished(results)("run", {"backend": backend, "members": members, "seed": seed})
        check_run(path, backend, answer["members"], seed)
        record = read_record(path)
        for (metric, split), value in reported(record, task, spec.decide_on).items():
            row[column(task.name, metric, split)] = value
    return row


def score_table(spec: TableSpec, results: str, paper: str, csv: str | Path, markdown: str | Path) -> None:
    """Write a table of methods × tasks, in percent, with the paper's figures beside ours."""
    job = Job(__name__, asdict(spec))
    printed = read_printed(paper, "method")
    rows = {MAJORITY: percent([majority_row(spec, results)])}
    for row in spec.rows():
        rows[row.label] = percent(
            [
                scores_of(spec, results, row.backend, answer, seed)
                for answer in row.answers
                for seed in spec.seeds
            ]
        )
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.insert(0, "suite", f"{spec.suite} (generated)" if spec.generated else spec.suite)
    _write(_marked(frame), job, csv)
    write_text(markdown, _markdown(spec, results, frame, printed))


def _write(frame: pd.DataFrame, job: Job, csv: str | Path, index: str = "method") -> None:
    with atomic(csv) as part:
        frame.to_csv(part, index_label=index, float_format="%.2f")
    write_json(sidecar(csv), job.record(rows=len(frame)))


def _scores(frame: pd.DataFrame) -> list[str]:
    """The columns of a score table that hold scores: not the suite, not deviations over seeds or draws."""
    return [name for name in frame if name != "suite" and not name.endswith("_sd")]


def _marked(frame: pd.DataFrame) -> pd.DataFrame:
    """Scores as text, so that one without a value says so; a row without a deviation leaves it empty."""
    text = frame[_scores(frame)].map(lambda score: UNDEFINED if np.isnan(score) else f"{score:.2f}")
    return frame.assign(**text)


def _markdown(spec: TableSpec, results: str, frame: pd.DataFrame, paper: pd.DataFrame) -> str:
    origin = (
        "All tasks are **generated** by this project (a demo suite, not GLUE); their scores say nothing "
        "about natural language."
        if spec.generated
        else "In brackets: the figure printed in the paper (bert-base-cased, full data)."
    )
    draws = max(len(row.answers) for row in spec.rows())
    notes = f" Random-k: mean and deviation of {draws} draws." if draws > 1 else ""
    if frame[_scores(frame)].isna().to_numpy().any():
        notes += (
            f" `{UNDEFINED}`: the metric has no value, or the training diverged (its `run.json` says so)."
        )
    backends = ", ".join(f"`{backend}`" for backend in spec.backends)
    return (
        "\n\n".join(
            [
                f"# Table {spec.number}: suite `{spec.suite}`, backend {backends}",
                f"Dev scores in percent, best epoch by the `{spec.decide_on}` split, "
                f"seeds {', '.join(map(str, spec.seeds))}.{notes} {origin}",
                _cells(frame.drop(columns="suite"), paper).to_markdown(),
                "## Chosen auxiliary tasks (share of their instances; AUTOSEM: of the primary's batches)",
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
    for name in _scores(frame):
        cells[name] = {}
        for method in frame.index:
            value = frame.loc[method, name]
            text = UNDEFINED if np.isnan(value) else f"{value:.2f}"
            if f"{name}_sd" in frame:
                deviation = frame.loc[method, f"{name}_sd"]
                text += "" if np.isnan(deviation) else f" ± {deviation:.2f}"
            if name in paper and method in paper.index:
                text += f" ({paper.loc[method, name]:.2f})"
            cells[name][method] = text
    return pd.DataFrame.from_dict(cells, orient="index")


def _chosen(spec: TableSpec, results: str) -> pd.DataFrame:
    chosen: dict[str, dict[str, str]] = {}
    told = [row for row in spec.rows() if row.method not in ("single-task", "no-sel")]
    for task in spec.tasks:
        chosen[task.name] = {}
        for row in told:
            sets = [
                read_answer(finished(results), row.backend, spec.suite, answer, task.name)["auxiliaries"]
                for answer in row.answers
            ]
            chosen[task.name][row.label] = " / ".join(map(_set_text, sets))
    return pd.DataFrame.from_dict(chosen, orient="index")


def _set_text(shares: dict[str, float]) -> str:
    names = [name if share == 1 else f"{name} {share:.0%}" for name, share in shares.items()]
    return ", ".join(names) or "none"


def _sizes(spec: TableSpec, results: str) -> pd.DataFrame:
    sizes = {}
    for task in spec.tasks:
        splits = read_splits(f"{results}/data", task)
        scored = {name: len(frame) for name, frame in splits.scored().items()}
        dev = json.dumps({name: count for name, count in scored.items() if name != "select"})
        sizes[task.name] = {"train": len(splits.train), "select": scored["select"], "dev": dev.strip("{}")}
    return pd.DataFrame.from_dict(sizes, orient="index")


def statistics(facts: dict[str, dict[str, Any]], data: str | Path, out: str | Path) -> None:
    """Write a suite's statistics: training instances and mean sentence length of the source, and type.

    `facts`: task → its declared objective, number of labels and type. Reads
    `{data}/{task}/statistics.json`.
    """
    job = Job(__name__, {"facts": facts})
    rows = {}
    for task, declared in sorted(facts.items()):
        path = Path(data) / task / "statistics.json"
        found = read_checked(path, {"source_rows": dict, "mean_length": float}, {"spec.task": task})
        rows[task] = {"train": found["source_rows"]["train"], "mean_length": found["mean_length"], **declared}
    frame = pd.DataFrame.from_dict(rows, orient="index")
    with atomic(out) as part:
        frame.to_csv(part, index_label="task")
    write_json(sidecar(out), job.record(rows=len(frame)))


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


def fact_table(number: str, statistics: str, paper: str, generated: bool, csv: str, markdown: str) -> None:
    """Write Table 1 or 7: what is known of every task of a suite."""
    job = Job(__name__, {"table": number})
    columns, title = FACTS[number]
    read_statistics(statistics)
    facts = pd.read_csv(statistics, index_col="task")[[*columns]].rename(columns=columns).round(2)
    frame = facts.join(read_printed(paper, "task").add_prefix("paper_"))
    _write(frame, job, csv, index="task")
    source = (
        "All tasks are **generated** by this project." if generated else "The paper's sizes are one too low."
    )
    write_text(markdown, f"# Table {number}\n\n{title} {source}\n\n{frame.to_markdown()}\n")
