"""Wrong options and specifications end in one line that names the place, the value and the fix."""

import json
from collections.abc import Callable

import pytest

from gradts.cli import COMMANDS, main
from tests.unit.bad_input.world import (
    changed,
    one_line,
)

SUB_COMMANDS = [function.__name__.replace("_", "-") for function in COMMANDS]


def function(command: str) -> Callable[..., None]:
    return next(one for one in COMMANDS if one.__name__ == command.replace("-", "_"))


def usage(capsys, words: list[str]) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("command", SUB_COMMANDS)
def test_a_missing_option_is_named(world, capsys, command):
    for option in set(world.options(command)) - set(COMMANDS[function(command)][2].split()):
        words = world.words(command, **{option: None})
        assert usage(capsys, words) == (
            f"gradts {command}: error: the following arguments are required: --{option}"
        )


@pytest.mark.parametrize("command", SUB_COMMANDS)
def test_an_unknown_option_is_named(world, capsys, command):
    line = usage(capsys, world.words(command, frobnicate="1"))
    assert line == "gradts: error: unrecognized arguments: --frobnicate 1"


WRONG_CHOICES = {
    "layer norm": ("gradients", "layer-norm", "l3", "invalid choice: 'l3' (choose from 'l1', 'l2')"),
    "table of facts": ("fact-table", "number", "3", "invalid choice: '3' (choose from '1', '7')"),
    "table of costs": ("cost-table", "number", "7", "invalid choice: '7' (choose from '3', '10')"),
    "truth": ("fact-table", "generated", "maybe", "invalid choice: 'maybe' (choose from 'True', 'False')"),
    "no threads": ("joint", "threads", "0", "'0' is no number of threads; give 1 or more"),
    "threads below zero": ("joint", "threads", "-2", "'-2' is no number of threads"),
    "threads in words": ("joint", "threads", "two", "'two' is no number of threads"),
}


@pytest.mark.parametrize("name", WRONG_CHOICES)
def test_wrong_choices(world, capsys, name):
    command, option, value, message = WRONG_CHOICES[name]
    line = usage(capsys, [*world.words(command, **{option: None}), f"--{option}={value}"])
    assert line.startswith(f"gradts {command}: error: argument --{option}: {message}")


def test_an_unknown_sub_command_is_named(capsys):
    assert "invalid choice: 'trian'" in usage(capsys, ["trian"])
    assert "the following arguments are required: COMMAND" in usage(capsys, [])


# ---------------------------------------------------------------------------------- specifications

SPECS = [
    (command, option)
    for command in SUB_COMMANDS
    for option in {"instances": ["auxiliary", "primary"]}.get(command, ["spec"])
    if command not in ("statistics", "fact-table", "cost-table", "figure3", "figure4")
]


@pytest.mark.parametrize(("command", "option"), SPECS)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"task": ', "Spec: Invalid JSON … ; found '{\"task\": '"),
        ("[1]", "Spec: Input should be an object; found [1]"),
        ("{}", "Spec. … : Field required; found {}"),
    ],
)
def test_a_spec_that_is_none(world, capsys, command, option, text, message):
    assert world.call(command, **{option: text}) == 1
    one_line(capsys, command, message.replace("Spec", "Source") if command == "prepare" else message)


@pytest.mark.parametrize(("command", "option"), SPECS)
def test_a_field_too_few_or_too_many_is_named(world, capsys, command, option):
    given = world.options(command)[option]
    fields = json.loads(given[0] if isinstance(given, list) else given)
    first = next(iter(fields))
    assert world.call(command, **{option: json.dumps({**fields, "epochz": 1})}) == 1
    one_line(capsys, command, ".epochz: Unexpected keyword argument; found 1")
    del fields[first]
    assert world.call(command, **{option: json.dumps(fields)}) == 1
    one_line(capsys, command, f".{first}: Field required")


