"""How a table's bytes are read: text between separators, JSON, parquet and arrow.

Cells of text stay text; nothing is guessed from how a value looks.
"""

import csv
import io
import json
import math
import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gradts.data.files import kind_of, read_bytes, read_text, tell
from gradts.names import InputError, shortened

# Texts may be long; strict reading finds the quote that swallows lines.
csv.field_size_limit(sys.maxsize)


class Table(NamedTuple):
    """A file's rows: of a text file with the line on which each begins, counted from 1.

    `features`: what the columns are, as `datasets` notes it in a file.
    """

    frame: pd.DataFrame
    lines: Sequence[int] | None = None
    features: Mapping[str, Any] | None = None


def read_table(path: str, kind: str, how: Mapping[str, Any], wanted: Sequence[str]) -> Table:
    """Read a file of a kind (a key of READERS).

    `how`: the registry's `columns`, `encoding`, `separator`, `header` and `quoting`, where they are given;
    `wanted`: the columns that are asked for, which a guess must agree with. Raises InputError naming the
    file, the line and the fix.
    """
    return READERS[kind](path, how, wanted)


# ------------------------------------------------------------------------- text between separators


class _Uneven(Exception):
    """The line on which a reading fails, and why."""


class _Rows(NamedTuple):
    rows: list[list[str]]
    lines: list[int]


def _delimited(usual: str) -> Callable[..., Table]:
    def read(path: str, how: Mapping[str, Any], wanted: Sequence[str]) -> Table:
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

    return read


def _first(text: str, separator: str) -> list[str]:
    """The fields of the first line that is not blank."""
    line = re.search(r"[^\r\n]*\S[^\r\n]*", text)
    return next(csv.reader([line.group() if line else ""], delimiter=separator), [])


def _has(names: Sequence[str], wanted: Sequence[str]) -> bool:
    return {name.lower() for name in wanted} <= {name.strip().lower() for name in names}


def _separator(path: str, text: str, usual: str, wanted: Sequence[str]) -> str:
    """The usual one, or the one under which alone the header has the columns that are asked for."""
    fitting = [one for one in (usual, *",;\t|") if _has(_first(text, one), wanted)]
    if not fitting or fitting[0] == usual:
        return usual
    tell(path, f"read with the separator {fitting[0]!r}, as its header says")
    return fitting[0]


def _check_header(path: str, line: int, head: list[str], separator: str, wanted: Sequence[str]) -> None:
    """Positions are the way out of a file without a header."""
    missing = [name for name in wanted if not _has(head, [name])]
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
            if len(row) > 1 or (row and row[0].strip()):
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


# -------------------------------------------------------------------------------------------- JSON


def _json(path: str, how: Mapping[str, Any], wanted: Sequence[str]) -> Table:
    """A list of objects, objects one after the other, or an object that holds a list of them."""
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
    if _has(list(whole), heads):
        return _transposed(path, whole) if kind_of(path) not in (".jsonl", ".ndjson") else None
    lists = [key for key, rows in whole.items() if isinstance(rows, list) and _are_objects(rows)]
    if len(lists) > 1:
        lists = [key for key in lists if _has(list(whole[key][0]), heads)] or lists
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
    if _are_objects(rows) and all(_has(list(row), heads) for row in rows):
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


# --------------------------------------------------------------------------------- parquet and arrow


def as_frame(table: pa.Table) -> pd.DataFrame:
    """All columns, whatever pandas took for an index; missing ids leave the others integers."""
    return table.to_pandas(ignore_metadata=True, integer_object_nulls=True)


def _columnar(read: Callable[[pa.Buffer], pa.Table], magic: bytes | None = None) -> Callable[..., Table]:
    def reader(path: str, how: Mapping[str, Any], wanted: Sequence[str]) -> Table:
        data = read_bytes(path)
        if magic is not None and data and not data.startswith(magic):
            raise InputError(
                f"{path} cannot be read: it is no {kind_of(path)[1:]} file, it begins with "
                f"{shortened(data[:20])}; give it its right suffix or fetch it again"
            )
        try:
            table = read(pa.py_buffer(data))
        except (OSError, ValueError, pa.ArrowException) as error:
            raise InputError(
                f"{path} cannot be read, it may be damaged or cut off ({error}); fetch it again"
            ) from error
        noted = json.loads((table.schema.metadata or {}).get(b"huggingface", b"{}"))
        return Table(as_frame(table), None, noted.get("info", {}).get("features"))

    return reader


def _arrow(buffer: pa.Buffer) -> pa.Table:
    """A file or, as `datasets` writes it, a stream."""
    is_file = buffer[:6].to_pybytes() == b"ARROW1"
    with (pa.ipc.open_file if is_file else pa.ipc.open_stream)(buffer) as opened:
        return opened.read_all()


def _parquet(buffer: pa.Buffer) -> pa.Table:
    return pq.read_table(pa.BufferReader(buffer))


READERS = {
    ".parquet": _columnar(_parquet, b"PAR1"),
    ".csv": _delimited(","),
    ".tsv": _delimited("\t"),
    ".json": _json,
    ".jsonl": _json,
    ".ndjson": _json,
    ".arrow": _columnar(_arrow),
}
