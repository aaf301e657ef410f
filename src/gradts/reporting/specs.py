"""Which rows each table has, and what it is made from. Read by the workflow, so nothing heavy."""

from dataclasses import dataclass, replace
from typing import Annotated, NamedTuple

from pydantic import Field

from gradts.selection.specs import SelectionSpec, Threshold
from gradts.specs import Count, Decides, Name, Seed, Spec, Task

# Row names as the paper prints them.
NAMES = {
    "single-task": "Single-Task",
    "no-sel": "NO-SEL",
    "random-k": "Random-k",
    "autosem-p1": "AUTOSEM-p1",
    "autosem": "AUTOSEM",
    "heu-size": "HEU-Size",
    "heu-type": "HEU-Type",
    "heu-len": "HEU-Len",
    "gradts-thres": "GradTS-thres",
    "gradts-trial": "GradTS-trial",
    "gradts-fg": "GradTS-fg",
}

# Methods of the paper's tables; Random-k is our control, and Table 2 has GradTS-thres beside the paper's.
SCORE_TABLES = {
    "2": "single-task no-sel random-k autosem-p1 autosem gradts-thres gradts-trial gradts-fg",
    "4": "single-task no-sel autosem-p1 autosem gradts-trial gradts-fg",
    "5": "single-task no-sel autosem-p1 autosem gradts-trial gradts-fg",
    "6": "single-task heu-size heu-type heu-len gradts-trial gradts-fg",
    "8": "single-task gradts-trial gradts-fg",
    "9": "gradts-thres gradts-trial gradts-fg",
}
COST_TABLES = {
    "3": "autosem-p1 autosem gradts-trial gradts-fg",
    "10": "autosem-p1 autosem gradts-thres gradts-trial gradts-fg",
}


def label(method: str) -> str:
    """`gradts-fg` → GradTS-fg; an own selector keeps its name."""
    return NAMES.get(method, method)


def answers_of(method: str, draws: int) -> list[str]:
    """The answers behind a row: a random control is drawn several times."""
    return [f"{method}-{draw + 1}" for draw in range(draws)] if method == "random-k" else [method]


class Row(NamedTuple):
    """A row of a table: its name, and the answers (several where sets are drawn) behind it."""

    label: str
    backend: str
    method: str
    answers: list[str]


@dataclass(frozen=True)
class TableSpec(Spec):
    """A table of methods × tasks; `draws` is the number of random sets behind Random-k.

    With several backends every one has its rows (Table 8).
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
        return backend if method == "single-task" else f"{backend}+{label(method)}"


@dataclass(frozen=True)
class CostSpec(Spec):
    """Selections whose cost is asked for: every method for every task; `pattern` has what they share."""

    pattern: SelectionSpec
    tasks: Annotated[list[Task], Field(min_length=1)]
    thresholds: Annotated[dict[Name, Threshold], Field(min_length=1)]

    def selections(self) -> list[SelectionSpec]:
        """One spec a method (a key of `thresholds`) and primary task."""
        return [
            replace(
                self.pattern,
                method=method,
                primary=primary,
                candidates=[task.name for task in self.tasks if task != primary],
                threshold=threshold,
            )
            for method, threshold in self.thresholds.items()
            for primary in self.tasks
        ]
