"""A finished results folder of two tiny tasks, and the command lines that read and make its files."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from gradts.cli import COMMANDS, main
from gradts.reporting.specs import CostSpec, TableSpec
from gradts.selection.specs import BanditSpec, MixingSpec, SelectionSpec, TuningSpec
from gradts.specs import Backend, GradientSpec, Recipe, RunSpec, Task
from tests.conftest import generated_source

SUB_COMMANDS = [function.__name__.replace("_", "-") for function in COMMANDS]
PRIMARY, AUXILIARY = "demo_entail", "demo_accept"
TASKS = {
    AUXILIARY: Task(AUXILIARY, "classification", ["unacceptable", "acceptable"], ["mcc"], "mcc"),
    PRIMARY: Task(PRIMARY, "classification", ["entailment", "not_entailment"], ["accuracy"], "accuracy"),
}
GRID = [{"keep": 0.2}, {"keep": 1.0}]


class World:
    """A finished results folder of two tiny tasks, and the command lines that read and make its files."""

    def __init__(self, results: Path, backend: Path) -> None:
        self.results = results
        recipe = Recipe(1, 1e-3, 8, 0.1, 0.0, 1.0, 32, "fp32")
        self.backend = Backend("tiny", path=str(backend))
        self.gradient = {
            name: GradientSpec(task, self.backend, recipe, 1, "head_gate", 8, "fp32")
            for name, task in TASKS.items()
        }
        self.run = RunSpec(list(TASKS), list(TASKS.values()), self.backend, recipe, 1)
        self.selection = SelectionSpec(
            "gradts-trial", TASKS[PRIMARY], "toy", [AUXILIARY], "tiny", [1], "select", True, 1.0
        )
        tuned = {"tune": {"grid": GRID, "tasks": [PRIMARY]}}
        self.thres = replace(self.selection, method="gradts-thres", threshold=tuned)
        self.tuning = TuningSpec("gradts-thres", GRID, [self.thres])
        self.bandit = BanditSpec(
            TASKS[PRIMARY], list(TASKS.values()), self.backend, recipe, 1, "select", 2, 1, 0.3
        )
        self.mixing = MixingSpec(TASKS[PRIMARY], [TASKS[AUXILIARY]], self.backend, recipe, 1, "select", 1, 2)
        self.table = TableSpec(
            "2", "toy", ["tiny"], [TASKS[PRIMARY]], ["gradts-trial"], 1, [1], "select", True
        )
        self.costs = CostSpec(self.selection, list(TASKS.values()), {"gradts-trial": None})

    def at(self, results: Path) -> "World":
        other = object.__new__(World)
        other.__dict__.update(self.__dict__, results=results)
        return other

    def options(self, command: str) -> dict[str, Any]:
        """The right options of a sub-command."""
        r = self.results
        specs = [one.to_json() for one in self.gradient.values()]
        facts = {name: {"objective": "CLS", "labels": 2, "type": "x"} for name in TASKS}
        return {
            "prepare": {"spec": generated_source(PRIMARY).to_json(), "out": r / "data" / PRIMARY},
            "gradients": {
                "spec": self.gradient[PRIMARY].to_json(),
                "layer-norm": "l1",
                "data": r / "data",
                "importance": r / "importance/tiny" / f"{PRIMARY}.npy",
                "gradients": r / "gradients/tiny" / f"{PRIMARY}.parquet",
            },
            "correlate": {
                "spec": specs,
                "layer-norm": "l1",
                "importance": r / "importance/tiny",
                "out": r / "correlation/tiny/toy.csv",
            },
            "instances": {
                "auxiliary": specs[0],
                "primary": specs[1],
                "layer-norm": "l1",
                "gradients": r / "gradients/tiny" / f"{AUXILIARY}.parquet",
                "importance": r / "importance/tiny" / f"{PRIMARY}.npy",
                "out": r / "instances/tiny" / PRIMARY / f"{AUXILIARY}.parquet",
            },
            "joint": {
                "spec": self.run.to_json(),
                "data": r / "data",
                "instances": r / "instances/tiny",
                "out": r / "runs/tiny" / f"{AUXILIARY}+{PRIMARY}" / "seed1",
            },
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
                "facts": json.dumps(facts),
                "data": r / "data",
                "out": r / "statistics/toy.csv",
            },
            "table": {
                "spec": self.table.to_json(),
                "results": r,
                "paper": "config/paper/table2.csv",
                "csv": r / "tables/table2.csv",
                "markdown": r / "tables/table2.md",
            },
            "fact-table": {
                "number": "7",
                "statistics": r / "statistics/toy.csv",
                "paper": "config/paper/table7.csv",
                "generated": "True",
                "csv": r / "tables/table7.csv",
                "markdown": r / "tables/table7.md",
            },
            "costs": {"spec": self.costs.to_json(), "results": r, "out": r / "costs.csv"},
            "cost-table": {
                "number": "10",
                "methods": ["gradts-trial"],
                "ledger": r / "costs.csv",
                "paper": "config/paper/costs.csv",
                "csv": r / "tables/table10.csv",
                "markdown": r / "tables/table10.md",
            },
            "chosen-sets": {"spec": self.table.to_json(), "results": r, "out": [r / "figures/figure1.png"]},
            "figure3": {
                "importance": r / "importance/tiny" / f"{PRIMARY}.npy",
                "title": "x",
                "out": [r / "figures/figure3.png"],
            },
            "figure4": {
                "matrix": r / "correlation/tiny/toy.csv",
                "title": "x",
                "out": [r / "figures/figure4.png"],
            },
        }[command]

    def words(self, command: str, **changes: Any) -> list[str]:
        """A sub-command with some of its options changed, or left out where None."""
        words = [command]
        for name, value in {**self.options(command), **changes}.items():
            if value is not None:
                words += [f"--{name}", *map(str, value if isinstance(value, list) else [value])]
        return words

    def call(self, command: str, **changes: Any) -> int:
        return main(self.words(command, **changes))


PATHS = {
    "train": f"data/{PRIMARY}/train.parquet",
    "dev": f"data/{PRIMARY}/dev.parquet",
    "importance": f"importance/tiny/{PRIMARY}.npy",
    "its record": f"importance/tiny/{PRIMARY}.json",
    "gradients": f"gradients/tiny/{AUXILIARY}.parquet",
    "correlation": "correlation/tiny/toy.csv",
    "instances": f"instances/tiny/{PRIMARY}/{AUXILIARY}.parquet",
    "statistics": "statistics/toy.csv",
    "size": f"data/{PRIMARY}/statistics.json",
    "metrics": f"runs/tiny/{PRIMARY}/seed1/metrics.csv",
    "run": f"runs/tiny/{PRIMARY}/seed1/run.json",
    "answer": f"selection/tiny/toy/gradts-trial/{PRIMARY}.json",
    "threshold": "selection/tiny/toy/gradts-thres.threshold.json",
    "bandit": f"autosem/tiny/toy/{PRIMARY}/bandit.json",
    "mixing": f"autosem/tiny/toy/{PRIMARY}/mixing.json",
    "ledger": "costs.csv",
}


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
