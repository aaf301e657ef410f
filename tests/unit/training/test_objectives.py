"""Objectives beside classification, end to end on tiny data; and where words meet word pieces."""

import math
from dataclasses import replace

import pandas as pd
import pytest
import torch
from transformers import AutoTokenizer

from gradts.gradients.estimators import head_gate
from gradts.members import Member
from gradts.models.multitask import MultiTaskModel, build_model
from gradts.models.objectives import IGNORED, OUTPUTS
from gradts.specs import MULTI_LABEL, REGRESSION, TAGGING, Task
from gradts.training.encoding import Encoded
from gradts.training.learner import Learner
from gradts.training.loop import Training, epochs
from gradts.training.metrics import NO_WORD, score
from gradts.training.scoring import predict
from tests.conftest import RECIPE, tiny_encoder, yes_no

TAGS = Task("tags", "sequence_labelling", ["O", "B-X"], ["token_accuracy"], "token_accuracy")
NUMBER = Task("number", "regression", [], ["pearson"], "pearson")
TOPICS = Task("topics", "multi_label", ["dog", "cat", "saw"], ["micro_f1"], "micro_f1")
CLASS = yes_no("class")
WORDS = ["the", "big", "dog", "saw", "a", "small", "cat"]


@pytest.fixture(scope="module")
def tokenizer(tiny_backend):
    return AutoTokenizer.from_pretrained(tiny_backend)


def sentences(count: int) -> pd.DataFrame:
    """Nouns are tagged 1; the number of a sentence is how often `dog` occurs."""
    generator = torch.Generator().manual_seed(1)
    rows = []
    for instance in range(count):
        picks = torch.randint(len(WORDS), (6,), generator=generator).tolist()
        tokens = [WORDS[pick] for pick in picks]
        labels = [int(token in ("dog", "cat")) for token in tokens]
        rows.append({"instance": instance, "tokens": tokens, "label": labels})
    return pd.DataFrame(rows)


def test_words_get_the_label_of_their_first_piece(tokenizer):
    rows = pd.DataFrame(
        {"instance": [0], "tokens": [["unbelievably", "\u200b", "dog"]], "label": [[1, 1, 0]]}
    )
    data = Encoded(rows, TAGS, tokenizer, 32)
    assert data.first_pieces[0][0] == 1
    assert data.first_pieces[0][1] == NO_WORD  # the tokenizer keeps nothing of it
    target = data.targets[0].tolist()
    assert target[data.first_pieces[0][2]] == 0
    assert [label for label in target if label != IGNORED] == [1, 0]


def test_words_beyond_the_limit_are_not_trained_and_count_as_wrong(tokenizer, backend):
    rows = pd.DataFrame({"instance": [0, 1], "tokens": [["dog"] * 20, ["a"]], "label": [[0] * 20, [0]]})
    data = Encoded(rows, TAGS, tokenizer, 8)
    assert max(data.lengths) == 8
    assert sum(label != IGNORED for label in data.targets[0].tolist()) == 6
    model = build_model(backend, [TAGS], 1, data.token_ids)
    answers = predict(model, "tags", data, "fp32")
    assert (len(answers[0]), answers[0][6:]) == (20, [NO_WORD] * 14)
    assert score(TAGS, "token_accuracy", data.labels, answers) <= 7 / 21
    long_word = pd.DataFrame({"instance": [0], "tokens": [["x" * 90, "dog"]], "label": [[1, 0]]})
    assert Encoded(long_word, TAGS, tokenizer, 8).first_pieces[0] == [1, NO_WORD]


@pytest.mark.parametrize("pieces", [1, 2])
def test_in_training_every_word_counts_alike(tokenizer, backend, pieces):
    tokens = [["a"], ["the", "big", "dog"], ["saw", "a"], ["cat"] * 20]  # the last is cut to six words
    rows = pd.DataFrame(
        {"instance": range(4), "tokens": tokens, "label": [[len(w) % 2 for w in one] for one in tokens]}
    )
    data = Encoded(rows, TAGS, tokenizer, 8)
    model = build_model(backend, [TAGS], 1, data.token_ids).eval()
    learner = Learner(model, RECIPE, steps=1)
    learner.pieces = pieces
    batch = data.batch([0, 1, 2, 3], torch.device("cpu"))
    with torch.no_grad():
        logits = model("tags", batch.inputs)
    words = torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch.labels.flatten(), reduction="mean")
    learner("tags", data, [0, 1, 2, 3])
    torch.testing.assert_close(learner.unchecked[1], words)
    torch.testing.assert_close(batch.weights, torch.tensor([1.0, 3, 2, 6]) / 3)


