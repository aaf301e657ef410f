"""Text between separators is read as it is meant, or refused in a line that names the line and the fix."""

import pytest

from gradts.data.tables import read_table
from gradts.names import InputError
from tests.unit.data.files import check_read, check_refused, put, read

GLUE = 'text\tlabel\nhe said "hi" twice\tno\n" alone\tyes\nplain\tno\n'

# name of the file, its content, its rows, how it is read
READ = {
    "tsv, a lone quote": ("a.tsv", GLUE, [('he said "hi" twice', "no"), ('" alone', "yes"), ("plain", "no")]),
    "tsv, two lone quotes": (
        "a.tsv",
        'text\tlabel\n" one\tno\ntwo\tyes\n" three\tno\n',
        [('" one', "no"), ("two", "yes"), ('" three', "no")],
    ),
    "tsv, a sentence in quotes beside a lone one": (
        "a.tsv",
        'text\tlabel\n"Go!" she said\tno\n"all of it"\tyes\nx\tno\n',
        [('"Go!" she said', "no"), ('"all of it"', "yes"), ("x", "no")],
    ),
    "tsv, all texts in quotes": (
        "a.tsv",
        'text\tlabel\n"a ""b"""\tno\n"c"\tyes\n',
        [('a "b"', "no"), ("c", "yes")],
    ),
    "tsv, quotes where needed": (
        "a.tsv",
        'text\tlabel\n"a ""b"""\tno\nc\tyes\n',
        [('a "b"', "no"), ("c", "yes")],
    ),
    "tsv, a tab in quotes": ("a.tsv", 'text\tlabel\n"a\tb"\tno\nc\tyes\n', [("a\tb", "no"), ("c", "yes")]),
    "tsv, told to be plain": (
        "a.tsv",
        'text\tlabel\n"a"\tno\nb\tyes\n',
        [('"a"', "no"), ("b", "yes")],
        {"quoting": False},
    ),
    "tsv, told to be quoted": (
        "a.tsv",
        'text\tlabel\n"a"\tno\nb\tyes\n',
        [("a", "no"), ("b", "yes")],
        {"quoting": True},
    ),
    "csv, quotes": ("a.csv", 'text,label\n"a, ""b""",no\n"c",yes\n', [('a, "b"', "no"), ("c", "yes")]),
    "csv, a text of lines": ("a.csv", 'text,label\n"a\n\nb",no\nc,yes\n', [("a\n\nb", "no"), ("c", "yes")]),
    "csv, a lone quote": (
        "a.csv",
        'text,label\n" a,no\n5" b,yes\n" c,no\n',
        [('" a', "no"), ('5" b', "yes"), ('" c', "no")],
    ),
    "csv, blank lines and CRLF": (
        "a.csv",
        "text,label\r\n\r\na,no\r\n\r\nb,yes\r\n\r\n",
        [("a", "no"), ("b", "yes")],
    ),
    "csv, a very long text": ("a.csv", f"text,label\n{'a' * 200000},no\n", [("a" * 200000, "no")]),
    "csv, numbers and dates": (
        "a.csv",
        "text,label\n007,1.0\n2001-01-01,01\n1e5,True\nNA,\n-0,1_0\n",
        [("007", "1.0"), ("2001-01-01", "01"), ("1e5", "True"), ("NA", ""), ("-0", "1_0")],
    ),
    "semicolons": ("a.csv", "text;label\na, b;no\nc;yes\n", [("a, b", "no"), ("c", "yes")]),
    "bars": ("a.csv", "text|label\na, b|no\n", [("a, b", "no")]),
    "tabs in csv": ("a.csv", "text\tlabel\na, b\tno\n", [("a, b", "no")]),
    "commas in tsv": ("a.tsv", 'text,label\n"a, b",no\n', [("a, b", "no")]),
    "a separator that is told": ("a.csv", "text^label\na;b^no\n", [("a;b", "no")], {"separator": "^"}),
    "a header with blanks": ("a.csv", 'text, label\na, no\n"b, c", "yes"\n', [("a", "no"), ("b, c", "yes")]),
    "nameless columns": ("a.csv", ",text,label,\n0,a,no,\n1,b,yes,\n", [("a", "no"), ("b", "yes")]),
    "another case beside the exact one": ("a.csv", "Text,text,label\nx,a,no\n", [("a", "no")]),
    "no header": (
        "a.tsv",
        "x\tno\t\ta\ny\tyes\t*\tb\n",
        [("a", "no"), ("b", "yes")],
        {"columns": {"label": 1, "text": -1}},
    ),
    "no header, other than null": (
        "a.csv",
        "text,label\n",
        [("text", "label")],
        {"columns": {"text": 0, "label": 1}, "header": False},
    ),
    "a header of the same names": (
        "a.csv",
        "label,Text\nno,a\n",
        [("a", "no")],
        {"columns": {"text": 1, "label": 0}},
    ),
    "a header of other names": (
        "a.csv",
        "y,x\nno,a\n",
        [("a", "no")],
        {"columns": {"text": 1, "label": 0}, "header": True},
    ),
}


