"""What `prepare` tells of its splits, against counts by hand; and splits on which nothing can be decided."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gradts.artifacts import read_json
from gradts.data.facts import describe
from gradts.data.prepare import prepare
from gradts.data.splits import read_splits
from gradts.names import InputError
from gradts.specs import MULTI_LABEL, REGRESSION, TAGGING, Source
from tests.conftest import source_of, yes_no

CLEAN = [("no", 20), ("yes", 20)]
THREE = {"files": {"a": "a.csv", "b": "b.csv", "c": "c.csv"}}


def rows(*counts: tuple[Any, int], prefix: str = "text") -> pd.DataFrame:
    """Checked rows of distinct texts: label ids and how often each comes."""
    labels = [label for label, count in counts for _ in range(count)]
    texts = [f"{prefix} {i}" for i in range(len(labels))]
    return pd.DataFrame({"instance": range(len(labels)), "text_a": texts, "label": labels})


def told(source: Source, train: pd.DataFrame, select: pd.DataFrame, **dev: pd.DataFrame) -> list[str]:
    return describe({"train": train, "select": select, **dev}, source)["warnings"]


def balanced(prefix: str, each: int = 10) -> pd.DataFrame:
    return rows((0, each), (1, each), prefix=prefix)


def test_of_clean_splits_the_facts_are_told_and_nothing_else():
    dev = rows((0, 6), (1, 9), prefix="dev")
    found = describe({"train": balanced("t"), "select": balanced("s"), "dev": dev}, source_of())
    clean = {"repeated": 0, "in_train": 0, "conflicting": 0}
    assert found == {
        "splits": {
            "train": {"rows": 20, **clean, "labels": {"no": 10, "yes": 10}},
            "select": {"rows": 20, **clean, "labels": {"no": 10, "yes": 10}},
            "dev": {"rows": 15, **clean, "labels": {"no": 6, "yes": 9}},
        },
        "warnings": [],
    }


def test_repeated_shared_and_conflicting_texts_are_counted():
    """Equal as for drawing: case and punctuation aside, and either order of a pair."""

    def pairs(*texts: str, label: str) -> pd.DataFrame:
        sides = [text.split("/") for text in texts]
        columns = {"text_a": [a for a, _ in sides], "text_b": [b for _, b in sides]}
        return pd.DataFrame({"instance": range(len(sides)), **columns, "label": [*map(int, label)]})

    train = pairs("a/b", "B./A!", "c/d", "e/f", "e/f", label="01100")
    select = pairs("C/d", "g/h", label="01")
    dev = pairs("d/c", "h/g", "h/g", "i/j", "e/f", label="01010")
    found = describe({"train": train, "select": select, "dev": dev}, source_of(text=["a", "b"]))["splits"]
    counts = {name: [*facts.values()][1:4] for name, facts in found.items()}
    # conflicting: a/b twice in train; c/d in select; in dev d/c (train: 1, select: 0), g/h once more as 0
    assert counts == {"train": [2, 0, 2], "select": [0, 1, 1], "dev": [1, 4, 3]}


def test_dev_that_is_train_is_told():
    train, select = balanced("x", 20).iloc[4:], balanced("x", 20).iloc[:4]
    message = "dev has 40 of 40 rows whose text is in train or select, too: its scores profit"
    assert message in told(source_of(), train, select, dev=balanced("x", 20))
    some = pd.concat([balanced("x", 1), balanced("y", 10)])
    assert told(source_of(), balanced("x", 20), balanced("s"), dev_a=balanced("z"), dev_b=some) == [
        "dev_b has 2 of 22 rows whose text is in train or select, too: its scores profit"
    ]


def test_many_repeated_or_conflicting_rows_are_told_and_few_are_not():
    def among(repeated: int) -> list[str]:
        train = pd.concat([balanced("t", 20), *[balanced("t", 20).head(1)] * repeated])
        return told(source_of(), train, balanced("s"), dev=balanced("d"))

    assert among(39) == []
    assert among(40) == ["train has 40 of 80 rows whose text stands in an earlier one"]

    def with_both(texts: int) -> list[str]:
        train = pd.concat([balanced("t", 20), balanced("t", 20).head(texts).assign(label=1)])
        return told(source_of(), train, balanced("s"), dev=balanced("d"))

    assert with_both(1) == []  # two of 41 rows
    assert with_both(2) == ["train has 4 of 42 rows whose text has another label, too"]


def test_few_rows_of_decision_are_told():
    few = [f"{name} has 9 rows: one of them is 11 points of a score; add rows" for name in ("select", "dev")]
    few[0] += " or raise select_fraction (0.1)"
    nine = [rows((0, 4), (1, 5), prefix=name) for name in "sd"]
    assert told(source_of(), balanced("t", 4), nine[0], dev=nine[1]) == few
    ten = [rows((0, 5), (1, 5), prefix=name) for name in "sd"]
    assert told(source_of(), balanced("t", 4), ten[0], dev=ten[1]) == []
    assert told(source_of(max_dev=9), balanced("t"), ten[0], dev=nine[1]) == [
        few[1] + " or raise max_dev (9)"
    ]


def test_of_a_given_select_split_no_larger_share_can_be_held_out():
    """The cap that made it small may be raised all the same."""
    given = source_of(splits={"train": "a", "select": "b", "dev": "c"}, select_fraction=None, origin=THREE)
    capped, nine = replace(given, max_select=9), rows((0, 4), (1, 5), prefix="s")
    few = "select has 9 rows: one of them is 11 points of a score; add rows"
    assert told(given, balanced("t"), nine, dev=balanced("d")) == [few]
    assert told(capped, balanced("t"), nine, dev=balanced("d")) == [f"{few} or raise max_select (9)"]
    with pytest.raises(InputError, match=r"no label but 'yes'.*; add rows of other labels$"):
        told(replace(given, decides="mcc"), balanced("t"), rows((1, 9), prefix="s"), dev=balanced("d"))


def test_one_class_and_missing_classes_are_told():
    one = "holds one class only, 'no': always to answer it is best; add rows of others"
    zeros = [rows((0, 12), prefix=name) for name in "tsd"]
    assert told(source_of(max_train=12), zeros[0], zeros[1], dev=zeros[2]) == [
        f"train {one} or raise max_train (12)",
        f"select {one} or raise select_fraction (0.1)",
        f"dev {one}",
    ]
    many = source_of(labels=list("abcdefg"))
    train = rows((0, 9), (1, 2), (2, 1), (3, 4), (4, 5), prefix="t")
    select, dev = rows((0, 9), (4, 9), prefix="s"), rows((0, 9), (1, 1), (2, 1), (3, 1), (4, 1), (6, 1))
    assert told(many, train, select, dev=dev) == [
        "train has nothing of f, g; add texts of it",
        "select has nothing of b (train: 2), c (train: 1), d (train: 4); add texts of it",
    ]
    assert told(many, train, rows((0, 10), (5, 1), prefix="s"), dev=dev)[1].startswith(
        "select has nothing of b (train: 2), c (train: 1), d (train: 4) and 1 more; add"
    )


# Labels of a split of twelve rows → whether, by the metric, all answers score alike.
NUMBERS, SETS, TAGS = {"labels": []}, {"labels": ["a", "b"]}, {"labels": ["O", "B-X"], "text": ["t"]}
CONSTANT = [
    ("classification", "mcc", {}, [1] * 12, "'yes'"),
    ("classification", "f1", {}, [0] * 12, "'no'"),
    (MULTI_LABEL, "micro_f1", SETS, [[]] * 12, "none"),
    (MULTI_LABEL, "macro_f1", SETS, [[]] * 12, "none"),
    (TAGGING, "span_f1", TAGS, [[0, 0]] * 12, "'O'"),
]
TOLD_APART = [
    ("classification", "accuracy", {}, [1] * 12),
    ("classification", "macro_f1", {}, [1] * 12),
    ("classification", "f1", {}, [1] * 12),
    ("classification", "mcc", {}, [1] * 11 + [0]),
    (REGRESSION, "pearson", NUMBERS, [2.5] * 11 + [2.0]),
    (MULTI_LABEL, "exact_match", SETS, [[]] * 12),
    (MULTI_LABEL, "micro_f1", SETS, [[]] * 11 + [[1]]),
    (TAGGING, "token_accuracy", TAGS, [[0, 0]] * 12),
    (TAGGING, "span_f1", TAGS, [[0, 0]] * 11 + [[0, 1]]),
]
USUAL = {
    "classification": [0, 1] * 6,
    REGRESSION: [float(i) for i in range(12)],
    MULTI_LABEL: [[0], [1]] * 6,
    TAGGING: [[0, 1]] * 12,
}


def of_labels(objective: str, labels: list, prefix: str) -> pd.DataFrame:
    frame = rows((0, len(labels)), prefix=prefix)
    frame["label"] = pd.Series(labels)
    return frame.assign(tokens=frame["text_a"].str.split()) if objective == TAGGING else frame


def splits_with(objective: str, split: str, labels: list) -> dict[str, pd.DataFrame]:
    names = ("train", "select", "dev_matched")
    return {name: of_labels(objective, labels if name == split else USUAL[objective], name) for name in names}


@pytest.mark.parametrize("split", ["select", "dev_matched"])
@pytest.mark.parametrize(("objective", "metric", "changes", "labels", "named"), CONSTANT)
def test_a_split_on_which_all_answers_score_alike_is_refused(
    objective, metric, changes, labels, named, split
):
    source = source_of(objective=objective, decides=metric, max_select=12, max_dev=12, **changes)
    cap = "max_select (12) or raise select_fraction (0.1)" if split == "select" else "max_dev (12)"
    with pytest.raises(InputError) as error:
        describe(splits_with(objective, split, labels), source)
    assert str(error.value) == (
        f"task 'toy': the 12 rows of its {split} split have no label but {named}, so {metric} is the same or "
        f"undefined for all answers; add rows of other labels or raise {cap}"
    )


@pytest.mark.parametrize("split", ["select", "dev_matched"])
@pytest.mark.parametrize(("objective", "metric", "changes", "labels"), TOLD_APART)
def test_a_split_that_tells_answers_apart_is_taken(objective, metric, changes, labels, split):
    source = source_of(objective=objective, decides=metric, **changes)
    assert describe(splits_with(objective, split, labels), source)["splits"][split]["rows"] == 12


@pytest.mark.parametrize("split", ["train", "select", "dev_matched"])
def test_numbers_that_do_not_differ_are_refused(split):
    with pytest.raises(InputError, match=f"12 targets of its {split} split are all 2.5"):
        describe(splits_with(REGRESSION, split, [2.5] * 12), source_of(objective=REGRESSION, **NUMBERS))


def test_one_class_to_train_on_warns():
    found = describe(splits_with("classification", "train", [0] * 12), source_of(decides="mcc"))
    assert found["warnings"][0].startswith("train holds one class only, 'no'")


def test_facts_of_numbers_sets_and_words():
    def facts(objective: str, given: list, **changes: Any) -> dict[str, Any]:
        source = source_of(objective=objective, **changes)
        return describe(splits_with(objective, "train", given), source)["splits"]["train"]

    numbers = facts(REGRESSION, [*range(10), 20.0, 35.0], **NUMBERS)
    assert (numbers["mean"], numbers["range"], "labels" in numbers) == (100 / 12, [0, 35], False)
    assert facts(MULTI_LABEL, [[0, 1], [], [1]] * 4, **SETS)["labels"] == {"a": 4, "b": 8}
    assert facts(TAGGING, [[0, 0], [0, 1], [1, 1]] * 4, **TAGS)["labels"] == {"O": 12, "B-X": 12}


# ------------------------------------------------------------------------------------ the whole of prepare


@pytest.fixture
def put(tmp_path):
    """Write two CSV files, and describe them as a source."""

    def write(train: pd.DataFrame, dev: pd.DataFrame, **changes: Any) -> Source:
        files = {name: str(tmp_path / f"{name}.csv") for name in ("train", "dev")}
        for frame, path in zip((train, dev), files.values(), strict=True):
            frame.to_csv(path, index=False)
        return source_of(**{"origin": {"files": files}, "decides": "accuracy"} | changes)

    return write


def given(*counts: tuple[Any, int], prefix: str) -> pd.DataFrame:
    frame = rows(*counts, prefix=prefix)
    return pd.DataFrame({"text": frame["text_a"], "label": frame["label"]})


def made(source: Source, folder: Path) -> dict[str, Any]:
    prepare(source, folder / "out" / "toy")
    found = read_json(folder / "out/toy/statistics.json")
    assert read_splits(folder / "out", yes_no("toy")).warnings == found["warnings"]
    return found


def test_a_clean_task_prints_nothing(put, tmp_path, capsys):
    found = made(put(given(*CLEAN, ("no", 100), prefix="t"), given(*CLEAN, prefix="d")), tmp_path)
    assert capsys.readouterr().err == ""
    assert found["warnings"] == []
    both = [found["splits"][name]["labels"]["no"] for name in ("train", "select")]
    assert (sum(both), found["splits"]["dev"]["labels"]) == (120, {"no": 20, "yes": 20})


def test_dev_that_is_the_train_file_is_a_warning_of_one_line(put, tmp_path, capsys):
    same = given(("no", 60), ("yes", 60), prefix="t")
    found = made(put(same, same), tmp_path)
    line = "dev has 120 of 120 rows whose text is in train or select, too: its scores profit"
    assert capsys.readouterr().err == f"warning: task 'toy': {line}\n"
    assert (found["warnings"], found["splits"]["dev"]["in_train"]) == ([line], 120)


def test_rows_that_occur_four_times_share_no_side_and_are_told(put, tmp_path, capsys):
    train = pd.concat([given(("no", 60), ("yes", 60), prefix="t")] * 4)
    found = made(put(train, given(*CLEAN, prefix="d")), tmp_path)["splits"]
    assert found["select"]["in_train"] == 0
    assert [found[name]["repeated"] / found[name]["rows"] for name in ("train", "select")] == [0.75, 0.75]
    assert [line.split()[3] for line in capsys.readouterr().err.splitlines()] == ["train", "select"]


def test_one_class_after_a_cap_is_told(put, tmp_path, capsys):
    """A class of one row in a hundred, under caps: both scored splits have the other one alone."""
    source = put(
        given(("no", 990), ("yes", 10), prefix="t"),
        given(("no", 396), ("yes", 4), prefix="d"),
        max_train=48,
        max_select=24,
        max_dev=24,
    )
    lines = made(source, tmp_path)["warnings"]
    one = "holds one class only, 'no': always to answer it is best; add rows of others or raise"
    assert lines == [f"train {one} max_train (48)", f"dev {one} max_dev (24)"]
    assert capsys.readouterr().err == "".join(f"warning: task 'toy': {line}\n" for line in lines)
    with pytest.raises(
        InputError, match=r"24 rows of its dev split .* 'no', so mcc is the same or undefined"
    ):
        prepare(replace(source, decides="mcc"), tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_two_rows_of_decision_are_told(put, tmp_path, capsys):
    numbers = given(*((i / 4, 1) for i in range(12)), prefix="t")
    kind = {"objective": REGRESSION, "labels": [], "decides": "pearson"}
    prepare(put(numbers, given(*((i / 4, 1) for i in range(20)), prefix="d"), **kind), tmp_path / "out")
    assert capsys.readouterr().err == (
        "warning: task 'toy': select has 2 rows: one of them is 50 points of a score; add rows or raise "
        "select_fraction (0.1)\n"
    )


def test_one_row_of_a_class_stays_in_train_and_is_told(put, tmp_path, capsys):
    labels = ["no", "yes", "rare"]
    train = given(("no", 60), ("yes", 60), ("rare", 1), prefix="t")
    dev = given(*CLEAN, ("rare", 2), prefix="d")
    prepare(put(train, dev, labels=labels), tmp_path / "out")
    found = read_json(tmp_path / "out/statistics.json")["splits"]
    sides = {name for name in ("train", "select") if found[name]["labels"]["rare"]}
    assert len(sides) == 1
    missing = "select has nothing of rare (train: 1)" if sides == {"train"} else "train has nothing of rare"
    assert missing in capsys.readouterr().err
