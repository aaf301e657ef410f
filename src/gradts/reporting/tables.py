"""The paper's tables of scores as CSV for programs and Markdown for people."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from gradts.artifacts import write_csv, write_text
from gradts.data.objectives import OBJECTIVES
from gradts.data.splits import read_splits
from gradts.provenance import Job
from gradts.reporting.paper import DECIMALS, read_printed
from gradts.reporting.specs import Row, TableSpec, answer_of
from gradts.selection.evidence import Wanted, finished_files
from gradts.training.metrics import score
from gradts.training.scores import read_scores, reported

# The control without which scores on small data cannot be read.
MAJORITY = "Majority"
# A metric that a run's predictions do not define (a correlation with a constant), or of a diverged run.
UNDEFINED = "undefined"
GENERATED = (
    "All tasks are **generated** by this project (a demo suite, not GLUE); their scores say nothing about "
    "natural language."
)
PRINTED = "In brackets: the figure printed in the paper (bert-base-cased, full data)."


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
            guess = OBJECTIVES[task.objective].majority(splits.train["label"], frame["label"])
            for metric in task.metrics:
                row[column(task.name, metric, split)] = score(task, metric, frame["label"], guess)
    return row


def scores_of(spec: TableSpec, results: str, backend: str, method: str, seed: int) -> dict[str, float]:
    """Dev scores of every primary task in the joint run of the set that a method chose for it."""
    row = {}
    for task in spec.tasks:
        members = answer_of(spec, results, backend, method, task.name)["members"]
        run = Wanted("metrics", {"backend": backend, "members": members, "seed": seed})
        scores = read_scores(finished_files(results)(run)[0])
        best = reported(scores, task, spec.decide_on)
        row |= {column(task.name, metric, split): value for (metric, split), value in best.items()}
    return row


def score_table(spec: TableSpec, results: str, paper: str, csv: str | Path, markdown: str | Path) -> None:
    """Write a table of methods × tasks in percent, with the paper's figures beside ours."""
    job = Job(__name__, spec)
    printed = read_printed(paper, "method")
    rows = {MAJORITY: percent([majority_row(spec, results)])}
    for row in spec.rows():
        runs = product(row.answers, spec.seeds)
        rows[row.label] = percent([scores_of(spec, results, row.backend, *run) for run in runs])
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.insert(0, "suite", f"{spec.suite} (generated)" if spec.generated else spec.suite)
    # Scores as text, so that one without a value says so; a row without a deviation leaves it empty.
    marked = frame.assign(**frame[_scores(frame)].map(_shown))
    write_csv(csv, marked, job.record(), index_label="method", float_format=DECIMALS)
    write_text(markdown, _markdown(spec, results, frame, printed))


def _scores(frame: pd.DataFrame) -> list[str]:
    """The columns of a score table that hold scores: not the suite, not deviations over seeds or draws."""
    return [name for name in frame if name != "suite" and not name.endswith("_sd")]


def _shown(score: float, text: str = DECIMALS, undefined: str = UNDEFINED) -> str:
    return undefined if np.isnan(score) else text % score


def _markdown(spec: TableSpec, results: str, frame: pd.DataFrame, paper: pd.DataFrame) -> str:
    draws = max(len(row.answers) for row in spec.rows())
    notes = [f"Random-k: mean and deviation of {draws} draws."] if draws > 1 else []
    if spec.steps is not None:
        notes.append(
            f"HEU-Size and HEU-Len walk through {spec.steps} candidates at most (the paper: through all)."
        )
    if frame[_scores(frame)].isna().to_numpy().any():
        notes.append(
            f"`{UNDEFINED}`: the metric has no value, or the training diverged (its `run.json` says so)."
        )
    backends = ", ".join(f"`{backend}`" for backend in spec.backends)
    notes.append(GENERATED if spec.generated else PRINTED)
    parts = [
        f"# Table {spec.number}: suite `{spec.suite}`, backend {backends}",
        f"Dev scores in percent, best epoch by the `{spec.decide_on}` split, "
        f"seeds {', '.join(map(str, spec.seeds))}. {' '.join(notes)}",
        _cells(frame.drop(columns="suite"), paper).to_markdown(disable_numparse=True),
        "## Chosen auxiliary tasks (share of their instances; AUTOSEM: of the primary's batches)",
        _chosen(spec, results).to_markdown(),
        "## Size of the splits",
        _sizes(spec, results).to_markdown(),
    ]
    return "\n\n".join(parts) + "\n"


def _cells(frame: pd.DataFrame, paper: pd.DataFrame) -> pd.DataFrame:
    """Columns become rows, since a page is narrow; `mean ± sd (paper)`."""
    names = _scores(frame)
    deviations = frame.reindex(columns=[f"{name}_sd" for name in names]).set_axis(names, axis="columns")
    cells = frame[names].map(_shown) + deviations.map(_shown, text=f" ± {DECIMALS}", undefined="")
    printed = paper.reindex(index=frame.index, columns=names)
    return (cells + printed.map(_shown, text=f" ({DECIMALS})", undefined="")).T


def _chosen(spec: TableSpec, results: str) -> pd.DataFrame:
    def sets(row: Row, primary: str) -> str:
        answers = (answer_of(spec, results, row.backend, answer, primary) for answer in row.answers)
        return " / ".join(_set_text(answer["auxiliaries"]) for answer in answers)

    told = [row for row in spec.rows() if row.method not in ("single-task", "no-sel")]
    chosen = {task.name: {row.label: sets(row, task.name) for row in told} for task in spec.tasks}
    return pd.DataFrame.from_dict(chosen, orient="index")


def _set_text(shares: dict[str, float]) -> str:
    names = [name if share == 1 else f"{name} {share:.0%}" for name, share in shares.items()]
    return ", ".join(names) or "none"


def _sizes(spec: TableSpec, results: str) -> pd.DataFrame:
    sizes = {}
    for task in spec.tasks:
        splits = read_splits(f"{results}/data", task)
        dev = ", ".join(f"{name} {len(frame)}" for name, frame in splits.dev.items()).removeprefix("dev ")
        sizes[task.name] = {"train": len(splits.train), "select": len(splits.select), "dev": dev}
    return pd.DataFrame.from_dict(sizes, orient="index")
