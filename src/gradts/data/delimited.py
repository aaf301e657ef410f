"""Rows of text between separators, such as CSV and TSV.

Cells stay text; nothing is guessed from how a value looks.
"""

import csv
import io
import math
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import pandas as pd

from gradts.data.files import read_text, tell
from gradts.data.table import Table, has_columns
from gradts.names import InputError, shortened

# Texts may be long; strict reading finds the quote that swallows lines.
csv.field_size_limit(sys.maxsize)


class _Uneven(Exception):
    """The line on which a reading fails, and why."""


class _Rows(NamedTuple):
    rows: list[list[str]]
    lines: list[int]


def read_delimited(path: str, how: Mapping[str, Any], wanted: Sequence[str], usual: str = ",") -> Table:
    """Read rows as `read_table` says; `usual`: the separator where nothing speaks for another."""
    text = read_text(path, how.get("encoding"))
    given = how.get("columns")
    separator = how.get("separator") or (_separator(path, text, usual, wanted) if not given else usual)
    first = _first(text, separator)
    # `text, label`: a blank follows every separator.
    spaced = len(first) > 1 and all(name.startswith(" ") for name in first[1:])
    rows, lines = _regular(path, text, separator, spaced, how.get("quoting"))
    if not rows:
        raise InputError(f"{path} holds no row ({shortened(text)}); give a file with rows")
    head = [name.strip() for name in rows[0]]
    if given is None:
        _check_header(path, lines[0], head, separator, wanted)
        if spaced or head != rows[0]:
            tell(path, "blanks around the names of its header are left out")
        places, has_header = list(range(len(head))), True
    else:
        given = present(given, wanted, len(head))
        places = _places(path, lines[0], head, given)
        named = [head[place].lower() for place in places] == [name.lower() for name in given]
        has_header = named if how.get("header") is None else how["header"]
        head = list(given)
    start = int(has_header)
    cells = {key: [row[place] for row in rows[start:]] for key, place in enumerate(places)}
    frame = pd.DataFrame(cells, dtype="str")
    frame.columns = head
    return Table(frame, lines[start:])


def _first(text: str, separator: str) -> list[str]:
    """The fields of the first line that is not blank."""
    line = re.search(r"[^\r\n]*\S[^\r\n]*", text)
    return next(csv.reader([line.group() if line else ""], delimiter=separator), [])


def _separator(path: str, text: str, usual: str, wanted: Sequence[str]) -> str:
    """The usual one, or the one under which alone the header has the columns that are asked for."""
    fitting = [one for one in (usual, *",;\t|") if has_columns(_first(text, one), wanted)]
    if not fitting or fitting[0] == usual:
        return usual
    tell(path, f"read with the separator {fitting[0]!r}, as its header says")
    return fitting[0]


def _check_header(path: str, line: int, head: list[str], separator: str, wanted: Sequence[str]) -> None:
    """Positions are the way out of a file without a header."""
    missing = [name for name in wanted if not has_columns(head, [name])]
    if missing:
        positions = ", ".join(f"{name}: {place}" for place, name in enumerate(wanted))
        raise InputError(
            f"{path} line {line}: no column '{missing[0]}' between separators {separator!r} (columns: "
            f"{', '.join(head)}); name it in the registry, set its separator:, or where the file has no "
            f"header give positions, counted from 0, such as columns: {{{positions}}}"
        )


def present(columns: Mapping[str, int], wanted: Collection[str], width: int) -> dict[str, int]:
    """Columns by position, less those that nobody asks for and that lines of so many fields do not have.

    One that is counted from the end may fall on a field that another column is asked of.
    """
    taken = {columns[name] % width for name in wanted if name in columns}
    return {
        name: at
        for name, at in columns.items()
        if name in wanted or (-width <= at < width and at % width not in taken)
    }


def _places(path: str, line: int, head: list[str], columns: Mapping[str, int]) -> list[int]:
    for name, place in columns.items():
        if not -len(head) <= place < len(head):
            raise InputError(
                f"{path} line {line}: {len(head)} fields, but column '{name}' is at {place} (counted from 0; "
                "-1 is the last); mend the registry's columns: or separator:"
            )
    return list(columns.values())


