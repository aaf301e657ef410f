"""Intuitive selections without any training (paper section 5.3, method.md §6), and a random control."""

from collections.abc import Mapping, Sequence
from random import Random


def by_size(rows: Mapping[str, int], primary: str) -> list[str]:
    """HEU-Size: candidates by training instances, the largest first, ties by name."""
    return sorted((task for task in rows if task != primary), key=lambda task: (-rows[task], task))


def by_length(lengths: Mapping[str, float], primary: str) -> list[str]:
    """HEU-Len: candidates by difference of mean sentence length, the closest first, ties by name."""
    own = lengths[primary]
    others = (task for task in lengths if task != primary)
    return sorted(others, key=lambda task: (abs(lengths[task] - own), task))


def of_type(types: Mapping[str, str | None], primary: str) -> list[str]:
    """HEU-Type: all candidates of the primary's type, by name; none where its type is not declared."""
    if types[primary] is None:
        return []
    return sorted(task for task in types if task != primary and types[task] == types[primary])


def at_random(candidates: Sequence[str], size: int, primary: str, draw: int) -> list[str]:
    """Random-k: the control without which no method's gain can be believed; one set a draw.

    All candidates where `size` is larger, as it may be before a suite's older answers are remade.
    """
    return sorted(Random(f"{primary} {draw}").sample(sorted(candidates), min(size, len(candidates))))
