"""Importance and gradients that no job has taken: files written by hand."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa

from gradts.artifacts import write_array, write_table
from gradts.layout import below
from gradts.specs import Backend, GradientSpec

TINY = Backend("tiny", path="somewhere")
LAYERS, HEADS = 2, 3


def record(job: GradientSpec, layers: int = LAYERS, **more: str) -> dict:
    return {"spec": asdict(job), "layers": layers, "heads": HEADS, **more}


def put_importance(results: Path, job: GradientSpec, matrix: np.ndarray, **more: str) -> None:
    path = below(results, "importance", backend="tiny", task=job.task.name, seed=job.seed)
    write_array(path, matrix.astype(np.float32), record(job, **more))


def put_gradients(
    results: Path, job: GradientSpec, gradients: np.ndarray, instances: list[int], layers: int = LAYERS
) -> None:
    heads = pa.FixedSizeListArray.from_arrays(gradients.astype(np.float32).reshape(-1), layers * HEADS)
    path = below(results, "gradients", backend="tiny", task=job.task.name, seed=job.seed)
    write_table(path, pa.table({"instance": instances, "heads": heads}), record(job, layers))
