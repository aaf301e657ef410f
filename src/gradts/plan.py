"""From the checked configuration everything that the graph asks for: specifications, rows of tables, files.

The parameters of these methods are the wildcards of the rules that call them. Nothing heavy is imported:
every cluster job makes the plan again.
"""

import hashlib
import math
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import product
from shlex import quote
from typing import Any

from gradts.artifacts import read_json, write_text
from gradts.asked import Asked, NotYet
from gradts.code import code_digest
from gradts.config import Configuration
from gradts.correlation.specs import ShuffledSpec
from gradts.data.files import local_files
from gradts.layout import SPLITS, below
from gradts.members import Member, canonical
from gradts.names import InputError, check_known
from gradts.provenance import digest, digest_once, folder_digest
from gradts.readings import read_answer
from gradts.reporting.advised import advised, repeated
from gradts.reporting.specs import (
    COST_TABLES,
    HAS_GENERATED,
    SCORE_TABLES,
    AdviceSpec,
    CostTableSpec,
    FactTableSpec,
    HeatmapSpec,
    ModelSpec,
    RegretSpec,
    StatisticsSpec,
    TableSpec,
)
from gradts.selection.decide import tuning_scores
from gradts.selection.evidence import Evidence, Wanted
from gradts.selection.selectors import selector
from gradts.selection.specs import BanditSpec, MixingSpec, SelectionSpec, TuningSpec, tuning_of
from gradts.specs import Backend, CorrelationSpec, GradientSpec, InstancesSpec, RunSpec, Source, Spec
from gradts.training.scores import best_epoch, read_scores
from gradts.training.specs import EmbeddingSpec
from gradts.truth.lattice import TruthSpec
from gradts.truth.left import left, tell

# The longest specification, as quoted for a shell, that is an argument: Linux has 128 KiB for the command.
LONGEST = 1 << 16
# The paper's, by kind of file.
NUMBERS = {"table": [*map(str, range(1, 11))], "figure": [*map(str, range(1, 5))]}

# Kinds of files that rest on the truth.
TRUTH = ("truth", "regret", "ranking", "regret_figure", "affinity")

# What generated tasks are drawn from: code, which no other task's rows depend on.
GRAMMAR = "gradts.demo.suite"


