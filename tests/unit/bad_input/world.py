"""A finished results folder of two tiny tasks, and the command lines that read and make its files."""

import json
import re
from dataclasses import replace
from itertools import chain
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from gradts.cli import COMMANDS, positional, run
from gradts.correlation.specs import ShuffledSpec
from gradts.layout import FILES
from gradts.reporting.specs import (
    AdviceSpec,
    CostTableSpec,
    FactTableSpec,
    HeatmapSpec,
    ModelSpec,
    RegretSpec,
    StatisticsSpec,
    TableSpec,
)
from gradts.selection.specs import BanditSpec, MixingSpec, SelectionSpec, TuningSpec
from gradts.specs import Backend, CorrelationSpec, InstancesSpec
from gradts.training.specs import EmbeddingSpec
from gradts.transfer.specs import FineTuneSpec, ValuesSpec
from gradts.truth.lattice import TruthSpec
from tests.conftest import RECIPE, TWO_TASKS, generated_source, gradient_job, joint_run

SUB_COMMANDS = list(COMMANDS)
AUXILIARY, PRIMARY = (task.name for task in TWO_TASKS)
TASKS = {task.name: task for task in TWO_TASKS}
GRID = [{"keep": 0.2}, {"keep": 1.0}]


def flag(command: str, option: str) -> list[str]:
    """What stands before an option's value: its name, or nothing where the place tells."""
    return [] if option in positional(resolve_name(COMMANDS[command])) else [f"--{option}"]


