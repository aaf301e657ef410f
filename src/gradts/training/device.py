"""Where and in which precision a job computes."""

import torch

from gradts.training import parallel


def pick_device() -> torch.device:
    """The process's own GPU among several, the first GPU where there is one, else the CPU."""
    return parallel.device() or torch.device("cuda" if torch.cuda.is_available() else "cpu")


def use_bf16(precision: str, device: torch.device) -> bool:
    """Whether `auto`, `bf16` or `fp32` means bf16 autocast on this device.

    `auto` takes bf16 only where the device computes it faster than fp32 (docs/measured/starts.md).
    """
    if precision != "auto":
        return precision == "bf16"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    found = torch.cpu.get_capabilities()
    # Intel's AVX-512 multiplies no more bf16 than fp32 numbers at a time: its AMX does.
    return bool(found.get("amx_bf16") or (found.get("avx512_bf16") and "Intel" not in found["cpu_name"]))


def autocast(precision: str, device: torch.device) -> torch.autocast:
    """The autocast context of a precision on a device."""
    return torch.autocast(device.type, torch.bfloat16, enabled=use_bf16(precision, device))
