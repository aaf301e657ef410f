"""What a selector may ask for. The workflow's input functions ask it, too: nothing heavy is imported here."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradts.artifacts import ArtifactError, remake
from gradts.data.subsets import read_tau
from gradts.members import Member
from gradts.names import InputError
from gradts.readings import (
    Known,
    TaskStatistics,
    read_correlation,
    read_embeddings,
    read_facts,
    read_measure,
    read_numbers,
    read_signal,
    read_statistics,
    read_values,
)
from gradts.selection.doors import answered, training_instances
from gradts.selection.gradts import tied
from gradts.selection.methods import DRAWN, TRIES, WEIGHED, parsed
from gradts.selection.specs import tuning_of
from gradts.selection.trials import Trials


@dataclass(frozen=True)
class Evidence(Trials):
    """Everything that is known for one method's choice for one primary task.

    `ties`: why the searches behind a choice decided nothing.
    """

    ties: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        method, known = self.spec.method, parsed(self.spec.method)
        if known.name in DRAWN and known.draw is None:
            raise InputError(
                f"method '{method}' is drawn several times; ask for one draw, such as {method}-1"
            )
        if method in ("gradts-thres", "gradts-fg") and self.spec.threshold is None:
            raise InputError(f"method '{method}' has no threshold; give one, such as 0.3")
        if known.name.endswith(TRIES) and self.rule in WEIGHED and self.spec.decide_on == "dev":
            raise InputError(
                f"method '{method}': the rule {self.rule} needs the answers that runs keep, which are of the "
                "best epoch on select; set selection.decide_on: select, or choose the rule fall or best"
            )

    @property
    def undecided(self) -> str | None:
        """Why what was asked so far decides nothing, if it does not: no task is recommended then."""
        own = tied([*self.tried.values()], "trials")
        return "; ".join(sorted(self.ties | ({own} - {None}))) or None

    def correlation(self) -> dict[str, float]:
        """τ, or another measure, of the primary task's head importance with every task of the suite."""
        path = self._path("correlation")
        self._caution(read_signal(path)[1])
        return self._of_suite(path, read_correlation(path, self.spec.backend))[self.spec.primary.name]

    @property
    def draw(self) -> int:
        """Which of its draws the method's name asks for."""
        return parsed(self.spec.method).draw or 1

    @property
    def rule(self) -> str:
        """Where trials end and which set is taken: by the method's name, or as configured."""
        return parsed(self.spec.method).rule or self.spec.rule

    def shuffled(self) -> dict[str, float]:
        """As `correlation`, of this draw's τ between tasks whose heads are shuffled."""
        path = self._path("shuffled", draw=self.draw)
        return self._of_suite(path, read_correlation(path, self.spec.backend))[self.spec.primary.name]

    def measure(self, kind: str = "correlation") -> str:
        """What `correlation`, or `shuffled`, holds, by its name in specs.MEASURES."""
        return read_measure(self._path(kind, draw=self.draw))

    def similarity(self) -> dict[str, float]:
        """Cosine of the mean embedding of the primary task's texts with that of every task of the suite."""
        tasks = [self.spec.primary.name, *self.spec.candidates]
        paths = self.find(*(self._wanted("embedding", task=task) for task in tasks))
        vectors = read_embeddings(dict(zip(tasks, paths, strict=True)), self.spec.backend)
        unit = {task: of / np.linalg.norm(of) for task, of in vectors.items()}
        return {task: float(unit[task] @ unit[self.spec.primary.name]) for task in tasks}

    def esm(self) -> dict[str, float]:
        """LogME of the primary task's labels on its embeddings under the map of each task's fine-tune."""
        return self._values(self._path("esm"), [self.spec.primary.name, *self.spec.candidates], {})

    def logme(self) -> dict[str, float]:
        """LogME of the primary task's labels on its embeddings by each candidate's fine-tuned encoder."""
        tasks, known, found = self.spec.candidates, {}, {}
        paths = self.find(*(self._wanted("logme", auxiliary=task) for task in tasks))
        for task, path in zip(tasks, paths, strict=True):
            found |= self._values(path, [task], known)
        return found

    def _values(self, path: str, candidates: list[str], known: Known) -> dict[str, float]:
        """Candidate → its value for the primary task."""
        table = self._of_suite(path, read_values(path, self.spec.backend, candidates, known))
        return {task: table[self.spec.primary.name][task] for task in candidates}

    def training_instances(self, members: Iterable[Member | str]) -> dict[str, int]:
        """Task → its training instances that take part in the joint run of a set."""
        return training_instances(self.find, self.spec.backend, members, self.spec.seeds[0])

    def statistics(self) -> dict[str, TaskStatistics]:
        """Size, sentence length and type of every task of the suite."""
        path = self._path("statistics")
        return self._of_suite(path, read_statistics(path))

    def _of_suite(self, path: str, found: dict[str, Any]) -> dict[str, Any]:
        suite = {self.spec.primary.name, *self.spec.candidates}
        if set(found) != suite:
            raise ArtifactError(
                f"{path} is of tasks {', '.join(sorted(found))}, this run needs {', '.join(sorted(suite))}; "
                f"{remake(path)}"
            )
        return found

    def answer(self, method: str) -> dict[str, Any]:
        """Another method's answer for the same primary task."""
        found = answered(self.find, self.spec.backend, self.spec.suite, method, self.spec.primary.name)
        self._caution(found.get("caution"))
        self._tie(found)
        return found

    def _tie(self, record: Mapping[str, Any]) -> None:
        self.ties.update({record.get("undecided")} - {None})

    def abstain(self, why: str) -> None:
        """Let the answer be undecided (see `undecided`)."""
        self.ties.add(why)

    def threshold(self) -> Any:
        """The given or tuned threshold of the method."""
        if not tuning_of(self.spec.threshold):
            return self.spec.threshold
        found, undecided = self._read_threshold(self._path("threshold"))
        if undecided:
            self.abstain(undecided)
        return found

    def _read_threshold(self, path: str) -> tuple[Any, str | None]:
        """The tuned threshold, and what keeps the grid's scores from deciding it."""
        grid = self.spec.threshold["tune"]["grid"]
        wanted = {"spec.method": self.spec.method, "spec.grid": grid}
        kinds = {"threshold": int | float | dict, "undecided": str | None}
        record = read_facts(path, kinds, wanted)
        self._caution(record.get("caution"))
        found = record["threshold"]
        if found not in grid:
            raise ArtifactError(f"{path}: threshold {found} is not in the grid {grid}; {remake(path)}")
        return found, record.get("undecided")

    def instances(self, auxiliaries: Sequence[str]) -> tuple[Any, dict[str, np.ndarray]]:
        """The threshold, and auxiliary task → τ of its training instances with the primary [instances].

        Where tuning decides no threshold all instances are kept: their tasks are decided by trials.
        """
        first = [self._wanted("threshold")] if tuning_of(self.spec.threshold) else []
        paths = self.find(*first, *(self._wanted("instances", auxiliary=task) for task in auxiliaries))
        threshold, undecided = self._read_threshold(paths.pop(0)) if first else (self.spec.threshold, None)
        if undecided:
            self._caution(f"{undecided}: nothing is filtered")
            threshold = {"keep": 1.0}
        primary, backend = self.spec.primary.name, self.spec.backend
        pairs = zip(auxiliaries, paths, strict=True)
        return threshold, {task: read_tau(path, primary, task, backend)[1] for task, path in pairs}

    @property
    def _mine(self) -> dict[str, Any]:
        """What the record of a job for this primary task says."""
        spec = self.spec
        return {
            "spec.primary.name": spec.primary.name,
            "spec.backend.name": spec.backend,
            "spec.suite": spec.suite,
        }

    def utilities(self) -> dict[str, float]:
        """AUTOSEM-p1: the bandit's utility of every task."""
        path = self._path("bandit")
        found = self._of_suite(path, read_numbers(path, "utilities", self._mine, 0, 1))
        self._tie(read_facts(path, {"undecided": str | None}, self._mine))
        return found

    def ratios(self) -> tuple[dict[str, int], dict[str, float]]:
        """AUTOSEM: the best mixing ratios of the primary and of the tasks that AUTOSEM-p1 chose.

        With the passes over each auxiliary's instances.
        """
        path, primary = self._path("mixing"), self.spec.primary.name
        found = read_numbers(path, "ratios", self._mine, 0, math.inf)
        passes = read_numbers(path, "passes", self._mine, 0, math.inf)
        strangers = sorted(set(found) - {primary, *self.spec.candidates})
        if strangers or primary not in found:
            named = f"'{strangers[0]}', which is not in the suite" if strangers else "no primary task"
            raise ArtifactError(f"{path} has {named}; {remake(path)}")
        if {*passes} != {task for task, ratio in found.items() if ratio and task != primary}:
            raise ArtifactError(f"{path}: ratios and passes are of other tasks; {remake(path)}")
        self._tie(read_facts(path, {"undecided": str | None}, self._mine))
        return found, passes
