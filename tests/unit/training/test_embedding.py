"""Embeddings of texts, of words, and their mean, against a plain loop without padding."""

import numpy as np
import pytest

from gradts.artifacts import read_array, read_table
from gradts.data.splits import read_splits
from gradts.models.backends import load_encoder, load_tokenizer
from gradts.training import embedding
from gradts.training.embedding import WHOLE, choose_points, embed, embeddings
from gradts.training.specs import EmbeddingSpec
from tests.conftest import TAGS, TWO_TASKS, WIDTH
from tests.unit.by_loop import looped

LENGTH = 20  # cuts some of the pairs


@pytest.fixture(params=[*TWO_TASKS, TAGS], ids=lambda task: task.name)
def task(request):
    """One of single texts, one of pairs, and one of words."""
    return request.param


@pytest.fixture
def by_hand(task, backend, tagged_data):
    """As transformers' own classes do it."""
    encoder, tokenizer = load_encoder(backend).eval(), load_tokenizer(backend)
    return looped(encoder, tokenizer, read_splits(tagged_data, task).train, LENGTH)


def chosen(task, backend, tagged_data, length: int = LENGTH) -> embedding.Points:
    return choose_points(read_splits(tagged_data, task).train, task, load_tokenizer(backend), length)


@pytest.mark.parametrize("batch_size", [1, 5, 64])
def test_embeddings_are_those_of_a_plain_loop_and_padding_is_not_seen(
    task, backend, tagged_data, by_hand, batch_size
):
    points = chosen(task, backend, tagged_data)
    assert len({*points.data.lengths}) > 1
    # Without dropout all the same.
    texts, found = embeddings(load_encoder(backend).train(), points, batch_size)
    means, words = by_hand
    assert texts == pytest.approx(np.array(means), abs=1e-6)
    if task is TAGS:
        assert found == pytest.approx(np.array([state for *_, state in words]), abs=1e-5)
        places = [place for *place, _ in words]
        assert np.column_stack([points.instance, points.word]).tolist() == places
    else:
        assert found is texts
        assert {*points.word} == {WHOLE}


def test_what_the_job_writes(task, backend, tagged_data, by_hand, tmp_path):
    out, vectors = tmp_path / "embedding.npy", tmp_path / "embedding.parquet"
    embed(EmbeddingSpec(task, backend, LENGTH), tagged_data, out, vectors)
    vector, record = read_array(out)
    assert (vector.dtype, vector.shape) == (np.float32, (WIDTH,))
    assert vector == pytest.approx(np.mean(by_hand[0], axis=0), abs=1e-6)
    assert (record["instances_processed"], record["device"]) == (24, "cpu")
    assert record["cut"] > 0 or task.name != "demo_entail"
    assert record["spec"]["task"]["name"] == task.name
    table, told = read_table(vectors)
    assert told == record | {"rows": len(by_hand[1]) or 24}
    found = np.array(table["vector"].to_pylist())
    assert found == pytest.approx(np.array([state for *_, state in by_hand[1]] or by_hand[0]), abs=1e-5)


@pytest.mark.parametrize("most", [7, 24, 1000])
def test_at_most_so_many_texts_stand_for_a_task_and_so_many_words(backend, tagged_data, monkeypatch, most):
    monkeypatch.setattr(embedding, "MOST", most)
    whole = read_splits(tagged_data, TAGS).train
    texts, words = chosen(TWO_TASKS[0], backend, tagged_data), chosen(TAGS, backend, tagged_data)
    assert len(texts.row) == len(texts.data) == len(words.data) == min(most, 24)
    assert len(words.row) == min(most, sum(map(len, whole["tokens"])))
    assert len({*zip(words.instance, words.word, strict=True)}) == len(words.row)
    assert words.row.tolist() == sorted(words.row)
    again = chosen(TAGS, backend, tagged_data)
    assert (again.row.tolist(), again.word.tolist()) == (words.row.tolist(), words.word.tolist())
    # Some words of a sentence alone: each has its own state.
    _, found = embeddings(load_encoder(backend), words, 5)
    *_, every = looped(load_encoder(backend).eval(), load_tokenizer(backend), whole, LENGTH)
    states = {tuple(place): state for *place, state in every}
    expected = [states[place] for place in zip(words.instance, words.word, strict=True)]
    assert found == pytest.approx(np.array(expected), abs=1e-5)


def test_words_that_the_length_limit_cuts_off_are_none(backend, tagged_data):
    points = chosen(TAGS, backend, tagged_data, length=8)
    assert points.data.cut > 0
    assert len(points.row) < len(chosen(TAGS, backend, tagged_data).row)
    assert points.word.max() < 6  # [CLS] and [SEP] aside
