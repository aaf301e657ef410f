"""A model's folder predicts a user's file: in its order, as transformers' own pipelines, in every format."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    pipeline,
)

from gradts.training import predicting
from tests.unit.predicting.models import LENGTH, TASKS, TEXT, put, texts


@pytest.mark.parametrize("name", ["mood", "same", "topics"])
def test_probabilities_are_those_of_transformers_pipeline(folders, predicted, tmp_path, name):
    sides = [texts(), texts()[::-1]][: len(TEXT.get(name, ["text"]))]
    columns = dict(zip(TEXT.get(name, ["text"]), sides, strict=True))
    found, metrics, _ = predicted(folders[name], put(tmp_path / "x.csv", **columns))
    classify = pipeline("text-classification", str(folders[name]), top_k=None, device="cpu")
    pairs = [dict(zip(("text", "text_pair"), row, strict=False)) for row in zip(*sides, strict=True)]
    expected = [
        {one["label"]: one["score"] for one in classify(pair, truncation="longest_first", max_length=LENGTH)}
        for pair in pairs
    ]
    assert metrics is None
    assert list(found.columns) == ["row", "prediction", *(f"p_{label}" for label in TASKS[name].labels)]
    assert found["row"].tolist() == list(range(40))
    for label in TASKS[name].labels:
        np.testing.assert_allclose(found[f"p_{label}"], [of[label] for of in expected], atol=1e-5)
    if name == "topics":
        chosen = [[label for label in TASKS[name].labels if of[label] > 0.5] for of in expected]
        assert [list(one) for one in found["prediction"]] == chosen
        assert len({*map(tuple, chosen)}) > 2
    else:
        assert found["prediction"].tolist() == [max(of, key=of.get) for of in expected]
        assert found["prediction"].nunique() > 1


def plain_loop(folder: Path, kind: Any, inputs: list[Any]) -> list[torch.Tensor]:
    """Logits of one input at a time."""
    model, tokenizer = kind.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    with torch.no_grad():
        return [
            model(
                **tokenizer(
                    one,
                    is_split_into_words=isinstance(one, list),
                    truncation=True,
                    max_length=LENGTH,
                    return_tensors="pt",
                )
            ).logits[0]
            for one in inputs
        ]


def test_numbers_are_in_the_tasks_own_units(folders, predicted, tmp_path):
    given = texts()
    found, _, _ = predicted(folders["number"], put(tmp_path / "x.csv", text=given))
    assert list(found.columns) == ["row", "prediction"]
    logits = plain_loop(folders["number"], AutoModelForSequenceClassification, given)
    np.testing.assert_allclose(found["prediction"], torch.cat(logits).numpy(), atol=1e-5)


def test_every_word_has_the_likeliest_tag_of_its_first_piece(folders, predicted, tmp_path):
    """Beyond the length limit there is none."""
    sentences = [text.split() for text in texts()] + [["dog"] * 15]
    path = tmp_path / "x.conll"
    path.write_text("\n\n".join("\n".join(words) for words in sentences))
    found, metrics, told = predicted(folders["tags"], path)
    assert metrics is None
    assert list(found.columns) == ["row", "tokens", "prediction", "probability"]
    assert [[*tokens] for tokens in found["tokens"]] == sentences
    tokenizer = AutoTokenizer.from_pretrained(folders["tags"])
    logits = plain_loop(folders["tags"], AutoModelForTokenClassification, sentences)
    cut = 0
    for words, of_pieces, row in zip(sentences, logits, found.itertuples(), strict=True):
        whole = tokenizer(words, is_split_into_words=True, truncation=True, max_length=LENGTH)
        chances = of_pieces.softmax(dim=-1).tolist()
        first = {word: chances[at] for at, word in reversed([*enumerate(whole.word_ids())])}
        cut += len(tokenizer(words, is_split_into_words=True)["input_ids"]) > LENGTH
        expected = [
            TASKS["tags"].labels[int(np.argmax(first[i]))] if i in first else None for i in range(len(words))
        ]
        assert [*row.prediction] == expected
        probability = [max(first[i]) if i in first else np.nan for i in range(len(words))]
        np.testing.assert_allclose(np.array(row.probability, dtype=float), probability, atol=1e-5)
    assert [*found["prediction"].iloc[-1]][LENGTH - 2 :] == [None] * 5
    assert f"41 rows of task 'tags', {cut} cut at max_length {LENGTH}" in told


@pytest.mark.parametrize("name", TASKS)
def test_chunks_and_their_order_do_not_show(folders, predicted, tmp_path, monkeypatch, name):
    path = tmp_path / "x.jsonl"
    columns = {side: texts()[::step] for side, step in zip(TEXT.get(name, ["text"]), (1, -1), strict=False)}
    if name == "tags":
        columns = {"tokens": [text.split() for text in texts()]}
    put(path, **columns)
    whole, _, told = predicted(folders[name], path)
    monkeypatch.setattr(predicting, "CHUNK", 7)
    parts, _, again = predicted(folders[name], path)
    assert re.findall(r"\d+ cut", again) == re.findall(r"\d+ cut", told)
    assert int(re.search(r"(\d+) cut", told)[1]) > 0
    for column in whole:
        if column.startswith("p") and isinstance(whole[column][0], float):
            np.testing.assert_allclose(parts[column], whole[column], atol=1e-6)
        elif column != "probability":
            assert [str(one) for one in parts[column]] == [str(one) for one in whole[column]]


def test_every_format_holds_the_same(folders, predicted, tmp_path):
    """Numbers to the last bit; lists are joined in text, where what is missing is `_`."""

    def spelled(word, name: str) -> str:
        if word is None or word != word:
            return "_"
        return str(word).replace(" ", "\u00a0") if name == "tags" else str(word)

    for name, between in (("mood", ""), ("topics", "; "), ("number", ""), ("tags", " ")):
        path = tmp_path / f"{name}.jsonl"
        put(path, **({"tokens": [["dog"] * 15, ["a cat", "cat"]]} if name == "tags" else {"text": texts(9)}))
        whole = predicted(folders[name], path)[0]
        for suffix in ("jsonl", "json", "csv", "tsv"):
            found = predicted(folders[name], path, f"x.{suffix}")[0]
            assert list(found.columns) == list(whole.columns)
            for column in whole:
                expected = [[*one] if isinstance(one, np.ndarray) else one for one in whole[column]]
                if suffix in ("csv", "tsv"):
                    expected = [
                        between.join(spelled(word, name) for word in one) if isinstance(one, list) else one
                        for one in expected
                    ]
                else:
                    expected = [
                        [None if word != word else word for word in one] if isinstance(one, list) else one
                        for one in expected
                    ]
                assert found[column].tolist() == expected, (name, suffix, column)


def test_a_model_for_a_gpu_is_exact_on_a_cpu(folders, predicted, tmp_path, monkeypatch):
    """Its recipe says bf16."""
    seen = []
    plainly = predicting.autocast
    monkeypatch.setattr(
        predicting, "autocast", lambda precision, device: seen.append(precision) or plainly("fp32", device)
    )
    monkeypatch.setattr(predicting, "pick_device", lambda: torch.device("cpu"))
    predicted(folders["mood"], put(tmp_path / "x.csv", text=texts()))
    assert {*seen} == {"fp32"}
