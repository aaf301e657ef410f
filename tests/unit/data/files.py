"""Files that tests write, and the rows that are read of them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gradts.data.sources import Raw, read_source
from gradts.names import InputError
from tests.conftest import source_of

SEEN = [("a cat", "no"), ("a dog", "yes"), ("a cow", "no")]
OBJECTS = [{"text": text, "label": label} for text, label in SEEN]
LINES = "".join(json.dumps(row) + "\n" for row in OBJECTS)


def origin(path, **how) -> dict:
    return {"files": {"train": path if isinstance(path, list) else str(path)}, **how}


def read(path, text=("text",), label="label", objective="classification", **how) -> Raw:
    """One split, of a path or paths."""
    kind = {"objective": objective, "text": list(text), "label": label}
    kind["labels"] = [] if objective == "regression" else ["no", "yes"]
    source = source_of(origin=origin(path, **how), splits={"train": "train"}, dev_fraction=0.1, **kind)
    return read_source(source)[0]["train"]


def rows(raw: Raw, *columns: str) -> list[tuple]:
    return list(zip(*(raw.frame[name].tolist() for name in columns or ("text", "label")), strict=True))


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def check_read(
    folder: Path, file: str, content: str | bytes, wanted: list[tuple], how: Mapping[str, Any] | None = None
) -> None:
    """A file of this content has these rows, to the types of their values."""
    found = rows(read(put(folder, file, content), **how or {}))
    assert found == wanted, found
    assert [tuple(map(type, row)) for row in found] == [tuple(map(type, row)) for row in wanted]


def check_refused(
    folder: Path, file: str, content: str | bytes, message: str, how: Mapping[str, Any] | None = None
) -> None:
    with pytest.raises(InputError, match=message):
        read(put(folder, file, content), **how or {})
