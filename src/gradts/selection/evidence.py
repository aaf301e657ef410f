"""What a selector may ask for, and where that is kept.

The workflow's input functions and the selection jobs run the same selectors. A job finds finished files; the
graph's `find` has Snakemake make each of them first. So nothing heavy is imported here.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gradts.artifacts import ArtifactError, read_json, read_table, remake
from gradts.correlation.table import read_correlation
from gradts.selection.specs import SelectionSpec
from gradts.specs import Member, Subset, members_name
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


def finished(results: str | Path) -> Find:
    """Files below a results folder, as jobs read them."""
    return lambda kind, fields: f"{results}/{FILES[kind].format(**fields)}"


class TaskStatistics(NamedTuple):
    """A task's training instances, mean sentence length and declared type (paper's Table 7)."""

    rows: int
    mean_length: float
    type: str | None


def read_statistics(path: str | Path) -> dict[str, TaskStatistics]:
    """Read a suite's statistics; ArtifactError where the file is missing or damaged."""
    try:
        with open(path, newline="", encoding="utf-8") as file:
            return {
                row["task"]: TaskStatistics(int(row["train"]), float(row["mean_length"]), row["type"] or None)
                for row in csv.DictReader(file)
            }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{path} cannot be read ({error!r}); {remake(path)}") from error


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
        return read_correlation(self._find("correlation"))[self.spec.primary.name]

    def statistics(self) -> dict[str, TaskStatistics]:
        """Size, sentence length and type of every task of the suite."""
        return read_statistics(self._find("statistics"))

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
        task, split = self.spec.primary, self.spec.decide_on
        return sum(best_epoch(read_record(path), task, split)[1] for path in paths) / len(paths)

    def answer(self, method: str) -> dict[str, Any]:
        """Another method's answer for the same primary task."""
        return read_json(self._find("answer", method=method))

    def threshold(self) -> Any:
        """The given or tuned threshold of the method."""
        threshold = self.spec.threshold
        return read_json(self._last("threshold")[0])["threshold"] if is_tuned(threshold) else threshold

    def tau(self, auxiliaries: Sequence[str]) -> dict[str, np.ndarray]:
        """Auxiliary task → τ of its training instances with the primary task [instances]."""
        paths = self._last("tau", *({"auxiliary": task} for task in auxiliaries)) if auxiliaries else []
        return {
            task: read_table(path)[0]["tau"].to_numpy() for task, path in zip(auxiliaries, paths, strict=True)
        }

    def utilities(self) -> dict[str, float]:
        """AUTOSEM-p1: the bandit's utility of every task."""
        return read_json(self._last("bandit")[0])["utilities"]

    def ratios(self) -> dict[str, int]:
        """AUTOSEM: the best mixing ratios."""
        return read_json(self._last("mixing")[0])["ratios"]


def is_tuned(threshold: Any) -> bool:
    """Whether joint runs choose a threshold."""
    return isinstance(threshold, Mapping) and "tune" in threshold
