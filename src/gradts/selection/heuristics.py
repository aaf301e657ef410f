"""Intuitive selections without any training (paper section 5.3, method.md §6), and what controls rest on."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from random import Random

from gradts.members import Member
from gradts.selection.gradts import Trial, first_best


def best_prefix(
    ordered: Sequence[str],
    scores: Callable[[list[tuple[str, ...]]], list[float]],
    *,
    primary_alone: bool,
) -> Trial:
    """HEU-Size, HEU-Len: add candidates in order to the end and take the best score.

    `scores(sets)`: the primary's score when trained with each set; all sets are asked for at once, since none
    depends on another's score. Ties: the smaller set. NaN is never best: no set where all are.
    """
    sizes = range(0 if primary_alone else 1, len(ordered) + 1)
    tried = [tuple(ordered[:size]) for size in sizes]
    if not tried:
        return Trial((), ())
    found = scores(tried)
    best = first_best(found)
    return Trial(() if math.isnan(found[best]) else tried[best], tuple(zip(tried, found, strict=True)))


def of_type(types: Mapping[str, str | None], primary: str) -> list[str]:
    """HEU-Type: all candidates of the primary's type, by name; none where its type is not declared."""
    if types[primary] is None:
        return []
    return sorted(task for task in types if task != primary and types[task] == types[primary])


def at_random(candidates: Sequence[str], size: int, primary: str, draw: int) -> list[str]:
    """Random sets of one size: the control without which no method's gain can be believed; see `_distinct`.

    All candidates where `size` is larger, as it may be before a suite's older answers are remade.
    """
    pool, size = sorted(candidates), min(size, len(candidates))
    return _distinct(lambda random: random.sample(pool, size), math.comb(len(pool), size), primary, draw)


def of_any_size(candidates: Sequence[str], primary: str, draw: int) -> list[str]:
    """Random sets whose sizes are drawn evenly, from one candidate to all but one; see `_distinct`."""
    pool = sorted(candidates)
    most = max(1, len(pool) - 1)
    sets = max(1, 2 ** len(pool) - 2)
    return _distinct(lambda random: random.sample(pool, random.randint(1, most)), sets, primary, draw)


def _distinct(one: Callable[[Random], list[str]], sets: int, primary: str, draw: int) -> list[str]:
    """One set a draw (from 1), of so many that there are.

    No set comes twice before all have come; then they come again in the same order.
    """
    place = (draw - 1) % sets
    drawn: list[list[str]] = []
    seeds = count(1)
    while len(drawn) <= place:
        found = sorted(one(Random(f"{primary} {next(seeds)}")))
        if found not in drawn:
            drawn.append(found)
    return drawn[place]


def passes(members: Sequence[str], instances: Mapping[str, int], primary: str) -> int:
    """Passes over a task's instances that are nearest to an epoch of a set; a pass at least.

    `instances`: task → its training instances that take part.
    """
    known = map(Member.parse, members)
    shares = (
        one.subset.value
        if one.subset is not None and one.subset.kind == "ratio"
        else instances[one.task] / instances[primary]
        for one in known
    )
    return max(1, round(sum(shares)))
