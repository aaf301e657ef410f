"""Of a last layer's feed-forward part only the first token is computed, and nothing else changes."""

import pytest
import torch
from torch import nn

from gradts.models.first_token import BETWEEN, keep_first_token
from tests.conftest import CONFIGS, LAYERS, tiny_encoder

KINDS = sorted(CONFIGS)


def first_states(encoder: nn.Module) -> torch.Tensor:
    ids = torch.randint(5, 50, (3, 7), generator=torch.Generator().manual_seed(1))
    attention = torch.ones_like(ids)
    attention[1, 4:] = 0
    return encoder(input_ids=ids, attention_mask=attention).last_hidden_state[:, 0]


def gradients(encoder: nn.Module) -> dict[str, torch.Tensor | None]:
    encoder.zero_grad()
    first_states(encoder).square().sum().backward()
    return {name: parameter.grad for name, parameter in encoder.named_parameters()}


def tokens_seen(encoder: nn.Module) -> list[int]:
    """How many tokens of an instance each linear layer is given, in the order of computation."""
    shapes = []
    hooks = [
        module.register_forward_hook(lambda module, inputs, output: shapes.append(inputs[0].shape))
        for module in encoder.modules()
        if isinstance(module, nn.Linear)
    ]
    first_states(encoder)
    for hook in hooks:
        hook.remove()
    return [shape[1] for shape in shapes if len(shape) == 3]  # a pooler is given [instances, width]


def test_every_supported_architecture_has_a_place():
    assert set(CONFIGS) <= set(BETWEEN)


@pytest.mark.parametrize("kind", KINDS)
def test_state_and_gradients_of_the_first_token_stay(kind):
    encoder = tiny_encoder(kind).double()  # rounding of float32 differs between processors
    states, slopes = first_states(encoder), gradients(encoder)
    keep_first_token(encoder).alone = True
    torch.testing.assert_close(first_states(encoder), states)
    for name, slope in gradients(encoder).items():
        if slopes[name] is None:
            assert slope is None
        else:
            torch.testing.assert_close(slope, slopes[name])


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_last_feed_forward_part_sees_the_first_token_alone(kind):
    encoder = tiny_encoder(kind)
    everything = tokens_seen(encoder)
    keep_first_token(encoder).alone = True
    seen = tokens_seen(encoder)
    assert len(seen) == len(everything) >= 4 * LAYERS
    assert min(everything) > 1
    assert seen[:-2] == everything[:-2]
    assert seen[-2:] == [1, 1]  # up and down again


def test_all_tokens_go_on_where_a_head_reads_them():
    encoder = tiny_encoder("bert")
    keep_first_token(encoder)
    assert 1 not in tokens_seen(encoder)
