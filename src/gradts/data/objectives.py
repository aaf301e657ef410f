"""Objectives, seen from the data: how labels are read and checked, what is stratified, what is the majority.

Its twin, models/objectives.py, has loss, head and answer. The workflow reads this, too: no pandas, no torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from operator import itemgetter
from statistics import multimode
from typing import TYPE_CHECKING, Any

import numpy as np

from gradts.data.labels import NUMBER, check_names, classes, is_list, numbers, plain, spelled
from gradts.data.schemes import LETTERS, Tags, fits
from gradts.names import InputError, shortened
from gradts.specs import CLASSIFICATION, MULTI_LABEL, REGRESSION, TAGGING, Source

if TYPE_CHECKING:
    import pandas as pd

    from gradts.data.sources import Raw


@dataclass(frozen=True)
class Objective:
    """What one kind of label means for a task's rows.

    `parts(cell, source)`: the single labels that a row's cell holds; `whole(meant)`: the row's label, of the
    ids or numbers that they mean. `fault(labels, words, source)`: what is wrong with the labels of a row
    together, with the fix. `distinct(labels)`: how many there are to tell apart. `majority(train, rows)`: for
    each of `rows`, the answer that needs no text. `stratified`: whether both sides of a split have every
    label and caps keep their shares. `named`: whether labels are declared by name. `per_token`: whether texts
    are lists of words, each with a label.
    """

    parts: Callable[[Any, Source], list[Any]]
    whole: Callable[[list[Any]], Any]
    distinct: Callable[[pd.Series], int]
    majority: Callable[[Sequence[Any], Sequence[Any]], list[Any]]
    fault: Callable[[list[Any], Any, Source], str | None] = lambda labels, words, source: None
    stratified: bool = False
    named: bool = True
    per_token: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """Columns of prepared rows that hold the input; the last one may be missing."""
        return ("tokens",) if self.per_token else ("text_a", "text_b")


# ------------------------------------------------------------------------------------------- labels


def read_labels(
    rows: Mapping[str, pd.DataFrame], raw: Mapping[str, Raw], source: Source
) -> dict[str, list[Any]]:
    """Split → labels: ids, lists of ids, or numbers. All splits of a task are read alike (labels.classes).

    The frames' `label` holds the single labels of each row, as `parts` gives them. Raises InputError naming
    the first row with none, with another kind of value, or with one that is not the task's.
    """
    objective = OBJECTIVES[source.objective]
    found: dict[Any, str] = {}
    for split, of in rows.items():
        if objective.named and raw[split].names is not None:
            check_names(raw[split].names, raw[split].place, source)
        words = of["tokens"] if objective.per_token else repeat(None)
        for row, labels, text in zip(of.index, of["label"], words, strict=False):
            if (fault := objective.fault(labels, text, source)) is not None:
                raise InputError(f"{raw[split].at(row)}: {fault}")
            for word, label in enumerate(labels):
                if not isinstance(label, str | int | float):
                    raise InputError(f"{raw[split].at(row, word)}: {_no_label(label, source)}")
                if label not in found:
                    found[label] = raw[split].at(row, word)
    meant = classes(found, source) if objective.named else numbers(found, source)
    read = {
        split: [objective.whole([meant[label] for label in labels]) for labels in of["label"]]
        for split, of in rows.items()
    }
    if source.scheme is not None:
        for split, of in rows.items():
            _check_spans(read[split], of, raw[split], source)
    return read


def _no_label(value: object, source: Source) -> str:
    column = f"column '{source.label}' of task '{source.task}'"
    if value is None:
        return f"{column} holds no label; mend the row, or leave such rows out with drop_labels: ['']"
    kind, fix = f"a {type(value).__name__}", "write it as text or a number"
    if isinstance(value, Mapping):
        kind, fix = "an object", f"name the field that holds it, such as label: {source.label}.FIELD"
    elif is_list(value):
        kind, fix = (
            "a list",
            "several labels a text are objective: multi_label, one a word sequence_labelling",
        )
    return f"{column} holds {shortened(value)}, {kind}, where one name or id belongs; {fix}"


def _one(cell: Any, source: Source) -> list[Any]:
    return [plain(cell)]


def _each(cell: Any, source: Source) -> list[Any]:
    return [plain(label) for label in cell] if is_list(cell) else [plain(cell)]


def _several(cell: Any, source: Source) -> list[Any]:
    """Of a list, or of a text with `;` or `|` between them; none if empty."""
    if isinstance(cell, str) and cell not in source.labels and cell not in source.rename:
        return [part for one in cell.replace("|", ";").split(";") if (part := one.strip())]
    return _each(cell, source)


def _uneven(labels: list[Any], words: Any, source: Source) -> str | None:
    if len(labels) == len(words):
        return None
    return (
        f"{len(words)} words but {len(labels)} labels in column '{source.label}' of task '{source.task}'; "
        "give every word a label"
    )


def _indicators(labels: list[Any], words: Any, source: Source) -> str | None:
    """A row as 1, 0, 0 is no set of ids, though each is one."""
    if len({*map(str, labels)}) == len(labels) or not all(
        NUMBER.fullmatch(spelled(label)) for label in labels
    ):
        return None
    return (
        f"labels {shortened(labels)} in column '{source.label}' of task '{source.task}' have one twice; "
        "a row holds names or ids of its labels, not a 0 or 1 for each class"
    )


def _check_spans(found: list[list[int]], rows: pd.DataFrame, raw: Raw, source: Source) -> None:
    """Refuse tags that are in no span of the task's scheme: no answer could be right."""
    place = Tags(found, source.labels, source.scheme).stray()
    if place is not None:
        row, word = place
        other = next((one for one in LETTERS if _in_order(found, source.labels, one)), None)
        fix = "mend it, or score metrics: [token_macro_f1]" if other is None else f"set scheme: {other}"
        raise InputError(
            f"{raw.at(rows.index[row], word)}: tag {source.labels[found[row][word]]} of the word "
            f"{rows['tokens'].iloc[row][word]!r} belongs to no span, as tags of task '{source.task}' are "
            f"{source.scheme}; {fix}"
        )


def _in_order(found: list[list[int]], labels: list[str], scheme: str) -> bool:
    return fits(labels, scheme) and Tags(found, labels, scheme).stray() is None


# ----------------------------------------------------------------------------------------- majority


def _most_frequent(labels: Iterable[Any]) -> Any:
    """The lowest of a tie."""
    return min(multimode(labels))


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
    CLASSIFICATION: Objective(_one, itemgetter(0), _values, _most_frequent_label, stratified=True),
    MULTI_LABEL: Objective(_several, lambda ids: sorted({*ids}), _sets, _most_frequent_set, _indicators),
    REGRESSION: Objective(_one, itemgetter(0), _values, _mean, named=False),
    TAGGING: Objective(_each, list, _values, _most_frequent_tag, _uneven, per_token=True),
}
