"""A toy of three candidates, with all that selectors may ask for written by hand."""

import json
import math
from pathlib import Path

import pyarrow as pa

from gradts.artifacts import write_json, write_table
from gradts.layout import below
from gradts.selection.decide import select
from gradts.selection.doors import finished_files
from gradts.selection.evidence import Evidence
from gradts.selection.selectors import selector
from gradts.selection.specs import SelectionSpec
from tests.conftest import yes_no
from tests.unit.by_hand import put_answer, put_correlation, put_run, put_statistics

TAU = {"p": 1.0, "a": 0.2, "b": 0.6, "c": 0.4}
# rows, mean length, type
FACTS = {"p": (50, 9.0, "pair"), "a": (80, 20.0, "pair"), "b": (10, 9.5, "single"), "c": (80, 7.0, "pair")}
NAN = math.nan
# The set b+c is best, and a spoils it.
SCORES = {"": 0.5, "b": 0.6, "b c": 0.7, "a b c": 0.4, "a": 0.5, "a c": 0.8, "c": 0.5}
GRID = [{"keep": 0.67}, {"keep": 0.34}]  # b and c, or b alone
TUNED = {"tune": {"grid": GRID, "tasks": ["p"]}}
ALL_TIE = "all 2 thresholds of the grid scored the same"


def spec(method: str, **changes) -> SelectionSpec:
    fields = {
        "method": method,
        "primary": yes_no("p"),
        "suite": "toy",
        "candidates": ["a", "b", "c"],
        "backend": "tiny",
        "seeds": [1, 2],
        "decide_on": "select",
        "primary_alone": True,
        "train_fraction": 1.0,
    }
    return SelectionSpec(**{**fields, **changes})


def put_toy(folder: Path) -> Path:
    """Everything that the selectors may ask for."""
    put_correlation(folder, {row: [*TAU.values()] if row == "p" else [1.0] * len(TAU) for row in TAU})
    put_statistics(folder, FACTS)
    for chosen, value in SCORES.items():
        for seed, shift in ((1, -0.05), (2, 0.05)):
            put_run(folder, ["p", *chosen.split()], {"p select accuracy": [value + shift]}, seed)
    for method in ("gradts-trial", "autosem-p1"):
        put_answer(folder, method, "p", {"b": 1.0, "c": 1.0})
    mine = {"backend": "tiny", "suite": "toy", "primary": "p"}
    made = {
        "spec": {"suite": "toy", "primary": {"name": "p"}, "backend": {"name": "tiny"}},
        "undecided": None,
    }
    utilities, ratios = {"p": 0.9, "a": 0.5, "b": 0.51, "c": 0.7}, {"p": 2, "b": 0, "c": 3}
    write_json(below(folder, "bandit", **mine), made | {"utilities": utilities})
    write_json(below(folder, "mixing", **mine), made | {"ratios": ratios, "passes": {"c": 2.5}})
    for task, tau in (("b", [0.1, 0.5, math.nan, 0.3]), ("c", [-0.2, 0.0, 0.1, 0.2])):
        path = below(folder, "instances", backend="tiny", primary="p", auxiliary=task)
        auxiliary = {"task": {"name": task}, "backend": {"name": "tiny"}}
        made = {"spec": {"auxiliary": [auxiliary], "primary": [{"task": {"name": "p"}}]}}
        write_table(path, pa.table({"instance": range(4), "tau": tau}), made)
    return folder


def answer(method: str, results: Path, **changes) -> dict:
    select(spec(method, **changes), results, results / "answer.json")
    return json.loads((results / "answer.json").read_text())


def asked_for(method: str, results: Path, **changes) -> list[list[str]]:
    """The kinds of files of every question that a selector asks."""
    asked = []

    def door(*wanted):
        asked.append([one.kind for one in wanted])
        return finished_files(results)(*wanted)

    selector(method)(Evidence(spec(method, **changes), door))
    return asked
