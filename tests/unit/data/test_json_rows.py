"""Rows of JSON are read as they are meant, or refused in a line that names the line and the fix."""

import json

import numpy as np
import pandas as pd
import pytest

from tests.unit.data.files import LINES, OBJECTS, SEEN, check_read, check_refused, put, read, rows

# name of the file, its content, its rows
READ = {
    "jsonl": ("a.jsonl", LINES, SEEN),
    "ndjson, an end of line missing": ("a.ndjson", LINES.strip(), SEEN),
    "lines named json": ("a.json", LINES, SEEN),
    "a list named jsonl": ("a.jsonl", json.dumps(OBJECTS), SEEN),
    "a list over lines": ("a.json", json.dumps(OBJECTS, indent=2), SEEN),
    "an object with a list": ("a.json", json.dumps({"version": 1, "data": OBJECTS}), SEEN),
    "two lists, one with the columns": ("a.json", json.dumps({"labels": [{"id": 0}], "rows": OBJECTS}), SEEN),
    "objects by key": ("a.json", json.dumps(dict(enumerate(OBJECTS))), SEEN),
    "columns of lists": (
        "a.json",
        json.dumps({"text": [t for t, _ in SEEN], "label": [n for _, n in SEEN]}),
        SEEN,
    ),
    "columns of pandas": ("a.json", pd.DataFrame(OBJECTS).to_json(), SEEN),
    "characters beyond the first plane": (
        "a.jsonl",
        '{"text": "\\ud83d\\ude00", "label": "no"}',
        [("😀", "no")],
    ),
    "one row": ("a.jsonl", LINES.splitlines()[0], SEEN[:1]),
    "json numbers and dates": (
        "a.jsonl",
        '{"text": "000", "label": "1999"}\n{"text": "2001-01-01", "label": true}\n'
        '{"text": "1e5", "label": 1}\n',
        [("000", "1999"), ("2001-01-01", True), ("1e5", 1)],
    ),
    "json, what is missing": (
        "a.jsonl",
        '{"text": "a", "label": 1}\n{"text": null}\n',
        [("a", 1), (None, None)],
    ),
}


@pytest.mark.parametrize("name", READ)
def test_files_are_read_as_they_are_meant(tmp_path, name):
    check_read(tmp_path, *READ[name])


# name of the file, its content, what the message has
REFUSED = {
    "half a character": (
        "a.jsonl",
        LINES + '{"text": "\\ud83d", "label": "no"}\n',
        r"a\.jsonl line 4: half of",
    ),
    "a line of json": (
        "a.jsonl",
        LINES + '{"text": "a",}\n' + LINES,
        r"a\.jsonl cannot be read: line 4: .*; mend the line$",
    ),
    "json cut off": (
        "a.jsonl",
        LINES[:-9],
        r"a\.jsonl cannot be read: line 3: .*fetch the file again if it is cut off",
    ),
    "json of numbers": (
        "a.jsonl",
        f"{LINES}7\n",
        r"a\.jsonl line 4: a row is an object with named fields, found 7",
    ),
    "lists of lists": ("a.json", '[["a", "no"]]', r"a\.json line 1: a row is an object"),
    "deep json": ("a.json", "[" * 100000, r"a\.json cannot be read"),
    "columns of other lengths": (
        "a.json",
        '{"text": ["a", "b"], "label": ["no"]}',
        r"a\.json: column 'label' has other rows \(1\) than 'text' \(2\)",
    ),
    "two lists of rows": (
        "a.json",
        json.dumps({"train": OBJECTS, "dev": OBJECTS}),
        r"a\.json: rows may be in 'train', 'dev'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_known_is_refused(tmp_path, name):
    check_refused(tmp_path, *REFUSED[name])


def test_what_is_guessed_is_told(tmp_path, capsys):
    read(put(tmp_path, "a.json", json.dumps({"version": 1, "data": OBJECTS})))
    assert "a.json: rows are those in 'data', beside them are version" in capsys.readouterr().err


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
