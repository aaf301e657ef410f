"""A task's mean embedding, against a plain loop without padding."""

import numpy as np
import pytest
import torch

from gradts.artifacts import read_array
from gradts.data.splits import read_splits
from gradts.models.backends import load_encoder, load_tokenizer
from gradts.training.embedding import embed, mean_embedding
from gradts.training.encoding import Encoded
from gradts.training.specs import EmbeddingSpec
from tests.conftest import TWO_TASKS, WIDTH

LENGTH = 20  # cuts some of the pairs


@pytest.fixture(params=TWO_TASKS, ids=lambda task: task.name)
def task(request):
    """One of single texts, and one of pairs."""
    return request.param


@pytest.fixture
def by_hand(task, backend, data) -> np.ndarray:
    """Instance by instance, as transformers' own classes do it."""
    rows, tokenizer = read_splits(data, task).train, load_tokenizer(backend)
    encoder = load_encoder(backend).eval()
    means = []
    for row in rows.to_dict("records"):
        texts = [row[side] for side in ("text_a", "text_b") if side in row]
        inputs = tokenizer(*texts, return_tensors="pt", truncation="longest_first", max_length=LENGTH)
        with torch.no_grad():
            means.append(encoder(**inputs).last_hidden_state[0].double().mean(0).numpy())
    return np.mean(means, axis=0)


@pytest.mark.parametrize("batch_size", [1, 5, 64])
def test_every_instance_counts_alike_and_padding_does_not(task, backend, data, by_hand, batch_size):
    rows = read_splits(data, task).train
    encoded = Encoded(rows, task, load_tokenizer(backend), LENGTH)
    assert len({*encoded.lengths}) > 1
    found = mean_embedding(load_encoder(backend).train(), encoded, batch_size)  # without dropout all the same
    assert found == pytest.approx(by_hand, abs=1e-6)


def test_what_the_job_writes(task, backend, data, by_hand, tmp_path):
    embed(EmbeddingSpec(task, backend, LENGTH), data, out := tmp_path / "embedding.npy")
    vector, record = read_array(out)
    assert (vector.dtype, vector.shape) == (np.float32, (WIDTH,))
    assert vector == pytest.approx(by_hand, abs=1e-6)
    assert (record["instances_processed"], record["device"]) == (24, "cpu")
    assert record["cut"] > 0 or task.name == "demo_accept"
    assert record["spec"]["task"]["name"] == task.name
