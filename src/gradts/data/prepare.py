"""Prepared splits of a task: checked rows, the selection split, held out or given, caps (method.md §3)."""

import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
from sklearn.model_selection import train_test_split

from gradts.artifacts import write_json, write_table
from gradts.data.drawing import held_out
from gradts.data.facts import describe
from gradts.data.objectives import OBJECTIVES
from gradts.data.rows import check_rows, our_columns
from gradts.data.sentences import as_sentences
from gradts.data.sources import read_source
from gradts.layout import inside
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
    found, commit = read_source(spec)
    raw = {split: as_sentences(of_split, spec) for split, of_split in found.items()}
    given = our_columns(raw, spec)
    rows, counts = check_rows(given, raw, spec)
    train = rows.pop("train")
    if spec.dev_fraction is not None:
        train, rows["dev"] = held_out(train, "dev", spec.dev_fraction, spec)
    train, select = hold_out(train, spec, rows.pop("select", None))
    devs = {name: cap(frame, spec.max_dev, spec) for name, frame in rows.items()}
    facts = {"rows": counts, "mean_length": mean_length(given["train"], spec)}
    facts |= describe({"train": train, "select": select, **devs}, spec)
    for text in facts["warnings"]:
        print(f"warning: task '{spec.task}': {text}", file=sys.stderr)
    dev = pd.concat([frame.assign(split=name) for name, frame in devs.items()])
    for name, frame in {"train": train, "select": select, "dev": dev}.items():
        record = job.record(warnings=facts["warnings"])
        write_table(inside(out, name), pa.Table.from_pandas(frame, preserve_index=False), record)
    write_json(inside(out, "facts"), job.record(hub_commit=commit, **facts))


def mean_length(train: pd.DataFrame, source: Source) -> float:
    """Sentence length of the source's training split, before any split or cap (Table 7).

    It counts whitespace tokens, the mean of both sentences of a pair (method.md §6).
    """
    objective = OBJECTIVES[source.objective]
    texts = [train[column] for column in objective.texts if column in train]
    words = pd.concat([text if objective.per_token else text.str.split() for text in texts])
    return float(words.str.len().mean())


def hold_out(
    train: pd.DataFrame, source: Source, select: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split off the selection split where the source has none, and only then apply the caps (footnote 2)."""
    if source.select_fraction is not None:
        train, select = held_out(train, "select", source.select_fraction, source)
    return cap(train, source.max_train, source), cap(select, source.max_select, source)


def _classes(rows: pd.DataFrame, source: Source) -> pd.Series | None:
    return rows["label"] if OBJECTIVES[source.objective].stratified else None


def cap(frame: pd.DataFrame, limit: int | None, source: Source) -> pd.DataFrame:
    """At most `limit` rows, drawn stratified by class, in the order of their instance ids."""
    if limit is not None and limit < len(frame):
        labels = _classes(frame, source)
        if labels is not None:
            # A class's single row is drawn with the largest class; all rows alike where places are too few.
            count = labels.value_counts()
            labels = labels.where(labels.map(count) > 1, count.idxmax())
            labels = labels if min(limit, len(frame) - limit) >= labels.nunique() else None
        frame, _ = train_test_split(frame, train_size=limit, random_state=source.seed, stratify=labels)
    return frame.sort_values("instance").reset_index(drop=True)
