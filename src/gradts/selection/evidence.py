"""What a selector may ask for. Where a file is, and whether it is there yet, is its door's to know.

The workflow's input functions and the selection jobs run the same selectors, through doors of their own. So
nothing heavy is imported here.
"""

import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from gradts.artifacts import ArtifactError, aside, expect, reading, remake
from gradts.data.subsets import read_tau
from gradts.layout import below
from gradts.members import Member, Subset, canonical
from gradts.names import InputError
from gradts.provenance import outdated
from gradts.readings import (
    Known,
    TaskStatistics,
    check_alike,
    check_facts,
    check_run,
    read_answer,
    read_answers,
    read_correlation,
    read_embeddings,
    read_facts,
    read_measure,
    read_numbers,
    read_signal,
    read_statistics,
    read_values,
)
from gradts.selection.gains import Gain, Judged, gain, judged
from gradts.selection.gradts import tied
from gradts.selection.methods import DRAWN, TRIES, WEIGHED, parsed
from gradts.selection.specs import SelectionSpec, folds_of, tuning_of
from gradts.specs import Task
from gradts.training.scores import best_epoch, read_scores


class Wanted(NamedTuple):
    """A kind of file (see layout.FILES), and what its path is made from.

    `last`: nothing else that is asked for depends on what it says, so the graph does not read it.
    """

    kind: str
    fields: Mapping[str, Any]
    last: bool = False


class Door(Protocol):
    """Paths of the files that are wanted, in order. It may raise where one is not to be read now."""

    def __call__(self, *wanted: Wanted) -> list[str]: ...


@cache
def finished_files(results: str | Path) -> Door:
    """The door of jobs: every file is there, and a run's scores are those of the run that is meant.

    A process has one, so that it sees all runs behind a decision or a table: those of a backend are alike.
    """
    known: dict[str, Known] = defaultdict(dict)

    def find(*wanted: Wanted) -> list[str]:
        paths = [below(results, kind, **fields) for kind, fields, _ in wanted]
        for path, (kind, fields, _) in zip(paths, wanted, strict=True):
            if kind == "metrics":
                record = check_run(path, fields["backend"], fields["members"], fields["seed"])
                check_alike(known[fields["backend"]], path, record or {})
        return paths

    return find


def answered(find: Door, backend: str, suite: str, method: str, primary: str) -> dict[str, Any]:
    """A method's answer for a primary task (see readings.read_answer)."""
    fields = {"backend": backend, "suite": suite, "method": method, "primary": primary}
    return read_answer(find(Wanted("answer", fields))[0], **fields)


def training_instances(find: Door, backend: str, members: Sequence[str], seed: int) -> dict[str, int]:
    """Task → its training instances that take part in the joint run of a set, under any seed alike."""
    path = find(Wanted("run", {"backend": backend, "members": [*members], "seed": seed}))[0]
    wanted = {"spec.backend.name": backend, "spec.members": [*members]}
    return read_facts(path, {"training_instances": dict}, wanted)["training_instances"]


class Kept(NamedTuple):
    """What a run answers to the instances that decide, whose ids are told as one number."""

    path: str
    instances: int
    judged: Judged | None


@lru_cache(maxsize=4096)
def _kept(path: str, _mtime: int, task: str, wanted: str) -> Kept:
    kept = read_answers(path, known := Task.from_json(task), "select", json.loads(wanted))
    if kept is None:
        return Kept(path, 0, None)
    return Kept(path, hash((*kept.instances,)), judged(known, kept.labels, kept.answers))


def _check_same_rows(runs: Iterable[Kept]) -> None:
    """Raise ArtifactError where runs that are held against each other answer other instances."""
    first, *others = [run for run in runs if run.judged] or [None]
    for other in others:
        if other.instances != first.instances:
            raise ArtifactError(
                f"{other.path} is of other rows of select than {first.path}; {remake(other.path)}"
            )


