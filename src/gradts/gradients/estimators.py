"""Estimators of |gradient| per attention head and instance (method.md §1)."""

from collections.abc import Callable

import torch
from torch import Tensor

from gradts.models.heads import gated, open_gates
from gradts.models.multitask import MultiTaskModel, instance_losses
from gradts.training.device import autocast
from gradts.training.encoding import Batch


def head_gate(model: MultiTaskModel, task: str, batch: Batch, precision: str) -> tuple[Tensor, Tensor]:
    """dL_i/dξ_lh of every instance i in one backward pass (Michel et al. 2019).

    ξ = 1 multiplies a head's output before the output projection. Each instance has gates of its own,
    so the gradient of the summed loss holds every instance's gradient. Returns losses [instances] and
    signed gradients [instances, layers, heads], both float32. Parameters need no gradient.
    """
    device = batch.labels.device
    gates = open_gates(model.encoder, len(batch.labels), device)
    with gated(model.encoder, gates), autocast(precision, device):
        logits = model(task, batch.inputs)
    losses = instance_losses(logits, batch.labels)
    (gradients,) = torch.autograd.grad(losses.sum(), gates)
    return losses.detach(), gradients.transpose(0, 1)


Estimator = Callable[[MultiTaskModel, str, Batch, str], tuple[Tensor, Tensor]]
ESTIMATORS: dict[str, Estimator] = {"head_gate": head_gate}
