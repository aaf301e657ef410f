"""From the checked configuration what every job that computes is made from, and the names of its files.

Nothing heavy is imported here, in `shown` and in `plan`: every cluster job makes the plan again.
"""

import hashlib
import math
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from itertools import product
from shlex import quote
from typing import Any

from gradts.artifacts import read_json, write_text
from gradts.asked import Asked
from gradts.code import code_digest
from gradts.config import Configuration, check_method
from gradts.correlation.specs import ShuffledSpec
from gradts.data.files import local_files
from gradts.layout import below
from gradts.members import Member, canonical
from gradts.names import InputError, check_known
from gradts.provenance import digest, digest_once, folder_digest
from gradts.reporting.specs import ModelSpec
from gradts.selection.doors import Wanted, answered
from gradts.selection.methods import RULES, TRIES, WALKS, parsed
from gradts.selection.specs import BanditSpec, Designed, MixingSpec, SelectionSpec, TuningSpec, tuning_of
from gradts.specs import Backend, CorrelationSpec, GradientSpec, InstancesSpec, RunSpec, Source, Spec, WarmUp
from gradts.training.scores import best_epoch, read_scores
from gradts.training.specs import EmbeddingSpec
from gradts.transfer.specs import FineTuneSpec, ValuesSpec

# The longest specification, as quoted for a shell, that is an argument: Linux has 128 KiB for the command.
LONGEST = 1 << 16
# The paper's, by kind of file.
NUMBERS = {"table": [*map(str, range(1, 11))], "figure": [*map(str, range(1, 5))]}

# Kinds of files that rest on the truth.
TRUTH = ("truth", "regret", "ranking", "regret_figure", "affinity")

# What generated tasks are drawn from: code, which no other task's rows depend on.
GRAMMAR = "gradts.demo.suite"


