"""A run on several processes, and one whose batches do not fit the memory, end as a plain one."""

import csv
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

from gradts.models.multitask import MultiTaskModel
from gradts.specs import Backend, RunSpec
from gradts.training import joint
from tests.conftest import joint_run


@pytest.fixture(scope="module")
def spec(tiny_backend, tmp_path_factory) -> RunSpec:
    """Without dropout, whose draws belong to a process and a batch."""
    folder = shutil.copytree(tiny_backend, tmp_path_factory.mktemp("no dropout") / "backend")
    config = json.loads((folder / "config.json").read_text())
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config))
    # Batches of 7: with two processes shares differ, and the last batch of an epoch has 3 instances.
    return joint_run(Backend("tiny", path=str(folder)), epochs=3, batch_size=7)


@pytest.fixture(scope="module")
def alone(spec, data, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("alone")
    joint.train_jointly(spec, data, out)
    return out


def assert_same_scores(ours: Path, theirs: Path) -> None:
    def scores(folder: Path) -> list[tuple]:
        with (folder / "metrics.csv").open(newline="") as file:
            return [tuple(row) for row in csv.reader(file)][1:]

    for found, wanted in zip(scores(ours), scores(theirs), strict=True):
        assert found[:4] == wanted[:4]
        assert float(found[4]) == pytest.approx(float(wanted[4]), abs=1e-6)


def test_two_processes_end_as_one(spec, data, alone, tmp_path):
    command = "torchrun --standalone --no-python --nproc-per-node 2 gradts joint --threads 1"
    options = {"--spec": spec.to_json(), "--data": data, "--out": tmp_path / "out"}
    flat = [str(part) for option in options.items() for part in option]
    done = subprocess.run([*command.split(), *flat], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "out/run.json").read_text())
    assert record["processes"] == 2
    assert record["instances_processed"] == 3 * 2 * 24
    assert_same_scores(tmp_path / "out", alone)


def test_a_job_in_a_shell_of_several_processes_is_alone(spec, data, alone, tmp_path):
    shell = {**os.environ, "WORLD_SIZE": "2", "RANK": "1", "LOCAL_RANK": "1"}
    command = ["gradts", "joint", "--spec", spec.to_json(), "--data", data, "--out", tmp_path]
    subprocess.run([*map(str, command)], check=True, env=shell, timeout=300)
    assert_same_scores(tmp_path, alone)


def test_a_batch_that_does_not_fit_is_cut_and_counts_as_whole(spec, data, alone, tmp_path, monkeypatch):
    forward = MultiTaskModel.forward

    def small(model, task, inputs):
        if model.training and len(inputs["input_ids"]) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return forward(model, task, inputs)

    monkeypatch.setattr(MultiTaskModel, "forward", small)
    joint.train_jointly(spec, data, tmp_path)
    assert json.loads((tmp_path / "run.json").read_text())["pieces"] == 4
    assert json.loads((alone / "run.json").read_text())["pieces"] == 1
    assert_same_scores(tmp_path, alone)


def test_a_single_instance_that_does_not_fit_is_an_error(spec, data, tmp_path, monkeypatch):
    def full(model, task, inputs):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(MultiTaskModel, "forward", full)
    with pytest.raises(torch.OutOfMemoryError):
        joint.train_jointly(spec, data, tmp_path)
