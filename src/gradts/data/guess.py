"""What kind of task the columns of a table make: objective, labels in order, metrics."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from typing import Any

import pandas as pd

from gradts.data.columns import Column, label_of, sentence_of, texts_of
from gradts.data.labels import NUMBER, is_list, plain, spelled
from gradts.data.schemes import LETTERS, OUTSIDE, TAG, Tags, fits, scheme_of
from gradts.data.sentences import KIND, has_spans
from gradts.names import InputError
from gradts.specs import CLASSIFICATION, MULTI_LABEL, REGRESSION, TAGGING

UNLABELLED = ("-",)  # SNLI: annotators did not agree
MOST_CLASSES = 20  # further whole numbers are a scale
SKEWED = 0.75  # share of a class from which on accuracy says little


@dataclass
class Guess:
    """A part of a registry's entry, what must be said of it, and split → why it has not such columns."""

    entry: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    unfit: dict[str, str] = field(default_factory=dict)


def guess(frames: Mapping[str, pd.DataFrame], classes: Mapping[str, list[str]], *, words: bool) -> Guess:
    """Texts, label, objective, labels in order and metrics of a task, by its train rows first of all.

    `classes`: names that a file carries for the ids of a column. `words`: whether rows are sentences of a
    file with a word a line. Raises InputError where no column can be the label, or a text.
    """
    frame = frames["train"]
    columns = [Column(str(name), frame[name].tolist()) for name in frame.columns]
    sentence = sentence_of(columns)
    others = [column for column in columns if column is not sentence]
    label, rivals = label_of(others, classes, words)
    texts, left = texts_of([column for column in others if column is not label], label, words, sentence)
    texts = texts[:1] if has_spans(label.values) else texts
    made = Guess({"text": [column.name for column in texts], "label": label.name})
    if rivals:
        made.notes.append(f"label may also be {', '.join(column.name for column in rivals)}")
    if left:
        made.notes.append(f"text may also be {', '.join(left)}; a model reads two columns at most")
    if sentence is not None:
        made.entry["sentence"] = sentence.name
    used = {*made.entry["text"], label.name, *left, *(one.name for one in (*rivals, sentence) if one)}
    unused = [column.name or "(nameless)" for column in columns if column.name not in used]
    if unused:
        made.notes.append(f"columns that are not used: {', '.join(unused)}")
    of_splits = [label]
    for split in [name for name in frames if name != "train"]:
        column = _alike(frames[split], made, label)
        if isinstance(column, str):
            made.unfit[split] = column
        else:
            of_splits.append(column)
    _objective(made, of_splits, classes.get(label.name), texts[0], columns)
    if len(made.entry.get("labels", "ab")) < 2:
        only = ", ".join(made.entry["labels"]) or "none"
        raise InputError(f"column '{label.name}' holds one label only ({only}); give rows of another label")
    return made


def _alike(frame: pd.DataFrame, made: Guess, label: Column) -> Column | str:
    """The label column of another split, or why it has none; as the reader, whatever the case of names."""
    here = {str(name).lower(): name for name in frame.columns}
    lacking = [name for name in (*made.entry["text"], label.name) if name.lower() not in here]
    if lacking:
        return f"it has no column '{lacking[0]}'"
    column = Column(label.name, frame[here[label.name.lower()]].tolist())
    return column if column.listed or {*map(spelled, column.cells)} - {"-1", ""} else "its rows have no label"


# ------------------------------------------------------------------------------------------- labels


