"""Prepared splits of a task: checked rows, the selection split held out, caps (method.md §3)."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.model_selection import train_test_split

from gradts.artifacts import Job, write_json, write_table
from gradts.data.sources import read_source
from gradts.specs import CLASSIFICATION, REGRESSION, TAGGING, InputError, Source


def prepare(source: Source, folder: str | Path) -> None:
    """Write a task's `train`, `select` and `dev` parquet files and `statistics.json` into `folder`.

    Columns: `instance` (int64, the row's position in its source split), `text_a`, maybe `text_b`,
    `label` (int64 id, float64 for regression); sequence labelling has `tokens` (a list of words) and a
    list of label ids instead; `dev` has a further column `split`, since MNLI has two. Raises InputError
    that names the file, the row, the value and the fix.
    """
    job = Job("gradts.data.prepare", asdict(source))
    raw = read_source(source)
    rows = {name: check_rows(frame, place, source) for name, (place, frame) in raw.items()}
    train = rows.pop("train")
    if source.dev_fraction is not None:
        train, rows["dev"] = _drawn(train, source.dev_fraction, source, "data.dev_fraction")
    train, select = hold_out(train, source)
    dev = pd.concat([cap(frame, source.max_dev, source).assign(split=name) for name, frame in rows.items()])
    for name, frame in {"train": train, "select": select, "dev": dev}.items():
        table = pa.Table.from_pandas(frame, preserve_index=False)
        write_table(Path(folder) / f"{name}.parquet", table, job.record())
    write_json(Path(folder) / "statistics.json", job.record(**statistics(raw, source)))


def statistics(raw: Mapping[str, tuple[str, pd.DataFrame]], source: Source) -> dict[str, Any]:
    """Size and sentence length of the source's training split, before any split or cap (Table 7).

    `mean_length` counts whitespace tokens, the mean of both sentences of a pair (method.md §6).
    """
    train = _in_our_case(raw["train"][1], source.text)
    tagged = source.objective == TAGGING
    words = pd.concat(
        [train[column].map(len) if tagged else train[column].str.split().str.len() for column in source.text]
    )
    rows = {split: len(frame) for split, (_, frame) in raw.items()}
    return {"source_rows": rows, "mean_length": float(words.mean())}


def hold_out(train: pd.DataFrame, source: Source) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split off the selection split, stratified by class, and only then apply the caps (footnote 2)."""
    train, select = _drawn(train, source.select_fraction, source, "data.select_fraction")
    return cap(train, source.max_train, source), cap(select, source.max_select, source)


def _drawn(
    rows: pd.DataFrame, fraction: float, source: Source, key: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(rest, drawn share) of the rows, stratified where there are classes."""
    try:
        return tuple(
            train_test_split(
                rows, test_size=fraction, random_state=source.seed, stratify=_classes(rows, source)
            )
        )
    except ValueError as error:
        raise InputError(
            f"task '{source.task}': no stratified split of {fraction:g} can be drawn from {len(rows)} "
            f"training rows ({error}); raise {key} or add rows"
        ) from error


def _classes(rows: pd.DataFrame, source: Source) -> pd.Series | None:
    return rows["label"] if source.objective == CLASSIFICATION else None


def cap(frame: pd.DataFrame, limit: int | None, source: Source) -> pd.DataFrame:
    """At most `limit` rows, drawn stratified by class, in the order of their instance ids."""
    if limit is not None and limit < len(frame):
        labels = _classes(frame, source)
        if labels is not None:
            # Where a class is too rare to be on both sides, all rows are drawn alike.
            fewest = min(limit, len(frame) - limit)
            rare = labels.value_counts().min() < 2 or fewest < labels.nunique()
            labels = None if rare else labels
        frame, _ = train_test_split(frame, train_size=limit, random_state=source.seed, stratify=labels)
    return frame.sort_values("instance").reset_index(drop=True)


def check_rows(frame: pd.DataFrame, place: str, source: Source) -> pd.DataFrame:
    """Rename to our columns, turn labels into ids, refuse what training would stumble over."""
    frame = _in_our_case(frame, [*source.text, source.label])
    for column in (*source.text, source.label):
        if column not in frame.columns:
            raise InputError(
                f"{place}: no column '{column}' for task '{source.task}' (columns: "
                f"{', '.join(map(str, frame.columns))}); name it in the registry"
            )
    tagged = source.objective == TAGGING
    names = ["tokens"] if tagged else ["text_a", "text_b"]
    texts = {name: frame[column] for name, column in zip(names, source.text, strict=False)}
    rows = pd.DataFrame({"instance": range(len(frame)), **texts, "label": frame[source.label]})
    rows = _without_empty(rows, list(texts), place, source)
    rows["label"] = LABELS[source.objective](rows, place, source)
    if rows["label"].explode().nunique() < 2:
        raise InputError(
            f"{place}: its {len(rows)} rows of task '{source.task}' hold one class only; nothing can be "
            "learnt or scored on it, so give it rows of every class"
        )
    return rows


def _in_our_case(frame: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    """Copies of a data set differ in the case of their column names."""
    ours = {name.lower(): name for name in wanted if name not in frame.columns}
    return frame.rename(columns={name: ours.get(str(name).lower(), name) for name in frame.columns})


def label_ids(rows: pd.DataFrame, place: str, source: Source) -> list[int]:
    """Ids of labels that are given as ids or as names; InputError for any other value."""
    ids = _ids(source)
    return [
        _id(value, ids, row, place, source)
        for row, value in zip(rows.index, rows["label"].tolist(), strict=True)
    ]


def label_lists(rows: pd.DataFrame, place: str, source: Source) -> list[list[int]]:
    """Ids of the labels of every word; InputError where there is not one label a word."""
    ids = _ids(source)
    found = []
    for row, tokens, labels in zip(rows.index, rows["tokens"], rows["label"], strict=True):
        if not hasattr(labels, "__len__") or isinstance(labels, str) or len(labels) != len(tokens):
            count = len(labels) if hasattr(labels, "__len__") else 1
            raise InputError(
                f"{place} row {row}: {len(tokens)} words but {count} labels in column '{source.label}' "
                f"of task '{source.task}'; give every word a label"
            )
        found.append([_id(label, ids, row, place, source) for label in labels])
    return found


def label_values(rows: pd.DataFrame, place: str, source: Source) -> pd.Series:
    """Finite numbers of a regression task; InputError for any other value."""
    values = pd.to_numeric(rows["label"], errors="coerce").astype("float64")
    wrong = ~np.isfinite(values)
    if wrong.any():
        row = rows.index[wrong][0]
        raise InputError(
            f"{place} row {row}: label {rows['label'][row]!r} of regression task '{source.task}' is no "
            "number; mend the row"
        )
    return values


LABELS = {CLASSIFICATION: label_ids, TAGGING: label_lists, REGRESSION: label_values}


def _ids(source: Source) -> dict[object, int]:
    ids: dict[object, int] = {}
    for position in range(len(source.labels)):
        ids |= {position: position, str(position): position}
    return ids | {name: position for position, name in enumerate(source.labels)}


def _id(value: object, ids: dict[object, int], row: int, place: str, source: Source) -> int:
    if value not in ids:
        raise InputError(
            f"{place} row {row}: label {value!r} is not among the labels of task '{source.task}' "
            f"({', '.join(source.labels)} or ids 0-{len(source.labels) - 1}); mend the row or declare "
            "the label"
        )
    return ids[value]


def _without_empty(rows: pd.DataFrame, columns: list[str], place: str, source: Source) -> pd.DataFrame:
    """Empty texts are refused or dropped; so are sentences without a word, or with an empty word."""
    for column, given in zip(columns, source.text, strict=True):
        full = _words if source.objective == TAGGING else _text
        empty = ~rows[column].map(full).astype(bool)
        if empty.any() and source.empty_text == "error":
            row = rows.index[empty][0]
            wanted = "a list of words" if source.objective == TAGGING else "a text"
            raise InputError(
                f"{place} row {row}: column '{given}' of task '{source.task}' is "
                f"{rows[column][row]!r}, not {wanted}; mend the row or set empty_text: drop"
            )
        rows = rows[~empty]
    return rows.copy()


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _words(value: object) -> bool:
    listed = hasattr(value, "__len__") and not isinstance(value, str) and len(value) > 0
    return listed and all(map(_text, value))
