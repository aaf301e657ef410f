"""What a stage may know: frozen specifications, passed to jobs as one line of JSON.

A specification holds only values that define a result. Two jobs with equal specifications (and equal
code) compute the same artefact, so the JSON text is also what Snakemake compares between runs.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

TASK_NAME = r"[a-z][a-z0-9_]*"
MAX_NAME_BYTES = 180


class InputError(ValueError):
    """A mistake in what the user gave: the message names the place, the value and the fix."""


class Spec:
    """JSON round trip for frozen dataclasses; keys are sorted so that equal specs have equal text."""

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        return cls(**values)


@dataclass(frozen=True)
class Source(Spec):
    """Where a task's rows come from and how they are split and capped (what `gradts prepare` needs).

    `origin` is one of `{"hub": id, "config": name, "revision": …}`, `{"files": {split: path}}` and
    `{"generated": {split: rows}}`; `splits` maps our split names (`train` and one or more
    `dev…`) to those of the origin. Where the origin has no dev split, `dev_fraction` of its training
    split is held out as `dev`.
    """

    task: str
    objective: str
    origin: dict[str, Any]
    splits: dict[str, str]
    text: list[str]
    label: str
    labels: list[str]
    empty_text: str
    seed: int
    select_fraction: float
    dev_fraction: float | None
    max_train: int | None
    max_select: int | None
    max_dev: int | None


CLASSIFICATION, REGRESSION, TAGGING = "classification", "regression", "sequence_labelling"
# Metrics that an objective may have (method.md §4); training.metrics computes them.
METRICS_OF = {
    CLASSIFICATION: ("accuracy", "f1", "macro_f1", "weighted_f1", "mcc"),
    REGRESSION: ("pearson", "spearman"),
    TAGGING: ("span_f1", "token_accuracy", "token_macro_f1"),
}


@dataclass(frozen=True)
class Task(Spec):
    """What training needs to know of a task beside its prepared rows.

    `objective` is classification, regression or sequence_labelling; regression has no labels.
    """

    name: str
    objective: str
    labels: list[str]
    metrics: list[str]
    decides: str


@dataclass(frozen=True)
class Backend(Spec):
    """A pre-trained encoder: a hub name, a local folder, or a folder inside an installed package."""

    name: str
    hub: str | None = None
    revision: str | None = None
    path: str | None = None
    package: str | None = None
    folder: str | None = None
    sha256: str | None = None
    layers: int | None = None


@dataclass(frozen=True)
class Recipe(Spec):
    """How a model is trained (method.md §4); equal for all members of a joint run."""

    epochs: int
    learning_rate: float
    batch_size: int
    warmup: float
    weight_decay: float
    clip: float
    max_length: int
    precision: str


@dataclass(frozen=True)
class GradientSpec(Spec):
    """One task's gradient job: warm-up fine-tune, then one pass (method.md §1)."""

    task: Task
    backend: Backend
    recipe: Recipe
    seed: int
    estimator: str
    batch_size: int
    precision: str
    dropout: bool = False

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        nested = {"task": Task, "backend": Backend, "recipe": Recipe}
        return cls(**{k: nested[k].from_dict(v) if k in nested else v for k, v in values.items()})


@dataclass(frozen=True)
class Subset(Spec):
    """Which training instances of a member take part, and how often.

    `tau`: instances whose τ with `primary` is at least `value`; `keep`: the best share `value` of them;
    `ratio`: `value` batches for each batch of `primary` (AUTOSEM); `sample`: a seeded share `value` (no
    primary). Spelled `@cola-0.42`, `@cola-keep0.6`, `@cola-ratio1.5`, `@sample0.1`.
    """

    kind: str
    value: float
    primary: str = ""

    _SPELLING = re.compile(
        rf"(?P<primary>{TASK_NAME})-(?P<kind>keep|ratio)?(?P<value>-?[0-9.e-]+)|sample(?P<sample>[0-9.e-]+)"
    )

    def __str__(self) -> str:
        if self.kind == "sample":
            return f"sample{self.value:g}"
        return f"{self.primary}-{'' if self.kind == 'tau' else self.kind}{self.value:g}"

    @classmethod
    def parse(cls, text: str) -> Self:
        match = cls._SPELLING.fullmatch(text)
        if match is None:
            raise InputError(f"'{text}' is no subset of training instances")
        if match["sample"]:
            return cls("sample", float(match["sample"]))
        return cls(match["kind"] or "tau", float(match["value"]), match["primary"])


@dataclass(frozen=True)
class Member(Spec):
    """A task in a joint run, with all of its training instances or a subset of them."""

    task: str
    subset: Subset | None = None

    def __str__(self) -> str:
        return self.task if self.subset is None else f"{self.task}@{self.subset}"

    @classmethod
    def parse(cls, text: str) -> Self:
        task, _, subset = text.partition("@")
        if not re.fullmatch(TASK_NAME, task):
            raise InputError(f"'{task}' is no task name (in '{text}')")
        return cls(task, Subset.parse(subset) if subset else None)


def canonical(members: Iterable[Member]) -> list[str]:
    """The spelling of an unordered set of members: sorted, one entry a task.

    Raises InputError if a task occurs twice.
    """
    spelled = sorted(str(member) for member in set(members))
    tasks = [Member.parse(text).task for text in spelled]
    twice = sorted({task for task in tasks if tasks.count(task) > 1})
    if twice:
        raise InputError(f"task '{twice[0]}' occurs twice in the set {'+'.join(spelled)}")
    return spelled


def members_name(members: Iterable[Member]) -> str:
    """The set's name in paths: `a+b+c`, or `set-<digest>` where that would pass 180 bytes."""
    name = "+".join(canonical(members))
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    return "set-" + hashlib.sha256(name.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class RunSpec(Spec):
    """A joint run: the unordered set of members with backend, recipe and seed, and nothing else."""

    members: list[str]
    tasks: list[Task]
    backend: Backend
    recipe: Recipe
    seed: int
    subset_seed: int = field(default=42)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        values = dict(values)
        values["tasks"] = [Task.from_dict(task) for task in values["tasks"]]
        values["backend"] = Backend.from_dict(values["backend"])
        values["recipe"] = Recipe.from_dict(values["recipe"])
        return cls(**values)
