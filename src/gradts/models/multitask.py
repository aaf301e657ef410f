"""One shared encoder with an output head a task (MT-DNN; method.md §4)."""

from typing import Any
from zlib import crc32

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from gradts.models.backends import load_encoder
from gradts.models.first_token import keep_first_token
from gradts.models.objectives import OUTPUTS, Scale
from gradts.models.vocabulary import keep_rows
from gradts.specs import Backend, Task


class MultiTaskModel(nn.Module):
    """Encoder, dropout and one linear head a task: on the first token's state, or on every token's."""

    def __init__(self, encoder: PreTrainedModel, tasks: list[Task], seed: int) -> None:
        super().__init__()
        self.encoder = encoder
        dropout = getattr(encoder.config, "hidden_dropout_prob", None)
        self.dropout = nn.Dropout(0.1 if dropout is None else dropout)
        self.heads = nn.ModuleDict()
        self.outputs = {task.name: OUTPUTS[task.objective] for task in tasks}
        self.scales = nn.ModuleDict({task.name: Scale() for task in tasks if OUTPUTS[task.objective].scaled})
        for task in sorted(tasks, key=lambda task: task.name):
            head = nn.Linear(encoder.config.hidden_size, max(1, len(task.labels)))
            # A head's start depends on seed and task, not on the other members. Equal heads would pull
            # the encoder both ways where label ids mean opposite things.
            generator = torch.Generator().manual_seed(crc32(f"{seed} {task.name}".encode()))
            nn.init.normal_(head.weight, std=0.02, generator=generator)
            nn.init.zeros_(head.bias)
            self.heads[task.name] = head
        self.first_token = keep_first_token(encoder)

    def forward(self, task: str, inputs: dict[str, Tensor]) -> Tensor:
        """Logits of a batch of one task: [instances, labels], for regression [instances, 1].

        Sequence labelling has [instances, length, labels]; the first word piece of a word speaks for it.
        """
        return self.heads[task](self.dropout(self.states(task, inputs)))

    def states(self, task: str, inputs: dict[str, Tensor]) -> Tensor:
        """What a task's head reads: the first token's state [instances, width], or every token's."""
        per_token = self.outputs[task].per_token
        self.first_token.alone = not per_token
        states = self.encoder(**inputs).last_hidden_state
        return states if per_token else states[:, 0]

    def losses(self, task: str, logits: Tensor, labels: Tensor) -> Tensor:
        """Loss of every instance [instances], in float32 (method.md §1); numbers are standardised first."""
        if task in self.scales:
            labels = self.scales[task].standardised(labels)
        return self.outputs[task].loss(logits.float(), labels)

    def answers(self, task: str, logits: Tensor) -> list[Any]:
        """Predictions of a batch, one an instance: a label id, a set of them, a number, or an id a token."""
        logits = logits.float()
        if task in self.scales:
            logits = self.scales[task].restored(logits)
        return self.outputs[task].answers(logits)


def build_model(backend: Backend, tasks: list[Task], seed: int, token_ids: Tensor) -> MultiTaskModel:
    """A backend's encoder with a head a task, able to embed the word pieces in `token_ids` and no others."""
    torch.manual_seed(seed)
    encoder = load_encoder(backend)
    keep_rows(encoder, token_ids)
    return MultiTaskModel(encoder, tasks, seed)
