"""Files with a word a line, tables with a word a row, and spans of characters: read right, or refused."""

import json
from pathlib import Path

import pandas as pd
import pytest

from gradts.data.rows import check_rows, our_columns
from gradts.data.sentences import as_sentences
from gradts.data.sources import Raw, read_source
from gradts.names import InputError
from tests.conftest import source_of

LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def rows_of(tmp_path: Path, name: str, content: str, columns=None, **changes) -> list[tuple[list, list]]:
    """Words and tags of every row that the file has as a split."""
    path = tmp_path / name
    path.write_bytes(content.encode())
    origin = {"files": {"train": str(path)}, "columns": columns, "header": changes.pop("header", None)}
    given = {"text": ["tokens"], "label": "tags", "labels": LABELS} | changes
    source = source_of(
        objective="sequence_labelling", origin=origin, splits={"train": "train"}, dev_fraction=0.2, **given
    )
    raw = as_sentences(read_source(source)[0]["train"], source)
    splits = {"train": raw}
    checked = check_rows(our_columns(splits, source), splits, source)[0]["train"]
    return [
        (list(words), [source.labels[label] for label in tags])
        for words, tags in zip(checked["tokens"], checked["label"], strict=True)
    ]


FIRST = {"tokens": 0, "tags": 1}
SO, ANNA = (["so"], ["O"]), (["anna", "sings"], ["B-PER", "O"])
REST = "\n\nanna B-PER\nsings O\n"
BOTH = [(["so", "anna"], ["O", "B-PER"])]
YORK = [(["in", "New York"], ["O", "B-LOC"])]
NUMBER = [(["10\u00a0000", "anna"], ["O", "B-PER"])]

# Position of the tags, text, rows.
RIGHT: dict[str, tuple[int, str, list]] = {
    "a token with a blank between tabs": (1, "in\tO\nNew York\tB-LOC\n", YORK),
    "the fine tag of a token with a blank": (2, "in\tO\tO\nNew York\tO\tB-LOC\n", YORK),
    "a no-break space between tabs": (1, "10\u00a0000\tO\nanna\tB-PER\n", NUMBER),
    "a no-break space between blanks": (1, "10\u00a0000 O\nanna B-PER\n", NUMBER),
    "runs of blanks": (1, " so   O \nanna \t B-PER\n", BOTH),
    "byte order mark": (1, "\ufeffso O" + REST, [SO, ANNA]),
    "-DOCSTART- after a byte order mark": (1, "\ufeff-DOCSTART-\tO\n\nanna\tB-PER\nsings\tO\n", [ANNA]),
    "-DOCSTART- parts sentences": (1, "so O\n-DOCSTART- O\nanna B-PER\nsings O\n", [SO, ANNA]),
    "-DOCSTART- with blanks among tabs": (1, "-DOCSTART- -X- O\nin\tO\nNew York\tB-LOC\n", YORK),
    "carriage returns": (1, "so O\r\n\r\nanna B-PER\r\nsings O\r\n", [SO, ANNA]),
    "comments": (1, "# newdoc id = 1\n# text = O no\nso O" + REST, [SO, ANNA]),
    "comments as wide as words": (3, "# id = 7\nso X X O\nanna X X B-PER", BOTH),
    "comments of MultiCoNER": (3, "# id a1-0\tdomain=en\nso _ _ O\nanna _ _ B-PER\n", BOTH),
    "the same among tabs": (1, "# id a1-0\tdomain=en\nso\tO\nanna\tB-PER\n", BOTH),
    "CoNLL-U Plus": (1, "# global.columns = FORM NER\n# s = 1\nso\tO\nanna\tB-PER\n", BOTH),
    "the token #": (1, "# O\nanna B-PER\n", [(["#", "anna"], ["O", "B-PER"])]),
    "the token # between tabs": (1, "so\tO\n\n#\tO\nanna\tB-PER\n", [SO, (["#", "anna"], ["O", "B-PER"])]),
    "a token that begins with #": (1, "#fun O\nanna B-PER\n", [(["#fun", "anna"], ["O", "B-PER"])]),
    "a header with the columns' names": (1, "Tokens Tags\nso O" + REST, [SO, ANNA]),
    "the last column": (-1, "so x O\nanna y B-PER\n", BOTH),
    "lines of other width where they are complete": (1, "so O\nanna B-PER x y\n", BOTH),
    "label ids": (1, "so 0\nanna 1\n", BOTH),
}


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("suffix", ["conll", "tsv", "ner"])
def test_files_with_a_word_a_line(tmp_path, name, suffix):
    tags, text, wanted = RIGHT[name]
    assert rows_of(tmp_path, f"x.{suffix}", text, {"tokens": 0, "tags": tags}) == wanted


