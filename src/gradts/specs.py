"""What a job may know: frozen specifications, passed to it as one line of JSON.

A specification holds only values that define a result. Two jobs with equal specifications (and equal
code) compute the same artefact, so the JSON text is also what Snakemake compares between runs.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from gradts.members import Member
from gradts.names import MAX_NAME_BYTES, PLAIN_NAME, TASK_NAME, InputError, shortened

CLASSIFICATION, MULTI_LABEL = "classification", "multi_label"
REGRESSION, TAGGING = "regression", "sequence_labelling"
# Metrics that an objective may have (method.md §4), the first by default; training.metrics computes them.
METRICS_OF = {
    CLASSIFICATION: ("accuracy", "f1", "macro_f1", "weighted_f1", "mcc"),
    MULTI_LABEL: ("micro_f1", "macro_f1", "exact_match"),
    REGRESSION: ("pearson", "spearman", "rmse", "mae"),
    TAGGING: ("span_f1", "token_accuracy", "token_macro_f1"),
}
# Those of them that are in the units of the targets, and the better the lower: decisions take the highest.
ERRORS = ("rmse", "mae")

# How alike two tasks' head importance is, by name, and as it is shown; correlation.measures computes it.
MEASURES = {
    "tau": "τ",
    "weighted_tau": "weighted τ",
    "spearman": "Spearman's ρ",
    "cosine": "cosine",
    "overlap": "overlap of the top heads",
}

# Keys of a task that say how its files are read.
READING = ("columns", "encoding", "separator", "header", "quoting")

# What a field of a specification may hold; the config's schema says the same.
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
TaskName = Annotated[str, StringConstraints(pattern=f"^{TASK_NAME}$", max_length=MAX_NAME_BYTES)]
Name = Annotated[str, StringConstraints(pattern=f"^{PLAIN_NAME}$", max_length=MAX_NAME_BYTES)]
SplitName = Annotated[str, StringConstraints(pattern="^(train|select|dev(_[a-z0-9]+)*)$")]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0)]
Cap = Annotated[int, Field(ge=2)] | None
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(gt=0, le=1)]
UnitInterval = Annotated[float, Field(ge=0, le=1)]
HoldOut = Annotated[float, Field(gt=0, le=0.5)]
Tau = Annotated[float, Field(ge=-1, le=1)]
Objective = Literal[tuple(METRICS_OF)]
Scheme = Literal["IOB1", "IOB2", "IOBES", "BILOU"] | None  # of span tags; data.schemes knows them
Precision = Literal["auto", "bf16", "fp32"]
Decides = Literal["select", "dev"]
Measure = Literal[tuple(MEASURES)]


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
            raise InputError(f"{place}: {reason}; found {shortened(first['input'])}") from error


@dataclass(frozen=True)
class Source(Spec):
    """Where a task's rows come from and how they are split and capped (what `gradts prepare` needs).

    `origin` is one of `{"hub": id, "config": name, "revision": …}`, `{"files": {split: path or paths}}`, with
    what else READING has and the `format` of files whose suffix does not tell, and
    `{"generated": {split: rows}}`; `splits` maps our split names (`train`, `select`, and one or more
    `dev…`) to those of the origin. What the origin has no split for is held out of its training split:
    `select_fraction` as `select`, `dev_fraction` as `dev`. `drop_labels`: spellings of labels whose rows
    are left out; `rename`: the source's labels → ours. `digests` tell whether what the rows come from is the
    same: path → sha256 of a file's bytes, module → digest of the code that generates. `scheme`: that of the
    span tags, where spans are scored. `sentence`: the column that tells a word's sentence, where rows are
    words. `decides`: the metric that must be able to tell answers apart on the splits.
    """

    task: TaskName
    objective: Objective
    origin: dict[str, Any]
    splits: dict[SplitName, str]
    text: Annotated[list[str], Field(min_length=1, max_length=2)]
    label: str
    labels: list[str]
    empty_text: Literal["error", "drop"]
    seed: Seed
    select_fraction: HoldOut | None
    dev_fraction: HoldOut | None
    max_train: Cap
    max_select: Cap
    max_dev: Cap
    digests: dict[str, str] = field(default_factory=dict)
    drop_labels: list[str] = field(default_factory=list)
    rename: dict[str, str] = field(default_factory=dict)
    scheme: Scheme = None
    sentence: str | None = None
    decides: str | None = None

    def __post_init__(self) -> None:
        kinds = [key for key in ("hub", "files", "generated") if key in self.origin]
        if len(kinds) != 1:
            raise InputError(
                f"task '{self.task}': origin holds {', '.join(kinds) or 'none'} of hub, files and generated; "
                "give exactly one"
            )
        own = {name.partition("_")[0] for name in self.splits}
        held = {"select": self.select_fraction, "dev": self.dev_fraction}
        if "train" not in own or any((name in own) == (share is not None) for name, share in held.items()):
            raise InputError(
                f"task '{self.task}': splits are {', '.join(self.splits) or 'none'}; give train, either dev "
                "splits or a dev_fraction, and either select or a select_fraction"
            )
        given = self.origin if kinds == ["hub"] else self.origin[kinds[0]]
        for key in ("config", "revision", "data_files") if kinds == ["hub"] else self.splits.values():
            if not isinstance(given, Mapping) or key not in given:
                raise InputError(f"task '{self.task}': '{key}' is missing in origin ({kinds[0]}); give it")


@dataclass(frozen=True)
class Task(Spec):
    """What training needs to know of a task beside its prepared rows.

    Regression has no labels. `scheme`: that of its span tags; None: what the labels show.
    """

    name: TaskName
    objective: Objective
    labels: list[str]
    metrics: list[str]
    decides: str
    scheme: Scheme = None

    def __post_init__(self) -> None:
        known = METRICS_OF.get(self.objective, ())
        for metric in (*self.metrics, self.decides):
            if metric not in known:
                raise InputError(
                    f"task '{self.name}': '{metric}' is no metric of objective {self.objective}; "
                    f"it has {', '.join(known)}"
                )
        if self.decides in ERRORS:
            raise InputError(f"task '{self.name}': {no_decision(self.decides, self.objective)}")


def no_decision(metric: str, objective: str) -> str:
    """Why an error does not decide, and what may."""
    scores = [name for name in METRICS_OF[objective] if name not in ERRORS]
    return (
        f"decides '{metric}' is an error, and decisions take the highest score; "
        f"set decides: {' or '.join(scores)}, and list it among metrics"
    )


@dataclass(frozen=True)
class Backend(Spec):
    """A pre-trained encoder: a hub name, a local folder, or a folder inside an installed package.

    `sha256`: the declared one of its weights; `digest`: that of the files of a local folder (see
    provenance.folder_digest), found when the run is planned.
    """

    name: Name
    hub: str | None = None
    revision: str | None = None
    path: str | None = None
    package: str | None = None
    folder: str | None = None
    sha256: str | None = None
    layers: Count | None = None
    digest: str | None = None

    def __post_init__(self) -> None:
        if self.hub is None and self.path is None and (self.package is None or self.folder is None):
            raise InputError(f"backend '{self.name}' has no source; give hub, path, or package and folder")


@dataclass(frozen=True)
class Recipe(Spec):
    """How a model is trained (method.md §4); equal for all members of a joint run."""

    epochs: Count
    learning_rate: Positive
    batch_size: Count
    warmup: UnitInterval
    weight_decay: Annotated[float, Field(ge=0)]
    clip: Positive
    max_length: Annotated[int, Field(ge=8)]
    precision: Precision


@dataclass(frozen=True)
class WarmUp(Recipe):
    """The fine-tune before gradients are taken; of no epoch the encoder stays as it was pre-trained."""

    epochs: Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class GradientSpec(Spec):
    """One task's gradient job under one seed: warm-up fine-tune, then one pass (method.md §1)."""

    task: Task
    backend: Backend
    recipe: WarmUp
    seed: Seed
    head: Literal["fitted", "random"]
    estimator: Literal["head_gate", "kv_weight", "kv_weight_columns"]
    pooling: Literal["shares", "sums"]
    batch_size: Count
    precision: Precision
    layer_norm: Literal["l1", "l2", "none"] = "l1"
    dropout: bool = False

    @property
    def tasks(self) -> list[Task]:
        """The one task, as joint runs have several."""
        return [self.task]


Jobs = Annotated[list[GradientSpec], Field(min_length=1)]


@dataclass(frozen=True)
class CorrelationSpec(Spec):
    """The gradient jobs whose head importance is correlated: every seed's of every task of the suite."""

    jobs: Jobs
    measure: Measure = field(default="tau", kw_only=True)


@dataclass(frozen=True)
class InstancesSpec(Spec):
    """Every seed's gradient job of an auxiliary task, whose instances are correlated, and of the primary."""

    auxiliary: Jobs
    primary: Jobs


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