class World:
    """A finished results folder of two tiny tasks, and the command lines that read and make its files."""

    def __init__(self, results: Path, backend: Backend) -> None:
        self.results = results
        self.gradients = {
            name: [gradient_job(task, backend, seed=seed) for seed in (1, 2)] for name, task in TASKS.items()
        }
        self.tuned = {name: FineTuneSpec(task, backend, RECIPE, 1, "fitted") for name, task in TASKS.items()}
        self.run = joint_run(backend)
        self.selection = SelectionSpec(
            "gradts-trial", TASKS[PRIMARY], "toy", [AUXILIARY], "tiny", [1], "select", True, 1.0
        )
        tuned = {"tune": {"grid": GRID, "tasks": [PRIMARY]}}
        self.thres = replace(self.selection, method="gradts-thres", threshold=tuned)
        self.tuning = TuningSpec("gradts-thres", GRID, [self.thres])
        searched = ("toy", TASKS[PRIMARY], [TASKS[AUXILIARY]], backend, RECIPE, 1, "select")
        self.bandit = BanditSpec(*searched, rounds=2, batches=1, gamma=0.3)
        self.mixing = MixingSpec(*searched, trials=1, max_ratio=2)
        self.table = TableSpec(
            "2", "toy", ["tiny"], [TASKS[PRIMARY]], ["gradts-trial"], 1, [1], "select", True
        )
        self.advice = AdviceSpec(
            TASKS[PRIMARY], "toy", [AUXILIARY], "tiny", "gradts-trial", 1, [1], list(TASKS)
        )
        alone = replace(self.run, members=[PRIMARY], tasks=[TASKS[PRIMARY]])
        source = generated_source(PRIMARY)
        self.model = ModelSpec("toy", "gradts-trial", TASKS[PRIMARY], source, alone, "select", {})
        self.truth = TruthSpec("toy", [*TASKS.values()], "tiny", ["all"], [1], "select")
        self.regret = RegretSpec(self.truth, ["gradts-trial"], 1, True)
        self.statistics = StatisticsSpec("toy", list(TASKS.values()), dict.fromkeys(TASKS, "x"))

    def at(self, results: Path) -> "World":
        other = object.__new__(World)
        other.__dict__.update(self.__dict__, results=results)
        return other

    def options(self, command: str) -> dict[str, Any]:
        """The right options of a sub-command."""
        r = self.results
        return {
            "describe": {"files": [r / "data" / PRIMARY / "train.parquet"]},
            "prepare": {"spec": generated_source(PRIMARY).to_json(), "out": r / "data" / PRIMARY},
            "gradients": {
                "spec": self.gradients[PRIMARY][0].to_json(),
                "data": r / "data",
                "importance": r / "importance/tiny" / PRIMARY / "seed1.npy",
                "gradients": r / "gradients/tiny" / PRIMARY / "seed1.parquet",
            },
            "correlate": {
                "spec": CorrelationSpec([*chain(*self.gradients.values())]).to_json(),
                "importance": r / "importance/tiny",
                "gradients": r / "gradients/tiny",
                "out": r / "correlation/tiny/toy.csv",
                "intervals": r / "correlation/tiny/toy/intervals.csv",
            },
            "correlate-shuffled": {
                "spec": ShuffledSpec([*chain(*self.gradients.values())], 1).to_json(),
                "importance": r / "importance/tiny",
                "out": r / "correlation/tiny/toy/shuffled1.csv",
            },
            "embed": {
                "spec": EmbeddingSpec(TASKS[PRIMARY], self.run.backend, 32).to_json(),
                "data": r / "data",
                "out": r / f"embeddings/tiny/{PRIMARY}.npy",
                "vectors": r / f"embeddings/tiny/{PRIMARY}.parquet",
            },
            "map": {
                "spec": self.tuned[PRIMARY].to_json(),
                "data": r / "data",
                "embedded": r / f"embeddings/tiny/{PRIMARY}.parquet",
                "out": r / f"maps/tiny/{PRIMARY}.npy",
            },
            "esm": {
                "spec": ValuesSpec([*self.tuned.values()], [*TASKS.values()]).to_json(),
                "data": r / "data",
                "embeddings": r / "embeddings/tiny",
                "maps": r / "maps/tiny",
                "out": r / "esm/tiny/toy.csv",
            },
            "logme": {
                "spec": ValuesSpec([self.tuned[AUXILIARY]], [*TASKS.values()]).to_json(),
                "data": r / "data",
                "out": r / f"logme/tiny/toy/{AUXILIARY}.csv",
            },
            "instances": {
                "spec": InstancesSpec(*self.gradients.values()).to_json(),
                "gradients": r / "gradients/tiny" / AUXILIARY,
                "importance": r / "importance/tiny" / PRIMARY,
                "out": r / "instances/tiny" / PRIMARY / f"{AUXILIARY}.parquet",
            },
            "joint": {
                "spec": self.run.to_json(),
                "data": r / "data",
                "instances": r / "instances/tiny",
                "out": r / "runs/tiny" / f"{AUXILIARY}+{PRIMARY}" / "seed1",
            },
            "export": {
                "spec": self.model.to_json(),
                "results": r,
                "out": r / f"models/tiny/toy/gradts-trial/{PRIMARY}",
            },
            "predict": {"model": r / "models", "data": "x.csv", "out": r / "y.csv"},
            "bandit": {
                "spec": self.bandit.to_json(),
                "data": r / "data",
                "out": r / "autosem/tiny/toy" / PRIMARY / "bandit.json",
            },
            "mixing": {
                "spec": self.mixing.to_json(),
                "data": r / "data",
                "out": r / "autosem/tiny/toy" / PRIMARY / "mixing.json",
            },
            "tune": {
                "spec": self.tuning.to_json(),
                "results": r,
                "out": r / "selection/tiny/toy/gradts-thres.threshold.json",
            },
            "select": {
                "spec": self.selection.to_json(),
                "results": r,
                "out": r / "selection/tiny/toy/gradts-trial" / f"{PRIMARY}.json",
            },
            "statistics": {
                "spec": self.statistics.to_json(),
                "data": r / "data",
                "out": r / "statistics/toy.csv",
            },
            "table": {
                "spec": self.table.to_json(),
                "results": r,
                "paper": "config/paper/table2.csv",
                "slips": "config/paper/slips.csv",
                "csv": r / "tables/table2.csv",
                "markdown": r / "tables/table2.md",
            },
            "fact-table": {
                "spec": FactTableSpec("7", "toy", True).to_json(),
                "statistics": r / "statistics/toy.csv",
                "paper": "config/paper/table7.csv",
                "slips": "config/paper/slips.csv",
                "csv": r / "tables/table7.csv",
                "markdown": r / "tables/table7.md",
            },
            "costs": {
                "answers": [r / f"selection/tiny/toy/gradts-trial/{task}.json" for task in TASKS],
                "results": r,
                "out": r / "costs.csv",
            },
            "cost-table": {
                "spec": CostTableSpec("10", ["gradts-trial"], True).to_json(),
                "ledger": r / "costs.csv",
                "paper": "config/paper/minutes.csv",
                "slips": "config/paper/slips.csv",
                "csv": r / "tables/table10.csv",
                "markdown": r / "tables/table10.md",
            },
            "stability": {
                "table": r / "tables/table2.csv",
                "results": r,
                "csv": r / "stability.csv",
                "markdown": r / "stability.md",
            },
            "advise": {
                "spec": self.advice.to_json(),
                "results": r,
                "markdown": r / f"advice/{PRIMARY}.md",
                "picture": [r / f"advice/{PRIMARY}.png"],
            },
            "truth": {"spec": self.truth.to_json(), "results": r, "out": r / "truth/tiny/toy.csv"},
            "regret": {
                "spec": self.regret.to_json(),
                "results": r,
                "csv": r / "tables/regret.csv",
                "markdown": r / "tables/regret.md",
                "ranking": r / "tables/ranking.csv",
                "ranking-markdown": r / "tables/ranking.md",
            },
            "regret-figure": {
                "spec": self.regret.to_json(),
                "table": r / "tables/regret.csv",
                "out": [r / "figures/regret.png"],
            },
            "affinity": {"spec": self.regret.to_json(), "results": r, "out": [r / "figures/affinity.png"]},
            "chosen-sets": {"spec": self.table.to_json(), "results": r, "out": [r / "figures/figure1.png"]},
            "heatmap": {
                "spec": HeatmapSpec("4", "x").to_json(),
                "values": [r / "correlation/tiny/toy.csv", r / "correlation/tiny/toy/intervals.csv"],
                "out": [r / "figures/figure4.png"],
            },
        }[command]

    def words(self, command: str, **changes: Any) -> list[str]:
        """A sub-command with some of its options changed, or left out where None."""
        words = [command]
        for name, value in {**self.options(command), **changes}.items():
            if value is not None:
                words += [*flag(command, name), *map(str, value if isinstance(value, list) else [value])]
        return words

    def call(self, command: str, **changes: Any) -> int:
        return run(self.words(command, **changes))


