"""The sets of a suite's tasks that the truth measures. The workflow asks this, too: nothing heavy."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import combinations, count
from random import Random
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from gradts.names import InputError
from gradts.specs import STRICT, Count, Decides, Name, Seed, Spec, Task

MOST = 2**10 - 1  # sets: all of ten tasks


class UpTo(TypedDict):
    """All sets of at most so many tasks."""

    __pydantic_config__ = STRICT
    up_to: Count


class Drawn(TypedDict):
    """So many random sets of a size."""

    __pydantic_config__ = STRICT
    random: Count
    size: Count


Kind = Literal["all", "pairs"] | UpTo | Drawn
Kinds = Annotated[list[Kind], Field(min_length=1)]


@dataclass(frozen=True)
class TruthSpec(Spec):
    """The lattice of a suite's tasks, and the runs that measure it: of every set under every seed.

    `sets`: kinds of sets, of which the lattice is the union; `decide_on`: the split whose best epoch counts.
    """

    suite: Name
    tasks: Annotated[list[Task], Field(min_length=1)]
    backend: Name
    sets: Kinds
    seeds: Annotated[list[Seed], Field(min_length=1)]
    decide_on: Decides

    def lattice(self) -> list[tuple[str, ...]]:
        """Raises InputError (see `lattice`)."""
        return lattice(self.sets, [task.name for task in self.tasks], f"truth of suite '{self.suite}'")


def lattice(kinds: Collection[Kind], tasks: Collection[str], where: str) -> list[tuple[str, ...]]:
    """The union of these kinds of sets of tasks: sorted tuples, small ones first.

    Every task alone and all together are always among them, since gains are gains over these. Raises
    InputError, naming `where`, for a set of more tasks than there are, and for more than MOST sets.
    """
    for kind in kinds:
        if (size := _sizes(kind, len(tasks))[-1]) > len(tasks):
            raise InputError(
                f"{where}: sets of {size}, but there are {len(tasks)} tasks; give a smaller size"
            )
    number = sum(_number(kind, len(tasks)) for kind in kinds)
    if number > MOST:
        raise InputError(
            f"{where}: {number:,} sets of {len(tasks)} tasks, each a joint run a seed; at most {MOST:,} are "
            "made: give {up_to: 2}, {random: 100, size: 3}, a list of such, or a suite of ten tasks at most"
        )
    pool = sorted(tasks)
    found = {tuple(pool), *((task,) for task in pool)}
    return sorted(found.union(*(_sets(kind, pool) for kind in kinds)), key=lambda one: (len(one), one))


def _sizes(kind: Kind, tasks: int) -> range:
    if kind == "all":
        return range(1, tasks + 1)
    if kind == "pairs":
        return range(2, 3)
    return range(1, kind["up_to"] + 1) if "up_to" in kind else range(kind["size"], kind["size"] + 1)


def _number(kind: Kind, tasks: int) -> int:
    number = sum(math.comb(tasks, size) for size in _sizes(kind, tasks))
    return min(number, kind["random"]) if "random" in kind else number


def _sets(kind: Kind, pool: list[str]) -> Iterator[tuple[str, ...]]:
    if "random" in kind:
        return _drawn(pool, kind["size"], _number(kind, len(pool)))
    return (one for size in _sizes(kind, len(pool)) for one in combinations(pool, size))


def _drawn(pool: list[str], size: int, number: int) -> Iterator[tuple[str, ...]]:
    """Other sets every time, the same ones whatever else is asked for; more of them begin with the fewer."""
    found: set[tuple[str, ...]] = set()
    for seed in count(1):
        if len(found) == number:
            return
        one = tuple(sorted(Random(f"{size} {seed}").sample(pool, size)))
        if one not in found:
            found.add(one)
            yield one
