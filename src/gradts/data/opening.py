"""A first look at files of which nobody has named the columns: how they must be read, and what is in them."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from gradts.data import conll
from gradts.data.files import files_behind, kind_of, read_bytes, read_text
from gradts.data.labels import NUMBER
from gradts.data.sources import class_names, decoded
from gradts.data.table import Table
from gradts.data.tables import READERS, read_table
from gradts.names import InputError

USUAL = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
SEPARATORS = ",;\t|"
WORD_FILES = tuple(kind for kind in conll.SUFFIXES if kind != ".txt")
# What a header line of a file with a word a line calls its tags.
TAG_NAMES = [
    "tag",
    "tags",
    "label",
    "labels",
    "ner",
    "ner_tag",
    "ner_tags",
    "pos",
    "pos_tags",
    "upos",
    "chunk",
]
LONG = 6  # words of a column's name that is a text


class Look(NamedTuple):
    """What is in a file, and how it must be read.

    `how`: keys of the registry that the reader needs; the `columns` among them are all positions, named by
    their number. `classes`: names that the file carries → those of a column's classes. `words`: whether it
    has a word a line, so that a row of `frame` is a sentence. `notes`: what was guessed.
    """

    frame: pd.DataFrame
    how: dict[str, Any]
    classes: dict[str, list[str]]
    words: bool
    notes: list[str]


def look(given: str | list[str]) -> Look:
    """The rows of all files behind what a registry could name (see files_behind).

    Raises InputError as the reader does, and for an unknown kind.
    """
    looks = [_look(path) for path in files_behind(given)]
    frame = looks[0].frame
    if len(looks) > 1:
        frame = pd.concat([one.frame for one in looks], ignore_index=True)
    names = pd.Index(map(str, frame.columns))  # of columns of one name the reader tells more
    how = {key: value for one in reversed(looks) for key, value in one.how.items()}
    notes = [note for one in looks for note in one.notes]
    return looks[0]._replace(frame=frame.loc[:, ~names.duplicated()], how=how, notes=notes)


def _look(path: str) -> Look:
    kind = kind_of(path)
    if kind not in (*READERS, *conll.SUFFIXES):
        known = ", ".join((*READERS, *conll.SUFFIXES))
        raise InputError(f"{path}: unknown file type; describe reads {known}, packed with gzip or not")
    how, notes, text = {}, [], ""
    if kind not in (".parquet", ".arrow"):
        how, notes = _encoding(path)
        text = read_text(path, how.get("encoding"))
    if kind in WORD_FILES or (kind in (".txt", ".tsv") and _has_sentences(text)):
        frame, columns = _sentences(path, kind, text)
        return Look(frame, how | columns, {}, True, notes)
    if kind in USUAL:
        return _delimited(path, kind, how, notes)
    table = _columns_unknown(path, kind, how)
    frame = _flat(table.frame).apply(decoded, place=path, encoding=None)
    return Look(frame, how, _classes(table), False, notes)


def _encoding(path: str) -> tuple[dict[str, str], list[str]]:
    """The first encoding that can be, where it is not what the reader finds by itself."""
    try:
        read_text(path)
        return {}, []
    except InputError:
        data = read_bytes(path)
        for encoding in ("utf-16-le", "utf-16-be") if b"\0" in data else ("cp1252", "latin-1"):
            try:
                text = read_text(path, encoding)
            except InputError:
                continue
            shown = next((word for word in text.split() if not word.isascii()), "")
            return {"encoding": encoding}, [
                f"{path} is not UTF-8; encoding: {encoding} is a guess, under which {shown!r} stands in it "
                "(others: cp1250, cp1251, gb18030, shift_jis)"
            ]
        raise


# --------------------------------------------------------------------------------------------- tables


def _delimited(path: str, kind: str, how: dict[str, Any], notes: list[str]) -> Look:
    usual, found, error = USUAL[kind], {}, None
    for separator in dict.fromkeys((usual, *SEPARATORS)):
        try:
            found[separator] = _read(path, how | {"separator": separator})
        except InputError as refused:
            error = error or refused
    # A file of texts alone, such as a test split, has one column.
    several = [one for one, (table, _) in found.items() if table.frame.shape[1] > 1]
    if not several and usual not in found:
        raise error
    separator = several[0] if several else usual
    table, quoting = found[separator]
    if quoting is not None:
        meaning = "stand around fields" if quoting else "are a part of the text"
        notes = [*notes, f"{path}: quoting: {str(quoting).lower()} is a guess: quotes {meaning}"]
        how = how | {"quoting": quoting}
    if not _is_headless(table.frame):
        return Look(table.frame, how, {}, False, notes)
    positions = {str(place): place for place in range(table.frame.shape[1])}
    needed = {"columns": positions} | ({} if separator == usual else {"separator": separator})
    table, _ = _read(path, how | needed | {"header": False, "separator": separator})
    notes = [
        *notes,
        f"{path}: its first line is read as a row, not as names of columns (header: true if it is)",
    ]
    return Look(table.frame, how | needed, {}, False, notes)


def _read(path: str, how: Mapping[str, Any]) -> tuple[Table, bool | None]:
    """A table, and what had to be said of its quotes: where both readings can be, the usual one is taken."""
    try:
        return read_table(path, ".csv", how, []), None
    except InputError:
        if "quoting" in how:
            raise
        both = {}
        for quoting in (True, False):
            with_quotes = how | {"quoting": quoting}
            try:
                both[quoting] = read_table(path, ".csv", with_quotes, [])
            except InputError:
                break
        if len(both) < 2:
            raise
        quoting = how["separator"] != "\t"
        return both[quoting], quoting


def _is_headless(frame: pd.DataFrame) -> bool:
    """Whether the names of columns look like a row: a number, a sentence, or a value of their column."""
    names = [*map(str, frame.columns)]
    if names == [str(place) for place in range(len(names))]:
        return False
    return any(
        NUMBER.fullmatch(name) or len(name.split()) >= LONG or (name and (frame.iloc[:, place] == name).any())
        for place, name in enumerate(names)
    )


def _columns_unknown(path: str, kind: str, how: Mapping[str, Any]) -> Table:
    """A table; where JSON holds its rows within an object, the reader finds them by their fields."""
    table = read_table(path, kind, how, [])
    cells = [*table.frame.iloc[0]] if len(table.frame) == 1 else []
    rows = [cell[0] if isinstance(cell, list) and cell else cell for cell in cells]
    fields = next(([*row] for row in rows if isinstance(row, Mapping)), None)
    return table if fields is None else read_table(path, kind, how, fields)


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """With the fields of objects as columns, as the reader names them: answer.text."""
    for name in [*frame.columns]:
        if frame[name].map(lambda cell: isinstance(cell, Mapping)).any():
            fields = dict.fromkeys(key for cell in frame[name] if isinstance(cell, Mapping) for key in cell)
            parts = {
                f"{name}.{key}": [
                    cell.get(key) if isinstance(cell, Mapping) else None for cell in frame[name]
                ]
                for key in fields
            }
            frame = frame.drop(columns=name).assign(**parts)
    return frame


def _classes(table: Table) -> dict[str, list[str]]:
    found = {name: class_names(feature) for name, feature in (table.features or {}).items()}
    return {name: names for name, names in found.items() if names is not None}


# ---------------------------------------------------------------------------------------- word a line


def _lines(text: str) -> list[list[str]]:
    """Fields of the lines that are words, most likely."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("# ", "-DOCSTART-"))]
    tabs = all("\t" in line for line in lines)
    return [line.split("\t") if tabs else line.split() for line in lines]


