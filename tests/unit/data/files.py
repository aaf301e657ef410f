"""Files that tests write, and the rows that are read of them."""

from pathlib import Path

from gradts.data.sources import Raw, read_source
from tests.conftest import source_of


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
