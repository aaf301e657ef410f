"""How many joint runs are stuck, of all that a score table needed: those of its cells, and trials before."""

import json
from collections.abc import Iterator
from dataclasses import replace
from os.path import relpath
from pathlib import Path
from typing import Any

import pandas as pd

from gradts.artifacts import reading, write_csv
from gradts.layout import kind_of, record_of, sidecar
from gradts.members import Member
from gradts.provenance import Job
from gradts.readings import read_facts
from gradts.reporting.costs import Records
from gradts.reporting.pages import write_page
from gradts.reporting.specs import GENERATED
from gradts.reporting.stuck import CHANCE, LEARNT, is_stuck, selection_majority, selection_score
from gradts.selection.doors import Wanted, finished_files
from gradts.specs import RunSpec, Task

COLUMNS = ["artefact", "backend", "members", "seed", "task", "score", "majority", "single", "stuck"]
TOLD = {True: "true", False: "false", None: ""}
SCORES = ["score", "majority", "single"]


def stability(table: str, results: str, csv: str, markdown: str) -> None:
    """Count stuck runs among all that a score table needed: write every member's score, and a page of counts.

    The table's record leads to its answers and runs, and those to the runs behind them.
    """
    job = Job(__name__)
    record = read_facts(sidecar(table), {"spec": dict, "reads": list}, {})
    frame = cells(runs_behind(record["reads"], results), results)
    write_csv(csv, frame, job.record(), index=False)
    write_page(markdown, "\n\n".join(_page(frame, record["spec"])) + "\n")


def runs_behind(reads: list[str], results: str) -> dict[Path, RunSpec]:
    """The joint runs among what a job read, and those behind its answers: record's path → specification."""
    records = Records(results)
    for read in reads:
        if kind_of(read) in ("answer", "run"):  # not the paper's figures, which nobody made
            records.behind(record_of(Path(results, read)))
    return {path: _run_spec(path, records[path][0]) for path in sorted(records) if kind_of(path) == "run"}


def _run_spec(path: Path, record: dict[str, Any]) -> RunSpec:
    with reading(path):  # which names the file
        return RunSpec.from_json(json.dumps(record.get("spec")))


def _whole(member: str) -> Member:
    """The task with all of its training instances, outside its fold where it has one."""
    known = Member.parse(member)
    fold = known.subset if known.subset and known.subset.kind == "fold" else None
    return Member(known.task, fold and replace(fold, within=None))


def _members(spec: RunSpec) -> list[tuple[Member, Task]]:
    return [(_whole(name), task) for name, task in zip(spec.members, spec.tasks, strict=True)]


def _alone(spec: RunSpec, whole: Member, task: Task) -> str:
    """What the Single-Task runs of a task have in common with a run: everything but their seed."""
    return replace(spec, members=[str(whole)], tasks=[task], seed=0).to_json()


def cells(runs: dict[Path, RunSpec], results: str) -> pd.DataFrame:
    """One row a run and member: its selection score, what that is held against, and whether it is stuck."""
    of = {(one, spec.subset_seed): task for spec in runs.values() for one, task in _members(spec)}
    majority = {(one, seed): selection_majority(task, results, one, seed) for (one, seed), task in of.items()}
    singles: dict[str, dict[int, float]] = {}
    for spec in runs.values():
        first, task = _members(spec)[0]
        if spec.members == [str(first)]:
            singles.setdefault(_alone(spec, first, task), {})[spec.seed] = _score(spec, task, results)
    rows = []
    for path, spec in runs.items():
        for one, task in _members(spec):
            score, known = _score(spec, task, results), singles.get(_alone(spec, one, task), {})
            alone, low = spec.members == [str(one)], majority[one, spec.subset_seed]
            stuck = is_stuck(score, low, known, spec.seed, alone)
            place = (relpath(path, results), spec.backend.name, " ".join(spec.members), spec.seed, task.name)
            rows.append((*place, score, low, known.get(spec.seed), TOLD[stuck]))
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(["artefact", "task"], ignore_index=True)


def _score(spec: RunSpec, task: Task, results: str) -> float:
    run = Wanted("metrics", {"backend": spec.backend.name, "members": spec.members, "seed": spec.seed})
    return selection_score(finished_files(results)(run)[0], task)


# --------------------------------------------------------------------------------------------- the page


def _page(frame: pd.DataFrame, table: dict[str, Any]) -> Iterator[str]:
    """The page's paragraphs."""
    stuck = frame[frame["stuck"] == TOLD[True]]
    told = int((frame["stuck"] != TOLD[None]).sum())
    more = f"; of {len(frame) - told} more it cannot be told" if told < len(frame) else ""
    share = f" ({len(stuck) / told:.1%})" if told else ""
    yield f"# Stability: the runs behind Table {table.get('number')}"
    yield (
        f"**{len(stuck)} of {told} cells are stuck{share}.** A cell is a task in a joint run, trial runs "
        f"included{more}. Stuck: on the selection split at most {100 * CHANCE:.0f} points above Majority, "
        f"though the task's Single-Task run of the same seed (of a Single-Task run: that of another seed) is "
        f"{100 * LEARNT:.0f} points or more above it."
    )
    if table.get("generated"):
        yield GENERATED
    yield "## By task"
    yield _counts(frame, frame["task"])
    yield "## By number of members"
    yield _counts(frame, frame["members"].str.split().str.len())
    yield "## Stuck"
    if stuck.empty:
        yield "None."
    else:
        shown = stuck.assign(**stuck[SCORES].map(lambda score: f"{100 * score:.2f}"))
        yield shown[["artefact", "task", *SCORES]].to_markdown(index=False, disable_numparse=True)


def _counts(frame: pd.DataFrame, by: pd.Series) -> str:
    told, stuck = frame["stuck"] != TOLD[None], frame["stuck"] == TOLD[True]
    counts = pd.DataFrame({"cells": 1, "told": told, "stuck": stuck}).groupby(by).sum()
    percent = (100 * counts["stuck"] / counts["told"]).map("{:.1f}".format).replace("nan", "")
    return counts.astype(str).assign(percent=percent).to_markdown(disable_numparse=True)
