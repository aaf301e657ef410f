"""Files that hold no data end in one line that names the file and the fix."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import generated_source
from tests.unit.bad_input.world import PRIMARY, one_line


def binary(path: Path) -> None:
    path.write_bytes(b"\x80\x81\x00\xff" * 9)


RAW_FILES: dict[str, tuple[str, Callable[[Path], Any], str]] = {
    "missing": ("x.csv", lambda path: None, "x.csv cannot be read: No such file … mend its path"),
    "folder": ("x.csv", Path.mkdir, "x.csv: a folder of files of one kind is needed, it holds none"),
    "empty": ("x.csv", Path.touch, "x.csv is empty"),
    "binary": ("x.csv", binary, "x.csv line 1: byte 0x80 is not of utf-8 … encoding: cp1252"),
    "ragged": (
        "x.csv",
        lambda path: path.write_text("a,b\n1,2\n1,2,3\n"),
        "x.csv line 3: 3 fields, but line 1 has 2",
    ),
    "header alone": ("x.csv", lambda path: path.write_text("text_a,text_b,label\n"), "x.csv: its 0 rows"),
    "empty parquet": ("x.parquet", Path.touch, "x.parquet cannot be read … 0 bytes"),
    "text as parquet": ("x.parquet", lambda path: path.write_text("a" * 99), "x.parquet cannot be read"),
    "no json": ("x.json", lambda path: path.write_text("{"), "x.json cannot be read"),
    "no json lines": ("x.jsonl", lambda path: path.write_text('{"a": 1}\n{"a'), "x.jsonl cannot be read"),
    "spreadsheet": ("x.xlsx", binary, "x.xlsx: unknown file type; use one of .parquet, .csv, .tsv"),
    "no suffix": ("x", binary, "x: unknown file type"),
    "pickle": ("x.pkl", binary, "x.pkl: unknown file type"),
    "conll without columns": (
        "x.conll",
        lambda path: path.write_text("a O\n"),
        "name its columns in the reg",
    ),
    "binary conllu": ("x.conllu", binary, "x.conllu line 1: byte 0x80 is not of utf-8"),
}


@pytest.mark.parametrize("name", RAW_FILES)
def test_wrong_source_files(world, capsys, tmp_path, name):
    file, write, message = RAW_FILES[name]
    write(tmp_path / file)
    files = dict.fromkeys(("train", "dev"), str(tmp_path / file))
    source = generated_source(PRIMARY, origin={"files": files})
    assert world.call("prepare", spec=source.to_json(), out=tmp_path / "out") == 1
    one_line(capsys, "prepare", message)
    assert not (tmp_path / "out").exists()