@dataclass(frozen=True)
class Evidence:
    """Everything that is known for one method's choice for one primary task.

    `cautions`: what must be said of a choice that rests on what was asked so far; `ties`: why the searches
    behind it decided nothing; `tried`: the score of every set of members (of folds: that of the first).
    """

    spec: SelectionSpec
    find: Door
    cautions: set[str] = field(default_factory=set)
    ties: set[str] = field(default_factory=set)
    tried: dict[tuple[str, ...], float | None] = field(default_factory=dict)

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

    def _wanted(self, kind: str, **fields: Any) -> Wanted:
        spec = self.spec
        known = {"backend": spec.backend, "suite": spec.suite, "primary": spec.primary.name}
        return Wanted(kind, {**known, "method": spec.method, **fields})

    def _path(self, kind: str, **fields: Any) -> str:
        return self.find(self._wanted(kind, **fields))[0]

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

    def training_instances(self, members: Sequence[str]) -> dict[str, int]:
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

    @property
    def sample(self) -> Subset | None:
        """The part of every member's data that runs for decisions are trained on; None: all."""
        return None if self.spec.train_fraction == 1 else Subset("sample", self.spec.train_fraction)

    @property
    def parts(self) -> list[Subset | None]:
        """What every member of a trial's runs carries: the sample, or one fold after the other, within it."""
        folds = folds_of(self.spec.decide_on)
        if not folds:
            return [self.sample]
        return [Subset("fold", one, within=self.sample, of=folds) for one in range(1, folds + 1)]

    def gain(self, new: Sequence[str], old: Sequence[str]) -> Gain:
        """How much better the primary scores in trials with new auxiliaries than with old ones.

        On the instances that decide, with its standard error over these and seeds, by what the runs answer
        (gains.gain).
        """
        seeds = self.spec.seeds
        sets = [canonical(members) for of in (new, old) for members in self._trials(of)]
        runs = [(members, seed) for members in sets for seed in seeds]
        paths = self.find(*(self._wanted("predictions", members=of, seed=seed) for of, seed in runs))
        found = [self._kept(path, *run) for path, run in zip(paths, runs, strict=True)]
        of_sets = [found[place : place + len(seeds)] for place in range(0, len(found), len(seeds))]
        pairs = [of_sets[: len(self.parts)], of_sets[len(self.parts) :]]
        for of_part in zip(*pairs, strict=True):
            _check_same_rows([run for of_set in of_part for run in of_set])
        judged_runs = ([[run.judged for run in of_set] for of_set in of_parts] for of_parts in pairs)
        return gain(*judged_runs)

    def _kept(self, path: str, members: list[str], seed: int) -> Kept:
        """What a trial's run answers on the instances that decide."""
        wanted = {"spec.backend.name": self.spec.backend, "spec.members": members, "spec.seed": seed}
        with reading(path):
            made = Path(path).stat().st_mtime_ns
        return _kept(path, made, self.spec.primary.to_json(), json.dumps(wanted))

    def _trials(self, auxiliaries: Iterable[str]) -> list[list[Member]]:
        """The sets of members that a trial of the primary with these trains: one, or one a fold."""
        tasks = [self.spec.primary.name, *auxiliaries]
        return [[Member(task, part) for task in tasks] for part in self.parts]

    def scores(self, tried: Sequence[Sequence[str]], last: bool = False) -> list[float]:
        """The primary's decision score in a trial with each of these sets of auxiliaries (`scores_of`)."""
        sets = [members for auxiliaries in tried for members in self._trials(auxiliaries)]
        return self.scores_of(sets, len(self.parts), last)

    def scores_of(self, sets: Sequence[Sequence[Member]], parts: int = 1, last: bool = False) -> list[float]:
        """The primary's decision score in the joint run of each set of members: the mean over seeds.

        And over so many `parts`, sets in a row that are folds of one. Of the runs that have one; NaN where
        none has. All are asked for at once, so that Snakemake makes them side by side; `last`: see Wanted.
        """
        spec, seeds = self.spec, self.spec.seeds
        runs = [(canonical(members), seed) for members in sets for seed in seeds]
        wanted = (self._wanted("metrics", members=members, seed=seed) for members, seed in runs)
        paths = self.find(*(one._replace(last=last) for one in wanted))
        values = [best_epoch(read_scores(path), spec.primary, spec.decide_on)[1] for path in paths]
        size = parts * len(seeds)
        scores = [self._mean(values[i : i + size]) for i in range(0, len(values), size)]
        found = (None if math.isnan(score) else score for score in scores)
        first = (tuple(canonical(members)) for members in sets[::parts])
        self.tried.update(zip(first, found, strict=True))
        return scores

    def other_scores(self, asked: Collection[Sequence[str]]) -> dict[tuple[str, ...], float]:
        """Auxiliaries → the score in every other set of the suite whose trial happens to be there.

        Under all seeds, and made as that of all tasks but for its members: by the same specification, code
        and packages. One that is damaged, half made or older than its data does not count. They were made
        for others, so the record of the job does not list them.
        """
        spec, found = self.spec, {}
        everything = canonical(self._trials(spec.candidates)[0])
        of_all = self._path("run", members=everything, seed=spec.seeds[0])
        like = read_facts(of_all, {"spec": dict}, {})["spec"]
        check_facts(of_all, like, {"tasks": list})
        known = {frozenset(one) for one in asked}
        with aside():
            for record in sorted(Path(of_all).parents[2].glob(f"*/seed{spec.seeds[0]}/run.json")):
                with suppress(InputError, OSError):
                    others = self._trained_with(record)
                    if {*others} <= {*spec.candidates} and {*others} not in known:
                        self._check_made(others, like)
                        found[others] = self.scores([others])[0]
        return found

    def _trained_with(self, record: Path) -> tuple[str, ...]:
        """The auxiliaries of the trial that a run's record tells of; ArtifactError where it is of none."""
        spec = read_facts(record, {"spec": dict}, {})["spec"]
        check_facts(record, spec, {"members": list})
        tasks = [Member.parse(str(member)).task for member in spec["members"]]
        others = tuple(task for task in tasks if task != self.spec.primary.name)
        expect(record, spec, {"members": canonical(self._trials(others)[0])})
        return others

    def _check_made(self, others: Sequence[str], like: Mapping[str, Any]) -> None:
        """Raise InputError where runs of a trial are not as those of this specification would be today."""
        tasks = {task["name"]: task for task in like["tasks"]}
        for members, seed in product(map(canonical, self._trials(others)), self.spec.seeds):
            path = self._path("metrics", members=members, seed=seed)
            own = {"members": members, "tasks": [tasks[Member.parse(one).task] for one in members]}
            if outdated(path, json.dumps({**like, **own, "seed": seed})):
                raise ArtifactError(f"{path} is out of date; {remake(path)}")

    def _mean(self, scores: Sequence[float]) -> float:
        """The mean of the defined scores of a set's runs, and a caution where some are not."""
        defined = [score for score in scores if not math.isnan(score)]
        if 0 < len(defined) < len(scores):
            undefined = len(scores) - len(defined)
            self._caution(f"{undefined} of {len(scores)} runs of a set without a defined score")
        return sum(defined) / len(defined) if defined else math.nan

    def answer(self, method: str) -> dict[str, Any]:
        """Another method's answer for the same primary task."""
        found = answered(self.find, self.spec.backend, self.spec.suite, method, self.spec.primary.name)
        self._caution(found.get("caution"))
        self._tie(found)
        return found

    def _caution(self, text: str | None) -> None:
        self.cautions.update([text] if text else [])

    def _tie(self, record: Mapping[str, Any]) -> None:
        self.ties.update({record.get("undecided")} - {None})

    def abstain(self, why: str) -> None:
        """Let the answer be undecided (see `undecided`)."""
        self.ties.add(why)

    def threshold(self) -> Any:
        """The given or tuned threshold of the method."""
        given = self.spec.threshold
        return self._read_threshold(self._path("threshold")) if tuning_of(given) else given

    def _read_threshold(self, path: str) -> Any:
        grid = self.spec.threshold["tune"]["grid"]
        wanted = {"spec.method": self.spec.method, "spec.grid": grid}
        kinds = {"threshold": int | float | dict, "undecided": str | None}
        record = read_facts(path, kinds, wanted)
        self._caution(record.get("caution"))
        self._tie(record)
        found = record["threshold"]
        if found not in grid:
            raise ArtifactError(f"{path}: threshold {found} is not in the grid {grid}; {remake(path)}")
        return found

    def instances(self, auxiliaries: Sequence[str]) -> tuple[Any, dict[str, np.ndarray]]:
        """The threshold, and auxiliary task → τ of its training instances with the primary [instances]."""
        first = [self._wanted("threshold")] if tuning_of(self.spec.threshold) else []
        paths = self.find(*first, *(self._wanted("instances", auxiliary=task) for task in auxiliaries))
        threshold = self._read_threshold(paths.pop(0)) if first else self.spec.threshold
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
