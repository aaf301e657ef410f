"""A file is read as it is meant, or refused in a line that names the file, the line and the fix."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest

from gradts.names import InputError
from tests.unit.data.files import put, read, rows

SEEN = [("a cat", "no"), ("a dog", "yes"), ("a cow", "no")]
GLUE = 'text\tlabel\nhe said "hi" twice\tno\n" alone\tyes\nplain\tno\n'
OBJECTS = [{"text": text, "label": label} for text, label in SEEN]
LINES = "".join(json.dumps(row) + "\n" for row in OBJECTS)

# name of the file, its content, how it is read, the rows
READ = {
    "tsv, a lone quote": (
        "a.tsv",
        GLUE,
        {},
        [('he said "hi" twice', "no"), ('" alone', "yes"), ("plain", "no")],
    ),
    "tsv, two lone quotes": (
        "a.tsv",
        'text\tlabel\n" one\tno\ntwo\tyes\n" three\tno\n',
        {},
        [('" one', "no"), ("two", "yes"), ('" three', "no")],
    ),
    "tsv, a sentence in quotes beside a lone one": (
        "a.tsv",
        'text\tlabel\n"Go!" she said\tno\n"all of it"\tyes\nx\tno\n',
        {},
        [('"Go!" she said', "no"), ('"all of it"', "yes"), ("x", "no")],
    ),
    "tsv, all texts in quotes": (
        "a.tsv",
        'text\tlabel\n"a ""b"""\tno\n"c"\tyes\n',
        {},
        [('a "b"', "no"), ("c", "yes")],
    ),
    "tsv, quotes where needed": (
        "a.tsv",
        'text\tlabel\n"a ""b"""\tno\nc\tyes\n',
        {},
        [('a "b"', "no"), ("c", "yes")],
    ),
    "tsv, a tab in quotes": (
        "a.tsv",
        'text\tlabel\n"a\tb"\tno\nc\tyes\n',
        {},
        [("a\tb", "no"), ("c", "yes")],
    ),
    "tsv, told to be plain": (
        "a.tsv",
        'text\tlabel\n"a"\tno\nb\tyes\n',
        {"quoting": False},
        [('"a"', "no"), ("b", "yes")],
    ),
    "tsv, told to be quoted": (
        "a.tsv",
        'text\tlabel\n"a"\tno\nb\tyes\n',
        {"quoting": True},
        [("a", "no"), ("b", "yes")],
    ),
    "csv, quotes": ("a.csv", 'text,label\n"a, ""b""",no\n"c",yes\n', {}, [('a, "b"', "no"), ("c", "yes")]),
    "csv, a text of lines": (
        "a.csv",
        'text,label\n"a\n\nb",no\nc,yes\n',
        {},
        [("a\n\nb", "no"), ("c", "yes")],
    ),
    "csv, a lone quote": (
        "a.csv",
        'text,label\n" a,no\n5" b,yes\n" c,no\n',
        {},
        [('" a', "no"), ('5" b', "yes"), ('" c', "no")],
    ),
    "csv, blank lines and CRLF": (
        "a.csv",
        "text,label\r\n\r\na,no\r\n\r\nb,yes\r\n\r\n",
        {},
        [("a", "no"), ("b", "yes")],
    ),
    "csv, a very long text": ("a.csv", f"text,label\n{'a' * 200000},no\n", {}, [("a" * 200000, "no")]),
    "csv, numbers and dates": (
        "a.csv",
        "text,label\n007,1.0\n2001-01-01,01\n1e5,True\nNA,\n-0,1_0\n",
        {},
        [("007", "1.0"), ("2001-01-01", "01"), ("1e5", "True"), ("NA", ""), ("-0", "1_0")],
    ),
    "semicolons": ("a.csv", "text;label\na, b;no\nc;yes\n", {}, [("a, b", "no"), ("c", "yes")]),
    "bars": ("a.csv", "text|label\na, b|no\n", {}, [("a, b", "no")]),
    "tabs in csv": ("a.csv", "text\tlabel\na, b\tno\n", {}, [("a, b", "no")]),
    "commas in tsv": ("a.tsv", 'text,label\n"a, b",no\n', {}, [("a, b", "no")]),
    "a separator that is told": ("a.csv", "text^label\na;b^no\n", {"separator": "^"}, [("a;b", "no")]),
    "a table named txt": ("a.txt", "text\tlabel\na b\tno\n", {}, [("a b", "no")]),
    "a table of no kind": ("a.dat", "text;label\na b;no\n", {"separator": ";"}, [("a b", "no")]),
    "a suffix in capitals": ("a.CSV", "text,label\na,no\n", {}, [("a", "no")]),
    "a header with blanks": (
        "a.csv",
        'text, label\na, no\n"b, c", "yes"\n',
        {},
        [("a", "no"), ("b, c", "yes")],
    ),
    "nameless columns": ("a.csv", ",text,label,\n0,a,no,\n1,b,yes,\n", {}, [("a", "no"), ("b", "yes")]),
    "another case beside the exact one": ("a.csv", "Text,text,label\nx,a,no\n", {}, [("a", "no")]),
    "no header": (
        "a.tsv",
        "x\tno\t\ta\ny\tyes\t*\tb\n",
        {"columns": {"label": 1, "text": -1}},
        [("a", "no"), ("b", "yes")],
    ),
    "no header, other than null": (
        "a.csv",
        "text,label\n",
        {"columns": {"text": 0, "label": 1}, "header": False},
        [("text", "label")],
    ),
    "a header of the same names": (
        "a.csv",
        "label,Text\nno,a\n",
        {"columns": {"text": 1, "label": 0}},
        [("a", "no")],
    ),
    "a header of other names": (
        "a.csv",
        "y,x\nno,a\n",
        {"columns": {"text": 1, "label": 0}, "header": True},
        [("a", "no")],
    ),
    "byte order mark": ("a.csv", b"\xef\xbb\xbftext,label\na,no\n", {}, [("a", "no")]),
    "byte order mark, told": (
        "a.csv",
        b"\xef\xbb\xbftext,label\na,no\n",
        {"encoding": "utf-8"},
        [("a", "no")],
    ),
    "utf-16": ("a.csv", "text,label\né,no\n".encode("utf-16"), {}, [("é", "no")]),
    "utf-16-le without a mark": (
        "a.csv",
        "text,label\né,no\n".encode("utf-16-le"),
        {"encoding": "utf-16-le"},
        [("é", "no")],
    ),
    "cp1252": ("a.csv", "text,label\n“é”,no\n".encode("cp1252"), {"encoding": "cp1252"}, [("“é”", "no")]),
    "jsonl in latin-1": (
        "a.jsonl",
        '{"text": "é", "label": "no"}\n'.encode("latin-1"),
        {"encoding": "latin-1"},
        [("é", "no")],
    ),
    "csv.gz": ("a.csv.gz", gzip.compress(b"text,label\na,no\n"), {}, [("a", "no")]),
    "tsv.gz": (
        "a.tsv.gz",
        gzip.compress(GLUE.encode()),
        {},
        [('he said "hi" twice', "no"), ('" alone', "yes"), ("plain", "no")],
    ),
    "gzip without its suffix": ("a.csv", gzip.compress(b"text,label\na,no\n"), {}, [("a", "no")]),
    "jsonl": ("a.jsonl", LINES, {}, SEEN),
    "jsonl.gz": ("a.jsonl.gz", gzip.compress(LINES.encode()), {}, SEEN),
    "ndjson, an end of line missing": ("a.ndjson", LINES.strip(), {}, SEEN),
    "lines named json": ("a.json", LINES, {}, SEEN),
    "a list named jsonl": ("a.jsonl", json.dumps(OBJECTS), {}, SEEN),
    "a list over lines": ("a.json", json.dumps(OBJECTS, indent=2), {}, SEEN),
    "an object with a list": ("a.json", json.dumps({"version": 1, "data": OBJECTS}), {}, SEEN),
    "two lists, one with the columns": (
        "a.json",
        json.dumps({"labels": [{"id": 0}], "rows": OBJECTS}),
        {},
        SEEN,
    ),
    "objects by key": ("a.json", json.dumps(dict(enumerate(OBJECTS))), {}, SEEN),
    "columns of lists": (
        "a.json",
        json.dumps({"text": [t for t, _ in SEEN], "label": [n for _, n in SEEN]}),
        {},
        SEEN,
    ),
    "columns of pandas": ("a.json", pd.DataFrame(OBJECTS).to_json(), {}, SEEN),
    "characters beyond the first plane": (
        "a.jsonl",
        '{"text": "\\ud83d\\ude00", "label": "no"}',
        {},
        [("😀", "no")],
    ),
    "one row": ("a.jsonl", LINES.splitlines()[0], {}, SEEN[:1]),
    "json numbers and dates": (
        "a.jsonl",
        '{"text": "000", "label": "1999"}\n{"text": "2001-01-01", "label": true}\n'
        '{"text": "1e5", "label": 1}\n',
        {},
        [("000", "1999"), ("2001-01-01", True), ("1e5", 1)],
    ),
    "json, what is missing": (
        "a.jsonl",
        '{"text": "a", "label": 1}\n{"text": null}\n',
        {},
        [("a", 1), (None, None)],
    ),
}


