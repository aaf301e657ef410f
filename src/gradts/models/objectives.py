"""Objectives, seen from the model: targets, loss, answer (method.md §1, §4); twin of data/objectives.py."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification

from gradts.specs import CLASSIFICATION, MULTI_LABEL, REGRESSION, TAGGING

IGNORED = -100  # a token that is no word's first piece


@dataclass(frozen=True)
class Output:
    """What the model of a task is, and what its logits are for.

    `kind`, `problem_type`: transformers' class and what it calls the objective.
    `targets(labels, size)`: a row's labels as a tensor, [] or [size]; with `per_token` a tensor of ids
    [words]. `loss(logits, targets)`: of every instance [instances], from logits [instances, size] or
    [instances, length, size]. `answers(logits)`: a list of one prediction an instance, in the form of labels.
    `scaled`: targets and answers are numbers in units of their own (see Scale).
    """

    targets: Callable[[Any, int], Tensor]
    loss: Callable[[Tensor, Tensor], Tensor]
    answers: Callable[[Tensor], list[Any]]
    problem_type: str | None = None
    kind: Any = AutoModelForSequenceClassification
    per_token: bool = False
    scaled: bool = False


class Scale(nn.Module):
    """Mean and standard deviation of a task's training targets, between its units and those of its head.

    A head and its loss see multiples of the deviation, so that a task in cents is learnt as one in euros,
    and weighs beside others as they do. Buffers: what is saved of a model has them. float64: targets may be
    large, and differ little.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros((), dtype=torch.float64))
        self.register_buffer("deviation", torch.ones((), dtype=torch.float64))

    def set(self, mean: float, deviation: float) -> None:
        """From now on, in place."""
        self.mean.fill_(mean)
        self.deviation.fill_(deviation)

    def standardised(self, targets: Tensor) -> Tensor:
        """Targets [instances] in the head's units, float32."""
        return ((targets.double() - self.mean) / self.deviation).float()

    def restored(self, outputs: Tensor) -> Tensor:
        """A head's outputs in the task's units, float64 of the same shape."""
        return outputs.double() * self.deviation + self.mean


def _multi_hot(labels: list[int], size: int) -> Tensor:
    return functional.one_hot(torch.tensor(list(labels), dtype=torch.long), size).sum(dim=0).float()


def _binary_cross_entropy(logits: Tensor, hot: Tensor) -> Tensor:
    """The mean over labels, so that tasks of many labels weigh as others do."""
    return functional.binary_cross_entropy_with_logits(logits, hot, reduction="none").mean(dim=1)


def _token_cross_entropy(logits: Tensor, ids: Tensor) -> Tensor:
    """The mean over the tokens that have a label (others: IGNORED)."""
    tokens = functional.cross_entropy(logits.transpose(1, 2), ids, reduction="none", ignore_index=IGNORED)
    return tokens.sum(dim=1) / (ids != IGNORED).sum(dim=1).clamp(min=1)


def _likeliest(logits: Tensor) -> list[Any]:
    return logits.argmax(dim=-1).tolist()


OUTPUTS = {
    CLASSIFICATION: Output(
        targets=lambda label, size: torch.tensor(label),
        loss=lambda logits, ids: functional.cross_entropy(logits, ids, reduction="none"),
        answers=_likeliest,
        problem_type="single_label_classification",
    ),
    MULTI_LABEL: Output(
        targets=_multi_hot,
        loss=_binary_cross_entropy,
        answers=lambda logits: [row.nonzero().flatten().tolist() for row in logits > 0],
        problem_type="multi_label_classification",
    ),
    REGRESSION: Output(
        targets=lambda number, size: torch.tensor(number, dtype=torch.float64),
        loss=lambda logits, numbers: functional.mse_loss(logits.squeeze(-1), numbers, reduction="none"),
        answers=lambda logits: logits.squeeze(-1).tolist(),
        problem_type="regression",
        scaled=True,
    ),
    TAGGING: Output(
        targets=lambda labels, size: torch.tensor(list(labels)),
        loss=_token_cross_entropy,
        answers=_likeliest,
        kind=AutoModelForTokenClassification,
        per_token=True,
    ),
}
