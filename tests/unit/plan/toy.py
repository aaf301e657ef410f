"""A small configuration, and what tests ask its plan: every expectation is made by hand."""

import inspect
from collections.abc import Iterable
from typing import Any

from gradts.asked import Asked
from gradts.plan import Plan
from gradts.specs import Recipe
from tests.conftest import yes_no

NAMES = ["one", "three", "two"]
TASK = {name: yes_no(name) for name in NAMES}
SEEDS = [1, 2, 3]
GRID = [{"keep": 0.5}, 0.4]
TUNE = {"tune": {"grid": GRID, "tasks": ["one", "two"]}}
SETTINGS = {
    "fg": {"threshold": TUNE},
    "thres": {"threshold": 0.3},
    "autosem": {"epochs": 4},
    "heuristics": {"steps": 2},
}
RECIPE = Recipe(7, 5e-5, 32, 0.1, 0.0, 1.0, 128, "auto")
# What rules give to methods of the plan.
WILDCARDS = {
    "backend": "tiny",
    "suite": "toy",
    "task": "one",
    "primary": "one",
    "auxiliary": "two",
    "members": "two+one@sample0.5",
    "seed": "2",
    "draw": "3",
}
MATRIX = "correlation/tiny/toy.csv"


def call(plan: Plan, name: str, **more: str) -> Any:
    """A method of the plan, asked as its rule asks it."""
    method = getattr(plan, name)
    known = WILDCARDS | more
    return method(**{key: known[key] for key in inspect.signature(method).parameters if key in known})


def short(plan: Plan, paths: Iterable[str]) -> list[str]:
    """Paths in the results folder, each once."""
    assert all(path.startswith(f"{plan.results}/") for path in paths)
    return sorted({path.removeprefix(f"{plan.results}/") for path in paths})


def asks(plan: Plan, asked: Asked, files: Iterable[str], awaited: Iterable[str]) -> bool:
    """Whether these files, and no others, are needed and awaited."""
    found = short(plan, asked.files), short(plan, asked.awaited)
    return found == (sorted(set(files)), sorted(set(awaited)))


def splits(*tasks: str) -> list[str]:
    return [f"data/{task}/{split}.parquet" for task in tasks for split in ("train", "select", "dev")]


def seeds(kind: str, *tasks: str) -> list[str]:
    end = {"importance": "npy", "gradients": "parquet"}[kind]
    return [f"{kind}/tiny/{task}/seed{seed}.{end}" for task in tasks for seed in SEEDS]


def runs(*sets: str, backend: str = "tiny") -> list[str]:
    return [f"runs/{backend}/{members}/seed{seed}/metrics.csv" for members in sets for seed in SEEDS]


def answers(method: str, *primaries: str) -> list[str]:
    return [f"selection/tiny/toy/{method}/{primary}.json" for primary in primaries]
