"""Who may import whom (design.md's table of floors), and how thin the outermost parts stay."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from gradts.cli import COMMANDS
from gradts.code import FLOOR_0

SOURCE, RULES = Path("src/gradts"), Path("workflow/rules")
# From the lowest floor to the highest; a folder stands for all of its modules.
FLOORS = [
    "__init__ names specs members layout artifacts code provenance readings warm",
    "data demo models",
    "training",
    "gradients transfer",
    "correlation",
    "truth selection",
    "reporting autosem",
    "plan shown jobs asked config registry schema describe",
    "cli",
    "__main__",
]
FLOOR = {name: floor for floor, names in enumerate(FLOORS) for name in names.split()}
MODULES = sorted(SOURCE.rglob("*.py"))
SNAKEFILES = [Path("Snakefile"), Path("workflow/Snakefile"), *sorted(RULES.glob("*.smk"))]
HEAVY = {"torch", "transformers", "datasets", "sklearn", "scipy", "seqeval", "pandas", "optuna", "matplotlib"}
# What of it stages may load when they are imported → their modules.
STAGES = {
    "": ["gradts.selection.decide"],
    "pandas": [
        "gradts.correlation.instances",
        "gradts.reporting.costs",
        "gradts.reporting.facts",
        "gradts.truth.scores",
    ],
    "matplotlib scipy": ["gradts.reporting.figures"],
    "matplotlib pandas scipy": ["gradts.reporting.truth_figures"],
    "pandas scipy": ["gradts.correlation.suite"],
    "pandas sklearn scipy": ["gradts.data.prepare", "gradts.describe", "gradts.transfer.esm"],
    "pandas sklearn scipy seqeval": [
        "gradts.reporting.tables",
        "gradts.reporting.stability",
        "gradts.reporting.truth",
    ],
    "torch transformers pandas sklearn scipy seqeval": ["gradts.reporting.model"],
    "matplotlib pandas sklearn scipy seqeval": ["gradts.reporting.advice"],
    "torch transformers pandas sklearn scipy seqeval optuna": [
        "gradts.gradients.importance",
        "gradts.training.joint",
        "gradts.training.embedding",
        "gradts.training.predicting",
        "gradts.transfer.tuned",
        "gradts.autosem.bandit",
        "gradts.autosem.mixing",
    ],
}


def part(path: Path) -> str:
    """`selection` of selection/gradts.py, `plan` of plan.py."""
    return path.relative_to(SOURCE).with_suffix("").parts[0]


def imported(path: Path) -> Iterator[str]:
    """What a module imports of the library, at its top or within functions: module.name."""
    package = ["gradts", *path.relative_to(SOURCE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom):
            near = package[: len(package) + 1 - node.level] if node.level else []
            names = [".".join([*near, *filter(None, [node.module]), name]) for name in names]
        yield from (name for name in names if name.startswith("gradts."))


def loaded_by(code: str) -> set[str]:
    """The heavy packages that a new process has loaded after some code."""
    command = [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return HEAVY & set(loaded.split())


def test_every_module_has_a_floor():
    assert len(MODULES) > 50
    assert {part(path) for path in MODULES} <= set(FLOOR)


def test_modules_import_from_their_own_floor_and_from_below():
    above = {
        str(path): names
        for path in MODULES
        if (names := [name for name in imported(path) if FLOOR[name.split(".")[1]] > FLOOR[part(path)]])
    }
    assert above == {}


def test_only_modules_of_the_lowest_floor_are_in_no_digest():
    assert set(FLOOR_0) <= set(FLOORS[0].split())


def test_no_module_of_selection_imports_torch():
    modules = [f"gradts.selection.{path.stem}" for path in (SOURCE / "selection").glob("[!_]*.py")]
    assert "gradts.selection.selectors" in modules
    assert "torch" not in loaded_by(f"import {', '.join(modules)}")


@pytest.mark.parametrize(("may", "modules"), STAGES.items())
def test_stages_load_only_what_they_use(may, modules):
    assert loaded_by(f"import {', '.join(modules)}") <= set(may.split())


def test_what_every_stage_may_load_is_told():
    assert {place.partition(":")[0] for place in COMMANDS.values()} == {*chain(*STAGES.values())}


def test_snakefiles_load_nothing_heavy():
    """Every cluster job parses them again."""
    imports = re.compile(r"^\s*((?:from \S+ )?import (?:\([^)]*\)|.*))$", re.MULTILINE)
    lines = [line for path in SNAKEFILES for line in imports.findall(path.read_text())]
    assert {"from gradts.config import resolve", "from gradts.plan import Plan"} <= set(lines)
    parsing = ["import yaml", 'resolve(yaml.safe_load(open("config/config.yaml")))']
    parsing += ['code_version("gradts.training.joint")']
    assert loaded_by("\n".join([*lines, *parsing])) == set()


@pytest.mark.parametrize(
    ("path", "most"), [(SOURCE / "cli.py", 145), (RULES / "common.smk", 50), (RULES / "graph.smk", 90)]
)
def test_the_outermost_parts_stay_thin(path, most):
    assert len(path.read_text().splitlines()) <= most


def test_rules_are_thin():
    defining = {path.name for path in SNAKEFILES if re.search(r"^\s*def ", path.read_text(), re.MULTILINE)}
    assert defining == {"common.smk", "graph.smk"}
