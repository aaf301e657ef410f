"""What selection jobs are made from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from zlib import crc32

from pydantic import Field
from typing_extensions import TypedDict

from gradts.names import InputError
from gradts.selection.methods import RULES
from gradts.specs import (
    STRICT,
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
Rule = Literal[RULES]


class Top(TypedDict):
    """The best so many."""

    __pydantic_config__ = STRICT
    top: Count


Cut = UnitInterval | Top


class Folds(TypedDict):
    """Every row of train once, by so many runs that leave out a fold each."""

    __pydantic_config__ = STRICT
    folds: Annotated[int, Field(ge=2, le=20)]


def folds_of(decide_on: Any) -> int | None:
    """The number of folds that decide; None where a split does."""
    return decide_on["folds"] if isinstance(decide_on, Mapping) else None


@dataclass(frozen=True)
class Designed(Spec):
    """The runs of a surrogate model: see surrogate.designed; of the `extra`, Trials.other_scores."""

    sets: Count | None
    share: Annotated[float, Field(gt=0, lt=1)]
    extra: bool


def tuning_of(threshold: Any) -> Mapping[str, Any] | None:
    """The grid and tasks that tune a threshold; None where it is given, or there is none."""
    return threshold.get("tune") if isinstance(threshold, Mapping) else None


def _apart(primary: str, auxiliaries: Iterable[str]) -> None:
    if primary in auxiliaries:
        raise InputError(f"task '{primary}' is its own auxiliary; leave it out of the candidates")


@dataclass(frozen=True)
class SelectionSpec(Spec):
    """What a method needs to know to choose auxiliary tasks for one primary task.

    `decide_on`: the split that decides its trials, or their folds.
    `threshold`: a number, `{"keep": share}`, or `{"tune": …}` where joint runs choose it. `cut`: the utility
    above which AUTOSEM-p1 chooses a candidate, or `{"top": count}`. `steps`: the most candidates that
    trials, HEU-Size and HEU-Len walk through (None: all). `surrogate`: of these methods alone.
    `rule`: of trials whose name tells none (docs/trials.md).
    """

    method: Name
    primary: Task
    suite: Name
    candidates: list[TaskName]
    backend: Name
    seeds: Annotated[list[Seed], Field(min_length=1)]
    decide_on: Decides | Folds
    primary_alone: bool
    train_fraction: Share
    threshold: Threshold = None
    cut: Cut = 0.5
    steps: Count | None = None
    surrogate: Designed | None = None
    rule: Rule = RULES[0]

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

    suite: Name
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

    def seed_of(self, *draw: Any) -> int:
        """The seed of one of its draws: other primaries and suites draw otherwise."""
        return crc32(" ".join(map(str, (self.seed, self.suite, self.primary.name, *draw))).encode())


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
