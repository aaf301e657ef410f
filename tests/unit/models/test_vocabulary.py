"""An embedding table cut to the word pieces in use changes nothing but the time of a step."""

import copy
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from gradts.models.multitask import MultiTaskModel
from gradts.models.vocabulary import keep_rows
from gradts.training.encoding import Batch
from gradts.training.learner import Learner
from tests.conftest import CONFIGS, RECIPE, tiny_encoder, yes_no

TASK = yes_no("t")
FAST = replace(RECIPE, learning_rate=1e-2, warmup=0.0, weight_decay=0.1)
IDS = torch.tensor([[0, 5, 7, 1, 1], [0, 9, 5, 7, 2]])


@pytest.mark.parametrize("kind", sorted(CONFIGS))
def test_training_is_the_same_with_rows_in_use(kind):
    encoder = tiny_encoder(kind)
    batch = Batch(
        {"input_ids": IDS, "attention_mask": (IDS != 1).long()}, torch.tensor([0, 1]), torch.ones(2)
    )
    outputs = []
    for cut in (False, True):
        model = MultiTaskModel(copy.deepcopy(encoder), [TASK], seed=1).eval()
        if cut:
            keep_rows(model.encoder, IDS)
        learner = Learner(model, FAST, steps=5)
        for _ in range(5):
            learner("t", SimpleNamespace(batch=lambda positions, device: batch), [0, 1])
        outputs.append(model("t", batch.inputs))
    torch.testing.assert_close(outputs[0], outputs[1], rtol=1e-3, atol=1e-4)


def test_an_unknown_word_piece_is_an_error():
    encoder = tiny_encoder("bert")
    keep_rows(encoder, IDS)
    with pytest.raises(IndexError):
        encoder(input_ids=torch.tensor([[0, 3]]))
