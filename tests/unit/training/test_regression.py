"""Numbers in any units: what is learnt does not depend on them, and predictions and errors are in them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch
from safetensors import safe_open

from gradts.data.prepare import prepare
from gradts.gradients.importance import measure_importance
from gradts.members import Member
from gradts.names import InputError
from gradts.provenance import Job
from gradts.specs import RunSpec, Task
from gradts.training.checkpoint import State
from gradts.training.joint import train_jointly
from gradts.training.loop import prepare_training
from gradts.training.scores import read_scores
from tests.conftest import RECIPE, gradient_job, source_of, yes_no
from tests.unit.by_hand import put_splits

NUMBER = Task("number", "regression", [], ["pearson", "spearman", "rmse", "mae"], "pearson")
CLASS = yes_no("class")
WORDS = ["the", "big", "dog", "saw", "a", "small", "cat"]
# y → factor · y + shift
SCALES = {"prices": (18_000.0, 10_000.0), "percent": (20.0, 0.0), "shares": (0.002, -4.0), "far": (1.0, 1e6)}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Prepared data by scale: how often `dog` occurs in a text, a tenth more or less, and whether it does."""
    texts = np.random.default_rng(0).choice(WORDS, (90, 6))
    dogs = (texts == "dog").sum(axis=1)
    noise = np.random.default_rng(1).normal(0, 0.1, len(dogs))
    folders = {}
    for name, (factor, shift) in {"plain": (1.0, 0.0), **SCALES}.items():
        folder = folders[name] = tmp_path_factory.mktemp(name)
        kinds = {"number": factor * (dogs + noise) + shift, "class": np.where(dogs > 0, "yes", "no")}
        for task, labels in kinds.items():
            rows = pd.DataFrame({"text": map(" ".join, texts), "label": labels})
            paths = {"train": folder / f"{task}.csv", "dev": folder / f"{task}-dev.csv"}
            rows[:70].to_csv(paths["train"], index=False)
            rows[70:].to_csv(paths["dev"], index=False)
            origin = {"files": {split: str(path) for split, path in paths.items()}, "columns": None}
            kind = {} if task == "class" else {"objective": "regression", "labels": []}
            prepare(source_of(task, origin=origin, select_fraction=0.2, **kind), folder / task)
    return folders


def job(backend, *members: str) -> RunSpec:
    tasks = [{"number": NUMBER, "class": CLASS}[member.partition("@")[0]] for member in members]
    recipe = replace(RECIPE, epochs=3, learning_rate=5e-3)
    return RunSpec([*members], tasks, backend, recipe, seed=1)


@pytest.fixture(scope="module")
def runs(folders, backend):
    """The joint run of both tasks on each of the data."""
    for folder in folders.values():
        train_jointly(job(backend, "class", "number"), folder, folder / "run")
    return {name: folder / "run" for name, folder in folders.items()}


@pytest.mark.parametrize("name", SCALES)
def test_scores_do_not_depend_on_units_and_errors_are_in_them(runs, name):
    factor = SCALES[name][0]
    plain, scaled = (read_scores(runs[one] / "metrics.csv") for one in ("plain", name))
    assert [row.epoch for row in plain if (row.split, row.metric) == ("dev", "mae")] == [1, 2, 3]
    for before, after in zip(plain, scaled, strict=True):
        by = factor if before.metric in ("rmse", "mae") else 1
        assert after.value == pytest.approx(by * before.value, abs=1e-6 * by), before


