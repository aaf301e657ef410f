"""Rows of JSON: a list of objects, objects one after the other, or an object that holds a list of them."""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import pandas as pd

from gradts.data.files import kind_of, read_text, tell
from gradts.data.table import Table, has_columns
from gradts.names import InputError, shortened


def read_json_rows(path: str, how: Mapping[str, Any], wanted: Sequence[str]) -> Table:
    """Read rows as `read_table` says; values keep the types that they have in JSON."""
    text = read_text(path, how.get("encoding"))
    try:
        rows, lines = _values(text)
    except json.JSONDecodeError as error:
        cut = "" if "\n" in text[error.pos :].strip() else ", or fetch the file again if it is cut off"
        raise InputError(
            f"{path} cannot be read: line {error.lineno}: {error.msg}; mend the line{cut}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read: {error}; mend the file") from error
    if len(rows) == 1 and isinstance(rows[0], dict) and text.lstrip()[0] == "{":
        held = _held(path, rows[0], wanted)
        rows, lines = (rows, lines) if held is None else (held, None)
    halves = re.search(r"\\u[dD][89a-fA-F]", text)
    for number, row in enumerate(rows):
        at = f"{path} row {number}" if lines is None else f"{path} line {lines[number]}"
        if not isinstance(row, dict):
            raise InputError(f"{at}: a row is an object with named fields, found {shortened(row)}")
        if halves and not _is_unicode(row):
            raise InputError(
                f"{at}: half of a surrogate pair, such as \\ud83d, is no character; mend the row"
            )
    names = dict.fromkeys(chain.from_iterable(rows))
    frame = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names})
    # Of rows that share a line, their number says more.
    return Table(frame, lines if lines is not None and len({*lines}) == len(lines) else None)


def _is_unicode(row: Any) -> bool:
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _values(text: str) -> tuple[list[Any], list[int]]:
    """The values of a list, or those that stand one after the other, and the line of each."""
    start = len(text) - len(text.lstrip())
    listed = text[start] == "["
    if listed:
        json.loads(text)  # finds what is wrong between its values
    skip = re.compile(r"[ \t\r\n,]*" if listed else r"[ \t\r\n]*")
    decode = json.JSONDecoder().raw_decode
    values, lines, line, counted = [], [], 1, 0
    at = start + listed
    while (at := skip.match(text, at).end()) < len(text) and not (listed and text[at] == "]"):
        line, counted = line + text.count("\n", counted, at), at
        value, at = decode(text, at)
        values.append(value)
        lines.append(line)
    return values, lines


def _held(path: str, whole: dict[str, Any], wanted: Sequence[str]) -> list[Any] | None:
    """The rows within the only object of a file; None where it is a row itself."""
    heads = [name.partition(".")[0] if name not in whole else name for name in wanted]
    if has_columns(list(whole), heads):
        return _transposed(path, whole) if kind_of(path) not in (".jsonl", ".ndjson") else None
    lists = [key for key, rows in whole.items() if isinstance(rows, list) and _are_objects(rows)]
    if len(lists) > 1:
        lists = [key for key in lists if has_columns(list(whole[key][0]), heads)] or lists
    if len(lists) > 1:
        raise InputError(
            f"{path}: rows may be in {', '.join(map(repr, lists))}; write those meant into a file of "
            "their own"
        )
    if lists:
        others = ", ".join(key for key in whole if key != lists[0])
        tell(path, f"rows are those in '{lists[0]}'" + (f", beside them are {others}" if others else ""))
        return whole[lists[0]]
    rows = list(whole.values())
    if _are_objects(rows) and all(has_columns(list(row), heads) for row in rows):
        tell(path, "rows are the values of its only object")
        return rows
    return None


def _are_objects(rows: Sequence[Any]) -> bool:
    return len(rows) > 0 and all(isinstance(row, dict) for row in rows)


def _transposed(path: str, whole: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Rows of an object of columns, each a list or, as pandas writes it, an object by row."""
    columns = [dict(enumerate(column)) if isinstance(column, list) else column for column in whole.values()]
    if not _are_objects(columns):
        return None
    keys = list(columns[0])
    for name, column in zip(whole, columns, strict=True):
        if list(column) != keys:
            raise InputError(
                f"{path}: column '{name}' has other rows ({len(column)}) than '{next(iter(whole))}' "
                f"({len(keys)}); mend the file"
            )
    return [
        dict(zip(whole, values, strict=True)) for values in zip(*(c.values() for c in columns), strict=True)
    ]
