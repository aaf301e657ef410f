"""Files that survive: atomic writes, sidecars, code digests, and reading with checks."""

import ast
import contextlib
import hashlib
import importlib.util
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from gradts.specs import InputError

METADATA_KEY = b"gradts"
PACKAGES = ("gradts", "torch", "transformers", "tokenizers", "numpy", "pandas", "scikit-learn")
# Floor 0 spells specs and files; a change of meaning there shows in params or in the readers' checks.
NOT_DIGESTED = frozenset({"gradts.specs", "gradts.artifacts"})


class ArtifactError(InputError):
    """A made file is not what its reader needs; the message names it and what remakes it."""


# ---------------------------------------------------------------------------------------- writing


@contextlib.contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; rename it on success, delete it on failure.

    Raises InputError where the folder cannot be written or is full.
    """
    path = Path(path)
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
        part = Path(name)
        yield part
        # mkstemp makes private files; artefacts follow the user's umask like any other file.
        umask = os.umask(0)
        os.umask(umask)
        part.chmod(0o666 & ~umask)
        os.replace(part, path)
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror or error}; "
            "make room or make the folder writable, or set results_dir to another one"
        ) from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


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


def write_table(path: str | Path, table: pa.Table, record: Mapping[str, Any]) -> None:
    """Write a parquet table with its record in the schema metadata."""
    text = json.dumps({**record, "rows": table.num_rows}, sort_keys=True, allow_nan=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), METADATA_KEY: text})
    with atomic(path) as part:
        pq.write_table(table, part, compression="zstd")


def sidecar(path: str | Path) -> Path:
    """`a/b.npy` has its record in `a/b.json`."""
    return Path(path).with_suffix(".json")


# ---------------------------------------------------------------------------------------- reading


def remake(path: str | Path) -> str:
    """The command that makes a file anew, for error messages."""
    return f"remake it with: snakemake --cores 1 --force {path}"


def read_json(path: str | Path) -> Any:
    """Read a JSON artefact; ArtifactError where it is missing or damaged."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{path} cannot be read ({error}); {remake(path)}") from error


def read_array(path: str | Path) -> tuple[np.ndarray, dict[str, Any]]:
    """Read a `.npy` array and its sidecar; ArtifactError where either is damaged."""
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ArtifactError(f"{path} cannot be read ({error}); {remake(path)}") from error
    return array, read_json(sidecar(path))


def read_table(path: str | Path) -> tuple[pa.Table, dict[str, Any]]:
    """Read a parquet artefact and its record; ArtifactError where it is damaged or not ours."""
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise ArtifactError(f"{path} cannot be read ({error}); {remake(path)}") from error
    text = (table.schema.metadata or {}).get(METADATA_KEY)
    if text is None:
        raise ArtifactError(f"{path} carries no record of how it was made; {remake(path)}")
    record = json.loads(text)
    if record["rows"] != table.num_rows:
        raise ArtifactError(
            f"{path} has {table.num_rows} rows, its record says {record['rows']}; {remake(path)}"
        )
    return table, record


def digest(path: str | Path) -> str:
    """The sha256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def provenance(path: str | Path) -> dict[str, Any]:
    """How a file was made: a sidecar, or the metadata of a parquet file without its rows."""
    if Path(path).suffix != ".parquet":
        return read_json(path)
    try:
        return json.loads((pq.read_schema(path).metadata or {})[METADATA_KEY])
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise ArtifactError(f"{path} cannot be read ({error!r}); {remake(path)}") from error


def expect(
    path: str | Path, record: Mapping[str, Any], wanted: Mapping[str, Any], fix: str | None = None
) -> None:
    """Check a record against what its reader needs.

    `wanted` maps dotted keys (`spec.backend.name`) to values. Raises ArtifactError with the first
    difference and the `fix` (to make the file again, where None).
    """
    for dotted, value in wanted.items():
        found: Any = record
        for key in dotted.split("."):
            found = found.get(key) if isinstance(found, Mapping) else None
        if found != value:
            dotted, found, value = _innermost(dotted, found, value)
            raise ArtifactError(
                f"{path} was made with {dotted} = {found!r}, this run needs {value!r}; {fix or remake(path)}"
            )


def _innermost(dotted: str, found: Any, wanted: Any) -> tuple[str, Any, Any]:
    """The first value within two mappings that differs, with its dotted key."""
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        for key in sorted({*found, *wanted}):
            if found.get(key) != wanted.get(key):
                return _innermost(f"{dotted}.{key}", found.get(key), wanted.get(key))
    return dotted, found, wanted


# ------------------------------------------------------------------------------------- provenance


class Job:
    """Describes a job in the sidecars of what it makes; costs count from the start of the process."""

    def __init__(self, stage: str, spec: Mapping[str, Any]) -> None:
        self.stage, self.spec = stage, spec

    def record(self, device: str = "cpu", **facts: Any) -> dict[str, Any]:
        """Spec, code, versions, device and cost so far, with further facts of the stage."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        if device.startswith("cuda"):
            import torch

            peak = torch.cuda.max_memory_allocated()
        return {
            "stage": self.stage,
            "spec": self.spec,
            "code": code_digest(self.stage),
            "packages": versions(),
            "git_commit": git_commit(),
            "device": device,
            "wall_seconds": round(time.time() - psutil.Process().create_time(), 3),
            "cpu_seconds": round(time.process_time(), 3),
            "peak_memory_bytes": int(peak),
            **facts,
        }


@cache
def versions() -> dict[str, str]:
    """Versions of Python and of the packages that can change a result."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found


@cache
def git_commit() -> str | None:
    """The commit of the checkout that this library is run from, None outside of one."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


@cache
def code_digest(module: str) -> str:
    """Digest of a module and all gradts modules it imports, taken over their syntax trees.

    Comments, docstrings and layout do not count, so that only a change of logic changes it. Imports
    inside functions are not followed: what only some jobs need, their rules digest as well.
    """
    trees: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in trees or name in NOT_DIGESTED:
            continue
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise InputError(f"'{name}' is no module of gradts")
        tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
        waiting += _imports(tree)
        trees[name] = ast.dump(_without_docstrings(tree))
    text = "\n".join(f"{name} {trees[name]}" for name in sorted(trees))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _imports(tree: ast.Module) -> list[str]:
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    ours = (name for name in names if name.startswith("gradts."))
    return [name for name in ours if _is_module(name)]


def _is_module(name: str) -> bool:
    path = Path(__file__).parent.joinpath(*name.split(".")[1:])
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return tree


def progress(**options: Any) -> Any:
    """A tqdm bar that is lively on a terminal and quiet in a log file; one for several processes of a run."""
    from tqdm import tqdm

    interval = 0.2 if sys.stderr.isatty() else 10.0
    silent = os.environ.get("RANK", "0") != "0"
    return tqdm(mininterval=interval, dynamic_ncols=True, disable=silent, **options)
