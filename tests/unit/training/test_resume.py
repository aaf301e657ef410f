"""A joint run that is stopped in the middle ends as an undisturbed one."""

import json
from dataclasses import replace

import pytest

from gradts.artifacts import ArtifactError
from gradts.specs import RunSpec
from gradts.training import joint
from tests.conftest import joint_run


@pytest.fixture
def spec(backend) -> RunSpec:
    return joint_run(backend, epochs=4, batch_size=4)


class Killed(Exception):
    pass


def test_a_stopped_run_resumes_from_its_last_epoch(spec, data, tmp_path, monkeypatch):
    monkeypatch.setattr(joint, "SAVE_SECONDS", 0.0)
    joint.train_jointly(spec, data, tmp_path / "whole")
    calls = []
    learn = joint.Learner.__call__

    def dies(learner, *batch):
        calls.append(batch)
        if len(calls) == 30:  # in the third of four epochs of twelve batches
            raise Killed
        learn(learner, *batch)

    part = tmp_path / "part"
    with monkeypatch.context() as patch:
        patch.setattr(joint.Learner, "__call__", dies)
        with pytest.raises(Killed):
            joint.train_jointly(spec, data, part)
        assert [path.name for path in part.iterdir()] == ["state.safetensors"]
        joint.train_jointly(spec, data, part)
    assert len(calls) == 30 + 24
    for name in ("metrics.csv", "predictions.parquet", "run.json"):
        assert (part / name).exists()
    assert (part / "metrics.csv").read_bytes() == (tmp_path / "whole/metrics.csv").read_bytes()
    records = [json.loads((tmp_path / name / "run.json").read_text()) for name in ("part", "whole")]
    counts = [record["instances_processed"] for record in records]
    assert counts[0] == counts[1]
    assert not (part / "state.safetensors").exists()


def test_a_damaged_state_is_named(spec, data, tmp_path):
    (tmp_path / "state.safetensors").write_bytes(b"damaged")
    with pytest.raises(ArtifactError, match=r"state\.safetensors cannot be resumed .*delete it to begin"):
        joint.train_jointly(spec, data, tmp_path)


def test_a_state_of_another_run_resumes_nothing(spec, data, tmp_path, monkeypatch):
    monkeypatch.setattr(joint, "SAVE_SECONDS", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(joint, "write_table", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            joint.train_jointly(spec, data, tmp_path)
    other = replace(spec, recipe=replace(spec.recipe, epochs=1))
    joint.train_jointly(other, data, tmp_path)
    assert json.loads((tmp_path / "run.json").read_text())["instances_processed"] == 48
