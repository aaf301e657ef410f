"""Wrong specifications end in one line that names the field, the value and the fix."""

import json

import pytest

from tests.unit.bad_input.world import SUB_COMMANDS, changed, one_line

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