def _has_sentences(text: str) -> bool:
    """Whether blank lines part lines of a word and its tags: few of which are there."""
    lines = _lines(text)
    if not re.search(r"\S[ \t]*\r?\n[ \t]*\r?\n\s*\S", text) or any(len(fields) < 2 for fields in lines):
        return False
    words = sum(len(fields[0].split()) == 1 for fields in lines)
    return words > 0.9 * len(lines) and len({fields[-1] for fields in lines}) < max(10, len(lines) / 5)


def _sentences(path: str, kind: str, text: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """All columns of a file with a word a line, and where they are, unless its kind tells."""
    if kind == ".conllu":
        return conll.read_conll(text, path, None)[0], {}
    lines = _lines(text)
    if not lines:
        raise InputError(f"{path} holds no word; give a file with rows")
    width = Counter(map(len, lines)).most_common(1)[0][0]
    if width < 2:
        raise InputError(f"{path}: its lines have one column; give every word a tag, after a blank or a tab")
    # The reader knows a header by the names of the columns.
    header = [name.lower() for name in lines[0]][-1] in TAG_NAMES and _is_alone(lines[0][-1], lines)
    names = lines[0] if header else [*map(str, range(width))]
    columns = dict(zip(names, range(width), strict=False))
    known = {fields[-1] for fields in lines if len(fields) == width}  # which tells comments from words
    return conll.read_conll(text, path, columns, names[width - 1], known)[0], {"columns": columns}


def _is_alone(tag: str, lines: Sequence[Sequence[str]]) -> bool:
    return sum(fields[-1] == tag for fields in lines) == 1
