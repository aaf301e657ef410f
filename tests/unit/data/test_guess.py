"""What `gradts describe` guesses of files as people have them, against entries written by hand."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from gradts.data.guess import guess, ordered
from gradts.data.naming import splits_of
from gradts.data.opening import look
from tests.conftest import data_root
from tests.unit.data.files import table, text, write

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


def test_bytes_of_parquet_are_text(tmp_path, described):
    """As some writers store strings."""
    rows = {"text": [text(at).encode() for at in range(40)], "label": [b"yes", b"no"] * 20}
    pq.write_table(pa.table(rows), tmp_path / "mine.parquet")
    _, entry, _ = described(tmp_path / "mine.parquet")
    assert (entry["text"], entry["labels"]) == (["text"], ["no", "yes"])


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


def test_labels_are_in_the_order_that_a_person_expects():
    assert ordered(["10", "9", "1"]) == ["1", "9", "10"]
    assert ordered(["b", "A", "c"]) == ["A", "b", "c"]
    assert ordered(["I-B", "O", "B-B", "B-A"]) == ["O", "B-A", "B-B", "I-B"]
    assert ordered(["S-A", "E-A", "I-A", "B-A", "O"]) == ["O", "B-A", "I-A", "E-A", "S-A"]
    assert ordered(["PER", "O", "LOC"]) == ["O", "LOC", "PER"]


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