@pytest.mark.parametrize("name", READ)
def test_files_are_read_as_they_are_meant(tmp_path, name):
    file, content, how, wanted = READ[name]
    found = rows(read(put(tmp_path, file, content), **how))
    assert found == wanted
    assert [tuple(map(type, row)) for row in found] == [tuple(map(type, row)) for row in wanted]


# name of the file, its content, how it is read, what the message has
REFUSED = {
    "both readings of quotes fit": (
        "a.tsv",
        'text\tlabel\n"a"\tno\nb\tyes\n',
        {},
        r"a\.tsv line 2: quotes may stand around this field \('a'\) or be a part of it \('\"a\"'\); set",
    ),
    "quotes that may swallow lines": (
        "a.csv",
        'text,label\n"a,no\nb",yes\n',
        {},
        r"a\.csv line 2: .*set quoting: true or",
    ),
    "quotes that may swallow lines, beside others": (
        "a.csv",
        'text,label\n"x, y",no\n"a,no\n\nz,no\nb",yes\n',
        {},
        r"a\.csv line 3: quotes may stand around a field of 4 lines",
    ),
    "half a character": (
        "a.jsonl",
        LINES + '{"text": "\\ud83d", "label": "no"}\n',
        {},
        r"a\.jsonl line 4: half of",
    ),
    "quotes that do not end": (
        "a.csv",
        'text,label\n"a",no\n"b" c,yes\n',
        {},
        r"a\.csv line 3: a quoted field .*set quoting: false",
    ),
    "cut off in quotes": (
        "a.csv",
        'text,label\n"a",no\n"b,yes\n',
        {},
        r"a\.csv line 3: a quoted field .*unexpected end",
    ),
    "tsv of quoted texts, one not": (
        "a.tsv",
        'text\tlabel\n"a"\tno\n"b"\tyes\n"c" d\tno\n',
        {},
        r"a\.tsv line 4: .*set quoting: false",
    ),
    "a field more": (
        "a.csv",
        "label,text\nno,a\nyes,b, c\n",
        {},
        r"a\.csv line 3: 3 fields, but line 1 has 2",
    ),
    "a field more everywhere": (
        "a.csv",
        "text,label\na,no,no\nb,yes,no\n",
        {},
        r"a\.csv line 2: 3 fields, but line 1 has 2",
    ),
    "a field less": ("a.csv", "text,label\n\na,no\nb\n", {}, r"a\.csv line 4: 1 fields, but line 1 has 2"),
    "a field more after a text of lines": (
        "a.csv",
        'text,label\n"a\nb",no\nc,d,yes\n',
        {},
        r"a\.csv line 4: 3 fields",
    ),
    "a tab more": ("a.tsv", 'text\tlabel\n" a\tno\nb\tc\tyes\n', {}, r"a\.tsv line 3: 3 fields"),
    "no header": (
        "a.tsv",
        "x\tno\ta\n",
        {},
        r"a\.tsv line 1: no column 'text' .*columns: x, no, a.*columns: \{text: 0, label: 1\}",
    ),
    "another separator": (
        "a.csv",
        "text^label\na^no\n",
        {},
        r"a\.csv line 1: no column 'text' between separators ','.*set its separator:",
    ),
    "positions that are not there": (
        "a.tsv",
        "a\tno\n",
        {"columns": {"text": 0, "label": 2}},
        r"a\.tsv line 1: 2 fields, but column 'label' is at 2",
    ),
    "twice": (
        "a.csv",
        "text,label,label\na,no,yes\n",
        {},
        r"a\.csv: column 'label' of task 'toy' may be any of label, label; leave",
    ),
    "twins": (
        "a.csv",
        "text,Label,LABEL\na,no,yes\n",
        {},
        r"a\.csv: column 'label' of task 'toy' may be any of Label, LABEL",
    ),
    "cp1252": (
        "a.csv",
        "text,label\na,no\né,no\n".encode("cp1252"),
        {},
        r"a\.csv line 3: byte 0xe9 is not of utf-8; name the file's encoding",
    ),
    "the wrong encoding": (
        "a.csv",
        "text,label\né,no\n".encode(),
        {"encoding": "ascii"},
        r"a\.csv line 2: byte 0xc3 is not of ascii",
    ),
    "no encoding": (
        "a.csv",
        "text,label\na,no\n",
        {"encoding": "utf8-8"},
        r"a\.csv: unknown encoding: utf8-8; mend encoding:",
    ),
    "utf-16 without a mark": (
        "a.csv",
        "text,label\na,no\n".encode("utf-16-le"),
        {},
        r"a\.csv line 1: a zero byte.*encoding: utf-16-le",
    ),
    "gzip cut off": (
        "a.csv.gz",
        gzip.compress(LINES.encode())[:-20],
        {},
        r"a\.csv\.gz is damaged or cut off .*fetch it again",
    ),
    "a line of json": (
        "a.jsonl",
        LINES + '{"text": "a",}\n' + LINES,
        {},
        r"a\.jsonl cannot be read: line 4: .*; mend the line$",
    ),
    "json cut off": (
        "a.jsonl",
        LINES[:-9],
        {},
        r"a\.jsonl cannot be read: line 3: .*fetch the file again if it is cut off",
    ),
    "json of numbers": (
        "a.jsonl",
        f"{LINES}7\n",
        {},
        r"a\.jsonl line 4: a row is an object with named fields, found 7",
    ),
    "lists of lists": ("a.json", '[["a", "no"]]', {}, r"a\.json line 1: a row is an object"),
    "deep json": ("a.json", "[" * 100000, {}, r"a\.json cannot be read"),
    "columns of other lengths": (
        "a.json",
        '{"text": ["a", "b"], "label": ["no"]}',
        {},
        r"a\.json: column 'label' has other rows \(1\) than 'text' \(2\)",
    ),
    "two lists of rows": (
        "a.json",
        json.dumps({"train": OBJECTS, "dev": OBJECTS}),
        {},
        r"a\.json: rows may be in 'train', 'dev'",
    ),
    "a page named parquet": (
        "a.parquet",
        "<html>",
        {},
        r"a\.parquet cannot be read: it is no parquet file, it begins with b'<html>'",
    ),
    "parquet cut off": (
        "a.parquet",
        b"PAR1" + b"\0" * 50,
        {},
        r"a\.parquet cannot be read, it may be damaged or cut off",
    ),
    "missing": ("b.csv", "", {"files": {"train": "c.csv"}}, r"c\.csv cannot be read: No such file"),
    "an unknown kind": ("a.dat", "text;label\n", {}, r"a\.dat: unknown file type; use one of .*separator:"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_known_is_refused(tmp_path, name):
    file, content, how, message = REFUSED[name]
    with pytest.raises(InputError, match=message):
        read(put(tmp_path, file, content), **how)


def test_what_is_guessed_is_told(tmp_path, capsys):
    read(put(tmp_path, "a.csv", "text; label\na;no\n"))
    read(put(tmp_path, "a.tsv", GLUE))
    read(put(tmp_path, "b.csv", "text,label\na,no\n".encode("utf-16")))
    read(put(tmp_path, "a.json", json.dumps({"version": 1, "data": OBJECTS})))
    told = capsys.readouterr().err
    for part in (
        "a.csv: read with the separator ';'",
        "a.csv: blanks around",
        "a.tsv: its quotes are read as a part of the text, from line 3 on",
        "b.csv: read as utf-16",
        "a.json: rows are those in 'data', beside them are version",
    ):
        assert part in told
    read(put(tmp_path, "c.csv", 'text,label\n"a",no\n'))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("file", "content", "wanted"),
    [
        ("a.csv", 'text,label\n\n"a\nb",no\nc,yes\n', ["line 3", "line 5"]),
        ("a.tsv", "text\tlabel\r\na\tno\r\nc\tyes\r\n", ["line 2", "line 3"]),
        ("a.jsonl", "\n" + LINES, ["line 2", "line 3", "line 4"]),
        ("a.json", json.dumps(OBJECTS, indent=2), ["line 2", "line 6", "line 10"]),
        ("a.json", json.dumps(OBJECTS), ["row 0", "row 1", "row 2"]),
    ],
)
def test_rows_are_named_by_their_line(tmp_path, file, content, wanted):
    path = put(tmp_path, file, content)
    raw = read(path)
    assert [raw.at(row) for row in range(len(raw.frame))] == [f"{path} {place}" for place in wanted]


@pytest.mark.parametrize("name", ["a.conll", "a.conll.gz", "a.tsv", "a"])
def test_files_with_a_word_a_line(tmp_path, name):
    """The columns of a task of words are those of a file with a word a line, whatever it is called."""
    text = "é\tno\n\nb\tyes\nc\tno\n".encode("latin-1")
    path = put(tmp_path, name, gzip.compress(text) if name.endswith("gz") else text)
    kind = {"text": ("words",), "label": "tags", "objective": "sequence_labelling"}
    raw = read(path, **kind, encoding="latin-1", columns={"words": 0, "tags": -1})
    assert rows(raw, "words", "tags") == [(["é"], ["no"]), (["b", "c"], ["yes", "no"])]


def test_nested_fields_have_dotted_names(tmp_path):
    lines = '{"answer": {"text": "a", "by": {"name": "x"}}, "label": "no"}\n{"answer": null, "label": "no"}\n'
    names = {"text": ("answer.text", "answer.by.name")}
    raw = read(put(tmp_path, "a.jsonl", lines), **names)
    assert rows(raw, "answer.text", "answer.by.name") == [("a", "x"), (None, None)]
    dotted = put(tmp_path, "b.jsonl", '{"answer.text": "a", "answer.by.name": "b", "label": "no"}\n')
    assert rows(read(dotted, **names), *names["text"]) == [("a", "b")]
    pd.DataFrame([{"answer": {"text": "a", "by": {"name": "b"}}, "label": "no"}]).to_parquet(
        tmp_path / "c.parquet"
    )
    assert rows(read(tmp_path / "c.parquet", **names), *names["text"]) == [("a", "b")]


def test_numbers_of_json_are_not_dates(tmp_path):
    path = put(tmp_path, "a.jsonl", '{"text": "a", "timestamp": 1600000000.0}\n')
    values = read(path, label="timestamp", objective="regression").frame["timestamp"]
    assert np.asarray(values, float).tolist() == [1600000000.0]
