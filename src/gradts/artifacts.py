"""Files that survive: atomic writes, sidecars, and reading with checks."""

import contextlib
import csv
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from gradts.layout import sidecar
from gradts.names import InputError

if TYPE_CHECKING:  # the graph imports this module, and needs no pandas
    import pandas as pd

METADATA_KEY = b"gradts"
# What this process has read since its job began: the job's record lists it, and costs follow from that.
FILES_READ: set[str] = set()


class ArtifactError(InputError):
    """A made file is not what its reader needs; the message names it and what remakes it."""


@contextlib.contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; rename it on success, delete it on failure.

    Raises InputError where the folder cannot be written or is full.
    """
    path = Path(path)
    part = path.parent / f".{path.name}.{uuid4().hex}.part"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.touch()  # so that a folder which cannot be written says so alike to every writer
        yield part
        os.replace(part, path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def unwritable(path: str | Path, error: OSError) -> InputError:
    """What is raised where a file cannot be written, with the fix."""
    return InputError(
        f"cannot write {path}: {error.strerror or error}; "
        "make room or make the folder writable, or set results_dir to another one"
    )


@contextlib.contextmanager
def aside() -> Iterator[None]:
    """What is read within was made for others: the record of the job does not list it, nor its costs."""
    before = set(FILES_READ)
    try:
        yield
    finally:
        FILES_READ.intersection_update(before)


def write_text(path: str | Path, text: str) -> None:
    """Write a small text file atomically."""
    with atomic(path) as part:
        part.write_text(text, encoding="utf-8")


def write_json(path: str | Path, value: Any) -> None:
    """Write indented JSON atomically; NaN is refused, since JSON has none."""
    write_text(path, json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n")


def write_array(path: str | Path, array: np.ndarray, record: Mapping[str, Any]) -> None:
    """Write a `.npy` array and its sidecar."""
    with atomic(path) as part, part.open("wb") as file:
        np.save(file, array)
    write_json(sidecar(path), record)


def write_csv(path: str | Path, frame: "pd.DataFrame", record: Mapping[str, Any], **style: Any) -> None:
    """Write a CSV table and its sidecar; `style` as `DataFrame.to_csv` takes it."""
    with atomic(path) as part:
        frame.to_csv(part, **style)
    write_json(sidecar(path), {**record, "rows": len(frame)})


def write_table(path: str | Path, table: pa.Table, record: Mapping[str, Any]) -> None:
    """Write a parquet table with its record in the schema metadata."""
    text = json.dumps({**record, "rows": table.num_rows}, sort_keys=True, allow_nan=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), METADATA_KEY: text})
    with atomic(path) as part:
        pq.write_table(table, part, compression="zstd")


def remake(path: str | Path) -> str:
    """The command that makes a file anew, for error messages."""
    return f"remake it with: snakemake --cores 1 --force {path}"


@contextlib.contextmanager
def reading(path: str | Path, fix: str | None = None) -> Iterator[None]:
    """Note that the job reads a file, and explain what its format's reader raises.

    Raises ArtifactError with the `fix` (to make the file again, where None).
    """
    FILES_READ.add(str(path))
    try:
        yield
    except ArtifactError:  # it says more
        raise
    except (OSError, ValueError, EOFError, csv.Error, pa.ArrowException) as error:
        raise ArtifactError(f"{path} cannot be read ({error}); {fix or remake(path)}") from error


def read_json(path: str | Path) -> Any:
    """Read a JSON artefact; ArtifactError where it is missing or damaged."""
    with reading(path):
        return json.loads(Path(path).read_text(encoding="utf-8"))


def read_array(path: str | Path) -> tuple[np.ndarray, dict[str, Any]]:
    """Read a `.npy` array and its sidecar; ArtifactError where either is damaged."""
    with reading(path):
        return np.load(path, allow_pickle=False), read_json(sidecar(path))


def read_embedded(path: str | Path) -> dict[str, Any]:
    """The record in a parquet artefact's metadata; ArtifactError where it is damaged or not ours."""
    with reading(path):
        return _embedded(path, pq.read_schema(path))


def _embedded(path: str | Path, schema: pa.Schema) -> dict[str, Any]:
    if METADATA_KEY not in (schema.metadata or {}):
        raise ArtifactError(f"{path} carries no record of how it was made; {remake(path)}")
    return json.loads(schema.metadata[METADATA_KEY])


def read_table(path: str | Path) -> tuple[pa.Table, dict[str, Any]]:
    """Read a parquet artefact and its record; ArtifactError where it is damaged or not ours."""
    with reading(path):
        table = pq.ParquetFile(path).read()  # pq.read_table loads pandas
        record = _embedded(path, table.schema)
    if record["rows"] != table.num_rows:
        raise ArtifactError(
            f"{path} has {table.num_rows} rows, its record says {record['rows']}; {remake(path)}"
        )
    return table, record


def expect(
    path: str | Path, record: Mapping[str, Any], wanted: Mapping[str, Any], fix: str | None = None
) -> None:
    """Check a record against what its reader needs.

    `wanted` maps dotted keys (`spec.backend.name`, `spec.jobs.0.seed`) to values. Raises ArtifactError
    with the first difference and the `fix` (to make the file again, where None).
    """
    for dotted, value in wanted.items():
        found: Any = record
        for key in dotted.split("."):
            inner = dict(enumerate(found)) if isinstance(found, list) else found
            found = inner.get(int(key) if key.isdecimal() else key) if isinstance(inner, Mapping) else None
        if found != value:
            dotted, found, value = _innermost(dotted, found, value)
            raise ArtifactError(
                f"{path} was made with {dotted} = {found!r}, this run needs {value!r}; {fix or remake(path)}"
            )


def _innermost(dotted: str, found: Any, wanted: Any) -> tuple[str, Any, Any]:
    """The first value within two mappings, or lists of mappings, that differs, with its dotted key."""
    both = (found, wanted)
    if all(isinstance(one, list) and all(isinstance(inner, Mapping) for inner in one) for one in both):
        found, wanted = (dict(enumerate(values)) for values in both)
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        for key in sorted({*found, *wanted}):
            if found.get(key) != wanted.get(key):
                return _innermost(f"{dotted}.{key}", found.get(key), wanted.get(key))
    return dotted, found, wanted
