"""One training on several processes: each takes its share of every batch, and gradients are summed.

The rule of joint runs launches them (`gpus` of a backend) with torchrun, whose environment accelerate reads;
without it a process is alone, and none of this costs anything.
"""

import os
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed

T = TypeVar("T")


@cache
def _state() -> Any:
    """accelerate's view of this process; None where it is alone."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return None
    from accelerate import PartialState

    return PartialState(cpu=not torch.cuda.is_available())


def processes() -> int:
    """How many processes share this training."""
    return 1 if _state() is None else _state().num_processes


def is_main() -> bool:
    """Whether this process writes the files."""
    return _state() is None or _state().is_main_process


def device() -> torch.device | None:
    """This process's device; None where it is alone and may choose."""
    return None if _state() is None else _state().device


def share(items: Sequence[T]) -> list[T]:
    """This process's part of what all processes know; all of it where it is alone."""
    state = _state()
    return list(items) if state is None else list(items[state.process_index :: state.num_processes])


def gathered(parts: dict[int, Any]) -> dict[int, Any]:
    """What every process has found, put together, on each of them."""
    if _state() is None:
        return parts
    from accelerate.utils import gather_object

    return dict(gather_object(list(parts.items())))


def add_up(tensors: Sequence[Tensor]) -> None:
    """Replace every tensor by its sum over the processes, in one exchange."""
    if _state() is None:
        return
    flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
    distributed.all_reduce(flat)
    parts = flat.split([tensor.numel() for tensor in tensors])
    for tensor, part in zip(tensors, parts, strict=True):
        tensor.copy_(part.view_as(tensor))
