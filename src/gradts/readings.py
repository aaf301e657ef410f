"""Readers of the small artefacts that selections rest on. The workflow reads them, too: nothing heavy."""

import csv
import io
import math
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gradts.artifacts import ArtifactError, expect, read_array, read_json, read_table, reading, remake
from gradts.layout import inside, sidecar
from gradts.provenance import digest, provenance
from gradts.specs import MEASURES, MULTI_LABEL, REGRESSION, TAGGING, Task


def read_rows(path: str | Path, columns: Collection[str], fix: str | None = None) -> list[dict[str, str]]:
    """The rows of a CSV file that has at least these columns.

    Raises ArtifactError, with the `fix` (to make the file again, where None), where it is missing, empty
    (unless its record says so), cut off, or of another kind.
    """
    with reading(path, fix):
        # Line ends as they are: a carriage return inside a quoted cell is part of it.
        text = Path(path).read_bytes().decode()
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        rows, found = list(reader), reader.fieldnames or []
    # Only a record can say that there is nothing to tell.
    count = provenance(path).get("rows") if sidecar(path).exists() else len(rows) or None
    missing = [column for column in columns if column not in found]
    if not rows and count != 0:
        reason = "has no rows"
    elif missing:
        reason = f"has no column '{missing[0]}'"
    elif not text.endswith("\n") or any(None in row or None in row.values() for row in rows):
        reason = f"is cut off after {len(rows)} rows"
    elif count != len(rows):
        reason = f"has {len(rows)} rows, its record says {count}"
    else:
        return rows
    raise ArtifactError(f"{path} {reason}; {fix or remake(path)}")


