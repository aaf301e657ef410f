"""What selection jobs are made from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from gradts.names import InputError
from gradts.specs import (
    Backend,
    Count,
    Decides,
    Keep,
    Name,
    Recipe,
    Seed,
    Share,
    Spec,
    Task,
    TaskName,
    Tau,
    Tune,
    UnitInterval,
)

Threshold = Tau | Keep | Tune | None


def tuning_of(threshold: Any) -> Mapping[str, Any] | None:
    """The grid and tasks that tune a threshold; None where it is given, or there is none."""
    return threshold.get("tune") if isinstance(threshold, Mapping) else None


def _apart(primary: str, auxiliaries: Iterable[str]) -> None:
    if primary in auxiliaries:
        raise InputError(f"task '{primary}' is its own auxiliary; leave it out of the candidates")


@dataclass(frozen=True)
class SelectionSpec(Spec):
    """What a method needs to know to choose auxiliary tasks for one primary task.

    `threshold` is a number, `{"keep": share}`, or `{"tune": …}` where joint runs choose it. `steps`: the
    most candidates that HEU-Size and HEU-Len walk through (None: all).
    """

    method: Name
    primary: Task
    suite: Name
    candidates: list[TaskName]
    backend: Name
    seeds: Annotated[list[Seed], Field(min_length=1)]
    decide_on: Decides
    primary_alone: bool
    train_fraction: Share
    threshold: Threshold = None
    cut: UnitInterval = 0.5
    steps: Count | None = None

    def __post_init__(self) -> None:
        _apart(self.primary.name, self.candidates)


@dataclass(frozen=True)
class TuningSpec(Spec):
    """A method's threshold grid and one selection spec a tuning task."""

    method: Name
    grid: Annotated[list[Tau | Keep], Field(min_length=1)]
    primaries: Annotated[list[SelectionSpec], Field(min_length=1)]


@dataclass(frozen=True)
class AutosemSpec(Spec):
    """What both stages of AUTOSEM know: a primary task and the auxiliaries that it may be trained with."""

    primary: Task
    auxiliaries: list[Task]
    backend: Backend
    recipe: Recipe
    seed: Seed
    decide_on: Decides

    def __post_init__(self) -> None:
        _apart(self.primary.name, [task.name for task in self.auxiliaries])

    @property
    def tasks(self) -> list[Task]:
        """The primary and its auxiliaries, by name."""
        return sorted([self.primary, *self.auxiliaries], key=lambda task: task.name)


@dataclass(frozen=True)
class BanditSpec(AutosemSpec):
    """AUTOSEM-p1's bandit for one primary task; its arms are the primary and all candidates."""

    rounds: Count
    batches: Count
    gamma: UnitInterval


@dataclass(frozen=True)
class MixingSpec(AutosemSpec):
    """AUTOSEM's search of mixing ratios for one primary task and the auxiliaries of stage 1."""

    trials: Count
    max_ratio: Count
