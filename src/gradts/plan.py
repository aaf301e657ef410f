"""What the graph asks for: of every rule the files that its job needs.

The parameters of these methods are the wildcards of the rules that call them.
"""

import json
import os
from collections.abc import Iterable
from contextlib import redirect_stderr, suppress
from functools import cache
from io import StringIO
from itertools import product
from tempfile import TemporaryDirectory

from gradts.artifacts import ArtifactError
from gradts.asked import Asked, NotYet
from gradts.layout import SPLITS
from gradts.provenance import provenance
from gradts.reporting.advised import advised, advised_answer, repeated
from gradts.reporting.specs import TableSpec
from gradts.selection.decide import tuning_scores
from gradts.selection.doors import answered
from gradts.selection.evidence import Evidence
from gradts.selection.selectors import selector
from gradts.shown import Shown
from gradts.specs import Source, Spec
from gradts.truth.left import left, tell


def made_of_another(path: str, spec: Spec) -> bool:
    """Whether a file is there that was made from another specification."""
    with suppress(ArtifactError):  # a damaged record tells of nothing that could be lost
        return os.path.exists(path) and provenance(path).get("spec") != json.loads(spec.to_json())
    return False


@cache
def try_out(source: str) -> None:
    """Prepare a task aside; InputError where its rows are refused."""
    from gradts.data.prepare import prepare  # heavy, and seldom needed

    with TemporaryDirectory() as folder, redirect_stderr(StringIO()):
        prepare(Source.from_json(source), folder)


class Plan(Shown):
    """Files that jobs need, as far as can be told before others are there (see asked.Asked)."""

    def source_files(self, task: str) -> list[str]:
        """Local files a task is read from; InputError where what would replace prepared rows is refused.

        Snakemake deletes what a job is about to make, and makes all that rests on it anew: a mistake in an
        entry or a file must be found before that.
        """
        spec = self.source_spec(task)
        if "generated" not in spec.origin and made_of_another(self.path("facts", task=task), spec):
            try_out(spec.to_json())
        return self.raw_files(task)

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

    def map_files(self, task: str, backend: str) -> list[str]:
        return [*self.split_files([task]), self.path("embedded", task=task, backend=backend)]

    def esm_files(self, backend: str, suite: str) -> list[str]:
        """Embeddings and maps of the suite's tasks, and the data, for their labels."""
        pairs = product(("embedded", "map"), self.config.suites[suite])
        made = [self.path(kind, task=task, backend=backend) for kind, task in pairs]
        return made + self.split_files(self.config.suites[suite])

    def logme_files(self, backend: str, suite: str, auxiliary: str) -> list[str]:
        return self.split_files({auxiliary, *self.config.suites[suite]})

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
            asked.follow(
                lambda door, fields=fields: door.runs(fields["backend"], answered(door, **fields)["members"])
            )
        return asked

    def advice_files(self, primary: str) -> Asked:
        """The task's data, the method's answer for it, and the joint runs of all sets that are compared."""
        spec = self.advice_spec(primary)
        asked = self.asked(files=self.split_files([primary]), seeds=spec.seeds)
        if spec.beside:  # at once: trials of both need not wait for each other
            asked.follow(lambda door: advised_answer(spec, door, spec.beside))

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
                members = answered(door, **fields)["members"]
                door.runs(fields["backend"], members)
                if spec.repeated:
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
        """The answers, and the correlation that orders the tasks."""
        spec = self.chosen_sets_spec(number)
        order = self.path("correlation", backend=spec.backends[0], suite=spec.suite)
        return [order, *(self.path("answer", **fields) for fields in self._answers(spec))]
