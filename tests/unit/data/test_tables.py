"""Files of every kind and encoding are read, or refused in a line that names the file and the fix."""

import gzip
import json

import pytest

from tests.unit.data.files import LINES, OBJECTS, SEEN, check_read, check_refused, put, read, rows

# name of the file, its content, its rows, how it is read
READ = {
    "a table named txt": ("a.txt", "text\tlabel\na b\tno\n", [("a b", "no")]),
    "a table of no kind": ("a.dat", "text;label\na b;no\n", [("a b", "no")], {"separator": ";"}),
    "a suffix in capitals": ("a.CSV", "text,label\na,no\n", [("a", "no")]),
    "byte order mark": ("a.csv", b"\xef\xbb\xbftext,label\na,no\n", [("a", "no")]),
    "byte order mark, told": (
        "a.csv",
        b"\xef\xbb\xbftext,label\na,no\n",
        [("a", "no")],
        {"encoding": "utf-8"},
    ),
    "byte order mark, another told": (
        "a.csv",
        "\ufefftext,label\né,no\n".encode(),
        [("é", "no")],
        {"encoding": "cp1252"},
    ),
    "utf-16": ("a.csv", "text,label\né,no\n".encode("utf-16"), [("é", "no")]),
    "utf-16-le without a mark": (
        "a.csv",
        "text,label\né,no\n".encode("utf-16-le"),
        [("é", "no")],
        {"encoding": "utf-16-le"},
    ),
    "cp1252": ("a.csv", "text,label\n“é”,no\n".encode("cp1252"), [("“é”", "no")], {"encoding": "cp1252"}),
    "jsonl in latin-1": (
        "a.jsonl",
        '{"text": "é", "label": "no"}\n'.encode("latin-1"),
        [("é", "no")],
        {"encoding": "latin-1"},
    ),
    "csv.gz": ("a.csv.gz", gzip.compress(b"text,label\na,no\n"), [("a", "no")]),
    "tsv.gz": ("a.tsv.gz", gzip.compress(b"text\tlabel\na, b\tno\n"), [("a, b", "no")]),
    "gzip without its suffix": ("a.csv", gzip.compress(b"text,label\na,no\n"), [("a", "no")]),
    "jsonl.gz": ("a.jsonl.gz", gzip.compress(LINES.encode()), SEEN),
}


@pytest.mark.parametrize("name", READ)
def test_files_are_read_as_they_are_meant(tmp_path, name):
    check_read(tmp_path, *READ[name])


# name of the file, its content, what the message has, how it is read
REFUSED = {
    "cp1252": (
        "a.csv",
        "text,label\na,no\né,no\n".encode("cp1252"),
        r"a\.csv line 3: byte 0xe9 is not of utf-8; name the file's encoding",
    ),
    "the wrong encoding": (
        "a.csv",
        "text,label\né,no\n".encode(),
        r"a\.csv line 2: byte 0xc3 is not of ascii",
        {"encoding": "ascii"},
    ),
    "no encoding": (
        "a.csv",
        "text,label\na,no\n",
        r"a\.csv: unknown encoding: utf8-8; mend encoding:",
        {"encoding": "utf8-8"},
    ),
    "utf-16 without a mark": (
        "a.csv",
        "text,label\na,no\n".encode("utf-16-le"),
        r"a\.csv line 1: a zero byte.*encoding: utf-16-le",
    ),
    "gzip cut off": (
        "a.csv.gz",
        gzip.compress(LINES.encode())[:-20],
        r"a\.csv\.gz is damaged or cut off .*fetch it again",
    ),
    "a page named parquet": (
        "a.parquet",
        "<html>",
        r"a\.parquet cannot be read: it is no parquet file, it begins with b'<html>'",
    ),
    "parquet cut off": (
        "a.parquet",
        b"PAR1" + b"\0" * 50,
        r"a\.parquet cannot be read, it may be damaged or cut off",
    ),
    "missing": ("b.csv", "", r"c\.csv cannot be read: No such file", {"files": {"train": "c.csv"}}),
    "an unknown kind": ("a.dat", "text;label\n", r"a\.dat: unknown file type; use one of .*separator:"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_known_is_refused(tmp_path, name):
    check_refused(tmp_path, *REFUSED[name])


def test_an_encoding_that_is_guessed_is_told(tmp_path, capsys):
    read(put(tmp_path, "b.csv", "text,label\na,no\n".encode("utf-16")))
    assert "b.csv: read as utf-16" in capsys.readouterr().err


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
