"""What tables, figures, advice and truth are made from, and which of them `all` makes."""

from dataclasses import asdict
from typing import Any

from gradts.jobs import Jobs
from gradts.reporting.specs import (
    COST_TABLES,
    HAS_GENERATED,
    SCORE_TABLES,
    AdviceSpec,
    CostTableSpec,
    FactTableSpec,
    HeatmapSpec,
    RegretSpec,
    StatisticsSpec,
    TableSpec,
    label,
)
from gradts.selection.methods import WALKS
from gradts.truth.lattice import TruthSpec


class Shown(Jobs):
    """Specifications of what is shown; of a table or figure by its number."""

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
            chosen_on=settings["decide_on"],
            generated=self.has_generated(self.config.suites[suite]),
            steps=next((self._steps(row) for row in methods or rows if row in WALKS), None),
        )

    def fact_table_spec(self, number: str) -> FactTableSpec:
        suite = self._place(number)[0]
        return FactTableSpec(number, suite, self.has_generated(self.config.suites[suite]))

    def cost_table_spec(self, number: str) -> CostTableSpec:
        """The rows of Table 10, and those of them that Table 3 has."""
        suite, _, rows = self._place("10")
        if number == "3":
            rows = [row for row in rows if row in COST_TABLES["3"].split()]
        return CostTableSpec(number, rows, self.has_generated(self.config.suites[suite]))

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
            beside=place["beside"],
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
            repeated=truth["repeated"],
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

    def first_page(self) -> dict[str, Any]:
        """What was run and on what, resolved, as the report's first page shows it."""
        places: dict[tuple[str, ...], list[str]] = {}
        for number in sorted(self.tables(), key=int):
            suite, backends, _ = self._place(number)
            places.setdefault((suite, *backends), []).append(number)
        names = sorted({self.config.advice["suite"], *(suite for suite, *_ in places)})
        suites = {suite: self.config.suites[suite] for suite in names}
        main = self.score_table_spec("2")
        tasks = sorted({task for suite in suites.values() for task in suite})
        return {
            "main": {**asdict(main), "tasks": suites[main.suite], "methods": [*map(label, main.methods)]},
            "places": places,
            "suites": suites,
            "tasks": {task: self._told_of(task) for task in tasks},
            "folds": {task: self.config.folds[task] for task in tasks if self.config.folds[task]},
            "generated": self._generated(tasks),
            "advice": {**self.config.advice, "method": label(self.config.advice["method"])},
            "settings": self.config.values,
        }

    def _told_of(self, task: str) -> str:
        """`single_sentence, read from nyu-mll/glue of the hub`."""
        origin = self.config.sources[task].origin
        if "generated" in origin:
            place = "generated"
        else:
            place = f"read from {origin['hub']} of the hub" if "hub" in origin else "read from files"
        return f"{self.config.tasks[task].objective.replace('_', ' ')}, {place}"