def _objective(
    made: Guess, splits: Sequence[Column], names: list[str] | None, text: Column, columns: Sequence[Column]
) -> None:
    """Objective, labels, metrics, and rows without a label."""
    label = splits[0]
    values = [value for column in splits for value in column.values]
    missing = any(None in column.cells for column in splits)
    if has_spans(label.values):
        kinds = {_kind(span) for spans in values for span in spans}
        _tags(made, [f"{letter}-{kind}" for kind in kinds for letter in "BI"] + [OUTSIDE], [])
        return
    if text.listed or "sentence" in made.entry:
        rows = [[*map(spelled, row)] for row in values] if label.listed else []
        _tags(made, [*chain(*rows)] if rows else [*map(spelled, values)], rows, names)
        return
    several = label.listed or _is_several(label)
    if several:
        values = [plain(one) for cell in values for one in _parts(cell)]
    found = Counter(map(spelled, values))
    dropped = [one for one in UNLABELLED if one in found and len(found) > 2]
    dropped += [-1] if names is not None and "-1" in found else []
    dropped += [""] if missing and not several else []
    if dropped:
        made.entry["drop_labels"] = dropped
        made.notes.append("rows without a label are left out: drop_labels")
    for value in dropped:
        found.pop(str(value), None)
    if several:
        made.entry |= {"objective": MULTI_LABEL, "labels": names or ordered(found)}
        made.entry["metrics"] = ["micro_f1", "macro_f1"]
        return
    if names is None and _is_scale(found):
        made.entry |= {"objective": REGRESSION, "metrics": ["pearson", "spearman"]}
        return
    labels = names or ordered(found)
    made.entry |= {"objective": CLASSIFICATION, "labels": labels}
    share = max(found.values(), default=0) / max(1, sum(found.values()))
    metrics = ["accuracy", "macro_f1"]
    made.entry["metrics"] = metrics[::-1] if share > SKEWED else metrics
    if share > SKEWED:
        made.notes.append(
            f"always the most frequent label is right {share:.0%} of the time: macro_f1 decides"
        )
    if names is None and labels == [*map(str, range(len(labels)))]:
        made.notes.append("labels are ids: write their names in this order, if they have any")
    if names is None and len(labels) > 2 and all(map(NUMBER.fullmatch, labels)):
        made.notes.append("labels are numbers: if they are a scale, objective: regression, without labels")
    _tell_alike(made, labels)
    flags = [one.name for one in columns if one.distinct == 2 and {*one.texts} == {"0", "1"}]
    if len(flags) > 2:
        made.notes.append(
            f"{', '.join(flags)} hold 0 and 1: if each is a label that a text may have, write the names of a "
            "text's labels into one column, objective: multi_label"
        )


def _tags(
    made: Guess, tags: Iterable[str], rows: Sequence[Sequence[str]], names: list[str] | None = None
) -> None:
    labels = names or ordered({*tags} - {""})
    made.entry |= {"objective": TAGGING, "labels": labels}
    scheme = scheme_of(labels)
    if scheme is not None and rows and names is None:
        ids = {label: place for place, label in enumerate(labels)}
        found = [[ids[tag] for tag in row] for row in rows if all(tag in ids for tag in row)]
        inside = [one for one in dict.fromkeys((scheme, *LETTERS)) if fits(labels, one)]
        inside = [one for one in inside if Tags(found, labels, one).stray() is None]
        if inside and inside[0] != scheme:
            made.entry["scheme"] = inside[0]
        if not inside:
            made.notes.append("tags are out of the order of every scheme, so that spans cannot be scored")
            scheme = None
    made.entry["metrics"] = ["span_f1" if scheme else "token_accuracy", "token_macro_f1"]
    if all(map(NUMBER.fullmatch, labels)):
        made.notes.append("labels are ids: write their names in this order, so that spans can be scored")


def _kind(span: Any) -> str:
    if isinstance(span, Mapping):
        return str(next((span[key] for key in KIND if key in span), ""))
    return str(span[-1])


def _is_several(label: Column) -> bool:
    """Whether texts list labels, with ; or | between them."""
    parts = {part for text in label.texts for part in _parts(text)}
    return any(re.search("[;|]", text) for text in label.texts) and len(parts) <= label.distinct + 1


def _parts(cell: Any) -> list[Any]:
    return (
        [*cell] if is_list(cell) else [part.strip() for part in re.split("[;|]", str(cell)) if part.strip()]
    )


def _is_scale(found: Iterable[str]) -> bool:
    """Whether labels are numbers that are no classes: with fractions, many, or far from each other."""
    texts = [*found]
    if not texts or not all(map(NUMBER.fullmatch, texts)) or any(re.match(r"0\d", text) for text in texts):
        return False
    numbers = [Decimal(text) for text in texts]
    far = max(numbers) - min(numbers) > 5 * MOST_CLASSES
    return far or len({*numbers}) > MOST_CLASSES or any(number % 1 for number in numbers)


def ordered(labels: Iterable[str]) -> list[str]:
    """By number, or else by name; of tags O first, then a type after the other, B before I."""
    unlike = {Decimal(one) if NUMBER.fullmatch(one) else one: one for one in sorted({*labels}, reverse=True)}
    names = [*unlike.values()]
    if all(map(NUMBER.fullmatch, names)):
        return sorted(names, key=Decimal)
    if scheme_of(names) is not None:
        parts = {name: TAG.fullmatch(name) for name in names}
        return sorted(
            names,
            key=lambda name: (
                (parts[name][2] or "", "BIMELSU".index(parts[name][1])) if parts[name] else ("", -1)
            ),
        )
    return sorted(names, key=lambda name: (name != OUTSIDE, name.casefold(), name))


def _tell_alike(made: Guess, labels: Iterable[str]) -> None:
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(" ".join(label.casefold().split()), []).append(label)
    for alike in groups.values():
        if len(alike) > 1:
            made.notes.append(
                f"labels {', '.join(map(repr, alike))} differ in case or blanks alone: rename makes them one"
            )
