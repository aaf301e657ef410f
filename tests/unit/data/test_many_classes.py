"""A task of many small classes."""

import csv

import pandas as pd
import pyarrow.parquet as pq

from gradts.data.prepare import cap, prepare
from tests.conftest import source_of


def test_classes_of_five_rows_are_on_both_sides(tmp_path):
    """A tenth of 750 rows would miss half of the 150 classes: a row of each of those is moved."""
    names = [f"c{number}" for number in range(150)]
    for split, count in (("train", 5), ("dev", 2)):
        with open(tmp_path / f"{split}.csv", "w", newline="") as file:
            rows = [(f"row {row} of {name}", name) for row in range(count) for name in names]
            csv.writer(file).writerows([("text", "label"), *rows])
    files = {split: str(tmp_path / f"{split}.csv") for split in ("train", "dev")}
    prepare(source_of(origin={"files": files}, labels=names), tmp_path / "made")
    made = {split: pq.read_table(tmp_path / f"made/{split}.parquet") for split in ("train", "select", "dev")}
    rows = [
        (row["text_a"].split()[-1], names[row["label"]])
        for table in made.values()
        for row in table.to_pylist()
    ]
    assert len(rows) == 150 * 7
    assert all(text == name for text, name in rows)
    for split in ("train", "select"):
        assert {*made[split]["label"].to_pylist()} == {*range(150)}
    assert 150 <= len(made["select"]) <= 190  # one of each, and the few more of a random tenth


def test_a_single_row_of_a_class_leaves_the_cap_stratified():
    rows = pd.DataFrame({"instance": range(1000), "label": [0] * 900 + [1] * 99 + [2]})
    kept = cap(rows, 100, source_of(labels=["a", "b", "c"]))
    assert len(kept) == 100
    assert (kept["label"] == 1).sum() == 10
