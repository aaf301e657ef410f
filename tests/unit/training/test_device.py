"""Where bf16 pays."""

import pytest
import torch

from gradts.training.device import use_bf16

CPU = torch.device("cpu")
PROCESSORS = {
    "AVX2": ({"cpu_name": "AMD EPYC"}, False),
    "AMD's AVX-512": ({"cpu_name": "AMD EPYC", "avx512_bf16": True, "amx_bf16": False}, True),
    "Intel's AVX-512": ({"cpu_name": "Intel Xeon", "avx512_bf16": True, "amx_bf16": False}, False),
    "Intel's AMX": ({"cpu_name": "Intel Xeon", "avx512_bf16": True, "amx_bf16": True}, True),
    "Arm": ({"architecture": "aarch64"}, False),
}


@pytest.mark.parametrize("name", PROCESSORS)
def test_auto_takes_bf16_where_it_is_faster(monkeypatch, name):
    capabilities, pays = PROCESSORS[name]
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert use_bf16("auto", CPU) == pays
    assert use_bf16("bf16", CPU)
    assert not use_bf16("fp32", CPU)
