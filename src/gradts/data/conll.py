"""Sentences of files with a word a line."""

import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd

from gradts.data.delimited import present
from gradts.data.files import kind_of
from gradts.names import InputError, shortened

SUFFIXES = (".conll", ".conllu", ".txt", ".bio", ".iob")
# ID, FORM, LEMMA, UPOS, XPOS of CoNLL-U.
CONLLU_COLUMNS = {"tokens": 1, "upos": 3, "xpos": 4}
LONGEST = 50  # words of a sentence that is a whole file
BLANKS = re.compile("[ \t]+")  # a no-break space is within a word
HASH = re.compile("#([ \t]|$)")
KEY_AND_VALUE = re.compile(r"#[ \t]*[\w.:]+[ \t]*=")

Line = tuple[int, str]  # with its number in the file, from 1
Word = tuple[int, list[str]]  # a line's number and fields


class Form(NamedTuple):
    """Of the lines that are words for certain: whether tabs part their fields, and how many they have."""

    tabs: bool
    widths: set[int]


def read_conll(
    text: str,
    path: str,
    columns: Mapping[str, int] | None,
    label: str | None = None,
    known: Collection[str] = (),
    header: bool | None = None,
    wanted: Collection[str] | None = None,
) -> tuple[pd.DataFrame, list[list[int]]]:
    """Sentences of a text with a word a line and blank lines between: a list of words a row and column.

    With them, the line number of every word. `known`: what column `label` may hold, which tells words from
    comments and header lines. `header`: whether there is a header line (None: if it has the columns' names).
    `wanted`: the columns that there must be (None: all).
    `-DOCSTART-` and comment lines are left out; so are, in CoNLL-U, multiword tokens and empty nodes.
    Raises InputError naming the line that has too few columns or can be read in two ways.
    """
    universal = kind_of(path) == ".conllu"
    columns = columns or (CONLLU_COLUMNS if universal else None)
    if columns is None:
        raise InputError(f"{path}: name its columns in the registry, such as columns: {{tokens: 0, tags: 3}}")
    lines = [
        (number, "" if line.isspace() else line.rstrip("\n"))
        for number, line in enumerate(io.StringIO(text, newline=None), start=1)
    ]
    if not universal and wanted is not None:
        columns = present(columns, wanted, max([1, *(_width(line) for _, line in _plain(lines))]))
    file = _File(path, columns, columns.get(label), frozenset(known))
    words = _universal(lines, path) if universal else file.words(lines)
    if not universal:
        file.drop_header(words, header)
    rows = [sentence for sentence in words if sentence]
    file.check_widths(rows)
    check_lengths(path, rows, "a blank line after every sentence")
    return (
        pd.DataFrame(
            {name: [[fields[at] for _, fields in row] for row in rows] for name, at in columns.items()}
        ),
        [[number for number, _ in row] for row in rows],
    )


def _plain(lines: Iterable[Line]) -> list[Line]:
    """Those that are words for certain, or blank."""
    return [pair for pair in lines if not (HASH.match(pair[1]) or pair[1].startswith("-DOCSTART-"))]


def _width(line: str) -> int:
    return line.count("\t") + 1 if "\t" in line else len(BLANKS.split(line.strip(" ")))


def check_lengths(path: str, rows: Sequence[Sequence[Any]], need: str) -> None:
    """Refuse a file that is one sentence as a whole, for want of what parts sentences."""
    if len(rows) == 1 and len(rows[0]) > LONGEST:
        raise InputError(f"{path}: its {len(rows[0])} words are one sentence; it needs {need}")


def _universal(lines: Iterable[Line], path: str) -> list[list[Word]]:
    sentences: list[list[Word]] = [[]]
    for number, line in lines:
        fields = line.split("\t")
        if not line:
            sentences.append([])
        elif line.startswith("#") or (len(fields) > 1 and re.fullmatch(r"\d+[-.]\d+", fields[0])):
            continue
        elif len(fields) > 1 and fields[0].isdigit():
            sentences[-1].append((number, fields))
        else:
            raise InputError(
                f"{path} line {number}: {shortened(line)} is no line of CoNLL-U, with a number first and "
                "tabs between columns; mend it, or name the file .conll and its columns in the registry"
            )
    return sentences


