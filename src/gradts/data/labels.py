"""Which class a value means: one reading, by name or by id, for all splits of a task."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from gradts.names import InputError, shortened
from gradts.specs import Source

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def plain(value: Any) -> Any:
    """A cell's value as str, int, float, or None where nothing is there; a list or an object as it is.

    Whole numbers are int, whatever a file stores them as; true and false are words.
    """
    if isinstance(value, str):
        return value if value.strip() else None
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | Decimal):
        if value != value:
            return None
        return int(value) if value % 1 == 0 else float(value)
    return value


def is_list(value: Any) -> bool:
    return isinstance(value, list | tuple | np.ndarray)


def spelled(value: Any) -> str:
    """A value as a person writes it: 1 for 1.0, true, nothing for what is missing."""
    value = plain(value)
    return "" if value is None else str(value)


def _loosely(text: str) -> Any:
    """What stays of a spelling where 1, 1.0 and 001 are one number, and True is true."""
    if NUMBER.fullmatch(text):
        return Decimal(text)
    return text.lower() if text.lower() in ("true", "false") else text


def finder(names: Iterable[str]) -> Callable[[Any], int | None]:
    """value → position of its name: the one spelled so, or else the only one that is the same number."""
    exactly: dict[str, int] = {}
    loosely: dict[Any, list[int]] = {}
    for position, name in enumerate(names):
        exactly[name] = position
        loosely.setdefault(_loosely(name), []).append(position)

    def find(value: Any) -> int | None:
        text = spelled(value)
        alike = loosely.get(_loosely(text), [])
        return exactly.get(text, alike[0] if len(alike) == 1 else None)

    return find


def classes(found: Mapping[str | int | float, str], source: Source) -> dict[str | int | float, int]:
    """Value → class, for all values of all splits of a task; `found` tells where each was seen first.

    Names where every value is one and, if they could be ids of other classes, each is a text that is a name
    to the letter; ids (0, 1, …) where every value is one, and none the name of another class. Raises
    InputError for a value that is neither, and where both readings are possible.
    """
    names = source.labels
    find, ids = finder(names), {number: number for number in range(len(names))}
    by_name = {value: at for value in found if (at := find(value)) is not None}
    by_id = {value: at for value in found if (at := ids.get(_loosely(spelled(value)))) is not None}
    for value, place in found.items():
        if value not in by_name and value not in by_id:
            raise InputError(f"{place}: {_unknown(value, source)}")
    to_the_letter = by_name.keys() <= {*names}
    if len(by_name) == len(found) and (to_the_letter or len(by_id) < len(found) or by_id == by_name):
        return by_name
    if len(by_id) == len(found) and by_name.items() <= by_id.items():
        return by_id
    raise InputError(f"task '{source.task}': {_two_readings(found, by_name, by_id, names)}")


def check_names(carried: Sequence[str], place: str, source: Source) -> None:
    """Refuse class names that a file carries where they are not the task's: its ids would mean other classes.

    Names as 0, 1, … in their order say no more than ids do.
    """
    dropped = finder(source.drop_labels)
    kept = [name for name in carried if dropped(name) is None]
    other = [name for name in kept if source.rename.get(name, name) not in source.labels]
    if other and [*carried] != [str(number) for number in range(len(carried))]:
        raise InputError(
            f"{place}: column '{source.label}' names its classes {_listed(carried)}, but task "
            f"'{source.task}' has the labels {_listed(source.labels)}; map them, as in rename: "
            f"{{{other[0]!r}: NAME}}, or leave their rows out with drop_labels: [{other[0]!r}]"
        )


def _unknown(value: Any, source: Source) -> str:
    label = shortened(value)
    return (
        f"label {label} is not among the labels of task '{source.task}' ({_listed(source.labels)} or ids "
        f"0-{len(source.labels) - 1}); mend the row, declare the label, map it with rename: "
        f"{{{label}: NAME}}, or leave such rows out with drop_labels: [{label}]"
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:50]) + ", …" * (len(names) > 50)


def _two_readings(
    found: Mapping[Any, str], by_name: Mapping[Any, int], by_id: Mapping[Any, int], names: list[str]
) -> str:
    def at(value: Any) -> str:
        return f"label {shortened(value)} ({found[value]})"

    for value in by_name:
        if by_id.get(value, by_name[value]) != by_name[value]:
            named, counted = names[by_name[value]], names[by_id[value]]
            return (
                f"{at(value)} is the name {named!r} and, counted from 0, the id of {counted!r}; say which is "
                f"meant by mapping every such value, as in rename: {{{value!r}: {named!r}}}"
            )
    name = next(value for value in by_name if value not in by_id)
    counted = next(value for value in by_id if value not in by_name)
    meant = names[by_id[counted]]
    return (
        f"{at(name)} is a name, but {at(counted)} only an id, that of {meant!r} counted from 0; write names "
        f"throughout, or map what is none, as in rename: {{{counted!r}: {meant!r}}}"
    )


def numbers(found: Mapping[str | int | float, str], source: Source) -> dict[str | int | float, float]:
    """Value → number, for all values of a regression task; InputError for what is none, or not finite."""
    read = {}
    for value, place in found.items():
        text = spelled(value).strip()
        read[value] = float(text) if NUMBER.fullmatch(text) else math.nan
        if not math.isfinite(read[value]):
            raise InputError(
                f"{place}: label {shortened(value)} of regression task '{source.task}' is no number such as "
                f"3.5; mend the row, or leave such rows out with drop_labels: [{shortened(value)}]"
            )
    return read
