"""Prepared splits of a task: checked rows, the selection split held out, caps (method.md §3)."""

import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from sklearn.model_selection import train_test_split

from gradts.artifacts import write_json, write_table
from gradts.data.drawing import held_out
from gradts.data.facts import describe
from gradts.data.labels import finder, is_list, plain, spelled
from gradts.data.objectives import OBJECTIVES, read_labels
from gradts.data.sentences import as_sentences
from gradts.data.sources import Raw, read_source
from gradts.layout import inside
from gradts.names import InputError, shortened
from gradts.provenance import Job
from gradts.specs import Source

# Categories of characters that show nothing: control, format, and blanks.
UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")


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
    train, select = hold_out(train, spec)
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


def our_columns(raw: Mapping[str, Raw], source: Source) -> dict[str, pd.DataFrame]:
    """Split → all of its rows: texts as text, and as `label` the list of single labels that its cell holds.

    A number among texts is written as it is spelled; the log tells so once.
    """
    objective, given, numbers = OBJECTIVES[source.objective], {}, []
    for split, of in raw.items():
        frame = _in_our_case(of.frame, [*source.text, source.label])
        for column in (*source.text, source.label):
            if column not in frame.columns:
                raise InputError(
                    f"{of.place}: no column '{column}' for task '{source.task}' (columns: "
                    f"{', '.join(map(str, frame.columns))}); name it in the registry"
                )
        rows: dict[str, Any] = {"instance": range(len(frame))}
        for name, column in zip(objective.texts, source.text, strict=False):
            cells = _cells(frame[column])
            rows[name] = [_written(cell) for cell in cells]
            for row, (cell, text) in enumerate(zip(cells, rows[name], strict=True)):
                if not isinstance(cell, str) and _numbers(cell, text):
                    numbers.append(f"{of.at(row)}: {text!r}")
        rows["label"] = [objective.parts(cell, source) for cell in _cells(frame[source.label])]
        given[split] = pd.DataFrame(rows)
    if numbers:
        told = f"{len(numbers)} rows hold numbers as text, which are read as they are spelled ({numbers[0]})"
        print(f"task '{source.task}': {told}", file=sys.stderr)
    return given


def _cells(column: pd.Series) -> list[Any]:
    return [None if gone else cell for cell, gone in zip(column.tolist(), column.isna(), strict=True)]


def _written(cell: Any) -> Any:
    """A text or a list of words, numbers spelled; None where nothing is there; anything else as it is."""
    if isinstance(cell, str):
        return cell
    if is_list(cell):
        return [*map(_written, cell)]
    value = plain(cell)
    return spelled(value) if isinstance(value, int | float) else value


def _numbers(cell: Any, text: Any) -> bool:
    if is_list(cell):
        return any(map(_numbers, cell, text))
    return isinstance(text, str) and not isinstance(cell, str | bytes)


def check_rows(
    given: Mapping[str, pd.DataFrame], raw: Mapping[str, Raw], source: Source
) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, int]]]:
    """Split → rows with labels as ids, and split → what became of its rows: source = dropped + kept.

    Raises InputError for what training would stumble over.
    """
    rows, counts = {}, {}
    for split, whole in given.items():
        labelled = _without_dropped(whole, source)
        kept = _without_empty(labelled, raw[split], source)
        counts[split] = {
            "source": len(raw[split].frame),
            "dropped_label": len(whole) - len(labelled),
            "dropped_empty": len(labelled) - len(kept),
            "kept": len(kept),
        }
        rows[split] = _renamed(kept, source)
    for split, labels in read_labels(rows, raw, source).items():
        rows[split]["label"] = labels
        if OBJECTIVES[source.objective].distinct(rows[split]["label"]) < 2:
            dropped = len(given[split]) - len(labels)
            kind = "class" if OBJECTIVES[source.objective].named else "number"
            raise InputError(
                f"{raw[split].place}: its {len(labels)} rows of task '{source.task}' hold one {kind} only"
                f"{f' ({dropped} were dropped)' if dropped else ''}; nothing can be learnt or scored on it, "
                f"so give it rows of another {kind}"
            )
    return rows, counts


def _without_dropped(rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    """No row with one of `drop_labels`; where a row has no label at all, it counts as a missing one."""
    if not source.drop_labels:
        return rows
    find = finder(source.drop_labels)
    return rows[[all(find(label) is None for label in labels or [None]) for labels in rows["label"]]]


def _renamed(rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    find, ours = finder(source.rename), [*source.rename.values()]

    def name(label: Any) -> Any:
        return label if (at := find(label)) is None else ours[at]

    return rows.assign(label=[[*map(name, labels)] for labels in rows["label"]]) if ours else rows


def _in_our_case(frame: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    """Copies of a data set differ in the case of their column names."""
    ours = {name.lower(): name for name in wanted if name not in frame.columns}
    return frame.rename(columns={name: ours.get(str(name).lower(), name) for name in frame.columns})


def _without_empty(rows: pd.DataFrame, raw: Raw, source: Source) -> pd.DataFrame:
    """Empty texts are refused or dropped; so are sentences without a word, or with an empty word."""
    objective = OBJECTIVES[source.objective]
    for column, given in zip(objective.texts, source.text, strict=False):
        empty = ~rows[column].map(_words if objective.per_token else _text).astype(bool)
        other = rows[column].map(lambda cell: _other(cell, objective.per_token)).astype(bool)
        refused = other | empty if source.empty_text == "error" else other
        if refused.any():
            row = rows.index[refused][0]
            wanted = "a list of words" if objective.per_token else "a text"
            fix = "" if other[row] else " or set empty_text: drop"
            raise InputError(
                f"{raw.at(row)}: column '{given}' of task '{source.task}' is "
                f"{shortened(rows[column][row])}, not {wanted}; mend the row{fix}"
            )
        rows = rows[~empty]
    return rows.copy()


def _text(value: object) -> bool:
    """Whether a value is a text that is seen: blanks and characters of format, as of no width, are not."""
    if not isinstance(value, str):
        return False
    return value[:1].isalnum() or any(unicodedata.category(one) not in UNSEEN for one in value)


def _words(value: object) -> bool:
    listed = hasattr(value, "__len__") and not isinstance(value, str) and len(value) > 0
    return listed and all(isinstance(word, str) and word.strip() for word in value)


def _other(cell: object, per_token: bool) -> bool:
    """Whether it is of another kind, which is no empty text."""
    if isinstance(cell, str):
        return per_token
    if isinstance(cell, list) and per_token:
        return any(not isinstance(word, str) and word is not None for word in cell)
    return not (pd.api.types.is_scalar(cell) and pd.isna(cell))
