"""A trained task as a folder that transformers loads as it is, and back."""

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import PreTrainedModel

from gradts.artifacts import ArtifactError
from gradts.models.backends import load_encoder, load_tokenizer
from gradts.models.multitask import MultiTaskModel, without_weights
from gradts.models.objectives import OUTPUTS
from gradts.specs import Backend, Task


@torch.no_grad()
def export(model: MultiTaskModel, task: Task, backend: Backend, max_length: int, folder: str | Path) -> None:
    """Write a task's model as it is now, with its tokenizer: `config.json`, `model.safetensors`, ….

    The embedding table is whole: the backend's, with the rows that were trained. Numbers are answered in the
    task's own units.
    """
    mine = model.models[task.name]
    weights = {name: tensor.detach().cpu() for name, tensor in mine.state_dict().items()}
    _restore_rows(weights, mine, backend)
    if task.name in model.scales:
        last = next(name for name, part in mine.named_modules() if part is model.last_layer(task.name))
        scale = model.scales[task.name]
        weights[f"{last}.weight"] = (weights[f"{last}.weight"] * float(scale.deviation)).float()
        weights[f"{last}.bias"] = (
            weights[f"{last}.bias"] * float(scale.deviation) + float(scale.mean)
        ).float()
    whole = without_weights(mine.config, task)
    # Of what the encoder has for other tasks, such as a pooler, this one takes nothing.
    whole.load_state_dict({name: weights[name] for name in whole.state_dict()}, assign=True)
    whole.save_pretrained(folder)
    tokenizer = load_tokenizer(backend)
    tokenizer.model_max_length = max_length
    tokenizer.save_pretrained(folder)


def _restore_rows(weights: dict[str, Tensor], model: PreTrainedModel, backend: Backend) -> None:
    """Put the whole embedding table in the place of the rows that were in use."""
    rows = model.get_input_embeddings()
    place = next(name for name, part in model.named_modules() if part is rows)
    whole = load_encoder(backend).get_input_embeddings().weight
    weights[f"{place}.weight"] = rows.spread(whole.to(rows.position.device)).cpu()


class Exported(nn.Module):
    """The model in a folder, which is asked as a MultiTaskModel is.

    Raises ArtifactError where it cannot be loaded.
    """

    def __init__(self, task: Task, folder: str | Path) -> None:
        super().__init__()
        self.answers_of = OUTPUTS[task.objective].answers
        try:
            self.model = OUTPUTS[task.objective].kind.from_pretrained(folder, use_safetensors=True)
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            raise ArtifactError(f"{folder} is no model of task '{task.name}': {error}") from error

    def forward(self, task: str, inputs: dict[str, Tensor]) -> Tensor:
        """Logits of a batch, as those of MultiTaskModel; numbers are in the task's own units."""
        return self.model(**inputs).logits

    def answers(self, task: str, logits: Tensor) -> list[Any]:
        """Predictions of a batch, one an instance, in the form of labels."""
        return self.answers_of(logits.float())