@pytest.mark.parametrize("name", READ)
def test_files_are_read_as_they_are_meant(tmp_path, name):
    check_read(tmp_path, *READ[name])


def test_an_empty_field_of_the_only_column_is_a_row(tmp_path):
    """As pandas writes it; a blank line is none. In TSV it may be a text of two quotes."""
    content = 'text\na\n""\n\n \nb\n""\n'
    table = read_table(str(put(tmp_path, "a.csv", content)), ".csv", {}, ["text"])
    assert (table.frame["text"].tolist(), [*table.lines]) == (["a", "", "b", ""], [2, 3, 6, 7])
    with pytest.raises(InputError, match=r"a\.tsv line 3: quotes may stand around this field \(''\) or"):
        read_table(str(put(tmp_path, "a.tsv", content)), ".tsv", {}, ["text"])


# name of the file, its content, what the message has, how it is read
REFUSED = {
    "both readings of quotes fit": (
        "a.tsv",
        'text\tlabel\n"a"\tno\nb\tyes\n',
        r"a\.tsv line 2: quotes may stand around this field \('a'\) or be a part of it \('\"a\"'\); set",
    ),
    "quotes that may swallow lines": (
        "a.csv",
        'text,label\n"a,no\nb",yes\n',
        r"a\.csv line 2: .*set quoting: true or",
    ),
    "quotes that may swallow lines, beside others": (
        "a.csv",
        'text,label\n"x, y",no\n"a,no\n\nz,no\nb",yes\n',
        r"a\.csv line 3: quotes may stand around a field of 4 lines",
    ),
    "quotes that do not end": (
        "a.csv",
        'text,label\n"a",no\n"b" c,yes\n',
        r"a\.csv line 3: a quoted field .*set quoting: false",
    ),
    "cut off in quotes": (
        "a.csv",
        'text,label\n"a",no\n"b,yes\n',
        r"a\.csv line 3: a quoted field .*unexpected end",
    ),
    "tsv of quoted texts, one not": (
        "a.tsv",
        'text\tlabel\n"a"\tno\n"b"\tyes\n"c" d\tno\n',
        r"a\.tsv line 4: .*set quoting: false",
    ),
    "a field more": ("a.csv", "label,text\nno,a\nyes,b, c\n", r"a\.csv line 3: 3 fields, but line 1 has 2"),
    "a field more everywhere": (
        "a.csv",
        "text,label\na,no,no\nb,yes,no\n",
        r"a\.csv line 2: 3 fields, but line 1 has 2",
    ),
    "a field less": ("a.csv", "text,label\n\na,no\nb\n", r"a\.csv line 4: 1 fields, but line 1 has 2"),
    "a field more after a text of lines": (
        "a.csv",
        'text,label\n"a\nb",no\nc,d,yes\n',
        r"a\.csv line 4: 3 fields",
    ),
    "a tab more": ("a.tsv", 'text\tlabel\n" a\tno\nb\tc\tyes\n', r"a\.tsv line 3: 3 fields"),
    "no header": (
        "a.tsv",
        "x\tno\ta\n",
        r"a\.tsv line 1: no column 'text' .*columns: x, no, a.*columns: \{text: 0, label: 1\}",
    ),
    "another separator": (
        "a.csv",
        "text^label\na^no\n",
        r"a\.csv line 1: no column 'text' between separators ','.*set its separator:",
    ),
    "positions that are not there": (
        "a.tsv",
        "a\tno\n",
        r"a\.tsv line 1: 2 fields, but column 'label' is at 2",
        {"columns": {"text": 0, "label": 2}},
    ),
    "twice": (
        "a.csv",
        "text,label,label\na,no,yes\n",
        r"a\.csv: column 'label' of task 'toy' may be any of label, label; leave",
    ),
    "twins": (
        "a.csv",
        "text,Label,LABEL\na,no,yes\n",
        r"a\.csv: column 'label' of task 'toy' may be any of Label, LABEL",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_known_is_refused(tmp_path, name):
    check_refused(tmp_path, *REFUSED[name])


def test_what_is_guessed_is_told(tmp_path, capsys):
    read(put(tmp_path, "a.csv", "text; label\na;no\n"))
    read(put(tmp_path, "a.tsv", GLUE))
    told = capsys.readouterr().err
    for part in (
        "a.csv: read with the separator ';'",
        "a.csv: blanks around",
        "a.tsv: its quotes are read as a part of the text, from line 3 on",
    ):
        assert part in told
    read(put(tmp_path, "c.csv", 'text,label\n"a",no\n'))
    assert capsys.readouterr().err == ""
