"""What every gradient per head must satisfy (method.md §1), on tiny random encoders."""

import pytest
import torch
from torch import nn

from gradts.gradients.estimators import head_gate, kv_weight, kv_weight_columns
from gradts.models.heads import KEYS_AND_VALUES, gated, keys_and_values, open_gates, output_projections
from gradts.models.multitask import MultiTaskModel
from gradts.names import InputError
from gradts.specs import Task
from gradts.training.encoding import Batch
from tests.conftest import CONFIGS, HEADS, LAYERS, WIDTH, tiny_encoder

TASK = Task("toy", "classification", ["no", "maybe", "yes"], ["accuracy"], "accuracy")
KINDS = sorted(CONFIGS)


def model_of(kind: str, attention: str | None = None) -> MultiTaskModel:
    model = MultiTaskModel(tiny_encoder(kind, attention), [TASK], seed=1).eval()
    nn.init.normal_(model.last_layer("toy").weight, std=1.0, generator=torch.Generator().manual_seed(3))
    return model


def batch_of(kind: str, count: int = 5, padding: int = 0) -> Batch:
    generator = torch.Generator().manual_seed(7)
    lengths = torch.randint(4, 10, (count,), generator=generator)
    width = int(lengths.max()) + padding
    pad = CONFIGS[kind].get("pad_token_id", 0)
    ids = torch.full((count, width), pad)
    mask = torch.zeros(count, width, dtype=torch.long)
    for row, length in enumerate(lengths):
        ids[row, :length] = torch.randint(5, 50, (int(length),), generator=generator)
        mask[row, :length] = 1
    labels = torch.randint(0, 3, (count,), generator=generator)
    return Batch({"input_ids": ids, "attention_mask": mask}, labels, torch.ones(count))


def part(batch: Batch, rows: slice) -> Batch:
    inputs = {name: values[rows] for name, values in batch.inputs.items()}
    return Batch(inputs, batch.labels[rows], batch.weights[rows])


def gradients(model: MultiTaskModel, batch: Batch) -> torch.Tensor:
    return head_gate(model, "toy", batch, "fp32")[1]