@dataclass(frozen=True)
class Plan:
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
            selector(names["method"], where)
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

    def source_spec(self, task: str) -> Source:
        """Where a task's rows come from, as it is now."""
        source = self.config.sources[task]
        found = {path: digest_once(digest, path) for path in self.source_files(task)}
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
        recipe = replace(self.config.recipe, epochs=settings.pop("epochs"), learning_rate=rate)
        return GradientSpec(self.config.tasks[task], self._backend(backend), recipe, **settings)

    def _gradient_jobs(self, tasks: Iterable[str], backend: str) -> list[dict[str, str]]:
        """Wildcards of the gradient jobs of tasks: every seed's of each."""
        seeds = map(str, sorted(self.config.values["gradients"]["seeds"]))
        return [{"task": task, "backend": backend, "seed": seed} for task, seed in product(tasks, seeds)]

    def _gradient_specs(self, tasks: Iterable[str], backend: str) -> list[GradientSpec]:
        return [self.gradient_spec(**job) for job in self._gradient_jobs(tasks, backend)]

    def correlation_spec(self, backend: str, suite: str) -> CorrelationSpec:
        return CorrelationSpec(self._gradient_specs(self.config.suites[suite], backend))

    def shuffled_spec(self, backend: str, suite: str, draw: str) -> ShuffledSpec:
        return ShuffledSpec(self._gradient_specs(self.config.suites[suite], backend), int(draw))

    def embedding_spec(self, task: str, backend: str) -> EmbeddingSpec:
        return EmbeddingSpec(self.config.tasks[task], self._backend(backend), self.config.recipe.max_length)

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
        settings = self.config.values["selection"]
        return SelectionSpec(
            method=method,
            primary=self.config.tasks[primary],
            suite=suite,
            candidates=self.candidates(suite, primary),
            backend=backend,
            seeds=self.config.values["seeds"],
            decide_on=settings["decide_on"],
            primary_alone=settings["trial"]["primary_alone"],
            train_fraction=settings["trial"]["train_fraction"],
            threshold=self._threshold(method),
            cut=settings["autosem"]["cut"],
            steps=self._steps([method]),
        )

    def _steps(self, methods: list[str]) -> int | None:
        """The cap of the walks, where one of the methods walks."""
        walks = {"heu-size", "heu-len"} & set(methods)
        return self.config.values["selection"]["heuristics"]["steps"] if walks else None

    def _threshold(self, method: str) -> Any:
        settings = self.config.values["selection"].get(method.removeprefix("gradts-"), {})
        threshold = settings.get("threshold")
        tune = tuning_of(threshold)
        return {"tune": {**tune, "tasks": sorted(tune["tasks"])}} if tune else threshold

    def tuning_spec(self, backend: str, suite: str, method: str) -> TuningSpec:
        """The grid, and what is known of the tuning tasks."""
        tune = self._threshold(method)["tune"]
        primaries = [self.selection_spec(backend, suite, method, primary) for primary in tune["tasks"]]
        return TuningSpec(method, tune["grid"], primaries)

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
        answer = {"backend": backend, "suite": suite, "method": "autosem-p1", "primary": primary}
        return sorted(read_answer(self.asked()(Wanted("answer", answer))[0], **answer)["auxiliaries"])

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
        fields = {"backend": backend, "suite": suite, "method": method, "primary": primary}
        answer = read_answer(door(Wanted("answer", fields))[0], **fields)
        task, decide_on = self.config.tasks[primary], self.config.values["selection"]["decide_on"]
        run = {"backend": backend, "members": answer["members"]}
        seeds = self.config.values["seeds"]
        paths = door(*(Wanted("metrics", {**run, "seed": seed}) for seed in seeds))
        scores = [best_epoch(read_scores(path), task, decide_on)[1] for path in paths]
        best = max((score for score in scores if not math.isnan(score)), default=None)
        return answer, seeds[0 if best is None else scores.index(best)]

    # ---------------------------------------------------------------------------- tables and figures

    def tables(self) -> list[str]:
        """Numbers of the tables that `all` makes; some only where they are configured or have rows."""
        numbers = ["2", "6", "7", "9", "10", *(number for number in "1458" if self._own(number))]
        return numbers + ["3"] * bool(self.cost_table_spec("3").methods)

    def figures(self) -> list[str]:
        """Numbers of the figures that `all` makes; Figure 2 shows what Table 5 counts."""
        tables = self.tables()
        return ["3", "4", *(figure for figure, table in (("1", "3"), ("2", "5")) if table in tables)]

    def _place(self, number: str) -> tuple[str, list[str], list[str]]:
        """Suite, backends and rows of a table; where the config has none, those of Table 2."""
        place = {**self._own("2"), **self._own(number)}
        rows = self._own(number).get("methods") or {**SCORE_TABLES, **COST_TABLES}.get(number, "").split()
        return place["suite"], place.get("backends") or [place["backend"]], rows

    def _own(self, number: str) -> dict[str, Any]:
        return self.config.values["tables"].get(f"table{number}") or {}

    def _primaries(self, number: str) -> list[str]:
        """The tasks that a table has columns for: those of its suite, or some of them."""
        return sorted(self._own(number).get("tasks") or self.config.suites[self._place(number)[0]])

    def score_table_spec(self, number: str, methods: list[str] | None = None) -> TableSpec:
        suite, backends, rows = self._place(number)
        settings = self.config.values["selection"]
        return TableSpec(
            number=number,
            suite=suite,
            backends=backends,
            tasks=[self.config.tasks[task] for task in self._primaries(number)],
            methods=methods or rows,
            draws=settings["random"]["draws"],
            seeds=self.config.values["seeds"],
            decide_on=settings["report_on"] or settings["decide_on"],
            generated=self.has_generated(self.config.suites[suite]),
            steps=self._steps(methods or rows),
        )

    def fact_table_spec(self, number: str) -> FactTableSpec:
        suite = self._place(number)[0]
        return FactTableSpec(number, suite, self.has_generated(self.config.suites[suite]))

    def cost_table_spec(self, number: str) -> CostTableSpec:
        """The rows of Table 10, and those of them that Table 3 has."""
        rows = self._place("10")[2]
        return CostTableSpec(
            number, [row for row in rows if number == "10" or row in COST_TABLES["3"].split()]
        )

    def statistics_spec(self, suite: str) -> StatisticsSpec:
        tasks, types = self.config.suites[suite], self.config.types
        return StatisticsSpec(
            suite=suite,
            tasks=[self.config.tasks[task] for task in tasks],
            types={task: types[task] for task in tasks if types[task]},
        )

    def advice_spec(self, primary: str) -> AdviceSpec:
        """What is compared for one task, by the method that advises."""
        place = self.config.advice
        return AdviceSpec(
            primary=self.config.tasks[primary],
            suite=place["suite"],
            candidates=self.candidates(place["suite"], primary),
            backend=place["backend"],
            method=place["method"],
            draws=self.config.values["selection"]["random"]["draws"],
            seeds=sorted(place["seeds"]),
            generated=self._generated(self.config.suites[place["suite"]]),
        )

    def advised(self) -> list[str]:
        """The tasks that `all` makes an advice for: the columns of Table 2, where it is of that suite."""
        return [
            task for task in self._primaries("2") if task in self.config.suites[self.config.advice["suite"]]
        ]

    def truth_spec(self, backend: str, suite: str) -> TruthSpec:
        """The configured kinds of sets, of any suite under any backend."""
        return TruthSpec(
            suite=suite,
            tasks=[self.config.tasks[task] for task in self.config.suites[suite]],
            backend=backend,
            sets=self.config.truth["sets"],
            seeds=sorted(self.config.truth["seeds"]),
            decide_on=self.config.values["selection"]["decide_on"],
        )

    def regret_spec(self) -> RegretSpec:
        """The configured truth, and by default the rows of Tables 2 and 6."""
        truth = self.config.truth
        rows = [*self._place("2")[2], *self._place("6")[2]]
        return RegretSpec(
            truth=self.truth_spec(truth["backend"], truth["suite"]),
            methods=truth["methods"] or [*dict.fromkeys(rows)],
            draws=self.config.values["selection"]["random"]["draws"],
            generated=self.has_generated(self.config.suites[truth["suite"]]),
        )

    regret_figure_spec = affinity_spec = regret_spec  # pictures of the same

    def chosen_sets_spec(self, number: str) -> TableSpec:
        """Figures 1 and 2 show what tables 3 and 5 count."""
        if number == "1":
            return self.score_table_spec("3", self.cost_table_spec("3").methods)
        return self.score_table_spec("5", ["gradts-trial", "gradts-fg"])

    def heatmap_spec(self, number: str) -> HeatmapSpec:
        """Figure 3 shows one task's importance, Figure 4 the correlation of Table 2's suite."""
        suite, backends, _ = self._place("2")
        if number == "3":
            shown = self._figure3_task()
            note = " (generated)" * self.has_generated([shown])
        else:
            shown, note = suite, HAS_GENERATED * self.has_generated(self.config.suites[suite])
        return HeatmapSpec(number, f"{shown}, {backends[0]}{note}")

    def _figure3_task(self) -> str:
        return self.config.values["figure3_task"] or self.config.suites[self._place("2")[0]][0]

    # ----------------------------------------------------------------------------- inputs of rules

    def source_files(self, task: str) -> list[str]:
        """Local files a task is read from."""
        source = self.config.sources[task]
        return local_files(source.origin, source.splits.values())

    def split_files(self, tasks: Iterable[str]) -> list[str]:
        return [self.path(split, task=task) for task in tasks for split in SPLITS]

    def gradient_files(self, task: str, backend: str, seed: str) -> list[str]:
        return self.split_files([task])

    def _all_seeds(self, kind: str, tasks: Iterable[str], backend: str) -> list[str]:
        return [self.path(kind, **job) for job in self._gradient_jobs(tasks, backend)]

    def correlation_files(self, backend: str, suite: str) -> list[str]:
        kinds, tasks = ("importance", "gradients"), self.config.suites[suite]
        return [path for kind in kinds for path in self._all_seeds(kind, tasks, backend)]

    def shuffled_files(self, backend: str, suite: str, draw: str) -> list[str]:
        return self._all_seeds("importance", self.config.suites[suite], backend)

    def embedding_files(self, task: str, backend: str) -> list[str]:
        return self.split_files([task])

    def instances_files(self, backend: str, primary: str, auxiliary: str) -> list[str]:
        gradients = self._all_seeds("gradients", [auxiliary], backend)
        return gradients + self._all_seeds("importance", [primary], backend)

    def statistics_files(self, suite: str) -> list[str]:
        tasks = self.config.suites[suite]
        return [*(self.path("facts", task=task) for task in tasks), *self.split_files(tasks)]

    def run_files(self, backend: str, members: str, seed: str) -> list[str]:
        """A joint run depends on its members' data alone, and on τ tables of members filtered by τ."""
        known = self.members(members)
        filters = [
            (one.task, one.subset.primary) for one in known if one.subset and one.subset.filters_by_tau
        ]
        return self.split_files(member.task for member in known) + [
            self.path("instances", backend=backend, primary=primary, auxiliary=task)
            for task, primary in filters
        ]

    def bandit_files(self, backend: str, suite: str, primary: str) -> list[str]:
        return self.split_files(self.config.suites[suite])

    def mixing_files(self, backend: str, suite: str, primary: str) -> list[str] | Asked:
        """Stage 2 depends on the tasks that stage 1 chose, and on no other task."""
        try:
            return self.split_files([primary, *self._stage1(backend, suite, primary)])
        except NotYet as first:
            return self.asked(awaited=list(first.args))

    def selection_files(self, backend: str, suite: str, method: str, primary: str) -> Asked:
        """All files that a method's selector reads for a primary task, as far as can be told."""
        spec = self.selection_spec(backend, suite, method, primary)
        return self.asked().follow(lambda door: selector(method)(Evidence(spec, door)))

    def model_files(self, backend: str, suite: str, method: str, primary: str) -> Asked:
        """The answer, its set's runs, and the data that the best of them is trained on again."""
        asked = self.asked()
        try:
            answer, seed = self._model(asked, backend, suite, method, primary)
        except NotYet:
            return asked
        run = {"backend": backend, "members": answer["members"], "seed": seed}
        asked.files += [self.path(kind, **run) for kind in ("run", "predictions")]
        asked.files += self.run_files(backend, "+".join(answer["members"]), str(seed))
        return asked

    def tuning_files(self, backend: str, suite: str, method: str) -> Asked:
        """What decides the sets of a tuning, and the runs that try every threshold on every tuning task."""
        spec, asked = self.tuning_spec(backend, suite, method), self.asked()
        for one in spec.primaries:
            asked.follow(lambda door, one=one: tuning_scores(spec.grid, Evidence(one, door)))
        return asked

    def answer_files(self, number: str) -> list[str]:
        """Every answer that a table shows."""
        return [self.path("answer", **fields) for fields in self._answers(self.score_table_spec(number))]

    def _answers(self, spec: TableSpec) -> list[dict[str, str]]:
        return [
            {"backend": row.backend, "suite": spec.suite, "method": method, "primary": task.name}
            for row in spec.rows()
            for method in row.answers
            for task in spec.tasks
        ]

    def score_table_files(self, number: str) -> Asked:
        """Data, every method's answer for every primary task, and the joint runs of the chosen sets."""
        (suite, backends, rows), primaries = self._place(number), self._primaries(number)
        asked = self.asked(files=self.split_files(primaries))
        # Sets that need no answer are named at once, so that a dry-run lists them.
        sets = [[task] for task in primaries] if "single-task" in rows else []
        sets += [list(self.config.suites[suite])] if "no-sel" in rows else []
        for backend, members in product(backends, sets):
            asked.runs(backend, members)
        for fields in self._answers(self.score_table_spec(number)):
            asked.follow(lambda door, fields=fields: door.runs(fields["backend"], self._chosen(door, fields)))
        return asked

    def _chosen(self, door: Asked, answer: dict[str, str]) -> list[str]:
        return read_answer(door(Wanted("answer", answer))[0], **answer)["members"]

    def advice_files(self, primary: str) -> Asked:
        """The task's data, the method's answer for it, and the joint runs of all sets that are compared."""
        spec = self.advice_spec(primary)
        asked = self.asked(files=self.split_files([primary]), seeds=spec.seeds)

        def ask(door: Asked) -> None:
            for _, sets in advised(spec, door):
                for members in sets:
                    door.runs(spec.backend, members)

        return asked.follow(ask)

    def truth_files(self, backend: str, suite: str) -> list[str]:
        """The runs of every set under every seed, all at once."""
        spec = self.truth_spec(backend, suite)
        tell(left(spec, self.results))
        asked = self.asked(seeds=spec.seeds)
        for members in spec.lattice():
            asked.runs(backend, [*members])
        return asked.files

    def regret_files(self) -> Asked:
        """The truth, what ranks tasks, every answer, and the runs of sets that the truth has not."""
        spec = self.regret_spec()
        kinds = ("truth", "correlation", "statistics")
        files = [self.path(kind, **spec.place) for kind in kinds]
        files += [self.path("facts", task=task.name) for task in spec.truth.tasks]
        asked = self.asked(files=files, seeds=spec.truth.seeds)
        for fields in spec.answers():

            def ask(door: Asked, fields: dict[str, str] = fields) -> None:
                members = self._chosen(door, fields)
                door.runs(fields["backend"], members)
                seed, primary = spec.truth.seeds[0], fields["primary"]
                door.runs(fields["backend"], repeated(members, primary, fields["backend"], seed, door))

            asked.follow(ask)
        return asked

    def regret_figure_files(self) -> list[str]:
        return [self.path("regret")]

    def affinity_files(self) -> list[str]:
        return [self.path(kind, **self.regret_spec().place) for kind in ("truth", "correlation")]

    def heatmap_files(self, number: str) -> list[str]:
        suite, (backend, *_), _ = self._place("2")
        if number == "3":
            return self._all_seeds("importance", [self._figure3_task()], backend)
        return [self.path(kind, backend=backend, suite=suite) for kind in ("correlation", "intervals")]

    def chosen_sets_files(self, number: str) -> list[str]:
        return [self.path("answer", **fields) for fields in self._answers(self.chosen_sets_spec(number))]
