"""Order of batches: similar lengths together, tasks mixed in proportion, anew every epoch."""

import math
from collections.abc import Iterable, Mapping, Sequence

import torch
from transformers.trainer_pt_utils import get_length_grouped_indices

from gradts.members import Member


def by_length(lengths: Sequence[int], batch_size: int) -> list[list[int]]:
    """All positions, in batches of similar length, shortest first: for passes without updates."""
    order = sorted(range(len(lengths)), key=lambda position: lengths[position])
    return _cut(order, batch_size)


def batch_counts(
    lengths: Mapping[str, Sequence[int]], members: Iterable[Member], size: int
) -> dict[str, int]:
    """Task → batches an epoch.

    Those of one pass, of several where it is repeated, or so many for each of the primary under a ratio.
    """
    counts = {task: math.ceil(len(lengths[task]) / size) for task in lengths}
    for member in members:
        if member.subset is not None and member.subset.kind == "ratio":
            counts[member.task] = max(1, round(member.subset.value * counts[member.subset.primary]))
        if member.subset is not None and member.subset.kind == "repeat":
            counts[member.task] *= int(member.subset.value)
    return counts


def epoch_batches(
    lengths: Mapping[str, Sequence[int]],
    counts: Mapping[str, int],
    batch_size: int,
    generator: torch.Generator,
) -> list[tuple[str, list[int]]]:
    """One epoch: so many batches of each task as `counts` says, as shuffled (task, positions) pairs.

    Each batch belongs to one task. With a pass a task, tasks are mixed in proportion to their number
    of batches (MT-DNN). Lengths are similar within a batch, and members of batches change from epoch to
    epoch.
    """
    batches = [
        (task, positions)
        for task in sorted(lengths)
        for positions in _drawn(lengths[task], counts[task], batch_size, generator)
    ]
    order = torch.randperm(len(batches), generator=generator).tolist()
    return [batches[position] for position in order]


def _drawn(lengths: Sequence[int], count: int, size: int, generator: torch.Generator) -> list[list[int]]:
    """`count` batches: whole passes, each in a new order, and a random part of the last one."""
    batches: list[list[int]] = []
    while len(batches) < count and len(lengths):
        one_pass = _cut(get_length_grouped_indices(lengths, size, generator=generator), size)
        order = torch.randperm(len(one_pass), generator=generator).tolist()
        batches += [one_pass[position] for position in order]
    return batches[:count]


def _cut(order: Sequence[int], size: int) -> list[list[int]]:
    return [list(order[start : start + size]) for start in range(0, len(order), size)]
