"""The state of a training that was stopped: tensors and plain facts in one safetensors file."""

import json
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from gradts.artifacts import ArtifactError, atomic
from gradts.provenance import Job, differences
from gradts.training.learner import Learner


class State:
    """The file from which a job goes on where it was stopped; only the same job does (Job.follows_from)."""

    def __init__(self, path: str | Path, job: Job) -> None:
        self.path, self.job = Path(path), job

    @cached_property
    def key(self) -> dict[str, Any]:
        """What the job follows from; asked when it has read its data."""
        return self.job.follows_from()

    def save(self, learner: Learner, facts: dict[str, Any]) -> None:
        """Write model, optimizer, schedule and costs, with facts that JSON can hold, atomically."""
        _save(self.path, learner, {"key": self.key, "seconds": self.job.seconds(), "facts": facts})

    def load(self, learner: Learner) -> dict[str, Any] | None:
        """Restore a learner in place, with what it has cost, and return the facts; None: begin anew.

        So it is where there is no file, or one of another job, which standard error then says. Raises
        ArtifactError where the file is damaged.
        """
        if not self.path.exists():
            return None
        plain = _load(self.path, learner, self.key)
        if plain["key"] != self.key:
            changed = differences(plain["key"], self.key)
            print(f"{self.path} was left by a job of other {changed}: beginning anew", file=sys.stderr)
            return None
        self.job.before.update(plain["seconds"])
        return plain["facts"]

    def drop(self) -> None:
        """Delete the file, and what killed writes left beside it: the job is done."""
        for path in (self.path, *self.path.parent.glob(f".{self.path.name}.*.part")):
            path.unlink(missing_ok=True)


def _save(path: Path, learner: Learner, known: dict[str, Any]) -> None:
    tensors = {f"model.{name}": tensor for name, tensor in _of_model(learner).items()}
    state = learner.optimizer.state_dict()
    for index, moments in state["state"].items():
        tensors |= {f"optimizer.{index}.{name}": tensor for name, tensor in moments.items()}
    plain = {**known, "groups": state["param_groups"], "schedule": learner.schedule.state_dict()}
    plain["pieces"] = learner.pieces
    del plain["schedule"]["lr_lambdas"]  # functions; the learner has its own
    with atomic(path) as part:
        # Tensors that share storage (tied weights) are written as copies of their own.
        copies = {name: t.detach().clone().contiguous() for name, t in tensors.items()}
        try:
            save_file(copies, part, {"gradts": json.dumps(plain)})
        except SafetensorError as error:  # a full disk, say
            raise OSError(str(error)) from error


def _of_model(learner: Learner) -> dict[str, torch.Tensor]:
    """Name → parameter or buffer; what several tasks share once."""
    return {**dict(learner.model.named_parameters()), **dict(learner.model.named_buffers())}


def _load(path: Path, learner: Learner, key: dict[str, Any]) -> dict[str, Any]:
    """What was saved beside the tensors; the learner is restored where the key is this one."""
    try:
        with safe_open(path, "pt") as file:
            plain = json.loads(file.metadata()["gradts"])
            if plain["key"] != key:
                return plain
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        mine = _of_model(learner)
        model = {name.removeprefix("model."): t for name, t in tensors.items() if name.startswith("model.")}
        if {*mine} != {*model}:
            raise ValueError(f"it is of another model: {', '.join(sorted({*mine} ^ {*model})[:3])}")
        for name, tensor in model.items():
            mine[name].data.copy_(tensor)
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name in tensors:
            if name.startswith("optimizer."):
                _, index, moment = name.split(".")
                moments.setdefault(int(index), {})[moment] = tensors[name]
        learner.optimizer.load_state_dict({"state": moments, "param_groups": plain["groups"]})
        learner.schedule.load_state_dict({**plain["schedule"], "lr_lambdas": [None]})
        learner.pieces = plain["pieces"]
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ArtifactError(
            f"{path} cannot be resumed from ({str(error).splitlines()[0]}); delete it to begin anew"
        ) from error
    return plain