@dataclass(frozen=True)
class _File:
    """A file of any columns; `tag` is the position of the labels, which are among `known`."""

    path: str
    columns: Mapping[str, int]
    tag: int | None
    known: frozenset[str]

    @cached_property
    def least(self) -> int:
        """How many fields a word has to have."""
        return max(at + 1 if at >= 0 else -at for at in self.columns.values())

    def words(self, lines: Sequence[Line]) -> list[list[Word]]:
        plain = _plain(lines)
        tabs = self._has_tabs([pair for pair in plain if pair[1]])

        def split(line: str) -> list[str]:
            return (
                [field.strip(" ") for field in line.split("\t")] if tabs else BLANKS.split(line.strip(" \t"))
            )

        form = Form(tabs, {len(split(line)) for _, line in plain if line})
        sentences: list[list[Word]] = [[]]
        for number, line in lines:
            fields = split(line)
            if not line or line.startswith("-DOCSTART-"):
                sentences.append([])
            elif not (HASH.match(line) and self._is_comment(number, line, fields, form, not sentences[-1])):
                sentences[-1].append((number, fields))
        return sentences

    def _has_tabs(self, lines: Sequence[Line]) -> bool:
        """Whether fields are parted by tabs, or else by blanks; InputError where lines differ in that."""
        tabbed = ["\t" in line for _, line in lines]
        if all(tabbed):
            return bool(lines)
        for number, line in lines:
            line = line.strip(" \t")
            if "\t" in line and [field.strip(" ") for field in line.split("\t")] != BLANKS.split(line):
                other, _ = lines[tabbed.index(False)]
                raise InputError(
                    f"{self.path} line {number}: {shortened(line)} has tabs and blanks, line {other} no tab; "
                    "part the fields of all lines by tabs, or of all by blanks"
                )
        return False

    def _is_comment(self, number: int, line: str, fields: list[str], form: Form, first: bool) -> bool:
        """A line that begins with a # alone: a comment, or the word #."""
        usual = len(fields) in form.widths or not form.widths
        wordlike = self._complete(fields) and self._tagged(fields)
        named = KEY_AND_VALUE.match(line) is not None
        if wordlike and usual and not named:
            return False
        unlike = not usual or fields[0] != "#" or ("\t" in line) != form.tabs
        if first and not (wordlike and usual) and (named or (unlike and not wordlike)):
            return True
        raise InputError(
            f"{self.path} line {number}: {shortened(line)} may be a comment or the word '#'; leave it "
            "out, or give the word as many columns as others have, and a label of the task"
        )

    def _complete(self, fields: Sequence[str]) -> bool:
        return len(fields) >= self.least

    def _tagged(self, fields: Sequence[str]) -> bool:
        return (
            self.tag is None or not self.known or (self._complete(fields) and fields[self.tag] in self.known)
        )

    def drop_header(self, sentences: list[list[Word]], header: bool | None) -> None:
        """Leave the first line out if it is a header; InputError where it may be one."""
        start = next((sentence for sentence in sentences if sentence), None)
        if start is None or header is False:
            return
        number, fields = start[0]
        names = self._complete(fields) and all(
            fields[at].lower() == name.lower() for name, at in self.columns.items()
        )
        if header or names:
            del start[0]
            return
        others = [fields for sentence in sentences for _, fields in sentence][1:]
        if self._complete(fields) and not self._tagged(fields) and all(map(self._tagged, others)):
            raise InputError(
                f"{self.path} line {number}: {fields[self.tag]!r} is no label of the task, all others are; "
                "if this is a header line, set header: true, else mend it"
            )

    def check_widths(self, rows: Iterable[Sequence[Word]]) -> None:
        """Refuse lines that lack a column, or may have another one where columns are counted from the end."""
        lowest, highest = min(self.columns.values()), max(self.columns.values())
        width = None
        for number, fields in (word for row in rows for word in row):
            width = len(fields) if width is None else width
            if self._complete(fields) and (lowest >= 0 or len(fields) == width):
                continue
            where = f"{self.path} line {number}: {len(fields)} columns"
            if self._complete(fields):
                raise InputError(
                    f"{where}, but {width} before, so that {lowest} may be another column; mend the line, or "
                    "count columns from 0"
                )
            wanted = highest if highest >= len(fields) else lowest
            commas = len(fields) == 1 and "," in fields[0]
            fix = "; where rows of a CSV file are words, name the column of sentences: sentence" * commas
            raise InputError(
                f"{where}, but column {wanted} (counted from 0) is read; mend the line or the registry's "
                f"columns{fix}"
            )
