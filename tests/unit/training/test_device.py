"""Which precision a device computes in."""

import pytest
import torch

from gradts.training.device import use_bf16

CPU = torch.device("cpu")


@pytest.mark.parametrize("has_bf16", [True, False])
def test_auto_is_fp32_on_every_cpu(monkeypatch, has_bf16):
    known = {"cpu_name": "AMD EPYC", "avx512_bf16": has_bf16, "amx_bf16": has_bf16}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: known)
    assert not use_bf16("auto", CPU)
    assert use_bf16("bf16", CPU)
    assert not use_bf16("fp32", CPU)


@pytest.mark.parametrize("has_bf16", [True, False])
def test_auto_takes_a_gpus_own_bf16(monkeypatch, has_bf16):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has_bf16)
    assert use_bf16("auto", torch.device("cuda")) == has_bf16
