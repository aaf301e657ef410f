"""From the rows of a source to rows that can be trained on: texts as text, labels as ids."""

import sys
import unicodedata
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gradts.data.labels import finder, is_list, plain, spelled
from gradts.data.objectives import OBJECTIVES, read_labels
from gradts.data.sources import Raw
from gradts.names import InputError, shortened
from gradts.specs import Source

# Categories of characters that show nothing: control, format, and blanks.
UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")
# What stands for a label that nobody has given, in test splits of the hub and in CoNLL-U.
NO_LABEL = ("-1", "_")


def our_columns(raw: Mapping[str, Raw], source: Source, *, labelled: bool = True) -> dict[str, pd.DataFrame]:
    """Split → all of its rows: texts as text, and as `label` the list of single labels that its cell holds.

    A number among texts is written as it is spelled; the log tells so once. Where a file need not be
    `labelled`, no column is as one that holds nothing.
    """
    needed = [*source.text, source.label] if labelled else source.text
    objective, given, numbers = OBJECTIVES[source.objective], {}, []
    for split, of in raw.items():
        frame = of.frame
        for column in needed:
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
        labels = frame.get(source.label, pd.Series(index=frame.index, dtype=object))
        rows["label"] = [objective.parts(cell, source) for cell in _cells(labels)]
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
    return isinstance(text, str) and not isinstance(cell, str)


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


def rows_to_predict(raw: Raw, source: Source) -> tuple[pd.DataFrame, pd.Series]:
    """The rows of a file that have a text, by their position, and of those that have one the label.

    Texts are those of `check_rows`, and labels, too: a list of ids, an id, or a number. A file may have none.
    Raises InputError for a text that is none, and for labels that are not the task's.
    """
    rows = _without_empty(our_columns({"": raw}, source, labelled=False)[""], raw, source)
    ours = finder([*source.labels, *source.rename])
    named = OBJECTIVES[source.objective].named
    # Of numbers -1 is one.
    nobodys = finder(one for one in NO_LABEL[not named :] if ours(one) is None)
    given = [all(one is not None and nobodys(one) is None for one in labels) for labels in rows["label"]]
    labelled = _renamed(_without_dropped(rows.loc[given], source), source)
    # Empty sets alone are a column that nobody has filled in.
    labelled = labelled if any(labelled["label"]) else labelled[:0]
    try:
        labels = read_labels({"": labelled}, {"": raw}, source)[""] if len(labelled) else []
    except InputError as error:
        raise InputError(
            f"{error}; to predict without metrics, leave column '{source.label}' out or give it another name"
        ) from error
    return rows.drop(columns="label"), pd.Series(labels, index=labelled.index, dtype=object)


def _without_dropped(rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    """No row with one of `drop_labels`; where a row has no label at all, it counts as a missing one."""
    if not source.drop_labels:
        return rows
    find = finder(source.drop_labels)
    # With [], no row would be no column.
    return rows.loc[[all(find(label) is None for label in labels or [None]) for labels in rows["label"]]]


def _renamed(rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    find, ours = finder(source.rename), [*source.rename.values()]

    def name(label: Any) -> Any:
        return label if (at := find(label)) is None else ours[at]

    return rows.assign(label=[[*map(name, labels)] for labels in rows["label"]]) if ours else rows


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
