"""Backends: load a pre-trained encoder and its tokenizer."""

from functools import cache
from typing import Any

from safetensors import SafetensorError
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase
from transformers.utils import logging
from transformers.utils.hub import resolve_revision

from gradts.models.location import locate
from gradts.names import InputError
from gradts.specs import Backend

# The report of unused weights (cut layers, poolers) and the bars of loading would bury what the log is for.
logging.set_verbosity_error()
logging.disable_progress_bar()


@cache
def _revision(backend: Backend) -> str | None:
    """What a process found first holds for all that it loads, though `main` may move meanwhile."""
    return resolve_revision(backend.hub, backend.revision)


def commit_of(backend: Backend) -> str | None:
    """The commit of the hub that a backend is loaded from; None of a folder, or where nobody can tell."""
    return getattr(_revision(backend), "resolved", None)


def load_encoder(backend: Backend) -> PreTrainedModel:
    """Load a backend's encoder in fp32, cut to its first `layers` layers where the spec says so."""
    place = locate(backend)
    config = _load(AutoConfig, place, backend)
    if backend.layers is not None:
        if backend.layers > config.num_hidden_layers:
            raise InputError(
                f"backend '{backend.name}': layers: {backend.layers}, but the model has "
                f"{config.num_hidden_layers}; lower it or leave it out"
            )
        config.num_hidden_layers = backend.layers
        if kinds := getattr(config, "layer_types", None):  # ModernBERT: global or local attention
            config.layer_types = kinds[: backend.layers]
    return _load(AutoModel, place, backend, config=config, use_safetensors=True, dtype="float32")


def load_tokenizer(backend: Backend) -> PreTrainedTokenizerBase:
    """Load a backend's tokenizer; InputError where it cannot be read."""
    return _load(AutoTokenizer, locate(backend), backend, ": no tokenizer")


def _load(kind: Any, place: str, backend: Backend, trouble: str = " cannot be loaded", **options: Any) -> Any:
    try:
        return kind.from_pretrained(place, revision=_revision(backend), trust_remote_code=False, **options)
    except (OSError, ValueError, SafetensorError) as error:
        raise InputError(f"backend '{backend.name}'{trouble}: {error}") from error