REFUSED: dict[str, tuple[int, str, str]] = {
    "tabs in some lines, and a blank": (1, "so O\nNew York\tB-LOC\n", "line 2: .* line 1 no tab"),
    "a tab forgotten": (1, "so\tO\n\nanna\tB-PER\nNew York\n", "line 4: label 'York' is not among"),
    "an unknown tag": (1, "so O\n\n# c = 1\nso O\nanna B-PRE\n", "line 5: label 'B-PRE'"),
    "another header": (1, "token tag\nso O" + REST, "line 1: 'tag' is no label .* header: true"),
    "a comment within a sentence": (1, "so O\n# c = 1\nanna B-PER\n", "line 2: .* comment or the word '#'"),
    "a comment like a word": (1, "# newpar\nso O\nanna B-PER\n", "line 1: '# newpar' may be"),
    "a comment like a tagged word": (3, "# text = O\nso X X O\nanna X X B-PER", "line 1: '# text"),
    "too few columns": (1, "so O\n\nanna\n", "line 3: 1 columns, but column 1"),
    "too few from the end": (-3, "so O\n", "line 1: 2 columns, but column -3"),
    "other widths from the end": (-1, "so O\nanna B-PER x\n", "line 2: 3 columns, but 2 before"),
    "no blank line": (1, "so O\nanna B-PER\n" * 40, "its 80 words are one sentence; .* blank line"),
    "commas": (1, "so,O\nanna,B-PER\n", "line 1: 1 columns, .* sentence"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_files_with_a_word_a_line(tmp_path, name):
    tags, text, message = REFUSED[name]
    with pytest.raises(InputError, match=message) as error:
        rows_of(tmp_path, "x.conll", text, {"tokens": 0, "tags": tags})
    assert "x.conll" in str(error.value)
    assert "\n" not in str(error.value)


def test_columns_have_to_be_named(tmp_path):
    with pytest.raises(InputError, match="name its columns"):
        rows_of(tmp_path, "x.conll", "so O\n")


def test_a_header_line_may_be_declared(tmp_path):
    text = "token tag\nso O" + REST
    assert rows_of(tmp_path, "x.conll", text, FIRST, header=True) == [SO, ANNA]
    text = "tokens tags\nso O" + REST
    with pytest.raises(InputError, match="line 1: label 'tags'"):
        rows_of(tmp_path, "x.conll", text, FIRST, header=False)


CONLLU = """# text = can't
1-2\tcan't\t_\t_\t_
1\tca\tcan\tAUX\tMD
2\tn't\tnot\tPART\tRB
2.1\tgone\tgo\tVERB\tVBN

"""
UNIVERSAL = {"label": "upos", "labels": ["AUX", "PART"]}


def test_conllu(tmp_path):
    assert rows_of(tmp_path, "x.conllu", CONLLU, **UNIVERSAL) == [(["ca", "n't"], ["AUX", "PART"])]
    columns = {"tokens": 1, "upos": -2}
    assert rows_of(tmp_path, "x.conllu", CONLLU, columns, **UNIVERSAL) == [(["ca", "n't"], ["AUX", "PART"])]
    for text, line in ((CONLLU.replace("\t", " "), 2), (CONLLU.replace("2\tn't", "x\tn't"), 4)):
        with pytest.raises(InputError, match=f"line {line}: .* is no line of CoNLL-U"):
            rows_of(tmp_path, "x.conllu", text, **UNIVERSAL)


KAGGLE = "Sentence #,tokens,POS,tags\n"


@pytest.mark.parametrize(
    "rows",
    [
        "Sentence: 1,so,RB,O\nSentence: 2,anna,NNP,B-PER\n,sings,VBZ,O\n",
        "1,so,RB,O\n2,anna,NNP,B-PER\n2,sings,VBZ,O\n",
    ],
)
def test_a_table_with_a_word_a_row(tmp_path, rows):
    assert rows_of(tmp_path, "x.csv", KAGGLE + rows, sentence="Sentence #") == [SO, ANNA]
    tabs = (KAGGLE + rows).replace(",", "\t")
    assert rows_of(tmp_path, "x.tsv", tabs, sentence="Sentence #") == [SO, ANNA]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (",so,RB,O\n2,anna,NNP,B-PER\n", "line 2: whether a sentence begins here"),
        ("1,so,RB,O\n2,so,RB,O\n1,anna,NNP,B-PER\n", "line 4: whether a sentence begins here"),
        ("1,so,RB,O\n,so,RB,O\n1,anna,NNP,B-PER\n", "line 4: whether a sentence begins here"),
        ("1,so,RB,O\n" * 60, "its 60 words are one sentence; it needs other values in column 'Sentence #'"),
    ],
)
def test_unclear_sentences_of_tables(tmp_path, rows, message):
    with pytest.raises(InputError, match=message):
        rows_of(tmp_path, "x.csv", KAGGLE + rows, sentence="Sentence #")
    with pytest.raises(InputError, match=r"x\.csv line 1: no column 'sentence'"):
        rows_of(tmp_path, "x.csv", KAGGLE + rows, sentence="sentence")


