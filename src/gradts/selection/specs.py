"""What selection jobs are made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from gradts.specs import Backend, Recipe, Spec, Task


@dataclass(frozen=True)
class SelectionSpec(Spec):
    """What a method needs to know to choose auxiliary tasks for one primary task.

    `threshold` is a number, `{"keep": share}`, or `{"tune": …}` where joint runs choose it.
    """

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
    cut: float = 0.5

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


def _with_models(values: Mapping[str, Any], tasks: str) -> dict[str, Any]:
    return {
        **values,
        "primary": Task.from_dict(values["primary"]),
        "backend": Backend.from_dict(values["backend"]),
        "recipe": Recipe.from_dict(values["recipe"]),
        tasks: [Task.from_dict(task) for task in values[tasks]],
    }


@dataclass(frozen=True)
class BanditSpec(Spec):
    """AUTOSEM-p1's bandit for one primary task; `tasks` are its arms, the primary included."""

    primary: Task
    tasks: list[Task]
    backend: Backend
    recipe: Recipe
    seed: int
    decide_on: str
    rounds: int
    batches: int
    gamma: float

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        return cls(**_with_models(values, "tasks"))


@dataclass(frozen=True)
class MixingSpec(Spec):
    """AUTOSEM's search of mixing ratios for one primary task and the auxiliaries of stage 1."""

    primary: Task
    auxiliaries: list[Task]
    backend: Backend
    recipe: Recipe
    seed: int
    decide_on: str
    trials: int
    max_ratio: int

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        return cls(**_with_models(values, "auxiliaries"))
