"""A model's folder as the workflow makes them, and files for it to predict."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gradts.artifacts import read_json, write_json
from gradts.specs import RunSpec, Source, Task
from tests.conftest import source_of

LENGTH = 12
FILES = {"train": "a.csv", "dev": "b.csv"}
TASKS = {
    "mood": Task("mood", "classification", ["bad", "fair", "good"], ["macro_f1", "mcc"], "mcc"),
    "same": Task("same", "classification", ["no", "yes"], ["f1"], "f1"),
    "topics": Task("topics", "multi_label", ["dog", "cat", "saw"], ["micro_f1"], "micro_f1"),
    "number": Task("number", "regression", [], ["spearman", "rmse"], "spearman"),
    "tags": Task("tags", "sequence_labelling", ["O", "B-X", "I-X"], ["token_accuracy"], "token_accuracy"),
}
TEXT = {"same": ["first", "second"], "tags": ["tokens"]}
HOW: dict[str, dict[str, Any]] = {"tags": {"columns": {"tokens": 0, "label": -1}}}
WORDS = ["the", "big", "dog", "saw", "a", "small", "cat", "unbelievably"]
PROBLEMS = {"classification": "single_label_classification", "multi_label": "multi_label_classification"}


def source(name: str, **changes: Any) -> Source:
    task = TASKS[name]
    fields = {
        "objective": task.objective,
        "labels": task.labels,
        "text": TEXT.get(name, ["text"]),
        "origin": {"files": FILES, **HOW.get(name, {})},
    }
    return source_of(name, **fields | changes)


def put_record(folder: Path, task: Task, of: Source, run: RunSpec) -> None:
    parts = {"task": task, "source": of, "run": run}
    spec = {"primary": task.name} | {key: json.loads(part.to_json()) for key, part in parts.items()}
    write_json(folder / "gradts.json", {"stage": "gradts.reporting.model", "spec": spec})


def edited(folder: Path, to: Path, **changes: Any) -> Path:
    """A copy of a model's folder whose source is another one in some fields."""
    to.mkdir()
    for path in folder.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    record = read_json(to / "gradts.json")
    record["spec"]["source"] |= changes
    write_json(to / "gradts.json", record)
    return to


def texts(count: int = 40) -> list[str]:
    """Of 1 to 9 words; those of 8 and more do not fit LENGTH with their special pieces."""
    generator = np.random.default_rng(0)
    return [" ".join(generator.choice(WORDS, generator.integers(1, 9))) for _ in range(count)]


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix in (".json", ".jsonl"):
        return pd.DataFrame([json.loads(line) for line in path.read_text().splitlines()])
    separator = {".csv": ",", ".tsv": "\t"}[path.suffix]
    return pd.read_csv(path, sep=separator, float_precision="round_trip", keep_default_na=False)


def put(path: Path, **columns: Any) -> Path:
    frame = pd.DataFrame(columns)
    if path.suffix in (".csv", ".gz"):
        frame.to_csv(path, index=False)
    elif path.suffix == ".jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_parquet(path)
    return path
