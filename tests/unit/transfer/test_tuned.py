"""Embeddings by fine-tuned encoders, against those of the exported model of the same training."""

from dataclasses import replace

import numpy as np
import pytest
from transformers import AutoModel

from gradts.artifacts import ArtifactError, read_array, read_json, read_table
from gradts.data.splits import read_splits
from gradts.layout import sidecar
from gradts.models.backends import load_encoder, load_tokenizer
from gradts.readings import read_values
from gradts.specs import RunSpec
from gradts.training.embedding import choose_points, embed, embeddings
from gradts.training.joint import kept_model, train_jointly
from gradts.training.specs import EmbeddingSpec
from gradts.transfer.esm import linear_map
from gradts.transfer.logme import logme
from gradts.transfer.specs import FineTuneSpec, ValuesSpec
from gradts.transfer.tuned import fine_tune, map_candidate, value_candidates
from tests.conftest import RECIPE, TAGS, TWO_TASKS
from tests.unit.by_loop import looped

TASKS = [*TWO_TASKS, TAGS]
LENGTH = RECIPE.max_length


@pytest.fixture(scope="module", params=[TWO_TASKS[0], TAGS], ids=lambda task: task.name)
def candidate(request):
    """A task of texts, and one of words."""
    return request.param


@pytest.fixture(scope="module")
def spec(candidate, backend) -> FineTuneSpec:
    return FineTuneSpec(candidate, backend, RECIPE, 1, "random")


@pytest.fixture(scope="module")
def by_hand(spec, candidate, tagged_data, tmp_path_factory):
    """Task → its points' embeddings, by the model that a joint run of the candidate alone exports."""
    run = RunSpec([candidate.name], [candidate], spec.backend, spec.recipe, spec.seed)
    train_jointly(run, tagged_data, folder := tmp_path_factory.mktemp("run"), keep="weights")
    encoder = AutoModel.from_pretrained(kept_model(folder, candidate.name)).eval()
    tokenizer, found = load_tokenizer(spec.backend), {}
    for task in TASKS:
        means, words = looped(encoder, tokenizer, read_splits(tagged_data, task).train, LENGTH)
        found[task.name] = np.array([state for *_, state in words] or means)
    return found


@pytest.fixture
def embedded(candidate, backend, tagged_data, tmp_path):
    embed(EmbeddingSpec(candidate, backend, LENGTH), tagged_data, tmp_path / "x.npy", tmp_path / "x.parquet")
    return tmp_path / "x.parquet"


def test_a_fine_tuned_encoder_embeds_the_texts_of_every_task(spec, candidate, by_hand, tagged_data):
    """Though it was trained with the word pieces of its own alone."""
    encoder, processed, _ = fine_tune(spec, tagged_data)
    assert processed == 24
    for task in TASKS:
        rows, tokenizer = read_splits(tagged_data, task).train, load_tokenizer(spec.backend)
        points = choose_points(rows, task, tokenizer, LENGTH)
        assert embeddings(encoder, points, 8)[1] == pytest.approx(by_hand[task.name], abs=1e-5)
        untouched = embeddings(load_encoder(spec.backend), points, 8)[1]
        assert np.abs(untouched - by_hand[task.name]).max() > 1e-3


def test_a_map_does_what_the_fine_tune_did(spec, candidate, embedded, by_hand, tagged_data, tmp_path):
    map_candidate(spec, tagged_data, embedded, out := tmp_path / "map.npy")
    found, record = read_array(out)
    before = np.array(read_table(embedded)[0]["vector"].to_pylist())
    assert found == pytest.approx(linear_map(before, by_hand[candidate.name]), abs=1e-3)
    assert (found.dtype, record["precision"], record["instances_processed"]) == (np.float32, "fp32", 48)
    assert str(embedded) in record["reads"]


def test_a_map_of_other_points_is_refused(spec, candidate, embedded, tagged_data, monkeypatch, tmp_path):
    monkeypatch.setattr("gradts.training.embedding.MOST", 7)
    message = f"x.parquet lists other instances than the training split of '{candidate.name}'; remake"
    with pytest.raises(ArtifactError, match=message):
        map_candidate(spec, tagged_data, embedded, tmp_path / "map.npy")


def test_values_are_logme_of_embeddings_by_the_fine_tuned_encoder(
    spec, candidate, by_hand, tagged_data, tmp_path
):
    value_candidates(ValuesSpec([spec], TASKS), tagged_data, out := tmp_path / "values.csv")
    found = read_values(out, "tiny", [candidate.name], {})
    assert [*found] == [task.name for task in TASKS]
    for task in TASKS:
        labels = read_splits(tagged_data, task).train["label"]
        ids = np.concatenate(labels.tolist()) if task is TAGS else labels
        expected = logme(by_hand[task.name], np.eye(len(task.labels))[ids])
        value = found[task.name][candidate.name]
        assert np.isnan(value) if task is candidate else value == pytest.approx(expected, abs=1e-4)
    # One pass of training, and the texts of both other tasks.
    assert read_json(sidecar(out))["instances_processed"] == 24 + 48


def test_a_fitted_head_is_where_a_fine_tune_starts(spec, tagged_data, candidate):
    tokenizer, rows = load_tokenizer(spec.backend), read_splits(tagged_data, candidate).train
    points = choose_points(rows, candidate, tokenizer, LENGTH)
    found = [
        embeddings(fine_tune(replace(spec, head=head), tagged_data).encoder, points, 8)[1]
        for head in ("random", "fitted")
    ]
    assert np.abs(found[0] - found[1]).max() > 1e-3
