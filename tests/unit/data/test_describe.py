"""`gradts describe`: what it guesses of files as people have them, against entries written by hand."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from gradts.cli import run
from gradts.data.guess import guess, ordered
from gradts.data.naming import splits_of
from gradts.data.opening import look
from gradts.names import InputError
from tests.conftest import data_root
from tests.tickets import write_tickets

FEW_WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]


def text(number: int) -> str:
    """One of many texts, none of which is another."""
    return f"{FEW_WORDS[number % 8]} {FEW_WORDS[number // 8 % 8]} stands here as number {number}"


def table(labels: str, start: int = 0, **columns: Any) -> pd.DataFrame:
    """A row a letter of `labels`."""
    texts = [text(start + at) for at in range(len(labels))]
    return pd.DataFrame({"text": texts, "label": [*labels]} | columns)


def write(path: Path, rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(rows, str):
        path.write_text(rows)
    elif path.suffix == ".jsonl":
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    else:
        rows.to_csv(path, index=False, sep={".csv": ",", ".tsv": "\t"}[path.suffix])
    return path


@pytest.fixture
def described(capsys, monkeypatch, tmp_path):
    """Files → the name and the entry that are printed, and the comments; what is refused must be expected."""
    monkeypatch.chdir(tmp_path)

    def call(*paths: Path, refused: str | None = None) -> tuple[str, dict[str, Any], list[str]]:
        names = [str(path.relative_to(tmp_path)) for path in paths]
        status = run(["describe", *names])
        out, err = capsys.readouterr()
        assert (status, err) == (
            (0, "") if refused is None else (1, f"gradts describe: error: {refused}\n")
        ), out + err
        ((name, entry),) = yaml.safe_load(out).items()
        return name, entry, [line[2:] for line in out.splitlines() if line.startswith("# ")]

    return call


# ---------------------------------------------------------------------------------------- whole files


def test_a_table_of_two_files_is_told_to_the_letter(tmp_path, monkeypatch, capsys):
    """An id is no text; what is repeated, shared and contradicted is counted."""
    monkeypatch.chdir(tmp_path)
    train = table("abc" * 20, id=range(60))
    train.loc[1, ["text", "label"]] = train.loc[0, "text"], "c"  # rows 0 and 1: a and c
    dev = table("abc" * 4, start=100, id=range(12))
    dev.loc[0, ["text", "label"]] = text(5), "c"
    write(tmp_path / "data/tickets.csv", train)
    write(tmp_path / "data/tickets-dev.csv", dev)
    assert run(["describe", "data/tickets.csv", "data/tickets-dev.csv"]) == 0
    out = capsys.readouterr().out
    assert out.endswith(
        "tickets:\n"
        "  files: {train: data/tickets.csv, dev: data/tickets-dev.csv}\n"
        "  text: [text]\n"
        "  labels: [a, b, c]\n"
        "  metrics: [accuracy, macro_f1]\n"
    )
    assert "# columns that are not used: id\n# train has 60 rows\n# dev has 12 rows\n" in out
    assert ", 1 repeated, 2 of conflicting labels\n" in out
    assert "# prepared as dev: 12 rows (a 3, b 4, c 5), 1 in train\n" in out
    assert "# dev has 1 of 12 rows whose text is in train or select, too: its scores profit\n" in out
    assert "# 0 of 72 texts are longer than 128 word pieces of minilm-l6\n" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]  # it writes nothing


def test_the_readme_shows_what_is_printed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_tickets(tmp_path / "data")
    assert run(["describe", "data/tickets.csv", "data/tickets-dev.csv"]) == 0
    shown = capsys.readouterr().out
    readme = (Path(__file__).parents[3] / "README.md").read_text()
    assert "".join(f"    {line}\n" for line in shown.splitlines()) in readme, shown
    for line in (tmp_path / "data/tickets.csv").read_text().splitlines()[:3]:
        assert f"    {line}\n" in readme


def test_a_validation_split_decides_where_there_is_a_test_split(tmp_path, described):
    sizes = {"train": 60, "validation": 15, "test": 18}
    paths = [write(tmp_path / f"data/{name}.csv", table("abc" * (n // 3), n)) for name, n in sizes.items()]
    _, entry, comments = described(*paths)
    assert entry["files"] == {
        "train": "data/train.csv",
        "select": "data/validation.csv",
        "dev": "data/test.csv",
    }
    told = [line for line in comments if line.startswith("prepared as")]
    assert [line.split(" rows")[0] for line in told] == [
        "prepared as train: 60",
        "prepared as select: 15",
        "prepared as dev: 18",
    ]


def test_one_file_holds_dev_out_and_long_texts_are_counted(tmp_path, described):
    rows = table("ab" * 20)
    rows.loc[3, "text"] = "word " * 127  # and two special pieces
    rows.loc[4, "text"] = "word " * 126
    name, entry, comments = described(write(tmp_path / "mine/train.csv", rows))
    assert name == "mine"
    assert entry["files"] == {"train": "mine/train.csv"}
    assert entry["dev_fraction"] == 0.1
    assert any(line.startswith("1 of 40 texts are longer than 128 word pieces") for line in comments)


def test_rows_without_a_label_or_a_text_are_left_out_and_counted(tmp_path, described):
    rows = table("ab" * 20)
    rows.loc[3, "label"] = ""
    rows.loc[[6, 7], "text"] = " "
    _, entry, comments = described(write(tmp_path / "mine.csv", rows))
    assert entry["drop_labels"] == [""]
    assert entry["empty_text"] == "drop"
    assert "train has 40 rows, left out are 1 without a label and 2 without a text" in comments


def test_what_the_reader_refuses_is_told_below_the_guess(tmp_path, described):
    rows = table("ab" * 20)
    rows["Text"] = rows["text"]
    path = write(tmp_path / "mine.csv", rows.rename(columns={"label": "Label"}).assign(LABEL="x"))
    described(path)  # twins in case are two columns
    path.write_text(path.read_text().replace("LABEL", "Label"))
    refused = "mine.csv: column 'Label' of task 'mine' may be any of Label, Label; leave one of them, or name"
    _, entry, _ = described(path, refused=f"{refused} one in the registry as it is spelled")
    assert entry["label"] == "Label"


# ---------------------------------------------------------------------------------- kinds of files

SENTENCES = "anna B-PER\nmeyer I-PER\nruns{0} O\n\nin O\nold{0} B-LOC\ntown O\n\n"
CONLL = {"text": ["tokens"], "label": "tags", "objective": "sequence_labelling"}
IOB = ["O", "B-LOC", "B-PER", "I-PER"]


def sentences(form: str = SENTENCES) -> str:
    return "".join(form.format(number) for number in range(20))


# Name of a file → its content, and the entry but for its files.
FILES: dict[str, tuple[Any, dict[str, Any]]] = {
    "semicolon.csv": (
        "text;label\n" + "".join(f"{text(at)}, too;{'ab'[at % 2]}\n" for at in range(40)),
        {"text": ["text"], "labels": ["a", "b"]},
    ),
    "headerless.tsv": (
        "".join(f"gj0{at % 4}\t{at % 2}\t\t{text(at)}\n" for at in range(40)),
        {"columns": {"text": 3, "label": 1}, "text": ["text"], "labels": ["0", "1"]},
    ),
    "headerless.csv": (
        "".join(f"{text(at)}|{'ab'[at % 2]}\n" for at in range(40)),
        {"columns": {"text": 0, "label": 1}, "separator": "|", "text": ["text"], "labels": ["a", "b"]},
    ),
    "quoted.tsv": (
        "sentence\tstars\n" + "".join(f'"{text(at)}"{" x" * (at % 2)}\t{at % 5 + 1}\n' for at in range(40)),
        {"text": ["sentence"], "label": "stars", "labels": ["1", "2", "3", "4", "5"]},
    ),
    "nested.jsonl": (
        [{"id": at, "review": {"body": text(at)}, "label": at % 2 == 0} for at in range(40)],
        {"text": ["review.body"], "labels": ["false", "true"]},
    ),
    "held.json": (
        json.dumps({"version": 1, "data": table("ab" * 20).to_dict("records")}),
        {"text": ["text"], "labels": ["a", "b"]},
    ),
    "listed.jsonl": (
        [{"text": text(at), "topics": [["b"], ["c", "a"], []][at % 3]} for at in range(40)],
        {"text": ["text"], "label": "topics", "labels": ["a", "b", "c"], "objective": "multi_label"},
    ),
    "several.csv": (
        table("a" * 40, label=[["x; y", "y", "x"][at % 3] for at in range(40)]),
        {"text": ["text"], "labels": ["x", "y"], "objective": "multi_label"},
    ),
    "pairs.csv": (
        pd.DataFrame(
            {
                "pair_id": range(40),
                "sentence1": map(text, range(40)),
                "sentence2": map(text, range(100, 140)),
                "relatedness_score": [at % 7 / 2 for at in range(40)],
            }
        ),
        {"text": ["sentence1", "sentence2"], "label": "relatedness_score", "objective": "regression"},
    ),
    "prices.csv": (
        table("a" * 40, label=[at * 37 % 1000 for at in range(40)]),
        {"text": ["text"], "objective": "regression"},
    ),
    "tags.conll": (sentences(), {"columns": {"tokens": 0, "tags": 1}, **CONLL, "labels": IOB}),
    "tagged.tsv": (
        sentences().replace(" ", "\t"),
        {"columns": {"tokens": 0, "tags": 1}, **CONLL, "labels": IOB},
    ),
    "columns.txt": (
        "# id 1\tdomain=en\n" + sentences().replace(" ", " _ x "),
        {"columns": {"tokens": 0, "tags": 3}, **CONLL, "labels": IOB},
    ),
    "header.conll": (
        "token tag\n" + sentences(),
        {"columns": {"token": 0, "tag": 1}, **CONLL, "text": ["token"], "label": "tag", "labels": IOB},
    ),
    "counted.conll": (
        sentences("1 anna B-PER\n2 meyer I-PER\n3 runs{0} O\n\n1 in O\n2 old{0} B-LOC\n3 town O\n\n"),
        {"columns": {"tokens": 1, "tags": 2}, **CONLL, "labels": IOB},
    ),
    "iob1.conll": (
        sentences().replace("B-PER", "I-PER").replace("B-LOC", "I-LOC").replace("runs3 O", "runs3 B-PER"),
        {
            "columns": {"tokens": 0, "tags": 1},
            **CONLL,
            "labels": ["O", "I-LOC", "B-PER", "I-PER"],
        },
    ),
    "iob1-both.conll": (  # the labels of IOB2, but not their order
        sentences("anna I-PER\nmeyer I-PER\nruns{0} B-PER\n\nin O\nold{0} I-LOC\ntown B-LOC\n\n"),
        {
            "columns": {"tokens": 0, "tags": 1},
            **CONLL,
            "labels": ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"],
            "scheme": "IOB1",
        },
    ),
    "upos.conllu": (
        "".join(f"1\tanna{at}\t_\tPROPN\tNN\n2\truns\t_\tVERB\tVB\n\n" for at in range(20)),
        {**CONLL, "label": "upos", "labels": ["PROPN", "VERB"]},
    ),
    "rows.csv": (
        "Sentence #,Word,POS,Tag\n"
        + "".join(f"Sentence: {at},anna{at},NN,B-PER\n,meyer,NN,I-PER\n,runs,VB,O\n" for at in range(20)),
        {
            **CONLL,
            "text": ["Word"],
            "label": "Tag",
            "labels": ["O", "B-PER", "I-PER"],
            "sentence": "Sentence #",
        },
    ),
    "lists.jsonl": (
        [{"id": str(at), "tokens": ["anna", f"runs{at}"], "ner_tags": ["B-PER", "O"]} for at in range(20)],
        {**CONLL, "label": "ner_tags", "labels": ["O", "B-PER"]},
    ),
    "spans.jsonl": (
        [{"text": f"anna meets {at}", "entities": [[0, 4, "PER"]]} for at in range(20)],
        {**CONLL, "text": ["text"], "label": "entities", "labels": ["O", "B-PER", "I-PER"]},
    ),
}
METRICS = {
    "classification": ["accuracy", "macro_f1"],
    "multi_label": ["micro_f1", "macro_f1"],
    "regression": ["pearson", "spearman"],
    "sequence_labelling": ["span_f1", "token_macro_f1"],
}


@pytest.mark.parametrize("name", FILES)
def test_files_of_every_kind(tmp_path, described, name):
    content, wanted = FILES[name]
    path = write(tmp_path / name, content)
    _, entry, comments = described(path)
    metrics = METRICS[wanted.get("objective", "classification")]
    metrics = ["token_accuracy", "token_macro_f1"] if name == "upos.conllu" else metrics
    assert entry == {"files": {"train": name}, "dev_fraction": 0.1, "metrics": metrics} | wanted
    assert comments[0].startswith("Guessed by `gradts describe`: check")


def test_names_that_parquet_carries_are_the_labels_in_their_order(tmp_path, described):
    names = ["zero", "one", "half"]
    rows = pa.table({"premise": [*map(text, range(40))], "gold": [-1, *(at % 3 for at in range(39))]})
    features = {
        "gold": {"names": names, "_type": "ClassLabel"},
        "premise": {"dtype": "string", "_type": "Value"},
    }
    noted = json.dumps({"info": {"features": features}})
    pq.write_table(rows.replace_schema_metadata({"huggingface": noted}), tmp_path / "nli.parquet")
    _, entry, comments = described(tmp_path / "nli.parquet")
    assert (entry["label"], entry["labels"], entry["drop_labels"]) == ("gold", names, [-1])
    assert "train has 40 rows, left out are 1 without a label" in comments


def test_an_encoding_is_a_guess_with_a_word_to_check_it_by(tmp_path, described):
    rows = "text,label\n" + "".join(f"{text(at)} café,{'ab'[at % 2]}\n" for at in range(40))
    path = tmp_path / "mine.csv"
    path.write_bytes(rows.encode("cp1252"))
    _, entry, comments = described(path)
    assert entry["encoding"] == "cp1252"
    assert any("encoding: cp1252 is a guess, under which 'café" in line for line in comments)
    dev = write(tmp_path / "mine-dev.csv", table("ab" * 10, start=70))
    told = "dev: read in that encoding, too, but it is UTF-8; write all files in one"
    assert told in described(path, dev)[2]
    path.write_bytes(rows.encode("utf-16"))  # its first bytes say so
    _, entry, _ = described(path)
    assert "encoding" not in entry


def test_quotes_that_can_be_read_in_two_ways_are_a_guess(tmp_path, described):
    rows = "sentence\tlabel\n" + "".join(f"{text(at)}\t{'ab'[at % 2]}\n" for at in range(40))
    path = write(tmp_path / "mine.tsv", rows + '"So ""what"" "\ta\n"Yes"\tb\n')
    _, entry, comments = described(path)
    assert entry["quoting"] is False
    assert "mine.tsv: quoting: false is a guess: quotes are a part of the text" in comments


def test_a_skewed_task_is_not_decided_by_accuracy(tmp_path, described):
    _, entry, comments = described(write(tmp_path / "mine.csv", table("aaaab" * 20)))
    assert entry["metrics"] == ["macro_f1", "accuracy"]
    assert "always the most frequent label is right 80% of the time: macro_f1 decides" in comments


def test_other_columns_that_may_be_meant_are_named(tmp_path, described):
    rows = table("ab" * 20, sentiment=["good", "bad"] * 20, title="what it is about", speaker=["x", "y"] * 20)
    rows["title"] += rows["text"]
    rows["body"] = rows["title"]
    _, entry, comments = described(write(tmp_path / "mine.csv", rows))
    assert (entry["text"], entry["labels"]) == (["text", "title"], ["a", "b"])
    assert "label may also be sentiment" in comments
    assert "text may also be body; a model reads two columns at most" in comments
    assert "columns that are not used: speaker" in comments


def test_flags_of_several_labels_are_told(tmp_path, described):
    flags = {name: [int(at % step == 0) for at in range(40)] for name, step in (("u", 2), ("v", 3), ("w", 4))}
    rows = table("a" * 40, **flags).drop(columns="label")
    _, entry, comments = described(write(tmp_path / "mine.csv", rows))
    assert entry["label"] == "u"
    assert any(line.startswith("u, v, w hold 0 and 1: if each is a label") for line in comments)


def test_a_test_split_without_labels_is_left_out(tmp_path, described):
    train, dev, test = table("ab" * 20), table("ab" * 10, start=50), table("ab" * 10, start=90)
    files = [write(tmp_path / f"m/{name}.csv", one) for name, one in (("train", train), ("valid", dev))]
    files.append(write(tmp_path / "m/test.csv", test.drop(columns="label")))
    _, entry, comments = described(*files)
    assert entry["files"] == {"train": "m/train.csv", "dev": "m/valid.csv"}
    assert "m/test.csv is left out: it has no column 'label'" in comments
    write(files[2], test.assign(label=""))
    assert "m/test.csv is left out: its rows have no label" in described(*files)[2]


# ------------------------------------------------------------------------------------------- splits


@pytest.mark.parametrize(
    ("given", "name", "splits"),
    [
        ("x/t.csv", "t", {"train": "x/t.csv"}),
        ("x/train.tsv x/dev.tsv", "x", {"train": "x/train.tsv", "dev": "x/dev.tsv"}),
        ("d/Faq_val.csv d/Faq_trn.csv", "faq", {"train": "d/Faq_trn.csv", "dev": "d/Faq_val.csv"}),
        ("a.csv a-dev.csv", "a", {"train": "a.csv", "dev": "a-dev.csv"}),
        ("a.csv b.csv", "a", {"train": "a.csv", "dev": "b.csv"}),
        ("trainData.csv testData.csv", None, {"train": "trainData.csv", "dev": "testData.csv"}),
        (
            "t/train.csv t/validation.csv t/test.csv",
            "t",
            {"train": "t/train.csv", "select": "t/validation.csv", "dev": "t/test.csv"},
        ),
        (
            "n/train.csv n/validation_matched.csv n/validation_mismatched.csv n/extra_train_more.csv",
            "n",
            {
                "train": "n/train.csv",
                "dev_matched": "n/validation_matched.csv",
                "dev_mismatched": "n/validation_mismatched.csv",
            },
        ),
        (
            "9h/train-00000-of-00002.parquet 9h/train-00001-of-00002.parquet 9h/test-00000-of-00001.parquet",
            "h",
            {
                "train": "9h/train-00000-of-00002.parquet 9h/train-00001-of-00002.parquet",
                "dev": "9h/test-00000-of-00001.parquet",
            },
        ),
        ("k/train/0.csv k/dev/0.csv", "k", {"train": "k/train/0.csv", "dev": "k/dev/0.csv"}),
        (
            "io-train.conll bi-train.conll io-dev.conll bi-dev.conll",
            "io",
            {"train": "io-train.conll", "dev": "io-dev.conll"},
        ),
    ],
)
def test_names_of_files_tell_splits_and_the_task(given, name, splits):
    found = splits_of(given.split())
    assert {ours: " ".join(paths) for ours, paths in found.files.items()} == splits
    assert name in (None, found.name)


def test_a_folder_may_hold_several_splits_or_the_shards_of_one(tmp_path):
    for name in ("train", "dev"):
        write(tmp_path / f"faq/{name}.csv", "x")
        write(tmp_path / f"shards/{name[0]}.csv", "x")
    assert splits_of([str(tmp_path / "faq")]).files == {
        name: [str(tmp_path / f"faq/{name}.csv")] for name in ("train", "dev")
    }
    assert splits_of([str(tmp_path / "shards")]).files == {"train": [str(tmp_path / "shards")]}


def test_labels_are_in_the_order_that_a_person_expects():
    assert ordered(["10", "9", "1"]) == ["1", "9", "10"]
    assert ordered(["b", "A", "c"]) == ["A", "b", "c"]
    assert ordered(["I-B", "O", "B-B", "B-A"]) == ["O", "B-A", "B-B", "I-B"]
    assert ordered(["S-A", "E-A", "I-A", "B-A", "O"]) == ["O", "B-A", "I-A", "E-A", "S-A"]
    assert ordered(["PER", "O", "LOC"]) == ["O", "LOC", "PER"]


# ----------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.pdf", "a", "x.pdf: unknown file type; describe reads .parquet, .csv"),
        ("x.csv", "", "x.csv is empty"),
        ("x.csv", "text,label\n", "no column can be the label (columns: text, label)"),
        (
            "x.csv",
            "text\na b c\nd e f\n",
            "no column can be the label (columns: text): none has two values",
        ),
        ("x.csv", "text,label\na,b,c\n", "x.csv line 2: 3 fields, but line 1 has 2; mend the line"),
        (
            "x.csv",
            "id,text\n7,a b c\n9,d e f\n",
            "no column can be the label (columns: id, text): none",
        ),
        ("x.csv", "id,label\n7,a\n9,b\n", "no column can be the text of label 'label' (columns: id, label)"),
        ("x.jsonl", '{"text": "a", "label": ["b"]}\n' * 9, "column 'label' holds one label only (b); give"),
        ("x.conll", "anna\nruns\n\n", "x.conll: its lines have one column; give every word a tag"),
        ("x.jsonl", "[1, 2]", "x.jsonl line 1: a row is an object with named fields, found 1"),
    ],
)
def test_what_nothing_can_be_guessed_of_is_one_line(tmp_path, monkeypatch, capsys, name, content, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(content)
    assert run(["describe", name]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"gradts describe: error: {message}")
    assert err.count("\n") == 1


def test_a_missing_file_is_named():
    with pytest.raises(InputError, match=r"nowhere\.csv cannot be read: No such file"):
        look("nowhere.csv")


# ---------------------------------------------------------------------------------------- real data


REAL = {"cola", "mrpc", "mnli", "qnli", "qqp", "rte", "wnli", "stsb", "ner", "pos", "sc", "meld"}


@pytest.mark.skipif(data_root() is None, reason="GRADTS_DATA names no folder of real data")
@pytest.mark.parametrize(
    "task", ["cola", "mrpc", "mnli", "qnli", "qqp", "rte", "wnli", "stsb", "ner", "pos", "sc", "meld"]
)
def test_real_tables_are_guessed_as_the_registry_has_them(task):
    registry = {}
    for name in ("glue", "paper"):
        registry |= yaml.safe_load(Path(f"config/tasks/{name}.yaml").read_text())
    wanted = registry[task]
    found = splits_of([str(path) for path in sorted((data_root() / task).iterdir())])
    frames = {split: look(paths).frame for split, paths in found.files.items()}
    entry = guess(frames, {}, words=False).entry
    for key, default in (("label", "label"), ("objective", "classification")):
        assert entry[key] == wanted.get(key, default)
    assert entry["text"] == wanted["text"]
    labels = wanted.get("labels", [])
    if all(label.isdigit() for label in entry.get("labels", [])):  # ids without names
        assert len(entry.get("labels", [])) == len(labels)
    else:
        assert {*entry["labels"]} == {*labels} - {"_"}  # of which train of pos has none
