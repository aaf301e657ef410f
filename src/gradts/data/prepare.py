"""Prepared splits of a task: checked rows, the selection split held out, caps (method.md §3)."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from sklearn.model_selection import train_test_split

from gradts.artifacts import Job, write_json, write_table
from gradts.data.sources import read_source
from gradts.specs import InputError, Source


def prepare(source: Source, folder: str | Path) -> None:
    """Write a task's `train`, `select` and `dev` parquet files and `statistics.json` into `folder`.

    Columns: `instance` (int64, the row's position in its source split), `text_a`, maybe `text_b`,
    `label` (int64 id); `dev` has a further column `split`, since MNLI has two. Raises InputError that
    names the file, the row, the value and the fix.
    """
    job = Job("gradts.data.prepare", asdict(source))
    raw = read_source(source)
    rows = {name: check_rows(frame, place, source) for name, (place, frame) in raw.items()}
    train, select = hold_out(rows.pop("train"), source)
    dev = pd.concat(
        [cap(frame, source.max_dev, source.seed).assign(split=name) for name, frame in rows.items()]
    )
    for name, frame in {"train": train, "select": select, "dev": dev}.items():
        table = pa.Table.from_pandas(frame, preserve_index=False)
        write_table(Path(folder) / f"{name}.parquet", table, job.record())
    write_json(Path(folder) / "statistics.json", job.record(**statistics(raw, source)))


def statistics(raw: Mapping[str, tuple[str, pd.DataFrame]], source: Source) -> dict[str, Any]:
    """Size and sentence length of the source's training split, before any split or cap (Table 7).

    `mean_length` counts whitespace tokens, the mean of both sentences of a pair (method.md §6).
    """
    train = raw["train"][1]
    words = pd.concat([train[column].str.split().str.len() for column in source.text])
    rows = {split: len(frame) for split, (_, frame) in raw.items()}
    return {"source_rows": rows, "mean_length": float(words.mean())}


def hold_out(train: pd.DataFrame, source: Source) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split off the selection split, stratified, and only then apply the caps (footnote 2)."""
    try:
        train, select = train_test_split(
            train, test_size=source.select_fraction, random_state=source.seed, stratify=train["label"]
        )
    except ValueError as error:
        raise InputError(
            f"task '{source.task}': no stratified selection split of {source.select_fraction:g} can be "
            f"drawn from {len(train)} training rows ({error}); raise data.select_fraction or add rows"
        ) from error
    return (
        cap(train, source.max_train, source.seed),
        cap(select, source.max_select, source.seed),
    )


def cap(frame: pd.DataFrame, limit: int | None, seed: int) -> pd.DataFrame:
    """At most `limit` rows, drawn stratified by label, in the order of their instance ids."""
    if limit is not None and limit < len(frame):
        labels = frame["label"]
        # Where a class is too rare to be on both sides, all rows are drawn alike.
        fewest = min(limit, len(frame) - limit)
        rare = labels.value_counts().min() < 2 or fewest < labels.nunique()
        frame, _ = train_test_split(
            frame, train_size=limit, random_state=seed, stratify=None if rare else labels
        )
    return frame.sort_values("instance").reset_index(drop=True)


def check_rows(frame: pd.DataFrame, place: str, source: Source) -> pd.DataFrame:
    """Rename to our columns, turn labels into ids, refuse what training would stumble over."""
    for column in (*source.text, source.label):
        if column not in frame.columns:
            raise InputError(
                f"{place}: no column '{column}' for task '{source.task}' (columns: "
                f"{', '.join(map(str, frame.columns))}); name it in the registry"
            )
    texts = {f"text_{side}": frame[col] for side, col in zip("ab", source.text, strict=False)}
    rows = pd.DataFrame({"instance": range(len(frame)), **texts})
    rows["label"] = label_ids(frame[source.label], place, source)
    rows = _without_empty(rows, list(texts), place, source)
    if rows["label"].nunique() < 2:
        raise InputError(
            f"{place}: its {len(rows)} rows of task '{source.task}' hold one class only; nothing can be "
            "learnt or scored on it, so give it rows of every class"
        )
    return rows


def label_ids(values: pd.Series, place: str, source: Source) -> list[int]:
    """Ids of labels that are given as ids or as names; InputError for any other value."""
    ids: dict[object, int] = {}
    for position in range(len(source.labels)):
        ids |= {position: position, str(position): position}
    ids |= {name: position for position, name in enumerate(source.labels)}
    found = [ids.get(value) for value in values.tolist()]
    if None in found:
        row = found.index(None)
        raise InputError(
            f"{place} row {row}: label {values.iloc[row]!r} is not among the labels of task "
            f"'{source.task}' ({', '.join(source.labels)} or ids 0-{len(source.labels) - 1}); "
            "mend the row or declare the label"
        )
    return found


def _without_empty(rows: pd.DataFrame, columns: list[str], place: str, source: Source) -> pd.DataFrame:
    for column, given in zip(columns, source.text, strict=True):
        empty = ~rows[column].map(lambda text: isinstance(text, str) and bool(text.strip()))
        if empty.any() and source.empty_text == "error":
            row = rows.index[empty][0]
            raise InputError(
                f"{place} row {row}: column '{given}' of task '{source.task}' is "
                f"{rows[column][row]!r}, not a text; mend the row or set empty_text: drop"
            )
        rows = rows[~empty]
    return rows
