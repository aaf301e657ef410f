"""Numerical faults are stated in the record, and hold nothing else up."""

import json
import math
from dataclasses import replace

import numpy as np

from gradts.artifacts import read_table
from gradts.autosem import bandit, mixing
from gradts.correlation.matrix import correlation_matrix, read_importance
from gradts.data.splits import read_splits
from gradts.gradients import importance
from gradts.models.backends import load_tokenizer
from gradts.selection.specs import BanditSpec, MixingSpec
from gradts.training import joint
from gradts.training.scores import best_epoch, read_scores, reported
from tests.conftest import RECIPE, TWO_TASKS, gradient_job, joint_run

# Weights become infinite in the second step.
TOO_FAST = replace(RECIPE, epochs=2, learning_rate=1e38, warmup=0.0)


def test_a_diverged_run_says_so_and_scores_nothing(backend, data, tmp_path):
    joint.train_jointly(replace(joint_run(backend), recipe=TOO_FAST), data, tmp_path)
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["diverged"].startswith("epoch 1: the loss of task 'demo_")
    assert "lower the learning rate" in record["diverged"]
    scores = read_scores(tmp_path / "metrics.csv")
    assert {row.epoch for row in scores} == {1, 2}
    assert all(math.isnan(row.value) for row in scores)
    assert all(math.isnan(value) for value in reported(scores, TWO_TASKS[0], "select").values())
    assert read_table(tmp_path / "predictions.parquet")[0].num_rows == 0


def test_texts_that_the_length_limit_cuts_are_recorded_and_told(backend, data, tmp_path, capsys):
    """Of what a job encodes: all splits of a joint run's members, the training rows of a gradient job."""
    short = replace(RECIPE, max_length=8)
    spec = replace(joint_run(backend), recipe=short)
    joint.train_jointly(spec, data, tmp_path)
    tokenizer, expected = load_tokenizer(backend), {}
    for task in TWO_TASKS:
        splits = read_splits(data, task)
        for split, rows in {"train": splits.train, **splits.scored()}.items():
            sides = zip(*(rows[side] for side in ("text_a", "text_b") if side in rows), strict=True)
            count = sum(len(tokenizer(*texts)["input_ids"]) > 8 for texts in sides)
            expected.setdefault(task.name, {})[split] = count
    assert all(count for of in expected.values() for count in of.values())
    assert json.loads((tmp_path / "run.json").read_text())["cut"] == expected
    told = ", ".join(f"{n} of {task} {split}" for task, of in expected.items() for split, n in of.items())
    assert f"warning: max_length 8 cuts texts: {told}\n" in capsys.readouterr().err
    job = gradient_job(TWO_TASKS[1], backend, recipe=short)
    importance.measure_importance(job, data, tmp_path / "a.npy", tmp_path / "a.parquet")
    cut = {"demo_entail": {"train": expected["demo_entail"]["train"]}}
    assert json.loads((tmp_path / "a.json").read_text())["cut"] == cut
    capsys.readouterr()
    joint.train_jointly(joint_run(backend), data, tmp_path)
    assert json.loads((tmp_path / "run.json").read_text())["cut"] == {}
    assert "warning" not in capsys.readouterr().err


def test_epochs_before_a_divergence_count(backend, data, tmp_path, monkeypatch):
    calls = []
    learn = joint.Learner.__call__

    def diverges(learner, task, *batch):
        calls.append(task)
        if len(calls) > 9:  # six batches an epoch
            learner.model.last_layer(task).bias.data.fill_(math.nan)
        learn(learner, task, *batch)

    monkeypatch.setattr(joint.Learner, "__call__", diverges)
    joint.train_jointly(joint_run(backend, epochs=3), data, tmp_path)
    scores = read_scores(tmp_path / "metrics.csv")
    assert json.loads((tmp_path / "run.json").read_text())["diverged"].startswith("epoch 2: the loss")
    assert [best_epoch(scores, task, "select")[0] for task in TWO_TASKS] == [1, 1]
    table, _ = read_table(tmp_path / "predictions.parquet")
    kept = [(one["task"], one["split"]) for one in table.select(["task", "split"]).to_pylist()]
    expected = {
        (task.name, split): read_table(data / task.name / f"{split}.parquet")[0].num_rows
        for task in TWO_TASKS
        for split in ("dev", "select")
    }
    assert {of: kept.count(of) for of in kept} == expected


def test_a_task_without_gradients_has_no_ranking_and_holds_up_no_other(backend, data, tmp_path, monkeypatch):
    specs = [gradient_job(task, backend) for task in TWO_TASKS]
    files = [(tmp_path / f"{task.name}.npy", tmp_path / f"{task.name}.parquet") for task in TWO_TASKS]
    importance.measure_importance(specs[1], data, *files[1])
    alive = importance.ESTIMATORS["head_gate"]

    def dead(*batch):
        losses, gradients = alive.of_batch(*batch)
        return losses, gradients * 0

    monkeypatch.setitem(importance.ESTIMATORS, "head_gate", alive._replace(of_batch=dead))
    importance.measure_importance(specs[0], data, *files[0])
    record = json.loads((tmp_path / "demo_accept.json").read_text())
    assert record["unranked"].startswith("its head gradients sum to 0.0")
    matrices = {
        spec.task.name: read_importance(path, spec) for spec, (path, _) in zip(specs, files, strict=True)
    }
    table = correlation_matrix(matrices)
    assert np.isnan(table.loc["demo_accept"]).all()
    assert table.loc["demo_entail", "demo_entail"] == 1


def test_a_bandit_whose_loss_diverges_ends_there(backend, data, tmp_path):
    spec = BanditSpec(
        "toy",
        TWO_TASKS[0],
        TWO_TASKS[1:],
        backend,
        TOO_FAST,
        1,
        "select",
        rounds=6,
        batches=2,
        gamma=0.3,
    )
    bandit.play(spec, data, tmp_path / "bandit.json")
    answer = json.loads((tmp_path / "bandit.json").read_text())
    assert answer["diverged"].startswith("round ")
    assert len(answer["rounds"]) < 7
    assert set(answer["utilities"]) == {task.name for task in TWO_TASKS}


def test_trials_that_diverge_are_the_worst(backend, data, tmp_path):
    spec = MixingSpec(
        "toy", TWO_TASKS[0], TWO_TASKS[1:], backend, TOO_FAST, 1, "select", trials=2, max_ratio=2
    )
    mixing.search(spec, data, tmp_path / "mixing.json")
    answer = json.loads((tmp_path / "mixing.json").read_text())
    assert [trial["score"] for trial in answer["trials"]] == [mixing.WORST] * 2
