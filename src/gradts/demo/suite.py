"""The demo suite: fifteen small English tasks made from a lexicon and a grammar.

Fourteen have the shapes of the paper's tasks, but all are synthetic and never called GLUE. Every maker
is built from shared skills, so that the skills of `TASKS` are the tasks' true relatedness. As in real
data, part of each task shows in single words (each a weak cue), which a small backend learns from a few
hundred rows; the rest only in how words or texts go together.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator, default_rng

from gradts.demo import scenes, tagged, texts
from gradts.demo.lexicon import ASPECT_KINDS
from gradts.specs import CLASSIFICATION, MULTI_LABEL, REGRESSION, TAGGING


@dataclass(frozen=True)
class DemoTask:
    """How the rows of a task are made; the task is called after its maker.

    `maker` writes one text or a pair for a label id (regression: for 0 to 5); where a row has a list of
    labels, it draws words or texts together with label names. `skills`: what the label turns on (a skill
    that only decorates a task is not listed). `shares`: of each label id, None where even; `noise`: share
    of rows whose label is drawn anew.
    """

    maker: Callable[..., tuple]
    labels: tuple[str, ...]
    skills: str
    shares: tuple[float, ...] | None = None
    noise: float = 0.0
    objective: str = CLASSIFICATION


_EVENTS = "synonyms opposites roles vague possible denied"
_EMOTION = DemoTask(
    texts.emotion, texts.FEELINGS, "feelings", (0.47, 0.17, 0.12, 0.11, 0.07, 0.03, 0.03), noise=0.1
)
_TASKS = (
    DemoTask(texts.accept, ("unacceptable", "acceptable"), "pronouns number forms word_order", (0.35, 0.65)),
    DemoTask(scenes.paraphrase, ("not_equivalent", "equivalent"), _EVENTS, (0.4, 0.6), noise=0.03),
    DemoTask(scenes.inference, scenes.RELATIONS, f"{_EVENTS} kinds"),
    DemoTask(scenes.answer, ("answered", "not_answered"), "roles vague possible questions", noise=0.03),
    DemoTask(
        scenes.duplicate, ("not_duplicate", "duplicate"), "synonyms opposites vague questions", (0.58, 0.42)
    ),
    DemoTask(scenes.entail, ("entailment", "not_entailment"), f"{_EVENTS} kinds"),
    DemoTask(texts.sentiment, ("negative", "positive"), "polarity denied contrast", noise=0.03),
    DemoTask(texts.pronoun, ("not_entailment", "entailment"), "pronouns number"),
    DemoTask(scenes.similarity, (), "synonyms opposites roles", objective=REGRESSION),
    _EMOTION,
    replace(_EMOTION, maker=texts.mood),
    DemoTask(tagged.tags, tagged.TAGS, "word_order parsing", objective=TAGGING),
    DemoTask(tagged.chunks, tagged.CHUNKS, "word_order parsing", objective=TAGGING),
    DemoTask(tagged.entities, tagged.ENTITIES, "names", objective=TAGGING),
    DemoTask(texts.complaints, tuple(ASPECT_KINDS), "polarity denied aspects", objective=MULTI_LABEL),
)
TASKS = {f"demo_{task.maker.__name__}": task for task in _TASKS}


def related(a: str, b: str) -> int:
    """Number of skills that tasks `a` and `b` share; ValueError for an unknown task."""
    return len({*_task(a).skills.split()} & {*_task(b).skills.split()})


def generate(task: str, rows: dict[str, int], seed: int) -> dict[str, pd.DataFrame]:
    """Make the splits of one task.

    `rows` maps a split to its number of rows, such as {"train": 2000, "dev": 400}. A frame has the
    columns text_a, text_b (pair tasks only) and label: an index into the task's labels, for regression a
    number from 0 to 5, for several labels a list of their names. Sequence labelling has tokens and a list
    of label names instead. No text (or pair) occurs twice, within a split or between two. Each task has
    its own random stream, and the same arguments give the same frames. Raises ValueError for an unknown
    task, negative rows or seed, or more rows than the grammar gives distinct ones.
    """
    made = _task(task)
    if seed < 0 or any(count < 0 for count in rows.values()):
        raise ValueError(f"{task}: seed and rows must not be negative: {seed}, {rows}")
    # At least one row is drawn: the columns follow from it.
    count, rng = sum(rows.values()) or 1, default_rng([zlib.crc32(task.encode()), seed])
    seen: dict[tuple[str, ...], Any] = {}
    for _ in range(20 * count + 100):
        seen.setdefault(*_drawn(made, rng))
        if len(seen) == count:
            break
    else:
        raise ValueError(f"{task}: the grammar gave {len(seen)} distinct rows, {count} asked for")
    if made.objective == TAGGING:
        columns = {"tokens": list(map(list, seen))}
    else:
        columns = dict(zip(("text_a", "text_b"), zip(*seen, strict=True), strict=False))
    frame = pd.DataFrame({**columns, "label": list(seen.values())})
    splits = {}
    for split, size in sorted(rows.items()):  # whoever names them in whatever order
        splits[split], frame = frame[:size].reset_index(drop=True), frame[size:]
    return splits


def _task(name: str) -> DemoTask:
    if name not in TASKS:
        raise ValueError(f"unknown demo task {name!r}; known: {', '.join(TASKS)}")
    return TASKS[name]


def _drawn(task: DemoTask, rng: Generator) -> tuple[tuple[str, ...], Any]:
    """One row and its label: rows are shuffled by construction, as each draws its own label."""
    if task.objective in (TAGGING, MULTI_LABEL):
        return task.maker(rng)
    label = int(rng.choice(len(task.labels) or 6, p=task.shares))
    row = task.maker(label, rng)
    if task.objective == REGRESSION:  # as people do, raters differ by a little
        return row, float(np.clip(round(label + rng.normal(0, 0.3), 1), 0, 5))
    return row, int(rng.integers(len(task.labels))) if scenes.chance(rng, task.noise) else label
