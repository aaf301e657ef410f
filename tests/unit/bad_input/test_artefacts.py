"""Damaged and foreign artefacts are noticed before use, and the command that remakes them is named."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gradts.artifacts import METADATA_KEY, write_table
from tests.unit.bad_input.world import (
    AUXILIARY,
    PATHS,
    PRIMARY,
    World,
    one_line,
    remade,
)

# What reads an artefact: a sub-command, or one with another method or member.
READERS = {
    "train": ["gradients", "joint", "bandit", "mixing", "table"],
    "dev": ["joint"],
    "importance": ["correlate", "instances", "figure3"],
    "its record": ["correlate", "instances", "costs"],
    "gradients": ["instances"],
    "correlation": ["select", "tune", "figure4"],
    "instances": ["select gradts-fg", "joint filtered"],
    "statistics": ["select heu-size", "fact-table"],
    "size": ["statistics"],
    "metrics": ["select", "tune"],
    "run": ["costs"],
    "answer": ["select gradts-fg", "table", "chosen-sets"],
    "threshold": ["select gradts-thres"],
    "bandit": ["select autosem-p1"],
    "mixing": ["select autosem"],
    "ledger": ["cost-table"],
}
READ = [(kind, reader) for kind, readers in READERS.items() for reader in readers]


def read(world: World, reader: str, **changes: Any) -> int:
    command, _, variant = reader.partition(" ")
    if command == "joint" and variant:
        changes["spec"] = replace(world.run, members=[f"{AUXILIARY}@{PRIMARY}-0.1", PRIMARY]).to_json()
    elif variant == "gradts-thres":
        changes["spec"] = world.thres.to_json()
    elif variant:
        changes["spec"] = replace(world.selection, method=variant, threshold=0.0).to_json()
    return world.call(command, **changes)


TRAINING = ("gradients", "joint", "bandit", "mixing")  # the fixture has shown that these read what is whole


@pytest.mark.parametrize("reader", sorted({reader for _, reader in READ}.difference(TRAINING)))
def test_what_is_whole_is_read(copy, reader):
    assert read(copy, reader) == 0


@pytest.mark.parametrize(("kind", "reader"), READ)
@pytest.mark.parametrize("damage", ["removed", "emptied", "cut in half", "zeros"])
def test_damaged_artefacts(copy, capsys, kind, reader, damage):
    path = copy.results / PATHS[kind]
    whole = path.read_bytes()
    path.unlink()
    if damage != "removed":
        size = len(whole)
        path.write_bytes({"emptied": b"", "cut in half": whole[: size // 2], "zeros": bytes(size)}[damage])
    assert read(copy, reader) == 1
    one_line(capsys, reader.split()[0], f"{path} … {remade(kind, copy)}")


@pytest.mark.parametrize(("kind", "reader"), [one for one in READ if PATHS[one[0]].endswith(".json")])
@pytest.mark.parametrize("text", ["{}", "[]", '"text"', '{"spec": 1}'])
def test_json_of_another_kind(copy, capsys, kind, reader, text):
    path = copy.results / PATHS[kind]
    path.write_text(text)
    assert read(copy, reader) == 1
    one_line(capsys, reader.split()[0], f"{path.with_suffix('')}. … remake it with: snakemake")


@pytest.mark.parametrize(
    "kind", [kind for kind in PATHS if PATHS[kind].endswith(".csv") and kind != "metrics"]
)
@pytest.mark.parametrize("reader", [0, -1])
def test_tables_without_their_last_row(copy, capsys, kind, reader):
    path, command = copy.results / PATHS[kind], READERS[kind][reader]
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    assert read(copy, command) == 1
    one_line(capsys, command.split()[0], f"{path} has … rows, its record says … {remade(kind, copy)}")


def edited(path: Path, change: Callable[[Any], Any]) -> None:
    """Change a JSON artefact, or the columns or the record of a parquet one."""
    if path.suffix == ".json":
        path.write_text(json.dumps(change(json.loads(path.read_text()))))
        return
    table = pq.read_table(path)
    record = json.loads(table.schema.metadata[METADATA_KEY])
    frame, record = change((table.to_pandas(), record))
    del record["rows"]
    write_table(path, pa.Table.from_pandas(frame, preserve_index=False), record)


def put(values: dict[str, Any]) -> Callable[[Any], Any]:
    return lambda record: {**record, **values}


def column(name: str, row: int, value: Any) -> Callable[[Any], Any]:
    def change(artefact):
        frame, record = artefact
        frame[name] = frame[name].astype(object if value is None else frame[name].dtype)
        frame.loc[row, name] = value
        return frame.infer_objects(), record

    return change


def without(name: str) -> Callable[[Any], Any]:
    return lambda artefact: (artefact[0].drop(columns=name), artefact[1])


def swapped(world: World, kind: str) -> None:
    """In place of an artefact, that of the other task, with all that lies beside it."""
    mine = world.results / PATHS[kind]
    others = Path(str(mine).replace(PRIMARY, "\0").replace(AUXILIARY, PRIMARY).replace("\0", AUXILIARY))
    shutil.copy(others, mine)
    for name in {others.with_suffix(".json"), others.with_name("run.json")}:
        if name.exists() and name != others:
            shutil.copy(name, mine.with_name(mine.stem + ".json" if name.stem == others.stem else name.name))


# Artefact, reader, damage, message.
FOREIGN: dict[str, tuple[str, str, Callable[[World, Path], Any], str]] = {
    "data of another task": (
        "train",
        "gradients",
        lambda w, p: swapped(w, "train"),
        "train.parquet holds task 'demo_accept', this run needs 'demo_entail'",
    ),
    "data without labels": (
        "train",
        "gradients",
        lambda w, p: edited(p, without("label")),
        "has no column 'label'",
    ),
    "data without a split": (
        "dev",
        "joint",
        lambda w, p: edited(p, without("split")),
        "has no column 'split'",
    ),
    "a label NaN": (
        "train",
        "joint",
        lambda w, p: edited(p, column("label", 0, None)),
        "has rows without a value in column 'label'",
    ),
    "a text that is null": (
        "train",
        "joint",
        lambda w, p: edited(p, column("text_a", 3, None)),
        "has rows without a value in column 'text_a'",
    ),
    "a label of no class": (
        "train",
        "joint",
        lambda w, p: edited(p, column("label", 0, 7)),
        "row 0: label 7 is not among the 2 labels of task 'demo_entail'",
    ),
    "a row too few": (
        "train",
        "joint",
        lambda w, p: pq.write_table(pq.read_table(p).slice(1), p),
        "has 23 rows, its record says 24",
    ),
    "no record": (
        "train",
        "joint",
        lambda w, p: pq.write_table(pq.read_table(p).replace_schema_metadata(), p),
        "carries no record of how it was made",
    ),
    "importance of another task": (
        "importance",
        "correlate",
        lambda w, p: swapped(w, "importance"),
        "demo_entail.npy was made with spec.task. … , this run needs ",
    ),
    "importance of another recipe": (
        "its record",
        "correlate",
        lambda w, p: edited(p, lambda record: put({"spec": {**record["spec"], "seed": 2}})(record)),
        "demo_entail.npy was made with spec.seed = 2, this run needs 1",
    ),
    "importance NaN": (
        "importance",
        "correlate",
        lambda w, p: np.save(p, np.array([[np.nan, 0, 1], [0, 0, 0]])),
        "holds values outside [0, 1] or NaN",
    ),
    "importance of another shape": (
        "importance",
        "instances",
        lambda w, p: np.save(p, np.zeros((3, 3))),
        "has shape (3, 3), its record says 2 layers × 3 heads",
    ),
    "gradients of another task": (
        "gradients",
        "instances",
        lambda w, p: swapped(w, "gradients"),
        "demo_accept.parquet was made with spec.task. … , this run needs ",
    ),
    "τ above 1": (
        "correlation",
        "select",
        lambda w, p: p.write_text(p.read_text().replace("1.0\n", "1.7\n")),
        "τ of demo_entail and demo_entail is 1.7, not in [-1, 1]",
    ),
    "τ in words": (
        "correlation",
        "select",
        lambda w, p: p.write_text(p.read_text().replace("1.0\n", "one\n")),
        "could not convert string to float: 'one'",
    ),
    "correlation of other tasks": (
        "correlation",
        "select",
        lambda w, p: p.write_text(p.read_text().replace(AUXILIARY, "sst2")),
        "is of tasks demo_entail, sst2, this run needs demo_accept, demo_entail",
    ),
    "correlation under another backend": (
        "correlation",
        "select",
        lambda w, p: p.with_suffix(".json").write_text(
            p.with_suffix(".json").read_text().replace('"name": "tiny"', '"name": "huge"')
        ),
        "toy.csv was made with backend.name = 'huge', this run needs 'tiny'",
    ),
    "τ of instances of other tasks": (
        "instances",
        "select gradts-fg",
        lambda w, p: edited(
            p, lambda a: (a[0], {**a[1], "spec": {**a[1]["spec"], "primary": a[1]["spec"]["auxiliary"]}})
        ),
        "was made with spec.primary.task.name = 'demo_accept', this run needs 'demo_entail'",
    ),
    "τ of an instance above 1": (
        "instances",
        "joint filtered",
        lambda w, p: edited(p, column("tau", 0, 7.0)),
        "holds values outside [-1, 1]",
    ),
    "τ of other instances": (
        "instances",
        "joint filtered",
        lambda w, p: edited(p, column("instance", 0, 999)),
        "lists other instances than the training split of 'demo_accept'",
    ),
    "a length NaN": (
        "statistics",
        "select heu-size",
        lambda w, p: p.write_text(re.sub(r",\d+\.\d+,", ",nan,", p.read_text())),
        "task 'demo_accept': 80 rows of mean length nan",
    ),
    "a size in words": (
        "statistics",
        "fact-table",
        lambda w, p: p.write_text(p.read_text().replace(",80,", ",many,")),
        "task 'demo_accept': invalid literal for int() with base 10: 'many'",
    ),
    "statistics of other tasks": (
        "statistics",
        "select heu-size",
        lambda w, p: p.write_text(p.read_text().replace(AUXILIARY, "sst2")),
        "is of tasks demo_entail, sst2, this run needs demo_accept, demo_entail",
    ),
    "a run of another task": (
        "metrics",
        "select",
        lambda w, p: swapped(w, "metrics"),
        "run.json was made with spec.members = ['demo_accept'], this run needs ['demo_entail']",
    ),
    "metrics of another run": (
        "metrics",
        "select",
        lambda w, p: p.write_text(p.read_text().replace(PRIMARY, AUXILIARY)),
        "metrics.csv was cut off or replaced: run.json tells another sha256",
    ),
    "metrics without their last row": (
        "metrics",
        "select",
        lambda w, p: p.write_text("".join(p.read_text().splitlines(keepends=True)[:-1])),
        "metrics.csv was cut off or replaced: run.json tells another sha256",
    ),
    "a run under another backend": (
        "run",
        "select",
        lambda w, p: p.write_text(p.read_text().replace('"name": "tiny"', '"name": "huge"')),
        "run.json was made with spec.backend.name = 'huge', this run needs 'tiny'",
    ),
    "a run of another seed": (
        "run",
        "tune",
        lambda w, p: edited(p, lambda record: put({"spec": {**record["spec"], "seed": 2}})(record)),
        "run.json was made with spec.seed = 2, this run needs 1",
    ),
    "a run's record that is none": (
        "run",
        "select",
        lambda w, p: p.write_text("[1]"),
        "run.json holds no metrics_sha256",
    ),
    "another task's answer": (
        "answer",
        "select gradts-fg",
        lambda w, p: swapped(w, "answer"),
        "was made with spec.primary.name = 'demo_accept', this run needs 'demo_entail'",
    ),
    "another suite's answer": (
        "answer",
        "select gradts-fg",
        lambda w, p: edited(p, lambda record: put({"spec": {**record["spec"], "suite": "x"}})(record)),
        "was made with spec.suite = 'x', this run needs 'toy'",
    ),
    "an answer without a set": (
        "answer",
        "select gradts-fg",
        lambda w, p: p.write_text('{"x": 1}'),
        "holds no auxiliaries",
    ),
    "a threshold of another grid": (
        "threshold",
        "select gradts-thres",
        lambda w, p: edited(p, lambda record: put({"spec": {**record["spec"], "grid": [0.1]}})(record)),
        "was made with spec.grid = [0.1], this run needs [{'keep': 0.2}, {'keep': 1.0}]",
    ),
    "a threshold beside the grid": (
        "threshold",
        "select gradts-thres",
        lambda w, p: edited(p, put({"threshold": 0.3})),
        "threshold 0.3 is not in the grid",
    ),
    "another task's bandit": (
        "bandit",
        "select autosem-p1",
        lambda w, p: p.write_text(p.read_text().replace(PRIMARY, "sst2")),
        "was made with spec.primary.name = 'sst2', this run needs 'demo_entail'",
    ),
    "a utility NaN": (
        "bandit",
        "select autosem-p1",
        lambda w, p: edited(p, put({"utilities": {PRIMARY: 0.5, AUXILIARY: float("nan")}})),
        "'demo_accept' has nan, not 0 to 1",
    ),
    "a utility too few": (
        "bandit",
        "select autosem-p1",
        lambda w, p: edited(p, put({"utilities": {PRIMARY: 0.5}})),
        "is of tasks demo_entail, this run needs demo_accept, demo_entail",
    ),
    "a ratio in words": (
        "mixing",
        "select autosem",
        lambda w, p: edited(p, put({"ratios": {PRIMARY: 1, AUXILIARY: "two"}})),
        "'demo_accept' has 'two', not 0 to inf",
    ),
    "a ratio of another task": (
        "mixing",
        "select autosem",
        lambda w, p: edited(p, put({"ratios": {PRIMARY: 1, "sst2": 1}})),
        "has 'sst2', which is not in the suite",
    ),
    "no ratio of the primary": (
        "mixing",
        "select autosem",
        lambda w, p: edited(p, put({"ratios": {AUXILIARY: 1}})),
        "mixing.json has no primary task",
    ),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_artefacts(copy, capsys, name):
    kind, reader, damage, message = FOREIGN[name]
    damage(copy, copy.results / PATHS[kind])
    assert read(copy, reader) == 1
    one_line(capsys, reader.split()[0], f"{message} … remake it with: snakemake --cores 1 --force ")
