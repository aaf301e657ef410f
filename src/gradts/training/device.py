"""Where and in which precision a job computes."""

import torch

from gradts.training import parallel


def pick_device() -> torch.device:
    """The process's own GPU among several, the first GPU where there is one, else the CPU."""
    return parallel.device() or torch.device("cuda" if torch.cuda.is_available() else "cpu")


def use_bf16(precision: str, device: torch.device) -> bool:
    """Whether `auto`, `bf16` or `fp32` means bf16 autocast on this device.

    `auto` is fp32 on every CPU: which have bf16 differs, and with it chosen sets would (docs/signal.md).
    """
    if precision != "auto":
        return precision == "bf16"
    return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)


def used(precision: str, device: torch.device) -> str:
    """What a precision means on this device: bf16 or fp32."""
    return "bf16" if use_bf16(precision, device) else "fp32"


def autocast(precision: str, device: torch.device) -> torch.autocast:
    """The autocast context of a precision on a device."""
    return torch.autocast(device.type, torch.bfloat16, enabled=use_bf16(precision, device))
