"""Estimators of the gradient per attention head and instance (method.md §1).

All of them take one forward and one activation-only backward pass of the summed loss: what each instance is
differentiated by is its own tensor, so the gradient holds every instance's. Parameters need no gradient.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from gradts.models.heads import gated, head_shape, keys_and_values, open_gates, probed
from gradts.models.multitask import MultiTaskModel
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
    modules = [module for pair in keys_and_values(model.encoder) for module in pair]
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


Estimator = Callable[[MultiTaskModel, str, Batch, str], tuple[Tensor, Tensor]]
ESTIMATORS: dict[str, Estimator] = {
    "head_gate": head_gate,
    "kv_weight": kv_weight,
    "kv_weight_columns": kv_weight_columns,
}
