"""What joint runs tell of a primary task in trials with sets of auxiliaries: scores, and how sure a gain is.

The workflow asks this, too: nothing heavy.
"""

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gradts.artifacts import ArtifactError, aside, expect, reading, remake
from gradts.members import Member, Subset, canonical
from gradts.names import InputError
from gradts.provenance import outdated
from gradts.readings import check_facts, read_answers, read_facts
from gradts.selection.doors import Door, Wanted
from gradts.selection.gains import Gain, Judged, gain, judged
from gradts.selection.specs import SelectionSpec, folds_of
from gradts.specs import Task
from gradts.training.scores import best_epoch, read_scores


class Kept(NamedTuple):
    """What a run answers to the instances that decide, whose ids are told as one number."""

    path: str
    instances: int
    judged: Judged | None


@lru_cache(maxsize=4096)
def _kept(path: str, _mtime: int, task: str, wanted: str) -> Kept:
    kept = read_answers(path, known := Task.from_json(task), ["select"], json.loads(wanted)).get("select")
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
class Trials:
    """The trials of one method for one primary task.

    `cautions`: what must be said of a choice that rests on what was asked so far; `tried`: the score of every
    set of members (of folds: that of the first).
    """

    spec: SelectionSpec
    find: Door
    cautions: set[str] = field(default_factory=set)
    tried: dict[tuple[str, ...], float | None] = field(default_factory=dict)

    def _wanted(self, kind: str, **fields: Any) -> Wanted:
        spec = self.spec
        known = {"backend": spec.backend, "suite": spec.suite, "primary": spec.primary.name}
        return Wanted(kind, {**known, "method": spec.method, **fields})

    def _path(self, kind: str, **fields: Any) -> str:
        return self.find(self._wanted(kind, **fields))[0]

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
        paths = (
            self.find(*(self._wanted(kind, members=of, seed=seed) for of, seed in runs))
            for kind in ("metrics", "predictions")
        )
        found = [self._kept(*files, *run) for *files, run in zip(*paths, runs, strict=True)]
        of_sets = [found[place : place + len(seeds)] for place in range(0, len(found), len(seeds))]
        pairs = [of_sets[: len(self.parts)], of_sets[len(self.parts) :]]
        for of_part in zip(*pairs, strict=True):
            _check_same_rows([run for of_set in of_part for run in of_set])
        judged_runs = ([[run.judged for run in of_set] for of_set in of_parts] for of_parts in pairs)
        return gain(*judged_runs)

    def _kept(self, metrics: str, path: str, members: list[str], seed: int) -> Kept:
        """What a trial's run answers on the instances that decide.

        Raises ArtifactError where its score is another: answers that are not there are no undefined gain.
        """
        wanted = {"spec.backend.name": self.spec.backend, "spec.members": members, "spec.seed": seed}
        with reading(path):
            made = Path(path).stat().st_mtime_ns
        found, told = _kept(path, made, self.spec.primary.to_json(), json.dumps(wanted)), self._score(metrics)
        answered = found.judged.score if found.judged else math.nan
        if not np.isclose(answered, told, atol=1e-6, equal_nan=True):
            raise ArtifactError(
                f"{path} answers with a score of {answered}, {metrics} has {told}; {remake(path)}"
            )
        return found

    def _score(self, metrics: str) -> float:
        """The decision score of a run."""
        return best_epoch(read_scores(metrics), self.spec.primary, self.spec.decide_on)[1]

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
        seeds = self.spec.seeds
        runs = [(canonical(members), seed) for members in sets for seed in seeds]
        wanted = (self._wanted("metrics", members=members, seed=seed) for members, seed in runs)
        paths = self.find(*(one._replace(last=last) for one in wanted))
        values = [self._score(path) for path in paths]
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
        # Equal scores, in another order of seeds and folds, are equal.
        return round(sum(defined) / len(defined), 12) if defined else math.nan

    def _caution(self, text: str | None) -> None:
        self.cautions.update([text] if text else [])
