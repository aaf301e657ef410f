"""What becomes of every row: left out, read as it is spelled, refused, and counted."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gradts.artifacts import read_json
from gradts.data.prepare import prepare
from gradts.data.rows import check_rows, our_columns
from gradts.data.sources import Raw, read_source
from gradts.data.splits import read_splits
from gradts.names import InputError
from gradts.specs import Task
from tests.conftest import source_of
from tests.unit.data.cells import FLIPPED, STARS, read, refused

# ------------------------------------------------------------------------------- rows that are left out


@pytest.mark.parametrize("cells", [["-1", "0", "1"], [-1, 0, 1], [-1.0, 0, 1], ["-1.0", "0.0", "1.0"]])
def test_unlabelled_rows(cells):
    refused("or leave such rows out with drop_labels: [", {"train": cells})
    labels, counts, rows = read({"train": cells, "dev": cells[1:]}, drop_labels=["-1"])
    assert labels == {"train": [0, 1], "dev": [0, 1]}
    assert [*rows["train"]["instance"]] == [1, 2]
    assert [counts[split]["dropped_label"] for split in counts] == [1, 0]


def test_missing_and_further_labels_are_left_out():
    cells = ["no", "", None, "unsure", "yes", np.nan]
    labels, counts, rows = read({"train": cells}, drop_labels=["", "unsure"])
    assert (labels["train"], [*rows["train"]["instance"]]) == ([0, 1], [0, 4])
    assert counts["train"] == {"source": 6, "dropped_label": 4, "dropped_empty": 0, "kept": 2}
    cells = [1.5, -1, 2.5]
    assert read({"train": cells}, drop_labels=["-1"], objective="regression", labels=[])[0]["train"] == [
        1.5,
        2.5,
    ]
    kinds = {"objective": "multi_label", "labels": ["a", "b"], "drop_labels": ["", "?"]}
    assert read({"train": ["a", "", "b;?", "a;b"]}, **kinds)[0]["train"] == [[0], [0, 1]]


def test_empty_texts_are_counted_and_numbers_are_no_empty_texts(capsys):
    texts = [0, "one", 2.5, " ", None, 6, True, "last"]
    _, counts, rows = read({"train": ["no", "yes"] * 4}, text=texts, empty_text="drop")
    assert [*rows["train"]["text_a"]] == ["0", "one", "2.5", "6", "true", "last"]
    assert counts["train"] == {"source": 8, "dropped_label": 0, "dropped_empty": 2, "kept": 6}
    told = (
        "task 'toy': 4 rows hold numbers as text, which are read as they are spelled (train.x row 0: '0')\n"
    )
    assert capsys.readouterr().err == told


def test_a_label_left_out_counts_as_that_where_the_text_is_empty_too():
    _, counts, _ = read(
        {"train": ["no", "-1", "yes", "-1"]}, text=["a", "", "b", "c"], empty_text="drop", drop_labels=["-1"]
    )  # fmt: skip
    assert counts["train"] == {"source": 4, "dropped_label": 2, "dropped_empty": 0, "kept": 2}


def test_nothing_left_is_told_with_what_was_dropped():
    message = "train.x: its 0 rows of task 'toy' hold one class only (2 were dropped)"
    refused(message, {"train": ["no", "yes"]}, text=["", " "], empty_text="drop")
    refused("train.x: its 0 rows of task 'toy' hold one class only", {"train": []}, drop_labels=["-1"])


# ------------------------------------------------------------------------------------------- texts


@pytest.mark.parametrize("dtype", ["int64", "float64", "Int64", "object"])
def test_columns_of_numbers_as_texts(dtype):
    texts = pd.Series([100, 200]).astype(dtype)
    rows = read({"train": ["no", "yes"]}, text=texts)[2]["train"]
    assert [*rows["text_a"]] == ["100", "200"]


def test_numbers_in_a_pair():
    raw = Raw("t", pd.DataFrame({"q": ["how many?", "how much?"], "a": [3, 4.5], "label": ["no", "yes"]}))
    source = source_of(text=["q", "a"])
    rows, _ = check_rows(our_columns({"train": raw}, source), {"train": raw}, source)
    assert rows["train"][["text_a", "text_b"]].values.tolist() == [["how many?", "3"], ["how much?", "4.5"]]


def test_numbers_among_words(capsys):
    kinds = {"objective": "sequence_labelling", "labels": ["O", "B-X"]}
    words = [["page", 7], np.array(["a", "b"], dtype=object)]
    rows = read({"train": [["O", "B-X"]] * 2}, text=words, **kinds)[2]["train"]
    assert [[*row] for row in rows["tokens"]] == [["page", "7"], ["a", "b"]]
    assert "1 rows hold numbers as text" in capsys.readouterr().err


@pytest.mark.parametrize("empty_text", ["error", "drop"])
@pytest.mark.parametrize("cell", [{"a": "b"}, ["a", "b"], [], pd.Timestamp("2020-01-01"), b"\xe9"], ids=str)
def test_what_is_no_text_is_refused_and_never_dropped(cell, empty_text):
    message = "train.x row 1: column 'text' of task 'toy' is "
    refused(message, {"train": ["no", "yes"]}, text=["a", cell], empty_text=empty_text)


@pytest.mark.parametrize("empty_text", ["error", "drop"])
@pytest.mark.parametrize("cell", ["a b", {"a": 1}, [["a"], ["b"]], ["a", {"text": "b"}]], ids=str)
def test_what_is_no_list_of_words_is_refused_and_never_dropped(cell, empty_text):
    kinds = {"objective": "sequence_labelling", "labels": ["O", "B-X"], "empty_text": empty_text}
    refused("train.x row 1: column 'text'", {"train": [["O", "B-X"]] * 2}, text=[["a", "b"], cell], **kinds)


# ------------------------------------------------------------------------------------------ from end to end


TEXT = "a small paper garden"
# Kind of file, two rows that are repeated, labels → texts and labels of both rows, or what the refusal says.
FILES: dict[str, tuple[str, list[dict[str, Any]], list[str], Any]] = {
    "03e2 truth values": (
        "jsonl",
        [{"text": TEXT, "label": True}, {"text": TEXT, "label": False}],
        ["true", "false"],
        [(TEXT, 0), (TEXT, 1)],
    ),
    "03h3 stars": (
        "parquet",
        [{"text": TEXT, "label": 5}, {"text": TEXT, "label": 1}],
        STARS,
        [(TEXT, 4), (TEXT, 0)],
    ),
    "03a numbers that are names and ids": (
        "parquet",
        [{"text": TEXT, "label": 1}, {"text": TEXT, "label": 0}],
        FLIPPED,
        "is the name '1' and, counted from 0, the id of '0'",
    ),
    "03b strings that are": (
        "parquet",
        [{"text": TEXT, "label": "1"}, {"text": TEXT, "label": "0"}],
        FLIPPED,
        [(TEXT, 0), (TEXT, 1)],
    ),
    "03f2 a missing label": (
        "parquet",
        [{"text": TEXT, "label": 1.0}, {"text": TEXT, "label": None}],
        ["no", "yes"],
        "row 1: column 'label' of task 'toy' holds no label",
    ),
    "03l lists of labels": (
        "jsonl",
        [{"text": TEXT, "label": ["no"]}, {"text": TEXT, "label": ["no", "yes"]}],
        ["no", "yes"],
        "line 1: column 'label' of task 'toy' holds ['no'], a list, where one name or id belongs; several",
    ),
    "03m objects": (
        "jsonl",
        [{"text": TEXT, "label": {"x": 1}}, {"text": TEXT, "label": {"x": 2}}],
        ["no", "yes"],
        "line 1: column 'label' of task 'toy' holds {'x': 1}, an object, where one name or id belongs; name",
    ),
    "12a numbers among texts": (
        "jsonl",
        [{"text": 4, "label": "no"}, {"text": TEXT, "label": "yes"}],
        ["no", "yes"],
        [("4", 0), (TEXT, 1)],
    ),
    "12j bytes": (
        "parquet",
        [{"text": b"a paper", "label": "no"}, {"text": b"a garden", "label": "yes"}],
        ["no", "yes"],
        [("a paper", 0), ("a garden", 1)],
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_files_of_each_kind(tmp_path, kind):
    suffix, rows, labels, wanted = FILES[kind]
    path, frame = tmp_path / f"t.{suffix}", pd.DataFrame(rows * 20)
    frame.to_parquet(path) if suffix == "parquet" else frame.to_json(path, orient="records", lines=True)
    files = dict.fromkeys(("train", "dev"), str(path))
    source = source_of(origin={"files": files}, labels=labels, empty_text="drop")
    if isinstance(wanted, str):
        with pytest.raises(InputError) as error:
            prepare(source, tmp_path / "out")
        assert f"{path} {'row' if str(path).endswith('.parquet') else 'line'}" in str(error.value)
        assert wanted in str(error.value)
    else:
        raw, _ = read_source(source)
        found = check_rows(our_columns(raw, source), raw, source)[0]["dev"]
        assert [*zip(found["text_a"], found["label"], strict=True)] == wanted * 20


def test_facts_count_rows_and_labels(tmp_path):
    rows = [
        {"text": f"text {i}" if i % 10 else "", "label": [-1, 0, 1, 1][i % 4]} for i in range(200)
    ]  # of 200: 50 without a label; of the others 10 without a text (all of them of label 1)
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    source = source_of(
        origin={"files": {"train": str(tmp_path / "t.jsonl")}},
        splits={"train": "train"},
        dev_fraction=0.2,
        drop_labels=["-1"],
        empty_text="drop",
        max_train=50,
    )
    prepare(source, tmp_path / "out" / "toy")
    facts = read_json(tmp_path / "out" / "toy" / "statistics.json")
    assert facts["rows"] == {"train": {"source": 200, "dropped_label": 50, "dropped_empty": 10, "kept": 140}}
    splits = read_splits(
        tmp_path / "out", Task("toy", "classification", ["no", "yes"], ["accuracy"], "accuracy")
    )
    for name, frame in {"train": splits.train, "select": splits.select, **splits.dev}.items():
        labels = [*frame["label"]]
        assert facts["splits"][name]["labels"] == {"no": labels.count(0), "yes": labels.count(1)}
    assert sum(facts["splits"]["train"]["labels"].values()) == 50


def test_label_counts_of_tags_are_words(tmp_path):
    rows = pd.DataFrame({"text": [["a", str(i)] for i in range(40)], "label": [["O", "B-X"]] * 40})
    rows.to_parquet(tmp_path / "t.parquet")
    files = dict.fromkeys(("train", "dev"), str(tmp_path / "t.parquet"))
    kinds = {"objective": "sequence_labelling", "labels": ["O", "B-X", "I-X"]}
    prepare(source_of(origin={"files": files, "columns": None}, **kinds), tmp_path / "out")
    splits = read_json(tmp_path / "out" / "statistics.json")["splits"]
    assert splits["dev"]["labels"] == {"O": 40, "B-X": 40, "I-X": 0}
