# Checks the configuration and names things. Nothing is computed here, and nothing heavy imported: every
# cluster job parses this again.
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from gradts.artifacts import code_digest, read_json, write_json
from gradts.config import resolve
from gradts.correlation.table import read_correlation
from gradts.selection.search import Scores, SelectionSpec, TableSpec, TuningSpec, trial_of, tuning_runs
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
except InputError as error:
    raise WorkflowError(str(error)) from None

RESULTS = PLAN.config["results_dir"]
SEEDS = PLAN.config["seeds"]
SELECTION = PLAN.config["selection"]
LAYER_NORM = PLAN.config["gradients"]["layer_norm"]
TABLE2 = PLAN.config["tables"]["table2"]
GENERATED = {task for task, source in PLAN.sources.items() if "generated" in source.origin}


wildcard_constraints:
    task="[a-z][a-z0-9_]*",
    aux="[a-z][a-z0-9_]*",
    primary="[a-z][a-z0-9_]*",
    backend="[^/]+",
    suite="[^/]+",
    members="[^/]+",
    method="[^/]+",
    seed=r"\d+",


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


def ask_run(members, backend, seed):
    """A joint run's metrics, made first where they do not exist: a step of the checkpoint chain."""
    name = name_set(members)
    return checkpoints.joint.get(backend=backend, members=name, seed=seed).output.metrics


def ask_correlation(wildcards):
    """The correlation matrix of a suite, made first where it does not exist."""
    path = checkpoints.correlation.get(backend=wildcards.backend, suite=wildcards.suite).output.matrix
    return str(path), read_correlation(path)


def ask_selection(backend, suite, method, primary):
    """A method's answer for a primary task, made first where it does not exist."""
    made = checkpoints.select.get(backend=backend, suite=suite, method=method, primary=primary)
    return str(made.output.answer)


def selection_spec(backend, suite, method, primary):
    """What a method needs to know to choose for one primary task."""
    settings = SELECTION.get(method.removeprefix("gradts-"), {})
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
        threshold=settings.get("threshold"),
    )


def is_tuned(method):
    """Whether a method's threshold is tuned by joint runs."""
    threshold = SELECTION.get(method.removeprefix("gradts-"), {}).get("threshold")
    return isinstance(threshold, dict) and "tune" in threshold