def _parse(text: str, separator: str, spaced: bool, quoted: bool) -> _Rows:
    """Rows of equally many fields; blank lines are none. Raises _Uneven."""
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=separator,
        skipinitialspace=spaced,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        strict=True,
    )
    rows: list[list[str]] = []
    lines: list[int] = []
    line = 1
    try:
        for row in reader:
            if len(row) > 1 or (row and not row[0].isspace()):  # of one column `""` is an empty field
                if rows and len(row) != len(rows[0]):
                    raise _Uneven(line, f"{len(row)} fields, but line {lines[0]} has {len(rows[0])}")
                rows.append(row)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise _Uneven(line, f"a quoted field does not end as it should ({error})") from error
    return _Rows(rows, lines)


def _regular(path: str, text: str, separator: str, spaced: bool, quoting: bool | None) -> _Rows:
    """The rows of the reading of quotes that fits, around fields or as a part of the text."""
    # A quote within a field is a part of the text in both readings.
    begins = any(f'{mark}"' in text for mark in ("\n", "\r", separator, f"{separator} ")) or text[0] == '"'
    if quoting is None and not begins:
        quoting = True
    found: dict[bool, _Rows] = {}
    failed: dict[bool, _Uneven] = {}
    for quoted in (True, False) if quoting is None else (quoting,):
        try:
            found[quoted] = _parse(text, separator, spaced, quoted)
        except _Uneven as error:
            failed[quoted] = error
    if not found:
        line, why = max((error.args for error in failed.values()), key=lambda args: args[0])
        raise InputError(
            f"{path} line {line}: {why}; mend the line: a field that holds {separator!r} stands in double "
            "quotes (quoting: in the registry says whether quotes stand around fields)"
        )
    if len(found) == 1 and quoting is None and True in failed:
        line, why = failed[True].args
        if _seems_quoted(found[False].rows, separator):
            raise InputError(
                f"{path} line {line}: {why}; mend the line, or set quoting: false where quotes are a part of "
                "the text"
            )
        tell(path, f"its quotes are read as a part of the text, from line {line} on")
    if quoting is None and True in found:
        _check_lines(path, text, separator, found[True])
        if False in found and found[True].rows != found[False].rows:
            _check_unlike(path, found[True], found[False], separator)
    return found[True] if True in found else found[False]


def _is_whole(field: str) -> bool:
    return len(field) > 1 and field[0] == field[-1] == '"'


def _seems_quoted(rows: list[list[str]], separator: str) -> bool:
    """Whether fields stand in quotes though some do not end: in CSV one that has more than a lone quote.

    Texts of TSV that is not quoted may well begin and end with quotes, but not most of a column.
    """
    if separator != "\t":
        return any(field[:1] == '"' and field.count('"') > 1 for field in chain.from_iterable(rows))
    return any(2 * sum(map(_is_whole, column)) > len(rows) - 1 for column in zip(*rows[1:], strict=True))


def _check_lines(path: str, text: str, separator: str, quoted: _Rows) -> None:
    """Refuse a row over several lines, each of which may be a row: a lone quote may have swallowed them."""
    written: list[str] = []
    for row, line, following in zip(*quoted, [*quoted.lines[1:], math.inf], strict=True):
        below = sum(field.count("\n") for field in row) if following > line + 1 else 0
        if below:
            written = written or list(io.StringIO(text, newline=None))
            lines = filter(str.strip, written[line - 1 : line + below])
            if all(one.count(separator) == len(row) - 1 for one in lines):
                raise InputError(
                    f"{path} line {line}: quotes may stand around a field of {below + 1} lines or be a "
                    "part of the text of each; set quoting: true or quoting: false in the registry"
                )


def _check_unlike(path: str, quoted: _Rows, plain: _Rows, separator: str) -> None:
    """Where both readings fit, quotes stand around fields in CSV, and in TSV if written so throughout.

    That is: around all fields of a column, or only where a quote is within the field.
    """
    columns = zip(*plain.rows[1:], strict=True)
    if separator != "\t" or all(
        all(map(_is_whole, column)) or all('""' in field[1:-1] for field in column if field[:1] == '"')
        for column in columns
    ):
        return
    unlike = next(
        (number, one, other)
        for number, one, other in zip(quoted.lines, quoted.rows, plain.rows, strict=True)
        if one != other
    )
    line, one, other = unlike
    readings = [
        shortened(row[next(place for place, field in enumerate(one) if field != other[place])])
        for row in (one, other)
    ]
    raise InputError(
        f"{path} line {line}: quotes may stand around this field ({readings[0]}) or be a part of it "
        f"({readings[1]}); set quoting: true or quoting: false in the registry"
    )
