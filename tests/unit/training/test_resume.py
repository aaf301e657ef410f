"""A joint run that is stopped in the middle ends as an undisturbed one."""

import json
import shutil
from dataclasses import replace

import pyarrow as pa
import pytest
import torch

from gradts import provenance
from gradts.artifacts import ArtifactError, read_table, write_table
from gradts.models.multitask import MultiTaskModel
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
        (part / ".state.safetensors.a1.part").touch()  # as a write that was killed leaves it
        joint.train_jointly(spec, data, part)
    assert len(calls) == 30 + 24
    for name in ("metrics.csv", "predictions.parquet", "run.json"):
        assert (part / name).exists()
    assert (part / "metrics.csv").read_bytes() == (tmp_path / "whole/metrics.csv").read_bytes()
    records = [json.loads((tmp_path / name / "run.json").read_text()) for name in ("part", "whole")]
    counts = [record["instances_processed"] for record in records]
    assert counts[0] == counts[1]
    assert not [path.name for path in part.iterdir() if "state" in path.name]


def test_models_of_an_earlier_training_are_not_left_to_a_later_one(spec, data, tmp_path):
    """Whose answers may be the same, though the weights are not."""
    joint.train_jointly(spec, data, tmp_path, keep="weights")
    assert all(joint.kept_model(tmp_path, name).exists() for name in spec.members)
    other = replace(spec, recipe=replace(spec.recipe, learning_rate=2e-3))
    joint.train_jointly(other, data, tmp_path)
    assert not joint.kept_models(tmp_path).exists()


def test_a_run_that_cuts_its_batches_resumes_to_the_same_weights(spec, data, tmp_path, monkeypatch):
    """What does not fit is found out after dropout was drawn: a resumed run must not try it again."""
    monkeypatch.setattr(joint, "SAVE_SECONDS", 0.0)
    forward, learn = MultiTaskModel.forward, joint.Learner.__call__
    models, deadly = [], 30  # updates; in the third of four epochs of twelve

    def small(model, task, inputs):
        logits = forward(model, task, inputs)
        if model.training and len(inputs["input_ids"]) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return logits

    def dies(learner, *batch):
        models.append(learner.model)
        if len(models) == deadly:
            raise Killed
        learn(learner, *batch)

    monkeypatch.setattr(MultiTaskModel, "forward", small)
    monkeypatch.setattr(joint.Learner, "__call__", dies)
    with pytest.raises(Killed):
        joint.train_jointly(spec, data, tmp_path)
    joint.train_jointly(spec, data, tmp_path)
    resumed = models[-1].state_dict()
    joint.train_jointly(spec, data, tmp_path / "whole")
    torch.testing.assert_close(resumed, models[-1].state_dict(), rtol=0, atol=0)


def test_a_damaged_state_is_named(spec, data, tmp_path):
    (tmp_path / "state.safetensors").write_bytes(b"damaged")
    with pytest.raises(ArtifactError, match=r"state\.safetensors cannot be resumed .*delete it to begin"):
        joint.train_jointly(spec, data, tmp_path)


def mended(data, folder):
    """The same rows with the labels of one task turned round."""
    shutil.copytree(data, folder)
    path = folder / "demo_entail/train.parquet"
    table, record = read_table(path)
    labels = pa.array([1 - label for label in table["label"].to_pylist()])
    write_table(path, table.set_column(table.schema.get_field_index("label"), "label", labels), record)
    return folder


@pytest.mark.parametrize("part", ["spec", "data", "code", "packages"])
def test_a_state_of_anything_else_resumes_nothing_and_says_so(
    spec, data, tmp_path, monkeypatch, capsys, part
):
    monkeypatch.setattr(joint, "SAVE_SECONDS", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(joint, "write_table", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            joint.train_jointly(spec, data, tmp_path / "run")
    if part == "spec":
        spec = replace(spec, recipe=replace(spec.recipe, learning_rate=2e-3))
    elif part == "data":
        data = mended(data, tmp_path / "mended")
    else:
        name = {"code": "code_digest", "packages": "packages"}[part]
        monkeypatch.setattr(provenance, name, lambda *_: {"other": "1"})
    capsys.readouterr()
    joint.train_jointly(spec, data, tmp_path / "run")
    said = f"state.safetensors was left by a job of other {part}: beginning anew\n"
    assert said in capsys.readouterr().err
    joint.train_jointly(spec, data, tmp_path / "anew")
    scores = [(tmp_path / name / "metrics.csv").read_bytes() for name in ("run", "anew")]
    assert scores[0] == scores[1]


def test_a_resumed_run_counts_what_it_took_before(spec, data, tmp_path, monkeypatch):
    monkeypatch.setattr(joint, "SAVE_SECONDS", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(joint, "write_table", lambda *_: (_ for _ in ()).throw(Killed))
        # An hour of both, in the process that is stopped.
        patch.setattr(provenance, "_age", lambda: 3600.0)
        patch.setattr(provenance.time, "process_time", lambda: 3600.0)
        with pytest.raises(Killed):
            joint.train_jointly(spec, data, tmp_path)
    began = provenance.Job("gradts.training.joint").seconds()
    joint.train_jointly(spec, data, tmp_path)
    record = json.loads((tmp_path / "run.json").read_text())
    for name, seconds in began.items():
        assert 3600 + seconds <= record[name] < 3600 + seconds + 60
