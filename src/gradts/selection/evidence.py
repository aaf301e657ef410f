"""What a selector may ask for, and where that is kept.

The workflow's input functions and the selection jobs run the same selectors. A job finds finished files; the
graph's `find` has Snakemake make each of them first. So nothing heavy is imported here.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gradts.artifacts import ArtifactError, digest, expect, read_json, remake, sidecar
from gradts.correlation.table import read_correlation, read_rows
from gradts.data.subsets import read_tau
from gradts.selection.specs import SelectionSpec
from gradts.specs import PLAIN_NAME, InputError, Member, Subset, canonical, check_name, members_name
from gradts.training.record import best_epoch, read_record

FILES = {
    "correlation": "correlation/{backend}/{suite}.csv",
    "statistics": "statistics/{suite}.csv",
    "run": "runs/{backend}/{members}/seed{seed}/metrics.csv",
    "answer": "selection/{backend}/{suite}/{method}/{primary}.json",
    # No file below decides which others are needed, so the graph lists them and stops there.
    "threshold": "selection/{backend}/{suite}/{method}.threshold.json",
    "tau": "instances/{backend}/{primary}/{auxiliary}.parquet",
    "bandit": "autosem/{backend}/{suite}/{primary}/bandit.json",
    "mixing": "autosem/{backend}/{suite}/{primary}/mixing.json",
}

# (kind of file, its fields) → the file's path.
Find = Callable[[str, Mapping[str, Any]], str]


# A set's name has @ and + beside.
MEMBERS_NAME = PLAIN_NAME.replace("_.-]*", "_.@+-]*")


def finished(results: str | Path) -> Find:
    """Files below a results folder, as jobs read them.

    Raises InputError for a name that would lead out of the folder.
    """

    def find(kind: str, fields: Mapping[str, Any]) -> str:
        for key, value in fields.items():
            if isinstance(value, str):
                check_name(value, key, MEMBERS_NAME if key == "members" else PLAIN_NAME)
        return f"{results}/{FILES[kind].format(**fields)}"

    return find


class TaskStatistics(NamedTuple):
    """A task's training instances, mean sentence length and declared type (paper's Table 7)."""

    rows: int
    mean_length: float
    type: str | None


def read_statistics(path: str | Path) -> dict[str, TaskStatistics]:
    """Read a suite's statistics; ArtifactError where the file is missing or damaged."""
    facts = {}
    for row in read_rows(path, ["task", "train", "mean_length", "type"]):
        try:
            one = TaskStatistics(int(row["train"]), float(row["mean_length"]), row["type"] or None)
        except ValueError as error:
            raise ArtifactError(f"{path}, task '{row['task']}': {error}; {remake(path)}") from error
        if one.rows < 1 or not 0 < one.mean_length < math.inf:
            raise ArtifactError(
                f"{path}, task '{row['task']}': {one.rows} rows of mean length {one.mean_length}; "
                f"{remake(path)}"
            )
        facts[row["task"]] = one
    return facts


