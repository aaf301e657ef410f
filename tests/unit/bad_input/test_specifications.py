"""Wrong specifications end in one line that names the field, the value and the fix."""

import dataclasses
import json
from dataclasses import asdict
from importlib import import_module
from typing import Any, get_type_hints

import pytest

from gradts.cli import COMMANDS
from tests.unit.bad_input.world import PRIMARY, SUB_COMMANDS, TASKS, changed, one_line

SPECS = [command for command in SUB_COMMANDS if command not in ("costs", "describe", "predict", "stability")]


def kind(command: str) -> str:
    """The class of a sub-command's specification."""
    return _class(command).__name__


def _class(command: str) -> type:
    module, name = COMMANDS[command].split(":")
    return get_type_hints(getattr(import_module(module), name))["spec"]


@pytest.mark.parametrize("command", SPECS)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"task": ', ": Invalid JSON … ; found '{\"task\": '"),
        ("[1]", ": Input should be an object; found [1]"),
        ("{}", ". … : Field required; found {}"),
    ],
)
def test_a_spec_that_is_none(world, capsys, command, text, message):
    assert world.call(command, spec=text) == 1
    one_line(capsys, command, kind(command) + message)


@pytest.mark.parametrize("command", SPECS)
def test_a_field_too_few_or_too_many_is_named(world, capsys, command):
    fields, first = json.loads(world.options(command)["spec"]), dataclasses.fields(_class(command))[0].name
    assert world.call(command, spec=json.dumps({**fields, "epochz": 1})) == 1
    one_line(capsys, command, ".epochz: Unexpected keyword argument; found 1")
    del fields[first]
    assert world.call(command, spec=json.dumps(fields)) == 1
    one_line(capsys, command, f".{first}: Field required")


