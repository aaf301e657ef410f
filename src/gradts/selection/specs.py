"""What selection jobs are made from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from gradts.specs import (
    Backend,
    Count,
    Decides,
    InputError,
    Keep,
    Name,
    Part,
    Recipe,
    Seed,
    Share,
    Spec,
    Task,
    TaskName,
    Tau,
    Tune,
)

Threshold = Tau | Keep | Tune | None


def _apart(primary: str, auxiliaries: Iterable[str]) -> None:
    if primary in auxiliaries:
        raise InputError(f"task '{primary}' is its own auxiliary; leave it out of the candidates")


@dataclass(frozen=True)
class SelectionSpec(Spec):
    """What a method needs to know to choose auxiliary tasks for one primary task.

    `threshold` is a number, `{"keep": share}`, or `{"tune": …}` where joint runs choose it.
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
    cut: Part = 0.5

    def __post_init__(self) -> None:
        _apart(self.primary.name, self.candidates)


@dataclass(frozen=True)
class TuningSpec(Spec):
    """A method's threshold grid and one selection spec a tuning task."""

    method: Name
    grid: Annotated[list[Tau | Keep], Field(min_length=1)]
    primaries: Annotated[list[SelectionSpec], Field(min_length=1)]


@dataclass(frozen=True)
class BanditSpec(Spec):
    """AUTOSEM-p1's bandit for one primary task; `tasks` are its arms, the primary included."""

    primary: Task
    tasks: Annotated[list[Task], Field(min_length=1)]
    backend: Backend
    recipe: Recipe
    seed: Seed
    decide_on: Decides
    rounds: Count
    batches: Count
    gamma: Part

    def __post_init__(self) -> None:
        if self.primary not in self.tasks:
            raise InputError(
                f"the primary task '{self.primary.name}' is no arm of its bandit; add it to tasks"
            )


@dataclass(frozen=True)
class MixingSpec(Spec):
    """AUTOSEM's search of mixing ratios for one primary task and the auxiliaries of stage 1."""

    primary: Task
    auxiliaries: list[Task]
    backend: Backend
    recipe: Recipe
    seed: Seed
    decide_on: Decides
    trials: Count
    max_ratio: Count

    def __post_init__(self) -> None:
        _apart(self.primary.name, [task.name for task in self.auxiliaries])