@dataclass(frozen=True)
class Jobs:
    """The configuration, and whether a file that decides which others are needed may be `read` already."""

    config: Configuration
    readable: Callable[[str], bool] = os.path.exists

    # ------------------------------------------------------------------------------------ names

    @property
    def results(self) -> str:
        return self.config.values["results_dir"]

    def path(self, kind: str, **fields: Any) -> str:
        return below(self.results, kind, **fields)

    def check(self, kind: str, **names: str) -> None:
        """Raise InputError where a target of this kind has a name that stands for nothing."""
        config, suite, where = self.config, names.get("suite"), "target"
        suite = config.advice["suite"] if kind == "advice" else suite
        known = {"suite": (config.suites, "suite"), "backend": (config.backends, "backend")}
        known |= dict.fromkeys(("task", "auxiliary", "primary"), (config.tasks, "task"))
        known |= {"number": (NUMBERS.get(kind, ()), kind)}
        if suite in config.suites:
            known["primary"] = (config.suites[suite], f"task of the suite '{suite}'")
        if kind in TRUTH and config.truth is None:
            raise InputError("target: the configuration measures no truth; give it truth: {sets: all}")
        for name, (among, of_kind) in known.items():
            if name in names:
                check_known(names[name], among, where, of_kind)
        for member in self.members(names["members"]) if "members" in names else []:
            check_known(member.task, config.tasks, where, "task")
        for key, numbers in (("seed", "0|[1-9][0-9]*"), ("draw", "[1-9][0-9]*")):
            if not re.fullmatch(numbers, names.get(key, "1")):
                raise InputError(f"{where}: {names[key]!r} is no {key}; give a number such as 1")
        if "method" in names:
            check_method(names["method"], where, config.values)
        if kind == "threshold" and not tuning_of(self._threshold(names["method"])):
            raise InputError(f"{where}: the configuration does not tune a threshold of {names['method']}")

    def argument(self, spec: Spec) -> str:
        """A specification as its job is given it: its text, or a file of it where that is too long."""
        text = spec.to_json()
        if len(quote(text)) <= LONGEST:
            return text
        path = self.path("spec", digest=hashlib.sha256(text.encode()).hexdigest()[:16])
        if not os.path.exists(path):
            write_text(path, text)
        return path

    def asked(self, **known: list) -> Asked:
        """A door that has asked for nothing yet, or for these `files` and `awaited`; of other `seeds`."""
        return Asked(self.results, self.readable, **{"seeds": self.config.values["seeds"], **known})

    def members(self, name: str) -> list[Member]:
        """The set that a path name stands for (see `Asked.run`)."""
        spelled = name.split("+")
        if name.startswith("set-"):
            spelled = read_json(self.path("members", members=name))
        return [Member.parse(text) for text in spelled]

    def candidates(self, suite: str, primary: str) -> list[str]:
        """The suite without the primary task."""
        return [task for task in self.config.suites[suite] if task != primary]

    def has_generated(self, tasks: Iterable[str]) -> bool:
        """Whether some of these tasks are generated, which tables and figures of them must say."""
        return bool(self._generated(tasks))

    def _generated(self, tasks: Iterable[str]) -> list[str]:
        return [task for task in tasks if "generated" in self.config.sources[task].origin]

    # ----------------------------------------------------------------------- specifications of jobs

    def raw_files(self, task: str) -> list[str]:
        """Local files a task is read from."""
        source = self.config.sources[task]
        return local_files(source.origin, source.splits.values())

    def source_spec(self, task: str) -> Source:
        """Where a task's rows come from, as it is now."""
        source = self.config.sources[task]
        found = {path: digest_once(digest, path) for path in self.raw_files(task)}
        if "generated" in source.origin:
            found[GRAMMAR] = code_digest(GRAMMAR)
        return replace(source, digests={name: one for name, one in found.items() if one})

    def _backend(self, name: str) -> Backend:
        """A backend, as its local folder is now."""
        backend = self.config.backends[name]
        return replace(backend, digest=digest_once(folder_digest, backend.path)) if backend.path else backend

    def gradient_spec(self, task: str, backend: str, seed: str) -> GradientSpec:
        """What the gradient job of a task under a backend and a seed is made from."""
        settings = {**self.config.values["gradients"], "seed": int(seed)}
        del settings["seeds"]
        rate = settings.pop("learning_rate") or self.config.recipe.learning_rate
        trained = {"epochs": settings.pop("epochs"), "learning_rate": rate}
        recipe = WarmUp(**(asdict(self.config.recipe) | trained))
        return GradientSpec(self.config.tasks[task], self._backend(backend), recipe, **settings)

    def _gradient_jobs(self, tasks: Iterable[str], backend: str) -> list[dict[str, str]]:
        """Wildcards of the gradient jobs of tasks: every seed's of each."""
        seeds = map(str, sorted(self.config.values["gradients"]["seeds"]))
        return [{"task": task, "backend": backend, "seed": seed} for task, seed in product(tasks, seeds)]

    def _gradient_specs(self, tasks: Iterable[str], backend: str) -> list[GradientSpec]:
        return [self.gradient_spec(**job) for job in self._gradient_jobs(tasks, backend)]

    def correlation_spec(self, backend: str, suite: str) -> CorrelationSpec:
        jobs = self._gradient_specs(self.config.suites[suite], backend)
        return CorrelationSpec(jobs, measure=self.config.values["correlation"]["measure"])

    def shuffled_spec(self, backend: str, suite: str, draw: str) -> ShuffledSpec:
        jobs = self._gradient_specs(self.config.suites[suite], backend)
        return ShuffledSpec(jobs, int(draw), measure=self.config.values["correlation"]["measure"])

    def embedding_spec(self, task: str, backend: str) -> EmbeddingSpec:
        return EmbeddingSpec(self.config.tasks[task], self._backend(backend), self.config.recipe.max_length)

    def map_spec(self, task: str, backend: str) -> FineTuneSpec:
        """A candidate's fine-tune: the warm-up of its gradients under the first seed."""
        job = self._gradient_specs([task], backend)[0]
        return FineTuneSpec(job.task, job.backend, job.recipe, job.seed, job.head)

    def _values(self, candidates: Iterable[str], backend: str, suite: str) -> ValuesSpec:
        jobs = [self.map_spec(task, backend) for task in candidates]
        return ValuesSpec(jobs, [self.config.tasks[task] for task in self.config.suites[suite]])

    def esm_spec(self, backend: str, suite: str) -> ValuesSpec:
        return self._values(self.config.suites[suite], backend, suite)

    def logme_spec(self, backend: str, suite: str, auxiliary: str) -> ValuesSpec:
        return self._values([auxiliary], backend, suite)

    def instances_spec(self, backend: str, primary: str, auxiliary: str) -> InstancesSpec:
        return InstancesSpec(*(self._gradient_specs([task], backend) for task in (auxiliary, primary)))

    def run_spec(self, backend: str, members: str, seed: str) -> RunSpec:
        """What a joint run is made from: its members in canonical order, backend, recipe, seed."""
        spelled = canonical(self.members(members))
        return RunSpec(
            members=spelled,
            tasks=[self.config.tasks[Member.parse(name).task] for name in spelled],
            backend=self._backend(backend),
            recipe=self.config.recipe,
            seed=int(seed),
            subset_seed=self.config.values["data"]["seed"],
        )

    def selection_spec(self, backend: str, suite: str, method: str, primary: str) -> SelectionSpec:
        """What a method needs to know to choose for one primary task."""
        settings, threshold = self.config.values["selection"], self._threshold(method)
        for task in (tuning_of(threshold) or {}).get("tasks", []):
            where = f"config: selection.{method.removeprefix('gradts-')}.threshold.tune.tasks"
            check_known(task, self.config.suites[suite], where, f"task of the suite '{suite}'")
        return SelectionSpec(
            method=method,
            primary=self.config.tasks[primary],
            suite=suite,
            candidates=self.candidates(suite, primary),
            backend=backend,
            seeds=self.config.values["seeds"],
            decide_on=self._decides(primary),
            primary_alone=settings["trial"]["primary_alone"],
            train_fraction=settings["trial"]["train_fraction"],
            threshold=threshold,
            cut=settings["autosem"]["cut"] if method == "autosem-p1" else SelectionSpec.cut,
            steps=self._steps(method),
            surrogate=Designed(**settings["surrogate"]) if method.startswith("surrogate") else None,
            rule=self._rule(method),
        )

    def _decides(self, primary: str) -> Any:
        """What decides trials of a task: its folds, where it has some and decisions are made on select."""
        decide_on, folds = self.config.values["selection"]["decide_on"], self.config.folds[primary]
        return {"folds": folds} if folds and decide_on == "select" else decide_on

    def _rule(self, method: str) -> str:
        """The configured rule, of a method that tries and tells none."""
        known = parsed(method)
        own = known.rule or not known.name.endswith(TRIES)
        return RULES[0] if own else self.config.values["selection"]["trial"]["rule"]

    def _steps(self, method: str) -> int | None:
        """How many candidates a method walks through at most."""
        settings = self.config.values["selection"]
        if method in WALKS:
            return settings["heuristics"]["steps"]
        return settings["trial"]["steps"] if parsed(method).name.endswith(TRIES) else None

    def _threshold(self, method: str) -> Any:
        settings = self.config.values["selection"].get(method.removeprefix("gradts-"), {})
        threshold = settings.get("threshold")
        tune = tuning_of(threshold)
        return {"tune": {**tune, "tasks": sorted(tune["tasks"])}} if tune else threshold

    def tuning_spec(self, backend: str, suite: str, method: str) -> TuningSpec:
        """The grid, and what is known of the tuning tasks; a split decides, as no fold's rows all have τ."""
        tune, decide_on = self._threshold(method)["tune"], self.config.values["selection"]["decide_on"]
        specs = (self.selection_spec(backend, suite, method, primary) for primary in tune["tasks"])
        return TuningSpec(method, tune["grid"], [replace(spec, decide_on=decide_on) for spec in specs])

    def bandit_spec(self, backend: str, suite: str, primary: str) -> BanditSpec:
        settings = self.config.values["selection"]["autosem"]
        shared = self._autosem(backend, suite, primary, self.candidates(suite, primary))
        return BanditSpec(**shared, **{key: settings[key] for key in ("rounds", "batches", "gamma")})

    def mixing_spec(self, backend: str, suite: str, primary: str) -> MixingSpec:
        """Raises NotYet before stage 1 has chosen."""
        settings = self.config.values["selection"]["autosem"]
        shared = self._autosem(backend, suite, primary, self._stage1(backend, suite, primary))
        recipe = replace(shared.pop("recipe"), epochs=settings["epochs"] or self.config.recipe.epochs)
        limits = {key: settings[key] for key in ("trials", "max_ratio")}
        return MixingSpec(**shared, recipe=recipe, **limits)

    def _autosem(self, backend: str, suite: str, primary: str, auxiliaries: list[str]) -> dict[str, Any]:
        return {
            "suite": suite,
            "primary": self.config.tasks[primary],
            "auxiliaries": [self.config.tasks[task] for task in auxiliaries],
            "backend": self._backend(backend),
            "recipe": self.config.recipe,
            "seed": self.config.values["selection"]["autosem"]["seed"],
            "decide_on": self.config.values["selection"]["decide_on"],
        }

    def _stage1(self, backend: str, suite: str, primary: str) -> list[str]:
        """The tasks that AUTOSEM-p1 chose, by name."""
        return sorted(answered(self.asked(), backend, suite, "autosem-p1", primary)["auxiliaries"])

    def model_spec(self, backend: str, suite: str, method: str, primary: str) -> ModelSpec:
        """Raises NotYet before the set is chosen and its runs are made."""
        answer, seed = self._model(self.asked(), backend, suite, method, primary)
        return ModelSpec(
            suite=suite,
            method=method,
            task=self.config.tasks[primary],
            source=self.source_spec(primary),
            run=self.run_spec(backend, "+".join(answer["members"]), str(seed)),
            decide_on=self.config.values["selection"]["decide_on"],
            shares=answer["auxiliaries"],
        )

    def _model(self, door: Asked, backend: str, suite: str, method: str, primary: str) -> tuple[Any, int]:
        """The answer, and of its set's runs the seed whose score decides best, the first among equals."""
        answer = answered(door, backend, suite, method, primary)
        task, decide_on = self.config.tasks[primary], self.config.values["selection"]["decide_on"]
        run = {"backend": backend, "members": answer["members"]}
        seeds = self.config.values["seeds"]
        paths = door(*(Wanted("metrics", {**run, "seed": seed}) for seed in seeds))
        scores = [best_epoch(read_scores(path), task, decide_on)[1] for path in paths]
        best = max((score for score in scores if not math.isnan(score)), default=None)
        return answer, seeds[0 if best is None else scores.index(best)]
