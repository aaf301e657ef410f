"""One shared encoder with an output head a task (MT-DNN; method.md §4)."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from gradts.specs import Task


class MultiTaskModel(nn.Module):
    """Encoder, dropout and one linear head a task on the first token's state."""

    def __init__(self, encoder: PreTrainedModel, tasks: list[Task], seed: int) -> None:
        super().__init__()
        self.encoder = encoder
        dropout = getattr(encoder.config, "hidden_dropout_prob", None)
        self.dropout = nn.Dropout(0.1 if dropout is None else dropout)
        self.heads = nn.ModuleDict()
        for task in sorted(tasks, key=lambda task: task.name):
            head = nn.Linear(encoder.config.hidden_size, len(task.labels))
            # A head's start depends on the seed alone, not on the other members.
            generator = torch.Generator().manual_seed(seed)
            nn.init.normal_(head.weight, std=0.02, generator=generator)
            nn.init.zeros_(head.bias)
            self.heads[task.name] = head

    def forward(self, task: str, inputs: dict[str, Tensor]) -> Tensor:
        """Logits [instances, labels] of a batch of one task."""
        first = self.encoder(**inputs).last_hidden_state[:, 0]
        return self.heads[task](self.dropout(first))


def instance_losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Loss of every instance [instances], in float32: cross-entropy (method.md §1)."""
    return functional.cross_entropy(logits.float(), labels, reduction="none")