# Command, path of a field in its spec, wrong value, message.
WRONG_FIELDS = [
    ("prepare", "task", "../x", "Source.task: String should match pattern … ; found '../x'"),
    ("prepare", "task", "demo_nothing", "generated task 'demo_nothing': unknown demo task … known: demo_"),
    ("prepare", "origin", {}, "origin holds none of hub, files and generated; give exactly one"),
    ("prepare", "origin", {"hub": "x"}, "'config' is missing in origin (hub); give it"),
    ("prepare", "origin", {"files": {"dev": "a.csv"}}, "'train' is missing in origin (files)"),
    ("prepare", "origin", {"generated": {"train": -4, "dev": 3}}, "rows must not be negative … mend the"),
    ("prepare", "splits", {"train": "train"}, "splits are train; give train, and either dev splits or"),
    (
        "prepare",
        "text",
        [],
        "Source.text: List should have at least 1 item after validation, not 0; found []",
    ),
    (
        "prepare",
        "text",
        ["a", "b", "c"],
        "Source.text: List should have at most 2 items after validation, not 3; found ['a', 'b', 'c']",
    ),
    ("prepare", "text", ["nix"], "no column 'nix' for task 'demo_entail' (columns: "),
    (
        "prepare",
        "select_fraction",
        2.0,
        "Source.select_fraction: Input should be less than or equal to 0.5; found 2.0",
    ),
    ("prepare", "max_train", 1, "Source.max_train: Input should be greater than or equal to 2; found 1"),
    ("prepare", "seed", -1, "Source.seed: Input should be greater than or equal to 0; found -1"),
    (
        "prepare",
        "objective",
        "magic",
        "Source.objective: Input should be 'classification', 'regression' or … ; found 'magic'",
    ),
    ("prepare", "empty_text", "keep", "Source.empty_text: Input should be 'error' or 'drop'; found 'keep'"),
    (
        "gradients",
        "recipe.epochs",
        0,
        "GradientSpec.recipe.epochs: Input should be greater than or equal to 1; found 0",
    ),
    (
        "gradients",
        "recipe.epochs",
        "3",
        "GradientSpec.recipe.epochs: Input should be a valid integer; found '3'",
    ),
    (
        "gradients",
        "recipe.epochs",
        True,
        "GradientSpec.recipe.epochs: Input should be a valid integer; found True",
    ),
    (
        "gradients",
        "recipe.learning_rate",
        float("nan"),
        "GradientSpec.recipe.learning_rate: Input should be a finite number; found nan",
    ),
    (
        "gradients",
        "recipe.learning_rate",
        0,
        "GradientSpec.recipe.learning_rate: Input should be greater than 0; found 0",
    ),
    (
        "gradients",
        "recipe.warmup",
        -1,
        "GradientSpec.recipe.warmup: Input should be greater than or equal to 0; found -1",
    ),
    (
        "gradients",
        "recipe.max_length",
        1,
        "GradientSpec.recipe.max_length: Input should be greater than or equal to 8; found 1",
    ),
    (
        "gradients",
        "recipe.precision",
        "fp64",
        "GradientSpec.recipe.precision: Input should be 'auto', 'bf16' or 'fp32'; found 'fp64'",
    ),
    (
        "gradients",
        "estimator",
        "magic",
        "GradientSpec.estimator: Input should be 'head_gate', 'kv_weight' or … ; found 'magic'",
    ),
    (
        "gradients",
        "batch_size",
        0,
        "GradientSpec.batch_size: Input should be greater than or equal to 1; found 0",
    ),
    (
        "gradients",
        "backend.name",
        "../x",
        "GradientSpec.backend.name: String should match pattern … ; found '../x'",
    ),
    ("gradients", "backend.path", None, "backend 'tiny' has no source; give hub, path, or package and"),
    ("gradients", "backend.path", "nowhere", "nowhere/model.safetensors is missing; only safetensors"),
    (
        "gradients",
        "backend.sha256",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "model.safetensors has sha256 … the registry says 000",
    ),
    ("gradients", "backend.layers", 9, "layers: 9, but the model has 2; lower it"),
    (
        "gradients",
        "backend.layers",
        0,
        "GradientSpec.backend.layers: Input should be greater than or equal to 1; found 0",
    ),
    (
        "gradients",
        "task.name",
        "x y",
        "GradientSpec.task.name: String should match pattern … ; found 'x y'",
    ),
    (
        "gradients",
        "task.metrics",
        ["bleu"],
        "'bleu' is no metric of objective classification; it has accuracy",
    ),
    (
        "gradients",
        "task.labels",
        "yes",
        "GradientSpec.task.labels: Input should be a valid array; found 'yes'",
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
    (
        "joint",
        "members",
        [],
        "RunSpec.members: List should have at least 1 item after validation, not 0; found []",
    ),
    ("joint", "members.0", "demo_accept@sst2-0.1", "instances/tiny/sst2/demo_accept.parquet cannot be read"),
    ("bandit", "decide_on", "test", "BanditSpec.decide_on: Input should be 'select' or 'dev'; found 'test'"),
    ("bandit", "rounds", 0, "BanditSpec.rounds: Input should be greater than or equal to 1; found 0"),
    ("bandit", "gamma", 7, "BanditSpec.gamma: Input should be less than or equal to 1; found 7"),
    (
        "bandit",
        "tasks",
        [],
        "BanditSpec.tasks: List should have at least 1 item after validation, not 0; found []",
    ),
    ("mixing", "trials", 0, "MixingSpec.trials: Input should be greater than or equal to 1; found 0"),
    (
        "tune",
        "grid",
        [],
        "TuningSpec.grid: List should have at least 1 item after validation, not 0; found []",
    ),
    (
        "tune",
        "grid.0",
        {"kep": 1},
        "TuningSpec.grid.0.constrained-float: Input should be a valid number; found {'kep': 1}",
    ),
    (
        "tune",
        "primaries",
        [],
        "TuningSpec.primaries: List should have at least 1 item after validation, not 0; found []",
    ),
    (
        "tune",
        "primaries.0.backend",
        "../x",
        "TuningSpec.primaries.0.backend: String should match pattern … ; found '../x'",
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
        "method",
        "../x",
        "SelectionSpec.method: String should match pattern … ; found '../x'",
    ),
    (
        "select",
        "suite",
        "/etc",
        "SelectionSpec.suite: String should match pattern … ; found '/etc'",
    ),
    (
        "select",
        "suite",
        "toy\n",
        "SelectionSpec.suite: String should match pattern … ; found 'toy\\n'",
    ),
    (
        "select",
        "backend",
        "$(id)",
        "SelectionSpec.backend: String should match pattern … ; found '$(id)'",
    ),
    (
        "select",
        "backend",
        "..",
        "SelectionSpec.backend: String should match pattern … ; found '..'",
    ),
    (
        "select",
        "candidates",
        ["a b"],
        "SelectionSpec.candidates.0: String should match pattern … ; found 'a b'",
    ),
    (
        "select",
        "candidates",
        ["sst2"],
        "toy.csv is of tasks demo_accept, demo_entail, this run needs demo_entail, sst2",
    ),
    (
        "select",
        "seeds",
        [],
        "SelectionSpec.seeds: List should have at least 1 item after validation, not 0; found []",
    ),
    ("select", "seeds", [7], "demo_entail/seed7/metrics.csv cannot be read"),
    (
        "select",
        "train_fraction",
        3.0,
        "SelectionSpec.train_fraction: Input should be less than or equal to 1; found 3.0",
    ),
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
    (
        "table",
        "methods",
        ["../x"],
        "TableSpec.methods.0: String should match pattern … ; found '../x'",
    ),
    (
        "table",
        "backends",
        ["../x"],
        "TableSpec.backends.0: String should match pattern … ; found '../x'",
    ),
    (
        "table",
        "seeds",
        [],
        "TableSpec.seeds: List should have at least 1 item after validation, not 0; found []",
    ),
    (
        "table",
        "tasks",
        [],
        "TableSpec.tasks: List should have at least 1 item after validation, not 0; found []",
    ),
    ("table", "draws", 0, "TableSpec.draws: Input should be greater than or equal to 1; found 0"),
    (
        "costs",
        "pattern.backend",
        "../x",
        "CostSpec.pattern.backend: String should match pattern … ; found '../x'",
    ),
    (
        "costs",
        "thresholds",
        {},
        "CostSpec.thresholds: Dictionary should have at least 1 item after validation, not 0; found {}",
    ),
    ("costs", "thresholds", {"magic": None}, "'magic' is no method of selection; known: "),
    (
        "chosen-sets",
        "methods",
        [],
        "TableSpec.methods: List should have at least 1 item after validation, not 0; found []",
    ),
]


@pytest.mark.parametrize(
    ("command", "place", "value", "message"),
    WRONG_FIELDS,
    ids=[f"{command} {place} {value}" for command, place, value, _ in WRONG_FIELDS],
)
def test_wrong_fields_of_a_spec(world, capsys, command, place, value, message):
    assert world.call(command, spec=changed(world.options(command)["spec"], place, value)) == 1
    one_line(capsys, command, message)


# Command, option, wrong value, message.
WRONG_OPTIONS = [
    ("statistics", "facts", "{", "--facts: '{' is no JSON … give {"),
    ("statistics", "facts", "[]", "--facts: '[]' does not tell what tasks are; give {"),
    ("statistics", "facts", '{"../x": {}}', "--facts: a task: '../x' is no name"),
    ("statistics", "facts", '{"sst2": {}}', "data/sst2/statistics.json cannot be read … remake it with"),
    ("statistics", "data", "nowhere", "nowhere/demo_accept/statistics.json cannot be read"),
    ("gradients", "data", "nowhere", "nowhere/demo_entail/train.parquet cannot be read"),
    ("correlate", "importance", "nowhere", "nowhere/demo_accept.npy cannot be read"),
    ("correlate", "layer-norm", "l2", "demo_accept.npy was made with layer_norm = 'l1', this run needs 'l2'"),
    (
        "correlate",
        "out",
        "/dev/null/x.csv",
        "cannot write /dev/null/x.csv: … or set results_dir to another one",
    ),
    ("instances", "gradients", "nowhere.parquet", "nowhere.parquet cannot be read"),
    ("instances", "gradients", "README.md", "README.md cannot be read"),
    ("instances", "importance", "README.md", "README.md cannot be read"),
    ("joint", "data", "nowhere", "nowhere/demo_accept/train.parquet cannot be read"),
    ("bandit", "data", "nowhere", "nowhere/demo_accept/train.parquet cannot be read"),
    ("mixing", "data", "nowhere", "nowhere/demo_entail/train.parquet cannot be read"),
    ("tune", "results", "nowhere", "nowhere/correlation/tiny/toy.csv cannot be read"),
    ("select", "results", "nowhere", "nowhere/correlation/tiny/toy.csv cannot be read"),
    ("table", "results", "nowhere", "nowhere/data/demo_entail/train.parquet cannot be read"),
    ("table", "paper", "nowhere.csv", "nowhere.csv cannot be read … take it from the repository again"),
    ("table", "paper", "config/paper/table7.csv", "table7.csv has no column 'method'"),
    ("fact-table", "statistics", "nowhere.csv", "nowhere.csv cannot be read"),
    ("fact-table", "paper", "config/paper/table2.csv", "table2.csv has no column 'task'; take it from"),
    ("costs", "results", "nowhere", "nowhere/correlation/tiny/toy.csv cannot be read"),
    ("cost-table", "ledger", "config/paper/costs.csv", "config/paper/costs.csv has no column 'needed_by'"),
    ("cost-table", "paper", "config/paper/table7.csv", "table7.csv has no column 'method'"),
    ("chosen-sets", "results", "nowhere", "nowhere/selection/tiny/toy/gradts-trial/demo_entail.json cannot"),
    ("chosen-sets", "out", "x.docx", "--out: x.docx is no figure; name a .png, .svg or .pdf file"),
    ("figure3", "importance", "nowhere.npy", "nowhere.npy cannot be read"),
    ("figure3", "importance", "README.md", "README.md cannot be read"),
    ("figure3", "out", "/dev/null/x.png", "cannot write /dev/null/x.png"),
    ("figure4", "matrix", "nowhere.csv", "nowhere.csv cannot be read"),
    ("figure4", "matrix", "README.md", "README.md has no column 'task'"),
]


@pytest.mark.parametrize(("command", "option", "value", "message"), WRONG_OPTIONS)
def test_wrong_options(world, capsys, command, option, value, message):
    assert world.call(command, **{option: value}) == 1
    one_line(capsys, command, message)
