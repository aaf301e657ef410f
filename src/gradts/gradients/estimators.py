"""Estimators of the gradient per attention head and instance (method.md §1).

All of them take one forward and one activation-only backward pass of the summed loss: what each instance is
differentiated by is its own tensor, so the gradient holds every instance's. Parameters need no gradient.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from transformers import PreTrainedModel

from gradts.models.heads import gated, head_shape, keys_and_values, open_gates, output_projections, probed
from gradts.models.multitask import MultiTaskModel
from gradts.names import InputError
from gradts.training.device import autocast
from gradts.training.encoding import Batch


def head_gate(model: MultiTaskModel, task: str, batch: Batch, precision: str) -> tuple[Tensor, Tensor]:
    """dL_i/dξ_lh of every instance i (Michel et al. 2019).

    ξ = 1 multiplies a head's output before the output projection; each instance has gates of its own.
    Returns losses [instances] and signed gradients [instances, layers, heads], both float32.
    """
    device = batch.labels.device
    gates = open_gates(model.encoder, len(batch.labels), device)
    with gated(model.encoder, gates), autocast(precision, device):
        logits = model(task, batch.inputs)
    losses = model.losses(task, logits, batch.labels)
    (gradients,) = torch.autograd.grad(losses.sum(), gates)
    return losses.detach(), gradients.transpose(0, 1)


def kv_weight(model: MultiTaskModel, task: str, batch: Batch, precision: str) -> tuple[Tensor, Tensor]:
    """Mean of |dL_i/dW_K| + |dL_i/dW_V| over each head's output rows: the authors' quantity.

    Returns losses [instances] and values [instances, layers, heads] ≥ 0, both float32.
    """
    return _weights(model, task, batch, precision, rows=True)


def kv_weight_columns(
    model: MultiTaskModel, task: str, batch: Batch, precision: str
) -> tuple[Tensor, Tensor]:
    """As `kv_weight`, but over blocks of input columns: what the released code computes.

    These blocks belong to the layer's input, not to heads; kept to measure what that changes.
    """
    return _weights(model, task, batch, precision, rows=False)


def _weights(
    model: MultiTaskModel, task: str, batch: Batch, precision: str, rows: bool
) -> tuple[Tensor, Tensor]:
    device, heads = batch.labels.device, head_shape(model.encoder)[1]
    modules = _keys_and_values(model.encoder)
    with probed(modules) as seen, autocast(precision, device):
        logits = model(task, batch.inputs)
    losses = model.losses(task, logits, batch.labels)
    outputs = torch.autograd.grad(losses.sum(), [seen[module].probe for module in modules])
    found = []
    for module, output in zip(modules, outputs, strict=True):
        # dL_i/dW = Σ over positions of (gradient at the output) ⊗ (input): [instances, out, in]
        weight = torch.einsum("ilo,ilc->ioc", output.float(), seen[module].input.float()).abs()
        blocks = weight.unflatten(1 if rows else 2, (heads, -1))
        found.append(blocks.mean(dim=(2, 3)) if rows else blocks.mean(dim=(1, 3)))
    keys, values = torch.stack(found[::2], dim=1), torch.stack(found[1::2], dim=1)
    return losses.detach(), keys + values


def _keys_and_values(encoder: PreTrainedModel) -> list[Any]:
    """Key and value projections (linear layers) by turns, first layer first."""
    return [module for pair in keys_and_values(encoder) for module in pair]


class Estimator(NamedTuple):
    """How a batch's losses and gradients per head are had, and of what layers.

    `widths`: those of an encoder that its heads divide; it raises InputError where there are no such layers.
    """

    of_batch: Callable[[MultiTaskModel, str, Batch, str], tuple[Tensor, Tensor]]
    widths: Callable[[PreTrainedModel], list[int]]


ESTIMATORS = {
    "head_gate": Estimator(
        head_gate, lambda encoder: [one.in_features for one in output_projections(encoder)]
    ),
    "kv_weight": Estimator(
        kv_weight, lambda encoder: [one.out_features for one in _keys_and_values(encoder)]
    ),
    "kv_weight_columns": Estimator(
        kv_weight_columns, lambda encoder: [one.in_features for one in _keys_and_values(encoder)]
    ),
}


def check_encoder(estimator: str, encoder: PreTrainedModel) -> None:
    """Raise InputError where an estimator finds no heads in an encoder; to be called before it is trained."""
    heads = head_shape(encoder)[1]
    try:
        for width in ESTIMATORS[estimator].widths(encoder):
            if width % heads:
                raise InputError(f"{heads} heads do not divide a layer {width} wide; take another backend")
    except InputError as error:
        raise InputError(f"gradients.estimator: {estimator}: {error}") from None