def read_facts(path: str | Path, kinds: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON artefact that holds the keys of `kinds`, each of its kind.

    Raises ArtifactError where the file is damaged, holds no such thing, or was made for another purpose
    than `wanted` (see `expect`).
    """
    record = read_json(path)
    check_facts(path, record, kinds)
    expect(path, record, wanted)
    return record


def check_facts(path: str | Path, record: Any, kinds: Mapping[str, Any]) -> None:
    """Raise ArtifactError where a file's record lacks one of these keys, or holds another kind under it."""
    for key, kind in kinds.items():
        if not isinstance(record, dict) or not isinstance(record.get(key), kind):
            raise ArtifactError(f"{path} holds no {key}; {remake(path)}")


def read_finding(path: str | Path) -> str:
    """What a figure's record says that it shows, in reStructuredText; empty where it says nothing."""
    return str(read_json(path).get("finding") or "").replace("`", "``")


def read_numbers(
    path: str | Path, key: str, wanted: Mapping[str, Any], low: float, high: float
) -> dict[str, Any]:
    """Task → number of a JSON artefact, such as a bandit's utilities; ArtifactError for one out of bounds."""
    found = read_facts(path, {key: dict}, wanted)[key]
    for task, value in found.items():
        if not isinstance(value, int | float) or not low <= value <= high:
            raise ArtifactError(f"{path}: '{task}' has {value!r}, not {low} to {high}; {remake(path)}")
    return found


def read_correlation(path: str | Path, backend: str | None = None) -> dict[str, dict[str, float]]:
    """Task → task → τ-b, or another measure, of a correlation CSV.

    Raises ArtifactError where the file is missing, damaged, not a square of the same names, or holds
    a value out of bounds, or (unless None) is of another backend. An empty cell is a task without a ranking:
    NaN.
    """
    rows = _read_matrix(path)
    if any(list(row) != list(rows) for row in rows.values()):
        raise ArtifactError(f"{path} is no square matrix of tasks; {remake(path)}")
    for task, row in rows.items():
        for other, tau in row.items():
            if abs(tau) > 1 + 1e-9:  # NaN is not
                raise ArtifactError(f"{path}: {task} and {other} have {tau}, not in [-1, 1]; {remake(path)}")
    if backend is not None and sidecar(path).exists():
        for spec in read_facts(sidecar(path), {"spec": dict}, {})["spec"].get("jobs", []):
            expect(path, spec, {"backend.name": backend})
    return rows


def _read_matrix(path: str | Path, columns: Iterable[str] = ()) -> dict[str, dict[str, float]]:
    """Task → column → value of a CSV, which has at least these `columns`; an empty cell is NaN."""
    with reading(path):
        return {
            row.pop("task"): {name: float(value or "nan") for name, value in row.items()}
            for row in read_rows(path, ["task", *columns])
        }


# What a suite's signal holds, of what readers show.
SIGNAL = {"halves": str, "ceiling": dict}
SIGNAL |= dict.fromkeys(("matrices_correlate", "nearest_agrees", "nearest_by_chance"), float | int | None)


def read_signal(path: str | Path) -> tuple[dict[str, Any] | None, str | None]:
    """The signal of a correlation CSV, and what must be said wherever its ranking is used (docs/signal.md).

    Both None of a matrix without a record, whose signal nobody measured; ArtifactError of a damaged one.
    """
    record = sidecar(path)
    if not record.exists():
        return None, None
    found = read_facts(record, {"signal": dict | None, "caution": str | None}, {})
    if found.get("signal"):
        check_facts(record, found["signal"], SIGNAL)
    return found.get("signal"), found.get("caution")


def read_measure(path: str | Path) -> str:
    """Which of MEASURES a correlation CSV holds; that of a matrix without a record is τ, the paper's."""
    record = sidecar(path)
    spec = read_facts(record, {"spec": dict}, {})["spec"] if record.exists() else {}
    measure = spec.get("measure", "tau")
    if measure not in MEASURES:
        raise ArtifactError(f"{record}: {measure!r} is no measure of {', '.join(MEASURES)}; {remake(path)}")
    return measure


def read_intervals(path: str | Path) -> dict[tuple[str, str], tuple[float, float]]:
    """Both ends of every pair of tasks' interval; ArtifactError where the file is damaged."""
    with reading(path):
        return {
            (row["task"], row["other"]): (float(row["low"] or "nan"), float(row["high"] or "nan"))
            for row in read_rows(path, ["task", "other", "low", "high"])
        }


def read_embeddings(paths: Mapping[str, str | Path], backend: str) -> dict[str, np.ndarray]:
    """Task → its mean embedding [width], NaN where it has none; `paths`: task → its file.

    Raises ArtifactError where a file is damaged, of another task or backend, no vector as long as the others,
    or where files were made unlike (`check_alike`).
    """
    known: Known = {}
    found: dict[str, np.ndarray] = {}
    for task, path in paths.items():
        vector, record = read_array(path)
        expect(path, record, {"spec.task.name": task, "spec.backend.name": backend})
        check_alike(known, path, record)
        width = next((len(other) for other in found.values()), vector.size)
        if vector.shape != (width,):
            raise ArtifactError(f"{path} has shape {vector.shape}, not ({width},); {remake(path)}")
        found[task] = vector
    return found


class TaskStatistics(NamedTuple):
    """A task's training instances, mean sentence length and declared type (paper's Table 7)."""

    rows: int
    mean_length: float
    type: str | None


def read_statistics(path: str | Path) -> dict[str, TaskStatistics]:
    """Read a suite's statistics; ArtifactError where the file is missing or damaged."""
    facts = {}
    for row in read_rows(path, ["task", "train", "mean_length", "type"]):
        try:
            one = TaskStatistics(int(row["train"]), float(row["mean_length"]), row["type"] or None)
            if one.rows < 1 or not 0 < one.mean_length < math.inf:
                raise ValueError(f"{one.rows} rows of mean length {one.mean_length}")
        except ValueError as error:
            raise ArtifactError(f"{path}, task '{row['task']}': {error}; {remake(path)}") from error
        facts[row["task"]] = one
    return facts


def read_answer(path: str | Path, backend: str, suite: str, method: str, primary: str) -> dict[str, Any]:
    """A method's answer for a primary task: `auxiliaries` (task → share), `members`, and why.

    `caution`, `undecided`: what must be said of its ranking and of its evidence, if anything.
    Raises ArtifactError where the file is damaged or another answer.
    """
    fields = {"backend": backend, "suite": suite, "method": method, "primary.name": primary}
    wanted = {f"spec.{key}": value for key, value in fields.items()}
    kinds = {"auxiliaries": dict, "members": list, "caution": str | None, "undecided": str | None}
    return read_facts(path, kinds, wanted)


def check_run(metrics: str | Path, backend: str, members: list[str], seed: int) -> dict[str, Any] | None:
    """Check that `metrics.csv` is the one of its `run.json`, and that of the run that is meant.

    The run's record; None where there are no metrics, which their reader says.
    """
    path = inside(Path(metrics).parent, "run")
    if not Path(metrics).exists():
        return None
    wanted = {"spec.backend.name": backend, "spec.members": members, "spec.seed": seed}
    record = read_facts(path, {"metrics_sha256": str}, wanted)
    if digest(metrics) != record["metrics_sha256"]:
        raise ArtifactError(
            f"{metrics} was cut off or replaced: {path.name} tells another sha256; {remake(metrics)}"
        )
    return record


def _as_labels(task: Task, listed: Iterable[Iterable[float]]) -> list[Any]:
    """Labels or answers that a run keeps as lists of numbers, in the form of the task's labels."""
    kind = float if task.objective == REGRESSION else int
    rows = [[*map(kind, row)] for row in listed]
    return rows if task.objective in (MULTI_LABEL, TAGGING) else [row[0] for row in rows]


class Answers(NamedTuple):
    """What a run answers on a split, by the split's instances."""

    instances: list[int]
    labels: list[Any]
    answers: list[Any]


def read_answers(
    path: str | Path, task: Task, splits: Collection[str], wanted: Mapping[str, Any]
) -> dict[str, Answers]:
    """Split → a task's rows of `predictions.parquet`: of its best epoch on the selection split.

    Of `splits` those that the run answers, none where the training diverged at once. ArtifactError where
    the file is damaged, or another than is `wanted` (see `expect`).
    """
    table, record = read_table(path)
    expect(path, record, wanted)
    found: dict[str, Answers] = {}
    with reading(path):
        places = [*zip(table["task"].to_pylist(), table["split"].to_pylist(), strict=True)]
        for split in splits:
            if count := places.count(mine := (task.name, split)):
                rows = table.slice(places.index(mine), count)  # written together; filtering would load pandas
                instances, *both = (rows[name].to_pylist() for name in ("instance", "label", "prediction"))
                found[split] = Answers(instances, *(_as_labels(task, of) for of in both))
    return found


# What specifications leave to the moment and the machine, and must not be mixed → what to do.
ALIKE = {
    "hub_commit": "set the backend's revision in its registry to one of them",
    "precision": "set training.precision to one of them",
    "gradient_precision": "set gradients.precision to one of them",
}
# Of these, what the first file that told it was made with: key → file, value.
Known = dict[str, tuple[str | Path, str]]


def check_alike(known: Known, path: str | Path, record: Mapping[str, Any]) -> None:
    """Raise ArtifactError where files that are compared with each other were made unlike (see `ALIKE`).

    `known` begins empty and is filled in. What a record does not tell is no difference.
    """
    for key, fix in ALIKE.items():
        if (value := record.get(key)) is not None:
            first, theirs = known.setdefault(key, (path, value))
            if value != theirs:
                raise ArtifactError(
                    f"{first} was made with {key} = {theirs!r}, {path} with {value!r}, and one decision or "
                    f"table is to rest on both; {fix}, or delete one and make it anew as the other"
                )


def read_values(
    path: str | Path, backend: str, candidates: Collection[str], known: Known
) -> dict[str, dict[str, float]]:
    """Task → candidate → the candidate's value for it, NaN where it has none (see transfer.esm).

    Raises ArtifactError where the file is damaged, of another backend or without one of these candidates, or
    was made unlike those in `known` (`check_alike`).
    """
    rows = _read_matrix(path, candidates)
    record = read_facts(sidecar(path), {"spec": dict}, {})
    for one in record["spec"].get("jobs", []):
        expect(path, one, {"backend.name": backend})
    check_alike(known, path, record)
    for task, row in rows.items():
        for other, value in row.items():
            if math.isinf(value):
                raise ArtifactError(f"{path}: {other} has {value} for {task}, no number; {remake(path)}")
    return rows