def test_words_of_rows_keep_their_lines():
    frame = pd.DataFrame({"id": ["1", "", "2"], "tokens": ["a", "b", "c"], "tags": ["O", "B-PER", "X"]})
    source = source_of(
        objective="sequence_labelling", text=["tokens"], label="tags", sentence="id", labels=LABELS
    )
    raw = as_sentences(Raw("x.csv", frame, [2, 3, 5]), source)
    assert raw.lines == [[2, 3], [5]]
    with pytest.raises(InputError, match=r"x\.csv line 5: label 'X'"):
        check_rows(our_columns({"train": raw}, source), {"train": raw}, source)


def spanned(tmp_path, rows: list[dict], label: str) -> list[tuple[list, list]]:
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return rows_of(tmp_path, "x.jsonl", lines, text=["text"], label=label)


VISIT = "😀 visit Anna Meyer, of New York."
WORDS = ["😀", "visit", "Anna", "Meyer", ",", "of", "New", "York", "."]
TAGS = ["O", "O", "B-PER", "I-PER", "O", "O", "B-LOC", "I-LOC", "O"]
PERSON, TOWN = VISIT.index("Anna"), VISIT.index("New")


def test_spans_of_characters(tmp_path):
    doccano = {"text": VISIT, "label": [[TOWN, TOWN + 8, "LOC"], [PERSON, PERSON + 10, "PER"]]}
    none = {"text": "so", "label": []}
    assert spanned(tmp_path, [doccano, none], "label") == [(WORDS, TAGS), (["so"], ["O"])]
    entities = [
        {"id": 1, "start_offset": start, "end_offset": end, "label": kind}
        for start, end, kind in doccano["label"]
    ]
    assert spanned(tmp_path, [{"text": VISIT, "entities": entities}], "entities") == [(WORDS, TAGS)]


def test_spans_and_words_of_prodigy(tmp_path):
    tokens = [{"text": "don", "start": 0, "end": 3}, {"text": "'t-Anna", "start": 3, "end": 10}]
    row = {"text": "don't-Anna", "tokens": tokens, "spans": [{"start": 3, "end": 10, "label": "PER"}]}
    assert spanned(tmp_path, [row], "spans") == [(["don", "'t-Anna"], ["O", "B-PER"])]
    with pytest.raises(InputError, match="line 2: its answer is 'reject'"):
        spanned(tmp_path, [row | {"answer": "accept"}, row | {"answer": "reject"}], "spans")
    tokens[1]["text"] = "Anna"
    with pytest.raises(InputError, match="line 1: token 'Anna' is not at 3-10"):
        spanned(tmp_path, [row], "spans")


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([[PERSON, PERSON + 2, "PER"]], r"line 2: span 8-10 \(PER\) is 'An', which does not begin"),
        ([[PERSON - 1, PERSON + 4, "PER"]], r"line 2: span 7-12 \(PER\) is ' Anna'"),
        ([[PERSON + 4, PERSON, "PER"]], r"line 2: span 12-8"),
        ([[PERSON, 99, "PER"]], r"line 2: span 8-99"),
        ([[PERSON, PERSON + 4, "PER"], [PERSON, PERSON + 10, "PER"]], "line 2: span 8-18 .* overlaps"),
        ([["8", "12", "PER"]], "line 2: .* is no span"),
        ([[PERSON, PERSON + 4]], "line 2: .* is no span"),
        ([{"from": 1}], "line 2: .* is no span"),
        (None, "line 2: column 'label' is None, no list of spans"),
        ([[PERSON, PERSON + 4, "ORG"]], "line 2: label 'B-ORG' is not among"),
    ],
)  # fmt: skip
def test_spans_that_are_none(tmp_path, spans, message):
    good = {"text": "Anna", "label": [[0, 4, "PER"]]}
    with pytest.raises(InputError, match=message):
        spanned(tmp_path, [good, {"text": VISIT, "label": spans}], "label")
