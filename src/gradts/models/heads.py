"""Where a gradient per attention head is taken (method.md §1): head gates, and keys and values.

A gate is a multiplier ξ = 1 on a head's output, one per instance.

In every architecture listed here the concatenated head outputs are the input of one linear layer, the
output projection. A hook that scales this input gates the heads whatever computes the attention (eager,
SDPA, flash), and needs nothing of the model's own code.
"""

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from gradts.names import InputError

# Model type → where its layers' output projections are, as a pattern over module names.
OUTPUT_PROJECTIONS = {
    "bert": r"encoder\.layer\.\d+\.attention\.output\.dense",
    "roberta": r"encoder\.layer\.\d+\.attention\.output\.dense",
    "xlm-roberta": r"encoder\.layer\.\d+\.attention\.output\.dense",
    "electra": r"encoder\.layer\.\d+\.attention\.output\.dense",
    "deberta-v2": r"encoder\.layer\.\d+\.attention\.output\.dense",
    "distilbert": r"transformer\.layer\.\d+\.attention\.out_lin",
    "mpnet": r"encoder\.layer\.\d+\.attention\.attn\.o",
    "modernbert": r"layers\.\d+\.attn\.Wo",
}
# Model type → the keys' and the values' projections, each applied once a layer.
KEYS_AND_VALUES = {
    **dict.fromkeys(
        ("bert", "roberta", "xlm-roberta", "electra"), r"encoder\.layer\.\d+\.attention\.self\.(key|value)"
    ),
    "distilbert": r"transformer\.layer\.\d+\.attention\.(k|v)_lin",
    "mpnet": r"encoder\.layer\.\d+\.attention\.attn\.(k|v)",
}


def output_projections(encoder: PreTrainedModel) -> list[nn.Module]:
    """The attention output projections of an encoder, first layer first.

    Raises InputError for an architecture whose head gates cannot be placed.
    """
    return _found(encoder, OUTPUT_PROJECTIONS, "head gates", each=1)


def keys_and_values(encoder: PreTrainedModel) -> list[tuple[nn.Module, nn.Module]]:
    """(key, value) projections of every layer, first layer first.

    Raises InputError for an architecture that has no such pair of layers.
    """
    found = _found(encoder, KEYS_AND_VALUES, "gradients of key and value weights", each=2)
    return list(zip(found[::2], found[1::2], strict=True))


def _found(encoder: PreTrainedModel, patterns: dict[str, str], what: str, each: int) -> list[nn.Module]:
    kind, layers = encoder.config.model_type, encoder.config.num_hidden_layers
    if kind not in patterns:
        raise InputError(
            f"{what} cannot be placed in architecture '{kind}'; supported: {', '.join(sorted(patterns))}"
        )
    pattern = re.compile(patterns[kind])
    found = [module for name, module in encoder.named_modules() if pattern.fullmatch(name)]
    if len(found) != each * layers:
        raise InputError(f"architecture '{kind}': {len(found)} places for {what} found in {layers} layers")
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


@dataclass
class Seen:
    """A linear layer's input [instances, length, in], and zeros that were added to its output."""

    input: Tensor
    probe: Tensor


@contextlib.contextmanager
def probed(modules: Sequence[nn.Module]) -> Iterator[dict[nn.Module, Seen]]:
    """Within the context, keep each module's input and add a probe to its output.

    The gradient of the probe is the gradient at the output, whether or not any parameter needs one.
    """
    seen: dict[nn.Module, Seen] = {}

    def hook(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        probe = torch.zeros_like(output, requires_grad=True)
        seen[module] = Seen(inputs[0].detach(), probe)
        return output + probe

    hooks = [module.register_forward_hook(hook) for module in modules]
    try:
        yield seen
    finally:
        for one in hooks:
            one.remove()
