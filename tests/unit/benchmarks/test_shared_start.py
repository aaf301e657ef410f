"""Affinities at a shared start: gradients, look-ahead and correlations against plain oracles."""

from itertools import permutations, product

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch.nn.utils import parameters_to_vector as vector
from torch.nn.utils import vector_to_parameters

from benchmarks.shared_start import affinities, gains, gradient, judged, p_value, spearman, starts
from gradts.gradients.estimators import head_gate
from tests.conftest import joint_run

TASK, OTHER = "demo_entail", "demo_accept"


@pytest.fixture(scope="module")
def training(backend, data):
    """At the joint start, with larger weights, so that gradients are visible."""
    *_, (_, _, found) = starts(joint_run(backend), [1], data)
    torch.manual_seed(0)
    for one in found.model.parameters():
        torch.nn.init.normal_(one, one.mean().item(), 0.2)
    return found


def mean_loss(model, task, rows, positions):
    batch = rows.batch([*positions], torch.device("cpu"))
    return model.eval().losses(task, model(task, batch.inputs), batch.labels).mean()


def test_a_mean_gradient_is_the_mean_of_its_instances_without_dropout(training):
    model, rows, positions = training.model.train(), training.data[TASK], [5, 2, 11]
    (*found, gates), loss = gradient(model, TASK, rows, positions)
    own, parameters = [], {"inputs": [*model.encoder.parameters()], "materialize_grads": True}
    for one in positions:
        own.append(vector(torch.autograd.grad(mean_loss(model, TASK, rows, [one]), **parameters)))
    assert torch.allclose(vector(found), torch.stack(own).mean(0), atol=1e-6)
    of_losses, of_gates = head_gate(model, TASK, rows.batch(positions, torch.device("cpu")), "fp32")
    assert torch.allclose(gates, of_gates.mean(0), atol=1e-6)
    assert gates.min() < -1e-3 < 1e-3 < gates.max()
    assert loss == pytest.approx(float(of_losses.mean()), abs=1e-6)


def test_affinities_are_those_of_vectors_and_of_small_steps(training):
    model, found, vectors = training.model, affinities(training, seed=3), {}
    half, select = np.random.default_rng(3).permutation(24)[:12], training.scored[OTHER]["select"]
    portions = {"A": half, "B": np.setdiff1d(range(24), half), "S": range(len(select))}
    for task, portion in product((OTHER, TASK), "ABS"):
        rows = training.scored[task]["select"] if portion == "S" else training.data[task]
        *own, gates = gradient(model, task, rows, [*portions[portion]])[0]
        named = zip(dict(model.encoder.named_parameters()), own, strict=True)
        attention = [of for name, of in named if ".attention." in name]
        vectors[task, portion] = [*map(vector, (own, attention, [gates]))]

    def expected(part, *ways):  # 0: all parameters, 1: attention's, 2: gates
        pairs = [(vectors[OTHER, mine][part], vectors[TASK, theirs][part]) for mine, theirs in ways]
        return pytest.approx([torch.cosine_similarity(*pair, dim=0).item() for pair in pairs], abs=1e-5)

    for part, suffix in enumerate(("", ", attention")):
        assert found[f"cosine{suffix}"][:, 0, 1] == expected(part, "AB", "BA")
        assert found[f"cosine on select{suffix}"][:, 0, 1] == expected(part, "SA", "SB")
    assert found["head gates: cosine"][:, 0, 1] == expected(2, "AB", "BA")
    start, told = vector(model.encoder.parameters()).detach().clone(), []
    for step in (0, 1e-2):  # TAG's own definition, at a small η
        vector_to_parameters(start - step * vectors[TASK, "A"][0], model.encoder.parameters())
        told.append(mean_loss(model, OTHER, select, portions["S"]).item())
    assert found["look-ahead, η → 0"][0, 0, 1] == pytest.approx((1 - told[1] / told[0]) / 1e-2, rel=0.05)


def test_correlations_are_scipys_and_p_counts_all_orders():
    values = np.array([[3.0, 1.0, 2.0], [5.0, 5.0, 1.0]])
    measured = np.array([[0.3, 0.2, 0.1], [0.0, 0.4, -0.2]])
    orders = product(*map(permutations, measured.tolist()))  # the first is as measured
    every = [np.mean([spearmanr(*of).statistic for of in zip(values, one, strict=True)]) for one in orders]
    assert spearman(values, measured) == pytest.approx(every[0])
    assert p_value(values, measured) == pytest.approx(np.mean(np.array(every) >= every[0] - 1e-9))
    constant = np.array([[3.0, 1.0, 2.0], [4.0, 4.0, 4.0]])  # has no part in the mean
    assert spearman(constant, measured) == pytest.approx(spearmanr(values[0], measured[0]).statistic)


def test_an_affinity_is_judged_by_its_mean_against_gains_over_the_task_alone():
    one = np.array([[7.0, 1.0, 2.0], [3.0, 8.0, 4.0], [5.0, 6.0, 9.0]])
    row = judged(np.stack([[sign * one] * 2 for sign in (1, 1, -1)]), np.array([[1.0, 2.0]] * 3))
    assert [*row.values()] == pytest.approx([8 / 3, 3.5 / 3, 1, -1 / 3, 1, 1 / 8])
    truth = {p: {"+".join(sorted({p, c})): np.full((2, 2), 0.5) for c in "abc"} for p in "abc"}
    truth["a"]["a+c"] = np.array([[0.6, 0.8], [0.3, 0.5]])  # [seeds, splits]
    assert np.allclose(gains(truth, "abc"), [[[0, 0.2], [0, 0], [0, 0]], [[0, -0.1], [0, 0], [0, 0]]])
