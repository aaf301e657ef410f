"""A trained task as a folder that transformers loads as it is, and back."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoTokenizer, PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from gradts.artifacts import ArtifactError, remake
from gradts.layout import inside
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


def load_exported(task: Task, folder: str | Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Model and tokenizer of a folder; ArtifactError where it is damaged or not the task's."""
    path = inside(folder, "model")
    try:
        options = {"use_safetensors": True, "dtype": "float32", "output_loading_info": True}
        kind = OUTPUTS[task.objective].kind
        model, told = kind.from_pretrained(str(folder), local_files_only=True, **options)
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise ArtifactError(f"{folder} cannot be loaded ({error}); {remake(path)}") from error
    if len(tokenizer) <= len(tokenizer.all_special_ids):  # what transformers makes where there are no files
        raise ArtifactError(f"{folder} has no tokenizer; {remake(path)}")
    if told["missing_keys"]:  # which would be drawn at random
        missing = ", ".join(sorted(told["missing_keys"]))
        raise ArtifactError(f"{folder} has no weights {missing}; {remake(path)}")
    labels = [model.config.id2label[label] for label in range(model.config.num_labels)]
    if labels != task.labels and (task.labels or len(labels) > 1):
        raise ArtifactError(
            f"{folder}: config.json has the labels {', '.join(labels)}, and task '{task.name}' "
            f"{', '.join(task.labels)}; {remake(path)}"
        )
    return model, tokenizer
