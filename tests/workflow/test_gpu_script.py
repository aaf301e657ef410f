"""benchmarks/gpu.sh from end to end, its sizes cut, on whatever device there is."""

import os
import shutil
import subprocess

import pytest
import yaml

from tests.conftest import data_root
from tests.workflow.tiny import ROOT

CUT = {
    "suites": {"glue8": ["mrpc", "wnli"]},
    "data": {"max_train": 16, "max_select": 16, "max_dev": 16},
    "training": {"epochs": 1, "batch_size": 8, "max_length": 32},
    "gradients": {"seeds": [1]},
    "tables": {"table2": {"methods": ["single-task", "no-sel", "gradts-trial"]}},
    "selection": {name: {"threshold": {"keep": 0.5, "tune": None}} for name in ("thres", "fg")},
}


@pytest.mark.parametrize(
    ("given", "said"), [([], "give the folder of local data first"), (["/nowhere"], "/nowhere: No such file")]
)
def test_without_data_nothing_begins(given, said):
    command = ["bash", "benchmarks/gpu.sh", *given]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stdout == ""


@pytest.mark.skipif(data_root() is None, reason="no local mirror of the data (GRADTS_DATA)")
def test_the_script_for_a_gpu_runs_in_parts_and_from_end_to_end(tmp_path):
    for name in ("Snakefile", "workflow", "config", "profiles", "benchmarks"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, tmp_path / name)
    (tmp_path / "cut.yaml").write_text(yaml.safe_dump(CUT))
    sizes = {"INSTANCES": "4", "ROWS": "16", "SEEDS": "1", "PRECISIONS": "fp32"}

    def run(**more: str) -> list[str]:
        command = ["bash", "benchmarks/gpu.sh", str(data_root()), "cut.yaml"]
        done = subprocess.run(
            command, cwd=tmp_path, env=os.environ | sizes | more, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()

    table = tmp_path / "results/glue-full/tables/table2.csv"
    measured = [
        line.split(":")[0]
        for line in run(PARTS="gradients trainer")
        if " examples/s" in line or " instances/s" in line
    ]
    assert len(measured) == 3 + 2
    assert not table.exists()
    shown = run(PARTS="table2")
    assert [line for line in shown if line.startswith("| mrpc_f1 ")]
    made = table.stat().st_mtime_ns
    run(PARTS="table2")  # nothing is left to do
    assert table.stat().st_mtime_ns == made
