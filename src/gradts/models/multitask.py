"""A model of transformers' own for every task, all on one shared encoder (MT-DNN; method.md §4)."""

import copy
from typing import Any
from zlib import crc32

import torch
from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel

from gradts.models.backends import load_encoder
from gradts.models.first_token import keep_first_token
from gradts.models.objectives import OUTPUTS, Scale
from gradts.models.vocabulary import keep_rows
from gradts.specs import Backend, Task


class MultiTaskModel(nn.Module):
    """An encoder, and for every task the model that transformers has for its objective, with that encoder.

    What comes after the encoder is transformers': BERT's tasks share its pooler, as in MT-DNN, others have
    layers of their own.
    """

    def __init__(self, encoder: PreTrainedModel, tasks: list[Task], seed: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.outputs = {task.name: OUTPUTS[task.objective] for task in tasks}
        self.scales = nn.ModuleDict({task.name: Scale() for task in tasks if OUTPUTS[task.objective].scaled})
        self.models = nn.ModuleDict()
        pooled = False
        for task in sorted(tasks, key=lambda task: task.name):
            model = without_weights(config_of(task, encoder.config), task)
            pooled |= getattr(model.base_model, "pooler", None) is not None
            setattr(model, model.base_model_prefix, encoder)
            # A head's start depends on seed and task, not on the other members. Equal heads would pull
            # the encoder both ways where label ids mean opposite things.
            _begin_heads(model, crc32(f"{seed} {task.name}".encode()))
            self.models[task.name] = model
        if not pooled and getattr(encoder, "pooler", None) is not None:
            encoder.pooler = None  # no task's model has it
        self.first_token = keep_first_token(encoder)
        # ModernBERT may be told to have its classes read the mean of all tokens.
        self.read_first = getattr(encoder.config, "classifier_pooling", "cls") == "cls"

    def forward(self, task: str, inputs: dict[str, Tensor]) -> Tensor:
        """Logits of a batch of one task: [instances, labels], for regression [instances, 1].

        Sequence labelling has [instances, length, labels]; the first word piece of a word speaks for it.
        """
        self.first_token.alone = self.read_first and not self.outputs[task].per_token
        return self.models[task](**inputs).logits

    def last_layer(self, task: str) -> nn.Linear:
        """The layer that makes a task's logits."""
        return [part for head in _heads(self.models[task]) for part in head.modules() if _is_linear(part)][-1]

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


def config_of(task: Task, encoder: PretrainedConfig) -> PretrainedConfig:
    """An encoder's configuration with a task's labels, and what they are for."""
    config = copy.deepcopy(encoder)
    config.num_labels = max(1, len(task.labels))
    if task.labels:
        config.id2label = dict(enumerate(task.labels))
        config.label2id = {label: number for number, label in config.id2label.items()}
    config.problem_type = OUTPUTS[task.objective].problem_type
    return config


def without_weights(config: PretrainedConfig, task: Task) -> PreTrainedModel:
    """The model that transformers has for a task's objective: its layers, without memory for weights."""
    with torch.device("meta"):
        return OUTPUTS[task.objective].kind.from_config(config, dtype=torch.float32)


def _heads(model: PreTrainedModel) -> list[nn.Module]:
    """What a task's model has beside its encoder."""
    return [part for name, part in model.named_children() if name != model.base_model_prefix]


def _is_linear(part: nn.Module) -> bool:
    return isinstance(part, nn.Linear)


def _begin_heads(model: PreTrainedModel, seed: int) -> None:
    """Weights of what a model has beside its encoder, drawn as transformers draws them."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for head in _heads(model):
            head.to_empty(device="cpu")
            head.apply(model._init_weights)


def build_model(backend: Backend, tasks: list[Task], seed: int, token_ids: Tensor) -> MultiTaskModel:
    """A backend's encoder with every task's model; it embeds the word pieces in `token_ids` and no others."""
    torch.manual_seed(seed)
    encoder = load_encoder(backend)
    keep_rows(encoder, token_ids)
    return MultiTaskModel(encoder, tasks, seed)
