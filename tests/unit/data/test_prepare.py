"""Prepared splits: stable, capped; and what is refused."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from gradts.artifacts import read_json
from gradts.config import resolve
from gradts.data.prepare import prepare
from gradts.data.splits import Prepared, read_splits
from gradts.names import InputError
from gradts.provenance import digest
from gradts.specs import Source, Task
from tests.conftest import data_root, source_of, yes_no

TASK = yes_no("toy")


def frame(rows: int = 100) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "text": [f"text number {i}" for i in range(rows)],
            "label": ["no", "yes", "yes", "yes"] * (rows // 4),
        }
    )


@pytest.fixture
def source(tmp_path):
    """Write the frames and describe them."""

    def make(train=None, dev=None, **changes) -> Source:
        files = {split: str(tmp_path / f"{split}.csv") for split in ("train", "dev")}
        for split, rows in (("train", train), ("dev", dev)):
            (frame() if rows is None else rows).to_csv(files[split], index=False)
        return source_of(**{"origin": {"files": files}} | changes)

    return make


def prepared(source: Source, tmp_path: Path, task: Task = TASK) -> Prepared:
    prepare(source, tmp_path / "out" / "toy")
    return read_splits(tmp_path / "out", task)


def sizes(splits: Prepared) -> tuple[int, int, int]:
    return len(splits.train), len(splits.select), len(splits.dev["dev"])


def test_splits(source, tmp_path):
    splits = prepared(source(), tmp_path)
    assert sizes(splits) == (94, 6, 100)
    assert not set(splits.train["instance"]) & set(splits.select["instance"])
    ids = frame().assign(instance=range(100)).set_index("instance")
    for row in splits.train.itertuples():
        assert ids.loc[row.instance, "text"] == row.text_a


def test_caps_keep_the_selection_split(source, tmp_path):
    whole = prepared(source(), tmp_path)
    capped = prepared(source(max_train=20, max_dev=30), tmp_path)
    assert (len(capped.train), len(capped.dev["dev"])) == (20, 30)
    pd.testing.assert_frame_equal(capped.select, whole.select)
    assert set(capped.train["instance"]) <= set(whole.train["instance"])
    assert capped.train["label"].sum() == 15


MISTAKES = {
    "missing column": (lambda f: f.rename(columns={"text": "txt"}), "no column 'text' .*columns: txt, label"),
    "unknown label": (lambda f: f.replace({"label": {"no": "maybe"}}), "line 2: label 'maybe' .*no, yes"),
    "empty text": (lambda f: f.assign(text=["x"] * 5 + ["  "] + ["y"] * 94), "line 7: column 'text'"),
    "one class": (lambda f: f.assign(label="no"), "hold one class only"),
}


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.parametrize("split", ["train", "dev"])
def test_mistakes_in_data(source, tmp_path, name, split):
    change, message = MISTAKES[name]
    with pytest.raises(InputError, match=message) as error:
        prepared(source(**{split: change(frame())}), tmp_path)
    assert f"{split}.csv" in str(error.value)
    assert not (tmp_path / "out").exists()


def test_a_cap_of_all_but_one(source, tmp_path):
    assert len(prepared(source(max_train=93), tmp_path).train) == 93


def test_empty_text_may_be_dropped(source, tmp_path):
    given = source(
        frame().assign(text=[f"x {i}" if i % 4 < 2 else "" for i in range(100)]), empty_text="drop"
    )
    splits = prepared(given, tmp_path)
    assert len(splits.train) + len(splits.select) == 50


def test_a_file_cut_in_half(source, tmp_path):
    path = tmp_path / "train.parquet"
    frame().to_parquet(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    files = {"train": str(path), "dev": str(tmp_path / "dev.csv")}
    with pytest.raises(InputError, match=r"train\.parquet cannot be read.*fetch it again"):
        prepared(source(origin={"files": files}), tmp_path)


def test_a_text_may_say_none(source, tmp_path):
    texts = ["None", *frame()["text"][1:]]
    assert "None" in [*prepared(source(frame().assign(text=texts)), tmp_path).train["text_a"]]


def test_a_folder_that_cannot_be_written(source, tmp_path):
    (tmp_path / "out").write_text("a file where the folder should be")
    with pytest.raises(InputError, match="cannot write"):
        prepare(source(), tmp_path / "out" / "toy")


real = pytest.mark.skipif(data_root() is None, reason="no local mirror of the data (GRADTS_DATA)")


def real_plan(root: Path | None = None):
    config = yaml.safe_load(Path("config/glue-mini.yaml").read_text())
    return resolve(config | {"data_root": str(root or data_root()), "data": {}})


TAGS = Task("toy", "sequence_labelling", ["O", "B-X", "I-X"], ["span_f1"], "span_f1")


def tagged(sentences: int = 20) -> pd.DataFrame:
    long = [{"tokens": [str(i), "big", "dog"], "tags": ["O", "B-X", "I-X"]} for i in range(sentences // 2)]
    return pd.DataFrame(long + [{"tokens": [f"so{i}"], "tags": ["O"]} for i in range(sentences // 2)])


def tagging_source(tmp_path, train: pd.DataFrame, **changes) -> Source:
    train.to_parquet(tmp_path / "train.parquet")
    files = {"train": str(tmp_path / "train.parquet")}
    return source_of(
        objective="sequence_labelling",
        origin={"files": files, "columns": None},
        splits={"train": "train"},
        text=["tokens"],
        label="tags",
        labels=TAGS.labels,
        select_fraction=0.25,
        dev_fraction=0.2,
        **changes,
    )


def test_words_and_a_dev_split_held_out(tmp_path):
    splits = prepared(tagging_source(tmp_path, tagged()), tmp_path, TAGS)
    assert sizes(splits) == (10, 4, 6)
    ids = [set(frame["instance"]) for frame in (splits.train, splits.select, splits.dev["dev"])]
    assert len(set.union(*ids)) == 20
    row = next(row for row in splits.train.itertuples() if len(row.tokens) == 3)
    assert (list(row.tokens), list(row.label)) == ([str(row.instance), "big", "dog"], [0, 1, 2])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"tokens": ["a", "b"], "tags": ["O"]}, "row 20: 2 words but 1 labels in column 'tags'"),
        ({"tokens": ["a"], "tags": ["B-Y"]}, "row 20: label 'B-Y' is not among"),
        ({"tokens": [], "tags": []}, "row 20: column 'tokens' .* not a list of words"),
        ({"tokens": ["a", " "], "tags": ["O", "O"]}, "row 20: column 'tokens' .* not a list of words"),
    ],
)
def test_mistakes_in_tagged_rows(tmp_path, row, message):
    source = tagging_source(tmp_path, pd.concat([tagged(), pd.DataFrame([row])], ignore_index=True))
    with pytest.raises(InputError, match=message):
        prepared(source, tmp_path, TAGS)


def test_empty_sentences_may_be_dropped(tmp_path):
    rows = pd.concat([tagged(), pd.DataFrame([{"tokens": [], "tags": []}] * 5)], ignore_index=True)
    splits = prepared(tagging_source(tmp_path, rows, empty_text="drop"), tmp_path, TAGS)
    assert sum(sizes(splits)) == 20


NUMBERS = Task("toy", "regression", [], ["pearson"], "pearson")


def test_regression_rows(source, tmp_path):
    given = frame().assign(label=[i / 20 for i in range(100)])
    kind = {"objective": "regression", "labels": []}
    splits = prepared(source(given, given, **kind), tmp_path, NUMBERS)
    assert splits.train["label"].dtype == "float64"
    with pytest.raises(
        InputError, match=r"train\.csv line 5: label 'x' of regression task 'toy' is no number"
    ):
        prepare(source(given.assign(label=["1.5", "2", "0", "x"] * 25), given, **kind), tmp_path / "new")


def mostly_seven(rows: int) -> pd.DataFrame:
    """One target differs from all others."""
    return frame().iloc[:rows].assign(label=[7.5, *[7] * (rows - 1)])


CONSTANT = {
    "train": ({"max_train": 2}, mostly_seven(100), "the 2 targets of its train split are all 7: nothing can"),
    "select": ({}, mostly_seven(100), r"the \d+ targets of its select split are all 7: nothing can"),
    "dev": ({"max_dev": 2}, frame().assign(label=range(100)), "the 2 targets of its dev split are all 7: n"),
    "rounding": (
        {},
        frame().assign(label=[0.3, 0.1 + 0.2] * 50),
        r"the \d+ targets .* train split are all 0\.3",
    ),
    "no bounds": ({}, frame().assign(label=[-1e300, 1e300] * 50), r"the \d+ targets .* reach from -1e\+300"),
}


@pytest.mark.parametrize("kind", CONSTANT)
def test_numbers_that_do_not_differ_are_refused_by_split(source, tmp_path, kind):
    changes, train, message = CONSTANT[kind]
    numbers = {"objective": "regression", "labels": []}
    with pytest.raises(InputError, match=f"task 'toy': {message}"):
        prepare(source(train, mostly_seven(100), **numbers, **changes), tmp_path / "out")
    assert not (tmp_path / "out/train.parquet").exists()


TOPICS = Task("toy", "multi_label", ["a", "b", "c"], ["micro_f1"], "micro_f1")
SPELLED = {
    "names between semicolons": ("csv", ["a; c", "b", "", "c;a"]),
    "names between bars": ("csv", ["a|c", "b", "", "c | a"]),
    "ids": ("csv", ["0;2", "1", "", "2;0"]),
    "lists of names": ("parquet", [["a", "c"], ["b"], [], ["c", "a"]]),
    "lists of ids": ("json", [[0, 2], [1], [], [2, 0]]),
}


@pytest.mark.parametrize("kind", SPELLED)
def test_several_labels_a_text(source, tmp_path, kind):
    suffix, labels = SPELLED[kind]
    path = tmp_path / f"topics.{suffix}"
    given = frame().assign(label=labels * 25)
    {"csv": lambda p: given.to_csv(p, index=False), "parquet": given.to_parquet, "json": given.to_json}[
        suffix
    ](path)
    origin = {"files": dict.fromkeys(("train", "dev"), str(path))}
    kinds = {"objective": "multi_label", "labels": TOPICS.labels, "origin": origin}
    found = prepared(source(**kinds), tmp_path, TOPICS).dev["dev"]["label"]
    assert [list(row) for row in found[:4]] == [[0, 2], [1], [], [0, 2]]


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("a;d", r"train\.csv line 2: label 'd' is not among the labels of task 'toy' \(a, b, c or ids"),
        ("a;b", "hold one class only"),
    ],
)
def test_mistakes_in_several_labels(source, tmp_path, label, message):
    kinds = {"objective": "multi_label", "labels": TOPICS.labels}
    given = source(*[frame().assign(label=label)] * 2, **kinds)
    with pytest.raises(InputError, match=message):
        prepared(given, tmp_path, TOPICS)


def test_a_file_that_has_changed_since_it_was_planned(source, tmp_path):
    planned = source()
    planned = dataclasses.replace(
        planned, digests={path: digest(path) for path in planned.origin["files"].values()}
    )
    prepare(planned, tmp_path / "out")
    path = planned.origin["files"]["dev"]
    Path(path).write_text(Path(path).read_text().replace("number", "nummer"))
    with pytest.raises(
        InputError, match=rf"task 'toy': {path} is another file .* planned .*; start it again"
    ):
        prepare(planned, tmp_path / "again")
    assert not (tmp_path / "again").exists()


@real
def test_real_rte_keeps_ids_and_sizes(tmp_path):
    plan = real_plan()
    prepare(plan.sources["rte"], tmp_path / "rte")
    splits = read_splits(tmp_path, plan.tasks["rte"])
    assert sizes(splits) == (2221, 269, 277)


@real
def test_real_penn_tags_are_the_ner_data(tmp_path):
    (tmp_path / "pos_penn").symlink_to(data_root() / "ner")
    plan = real_plan(tmp_path)
    prepare(plan.sources["pos_penn"], tmp_path / "out" / "pos_penn")
    train = read_splits(tmp_path / "out", plan.tasks["pos_penn"]).train
    first = train.loc[train["tokens"].map(" ".join) == "Peter Blackburn", "label"].iloc[0]
    assert [plan.tasks["pos_penn"].labels[label] for label in first] == ["NNP", "NNP"]


# Sizes of method.md §7 (the paper prints one less) and lengths as printed in the paper's Table 7.
TABLE7 = {"cola": (8551, 7.70), "sst2": (67349, 9.41), "rte": (2490, 26.18), "wnli": (635, 13.90)}
SIZES = {
    "mrpc": 3668,
    "stsb": 5749,
    "ner": 14041,
    "pos": 12544,
    "sc": 8936,
    "meld": 9989,
    "dyadic_meld": 12840,
}


@real
@pytest.mark.parametrize("task", SIZES)
def test_real_sizes(tmp_path, task):
    plan = real_plan()
    prepare(plan.sources[task], tmp_path / task)
    assert read_json(tmp_path / task / "statistics.json")["rows"]["train"]["source"] == SIZES[task]
    assert len(read_splits(tmp_path, plan.tasks[task]).train) > 0.8 * SIZES[task]


@real
@pytest.mark.parametrize("task", TABLE7)
def test_real_sizes_and_lengths_are_the_papers(tmp_path, task):
    prepare(real_plan().sources[task], tmp_path)
    found = read_json(tmp_path / "statistics.json")
    assert (found["rows"]["train"]["source"], round(found["mean_length"], 2)) == TABLE7[task]


def put_hub(hub: Path) -> None:
    """A folder in the hub's layout: parquet files and a card that names the configurations."""
    (hub / "cola").mkdir(parents=True)
    for split in ("train", "validation"):
        frame().replace({"label": {"no": 0, "yes": 1}}).infer_objects().to_parquet(
            hub / "cola" / f"{split}-00000-of-00001.parquet"
        )
    files = "".join(f"\n  - {{split: {split}, path: cola/{split}-*}}" for split in ("train", "validation"))
    (hub / "README.md").write_text(f"---\nconfigs:\n- config_name: cola\n  data_files:{files}\n---\n")