def read_checked(path: str | Path, kinds: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON artefact that holds the keys of `kinds`, each of its kind.

    Raises ArtifactError where the file is damaged, holds no such thing, or was made for another purpose
    than `wanted` (see `expect`).
    """
    record = read_json(path)
    for key, kind in kinds.items():
        if not isinstance(record, dict) or not isinstance(record.get(key), kind):
            raise ArtifactError(f"{path} holds no {key}; {remake(path)}")
    expect(path, record, wanted)
    return record


def read_facts(path: str | Path, key: str, kind: Any, wanted: Mapping[str, Any]) -> Any:
    """What a JSON artefact says under one key (see `read_checked`)."""
    return read_checked(path, {key: kind}, wanted)[key]


def read_answer(find: Find, backend: str, suite: str, method: str, primary: str) -> dict[str, Any]:
    """A method's answer for a primary task: `auxiliaries` (task → share), `members`, and why.

    Raises ArtifactError where the file is damaged or another answer.
    """
    fields = {"backend": backend, "suite": suite, "method": method}
    path = find("answer", {**fields, "primary": primary})
    wanted = {f"spec.{key}": value for key, value in {**fields, "primary.name": primary}.items()}
    return read_checked(path, {"auxiliaries": dict, "members": list}, wanted)


def check_run(path: str, backend: str, members: list[str], seed: int) -> None:
    """Check that `metrics.csv` is the one of its `run.json`, and that of the run that is meant."""
    record = Path(path).with_name("run.json")
    if not Path(path).exists():
        return  # its reader says so
    wanted = {"spec.backend.name": backend, "spec.members": members, "spec.seed": seed}
    if digest(path) != read_facts(record, "metrics_sha256", str, wanted):
        raise ArtifactError(
            f"{path} was cut off or replaced: {record.name} tells another sha256; {remake(path)}"
        )


def _numbers(path: str, found: dict[str, Any], low: float, high: float) -> dict[str, Any]:
    for task, value in found.items():
        if not isinstance(value, int | float) or not low <= value <= high:
            raise ArtifactError(f"{path}: '{task}' has {value!r}, not {low} to {high}; {remake(path)}")
    return found


class Enough(Exception):
    """All files that a selector asks for are named; the graph need not know its answer."""


@dataclass(frozen=True)
class Evidence:
    """Everything that is known for one method's choice for one primary task.

    With `to_the_end` unset (in the graph) Enough is raised where a selector reads its last files.
    """

    spec: SelectionSpec
    find: Find
    to_the_end: bool = True

    def __post_init__(self) -> None:
        if self.spec.method == "random-k":
            raise InputError("method 'random-k' is drawn several times; ask for one draw, such as random-k-1")
        if self.spec.method in ("gradts-thres", "gradts-fg") and self.spec.threshold is None:
            raise InputError(f"method '{self.spec.method}' has no threshold; give one, such as 0.3")

    def _find(self, kind: str, **fields: Any) -> str:
        spec = self.spec
        known = {"backend": spec.backend, "suite": spec.suite, "primary": spec.primary.name}
        return self.find(kind, {**known, "method": spec.method, **fields})

    def _last(self, kind: str, *fields: Mapping[str, Any]) -> list[str]:
        paths = [self._find(kind, **one) for one in fields or [{}]]
        if not self.to_the_end:
            raise Enough
        return paths

    def correlation(self) -> dict[str, float]:
        """τ of the primary task's head importance with every task of the suite."""
        path = self._find("correlation")
        if self.to_the_end and sidecar(path).exists():
            for spec in read_facts(sidecar(path), "spec", dict, {}).get("tasks", []):
                expect(path, spec, {"backend.name": self.spec.backend})
        return self._of_suite(path, read_correlation(path))[self.spec.primary.name]

    def statistics(self) -> dict[str, TaskStatistics]:
        """Size, sentence length and type of every task of the suite."""
        path = self._find("statistics")
        return self._of_suite(path, read_statistics(path))

    def _of_suite(self, path: str, found: dict[str, Any]) -> dict[str, Any]:
        """What was found of every task. The graph may read a file of an older suite, before it is remade."""
        suite = {self.spec.primary.name, *self.spec.candidates}
        if (self.to_the_end and set(found) != suite) or self.spec.primary.name not in found:
            raise ArtifactError(
                f"{path} is of tasks {', '.join(sorted(found))}, this run needs {', '.join(sorted(suite))}; "
                f"{remake(path)}"
            )
        return found

    def score(self, auxiliaries: Sequence[str]) -> float:
        """The primary's decision score in the trial with these auxiliaries: its joint run's best epoch.

        The mean over seeds; trained on a share of the data where `train_fraction` says so.
        """
        share = None if self.spec.train_fraction == 1 else Subset("sample", self.spec.train_fraction)
        return self.score_of([Member(task, share) for task in (self.spec.primary.name, *auxiliaries)])

    def score_of(self, members: Sequence[Member]) -> float:
        """The primary's decision score in the joint run of a set of members, the mean over seeds."""
        name = members_name(members)
        paths = [self._find("run", members=name, seed=seed, set=members) for seed in self.spec.seeds]
        if self.to_the_end:
            for path, seed in zip(paths, self.spec.seeds, strict=True):
                check_run(path, self.spec.backend, canonical(members), seed)
        task, split = self.spec.primary, self.spec.decide_on
        return sum(best_epoch(read_record(path), task, split)[1] for path in paths) / len(paths)

    def answer(self, method: str) -> dict[str, Any]:
        """Another method's answer for the same primary task."""
        spec = self.spec
        return read_answer(self.find, spec.backend, spec.suite, method, spec.primary.name)

    @property
    def _mine(self) -> dict[str, Any]:
        """What the record of a job for this primary task says."""
        return {"spec.primary.name": self.spec.primary.name, "spec.backend.name": self.spec.backend}

    def threshold(self) -> Any:
        """The given or tuned threshold of the method."""
        if not is_tuned(self.spec.threshold):
            return self.spec.threshold
        path, grid = self._last("threshold")[0], self.spec.threshold["tune"]["grid"]
        wanted = {"spec.method": self.spec.method, "spec.grid": grid}
        found = read_facts(path, "threshold", int | float | dict, wanted)
        if found not in grid:
            raise ArtifactError(f"{path}: threshold {found} is not in the grid {grid}; {remake(path)}")
        return found

    def tau(self, auxiliaries: Sequence[str]) -> dict[str, np.ndarray]:
        """Auxiliary task → τ of its training instances with the primary task [instances]."""
        paths = self._last("tau", *({"auxiliary": task} for task in auxiliaries)) if auxiliaries else []
        return {
            task: read_tau(path, self.spec.primary.name, task, self.spec.backend)[1]
            for task, path in zip(auxiliaries, paths, strict=True)
        }

    def utilities(self) -> dict[str, float]:
        """AUTOSEM-p1: the bandit's utility of every task."""
        path = self._last("bandit")[0]
        found = self._of_suite(path, read_facts(path, "utilities", dict, self._mine))
        return _numbers(path, found, 0, 1)

    def ratios(self) -> dict[str, int]:
        """AUTOSEM: the best mixing ratios."""
        path = self._last("mixing")[0]
        found = read_facts(path, "ratios", dict, self._mine)
        strangers = sorted(set(found) - {self.spec.primary.name, *self.spec.candidates})
        if strangers or self.spec.primary.name not in found:
            named = f"'{strangers[0]}', which is not in the suite" if strangers else "no primary task"
            raise ArtifactError(f"{path} has {named}; {remake(path)}")
        return _numbers(path, found, 0, math.inf)


def is_tuned(threshold: Any) -> bool:
    """Whether joint runs choose a threshold."""
    return isinstance(threshold, Mapping) and "tune" in threshold
