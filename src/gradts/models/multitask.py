"""One shared encoder with an output head a task (MT-DNN; method.md §4)."""

from zlib import crc32

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from gradts.specs import TAGGING, Task

IGNORED = -100  # a token that is no word's first piece


class MultiTaskModel(nn.Module):
    """Encoder, dropout and one linear head a task: on the first token's state, or on every token's."""

    def __init__(self, encoder: PreTrainedModel, tasks: list[Task], seed: int) -> None:
        super().__init__()
        self.encoder = encoder
        dropout = getattr(encoder.config, "hidden_dropout_prob", None)
        self.dropout = nn.Dropout(0.1 if dropout is None else dropout)
        self.heads = nn.ModuleDict()
        self.tagging = {task.name for task in tasks if task.objective == TAGGING}
        for task in sorted(tasks, key=lambda task: task.name):
            head = nn.Linear(encoder.config.hidden_size, max(1, len(task.labels)))
            # A head's start depends on seed and task, not on the other members. Equal heads would pull
            # the encoder both ways where label ids mean opposite things.
            generator = torch.Generator().manual_seed(crc32(f"{seed} {task.name}".encode()))
            nn.init.normal_(head.weight, std=0.02, generator=generator)
            nn.init.zeros_(head.bias)
            self.heads[task.name] = head

    def forward(self, task: str, inputs: dict[str, Tensor]) -> Tensor:
        """Logits of a batch of one task: [instances, labels], for regression [instances, 1].

        Sequence labelling has [instances, length, labels]; the first word piece of a word speaks for it.
        """
        states = self.encoder(**inputs).last_hidden_state
        return self.heads[task](self.dropout(states if task in self.tagging else states[:, 0]))


def instance_losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Loss of every instance [instances], in float32 (method.md §1).

    Squared error for labels that are numbers; cross-entropy for ids [instances]; for ids
    [instances, length] the mean cross-entropy of the tokens that have one (others: IGNORED).
    """
    logits = logits.float()
    if labels.is_floating_point():
        return functional.mse_loss(logits.squeeze(-1), labels, reduction="none")
    if labels.dim() == 1:
        return functional.cross_entropy(logits, labels, reduction="none")
    tokens = functional.cross_entropy(logits.transpose(1, 2), labels, reduction="none", ignore_index=IGNORED)
    return tokens.sum(dim=1) / (labels != IGNORED).sum(dim=1).clamp(min=1)
