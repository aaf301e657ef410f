"""Which class a cell means, what a file's own class names are worth, and what becomes of every row."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gradts.artifacts import read_json
from gradts.config import resolve
from gradts.data.labels import classes
from gradts.data.prepare import prepare
from gradts.data.rows import check_rows, our_columns
from gradts.data.sources import Raw, read_source
from gradts.data.splits import read_splits
from gradts.names import InputError
from gradts.specs import Task
from tests.configurations import configuration
from tests.conftest import source_of

STARS = ["1", "2", "3", "4", "5"]
FLIPPED = ["1", "0"]

# Declared labels, values of all splits → the class of each, or what the refusal says.
TRUTH: list[tuple[Sequence[str], Sequence[Any], list[int] | str]] = [
    # names alone
    (["no", "yes"], ["yes", "no"], [1, 0]),
    (["1_0", "2_0"], ["2_0"], [1]),
    (["1999", "2001"], ["2001", "1999"], [1, 0]),
    (["1999", "2001"], [2001, 1999], [1, 0]),
    (["None", "NA"], ["NA", "None"], [1, 0]),
    # ids alone
    (["no", "yes"], [1, 0], [1, 0]),
    (["no", "yes"], ["1", "0"], [1, 0]),
    (["no", "yes"], ["1.0", "0.0"], [1, 0]),
    (["no", "yes"], ["01", "00"], [1, 0]),
    # texts that are names to the letter are names, whatever ids they could be
    (FLIPPED, ["1", "0"], [0, 1]),
    (STARS, ["1", "2", "3", "4"], [0, 1, 2, 3]),
    (["001", "002", "003"], ["001", "002"], [0, 1]),
    (["na", "0", "1"], ["0", "1"], [1, 2]),
    (["na", "0", "1"], ["na", "0", "1"], [0, 1, 2]),
    # numbers that cannot all be ids, or are ids of the same classes
    (STARS, [1, 2, 3, 4, 5], [0, 1, 2, 3, 4]),
    (STARS, ["1.0", "5.0"], [0, 4]),
    (["-1", "0", "1"], [-1, 0, 1], [0, 1, 2]),
    (["-1", "0", "1"], ["-1", "0", "1"], [0, 1, 2]),
    (["1", "2"], [1, 2], [0, 1]),
    (["001", "002", "003"], [1, 2, 3], [0, 1, 2]),
    (["0.5", "1.5"], [0.5, 1.5], [0, 1]),
    (["0", "1"], [1, 0], [1, 0]),
    (["0", "1"], ["1.0", "0.0"], [1, 0]),
    (["0", "1", "more"], [0, 1, 2], [0, 1, 2]),
    (["na", "0", "1"], ["na", 0, 1], [0, 1, 2]),
    # truth values in any case, and never ids
    (["True", "False"], ["True", "False"], [0, 1]),
    (["true", "false"], ["True", "FALSE"], [0, 1]),
    (["True", "False"], ["true", "false"], [0, 1]),
    (["no", "yes"], ["true"], "label 'true' is not among .* map it with rename: {'true': NAME}"),
    # two readings
    (FLIPPED, [1, 0], "label 1 (at 0) is the name '1' and, counted from 0, the id of '0'; .*{1: '1'}"),
    (FLIPPED, ["1.0", "0.0"], "is the name '1' and, counted from 0, the id of '0'"),
    (FLIPPED, ["1", 0], "label '1' (at 0) is the name '1' and, counted from 0, the id of '0'"),
    (STARS, [1, 2, 3, 4], "label 1 (at 0) is the name '1' and, counted from 0, the id of '2'"),
    (STARS, [0, 1, 2, 3, 4], "label 1 (at 1) is the name '1' and, counted from 0, the id of '2'"),
    (["001", "002", "003"], ["1", "2"], "label '1' (at 0) is the name '001' and, .* id of '002'"),
    (["-1", "0", "1"], [0, 1, 2], "label 0 (at 0) is the name '0' and, counted from 0, the id of '-1'"),
    (["na", "0", "1"], [0, 1, 2], "label 0 (at 0) is the name '0' and, counted from 0, the id of 'na'"),
    # some a name, others an id
    (["no", "yes"], ["no", 1], "label 'no' (at 0) is a name, but label 1 (at 1) only an id, that of 'yes'"),
    (["no", "yes"], ["0", "yes"], "label 'yes' (at 1) is a name, but label '0' (at 0) only an id"),
    (STARS, [0, 5], "label 5 (at 1) is a name, but label 0 (at 0) only an id, that of '1' counted from 0"),
    # neither
    (["no", "yes"], ["no", "maybe"], "at 1: label 'maybe' is not among .* (no, yes or ids 0-1)"),
    (["no", "yes"], [0, -1], "at 1: label -1 is not among .* drop_labels: [-1]"),
    (["no", "yes"], [0, 2], "at 1: label 2 is not among"),
    (["no", "yes"], [0.5], "at 0: label 0.5 is not among"),
    (["no", "yes"], ["No"], "at 0: label 'No' is not among"),
]  # fmt: skip


@pytest.mark.parametrize(("labels", "values", "meant"), TRUTH, ids=str)
def test_which_class_a_value_means(labels, values, meant):
    found = {value: f"at {place}" for place, value in enumerate(values)}
    if isinstance(meant, list):
        assert classes(found, source_of(labels=labels)) == dict(zip(values, meant, strict=True))
    else:
        with pytest.raises(InputError) as error:
            classes(found, source_of(labels=labels))
        for part in meant.split(" .*"):
            assert part.lstrip() in str(error.value)


def read(splits: Mapping[str, Any], text: Any = None, names: Any = None, **changes: Any):
    """Rows of `splits`, which are cells of labels or frames, with the counts."""
    raw = {}
    for split, cells in splits.items():
        cells = [*cells]
        texts = [f"text {row}" for row in range(len(cells))] if text is None else text
        raw[split] = Raw(f"{split}.x", pd.DataFrame({"text": texts, "label": cells}), names=names)
    source = source_of(**changes)
    rows, counts = check_rows(our_columns(raw, source), raw, source)
    return {split: [*of["label"]] for split, of in rows.items()}, counts, rows


def refused(message: str, *args: Any, **changes: Any) -> None:
    with pytest.raises(InputError) as error:
        read(*args, **changes)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


# ------------------------------------------------------------------------------ all splits together


def test_splits_of_two_kinds_of_file_are_read_alike():
    labels, _, _ = read({"train": ["1", "0"], "dev": ["0", "1"]}, labels=FLIPPED)
    assert labels == {"train": [0, 1], "dev": [1, 0]}


def test_a_class_that_one_split_lacks_shifts_nothing():
    labels, _, _ = read({"train": ["na", "0", "1"], "dev": ["0", "1"]}, labels=["na", "0", "1"])
    assert labels == {"train": [0, 1, 2], "dev": [1, 2]}
    labels, _, _ = read({"train": [1, 2, 3, 4, 5], "dev": [1, 4]}, labels=STARS)
    assert labels["dev"] == [0, 3]


def test_a_split_of_names_and_one_of_ids_are_refused():
    message = "label 'no' (train.x row 0) is a name, but label 1 (dev.x row 0) only an id, that of 'yes'"
    refused(message, {"train": ["no", "yes"], "dev": [1, 0]})


@pytest.mark.parametrize(
    "cells",
    [
        pd.Series([True, False]),
        pd.Series([True, False], dtype="boolean"),
        pd.Series(["True", "False"]),
        pd.Series(["true", "false"], dtype="category"),
    ],
    ids=str,
)
@pytest.mark.parametrize("labels", [["True", "False"], ["true", "false"]])
def test_truth_values(cells, labels):
    assert read({"train": cells}, labels=labels)[0]["train"] == [0, 1]


@pytest.mark.parametrize("dtype", ["int8", "int64", "float32", "float64", "Int64", "string", "category"])
def test_columns_of_numbers(dtype):
    """As parquet and pandas have them; stars are stars, ids are ids."""
    cells = pd.Series([2, 1, 5]).astype(dtype)
    assert read({"train": cells}, labels=STARS)[0]["train"] == [1, 0, 4]
    assert read({"train": pd.Series([1, 0]).astype(dtype)})[0]["train"] == [1, 0]


@pytest.mark.parametrize("cell", ["", "  ", None, np.nan, pd.NA])
def test_a_missing_label_is_told_as_missing(cell):
    message = (
        "train.x row 2: column 'label' of task 'toy' holds no label; mend the row, or leave such rows out"
    )
    refused(message, {"train": ["1.0", "0.0", cell]})
    refused(message, {"train": [1.5, 0, cell]}, objective="regression", labels=[])


# ------------------------------------------------------------------------------- names in the file


def test_class_names_that_a_file_carries_in_another_order():
    cells = ["positive", "negative"]
    labels, _, _ = read({"train": cells}, names=["negative", "positive"], labels=["positive", "negative"])
    assert labels["train"] == [0, 1]


def test_class_names_that_differ():
    given = {"splits": {"train": ["neg", "pos"]}, "names": ["neg", "pos"], "labels": ["positive", "negative"]}
    refused(
        "train.x: column 'label' names its classes neg, pos, but task 'toy' has the labels positive, "
        "negative; map them, as in rename: {'neg': NAME}",
        **given,
    )
    labels, _, _ = read(**given, rename={"neg": "negative", "pos": "positive"})
    assert labels["train"] == [1, 0]
    refused("names its classes neg, pos", **given, rename={"neg": "negative"})


def test_a_class_name_whose_rows_are_left_out_need_not_be_ours():
    names = ["neg", "none", "pos"]
    labels, counts, _ = read({"train": names}, names=names, labels=["pos", "neg"], drop_labels=["none"])
    assert labels["train"] == [1, 0]
    assert counts["train"] == {"source": 3, "dropped_label": 1, "dropped_empty": 0, "kept": 2}


def test_class_names_that_count_are_ids():
    assert read({"train": ["1", "0"]}, names=["0", "1"])[0]["train"] == [1, 0]
    assert read({"train": ["1", "0"]}, names=["0", "1"], labels=FLIPPED)[0]["train"] == [0, 1]
    refused("names its classes 1, 0, but", {"train": ["1", "0"]}, names=["1", "0"])


def test_class_names_of_tags():
    kinds = {"objective": "sequence_labelling", "labels": ["O", "B-X"], "text": ["text"]}
    words = [["a", "b"], ["c"]]
    raw = Raw("t", pd.DataFrame({"text": words, "label": [["B-X", "O"], ["B-X"]]}), names=["B-X", "O"])
    source = source_of(**kinds)
    rows, _ = check_rows(our_columns({"train": raw}, source), {"train": raw}, source)
    assert [*rows["train"]["label"]] == [[1, 0], [1]]
    raw = raw._replace(names=["B-X", "O", "B-Y"])
    with pytest.raises(InputError, match="names its classes B-X, O, B-Y"):
        check_rows(our_columns({"train": raw}, source), {"train": raw}, source)


def test_values_of_text_files_are_renamed_too():
    labels, _, _ = read(
        {"train": ["pos", "neg", "-"], "dev": ["neg", "pos"]},
        rename={"pos": "yes", "neg": "no", "-": "no"},
    )
    assert labels == {"train": [1, 0, 0], "dev": [0, 1]}
    assert read({"train": [1, 0]}, labels=FLIPPED, rename={"1": "1", "0": "0"})[0]["train"] == [0, 1]
    assert read({"train": [True, False]}, rename={"true": "no", "false": "yes"})[0]["train"] == [0, 1]


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


# --------------------------------------------------------------------------- labels of other objectives


SEVERAL = {"objective": "multi_label", "labels": ["a", "b", "c"]}


@pytest.mark.parametrize(
    "cells",
    [
        ["a; c", "b", ""],
        ["0;2", "1", ""],
        [["a", "c"], ["b"], []],
        [[0, 2], [1], []],
        [np.array([0, 2]), [1.0], ()],
    ],
    ids=str,
)
def test_several_labels(cells):
    assert read({"train": cells}, **SEVERAL)[0]["train"] == [[0, 2], [1], []]


def test_several_labels_that_are_numbers_by_name():
    kinds = {"objective": "multi_label", "labels": ["3", "2", "1"]}
    assert read({"train": ["1;3", "2"]}, **kinds)[0]["train"] == [[0, 2], [1]]
    assert read({"train": [[1, 3], [2]]}, **kinds)[0]["train"] == [[0, 2], [1]]
    refused("label 1 (train.x row 0) is the name '1' and, counted", {"train": [[1, 2], [2]]}, **kinds)


def test_one_reading_for_several_labels_of_all_splits():
    refused(
        "label 'a' (train.x row 0) is a name, but label 1 (dev.x", {"train": ["a;b"], "dev": [[1]]}, **SEVERAL
    )


@pytest.mark.parametrize("cell", [[1, 0, 0], [1.0, 0.0, 0.0], np.array([0, 0, 1]), "1;0;0"], ids=str)
def test_indicators_are_no_ids(cell):
    refused(
        "have one twice; a row holds names or ids of its labels, not a 0 or 1", {"train": [cell]}, **SEVERAL
    )


KINDS = {
    "an object": ({"x": 1}, "holds {'x': 1}, an object, where one name or id belongs; name the field that"),
    "a list": (
        ["a"],
        "holds ['a'], a list, where one name or id belongs; several labels a text are objective: m",
    ),
    "an array": (np.array([1]), "a list, where one name or id belongs"),
    "a time": (pd.Timestamp("2020-01-01"), "a Timestamp, where one name or id belongs; write it as text"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("objective", ["classification", "regression"])
def test_labels_of_another_kind(kind, objective):
    cell, message = KINDS[kind]
    labels = ["a", "b"] if objective == "classification" else []
    refused(
        "train.x row 1: column 'label' of task 'toy'",
        {"train": ["0", cell]},
        objective=objective,
        labels=labels,
    )
    refused(message, {"train": ["0", cell]}, objective=objective, labels=labels)


@pytest.mark.parametrize("tags", [[["O"], ["O"]], [{"tag": "O"}, "O"], ["O", None], ["O", ""]], ids=str)
@pytest.mark.parametrize("objective", ["sequence_labelling", "multi_label"])
def test_tags_and_lists_of_another_kind(tags, objective):
    kinds = {"objective": objective, "labels": ["O", "B-X"]}
    text = [["a", "b"]] * 2 if objective == "sequence_labelling" else None
    refused(
        "train.x row 1: column 'label' of task 'toy' holds ",
        {"train": [["O", "B-X"], tags]},
        text=text,
        **kinds,
    )


def test_one_reading_for_tags_of_all_splits():
    kinds = {"objective": "sequence_labelling", "labels": ["O", "B-X"], "text": [["a", "b"]]}
    message = "label 'O' (train.x row 0) is a name, but label 0 (dev.x row 0) only an id"
    refused(message, {"train": [["O", "B-X"]], "dev": [[0, 1]]}, **kinds)


@pytest.mark.parametrize("cell", ["3,5", "nan", "inf", "-Infinity", "1_0", "0x1", "True", True, np.inf, "٣"])
def test_what_is_no_number_is_refused(cell):
    refused("train.x row 1: label ", {"train": ["1", cell]}, objective="regression", labels=[])


def test_numbers_are_read():
    cells = ["3.5", " -2 ", "+1e3", ".5", 7, 1600000000.0, np.float32(0.5)]
    found = read({"train": cells}, objective="regression", labels=[])[0]["train"]
    assert found == [3.5, -2, 1000, 0.5, 7, 1.6e9, 0.5]


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


def test_keys_of_the_registry_may_be_numbers_and_truth_values(tmp_path):
    (tmp_path / "tasks.yaml").write_text(
        "mine:\n  files: {train: a.csv, dev: b.csv}\n  text: [text]\n  labels: ['no', 'yes', 'maybe']\n"
        "  rename: {2: 'yes', 0.0: 'no', true: 'yes', -2: maybe}\n  drop_labels: [-1, null, '', 2.0, x]\n"
    )
    config = configuration(["mine", "rte"], "minilm-l6")
    source = resolve(config | {"tasks": [str(tmp_path / "tasks.yaml"), "config/tasks/glue.yaml"]}).sources[
        "mine"
    ]
    assert source.rename == {"2": "yes", "0": "no", "true": "yes", "-2": "maybe"}
    assert source.drop_labels == ["-1", "", "", "2", "x"]
    assert type(source).from_json(source.to_json()) == source