@pytest.mark.parametrize("kind", KINDS)
def test_batched_equals_one_by_one(kind):
    model, batch = model_of(kind), batch_of(kind)
    alone = torch.cat([gradients(model, part(batch, slice(i, i + 1))) for i in range(5)])
    assert alone.shape == (5, LAYERS, HEADS)
    assert alone.abs().max() > 1e-3
    torch.testing.assert_close(gradients(model, batch), alone, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_changes_nothing(kind):
    model = model_of(kind)
    padded = gradients(model, batch_of(kind, padding=6))
    torch.testing.assert_close(padded, gradients(model, batch_of(kind)), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_equals_a_finite_difference(kind):
    model, batch = model_of(kind).double(), batch_of(kind)
    # ModernBERT computes parts in float32 whatever its weights are: a wider step, so that rounding drowns.
    step, error = (1e-3, 2e-4) if kind == "modernbert" else (1e-5, 1e-5)
    gates = open_gates(model.encoder, 5, torch.device("cpu")).detach().double()

    def losses(layer: int, head: int, shift: float) -> torch.Tensor:
        moved = gates.clone()
        moved[layer, :, head] += shift
        with gated(model.encoder, moved), torch.no_grad():
            # float64 all the way: losses are computed in float32
            logits = model("toy", batch.inputs)
        return nn.functional.cross_entropy(logits, batch.labels, reduction="none")

    found = gradients(model, batch).double()
    for layer in range(LAYERS):
        for head in range(HEADS):
            slope = (losses(layer, head, step) - losses(layer, head, -step)) / (2 * step)
            torch.testing.assert_close(found[:, layer, head], slope, rtol=1e-3, atol=error)


@pytest.mark.parametrize("kind", KINDS)
def test_signed_gradients_sum_to_the_batch_gradient(kind):
    model, batch = model_of(kind), batch_of(kind)
    shared = torch.ones(LAYERS, 1, HEADS, requires_grad=True)
    with gated(model.encoder, shared.expand(-1, 5, -1)):
        loss = model.losses("toy", model("toy", batch.inputs), batch.labels).sum()
    (whole,) = torch.autograd.grad(loss, shared)
    torch.testing.assert_close(gradients(model, batch).sum(0), whole[:, 0], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_loss_fed_by_one_head_only(kind):
    """Where the other heads' columns of the output projection are 0, only one head has a gradient."""
    model, head, size = model_of(kind), 1, WIDTH // HEADS
    with torch.no_grad():
        for projection in output_projections(model.encoder):
            kept = projection.weight[:, head * size : (head + 1) * size].clone()
            projection.weight.zero_()
            projection.weight[:, head * size : (head + 1) * size] = kept
    found = gradients(model, batch_of(kind)).abs().sum(0)
    assert (found[:, head] > 0).all()
    assert found[:, [0, 2]].max() == 0


@pytest.mark.parametrize("kind", ["bert", "roberta", "electra"])
def test_permuting_heads_permutes_the_matrix(kind):
    model, batch = model_of(kind), batch_of(kind)
    before, size = gradients(model, batch), WIDTH // HEADS
    order = torch.tensor([2, 0, 1])
    columns = torch.cat([torch.arange(size) + size * head for head in order])
    with torch.no_grad():
        for name, parameter in model.encoder.named_parameters():
            if ".attention.self." in name:  # rows of query, key and value, weights and biases
                parameter.copy_(parameter[columns].clone())
        for projection in output_projections(model.encoder):
            projection.weight.copy_(projection.weight[:, columns].clone())
    torch.testing.assert_close(gradients(model, batch), before[:, :, order], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", ["bert", "roberta", "electra", "distilbert"])
def test_sdpa_equals_eager(kind):
    batch = batch_of(kind)
    eager, sdpa = (gradients(model_of(kind, name), batch) for name in ("eager", "sdpa"))
    torch.testing.assert_close(eager, sdpa, rtol=1e-4, atol=1e-6)


def test_an_unsupported_architecture_is_refused():
    from transformers import AutoConfig, AutoModel

    encoder = AutoModel.from_config(AutoConfig.for_model("gpt2", n_embd=8, n_layer=1, n_head=2))
    with pytest.raises(InputError, match=r"'gpt2'; supported: .*bert"):
        output_projections(encoder)


def test_heads_of_two_tasks_start_apart_and_alone():
    """Equal heads would pull the encoder both ways where label ids mean opposite things."""
    other = Task("other", *[getattr(TASK, name) for name in ("objective", "labels", "metrics", "decides")])
    both = MultiTaskModel(tiny_encoder("bert"), [TASK, other], seed=1)
    assert not torch.equal(both.last_layer("toy").weight, both.last_layer("other").weight)
    alone = MultiTaskModel(tiny_encoder("bert"), [TASK], seed=1)
    assert torch.equal(both.last_layer("toy").weight, alone.last_layer("toy").weight)


KV_KINDS = sorted(set(KEYS_AND_VALUES) & set(CONFIGS))


@pytest.mark.parametrize("kind", KV_KINDS)
@pytest.mark.parametrize("rows", [True, False])
def test_weight_gradients_equal_autograd_one_by_one(kind, rows):
    """The loop that the batched hooks replace: backward per instance, slices of the weights' gradients."""
    model, batch, size = model_of(kind), batch_of(kind), WIDTH // HEADS
    estimate = kv_weight if rows else kv_weight_columns
    found = estimate(model.requires_grad_(False), "toy", batch, "fp32")[1]
    model.requires_grad_(True)
    for i in range(5):
        model.zero_grad()
        one = part(batch, slice(i, i + 1))
        model.losses("toy", model("toy", one.inputs), one.labels).sum().backward()
        for layer, pair in enumerate(keys_and_values(model.encoder)):
            for head in range(HEADS):
                block = slice(head * size, (head + 1) * size)
                wanted = sum(
                    (module.weight.grad[block] if rows else module.weight.grad[:, block]).abs().mean()
                    for module in pair
                )
                torch.testing.assert_close(found[i, layer, head], wanted, rtol=1e-3, atol=1e-6)


def test_weight_gradients_are_refused_where_there_is_no_such_layer():
    with pytest.raises(InputError, match="architecture 'deberta-v2'; supported: bert, distilbert"):
        keys_and_values(tiny_encoder("deberta-v2"))
