"""Which rows each table has, and what it is made from. Read by the workflow, so nothing heavy."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from gradts.layout import below
from gradts.readings import read_answer
from gradts.selection.methods import DEALT, DRAWN, parsed
from gradts.specs import TAGGING, Count, Decides, Name, RunSpec, Seed, Source, Spec, Task, TaskName
from gradts.truth.lattice import TruthSpec

# Row names as the paper prints them.
NAMES = {
    "single-task": "Single-Task",
    "no-sel": "NO-SEL",
    "single-task-repeat": "Single-Task-repeat",
    "random-k": "Random-k",
    "random-size": "Random-size",
    "random-any": "Random-any",
    "autosem-p1": "AUTOSEM-p1",
    "autosem": "AUTOSEM",
    "heu-size": "HEU-Size",
    "heu-type": "HEU-Type",
    "heu-len": "HEU-Len",
    "gradts-thres": "GradTS-thres",
    "gradts-trial": "GradTS-trial",
    "gradts-fg": "GradTS-fg",
    "textsim-trial": "TextSim-trial",
    "esm-trial": "ESM-trial",
    "logme-trial": "LogME-trial",
    "null-trial": "Null-trial",
    "surrogate": "Surrogate",
    "surrogate-rbf": "Surrogate-rbf",
}

# Methods of the paper's tables; Random-k is our control, and Table 2 has GradTS-thres beside the paper's.
SCORE_TABLES = {
    "2": "single-task no-sel random-k autosem-p1 autosem gradts-thres gradts-trial gradts-fg",
    "4": "single-task no-sel autosem-p1 autosem gradts-trial gradts-fg",
    "5": "single-task no-sel autosem-p1 autosem gradts-trial gradts-fg",
    "6": "single-task heu-size heu-type heu-len gradts-trial gradts-fg",
    "8": "no-sel gradts-trial gradts-fg",
    "9": "gradts-thres gradts-trial gradts-fg",
}
COST_TABLES = {
    "3": "autosem-p1 autosem gradts-trial gradts-fg",
    "10": "autosem-p1 autosem gradts-thres gradts-trial gradts-fg",
}

# A metric that a run's predictions do not define (a correlation with a constant), or of a diverged run.
UNDEFINED = "undefined"
# What is said where the tasks of a table are generated, or some of them, and of a suite that has such.
GENERATED = (
    "Tasks named `demo_…` are **generated** by this project (a demo suite, not GLUE); they say nothing about "
    "natural language."
)
HAS_GENERATED = " (with generated tasks)"
# What is said of scores on dev where that is the split of decisions.
SEEN = "Decisions were made on `dev` too (`decide_on: dev`): its scores flatter."


def label(method: str) -> str:
    """`gradts-fg` → GradTS-fg, `random-size3` → Random-size3; an own selector keeps its name."""
    name = parsed(method).name
    return NAMES.get(name, name) + method.removeprefix(name)


def percent(share: float, unit: str = "%") -> str:
    """Without decimals, but where less than a point is used, or left out: 0.6%, 99.6%."""
    points = 100 * min(share, abs(1 - share))
    decimals = max(0, math.ceil(-math.log10(points))) if points else 0
    return f"{100 * share:.{decimals}f}{unit}"


def answers_of(method: str, draws: int) -> list[str]:
    """The answers behind a row: a random control is drawn several times."""
    drawn = parsed(method).name in DRAWN and parsed(method).draw is None
    return [f"{method}-{draw + 1}" for draw in range(draws)] if drawn else [method]


def counted(method: str, drawn: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    """The sets that a drawn row is the mean over.

    Of random ones the distinct: one comes again only after all. Of Null-trial, whose trials take some sets
    more often, those of all draws, unless all are equal.
    """
    sets = [*map(tuple, drawn)]
    distinct = [*dict.fromkeys(sets)]
    return distinct if parsed(method).name in DEALT or len(distinct) == 1 else sets


class Row(NamedTuple):
    """A row of a table: its name, and the answers (several where sets are drawn) behind it."""

    label: str
    backend: str
    method: str
    answers: list[str]


def pipeline_kind(task: Task) -> str:
    """What `transformers` calls the pipeline of a task's model."""
    return "token-classification" if task.objective == TAGGING else "text-classification"


