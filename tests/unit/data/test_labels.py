"""Which class a cell means, and what a file's own class names are worth."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gradts.config import resolve
from gradts.data.labels import classes
from gradts.data.rows import check_rows, our_columns
from gradts.data.sources import Raw
from gradts.names import InputError
from tests.configurations import configuration
from tests.conftest import source_of
from tests.unit.data.cells import FLIPPED, STARS, read, refused

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


# --------------------------------------------------------------------------- labels of other objectives


SEVERAL = {"objective": "multi_label", "labels": ["a", "b", "c"]}


@pytest.mark.parametrize(
    "cells",
    [
        ["a; c", "b", ""],
        ["a;c;", ";b", " ; "],
        ["a||c", "b|", "|"],
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