@pytest.mark.parametrize("split", ["dev", "select"])
@pytest.mark.parametrize("name", ["plain", *SCALES])
def test_predictions_are_in_the_units_of_the_labels(runs, name, split):
    table = pq.read_table(runs[name] / "predictions.parquet").to_pandas()
    table = table[(table["task"] == "number") & (table["split"] == split)]
    labels, guesses = (np.array([one for (one,) in table[side]]) for side in ("label", "prediction"))
    scores = [row for row in read_scores(runs[name] / "metrics.csv") if row.task == "number"]
    best = max(
        (row for row in scores if (row.split, row.metric) == ("select", "pearson")), key=lambda r: r.value
    )
    told = {row.metric: row.value for row in scores if (row.split, row.epoch) == (split, best.epoch)}
    assert told["rmse"] == pytest.approx(np.sqrt(np.mean((labels - guesses) ** 2)))
    assert told["mae"] == pytest.approx(np.mean(np.abs(labels - guesses)))
    assert told["pearson"] == pytest.approx(np.corrcoef(labels, guesses)[0, 1])
    assert told["rmse"] < 2 * labels.std()  # of a head that is left in its own units: far more


@pytest.mark.parametrize("estimator", ["head_gate", "kv_weight"])
def test_gradients_do_not_depend_on_units(folders, backend, tmp_path, estimator):
    """With the fitted head, which is a ridge regression of the standardised numbers."""
    tables = {}
    for name in ("plain", "prices", "shares"):
        spec = gradient_job(NUMBER, backend, estimator=estimator)
        measure_importance(spec, folders[name], tmp_path / f"{name}.npy", tmp_path / f"{name}.parquet")
        tables[name] = pq.read_table(tmp_path / f"{name}.parquet").to_pandas()
    plain = np.stack(tables.pop("plain")["heads"].to_list())
    for table in tables.values():
        assert np.allclose(np.stack(table["heads"].to_list()), plain, rtol=1e-3, atol=1e-6 * plain.max())


@pytest.mark.parametrize("members", [["number"], ["class", "number@sample0.3"]], ids="+".join)
@pytest.mark.parametrize("name", ["plain", "prices"])
def test_the_scale_is_that_of_the_whole_training_split(folders, backend, name, members):
    spec = job(backend, *members)
    training = prepare_training(
        spec, [Member.parse(one) for one in members], folders[name], scored=["number"]
    )
    labels = pq.read_table(folders[name] / "number/train.parquet")["label"].to_numpy()
    scale = training.model.scales["number"]
    assert scale.mean.item() == pytest.approx(np.mean(labels), rel=1e-12)
    assert scale.deviation.item() == pytest.approx(np.std(labels), rel=1e-12)
    assert [*training.model.scales] == ["number"]
    # The loss by hand: the squared distance, in deviations, of logits 0 and 1.
    two = torch.tensor(labels[:2])
    losses = training.model.losses("number", torch.tensor([[0.0], [1.0]]), two)
    by_hand = ((labels[:2] - np.mean(labels)) / np.std(labels) - [0, 1]) ** 2
    assert np.allclose(losses.numpy(), by_hand)
    answers = training.model.answers("number", torch.tensor([[0.0], [1.0]]))
    assert answers == pytest.approx([np.mean(labels), np.mean(labels) + np.std(labels)])


def test_a_saved_state_has_the_scale(folders, backend, tmp_path):
    spec = job(backend, "number")
    training = prepare_training(spec, [Member("number")], folders["prices"])
    learner, path = training.learner(spec.recipe), tmp_path / "state.safetensors"
    learner("number", training.data["number"], [0, 1, 2])
    state = State(path, Job("gradts.training.joint", spec))
    state.save(learner, {})
    labels = pq.read_table(folders["prices"] / "number/train.parquet")["label"].to_numpy()
    with safe_open(path, "pt") as file:
        assert file.get_tensor("model.scales.number.mean").item() == pytest.approx(labels.mean(), rel=1e-12)
    training.model.scales["number"].set(0.0, 1.0)
    assert state.load(learner) == {}
    assert training.model.scales["number"].deviation.item() == pytest.approx(labels.std(), rel=1e-12)


def test_constant_training_targets_are_refused(backend, tmp_path):
    put_splits(tmp_path / "results", "number", [3.0] * 4, [1.0, 2.0], dev=[1.0, 2.0])
    with pytest.raises(
        InputError, match="task 'number': the 4 targets of its train split are all 3: nothing"
    ):
        prepare_training(job(backend, "number"), [Member("number")], tmp_path / "results/data")