FIELDS = {
    "task": PRIMARY,
    "backend": "tiny",
    "suite": "toy",
    "primary": PRIMARY,
    "auxiliary": AUXILIARY,
    "members": PRIMARY,
    "seed": 1,
    "draw": 1,
    "digest": "0123456789abcdef",
}
PATHS = {
    kind: pattern.format_map(FIELDS | {"method": "gradts-trial", "number": 2})
    for kind, pattern in FILES.items()
}
PATHS["threshold"] = FILES["threshold"].format_map(FIELDS | {"method": "gradts-thres"})
PATHS["gradients"] = FILES["gradients"].format_map(FIELDS | {"task": AUXILIARY})
PATHS["its record"] = PATHS["importance"].replace(".npy", ".json")
PATHS["correlation's record"] = PATHS["correlation"].replace(".csv", ".json")


def read(world: World, reader: str, **changes: Any) -> int:
    """Call what reads an artefact: a sub-command, or one with another method or member after a blank."""
    command, _, variant = reader.partition(" ")
    if command == "joint" and variant:
        changes["spec"] = replace(world.run, members=[f"{AUXILIARY}@{PRIMARY}-0.1", PRIMARY]).to_json()
    elif variant == "npy":
        changes["values"] = [world.results / PATHS["importance"]]
    elif variant == "gradts-thres":
        changes["spec"] = world.thres.to_json()
    elif variant:
        changes["spec"] = replace(world.selection, method=variant, threshold=0.0).to_json()
    return world.call(command, **changes)


def changed(text: str, place: str, value: Any) -> str:
    """A JSON text with another value at a dotted place."""
    inner = whole = json.loads(text)
    *way, last = place.split(".")
    for key in way:
        inner = inner[int(key)] if isinstance(inner, list) else inner[key]
    inner[int(last) if isinstance(inner, list) else last] = value
    return json.dumps(whole)


def one_line(capsys, command: str, message: str) -> None:
    """Exactly one line was printed, and it has every part of the message in this order."""
    text = capsys.readouterr().err
    assert text.startswith(f"gradts {command}: error: ")
    assert text.endswith("\n")
    assert text.count("\n") == 1, text
    assert re.search(".*".join(map(re.escape, message.split(" … "))), text), text


def remade(kind: str, world: World) -> str:
    return f"remake it with: snakemake --cores 1 --force {world.results / PATHS[kind]}"
