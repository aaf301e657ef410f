"""The demo suite: deterministic, disjoint, within its labels and not readable off one word."""

import re
from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from gradts.demo.lexicon import ASPECT_KINDS, ASPECTS, BAD, NOT
from gradts.demo.suite import TASKS, generate, related
from gradts.specs import TAGGING

# In the shapes of GLUE.
NAMES = ["accept", "answer", "duplicate", "entail", "inference", "paraphrase", "pronoun", "sentiment"]
GLUE = tuple(f"demo_{name}" for name in NAMES)
SINGLE = ("demo_accept", "demo_sentiment")
TAGGED = tuple(name for name, task in TASKS.items() if task.objective == TAGGING)
KINDS = TASKS["demo_complaints"].labels
ROWS = {"train": 2600, "dev": 400}  # 3,000 distinct rows in all


@cache
def frames(task: str, seed: int = 1) -> dict[str, pd.DataFrame]:
    return generate(task, ROWS, seed)


def texts(frame: pd.DataFrame) -> list[str]:
    columns = [column for column in ("text_a", "text_b") if column in frame]
    return frame[columns].agg(" | ".join, axis=1).tolist()


def majority(labels: pd.Series) -> float:
    return labels.value_counts(normalize=True).max()


def check_no_word_decides(texts: pd.Series, labels: pd.Series) -> None:
    """No word, present or absent, tells the label much better than the majority does."""
    found: dict[str, Counter] = {}
    for text, label in zip(texts, labels, strict=True):
        for word in set(re.findall(r"[a-z]+", text.lower())):
            found.setdefault(word, Counter())[label] += 1
    totals = Counter(labels)
    for word, present in found.items():
        right = max(present.values()) + max((totals - present).values(), default=0)
        assert right / len(labels) <= majority(labels) + 0.12, f"{word!r} in {texts.name}"


@pytest.mark.parametrize("task", GLUE)
def test_shape_and_labels(task):
    for split, frame in frames(task).items():
        pair = [] if task in SINGLE else ["text_b"]
        assert list(frame.columns) == ["text_a", *pair, "label"]
        assert len(frame) == ROWS[split]
        assert frame["label"].dtype == np.int64
        assert set(frame["label"]) == set(range(len(TASKS[task].labels)))


@pytest.mark.parametrize("task", [*GLUE, "demo_complaints"])
def test_deterministic_by_seed(task):
    rows = {"train": 60, "dev": 20}
    once, again, other = (generate(task, rows, seed) for seed in (7, 7, 8))
    for split in rows:
        pd.testing.assert_frame_equal(once[split], again[split])
    assert texts(once["train"]) != texts(other["train"])


def test_the_order_in_which_splits_are_named_has_no_meaning():
    first, second = (generate("demo_entail", dict(rows), 7) for rows in (ROWS.items(), [*ROWS.items()][::-1]))
    for split in ROWS:
        pd.testing.assert_frame_equal(first[split], second[split])


@pytest.mark.parametrize("task", [*GLUE, "demo_complaints"])
def test_no_text_occurs_twice(task):
    everything = [text for frame in frames(task).values() for text in texts(frame)]
    assert len(set(everything)) == len(everything)


@pytest.mark.parametrize("task", [*GLUE, "demo_complaints"])
def test_texts_are_short(task):
    for frame in frames(task).values():
        # 3 special tokens leave 29 of 32 word pieces; words are mostly one piece each.
        assert max(len(re.findall(r"\w+|[^\w\s]", text)) for text in texts(frame)) <= 29


@pytest.mark.parametrize("task", GLUE)
def test_no_single_word_decides(task):
    frame = frames(task)["train"]
    for column in frame.columns.drop("label"):
        check_no_word_decides(frame[column], frame["label"])


@pytest.mark.parametrize("task", GLUE)
def test_length_does_not_decide(task):
    frame = frames(task)["train"]
    length = pd.Series([len(text.split()) for text in texts(frame)])
    hits = frame["label"].groupby(length).agg(lambda labels: labels.value_counts().max()).sum()
    assert hits / len(frame) <= majority(frame["label"]) + 0.10


def test_classes_are_balanced_or_mildly_skewed():
    for task in GLUE:
        assert majority(frames(task)["train"]["label"]) <= 0.70


