# Checks the configuration and names things. Nothing is computed here, and nothing heavy imported: every
# cluster job parses this again.
import json
import os
import sys
from contextlib import suppress
from dataclasses import replace
from itertools import product
from pathlib import Path

from snakemake.exceptions import IncompleteCheckpointException, WorkflowError
from snakemake.io import IOFile

from gradts.artifacts import code_digest, expect, provenance, read_json, write_json
from gradts.config import resolve
from gradts.reporting.specs import COST_TABLES, SCORE_TABLES, CostSpec, TableSpec, answers_of
from gradts.selection.decide import tuning_sets
from gradts.selection.evidence import FILES, Enough, Evidence, is_tuned
from gradts.selection.selectors import selector
from gradts.selection.specs import BanditSpec, MixingSpec, SelectionSpec, TuningSpec
from gradts.specs import InputError, Member, members_name

os.environ.update(
    # Jobs call `gradts`; it is found even where the environment was not activated.
    PATH=os.pathsep.join([str(Path(sys.executable).parent), *os.get_exec_path()]),
    # A step's largest gradients (the embeddings') stay with the process: 10 % off a training step (glibc).
    MALLOC_TRIM_THRESHOLD_="-1",
    MALLOC_MMAP_THRESHOLD_="4000000000",
)

try:
    PLAN = resolve(config, Path(workflow.current_basedir) / "../schemas")
    for name, table in PLAN.config["tables"].items():
        for method in (table or {}).get("methods") or []:
            selector(method, f"config: tables.{name}.methods")
except InputError as error:
    raise WorkflowError(str(error)) from None

RESULTS = PLAN.config["results_dir"]
SEEDS = PLAN.config["seeds"]
SELECTION = PLAN.config["selection"]
LAYER_NORM = PLAN.config["gradients"]["layer_norm"]
TABLE2 = PLAN.config["tables"]["table2"]
AUTOSEM = SELECTION["autosem"]
DRAWS = SELECTION["random"]["draws"]
GENERATED = {task for task, source in PLAN.sources.items() if "generated" in source.origin}


ROWS = {**SCORE_TABLES, **COST_TABLES}
# Tables that Table 2's suite cannot stand in for are made where the config names their own.
ASKED = ["2", "3", "6", "7", "9", "10"] + [n for n in "1458" if PLAN.config["tables"].get(f"table{n}")]
FIGURES = ["1", "3", "4"] + ["2"] * ("5" in ASKED)


wildcard_constraints:
    task="[a-z][a-z0-9_]*",
    aux="[a-z][a-z0-9_]*",
    primary="[a-z][a-z0-9_]*",
    backend="[^/]+",
    suite="[^/]+",
    members="[^/]+",
    method="[^/]+",
    seed=r"\d+",
    number=r"\d+",


def name_set(members):
    """The path name of a set; a digest's spec is kept on disk, where cluster jobs find it."""
    name = members_name(members)
    if name.startswith("set-"):
        path = Path(RESULTS) / "runs" / "members" / f"{name}.json"
        if not path.exists():
            write_json(path, sorted(map(str, members)))
    return name


def members_of(name):
    """The set that a path name stands for."""
    if name.startswith("set-"):
        texts = read_json(f"{RESULTS}/runs/members/{name}.json")
    else:
        texts = name.split("+")
    return [Member.parse(text) for text in texts]


def run_path(backend, members, seed):
    """A joint run's metrics, as an input."""
    return f"<results>/runs/{backend}/{name_set(members)}/seed{seed}/metrics.csv"


def selection_spec(backend, suite, method, primary):
    """What a method needs to know to choose for one primary task."""
    return SelectionSpec(
        method=method,
        primary=PLAN.tasks[primary],
        suite=suite,
        candidates=PLAN.candidates(suite, primary),
        backend=backend,
        seeds=SEEDS,
        decide_on=SELECTION["decide_on"],
        primary_alone=SELECTION["trial"]["primary_alone"],
        train_fraction=SELECTION["trial"]["train_fraction"],
        threshold=SELECTION.get(method.removeprefix("gradts-"), {}).get("threshold"),
        cut=AUTOSEM["cut"],
    )


def table_of(number):
    """Suite, backends and rows of a table; where the config has none, those of Table 2."""
    own = PLAN.config["tables"].get(f"table{number}") or {}
    place = own if "suite" in own else TABLE2
    rows = own.get("methods") or ROWS.get(number, "").split()
    return place["suite"], place.get("backends") or [place.get("backend", TABLE2["backend"])], rows


def primaries_of(number):
    """The tasks that a table has columns for: those of its suite, or some of them."""
    own = PLAN.config["tables"].get(f"table{number}") or {}
    return own.get("tasks") or PLAN.suites[table_of(number)[0]]


def generated_note(suite):
    """What titles say of a suite with generated tasks."""
    return " (generated tasks)" if GENERATED & set(PLAN.suites[suite]) else ""
