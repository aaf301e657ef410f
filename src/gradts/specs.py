"""What a stage may know: frozen specifications, passed to jobs as one line of JSON.

A specification holds only values that define a result. Two jobs with equal specifications (and equal
code) compute the same artefact, so the JSON text is also what Snakemake compares between runs.
"""

import difflib
import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from typing_extensions import TypedDict

MAX_NAME_BYTES = 180
TASK_NAME = r"[a-z][a-z0-9_]*"
# Of a backend, a suite or a method: nothing that a path or a shell could take for more than a name.
PLAIN_NAME = r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9_-])?"

# What a field of a specification may hold; the config's schema says the same.
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
TaskName = Annotated[str, StringConstraints(pattern=f"^{TASK_NAME}$", max_length=MAX_NAME_BYTES)]
Name = Annotated[str, StringConstraints(pattern=f"^{PLAIN_NAME}$", max_length=MAX_NAME_BYTES)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0)]
Cap = Annotated[int, Field(ge=2)] | None
Above0 = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(gt=0, le=1)]
Part = Annotated[float, Field(ge=0, le=1)]
Held = Annotated[float, Field(gt=0, le=0.5)]
Tau = Annotated[float, Field(ge=-1, le=1)]
Objective = Literal["classification", "regression", "sequence_labelling"]
Precision = Literal["auto", "bf16", "fp32"]
Decides = Literal["select", "dev"]


class Keep(TypedDict):
    """The best share."""

    __pydantic_config__ = STRICT
    keep: Share


class Grid(TypedDict):
    """Thresholds that joint runs on some tasks choose from."""

    __pydantic_config__ = STRICT
    grid: Annotated[list[Tau | Keep], Field(min_length=1)]
    tasks: Annotated[list[TaskName], Field(min_length=1)]


class Tune(TypedDict):
    """A threshold that is tuned."""

    __pydantic_config__ = STRICT
    tune: Grid


class InputError(ValueError):
    """A mistake in what the user gave: the message names the place, the value and the fix."""


class Spec:
    """JSON round trip for frozen dataclasses; keys are sorted so that equal specs have equal text."""

    __pydantic_config__ = STRICT

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises InputError that names the first field which is missing, unknown or of another kind."""
        try:
            return TypeAdapter(cls).validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, (cls.__name__, *first["loc"])))
            cause = first.get("ctx", {}).get("error")
            reason = (
                cause if isinstance(cause, InputError) else first["msg"]
            )  # a check of our own, or pydantic's
            raise InputError(f"{place}: {reason}; found {_short(first['input'])}") from error


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:60] + "…"


def hint(name: str, known: Iterable[str]) -> str:
    """What an unknown name may have meant."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean '{near[0]}'?" if near else f"known: {', '.join(sorted(known))}"


def check_name(name: str, what: str, pattern: str = PLAIN_NAME) -> None:
    """Refuse a name that could lead out of the results folder or be more than one word to a shell."""
    if not re.fullmatch(pattern, name) or len(name) > MAX_NAME_BYTES:
        letters = "lower-case letters, digits and _, a letter first"
        if pattern != TASK_NAME:
            letters = "letters and digits, between them _, - and ."
        raise InputError(f"{what}: {_short(name)} is no name; use at most {MAX_NAME_BYTES} {letters}")


@dataclass(frozen=True)
class Source(Spec):
    """Where a task's rows come from and how they are split and capped (what `gradts prepare` needs).

    `origin` is one of `{"hub": id, "config": name, "revision": …}`, `{"files": {split: path}}` and
    `{"generated": {split: rows}}`; `splits` maps our split names (`train` and one or more
    `dev…`) to those of the origin. Where the origin has no dev split, `dev_fraction` of its training
    split is held out as `dev`.
    """

    task: TaskName
    objective: Objective
    origin: dict[str, Any]
    splits: dict[str, str]
    text: Annotated[list[str], Field(min_length=1, max_length=2)]
    label: str
    labels: list[str]
    empty_text: Literal["error", "drop"]
    seed: Seed
    select_fraction: Held
    dev_fraction: Held | None
    max_train: Cap
    max_select: Cap
    max_dev: Cap

    def __post_init__(self) -> None:
        kinds = [key for key in ("hub", "files", "generated") if key in self.origin]
        if len(kinds) != 1:
            raise InputError(
                f"task '{self.task}': origin holds {', '.join(kinds) or 'none'} of hub, files and generated; "
                "give exactly one"
            )
        if "train" not in self.splits or (len(self.splits) == 1) == (self.dev_fraction is None):
            raise InputError(
                f"task '{self.task}': splits are {', '.join(self.splits) or 'none'}; give train, and either "
                "dev splits or a dev_fraction"
            )
        given = self.origin if kinds == ["hub"] else self.origin[kinds[0]]
        for key in ("config", "revision", "data_files") if kinds == ["hub"] else self.splits.values():
            if not isinstance(given, Mapping) or key not in given:
                raise InputError(f"task '{self.task}': '{key}' is missing in origin ({kinds[0]}); give it")


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

    name: TaskName
    objective: Objective
    labels: list[str]
    metrics: list[str]
    decides: str

    def __post_init__(self) -> None:
        known = METRICS_OF.get(self.objective, ())
        for metric in (*self.metrics, self.decides):
            if metric not in known:
                raise InputError(
                    f"task '{self.name}': '{metric}' is no metric of objective {self.objective}; "
                    f"it has {', '.join(known)}"
                )