def test_losses_by_hand():
    logits = torch.tensor([[[2.0, 0.0], [0.0, 0.0], [5.0, 5.0]], [[0.0, 1.0], [0.0, 0.0], [0.0, 0.0]]])
    labels = torch.tensor([[0, 1, IGNORED], [IGNORED] * 3])
    first = (math.log1p(math.exp(-2)) + math.log(2)) / 2
    torch.testing.assert_close(OUTPUTS[TAGGING].loss(logits, labels), torch.tensor([first, 0.0]))
    numbers = OUTPUTS[REGRESSION].loss(torch.tensor([[1.5], [3.0]]), torch.tensor([1.0, 5.0]))
    torch.testing.assert_close(numbers, torch.tensor([0.25, 4.0]))
    sets = OUTPUTS[MULTI_LABEL].loss(
        torch.tensor([[2.0, 0.0], [0.0, -1.0]]), torch.tensor([[1.0, 0], [0, 0]])
    )
    first, second = (math.log1p(math.exp(-2)) + math.log(2)) / 2, (math.log(2) + math.log1p(math.exp(-1))) / 2
    torch.testing.assert_close(sets, torch.tensor([first, second]))


def test_targets_and_answers_of_several_labels():
    targets, answers = OUTPUTS[MULTI_LABEL].targets, OUTPUTS[MULTI_LABEL].answers
    assert [targets(labels, 3).tolist() for labels in ([2, 0], [])] == [[1, 0, 1], [0, 0, 0]]
    assert answers(torch.tensor([[1.0, -1, 0.5], [-1, -1, 0]])) == [[0, 2], []]


@pytest.mark.parametrize("task", [TAGS, NUMBER, TOPICS], ids=lambda task: task.name)
def test_gates_give_every_instances_gradient(task):
    model = MultiTaskModel(tiny_encoder("bert"), [task], seed=1).eval()
    generator = torch.Generator().manual_seed(2)
    ids = torch.randint(5, 50, (4, 7), generator=generator)
    tags, sets = (torch.randint(0, 2, (4, size), generator=generator) for size in (7, 3))
    labels = {"tags": tags, "number": torch.rand(4), "topics": sets.float()}[task.name]
    batch = type("Batch", (), {"inputs": {"input_ids": ids}, "labels": labels})
    losses, together = head_gate(model, task.name, batch, "fp32")
    for one in range(4):
        single = type(
            "Batch", (), {"inputs": {"input_ids": ids[one : one + 1]}, "labels": labels[one : one + 1]}
        )
        loss, alone = head_gate(model, task.name, single, "fp32")
        torch.testing.assert_close(alone[0], together[one], rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(loss[0], losses[one])


def test_four_objectives_learn_together(tokenizer, backend):
    rows = sentences(160)
    texts = rows["tokens"].map(" ".join)
    dogs = rows["tokens"].map(lambda tokens: float(tokens.count("dog")))
    topics = rows["tokens"].map(lambda tokens: [i for i, word in enumerate(TOPICS.labels) if word in tokens])
    frames = {
        "tags": rows,
        "topics": pd.DataFrame({"instance": rows["instance"], "text_a": texts, "label": topics}),
        "number": pd.DataFrame({"instance": rows["instance"], "text_a": texts, "label": dogs}),
        "class": pd.DataFrame(
            {"instance": rows["instance"], "text_a": texts, "label": (dogs > 0).astype(int)}
        ),
    }
    tasks = [TAGS, NUMBER, CLASS, TOPICS]
    data = {task.name: Encoded(frames[task.name], task, tokenizer, 16) for task in tasks}
    token_ids = torch.cat([encoded.token_ids for encoded in data.values()])
    model = build_model(backend, tasks, 1, token_ids)
    recipe = replace(RECIPE, epochs=12, learning_rate=5e-3, batch_size=16, max_length=16)
    training = Training(model, [Member(name) for name in data], data, {}, {})
    assert len(list(epochs(training.learner(recipe), training, recipe, 1))) == 12
    found = {task.name: predict(model, task.name, data[task.name], "fp32") for task in tasks}
    scores = {t.name: score(t, t.decides, data[t.name].labels, found[t.name]) for t in tasks}
    assert scores["tags"] > 0.95
    assert scores["number"] > 0.8
    assert scores["class"] > 0.85
    assert scores["topics"] > 0.75
