"""What a person would check of prepared splits: their labels, repeated texts, and what spoils a score."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from gradts.data.drawing import keys
from gradts.data.objectives import OBJECTIVES
from gradts.data.splits import scale_of
from gradts.names import InputError
from gradts.specs import MULTI_LABEL, REGRESSION, Source

# Under so many rows of decision one row is more than ten points.
FEW = 10
# Shares of rows from which on repeated texts, and texts with several labels, are no slips.
MANY_REPEATED, MANY_CONFLICTING = 0.5, 0.05
NAMED = 3  # classes that a warning spells out
Answers = defaultdict[str, set[Any]]  # text → the labels of its rows


def describe(splits: Mapping[str, pd.DataFrame], source: Source) -> dict[str, Any]:
    """Facts of `splits`, train and select first, as they are stored, and the `warnings` that follow.

    Of each split: `rows`; `repeated`, rows whose text stands in an earlier row; `in_train`, rows whose text
    is in train or, of a dev split, in select; `conflicting`, rows whose text has another label there or in
    the split itself; `labels`, name → rows that have it (words, of sequence labelling), or `mean` and
    `range` of numbers. Texts are equal as in drawing (`keys`). Raises InputError for a split on which all
    answers score alike.
    """
    known: Answers = defaultdict(set)
    facts: dict[str, dict[str, Any]] = {}
    warnings = []
    for split, rows in splits.items():
        _check(split, rows["label"], source)
        texts = keys(rows)
        own: Answers = defaultdict(set)
        for text, label in zip(texts, rows["label"], strict=True):
            own[text].add(tuple(label) if isinstance(label, list) else label)
        facts[split] = {
            "rows": len(rows),
            "repeated": len(rows) - len(own),
            "in_train": sum(text in known for text in texts),
            "conflicting": sum(len(own[text] | known.get(text, set())) > 1 for text in texts),
            **_labels(rows["label"], source),
        }
        warnings += [f"{split} {text}" for text in _warnings(split, facts, source)]
        for text, labels in own.items() if split in ("train", "select") else ():
            known[text] |= labels
    return {"splits": facts, "warnings": warnings}


def _labels(labels: pd.Series, source: Source) -> dict[str, Any]:
    if not OBJECTIVES[source.objective].named:
        return {"mean": float(labels.mean()), "range": [float(labels.min()), float(labels.max())]}
    counts = labels.explode().value_counts()
    return {"labels": {name: int(counts.get(label, 0)) for label, name in enumerate(source.labels)}}


def _check(split: str, labels: pd.Series, source: Source) -> None:
    if source.objective == REGRESSION:
        scale_of(labels, source.task, split)
    found = {*labels.explode().dropna()}
    if split == "train" or not _alike(found, source):
        return
    names = [source.labels[int(label)] for label in sorted(found)]
    raise InputError(
        f"task '{source.task}': the {len(labels)} rows of its {split} split have no label but "
        f"{', '.join(map(repr, names)) or 'none'}, so {source.decides or 'a score'} is the same or undefined "
        f"for all answers; add rows of other labels{_or_raise(split, len(labels), source)}"
    )


def _or_raise(split: str, rows: int, source: Source, *, caps_only: bool = False) -> str:
    """The settings that keep a split of so many rows from being larger."""
    cap = f"max_{split.partition('_')[0]}"
    limits = [cap] * (rows == getattr(source, cap))
    held_out = split == "select" and source.select_fraction is not None
    limits += ["select_fraction"] * (held_out and not caps_only)
    return "".join(f" or raise {limit} ({getattr(source, limit)})" for limit in limits)


def _alike(found: set[Any], source: Source) -> bool:
    """Whether the deciding metric is the same, or undefined, for all answers where these labels are all."""
    if source.decides == "mcc":
        return len(found) < 2
    if source.objective == MULTI_LABEL:
        return source.decides != "exact_match" and not found
    if source.decides == "span_f1":
        return all(source.labels[label] == "O" for label in found)
    return source.decides == "f1" and 1 not in found


def _warnings(split: str, facts: Mapping[str, Mapping[str, Any]], source: Source) -> Iterator[str]:
    """What must be said of one of the splits that these are the facts of."""
    own, rows = facts[split], facts[split]["rows"]
    capped = _or_raise(split, rows, source, caps_only=True)  # a larger share parts no text of one class
    place, or_raise = "train" if split == "select" else "train or select", _or_raise(split, rows, source)
    if split != "train" and rows < FEW:
        yield f"has {rows} rows: one of them is {100 / rows:.0f} points of a score; add rows{or_raise}"
    if own["in_train"]:
        yield f"has {own['in_train']} of {rows} rows whose text is in {place}, too: its scores profit"
    if own["repeated"] >= MANY_REPEATED * rows:
        yield f"has {own['repeated']} of {rows} rows whose text stands in an earlier one"
    if own["conflicting"] >= MANY_CONFLICTING * rows:
        yield f"has {own['conflicting']} of {rows} rows whose text has another label, too"
    if not OBJECTIVES[source.objective].named:
        return
    there = [name for name, count in own["labels"].items() if count]
    if len(there) == 1 and own["labels"][there[0]] >= rows:
        yield f"holds one class only, '{there[0]}': always to answer it is best; add rows of others{or_raise}"
        return
    missing = [name for name in source.labels if name not in there]
    if split != "train":  # what train has nothing of, either, is told there
        given = facts["train"]["labels"]
        missing = [f"{name} (train: {given[name]})" for name in missing if given[name]]
    if missing:
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        yield f"has nothing of {', '.join(missing[:NAMED])}{more}; add texts of it{capped}"