def pipeline_of(task: Task, folder: str) -> str:
    """The call by which `transformers` loads a model so that it answers as `gradts predict` does.

    Texts are cut as in training, which a tagger's pipeline always does; a word's tag is its first piece's.
    """
    how = 'aggregation_strategy="first"' if task.objective == TAGGING else "truncation=True"
    return f'pipeline("{pipeline_kind(task)}", "{folder}", {how})'


@dataclass(frozen=True)
class TableSpec(Spec):
    """A table of methods × tasks; `draws` is the number of sets behind a row that is drawn.

    With several backends every one has its rows (Table 8), and its name alone is that of NO-SEL. `steps`: the
    most candidates that HEU-Size and HEU-Len walk through (None: all, as in the paper, or no such row).
    `decide_on`: the split that decides on epochs; `chosen_on`: on sets.
    """

    number: Name
    suite: Name
    backends: Annotated[list[Name], Field(min_length=1)]
    tasks: Annotated[list[Task], Field(min_length=1)]
    methods: Annotated[list[Name], Field(min_length=1)]
    draws: Count
    seeds: Annotated[list[Seed], Field(min_length=1)]
    decide_on: Decides
    generated: bool
    steps: Count | None = None
    chosen_on: Decides = "select"

    def rows(self) -> list[Row]:
        """Rows in the paper's order."""
        return [
            Row(self._label(backend, method), backend, method, answers_of(method, self.draws))
            for backend in self.backends
            for method in self.methods
        ]

    def _label(self, backend: str, method: str) -> str:
        if len(self.backends) == 1:
            return label(method)
        return backend if method == "no-sel" else f"{backend}+{label(method)}"


def answer_of(
    spec: TableSpec, results: str | Path, backend: str, method: str, primary: str
) -> dict[str, Any]:
    """The answer behind a cell of a table (see readings.read_answer)."""
    fields = {"backend": backend, "suite": spec.suite, "method": method, "primary": primary}
    return read_answer(below(results, "answer", **fields), **fields)


@dataclass(frozen=True)
class AdviceSpec(Spec):
    """What is asked for one task: whose answer, from which suite, compared under which seeds.

    `draws`: random sets beside the chosen one; `generated`: those of the suite's tasks that are generated;
    `beside`: a second method, whose choice is compared, too.
    """

    primary: Task
    suite: Name
    candidates: list[TaskName]
    backend: Name
    method: Name
    draws: Count
    seeds: Annotated[list[Seed], Field(min_length=1)]
    generated: list[TaskName] = field(default_factory=list)
    beside: Name | None = None


@dataclass(frozen=True)
class RegretSpec(Spec):
    """The truth, and the methods whose answers are held against it; `draws` as in TableSpec.

    `repeated`: whether they are held against the task alone with as many updates, too.
    """

    truth: TruthSpec
    methods: Annotated[list[Name], Field(min_length=1)]
    draws: Count
    generated: bool
    repeated: bool = True

    @property
    def place(self) -> dict[str, str]:
        """Backend and suite, as paths and answers have them."""
        return {"backend": self.truth.backend, "suite": self.truth.suite}

    def answers(self) -> list[dict[str, str]]:
        """Every answer that is judged."""
        return [
            {**self.place, "method": answer, "primary": task.name}
            for method in self.methods
            for answer in answers_of(method, self.draws)
            for task in self.truth.tasks
        ]


@dataclass(frozen=True)
class HeatmapSpec(Spec):
    """A figure of one task's heads or of one suite's tasks."""

    number: Name
    title: str


@dataclass(frozen=True)
class StatisticsSpec(Spec):
    """What is declared of a suite's tasks; `types` has those that declare one."""

    suite: Name
    tasks: Annotated[list[Task], Field(min_length=1)]
    types: dict[TaskName, str]


@dataclass(frozen=True)
class FactTableSpec(Spec):
    """Table 1 or 7 of a suite."""

    number: Literal["1", "7"]
    suite: Name
    generated: bool


@dataclass(frozen=True)
class CostTableSpec(Spec):
    """Table 3 or 10: methods × costs."""

    number: Literal["3", "10"]
    methods: Annotated[list[Name], Field(min_length=1)]
    generated: bool


@dataclass(frozen=True)
class ModelSpec(Spec):
    """The model of a primary `task`, read from its `source`: that of a chosen set's run.

    `shares`: the auxiliaries that a method chose from a suite, and what part of each is used.
    """

    suite: Name
    method: Name
    task: Task
    source: Source
    run: RunSpec
    decide_on: Decides
    shares: dict[TaskName, float]