def test_a_hub_data_set(source, tmp_path):
    hub = tmp_path / "hub"
    put_hub(hub)
    given = source(
        origin={"hub": str(hub), "config": "cola", "revision": None, "data_files": None},
        splits={"train": "train", "dev": "validation"},
    )
    splits = prepared(given, tmp_path)
    assert sizes(splits) == (94, 6, 100)
    missing = dataclasses.replace(given, splits={"train": "train", "dev": "test"})
    with pytest.raises(InputError, match=r"split test, cannot be loaded.*set data_root"):
        prepared(missing, tmp_path)


CACHED = """
import os, shutil, sys
import datasets
from gradts.cli import run

made = datasets.load_dataset_builder(sys.argv[1], "cola")
made.download_and_prepare()
cached = os.path.join(os.environ["HF_HOME"], "datasets/some___hub/cola/0.0.0", "a" * 40)
shutil.move(made.cache_dir, cached)
sys.exit(run(["prepare", "--spec", sys.argv[2], "--out", sys.argv[3]]))
"""


def test_the_commit_of_a_hub_data_set_is_told(source, tmp_path):
    """Without a network: from the cache that an earlier download has left."""
    put_hub(tmp_path / "hub")
    given = source(
        origin={"hub": "some/hub", "config": "cola", "revision": None, "data_files": None},
        splits={"train": "train", "dev": "validation"},
    )
    subprocess.run(
        [sys.executable, "-c", CACHED, tmp_path / "hub", given.to_json(), tmp_path / "out"],
        env={**os.environ, "HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1"},
        check=True,
    )
    facts = read_json(tmp_path / "out/statistics.json")
    assert facts["hub_commit"] == "a" * 40
    assert [facts["rows"][split]["source"] for split in ("train", "dev")] == [100, 100]
