"""Artefacts of another task, job or run are noticed before use, and what remakes them is named."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from gradts.artifacts import METADATA_KEY, write_table
from tests.unit.bad_input.world import AUXILIARY, PATHS, PRIMARY, one_line, read

Damage = Callable[[Path], Any]


def edited(change: Callable[[Any], Any]) -> Damage:
    """Changes a JSON artefact, or the columns and the record of a parquet one."""

    def damage(path: Path) -> None:
        if path.suffix == ".json":
            path.write_text(json.dumps(change(json.loads(path.read_text()))))
            return
        table = pq.read_table(path)
        record = json.loads(table.schema.metadata[METADATA_KEY])
        frame, record = change((table.to_pandas(), record))
        del record["rows"]
        write_table(path, pa.Table.from_pandas(frame, preserve_index=False), record)

    return damage


def put(**values: Any) -> Damage:
    return edited(lambda record: record | values)


def put_in_spec(**values: Any) -> Damage:
    return edited(lambda record: record | {"spec": record["spec"] | values})


def column(name: str, row: int, value: Any) -> Damage:
    def change(artefact):
        frame, record = artefact
        frame[name] = frame[name].astype(object if value is None else frame[name].dtype)
        frame.loc[row, name] = value
        return frame.infer_objects(), record

    return edited(change)


def without(name: str) -> Damage:
    return edited(lambda artefact: (artefact[0].drop(columns=name), artefact[1]))


def of_its_auxiliary(artefact):
    frame, record = artefact
    return frame, record | {"spec": record["spec"] | {"primary": record["spec"]["auxiliary"]}}


def replaced(old: str, new: str) -> Damage:
    return lambda path: path.write_text(re.sub(old, new, path.read_text()))


def swapped(mine: Path) -> None:
    """In place of an artefact, that of the other task, with all that lies beside it."""
    others = Path(str(mine).replace(PRIMARY, "\0").replace(AUXILIARY, PRIMARY).replace("\0", AUXILIARY))
    shutil.copy(others, mine)
    for name in {others.with_suffix(".json"), others.with_name("run.json")}:
        if name.exists() and name != others:
            shutil.copy(name, mine.with_name(mine.stem + ".json" if name.stem == others.stem else name.name))


def of_other_instances(path: Path) -> None:
    table = pq.read_table(path)
    place = table.schema.get_field_index("instance")
    pq.write_table(table.set_column(place, table.schema.field(place), pc.add(table["instance"], 1)), path)


OF_OTHERS = "is of tasks demo_entail, sst2, this run needs demo_accept, demo_entail"
CUT_OFF = "metrics.csv was cut off or replaced: run.json tells another sha256"
# Artefact, reader → name → damage, message.
FOREIGN: dict[tuple[str, str], dict[str, tuple[Damage, str]]] = {
    ("train", "gradients"): {
        "data of another task": (
            swapped,
            "train.parquet holds task 'demo_accept', this run needs 'demo_entail'",
        ),
        "data without labels": (without("label"), "has no column 'label'"),
    },
    ("dev", "joint"): {"data without a split": (without("split"), "has no column 'split'")},
    ("train", "joint"): {
        "a label NaN": (column("label", 0, None), "has rows without a value in column 'label'"),
        "a text that is null": (column("text_a", 3, None), "has rows without a value in column 'text_a'"),
        "a label of no class": (
            column("label", 0, 7),
            "row 0: label 7 is not among the 2 labels of task 'demo_entail'",
        ),
        "a row too few": (
            lambda path: pq.write_table(pq.read_table(path).slice(1), path),
            "has 23 rows, its record says 24",
        ),
        "no record": (
            lambda path: pq.write_table(pq.read_table(path).replace_schema_metadata(), path),
            "carries no record of how it was made",
        ),
    },
    ("importance", "correlate"): {
        "importance of another task": (
            swapped,
            "demo_entail/seed1.npy was made with spec.task. … , this run needs ",
        ),
        "importance NaN": (
            lambda path: np.save(path, np.array([[np.nan, 0, 1], [0, 0, 0]])),
            "holds values outside [0, 1] or NaN",
        ),
    },
    ("its record", "correlate"): {
        "importance of another recipe": (
            put_in_spec(seed=2),
            "demo_entail/seed1.npy was made with spec.seed = 2, this run needs 1",
        ),
    },
    ("importance", "instances"): {
        "importance of another shape": (
            lambda path: np.save(path, np.zeros((3, 3))),
            "has shape (3, 3), its record says 2 layers × 3 heads",
        ),
    },
    ("gradients", "instances"): {
        "gradients of another task": (
            swapped,
            "demo_accept/seed1.parquet was made with spec.task. … , this run needs ",
        ),
        "gradients of other instances than another seed's": (
            lambda path: of_other_instances(path.with_name("seed2.parquet")),
            "demo_accept/seed2.parquet lists other instances than seed 1's table",
        ),
    },
    ("gradients", "correlate"): {
        "gradients of another task than importance": (
            swapped,
            "demo_accept/seed1.parquet was made with spec.task. … , this run needs ",
        ),
        "gradients of other instances than the first seed's": (
            lambda path: of_other_instances(path.with_name("seed2.parquet")),
            "demo_accept/seed2.parquet lists other instances than seed 1's table",
        ),
    },
    ("correlation", "heatmap"): {
        "correlation of other tasks than its signal": (
            replaced(AUXILIARY, "sst2"),
            "intervals.csv, or the record of … toy.csv, is of other tasks",
        ),
    },
    ("correlation's record", "heatmap"): {
        "a signal that is none": (put(signal="strong"), "toy.json holds no signal"),
        "a signal without ceilings": (put(signal={"halves": "seeds"}), "toy.json holds no ceiling"),
        "ceilings of other tasks": (
            replaced(f'"{AUXILIARY}": ', '"sst2": '),
            "intervals.csv, or the record of … toy.csv, is of other tasks",
        ),
    },
    ("correlation's record", "select"): {
        "a caution that is no text": (put(caution=["x"]), "toy.json holds no caution"),
    },
    ("intervals", "heatmap"): {
        "intervals without their only row": (replaced(r".*\n\Z", ""), "intervals.csv has no rows"),
        "an end in words": (replaced(r"[^,]*\n\Z", "high\n"), "could not convert string to float: 'high'"),
        "intervals of other tasks": (
            replaced(AUXILIARY, "sst2"),
            "intervals.csv, or the record of … toy.csv, is of other tasks",
        ),
    },
    ("correlation", "select"): {
        "τ above 1": (
            replaced(r"1\.0\n", "1.7\n"),
            "demo_entail and demo_entail have 1.7, not in [-1, 1]",
        ),
        "τ in words": (replaced(r"1\.0\n", "one\n"), "could not convert string to float: 'one'"),
        "correlation of other tasks": (replaced(AUXILIARY, "sst2"), OF_OTHERS),
        "correlation under another backend": (
            lambda path: replaced('"name": "tiny"', '"name": "huge"')(path.with_suffix(".json")),
            "toy.csv was made with backend.name = 'huge', this run needs 'tiny'",
        ),
    },
    ("instances", "select gradts-fg"): {
        "τ of instances of other tasks": (
            edited(of_its_auxiliary),
            "was made with spec.primary.0.task.name = 'demo_accept', this run needs 'demo_entail'",
        ),
    },
    ("instances", "joint filtered"): {
        "τ of an instance above 1": (column("tau", 0, 7.0), "holds values outside [-1, 1]"),
        "τ of other instances": (
            column("instance", 0, 999),
            "lists other instances than the training split of 'demo_accept'",
        ),
    },
    ("embedding", "select textsim-trial"): {
        "another task's embedding": (
            swapped,
            "demo_entail.npy was made with spec.task.name = 'demo_accept', this run needs 'demo_entail'",
        ),
        "an embedding under another backend": (
            lambda path: replaced('"name": "tiny"', '"name": "huge"')(path.with_suffix(".json")),
            "demo_entail.npy was made with spec.backend.name = 'huge', this run needs 'tiny'",
        ),
        "embeddings of two widths": (
            lambda path: np.save(path, np.zeros(3)),
            "demo_accept.npy has shape (12,), not (3,)",
        ),
        "a matrix": (
            lambda path: np.save(path, np.zeros((2, 3))),
            "demo_entail.npy has shape (2, 3), not (6,)",
        ),
    },
    ("embedded", "map"): {
        "embeddings of another task": (
            swapped,
            "demo_entail.parquet was made with spec.task. … = … , this run needs ",
        ),
        "embeddings of other instances": (
            of_other_instances,
            "demo_entail.parquet lists other instances than the training split of 'demo_entail'",
        ),
    },
    ("embedded", "esm"): {
        "embeddings of instances that are none": (
            column("instance", 0, 999),
            "demo_entail.parquet lists other instances than the training split of 'demo_entail'",
        ),
    },
    ("map", "esm"): {
        "another task's map": (swapped, "demo_entail.npy was made with spec.task. … , this run needs "),
        "a map of another width": (
            lambda path: np.save(path, np.zeros((4, 3))),
            "demo_accept.parquet has vectors 12 wide, the map of 'demo_entail' 3",
        ),
    },
    ("esm", "select esm-trial"): {
        "values of other tasks": (
            replaced(AUXILIARY, "sst2"),
            "esm/tiny/toy.csv has no column 'demo_accept'",
        ),
        "an infinite value": (
            replaced("demo_entail,[^,]+,", "demo_entail,inf,"),
            "demo_accept has inf for demo_entail, no number",
        ),
    },
    ("logme", "select logme-trial"): {
        "values for other tasks": (
            replaced(PRIMARY, "sst2"),
            "is of tasks demo_accept, sst2, this run needs",
        ),
        "a value in words": (replaced(r",-[.0-9]+\n", ",low\n"), "could not convert string to float: 'low'"),
        "values under another backend": (
            lambda path: replaced('"name": "tiny"', '"name": "huge"')(path.with_suffix(".json")),
            "was made with backend.name = 'huge', this run needs 'tiny'",
        ),
    },
    ("statistics", "select heu-size"): {
        "a length NaN": (replaced(r",\d+\.\d+,", ",nan,"), "task 'demo_accept': 80 rows of mean length nan"),
        "statistics of other tasks": (replaced(AUXILIARY, "sst2"), OF_OTHERS),
    },
    ("statistics", "fact-table"): {
        "a size in words": (
            replaced(",80,", ",many,"),
            "task 'demo_accept': invalid literal for int() with base 10: 'many'",
        ),
    },
    ("metrics", "select"): {
        "a run of another task": (
            swapped,
            "run.json was made with spec.members = ['demo_accept'], this run needs ['demo_entail']",
        ),
        "metrics of another run": (replaced(PRIMARY, AUXILIARY), CUT_OFF),
        "metrics without their last row": (replaced(r".*\n\Z", ""), CUT_OFF),
    },
    ("run", "select"): {
        "a run under another backend": (
            replaced('"name": "tiny"', '"name": "huge"'),
            "run.json was made with spec.backend.name = 'huge', this run needs 'tiny'",
        ),
        "a run's record that is none": (replaced(r"(?s)\A.*\Z", "[1]"), "run.json holds no metrics_sha256"),
    },
    ("run", "stability"): {
        "a run of no seed": (put_in_spec(seed=-1), "run.json cannot be read (RunSpec.seed: "),
        "a run of other metrics": (put(metrics_sha256="x"), CUT_OFF),
    },
    ("run", "tune"): {
        "a run of another seed": (
            put_in_spec(seed=2),
            "run.json was made with spec.seed = 2, this run needs 1",
        ),
    },
    ("answer", "select gradts-fg"): {
        "another task's answer": (
            swapped,
            "was made with spec.primary.name = 'demo_accept', this run needs 'demo_entail'",
        ),
        "another suite's answer": (
            put_in_spec(suite="x"),
            "was made with spec.suite = 'x', this run needs 'toy'",
        ),
        "an answer without a set": (replaced(r"(?s)\A.*\Z", '{"x": 1}'), "holds no auxiliaries"),
        "an answer whose caution is no text": (put(caution=1), "holds no caution"),
    },
    ("threshold", "select gradts-thres"): {
        "a threshold of another grid": (
            put_in_spec(grid=[0.1]),
            "was made with spec.grid = [0.1], this run needs [{'keep': 0.2}, {'keep': 1.0}]",
        ),
        "a threshold beside the grid": (put(threshold=0.3), "threshold 0.3 is not in the grid"),
    },
    ("bandit", "select autosem-p1"): {
        "another task's bandit": (
            replaced(PRIMARY, "sst2"),
            "was made with spec.primary.name = 'sst2', this run needs 'demo_entail'",
        ),
        "a utility NaN": (
            put(utilities={PRIMARY: 0.5, AUXILIARY: float("nan")}),
            "'demo_accept' has nan, not 0 to 1",
        ),
        "a utility too few": (
            put(utilities={PRIMARY: 0.5}),
            "is of tasks demo_entail, this run needs demo_accept, demo_entail",
        ),
    },
    ("mixing", "select autosem"): {
        "a ratio in words": (
            put(ratios={PRIMARY: 1, AUXILIARY: "two"}),
            "'demo_accept' has 'two', not 0 to inf",
        ),
        "a ratio of another task": (
            put(ratios={PRIMARY: 1, "sst2": 1}),
            "has 'sst2', which is not in the suite",
        ),
        "no ratio of the primary": (put(ratios={AUXILIARY: 1}), "mixing.json has no primary task"),
        "no passes of an auxiliary": (
            put(ratios={PRIMARY: 1, AUXILIARY: 1}, passes={}),
            "ratios and passes are of other tasks",
        ),
    },
}


@pytest.mark.parametrize(
    ("kind", "reader", "name"), [(*place, name) for place, names in FOREIGN.items() for name in names]
)
def test_foreign_artefacts(copy, capsys, kind, reader, name):
    damage, message = FOREIGN[kind, reader][name]
    damage(copy.results / PATHS[kind])
    assert read(copy, reader) == 1
    one_line(capsys, reader.split()[0], f"{message} … remake it with: snakemake --cores 1 --force ")
