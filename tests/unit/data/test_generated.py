"""The demo suite: deterministic, disjoint, within its labels and not readable off one word."""

import re
from collections import Counter
from functools import cache

import numpy as np
import pandas as pd
import pytest

from gradts.data.generated import LABELS, SKILLS, generate, related
from gradts.data.generated import TASKS as EVERY

# In the shapes of GLUE.
NAMES = ["accept", "answer", "duplicate", "entail", "inference", "paraphrase", "pronoun", "sentiment"]
TASKS = tuple(f"demo_{name}" for name in NAMES)
TAGGING, FEELINGS = ("demo_tags", "demo_chunks", "demo_entities"), ("demo_emotion", "demo_mood")
SINGLE = ("demo_accept", "demo_sentiment")
ROWS = {"train": 2600, "dev": 400}  # 3,000 distinct rows in all


@cache
def frames(task: str, seed: int = 1) -> dict[str, pd.DataFrame]:
    return generate(task, ROWS, seed)


def texts(frame: pd.DataFrame) -> list[str]:
    columns = [column for column in ("text_a", "text_b") if column in frame]
    return frame[columns].agg(" | ".join, axis=1).tolist()


def majority(labels: pd.Series) -> float:
    return labels.value_counts(normalize=True).max()


@pytest.mark.parametrize("task", TASKS)
def test_shape_and_labels(task):
    for split, frame in frames(task).items():
        pair = [] if task in SINGLE else ["text_b"]
        assert list(frame.columns) == ["text_a", *pair, "label"]
        assert len(frame) == ROWS[split]
        assert frame["label"].dtype == np.int64
        assert set(frame["label"]) == set(range(len(LABELS[task])))


@pytest.mark.parametrize("task", TASKS)
def test_deterministic_by_seed(task):
    rows = {"train": 60, "dev": 20}
    once, again, other = (generate(task, rows, seed) for seed in (7, 7, 8))
    for split in rows:
        pd.testing.assert_frame_equal(once[split], again[split])
    assert texts(once["train"]) != texts(other["train"])


@pytest.mark.parametrize("task", TASKS)
def test_no_text_occurs_twice(task):
    everything = [text for frame in frames(task).values() for text in texts(frame)]
    assert len(set(everything)) == len(everything)


@pytest.mark.parametrize("task", TASKS)
def test_texts_are_short(task):
    for frame in frames(task).values():
        # 3 special tokens leave 29 of 32 word pieces; words are mostly one piece each.
        assert max(len(re.findall(r"\w+|[^\w\s]", text)) for text in texts(frame)) <= 29


@pytest.mark.parametrize("task", TASKS)
def test_no_single_word_decides(task):
    frame = frames(task)["train"]
    bound = majority(frame["label"]) + 0.12
    for column in frame.columns.drop("label"):
        found: dict[str, Counter] = {}
        for text, label in zip(frame[column], frame["label"], strict=True):
            for word in set(re.findall(r"[a-z]+", text.lower())):
                found.setdefault(word, Counter())[label] += 1
        totals = Counter(frame["label"])
        for word, present in found.items():
            right = max(present.values()) + max((totals - present).values(), default=0)
            assert right / len(frame) <= bound, f"{word!r} in {column}"


@pytest.mark.parametrize("task", TASKS)
def test_length_does_not_decide(task):
    frame = frames(task)["train"]
    length = pd.Series([len(text.split()) for text in texts(frame)])
    hits = frame["label"].groupby(length).agg(lambda labels: labels.value_counts().max()).sum()
    assert hits / len(frame) <= majority(frame["label"]) + 0.10


def test_classes_are_balanced_or_mildly_skewed():
    for task in TASKS:
        assert majority(frames(task)["train"]["label"]) <= 0.70


def test_skills_name_known_tasks_and_cover_all():
    named = {task for tasks in SKILLS.values() for task in tasks}
    assert named == set(EVERY)


def test_related_counts_shared_skills():
    assert related("demo_inference", "demo_entail") > related("demo_inference", "demo_sentiment") > 0
    assert related("demo_answer", "demo_duplicate") == related("demo_duplicate", "demo_answer") > 0
    assert related("demo_accept", "demo_sentiment") == 0


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
    maker = {"demo_accept": lambda label, rng: ("It rained.", "")}
    monkeypatch.setattr("gradts.data.generated._TEXTS", maker)
    with pytest.raises(ValueError, match="1 distinct rows, 5 asked for"):
        generate("demo_accept", {"train": 5}, 1)


def test_an_empty_split_keeps_its_columns():
    frame = generate("demo_entail", {"train": 0}, 1)["train"]
    assert list(frame.columns) == ["text_a", "text_b", "label"]
    assert frame["label"].dtype == np.int64


@pytest.mark.parametrize("task", TAGGING)
def test_every_word_has_a_tag(task):
    rows = generate(task, {"train": 300, "dev": 50}, 1)["train"]
    assert all(len(words) == len(labels) > 2 for words, labels in zip(rows.tokens, rows.label, strict=True))
    assert {label for labels in rows.label for label in labels} <= set(LABELS[task])
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


def test_similarity_is_a_number_and_feelings_are_skewed():
    pairs = generate("demo_similarity", {"train": 600, "dev": 10}, 1)["train"]
    assert pairs.label.between(0, 5).all()
    assert pairs.label.nunique() > 20
    same = [len(set(a.split()) & set(b.split())) for a, b in zip(pairs.text_a, pairs.text_b, strict=True)]
    assert 0.3 < np.corrcoef(same, pairs.label)[0, 1] < 0.95
    for task in FEELINGS:
        shares = generate(task, {"train": 900, "dev": 10}, 1)["train"].label.value_counts(normalize=True)
        assert shares.index[0] == 0
        assert 0.35 < shares[0] < 0.6
        assert len(shares) == 7
