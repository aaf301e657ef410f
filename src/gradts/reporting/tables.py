"""The paper's tables of scores as CSV for programs and Markdown for people."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from gradts.artifacts import write_csv, write_text
from gradts.data.splits import read_splits
from gradts.provenance import Job
from gradts.reporting.paper import DECIMALS, read_printed
from gradts.reporting.specs import Row, TableSpec, answer_of
from gradts.reporting.stuck import is_stuck, majority_score, selection_majority, selection_score
from gradts.selection.evidence import Wanted, finished_files
from gradts.specs import Task
from gradts.training.scores import read_scores, reported

# The control without which scores on small data cannot be read.
MAJORITY = "Majority"
# A metric that a run's predictions do not define (a correlation with a constant), or of a diverged run.
UNDEFINED = "undefined"
# Behind a cell whose run is stuck, in any seed or draw.
MARK = " †"
GENERATED = (
    "All tasks are **generated** by this project (a demo suite, not GLUE); their scores say nothing about "
    "natural language."
)
STUCK = (
    "†: a run behind it is stuck, at chance on a task that Single-Task learns: it says nothing of the set "
    "(`stability.md` lists stuck runs, `docs/stability.md` tells what to do)."
)
UNTOLD = "Without a Single-Task row stuck runs are not marked; `stability.md` lists those behind Table 2."
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


def majority_scores(task: Task, results: str) -> dict[str, float]:
    """Dev scores of always answering the training split's most frequent label; a task's columns."""
    splits = read_splits(f"{results}/data", task)
    return {
        column(task.name, metric, split): majority_score(task, metric, splits.train, frame)
        for split, frame in splits.dev.items()
        for metric in task.metrics
    }


def scores_of(spec: TableSpec, results: str, backend: str, method: str, seed: int) -> dict[str, float]:
    """Dev scores of every primary task in the joint run of the set that a method chose for it."""
    row = {}
    for task in spec.tasks:
        members = answer_of(spec, results, backend, method, task.name)["members"]
        scores = read_scores(_metrics(results, backend, members, seed))
        best = reported(scores, task, spec.decide_on)
        row |= {column(task.name, metric, split): value for (metric, split), value in best.items()}
    return row


def _metrics(results: str, backend: str, members: list[str], seed: int) -> str:
    run = Wanted("metrics", {"backend": backend, "members": members, "seed": seed})
    return finished_files(results)(run)[0]


def stuck_rows(spec: TableSpec, results: str, task: Task) -> set[str]:
    """Rows in which the run behind a task's cell is stuck, in any seed or draw.

    The Single-Task row tells what can be learnt: without it nothing can be told, and no run is made to tell.
    """
    if "single-task" not in spec.methods:
        return set()
    majority = selection_majority(task, results)

    def score(backend: str, members: list[str], seed: int) -> float:
        return selection_score(_metrics(results, backend, members, seed), task)

    found = set()
    for row in spec.rows():
        singles = {seed: score(row.backend, [task.name], seed) for seed in spec.seeds}
        for answer, seed in product(row.answers, spec.seeds):
            members = answer_of(spec, results, row.backend, answer, task.name)["members"]
            best = score(row.backend, members, seed)
            if is_stuck(best, majority, singles, seed, alone=members == [task.name]):
                found.add(row.label)
    return found


def score_table(spec: TableSpec, results: str, paper: str, csv: str | Path, markdown: str | Path) -> None:
    """Write a table of methods × tasks in percent, with the paper's figures beside ours."""
    job = Job(__name__, spec)
    printed = read_printed(paper, "method")
    majority = {task.name: majority_scores(task, results) for task in spec.tasks}
    rows = {MAJORITY: percent([{name: one for scores in majority.values() for name, one in scores.items()}])}
    for row in spec.rows():
        runs = product(row.answers, spec.seeds)
        rows[row.label] = percent([scores_of(spec, results, row.backend, *run) for run in runs])
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.insert(0, "suite", f"{spec.suite} (generated)" if spec.generated else spec.suite)
    stuck = {task.name: stuck_rows(spec, results, task) for task in spec.tasks}
    frame["stuck"] = [" ".join(task for task in stuck if row in stuck[task]) for row in frame.index]
    # Scores as text, so that one without a value says so; a row without a deviation leaves it empty.
    marked = frame.assign(**frame[_scores(frame)].map(_shown))
    write_csv(csv, marked, job.record(), index_label="method", float_format=DECIMALS)
    task_of = {name: task for task, scores in majority.items() for name in scores}
    write_text(markdown, _markdown(spec, results, frame, printed, task_of))


def _scores(frame: pd.DataFrame) -> list[str]:
    """The columns of a score table that hold scores: not the suite, not deviations over seeds or draws."""
    return [name for name in frame if name not in ("suite", "stuck") and not name.endswith("_sd")]


def _shown(score: float, text: str = DECIMALS, undefined: str = UNDEFINED) -> str:
    return undefined if np.isnan(score) else text % score


def _markdown(
    spec: TableSpec, results: str, frame: pd.DataFrame, paper: pd.DataFrame, task_of: dict[str, str]
) -> str:
    backends = ", ".join(f"`{backend}`" for backend in spec.backends)
    notes = [*_cautions(spec, results), *_notes(spec, frame)]
    parts = [
        f"# Table {spec.number}: suite `{spec.suite}`, backend {backends}",
        f"Dev scores in percent, best epoch by the `{spec.decide_on}` split, "
        f"seeds {', '.join(map(str, spec.seeds))}. {' '.join(notes)}",
        _cells(frame, paper, task_of).to_markdown(disable_numparse=True),
        "## Chosen auxiliary tasks (share of their instances; AUTOSEM: of the primary's batches)",
        _chosen(spec, results).to_markdown(),
        "## Size of the splits",
        _sizes(spec, results).to_markdown(),
    ]
    return "\n\n".join(parts) + "\n"


def _cautions(spec: TableSpec, results: str) -> list[str]:
    """What must be said of methods whose choices rest on a ranking."""
    methods: dict[str, list[str]] = {}
    for row, task in product(spec.rows(), spec.tasks):
        caution = answer_of(spec, results, row.backend, row.answers[0], task.name).get("caution")
        if caution and row.label not in methods.setdefault(caution, []):
            methods[caution].append(row.label)
    return [f"**{', '.join(labels)}: {caution}.**" for caution, labels in methods.items()]


def _notes(spec: TableSpec, frame: pd.DataFrame) -> list[str]:
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
    if "single-task" not in spec.methods:
        notes.append(UNTOLD)
    elif frame["stuck"].any():
        notes.append(STUCK)
    return [*notes, GENERATED if spec.generated else PRINTED]


def _cells(frame: pd.DataFrame, paper: pd.DataFrame, task_of: dict[str, str]) -> pd.DataFrame:
    """Columns become rows, since a page is narrow; `mean ± sd (paper) †`."""
    names = _scores(frame)
    deviations = frame.reindex(columns=[f"{name}_sd" for name in names]).set_axis(names, axis="columns")
    cells = frame[names].map(_shown) + deviations.map(_shown, text=f" ± {DECIMALS}", undefined="")
    printed = paper.reindex(index=frame.index, columns=names)
    marks = {name: [MARK * (task_of[name] in tasks.split()) for tasks in frame["stuck"]] for name in names}
    cells += printed.map(_shown, text=f" ({DECIMALS})", undefined="") + pd.DataFrame(marks, frame.index)
    return cells.T


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
