"""What every task scores in every set of the lattice: gathered from joint runs, and read again."""

from dataclasses import asdict
from itertools import product

import numpy as np
import pandas as pd

from gradts.artifacts import ArtifactError, expect, reading, remake, write_csv
from gradts.provenance import Job, provenance
from gradts.readings import read_rows
from gradts.selection.doors import Wanted, finished_files
from gradts.specs import Task
from gradts.training.scores import at_best_epoch, read_scores
from gradts.truth.lattice import TruthSpec

# Task → set (`a+b`) → its deciding metric on the dev splits [seeds, splits].
Truth = dict[str, dict[str, np.ndarray]]
COLUMNS = ["members", "seed", "task", "split", "metric", "score"]


def measure(spec: TruthSpec, results: str, out: str) -> None:
    """Gather what every task scores in every set under every seed, at its best epoch, as CSV."""
    job = Job(__name__, spec)
    tasks = {task.name: task for task in spec.tasks}
    rows = []
    for members, seed in product(spec.lattice(), spec.seeds):
        for name in members:
            of_run = run_scores(results, spec.backend, [*members], seed, tasks[name], spec.decide_on)
            rows += [
                ("+".join(members), seed, name, split, metric, score)
                for split, of_split in of_run.items()
                for metric, score in of_split.items()
            ]
    write_csv(out, pd.DataFrame(rows, columns=COLUMNS), job.record(), index=False)


def run_scores(
    results: str, backend: str, members: list[str], seed: int, task: Task, decide_on: str
) -> dict[str, dict[str, float]]:
    """Split → metric → a task's score in a joint run, after the epoch that is best on the deciding split."""
    run = {"backend": backend, "members": members, "seed": seed}
    scores = read_scores(finished_files(results)(Wanted("metrics", run))[0])
    found: dict[str, dict[str, float]] = {}
    for row in at_best_epoch(scores, task, decide_on):
        found.setdefault(row.split, {})[row.metric] = row.value
    return found


def read_truth(path: str, spec: TruthSpec) -> Truth:
    """What `measure` wrote.

    Raises ArtifactError where the file is damaged, of another truth, or lacks a score.
    """
    expect(path, provenance(path), {"spec": asdict(spec)})
    decides = {task.name: task.decides for task in spec.tasks}
    found: dict[tuple[str, str], dict[tuple[int, str], float]] = {}
    with reading(path):
        for row in read_rows(path, COLUMNS):
            if row["split"] != "select" and row["metric"] == decides.get(row["task"]):
                of_set = found.setdefault((row["task"], row["members"]), {})
                of_set[int(row["seed"]), row["split"]] = float(row["score"] or "nan")
    truth: Truth = {task: {} for task in decides}
    for members in map("+".join, spec.lattice()):
        for task in members.split("+"):
            of_set = found.get((task, members), {})
            splits = sorted({split for _, split in of_set})
            places = [*product(spec.seeds, splits)]
            if not splits or {*of_set} != {*places}:
                raise ArtifactError(
                    f"{path} has no score of {task} in {members} under every seed; {remake(path)}"
                )
            values = [of_set[place] for place in places]
            truth[task][members] = np.reshape(values, (len(spec.seeds), len(splits)))
    return truth
