"""Objectives, seen from the data: how labels are read and checked, what is stratified, what is the majority.

Its twin, models/objectives.py, has loss, head and answer. The workflow reads this, too: no pandas, no torch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from gradts.names import InputError
from gradts.specs import CLASSIFICATION, MULTI_LABEL, REGRESSION, TAGGING, Source

if TYPE_CHECKING:
    import pandas as pd

    from gradts.data.sources import Raw


@dataclass(frozen=True)
class Objective:
    """What one kind of label means for a task's rows.

    `read(rows, raw, source)`: the labels as ids, lists of ids, or numbers; InputError for any other
    value. `distinct(labels)`: how many there are to tell apart. `majority(train, rows)`: for each of
    `rows`, the answer that needs no text. `stratified`: whether both sides of a split have every label and
    caps keep their shares. `named`: whether labels are declared by name. `per_token`: whether texts are
    lists of words, each with a label.
    """

    read: Callable[[pd.DataFrame, Raw, Source], Any]
    distinct: Callable[[pd.Series], int]
    majority: Callable[[Sequence[Any], Sequence[Any]], list[Any]]
    stratified: bool = False
    named: bool = True
    per_token: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """Columns of prepared rows that hold the input; the last one may be missing."""
        return ("tokens",) if self.per_token else ("text_a", "text_b")


# ------------------------------------------------------------------------------------------- labels


def _ids(source: Source) -> dict[object, int]:
    ids: dict[object, int] = {}
    for position in range(len(source.labels)):
        ids |= {position: position, str(position): position}
    return ids | {name: position for position, name in enumerate(source.labels)}


def _id(value: object, ids: dict[object, int], where: str, source: Source) -> int:
    if value not in ids:
        raise InputError(
            f"{where}: label {value!r} is not among the labels of task '{source.task}' "
            f"({', '.join(source.labels)} or ids 0-{len(source.labels) - 1}); mend the row or declare "
            "the label"
        )
    return ids[value]


def _labelled(rows: pd.DataFrame) -> Iterable[tuple[int, Any]]:
    return zip(rows.index, rows["label"].tolist(), strict=True)


def _one_of_several(rows: pd.DataFrame, raw: Raw, source: Source) -> list[int]:
    ids = _ids(source)
    return [_id(value, ids, raw.at(row), source) for row, value in _labelled(rows)]


def _any_of_several(rows: pd.DataFrame, raw: Raw, source: Source) -> list[list[int]]:
    """Sorted ids, of a list of names or ids or of a text with `;` or `|` between them; none if empty."""
    ids, found = _ids(source), []
    for row, value in _labelled(rows):
        values = value if _is_list(value) else [value]
        if isinstance(value, str) and value not in ids:
            values = [part.strip() for part in value.replace("|", ";").split(";") if value.strip()]
        found.append(sorted({_id(one, ids, raw.at(row), source) for one in values}))
    return found


def _one_a_word(rows: pd.DataFrame, raw: Raw, source: Source) -> list[list[int]]:
    ids, found = _ids(source), []
    for tokens, (row, labels) in zip(rows["tokens"], _labelled(rows), strict=True):
        count = len(labels) if _is_list(labels) else 1
        if not _is_list(labels) or count != len(tokens):
            raise InputError(
                f"{raw.at(row)}: {len(tokens)} words but {count} labels in column '{source.label}' "
                f"of task '{source.task}'; give every word a label"
            )
        found.append([_id(label, ids, raw.at(row), source) for label in labels])
    return found


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple | np.ndarray)


def _number(rows: pd.DataFrame, raw: Raw, source: Source) -> pd.Series:
    import pandas as pd

    values = pd.to_numeric(rows["label"], errors="coerce").astype("float64")
    wrong = ~np.isfinite(values)
    if wrong.any():
        row = rows.index[wrong][0]
        raise InputError(
            f"{raw.at(row)}: label {rows['label'][row]!r} of regression task '{source.task}' is no "
            "number; mend the row"
        )
    return values


# ----------------------------------------------------------------------------------------- majority


def _most_frequent(labels: Iterable[Any]) -> Any:
    """The lowest of a tie."""
    counts = Counter(labels)
    return min(counts, key=lambda label: (-counts[label], label))


def _most_frequent_label(train: Sequence[Any], rows: Sequence[Any]) -> list[int]:
    return [_most_frequent(map(int, train))] * len(rows)


def _most_frequent_set(train: Sequence[Any], rows: Sequence[Any]) -> list[list[int]]:
    return [list(_most_frequent(tuple(map(int, labels)) for labels in train))] * len(rows)


def _most_frequent_tag(train: Sequence[Any], rows: Sequence[Any]) -> list[list[int]]:
    common = _most_frequent(map(int, chain(*train)))
    return [[common] * len(row) for row in rows]


def _mean(train: Sequence[Any], rows: Sequence[Any]) -> list[float]:
    return [float(np.mean(train))] * len(rows)


def _values(labels: pd.Series) -> int:
    return labels.explode().nunique()


def _sets(labels: pd.Series) -> int:
    return labels.map(tuple).nunique()


OBJECTIVES = {
    CLASSIFICATION: Objective(_one_of_several, _values, _most_frequent_label, stratified=True),
    MULTI_LABEL: Objective(_any_of_several, _sets, _most_frequent_set),
    REGRESSION: Objective(_number, _values, _mean, named=False),
    TAGGING: Objective(_one_a_word, _values, _most_frequent_tag, per_token=True),
}
