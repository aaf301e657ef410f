"""A task's gradient table and head importance: one fine-tune, one pass, two artefacts (method.md §1)."""

import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from gradts.artifacts import Job, progress, write_array, write_table
from gradts.data.splits import read_splits
from gradts.gradients.estimators import ESTIMATORS
from gradts.gradients.normalise import normalise
from gradts.models.backends import load_tokenizer
from gradts.models.heads import output_projections
from gradts.models.multitask import MultiTaskModel
from gradts.specs import GradientSpec, Member
from gradts.training.device import pick_device
from gradts.training.encoding import Encoded
from gradts.training.joint import build_model, train
from gradts.training.sampler import by_length


def instance_gradients(
    model: MultiTaskModel,
    task: str,
    data: Encoded,
    estimator: str,
    batch_size: int,
    precision: str,
    dropout: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Losses [instances] and |gradient| [instances, layers, heads] of a split, in its order.

    Parameters are frozen, so that only the gates cost a backward pass. Dropout is off, but for
    repeating the released code.
    """
    device = next(model.parameters()).device
    model.train(dropout).requires_grad_(False)
    estimate = ESTIMATORS[estimator]
    layers, heads = len(output_projections(model.encoder)), model.encoder.config.num_attention_heads
    losses = np.empty(len(data), dtype=np.float32)
    gradients = np.empty((len(data), layers, heads), dtype=np.float32)
    with progress(total=len(data), unit="instance", desc=f"gradients {task}") as bar:
        for positions in by_length(data.lengths, batch_size):
            loss, gradient = estimate(model, task, data.batch(positions, device), precision)
            losses[positions] = loss.cpu().numpy()
            gradients[positions] = gradient.abs().cpu().numpy()
            bar.update(len(positions))
    return losses, gradients


def run(
    spec: GradientSpec,
    layer_norm: str,
    data_folder: str | Path,
    importance: str | Path,
    gradients: str | Path,
) -> None:
    """Fine-tune on one task, take every training instance's gradients, write matrix and table.

    `importance`: the `.npy` path, [layers, heads] in [0, 1]; `gradients`: the `.parquet` path. Where the
    gradients give no ranking (all zero, say) the matrix is NaN and its record says why under `unranked`:
    the task is then never chosen, and others are not held up.
    """
    job = Job(__name__, asdict(spec))
    device = pick_device()
    task = spec.task.name
    train_split = read_splits(data_folder, spec.task).train
    data = Encoded(train_split, load_tokenizer(spec.backend), spec.recipe.max_length)
    model = build_model(spec.backend, [spec.task], spec.seed, [data]).to(device)
    output_projections(model.encoder)  # refuse an unsupported architecture before training
    processed = train(model, {task: data}, [Member(task)], spec.recipe, spec.seed)
    losses, table = instance_gradients(
        model, task, data, spec.estimator, spec.batch_size, spec.precision, spec.dropout
    )
    summed = table.sum(axis=0, dtype=np.float64)
    finite = np.isfinite(summed).all()
    matrix = (normalise(summed, layer_norm) if finite else np.full_like(summed, np.nan)).astype(np.float32)
    unranked = None
    if np.isnan(matrix).all():
        unranked = f"its head gradients sum to {summed.sum()}; check its data and learning rate"
        print(f"task '{task}' has no head importance: {unranked}", file=sys.stderr)
    layers, heads = matrix.shape
    record = job.record(
        device=str(device),
        threads=torch.get_num_threads(),
        instances_processed=processed + len(data),
        layers=layers,
        heads=heads,
        unranked=unranked,
    )
    write_table(gradients, _table(data.instances, losses, table), record)
    write_array(importance, matrix, {**record, "layer_norm": layer_norm})


def _table(instances: np.ndarray, losses: np.ndarray, gradients: np.ndarray) -> pa.Table:
    flat = pa.array(gradients.reshape(-1))
    heads = pa.FixedSizeListArray.from_arrays(flat, gradients[0].size)
    return pa.table({"instance": instances, "loss": losses, "heads": heads})
