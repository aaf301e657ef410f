"""How predictions are shown and written: a row an instance, as text, JSON or parquet."""

import contextlib
import csv
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor

from gradts.data.objectives import OBJECTIVES
from gradts.models.objectives import OUTPUTS
from gradts.specs import CLASSIFICATION, MULTI_LABEL, REGRESSION, TAGGING, Task
from gradts.training.metrics import NO_WORD

# Objective → what a prediction is, and what joins several of a row in a table of text.
KINDS = {
    CLASSIFICATION: (pa.string(), ""),
    MULTI_LABEL: (pa.list_(pa.string()), "; "),
    REGRESSION: (pa.float64(), ""),
    TAGGING: (pa.list_(pa.string()), " "),
}
# Objective → from logits [..., labels] the probabilities of all labels, or of the chosen one [...].
PROBABILITIES: dict[str, Callable[[Tensor], Tensor]] = {
    CLASSIFICATION: lambda logits: logits.softmax(dim=-1),
    MULTI_LABEL: torch.sigmoid,
    REGRESSION: lambda logits: logits,  # it has none
    TAGGING: lambda logits: logits.softmax(dim=-1).amax(dim=-1),
}
Write = Callable[[pa.Table], Any]


def schema_of(task: Task) -> pa.Schema:
    """Columns: the row's number, its words, the prediction, and probabilities where there are any."""
    columns: dict[str, pa.DataType] = {"row": pa.int64()}
    columns |= {"tokens": pa.list_(pa.string())} if OUTPUTS[task.objective].per_token else {}
    columns["prediction"] = KINDS[task.objective][0]
    if OUTPUTS[task.objective].per_token:
        return pa.schema(columns | {"probability": pa.list_(pa.float64())})
    return pa.schema(columns | {f"p_{label}": pa.float64() for label in task.labels})


def shown(task: Task, answer: Any, chances: Any) -> dict[str, Any]:
    """An answer by the names of labels, and its probabilities."""

    def named(one: Any) -> Any:
        if isinstance(one, list):
            return [*map(named, one)]
        return None if one == NO_WORD else task.labels[one]

    if not OBJECTIVES[task.objective].named:
        return {"prediction": answer}
    if OUTPUTS[task.objective].per_token:
        return {"prediction": named(answer), "probability": chances}
    return {"prediction": named(answer)} | {
        f"p_{label}": chance for label, chance in zip(task.labels, chances, strict=True)
    }


@contextlib.contextmanager
def _parquet(path: Path, schema: pa.Schema, between: str) -> Iterator[Write]:
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        yield writer.write_table


@contextlib.contextmanager
def _lines(path: Path, schema: pa.Schema, between: str) -> Iterator[Write]:
    with open(path, "w", encoding="utf-8") as file:
        yield lambda table: file.writelines(
            json.dumps(row, ensure_ascii=False) + "\n" for row in table.to_pylist()
        )


def _delimited(separator: str) -> Callable[..., AbstractContextManager[Write]]:
    @contextlib.contextmanager
    def writer(path: Path, schema: pa.Schema, between: str) -> Iterator[Write]:
        with open(path, "w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, delimiter=separator, lineterminator="\n")
            rows.writerow(schema.names)
            yield lambda table: rows.writerows(
                [_cell(value, between) for value in row.values()] for row in table.to_pylist()
            )

    return writer


def _cell(value: Any, between: str) -> Any:
    """Several values joined, `_` where a word has none; a blank within a word is a no-break space."""
    if not isinstance(value, list):
        return value
    parts = ("_" if one is None else str(one) for one in value)
    return between.join(part.replace(" ", "\u00a0") if between == " " else part for part in parts)


WRITERS = {
    ".csv": _delimited(","),
    ".tsv": _delimited("\t"),
    ".json": _lines,
    ".jsonl": _lines,
    ".parquet": _parquet,
}