@dataclass(frozen=True)
class Backend(Spec):
    """A pre-trained encoder: a hub name, a local folder, or a folder inside an installed package."""

    name: Name
    hub: str | None = None
    revision: str | None = None
    path: str | None = None
    package: str | None = None
    folder: str | None = None
    sha256: str | None = None
    layers: Count | None = None

    def __post_init__(self) -> None:
        if self.hub is None and self.path is None and (self.package is None or self.folder is None):
            raise InputError(f"backend '{self.name}' has no source; give hub, path, or package and folder")


@dataclass(frozen=True)
class Recipe(Spec):
    """How a model is trained (method.md §4); equal for all members of a joint run."""

    epochs: Count
    learning_rate: Above0
    batch_size: Count
    warmup: Part
    weight_decay: Annotated[float, Field(ge=0)]
    clip: Above0
    max_length: Annotated[int, Field(ge=8)]
    precision: Precision


@dataclass(frozen=True)
class GradientSpec(Spec):
    """One task's gradient job: warm-up fine-tune, then one pass (method.md §1)."""

    task: Task
    backend: Backend
    recipe: Recipe
    seed: Seed
    estimator: Literal["head_gate", "kv_weight", "kv_weight_columns"]
    batch_size: Count
    precision: Precision
    dropout: bool = False


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
        rf"(?P<primary>{TASK_NAME})-(?P<kind>keep|ratio)?(?P<value>-?[0-9.]+)|sample(?P<sample>[0-9.]+)"
    )

    def __post_init__(self) -> None:
        fits, wanted = {
            "tau": (-1 <= self.value <= 1, "-1 to 1"),
            "ratio": (0 < self.value < math.inf, "a finite number above 0"),
        }.get(self.kind, (0 < self.value <= 1, "a share above 0, at most 1"))
        if not fits:
            raise InputError(f"subset {self.kind} of {self.value}: give {wanted}")

    def __str__(self) -> str:
        if self.kind == "sample":
            return f"sample{_spelled(self.value)}"
        return f"{self.primary}-{'' if self.kind == 'tau' else self.kind}{_spelled(self.value)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        match = cls._SPELLING.fullmatch(text)
        try:
            value = float(match["sample"] or match["value"])
        except (TypeError, ValueError):  # no match, or a number such as 1.2.3
            raise InputError(
                f"{_short(text)} is no subset of training instances; spell it like cola-0.42, "
                "cola-keep0.6, cola-ratio1.5 or sample0.1"
            ) from None
        if match["sample"]:
            return cls("sample", value)
        return cls(match["kind"] or "tau", value, match["primary"])


def _spelled(value: float) -> str:
    """The shortest number that reads back as the same value.

    Without an exponent: its + joins members, and its - would make `sample1e-05` a task's name and τ.
    """
    short = f"{value + 0.0:g}"  # no -0
    return short if float(short) == value and "e" not in short else f"{Decimal(repr(float(value))):f}"


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
            raise InputError(
                f"{_short(task)} is no task name (in {_short(text)}); use lower-case letters, digits and _"
            )
        return cls(task, Subset.parse(subset) if "@" in text else None)


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

    members: Annotated[list[str], Field(min_length=1)]
    tasks: list[Task]
    backend: Backend
    recipe: Recipe
    seed: Seed
    subset_seed: Seed = 42

    def __post_init__(self) -> None:
        named, given = [Member.parse(text).task for text in self.members], [task.name for task in self.tasks]
        if named != given or not named:
            raise InputError(
                f"members ({', '.join(self.members) or 'none'}) and tasks ({', '.join(given) or 'none'}) "
                "of a run differ; give every member's task, in the order of members"
            )
