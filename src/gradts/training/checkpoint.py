"""The state of a training that was stopped: tensors and plain facts in one safetensors file."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from gradts.artifacts import ArtifactError, atomic
from gradts.training.learner import Learner


def save(path: str | Path, learner: Learner, key: str, facts: dict[str, Any]) -> None:
    """Write model, optimizer and schedule, with facts that JSON can hold, atomically.

    `key` says what is trained: a state resumes nothing else.
    """
    tensors = {f"model.{name}": tensor for name, tensor in learner.model.state_dict().items()}
    state = learner.optimizer.state_dict()
    for index, moments in state["state"].items():
        tensors |= {f"optimizer.{index}.{name}": tensor for name, tensor in moments.items()}
    plain = {
        "key": key,
        "facts": facts,
        "groups": state["param_groups"],
        "schedule": learner.schedule.state_dict(),
    }
    del plain["schedule"]["lr_lambdas"]  # functions; the learner has its own
    with atomic(path) as part:
        # Tensors that share storage (tied weights) are written as copies of their own.
        copies = {name: t.detach().clone().contiguous() for name, t in tensors.items()}
        try:
            save_file(copies, part, {"gradts": json.dumps(plain)})
        except SafetensorError as error:  # a full disk, say
            raise OSError(str(error)) from error


def load(path: str | Path, learner: Learner, key: str) -> dict[str, Any] | None:
    """Restore a learner in place and return the facts; None for a state of another training.

    Raises ArtifactError where the file is damaged.
    """
    try:
        with safe_open(path, "pt") as file:
            plain = json.loads(file.metadata()["gradts"])
            if plain["key"] != key:
                return None
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        model = {name.removeprefix("model."): t for name, t in tensors.items() if name.startswith("model.")}
        learner.model.load_state_dict(model)
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name in tensors:
            if name.startswith("optimizer."):
                _, index, moment = name.split(".")
                moments.setdefault(int(index), {})[moment] = tensors[name]
        learner.optimizer.load_state_dict({"state": moments, "param_groups": plain["groups"]})
        learner.schedule.load_state_dict({**plain["schedule"], "lr_lambdas": [None]})
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ArtifactError(
            f"{path} cannot be resumed from ({str(error).splitlines()[0]}); delete it to begin anew"
        ) from error
    return plain["facts"]
