"""Prepared splits of a task: checked rows, the selection split held out, caps (method.md §3)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from sklearn.model_selection import train_test_split

from gradts.artifacts import write_json, write_table
from gradts.data.drawing import held_out
from gradts.data.objectives import OBJECTIVES
from gradts.data.sources import Raw, read_source
from gradts.layout import inside
from gradts.names import InputError
from gradts.provenance import Job
from gradts.specs import Source


def prepare(spec: Source, out: str | Path) -> None:
    """Write the prepared splits of a task into `out`, as `train`, `select` and `dev`, with `statistics.json`.

    Columns: `instance` (int64, the row's position in its source split), `text_a`, maybe `text_b`,
    `label` (int64 id, float64 for regression, a list of ids for multi-label); sequence labelling has
    `tokens` (a list of words) and a list of label ids instead; `dev` has a further column `split`, since
    MNLI has two. Raises InputError that names the file, the row, the value and the fix.
    """
    job = Job(__name__, spec)
    raw, commit = read_source(spec)
    rows = {name: check_rows(of_split, spec) for name, of_split in raw.items()}
    train = rows.pop("train")
    if spec.dev_fraction is not None:
        train, rows["dev"] = held_out(train, "dev", spec.dev_fraction, spec)
    train, select = hold_out(train, spec)
    dev = pd.concat([cap(frame, spec.max_dev, spec).assign(split=name) for name, frame in rows.items()])
    for name, frame in {"train": train, "select": select, "dev": dev}.items():
        write_table(inside(out, name), pa.Table.from_pandas(frame, preserve_index=False), job.record())
    write_json(inside(out, "facts"), job.record(hub_commit=commit, **statistics(raw, spec)))


def statistics(raw: Mapping[str, Raw], source: Source) -> dict[str, Any]:
    """Size and sentence length of the source's training split, before any split or cap (Table 7).

    `mean_length` counts whitespace tokens, the mean of both sentences of a pair (method.md §6).
    """
    train = _in_our_case(raw["train"].frame, source.text)
    per_token = OBJECTIVES[source.objective].per_token
    words = pd.concat([train[column] if per_token else train[column].str.split() for column in source.text])
    rows = {split: len(of_split.frame) for split, of_split in raw.items()}
    return {"source_rows": rows, "mean_length": float(words.str.len().mean())}


def hold_out(train: pd.DataFrame, source: Source) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split off the selection split, and only then apply the caps (footnote 2)."""
    train, select = held_out(train, "select", source.select_fraction, source)
    return cap(train, source.max_train, source), cap(select, source.max_select, source)


def _classes(rows: pd.DataFrame, source: Source) -> pd.Series | None:
    return rows["label"] if OBJECTIVES[source.objective].stratified else None


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


def check_rows(raw: Raw, source: Source) -> pd.DataFrame:
    """Rename to our columns, turn labels into ids, refuse what training would stumble over."""
    frame = _in_our_case(raw.frame, [*source.text, source.label])
    for column in (*source.text, source.label):
        if column not in frame.columns:
            raise InputError(
                f"{raw.place}: no column '{column}' for task '{source.task}' (columns: "
                f"{', '.join(map(str, frame.columns))}); name it in the registry"
            )
    objective = OBJECTIVES[source.objective]
    texts = {name: frame[column] for name, column in zip(objective.texts, source.text, strict=False)}
    rows = pd.DataFrame({"instance": range(len(frame)), **texts, "label": frame[source.label]})
    rows = _without_empty(rows, list(texts), raw, source)
    rows["label"] = objective.read(rows, raw, source)
    if objective.distinct(rows["label"]) < 2:
        raise InputError(
            f"{raw.place}: its {len(rows)} rows of task '{source.task}' hold one class only; nothing can be "
            "learnt or scored on it, so give it rows of every class"
        )
    return rows


def _in_our_case(frame: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    """Copies of a data set differ in the case of their column names."""
    ours = {name.lower(): name for name in wanted if name not in frame.columns}
    return frame.rename(columns={name: ours.get(str(name).lower(), name) for name in frame.columns})


def _without_empty(rows: pd.DataFrame, columns: list[str], raw: Raw, source: Source) -> pd.DataFrame:
    """Empty texts are refused or dropped; so are sentences without a word, or with an empty word."""
    per_token = OBJECTIVES[source.objective].per_token
    for column, given in zip(columns, source.text, strict=True):
        empty = ~rows[column].map(_words if per_token else _text).astype(bool)
        if empty.any() and source.empty_text == "error":
            row = rows.index[empty][0]
            wanted = "a list of words" if per_token else "a text"
            raise InputError(
                f"{raw.at(row)}: column '{given}' of task '{source.task}' is "
                f"{rows[column][row]!r}, not {wanted}; mend the row or set empty_text: drop"
            )
        rows = rows[~empty]
    return rows.copy()


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _words(value: object) -> bool:
    listed = hasattr(value, "__len__") and not isinstance(value, str) and len(value) > 0
    return listed and all(map(_text, value))