NAME = "String should match pattern … "
EMPTY = "List should have at least 1 item after validation, not 0"
# Command, path of a field in its spec, value that its kind refuses, message.
REFUSED: list[tuple[str, str, Any, str]] = [
    ("prepare", "task", "../x", NAME),
    ("prepare", "text", [], EMPTY),
    ("prepare", "text", ["a", "b", "c"], "List should have at most 2 items after validation, not 3"),
    ("prepare", "select_fraction", 2.0, "Input should be less than or equal to 0.5"),
    ("prepare", "max_train", 1, "Input should be greater than or equal to 2"),
    ("prepare", "seed", -1, "Input should be greater than or equal to 0"),
    (
        "prepare",
        "objective",
        "magic",
        "Input should be 'classification', 'multi_label', 'regression' or 'sequence_labelling'",
    ),
    ("prepare", "empty_text", "keep", "Input should be 'error' or 'drop'"),
    ("gradients", "recipe.epochs", -1, "Input should be greater than or equal to 0"),
    ("gradients", "recipe.epochs", "3", "Input should be a valid integer"),
    ("gradients", "recipe.epochs", True, "Input should be a valid integer"),
    ("gradients", "recipe.learning_rate", float("nan"), "Input should be a finite number"),
    ("gradients", "recipe.learning_rate", 0, "Input should be greater than 0"),
    ("gradients", "recipe.warmup", -1, "Input should be greater than or equal to 0"),
    ("gradients", "recipe.max_length", 1, "Input should be greater than or equal to 8"),
    ("gradients", "recipe.precision", "fp64", "Input should be 'auto', 'bf16' or 'fp32'"),
    ("gradients", "estimator", "magic", "Input should be 'head_gate', 'kv_weight' or 'kv_weight_columns'"),
    ("gradients", "seed", -1, "Input should be greater than or equal to 0"),
    ("gradients", "head", "warm", "Input should be 'fitted' or 'random'"),
    ("gradients", "pooling", "means", "Input should be 'shares' or 'sums'"),
    ("gradients", "batch_size", 0, "Input should be greater than or equal to 1"),
    ("gradients", "backend.name", "../x", NAME),
    ("gradients", "backend.layers", 0, "Input should be greater than or equal to 1"),
    ("gradients", "task.name", "x y", NAME),
    ("gradients", "task.labels", "yes", "Input should be a valid array"),
    ("gradients", "layer_norm", "l3", "Input should be 'l1', 'l2' or 'none'"),
    ("correlate", "jobs", [], EMPTY),
    ("instances", "auxiliary", [], EMPTY),
    ("instances", "primary", [], EMPTY),
    ("joint", "members", [], EMPTY),
    ("bandit", "decide_on", "test", "Input should be 'select' or 'dev'"),
    ("bandit", "rounds", 0, "Input should be greater than or equal to 1"),
    ("bandit", "gamma", 7, "Input should be less than or equal to 1"),
    ("mixing", "trials", 0, "Input should be greater than or equal to 1"),
    ("tune", "grid", [], EMPTY),
    ("tune", "primaries", [], EMPTY),
    ("tune", "primaries.0.backend", "../x", NAME),
    ("select", "method", "../x", NAME),
    ("select", "suite", "/etc", NAME),
    ("select", "suite", "toy\n", NAME),
    ("select", "backend", "$(id)", NAME),
    ("select", "backend", "..", NAME),
    ("select", "candidates.0", "a b", NAME),
    ("select", "seeds", [], EMPTY),
    ("select", "train_fraction", 3.0, "Input should be less than or equal to 1"),
    ("table", "methods.0", "../x", NAME),
    ("table", "backends.0", "../x", NAME),
    ("table", "seeds", [], EMPTY),
    ("table", "tasks", [], EMPTY),
    ("table", "draws", 0, "Input should be greater than or equal to 1"),
    ("chosen-sets", "methods", [], EMPTY),
    ("cost-table", "number", "7", "Input should be '3' or '10'"),
    ("fact-table", "number", "3", "Input should be '1' or '7'"),
    ("fact-table", "generated", "maybe", "Input should be a valid boolean"),
    ("statistics", "tasks", [], EMPTY),
    ("statistics", "tasks.0.name", "../x", NAME),
]
# The same, of values that are refused for what they mean.
WRONG: list[tuple[str, str, Any, str]] = [
    ("prepare", "task", "demo_nothing", "generated task 'demo_nothing': unknown demo task … known: demo_"),
    ("prepare", "origin", {}, "origin holds none of hub, files and generated; give exactly one"),
    ("prepare", "origin", {"hub": "x"}, "'config' is missing in origin (hub); give it"),
    ("prepare", "origin", {"files": {"dev": "a.csv"}}, "'train' is missing in origin (files)"),
    ("prepare", "origin", {"generated": {"train": -4, "dev": 3}}, "rows must not be negative … mend the"),
    ("prepare", "splits", {"train": "train"}, "splits are train; give train, either dev splits or a dev_f"),
    (
        "prepare",
        "splits",
        {"train": "a", "select": "b", "dev": "c"},
        "and either select or a select_fraction",
    ),
    (
        "prepare",
        "splits",
        {"train": "train", "dev": "dev", "select_b": "dev"},
        "splits.select_b.[key]: String",
    ),
    ("prepare", "select_fraction", None, "splits are … and either select or a select_fraction"),
    ("prepare", "text", ["nix"], "no column 'nix' for task 'demo_entail' (columns: "),
    ("gradients", "backend.path", None, "backend 'tiny' has no source; give hub, path, or package and"),
    ("gradients", "backend.path", "nowhere", "nowhere/model.safetensors is missing; only safetensors"),
    ("gradients", "backend.sha256", "0" * 64, "model.safetensors has sha256 … the registry says 000"),
    ("gradients", "backend.layers", 9, "layers: 9, but the model has 2; lower it"),
    (
        "gradients",
        "task.metrics",
        ["bleu"],
        "'bleu' is no metric of objective classification; it has accuracy",
    ),
    (
        "gradients",
        "task",
        {**asdict(TASKS[PRIMARY]), "objective": "regression", "metrics": ["rmse"], "decides": "rmse"},
        "task 'demo_entail': decides 'rmse' is an error, and decisions take the highest",
    ),
    ("gradients", "task.labels", ["one"], "label 1 is not among the 1 labels of task 'demo_entail'"),
    ("joint", "members.0", "../x", "'../x' is no task name (in '../x'); use lower-case letters"),
    (
        "joint",
        "members.0",
        "demo_accept@demo_entail-1.2.3",
        "is no subset of training instances; spell it like",
    ),
    (
        "joint",
        "members.0",
        "demo_accept@demo_entail-keep7",
        "subset keep of 7.0: give a share above 0, at most 1",
    ),
    (
        "joint",
        "members.0",
        "rte",
        "members (rte, demo_entail) and tasks (demo_accept, demo_entail) of a run differ",
    ),
    ("joint", "members.0", "demo_accept@sst2-0.1", "instances/tiny/sst2/demo_accept.parquet cannot be read"),
    ("bandit", "auxiliaries", [asdict(TASKS[PRIMARY])], "task 'demo_entail' is its own auxiliary; leave it"),
    (
        "tune",
        "grid.0",
        {"kep": 1},
        "TuningSpec.grid.0.constrained-float: Input should be a valid number; found {'kep': 1}",
    ),
    (
        "select",
        "method",
        "gradts-trail",
        "'gradts-trail' is no method of selection; did you mean 'gradts-trial'",
    ),
    ("select", "method", "random-k", "method 'random-k' is drawn several times; ask for one draw"),
    (
        "select",
        "decide_on",
        {"folds": 1},
        "SelectionSpec.decide_on … : Input should be 'select' or 'dev'; found {'folds': 1}",
    ),
    (
        "select",
        "candidates",
        ["sst2"],
        "toy.csv is of tasks demo_accept, demo_entail, this run needs demo_entail, sst2",
    ),
    ("select", "seeds", [7], "demo_entail/seed7/metrics.csv cannot be read"),
    (
        "select",
        "threshold",
        9,
        "SelectionSpec.threshold.constrained-float: Input should be less than or equal to 1; found 9",
    ),
    (
        "select",
        "threshold",
        {"tune": {}},
        "SelectionSpec.threshold.constrained-float: Input should be a valid number; found {'tune': {}}",
    ),
    ("select", "primary.decides", "f2", "task 'demo_entail': 'f2' is no metric of objective classification"),
    ("table", "methods", ["no-sel"], "selection/tiny/toy/no-sel/demo_entail.json cannot be read"),
    ("statistics", "tasks.0.name", "sst2", "data/sst2/statistics.json cannot be read … remake it with"),
    (
        "correlate",
        "jobs.0.layer_norm",
        "l2",
        "demo_accept/seed1.npy was made with spec.layer_norm = 'l1', this run needs 'l2'",
    ),
    ("instances", "primary.1.seed", 7, "demo_entail/seed7.npy cannot be read … remake it with"),
    ("instances", "auxiliary.1.pooling", "sums", "demo_accept/seed2.parquet was made with spec.pooling = "),
]


def ids(rows: list[tuple[str, str, Any, str]]) -> list[str]:
    return [f"{command} {place} {value}" for command, place, value, _ in rows]


@pytest.mark.parametrize(("command", "place", "value", "message"), REFUSED, ids=ids(REFUSED))
def test_values_that_a_field_refuses(world, capsys, command, place, value, message):
    assert world.call(command, spec=changed(world.options(command)["spec"], place, value)) == 1
    one_line(capsys, command, f"{kind(command)}.{place}: {message}; found {value!r}")


@pytest.mark.parametrize(("command", "place", "value", "message"), WRONG, ids=ids(WRONG))
def test_values_that_mean_nothing(world, capsys, command, place, value, message):
    assert world.call(command, spec=changed(world.options(command)["spec"], place, value)) == 1
    one_line(capsys, command, message)
