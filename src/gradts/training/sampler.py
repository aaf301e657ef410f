"""Order of batches: similar lengths together, tasks mixed in proportion, anew every epoch."""

from collections.abc import Mapping, Sequence

import torch
from transformers.trainer_pt_utils import get_length_grouped_indices


def by_length(lengths: Sequence[int], batch_size: int) -> list[list[int]]:
    """All positions, in batches of similar length, shortest first: for passes without updates."""
    order = sorted(range(len(lengths)), key=lambda position: lengths[position])
    return _cut(order, batch_size)


def epoch_batches(
    lengths: Mapping[str, Sequence[int]], batch_size: int, generator: torch.Generator
) -> list[tuple[str, list[int]]]:
    """One epoch: every instance of every task once, as shuffled (task, positions) batches.

    Each batch belongs to one task, so tasks are mixed in proportion to their number of batches
    (MT-DNN). Lengths are similar within a batch, and members of batches change from epoch to epoch.
    """
    batches = [
        (task, positions)
        for task in sorted(lengths)
        if len(lengths[task])
        for positions in _cut(
            get_length_grouped_indices(lengths[task], batch_size, generator=generator), batch_size
        )
    ]
    order = torch.randperm(len(batches), generator=generator).tolist()
    return [batches[position] for position in order]


def _cut(order: Sequence[int], size: int) -> list[list[int]]:
    return [list(order[start : start + size]) for start in range(0, len(order), size)]
