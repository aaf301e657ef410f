"""One training on several processes: each takes its share of every batch, and gradients are summed.

The rule of joint runs launches them (`gpus` of a backend) with torchrun, whose environment accelerate reads;
without it a process is alone, and none of this costs anything.
"""

import os
from collections.abc import Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed

T = TypeVar("T")


@cache
def _state() -> Any:
    """accelerate's view of this process, or that of one which is alone."""
    # Not by WORLD_SIZE alone, which a shell within a job of several processes may have, too.
    if not distributed.is_torchelastic_launched() or int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return SimpleNamespace(num_processes=1, process_index=0, is_main_process=True, device=None)
    from accelerate import PartialState

    return PartialState(cpu=not torch.cuda.is_available())


def processes() -> int:
    """How many processes share this training."""
    return _state().num_processes


def is_main() -> bool:
    """Whether this process writes the files."""
    return _state().is_main_process


def device() -> torch.device | None:
    """This process's device; None where it is alone and may choose."""
    return _state().device


def share(items: Sequence[T]) -> list[T]:
    """This process's part of what all processes know; all of it where it is alone."""
    return list(items[_state().process_index :: processes()])


def gathered(parts: dict[int, Any]) -> dict[int, Any]:
    """What every process has found, put together, on each of them."""
    if processes() == 1:
        return parts
    from accelerate.utils import gather_object

    return dict(gather_object(list(parts.items())))


def add_up(tensors: Sequence[Tensor]) -> None:
    """Replace every tensor by its sum over the processes, in one exchange."""
    if processes() == 1:
        return
    flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
    distributed.all_reduce(flat)
    parts = flat.split([tensor.numel() for tensor in tensors])
    for tensor, part in zip(tensors, parts, strict=True):
        tensor.copy_(part.view_as(tensor))
