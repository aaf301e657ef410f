"""Attention-head gates: a multiplier ξ = 1 on every head's output, one per instance (method.md §1).

In every architecture listed here the concatenated head outputs are the input of one linear layer, the
output projection. A hook that scales this input gates the heads whatever computes the attention (eager,
SDPA, flash), and needs nothing of the model's own code.
"""

import contextlib
import re
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from gradts.specs import InputError

# Model type → where its layers' output projections are, as a pattern over module names.
OUTPUT_PROJECTIONS = {
    "bert": r"encoder\.layer\.\d+\.attention\.output\.dense",
    "roberta": r"encoder\.layer\.\d+\.attention\.output\.dense",
    "xlm-roberta": r"encoder\.layer\.\d+\.attention\.output\.dense",
    "electra": r"encoder\.layer\.\d+\.attention\.output\.dense",
    "deberta-v2": r"encoder\.layer\.\d+\.attention\.output\.dense",
    "distilbert": r"transformer\.layer\.\d+\.attention\.out_lin",
    "mpnet": r"encoder\.layer\.\d+\.attention\.attn\.o",
}


def output_projections(encoder: PreTrainedModel) -> list[nn.Module]:
    """The attention output projections of an encoder, first layer first.

    Raises InputError for an architecture whose head gates cannot be placed.
    """
    kind, layers = encoder.config.model_type, encoder.config.num_hidden_layers
    if kind not in OUTPUT_PROJECTIONS:
        raise InputError(
            f"head gates cannot be placed in architecture '{kind}'; "
            f"supported: {', '.join(sorted(OUTPUT_PROJECTIONS))}"
        )
    pattern = re.compile(OUTPUT_PROJECTIONS[kind])
    found = [module for name, module in encoder.named_modules() if pattern.fullmatch(name)]
    if len(found) != layers:
        raise InputError(f"architecture '{kind}': {len(found)} output projections found in {layers} layers")
    return found


def head_shape(encoder: PreTrainedModel) -> tuple[int, int]:
    """(layers, heads) of an encoder."""
    return encoder.config.num_hidden_layers, encoder.config.num_attention_heads


@contextlib.contextmanager
def gated(encoder: PreTrainedModel, gates: Tensor) -> Iterator[None]:
    """Multiply each head's output by its gate within the context.

    `gates` has shape [layers, instances, heads]; instance b of the batch is scaled by `gates[:, b]`.
    """

    def scale(layer: int):
        def hook(_module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            outputs, *rest = inputs
            batch, length, width = outputs.shape
            gate = gates[layer].to(outputs.dtype)[:, None, :, None]
            heads = outputs.view(batch, length, gate.shape[2], -1)
            return (heads * gate).view(batch, length, width), *rest

        return hook

    hooks = [
        projection.register_forward_pre_hook(scale(layer))
        for layer, projection in enumerate(output_projections(encoder))
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def open_gates(encoder: PreTrainedModel, instances: int, device: torch.device) -> Tensor:
    """Gates of 1 for a batch: float32 [layers, instances, heads], requiring a gradient."""
    layers, heads = head_shape(encoder)
    return torch.ones(layers, instances, heads, device=device, requires_grad=True)
