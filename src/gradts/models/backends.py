"""Backends: find a pre-trained encoder's folder, verify it, load encoder and tokenizer."""

from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase
from transformers.utils import logging
from transformers.utils.hub import resolve_revision

from gradts.names import InputError
from gradts.provenance import digest, folder_digest
from gradts.specs import Backend

WEIGHTS = "model.safetensors"
# The report of unused weights (cut layers, poolers) and the bars of loading would bury what the log is for.
logging.set_verbosity_error()
logging.disable_progress_bar()


def locate(backend: Backend) -> str:
    """The hub name or verified local folder of a backend.

    Raises InputError where the package or folder is missing, has no safetensors weights, their sha256 is
    not the declared one, or the folder has changed since the run was planned.
    """
    if backend.hub is not None:
        return backend.hub
    folder = _package_folder(backend) if backend.package else Path(str(backend.path))
    weights = folder / WEIGHTS
    if not weights.is_file():
        raise InputError(f"backend '{backend.name}': {weights} is missing; only safetensors weights are read")
    if backend.sha256 is not None:
        found = digest(weights)
        if found != backend.sha256:
            raise InputError(
                f"backend '{backend.name}': {weights} has sha256 {found}, the registry says "
                f"{backend.sha256}; install the package again or mend the registry"
            )
    if backend.digest is not None and (found := folder_digest(folder)) != backend.digest:
        raise InputError(
            f"backend '{backend.name}': the files of {folder} are others (digest {found}) than when this run "
            f"was planned ({backend.digest}); start it again, to make anew what depends on them"
        )
    return str(folder)


def _package_folder(backend: Backend) -> Path:
    try:
        return Path(str(metadata.distribution(backend.package).locate_file(backend.folder)))
    except metadata.PackageNotFoundError as error:
        raise InputError(
            f"backend '{backend.name}': package {backend.package} is not installed; "
            f"pip install {backend.package}"
        ) from error


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
    return _load(AutoModel, place, backend, config=config, use_safetensors=True, dtype="float32")


def load_tokenizer(backend: Backend) -> PreTrainedTokenizerBase:
    """Load a backend's tokenizer; InputError where it cannot be read."""
    return _load(AutoTokenizer, locate(backend), backend, ": no tokenizer")


def _load(kind: Any, place: str, backend: Backend, trouble: str = " cannot be loaded", **options: Any) -> Any:
    try:
        return kind.from_pretrained(place, revision=_revision(backend), trust_remote_code=False, **options)
    except (OSError, ValueError, SafetensorError) as error:
        raise InputError(f"backend '{backend.name}'{trouble}: {error}") from error
