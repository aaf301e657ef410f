"""A task's gradient table and head importance: one fine-tune, one pass, two artefacts (method.md §1)."""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from gradts.artifacts import write_array, write_table
from gradts.gradients.estimators import ESTIMATORS, check_encoder
from gradts.gradients.normalise import normalise, pooled
from gradts.members import Member
from gradts.models.backends import commit_of
from gradts.models.heads import head_shape
from gradts.models.multitask import MultiTaskModel
from gradts.provenance import Job
from gradts.specs import GradientSpec
from gradts.training.device import used
from gradts.training.encoding import Encoded
from gradts.training.head_start import fit_head
from gradts.training.loop import NO_EPOCH, epochs, prepare_training, progress
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
    estimate = ESTIMATORS[estimator].of_batch
    losses = np.empty(len(data), dtype=np.float32)
    gradients = np.empty((len(data), *head_shape(model.encoder)), dtype=np.float32)
    with progress(total=len(data), unit="instance", desc=f"gradients {task}") as bar:
        for positions in by_length(data.lengths, batch_size):
            loss, gradient = estimate(model, task, data.batch(positions, device), precision)
            losses[positions] = loss.cpu().numpy()
            gradients[positions] = gradient.abs().cpu().numpy()
            bar.update(len(positions))
    return losses, gradients


def measure_importance(
    spec: GradientSpec, data: str | Path, importance: str | Path, gradients: str | Path
) -> None:
    """Fine-tune on a task, then take its gradients and head importance: write matrix and table.

    `importance`: the `.npy` path, [layers, heads] in [0, 1]; `gradients`: the `.parquet` path. Where the
    gradients give no ranking (all zero, say) the matrix is NaN and its record says why under `unranked`:
    the task is then never chosen, and others are not held up.
    """
    job, task = Job(__name__, spec), spec.task.name
    training = prepare_training(spec, [Member(task)], data)
    model, rows = training.model, training.data[task]
    check_encoder(spec.estimator, model.encoder)
    if spec.head == "fitted":
        fit_head(model, task, rows)
    learner = training.learner(spec.recipe)
    *_, last = NO_EPOCH, *epochs(learner, training, spec.recipe, spec.seed)  # nothing is scored
    losses, table = instance_gradients(
        model, task, rows, spec.estimator, spec.batch_size, spec.precision, spec.dropout
    )
    matrix, unranked = _matrix(table, spec)
    if unranked is not None:
        print(f"task '{task}' has no head importance: {unranked}", file=sys.stderr)
    layers, heads = matrix.shape
    record = job.record(
        device=str(learner.device),
        hub_commit=commit_of(spec.backend),
        precision=used(spec.recipe.precision, learner.device),
        gradient_precision=used(spec.precision, learner.device),
        threads=torch.get_num_threads(),
        instances_processed=last.processed + len(rows),
        cut=training.cut,
        layers=layers,
        heads=heads,
        unranked=unranked,
    )
    write_table(gradients, _table(rows.instances, losses, table), record)
    write_array(importance, matrix, record)


def _matrix(gradients: np.ndarray, spec: GradientSpec) -> tuple[np.ndarray, str | None]:
    """Head importance [layers, heads] of gradients [instances, layers, heads], and why it is NaN if it is."""
    summed = pooled(gradients, spec.pooling)
    finite = np.isfinite(summed).all()
    matrix = normalise(summed, spec.layer_norm) if finite else np.full_like(summed, np.nan)
    matrix = matrix.astype(np.float32)
    if not np.isnan(matrix).all():
        return matrix, None
    return matrix, f"its head gradients sum to {summed.sum()}; check its data and learning rate"


def _table(instances: np.ndarray, losses: np.ndarray, gradients: np.ndarray) -> pa.Table:
    flat = pa.array(gradients.reshape(-1))
    heads = pa.FixedSizeListArray.from_arrays(flat, gradients[0].size)
    return pa.table({"instance": instances, "loss": losses, "heads": heads})