def test_related_counts_shared_skills():
    assert related("demo_inference", "demo_entail") > related("demo_inference", "demo_sentiment") > 0
    assert related("demo_answer", "demo_duplicate") == related("demo_duplicate", "demo_answer") > 0
    assert related("demo_accept", "demo_sentiment") == 0
    assert related("demo_complaints", "demo_sentiment") > related("demo_complaints", "demo_inference") > 0
    assert all(related(task, task) > 0 for task in TASKS)


def test_errors():
    with pytest.raises(ValueError, match="unknown demo task 'cola'"):
        generate("cola", {"train": 1}, 1)
    with pytest.raises(ValueError, match="unknown demo task"):
        related("demo_accept", "rte")
    with pytest.raises(ValueError, match="negative"):
        generate("demo_accept", {"train": -1}, 1)
    with pytest.raises(ValueError, match="negative"):
        generate("demo_accept", {"train": 1}, -1)


def test_too_many_rows(monkeypatch):
    dull = replace(TASKS["demo_accept"], maker=lambda label, rng: ("It rained.",))
    monkeypatch.setitem(TASKS, "demo_accept", dull)
    with pytest.raises(ValueError, match="1 distinct rows, 5 asked for"):
        generate("demo_accept", {"train": 5}, 1)


def test_an_empty_split_keeps_its_columns():
    frame = generate("demo_entail", {"train": 0}, 1)["train"]
    assert list(frame.columns) == ["text_a", "text_b", "label"]
    assert frame.empty
    assert frame["label"].dtype == np.int64


@pytest.mark.parametrize("task", TAGGED)
def test_every_word_has_a_tag(task):
    rows = generate(task, {"train": 300, "dev": 50}, 1)["train"]
    assert all(len(words) == len(labels) > 2 for words, labels in zip(rows.tokens, rows.label, strict=True))
    assert {label for labels in rows.label for label in labels} <= set(TASKS[task].labels)
    # An inside tag follows its own kind.
    for labels in rows.label:
        for before, label in zip(["O", *labels], labels, strict=False):
            assert not label.startswith("I-") or before[1:] == label[1:]


def test_a_name_alone_does_not_tell_what_it_is():
    rows = generate("demo_entities", {"train": 600, "dev": 10}, 1)["train"]
    found: dict[str, Counter] = {}
    for words, labels in zip(rows.tokens, rows.label, strict=True):
        for word, label in zip(words, labels, strict=True):
            found.setdefault(word, Counter())[label[-3:]] += 1
    assert len(found["Georgia"]) == 3
    assert max(found["Georgia"].values()) < 0.7 * found["Georgia"].total()


def test_similarity_is_a_number():
    pairs = generate("demo_similarity", {"train": 600, "dev": 10}, 1)["train"]
    assert pairs.label.between(0, 5).all()
    assert pairs.label.nunique() > 20
    same = [len(set(a.split()) & set(b.split())) for a, b in zip(pairs.text_a, pairs.text_b, strict=True)]
    assert 0.3 < np.corrcoef(same, pairs.label)[0, 1] < 0.95


@pytest.mark.parametrize("task", ["demo_emotion", "demo_mood"])
def test_feelings_are_skewed(task):
    shares = generate(task, {"train": 900, "dev": 10}, 1)["train"].label.value_counts(normalize=True)
    assert shares.index[0] == 0
    assert 0.35 < shares[0] < 0.6
    assert len(shares) == 7


def test_complaints_are_the_kinds_that_a_clause_judges_badly():
    clause = re.compile(r"the (\w+) was (\w+) (\w+)")
    kind_of = {aspect: kind for kind, aspects in ASPECT_KINDS.items() for aspect in aspects}
    assert sorted(kind_of) == sorted(ASPECTS)
    for frame in frames("demo_complaints").values():
        assert list(frame.columns) == ["text_a", "label"]
        for text, labels in zip(frame.text_a, frame.label, strict=True):
            said = {
                kind_of[aspect]: (word in BAD) != (degree in NOT)
                for aspect, degree, word in clause.findall(text.lower())
            }
            assert len(said) == text.count(" was ") in (2, 3)
            assert labels == [kind for kind in KINDS if said.get(kind)]


@pytest.mark.parametrize("kind", KINDS)
def test_complaints_of_every_kind_are_frequent_and_not_read_off_a_word(kind):
    frame = frames("demo_complaints")["train"]
    blamed = frame["label"].map(lambda labels: kind in labels)
    assert 0.25 < blamed.mean() < 0.5
    check_no_word_decides(frame["text_a"], blamed)


def test_some_texts_complain_of_nothing():
    assert 0.1 < (frames("demo_complaints")["train"]["label"].map(len) == 0).mean() < 0.3
