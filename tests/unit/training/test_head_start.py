"""The head that a fine-tune starts from: scikit-learn's answer, whatever the seed, for every objective."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import LogisticRegression, Ridge
from transformers import AutoTokenizer

from gradts.models.multitask import build_model
from gradts.specs import Task
from gradts.training.encoding import Encoded
from gradts.training.head_start import fit_head, frozen_states
from tests.conftest import yes_no

WORDS = ["the", "big", "dog", "saw", "a", "small", "cat"]
CLASS, NUMBER = yes_no("class"), Task("number", "regression", [], ["pearson"], "pearson")
THREE = Task("three", "classification", ["a", "b", "c"], ["accuracy"], "accuracy")
TAGS = Task("tags", "sequence_labelling", ["O", "B-X"], ["token_accuracy"], "token_accuracy")
TOPICS = Task("topics", "multi_label", ["dog", "cat", "saw"], ["micro_f1"], "micro_f1")


def labelled(task: Task, words: list[str], random: np.random.Generator):
    if task is TAGS:
        return [int(word in ("dog", "cat")) for word in words]
    if task is TOPICS:
        return [place for place, word in enumerate(("dog", "cat", "saw")) if word in words]
    seen = words.count("dog") + random.integers(2)
    return float(seen) if task is NUMBER else int(min(seen, len(task.labels) - 1))


def made(task: Task, backend, tiny_backend, seed: int = 1):
    random, rows = np.random.default_rng(0), []
    for instance in range(60):
        words = random.choice(WORDS, 6).tolist()
        text = {"tokens": words} if task is TAGS else {"text_a": " ".join(words)}
        rows.append({"instance": instance, **text, "label": labelled(task, words, random)})
    data = Encoded(pd.DataFrame(rows), task, AutoTokenizer.from_pretrained(tiny_backend), 32)
    return build_model(backend, [task], seed, data.token_ids), data


def states_of(model, task, data):
    states, labels = frozen_states(model, task.name, data, 7)
    return torch.cat(states).numpy(), torch.cat(labels).numpy()


@pytest.mark.parametrize("task", [CLASS, THREE, NUMBER], ids=lambda task: task.name)
def test_the_head_is_that_of_scikit_learn(task, backend, tiny_backend):
    model, data = made(task, backend, tiny_backend)
    fit_head(model, task.name, data, 7)
    states, labels = states_of(model, task, data)
    weight, bias = (part.detach().numpy() for part in model.last_layer(task.name).parameters())
    if task is NUMBER:
        oracle = Ridge(alpha=1).fit(states, labels)
        assert np.allclose(states @ weight[0] + bias, oracle.predict(states), atol=1e-3)
        return
    # Two columns share what scikit-learn's one weighs, so that their penalty is half of its.
    oracle = LogisticRegression(C=1 if task is CLASS else 0.5, tol=1e-8, max_iter=1000).fit(states, labels)
    scores = states @ weight.T + bias
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert np.allclose(shares, oracle.predict_proba(states), atol=1e-3)


def test_numbers_are_fitted_as_multiples_of_their_deviation(backend, tiny_backend):
    model, data = made(NUMBER, backend, tiny_backend)
    labels = np.array(data.labels)
    model.scales["number"].set(labels.mean(), labels.std())
    fit_head(model, "number", data, 7)
    states, labels = states_of(model, NUMBER, data)
    oracle = Ridge(alpha=1).fit(states, (labels - labels.mean()) / labels.std()).predict(states)
    weight, bias = (part.detach() for part in model.last_layer("number").parameters())
    answers = model.answers("number", torch.tensor(states) @ weight.T + bias)
    assert np.allclose(answers, oracle * labels.std() + labels.mean(), atol=1e-3)


@pytest.mark.parametrize("task", [CLASS, TAGS, TOPICS], ids=lambda task: task.name)
def test_no_seed_has_a_part_in_it(task, backend, tiny_backend):
    heads = []
    for seed in (1, 2):
        model, data = made(task, backend, tiny_backend, seed)
        before = model.last_layer(task.name).weight.detach().clone()
        fit_head(model, task.name, data)
        heads.append(model.last_layer(task.name).weight.detach())
        assert not torch.equal(before, heads[-1])
    assert torch.allclose(*heads, atol=1e-4)


@pytest.mark.parametrize("task", [TAGS, TOPICS], ids=lambda task: task.name)
def test_no_small_change_of_the_head_would_lower_the_loss(task, backend, tiny_backend):
    model, data = made(task, backend, tiny_backend)
    fit_head(model, task.name, data, 7)
    states, labels = frozen_states(model, task.name, data, len(data))
    head = model.last_layer(task.name)
    losses = model.losses(task.name, head(states[0]), labels[0])
    gradients = torch.autograd.grad(
        losses.mean() + head.weight.square().sum() / len(data), [*head.parameters()]
    )
    assert max(gradient.abs().max() for gradient in gradients) < 1e-4


def test_the_encoder_stays_and_trains_on(backend, tiny_backend):
    model, data = made(CLASS, backend, tiny_backend)
    before = {name: value.clone() for name, value in model.encoder.state_dict().items()}
    fit_head(model, CLASS.name, data)
    assert all(torch.equal(before[name], value) for name, value in model.encoder.state_dict().items())
    assert all(parameter.requires_grad for parameter in model.parameters())
