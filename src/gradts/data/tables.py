"""How a table is read, by the kind of its file; parquet and arrow are read here."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gradts.data.delimited import read_delimited
from gradts.data.files import kind_of, read_bytes
from gradts.data.json_rows import read_json_rows
from gradts.data.table import Table
from gradts.names import InputError, shortened


def read_table(path: str, kind: str, how: Mapping[str, Any], wanted: Sequence[str]) -> Table:
    """Read a file of a kind (a key of READERS).

    `how`: the registry's `columns`, `encoding`, `separator`, `header` and `quoting`, where they are given;
    `wanted`: the columns that are asked for, which a guess must agree with. Raises InputError naming the
    file, the line and the fix.
    """
    return READERS[kind](path, how, wanted)


def as_frame(table: pa.Table) -> pd.DataFrame:
    """All columns, whatever pandas took for an index; missing ids leave the others integers."""
    return table.to_pandas(ignore_metadata=True, integer_object_nulls=True)


def _columnar(read: Callable[[pa.Buffer], pa.Table], magic: bytes | None = None) -> Callable[..., Table]:
    def reader(path: str, how: Mapping[str, Any], wanted: Sequence[str]) -> Table:
        data = read_bytes(path)
        if magic is not None and data and not data.startswith(magic):
            raise InputError(
                f"{path} cannot be read: it is no {kind_of(path)[1:]} file, it begins with "
                f"{shortened(data[:20])}; give it its right suffix or fetch it again"
            )
        try:
            table = read(pa.py_buffer(data))
        except (OSError, ValueError, pa.ArrowException) as error:
            raise InputError(
                f"{path} cannot be read, it may be damaged or cut off ({error}); fetch it again"
            ) from error
        noted = json.loads((table.schema.metadata or {}).get(b"huggingface", b"{}"))
        return Table(as_frame(table), None, noted.get("info", {}).get("features"))

    return reader


def _arrow(buffer: pa.Buffer) -> pa.Table:
    """A file or, as `datasets` writes it, a stream."""
    is_file = buffer[:6].to_pybytes() == b"ARROW1"
    with (pa.ipc.open_file if is_file else pa.ipc.open_stream)(buffer) as opened:
        return opened.read_all()


def _parquet(buffer: pa.Buffer) -> pa.Table:
    return pq.read_table(pa.BufferReader(buffer))


READERS = {
    ".parquet": _columnar(_parquet, b"PAR1"),
    ".csv": read_delimited,
    ".tsv": partial(read_delimited, usual="\t"),
    ".json": read_json_rows,
    ".jsonl": read_json_rows,
    ".ndjson": read_json_rows,
    ".arrow": _columnar(_arrow),
}
