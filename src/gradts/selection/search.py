"""Which joint runs a selection asks for, and the scores it reads from them.

The workflow's input functions and the selection jobs share this module, so graph and job decide alike:
an input function passes a `locate` that asks Snakemake for each run first. Nothing heavy is imported.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from gradts.selection import thresholds
from gradts.selection.ranking import rank
from gradts.selection.trial import Trial, greedy
from gradts.specs import Member, Spec, Subset, Task, members_name
from gradts.training.record import best_epoch, read_record


@dataclass(frozen=True)
class SelectionSpec(Spec):
    """What a method needs to know to choose auxiliary tasks for one primary task."""

    method: str
    primary: Task
    suite: str
    candidates: list[str]
    backend: str
    seeds: list[int]
    decide_on: str
    primary_alone: bool
    train_fraction: float
    threshold: Any = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        return cls(**{**values, "primary": Task.from_dict(values["primary"])})


@dataclass(frozen=True)
class TuningSpec(Spec):
    """A method's threshold grid and one selection spec a tuning task."""

    method: str
    grid: list[Any]
    primaries: list[SelectionSpec]

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        primaries = [SelectionSpec.from_dict(spec) for spec in values["primaries"]]
        return cls(**{**values, "primaries": primaries})


@dataclass(frozen=True)
class TableSpec(Spec):
    """What a table of methods × tasks is made from."""

    suite: str
    backend: str
    tasks: list[Task]
    methods: list[str]
    seeds: list[int]
    decide_on: str
    generated: bool

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        return cls(**{**values, "tasks": [Task.from_dict(task) for task in values["tasks"]]})


def run_file(results: str | Path, backend: str, members: Iterable[Member], seed: int) -> str:
    """Path of a joint run's `metrics.csv`."""
    return f"{results}/runs/{backend}/{members_name(members)}/seed{seed}/metrics.csv"


@dataclass(frozen=True)
class Scores:
    """Decision scores of joint runs: the mean over seeds of the task's best epoch.

    `locate(members, seed)` gives a run's `metrics.csv`.
    """

    locate: Callable[[Sequence[Member], int], str]
    seeds: Sequence[int]
    decide_on: str

    def __call__(self, members: Sequence[Member], task: Task) -> float:
        # All runs are asked for before any is read, so that Snakemake can make them side by side.
        paths = [self.locate(members, seed) for seed in self.seeds]
        scores = [best_epoch(read_record(path), task, self.decide_on)[1] for path in paths]
        return sum(scores) / len(scores)


def trial_of(spec: SelectionSpec, correlation: Mapping[str, float], scores: Scores) -> Trial:
    """GradTS-trial of a primary task over joint runs."""
    share = None if spec.train_fraction == 1 else Subset("sample", spec.train_fraction)

    def score(auxiliaries: tuple[str, ...]) -> float:
        members = [Member(task, share) for task in (spec.primary.name, *auxiliaries)]
        return scores(members, spec.primary)

    ranked = rank(correlation, spec.primary.name)
    return greedy(ranked, score, primary_alone=spec.primary_alone)


def tuning_runs(
    method: str,
    values: thresholds.Threshold,
    primary: str,
    correlation: Mapping[str, float],
    chosen: Iterable[str],
) -> list[Member]:
    """Members of the joint run that tries one threshold on one tuning task."""
    if method == "gradts-thres":
        return [Member(task) for task in (primary, *thresholds.tasks_above(correlation, primary, values))]
    return [Member(primary), *(thresholds.filtered(task, primary, values) for task in chosen)]
