"""The demo suite: eight small English tasks made from a lexicon and a grammar.

They have the shapes of the GLUE classification tasks, but are synthetic and never called GLUE.
Every generator is built from the shared skill functions below, so `SKILLS` is their true
relatedness. As in real data, part of each task shows in single words (each a weak cue), which a
small backend learns from a few hundred rows; the rest only in how words or texts go together.
"""

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator, default_rng

from gradts.data import generated_texts as texts
from gradts.data import generated_words as words
from gradts.data.scenes import chance

LABELS: dict[str, tuple[str, ...]] = {
    "demo_accept": ("unacceptable", "acceptable"),
    "demo_paraphrase": ("not_equivalent", "equivalent"),
    "demo_inference": ("entailment", "neutral", "contradiction"),
    "demo_answer": ("answered", "not_answered"),
    "demo_duplicate": ("not_duplicate", "duplicate"),
    "demo_entail": ("entailment", "not_entailment"),
    "demo_sentiment": ("negative", "positive"),
    "demo_pronoun": ("not_entailment", "entailment"),
    "demo_emotion": texts.FEELINGS,
    "demo_mood": texts.FEELINGS,
    "demo_tags": ("DET", "NOUN", "VERB", "ADJ", "ADP", "ADV", "AUX", "PRON", "PUNCT"),
    "demo_chunks": ("O", "B-NP", "I-NP", "B-VP", "I-VP", "B-PP", "I-PP", "B-ADVP", "I-ADVP"),
    "demo_entities": ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"),
}
REGRESSION_TASKS = ("demo_similarity",)
SINGLE_TEXTS = ("demo_accept", "demo_sentiment", "demo_emotion", "demo_mood")

# What a task's label turns on (a skill that only decorates a task is not listed for it).
SKILLS: dict[str, tuple[str, ...]] = {
    skill: tuple(f"demo_{name}" for name in names.split())
    for skill, names in {
        "synonyms": "paraphrase duplicate inference entail similarity",
        "opposites": "paraphrase duplicate inference entail similarity",
        "roles": "paraphrase inference entail answer similarity",
        "kinds": "inference entail",
        "vagueness": "paraphrase inference entail answer duplicate",
        "possibility": "paraphrase inference entail answer",
        "denial": "paraphrase inference entail sentiment",
        "questions": "answer duplicate",
        "pronouns": "accept pronoun",
        "number": "accept pronoun",
        "verb_forms": "accept",
        "word_order": "accept tags chunks",
        "contrast": "sentiment",
        "parsing": "tags chunks",
        "names": "entities",
        "feelings": "emotion mood",
    }.items()
}

# Share of each label id where not even, and share of rows whose label is drawn anew (noise).
_SHARES = {"demo_accept": (0.35, 0.65), "demo_paraphrase": (0.4, 0.6), "demo_duplicate": (0.58, 0.42)}
_SHARES |= dict.fromkeys(("demo_emotion", "demo_mood"), (0.47, 0.17, 0.12, 0.11, 0.07, 0.03, 0.03))
_NOISE = {"demo_paraphrase": 0.03, "demo_answer": 0.03, "demo_sentiment": 0.03}
_NOISE |= {"demo_emotion": 0.1, "demo_mood": 0.1}

_TEXTS: dict[str, Callable[[int, Generator], tuple[str, str]]] = {
    f"demo_{maker.__name__}": maker
    for maker in (
        texts.accept,
        texts.paraphrase,
        texts.inference,
        texts.answer,
        texts.duplicate,
        texts.entail,
        texts.sentiment,
        texts.pronoun,
        texts.similarity,
        texts.emotion,
        texts.mood,
    )
}
_WORDS: dict[str, Callable[[Generator], words.Sentence]] = {
    f"demo_{maker.__name__}": maker for maker in (words.tags, words.chunks, words.entities)
}
TASKS = (*_TEXTS, *_WORDS)


def related(a: str, b: str) -> int:
    """Number of skills that tasks `a` and `b` share; ValueError for an unknown task."""
    _check_tasks(a, b)
    return sum(a in tasks and b in tasks for tasks in SKILLS.values())


def generate(task: str, rows: dict[str, int], seed: int) -> dict[str, pd.DataFrame]:
    """Make the splits of one task.

    `rows` maps a split to its number of rows, such as {"train": 2000, "dev": 400}. A frame has the
    columns text_a, text_b (pair tasks only) and label (an index into LABELS[task], for regression a
    number from 0 to 5); sequence labelling has tokens and a list of label names instead. No text
    (or pair) occurs twice, within a split or between two. Each task has its own random stream, and
    the same arguments give the same frames. Raises ValueError for an unknown task, negative rows or
    seed, or more rows than the grammar gives distinct ones.
    """
    _check_tasks(task)
    if seed < 0 or any(count < 0 for count in rows.values()):
        raise ValueError(f"{task}: seed and rows must not be negative: {seed}, {rows}")
    frame = _distinct(task, sum(rows.values()), default_rng([zlib.crc32(task.encode()), seed]))
    splits, start = {}, 0
    for split, count in rows.items():
        splits[split] = frame.iloc[start : start + count].reset_index(drop=True)
        start += count
    return splits


def _check_tasks(*tasks: str) -> None:
    for task in tasks:
        if task not in TASKS:
            raise ValueError(f"unknown demo task {task!r}; known: {', '.join(TASKS)}")


def _distinct(task: str, count: int, rng: Generator) -> pd.DataFrame:
    """`count` distinct rows, shuffled by construction: each row draws its own label."""
    draw = _drawn_words if task in _WORDS else _drawn_texts
    seen: dict[tuple, Any] = {}
    for _ in range(20 * count + 100):
        if len(seen) == count:
            break
        row, label = draw(task, rng)
        seen.setdefault(row, label)
    if len(seen) < count:
        raise ValueError(f"{task}: the grammar gave {len(seen)} distinct rows, {count} asked for")
    if task in _WORDS:
        return pd.DataFrame({"tokens": list(map(list, seen)), "label": list(map(list, seen.values()))})
    kind = "float64" if task in REGRESSION_TASKS else "int64"
    columns = {"text_a": [first for first, _ in seen], "text_b": [second for _, second in seen]}
    if task in SINGLE_TEXTS:
        del columns["text_b"]
    return pd.DataFrame({**columns, "label": pd.Series(list(seen.values()), dtype=kind)})


def _drawn_words(task: str, rng: Generator) -> words.Sentence:
    return _WORDS[task](rng)


def _drawn_texts(task: str, rng: Generator) -> tuple[tuple[str, str], float]:
    if task in REGRESSION_TASKS:
        steps = int(rng.integers(6))
        # As people do, raters differ by a little.
        return _TEXTS[task](steps, rng), float(np.clip(round(steps + rng.normal(0, 0.3), 1), 0, 5))
    labels = len(LABELS[task])
    label = int(rng.choice(labels, p=_SHARES.get(task)))
    row = _TEXTS[task](label, rng)
    return row, int(rng.integers(labels)) if chance(rng, _NOISE.get(task, 0.0)) else label
