"""Files that tests write, and the rows that are read of them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gradts.data.sources import Raw, read_source
from gradts.names import InputError
from tests.conftest import source_of

SEEN = [("a cat", "no"), ("a dog", "yes"), ("a cow", "no")]
OBJECTS = [{"text": text, "label": label} for text, label in SEEN]
LINES = "".join(json.dumps(row) + "\n" for row in OBJECTS)
FEW_WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]


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


def text(number: int) -> str:
    """One of many texts, none of which is another."""
    return f"{FEW_WORDS[number % 8]} {FEW_WORDS[number // 8 % 8]} stands here as number {number}"


def table(labels: str, start: int = 0, **columns: Any) -> pd.DataFrame:
    """A row a letter of `labels`."""
    texts = [text(start + at) for at in range(len(labels))]
    return pd.DataFrame({"text": texts, "label": [*labels]} | columns)


def write(path: Path, rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(rows, str):
        path.write_text(rows)
    elif path.suffix == ".jsonl":
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    else:
        rows.to_csv(path, index=False, sep={".csv": ",", ".tsv": "\t"}[path.suffix])
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
