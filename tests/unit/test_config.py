"""What configurations and registries resolve to, and that the shipped ones do."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from snakemake.cli import parse_config
from snakemake.utils import update_config

from gradts.config import ADVISES, resolve
from gradts.names import InputError
from gradts.plan import Plan
from gradts.reporting.specs import SCORE_TABLES
from gradts.selection.gradts import tasks_above
from tests.configurations import LEFT_OUT, shipped, written

SCHEMAS = Path("workflow/schemas")
SWAPPED = {"train": "a", "dev_test": "train"}
PARTS = {"train": "train[:90%]", "dev": "train[90%:]+x"}
ALL_THREE = {"train": "a.csv", "select": "b.csv", "dev": "c.csv"}
DECIDED = {"train": "train", "select": "validation", "dev": "test"}
BASES = ["config", "glue-mini", "paper", "truth-real"]


def test_defaults_come_from_the_schema(tmp_path):
    configuration = resolve(written(tmp_path))
    assert configuration.recipe.epochs == 7
    assert configuration.recipe.learning_rate == 5e-5
    assert configuration.suites["toy"] == ("one", "three", "two")
    assert Plan(configuration).gradient_spec("one", "tiny", "1").recipe.epochs == 3
    gradients = configuration.values["gradients"]
    assert (gradients["seeds"], gradients["learning_rate"]) == ([1, 2, 3], None)
    assert configuration.values["data"]["max_train_of"] == {}


def test_no_order_of_a_suites_tasks_matters(tmp_path):
    """A cluster's job must read what its run began with, also where a Snakefile lists a set."""
    values = written(tmp_path)
    other = {**values, "suites": {name: tasks[::-1] for name, tasks in values["suites"].items()}}
    assert other["suites"] != values["suites"]
    assert repr(resolve(other)) == repr(resolve(values))


@pytest.mark.parametrize(
    ("folder", "protocol", "expected"),
    [
        ("results/paper", "described", "results/paper/described"),
        ("results/paper", None, "results/paper"),
        ("x/", "described", "x/described"),
        ("x/", None, "x"),
        ("./x", None, "x"),
        ("x//y/./", None, "x/y"),
        ("x/../y", None, "y"),
        (f"../{Path.cwd().name}/x", None, "x"),
        (".", None, ""),
        ("/a b/x", "my-own.2", "/a b/x/my-own.2"),
    ],
)
def test_results_of_a_protocol_have_a_folder_of_their_own(tmp_path, folder, protocol, expected):
    """Spelled as Snakemake spells a target below it."""
    configuration = resolve(written(tmp_path, {"results_dir": folder, "protocol": protocol}))
    assert Plan(configuration).path("table", number=2) == f"{expected}/tables/table2.csv".removeprefix(
        "" if expected else "/"
    )


def test_values_of_the_command_line_are_of_the_schemas_types(tmp_path):
    """Within braces and brackets Snakemake reads text alone."""
    given = parse_config(
        [
            "training={epochs: 1, learning_rate: 1e-4, precision: fp32}",
            "gradients={dropout: true, learning_rate: null, seeds: [5]}",
            "seeds=[3,4]",
            "data={max_train_of: {one: 20, two: null}}",
            "selection={thres: {threshold: -0.3}, fg: {threshold: {keep: 0.2}}, report_on: null}",
        ]
    )
    assert given["training"] == {"epochs": "1", "learning_rate": "1e-4", "precision": "fp32"}
    before = repr(given)
    known = resolve(written(tmp_path, {"training": {"batch_size": 8, "epochs": 3}} | given))
    assert repr(given) == before
    recipe = known.recipe
    assert (recipe.epochs, recipe.learning_rate, recipe.precision, recipe.batch_size) == (1, 1e-4, "fp32", 32)
    assert known.values["seeds"] == [3, 4]
    gradients, selection = known.values["gradients"], known.values["selection"]
    assert (gradients["dropout"], gradients["learning_rate"], gradients["seeds"]) == (True, None, [5])
    assert known.values["data"]["max_train_of"] == {"one": 20, "two": None}
    assert selection["thres"]["threshold"] == -0.3
    assert selection["fg"]["threshold"] == {"keep": 0.2}
    assert selection["report_on"] is None


def test_text_stays_text_where_the_schema_has_text(tmp_path):
    """A suite's tasks may be called what JSON takes for a value."""
    entry = {"files": {"train": "a.csv", "dev": "b.csv"}, "text": ["text"], "labels": ["no", "yes"]}
    given = parse_config(["suites={toy: [true, one]}", "figure3_task=true"])
    values = written(tmp_path, {**given, "figure3_task": "true"}, {"true": entry})
    assert resolve(values).suites["toy"] == ("one", "true")


TUNED = {"tune": {"grid": [0.1], "tasks": ["one"]}}


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        (TUNED, 0.4, 0.4),
        (TUNED, {"keep": 0.3, "tune": None}, {"keep": 0.3}),
        ({"keep": 0.3}, {**TUNED, "keep": None}, TUNED),
        (0.4, {"keep": 0.3}, {"keep": 0.3}),
        ({"keep": 0.3}, {"keep": 0.6}, {"keep": 0.6}),
    ],
)
def test_a_threshold_of_a_later_file_replaces_that_of_an_earlier_one(tmp_path, earlier, later, expected):
    merged = written(tmp_path, {"selection": {"fg": {"threshold": deepcopy(earlier)}}})
    update_config(merged, {"selection": {"fg": {"threshold": later}}})
    known = resolve(merged)
    assert known.values["selection"]["fg"]["threshold"] == expected
    assert Plan(known).selection_spec("tiny", "toy", "gradts-fg", "two").threshold == expected


def test_a_suite_may_hold_another(tmp_path):
    suites = {"toy": ["one", "two"], "wide": ["toy", "three"]}
    assert resolve(written(tmp_path, {"suites": suites})).suites["wide"] == ("one", "three", "two")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({}, {"train": "train", "dev": "dev"}),
        ({"files": {"train": "a.csv"}, "dev_fraction": 0.2}, {"train": "train"}),
        ({"files": ALL_THREE}, {"train": "train", "select": "select", "dev": "dev"}),
        (
            {"files": {"train": "a", "select": "b"}, "dev_fraction": 0.2},
            {"train": "train", "select": "select"},
        ),
        ({"files": {"train": "a", "validation": "b", "test": "c"}, "splits": DECIDED}, DECIDED),
        ({"files": LEFT_OUT, "hub": "glue", "splits": DECIDED}, DECIDED),
        ({"files": LEFT_OUT, "hub": "glue", "dev_fraction": 0.2}, {"train": "train"}),
        (
            {
                "files": dict.fromkeys(["train", "dev", "test"], "a"),
                "splits": {"train": "dev", "dev_x": "test"},
            },
            None,
        ),
        ({"files": {"a": "a", "train": "b"}, "splits": {"train": "a", "dev_test": "train"}}, SWAPPED),
        (
            {"files": LEFT_OUT, "hub": "a/b", "data_files": {"train": "a", "x": "b"}, "splits": PARTS},
            PARTS,
        ),
    ],
)
def test_splits_are_train_and_dev_where_not_given(tmp_path, entry, expected):
    config = written(tmp_path, tasks={"one": entry})
    if expected is None:
        with pytest.raises(InputError, match="files lists 'train', which splits does not name"):
            resolve(config)
    else:
        assert resolve(config).sources["one"].splits == expected


def test_the_share_that_is_held_out_is_no_part_of_a_task_that_brings_its_select_split(tmp_path):
    """Another value would make its data anew, for nothing."""
    entry = {"files": ALL_THREE, "max_select": 7}
    sources = resolve(written(tmp_path, {"data": {"select_fraction": 0.3}}, {"one": entry})).sources
    shares = {task: (source.select_fraction, source.max_select) for task, source in sources.items()}
    assert shares == {"one": (None, 7), "two": (0.3, None), "three": (0.3, None)}


@pytest.mark.parametrize(
    ("caps", "expected"),
    [
        ({}, {"one": 50, "two": 9, "three": 50}),
        ({"one": 7}, {"one": 7, "two": 9, "three": 50}),
        ({"one": None, "three": 80}, {"one": None, "two": 9, "three": 80}),
        ({"two": 20}, {"one": 50, "two": 20, "three": 50}),
        ({"two": None}, {"one": 50, "two": None, "three": 50}),
    ],
)
def test_a_cap_of_one_task_wins_over_its_registry_and_all_tasks_cap(tmp_path, caps, expected):
    data = {"data": {"max_train": 50, "max_train_of": caps}}
    sources = resolve(written(tmp_path, data, {"two": {"max_train": 9}})).sources
    assert {task: source.max_train for task, source in sources.items()} == expected


def test_a_cap_of_no_task_is_refused(tmp_path):
    with pytest.raises(InputError) as error:
        resolve(written(tmp_path, {"data": {"max_train_of": {"one": 5, "thre": 5}}}))
    assert str(error.value) == "config: data.max_train_of: 'thre' is no task; did you mean 'three'?"


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.yaml")))
def test_every_key_is_described(path):
    def walk(schema, where):
        for key, inner in schema.get("properties", {}).items():
            assert inner.get("description"), f"{where}.{key} has no description"
            walk(inner, f"{where}.{key}")

    walk(yaml.safe_load(path.read_text()), path.name)


# ---------------------------------------------------------------------------------- what is shipped


def planned(folder: Path, base: str, *protocols: str) -> Plan:
    """The plan of a shipped configuration; the small one reads local copies of the data."""
    values = shipped(base, *(f"protocols/{name}" for name in protocols))
    assert values["results_dir"].startswith("results")
    local = base in ("glue-mini", "truth-real")
    places = {"results_dir": f"{folder}/results", "data_root": str(folder) if local else None}
    return Plan(resolve(values | places))


@pytest.mark.parametrize("protocols", [[], ["corrected"], ["described"], ["released"]])
@pytest.mark.parametrize("base", BASES)
def test_shipped_configurations_plan_every_table(tmp_path, base, protocols):
    plan = planned(tmp_path, base, *protocols)
    left_out = {"glue-mini": {"8"}, "truth-real": {"1", "4", "5", "8"}}.get(base, set())
    assert {*plan.tables()} == {str(number) for number in range(1, 11)} - left_out
    assert sorted(plan.figures()) == sorted({"1", "2", "3", "4"} - ({"2"} if "5" in left_out else set()))
    settings, suites = plan.config.values["gradients"], plan.config.suites
    for number in {*plan.tables()} & {*SCORE_TABLES}:
        spec, asked = plan.score_table_spec(number), plan.score_table_files(number)
        assert sorted(asked.awaited) == sorted(plan.answer_files(number))
        for backend in spec.backends:
            everything = plan.path("metrics", backend=backend, members=list(suites[spec.suite]), seed=1)
            assert (everything in asked.files) == ("no-sel" in spec.methods)
            files = plan.correlation_files(backend, spec.suite)
            assert len(files) == 2 * len(suites[spec.suite]) * len(settings["seeds"])
        for answer in asked.awaited:
            backend, suite, method, primary = Path(answer).with_suffix("").parts[-4:]
            first = plan.selection_files(backend, suite, method, primary)
            assert first.files or first.awaited or method in ("single-task", "no-sel")
    for number in {*plan.tables()} & {"1", "7"}:
        suite = plan.fact_table_spec(number).suite
        assert len(plan.statistics_files(suite)) == 4 * len(plan.statistics_spec(suite).tasks)


@pytest.mark.parametrize(
    ("name", "head", "pooling", "seeds"),
    [
        ("corrected", "fitted", "shares", None),
        ("described", "random", "sums", [1]),
        ("released", "random", "sums", [1]),
    ],
)
@pytest.mark.parametrize("base", BASES)
def test_protocols_measure_importance_as_their_page_says(tmp_path, base, name, head, pooling, seeds):
    seeds = seeds or planned(tmp_path, base).config.values["gradients"]["seeds"]
    plan = planned(tmp_path, base, name)
    place = plan.config.values["tables"]["table2"]
    jobs = plan.correlation_spec(place["backend"], place["suite"]).jobs
    assert {(job.head, job.pooling) for job in jobs} == {(head, pooling)}
    assert [(job.task.name, job.seed) for job in jobs] == [
        (task, seed) for task in plan.config.suites[place["suite"]] for seed in seeds
    ]


def test_the_demo_has_every_shape_of_the_papers_tasks():
    def shapes(suite: str, name: str) -> list[tuple]:
        known, found = resolve(shipped(name)), []
        for task in map(known.tasks.get, known.suites[suite]):
            labels = len(task.labels) if task.objective == "classification" else None
            texts = len(known.sources[task.name].text)
            found.append((task.objective, texts, known.types[task.name], *task.metrics, str(labels)))
        return sorted(found)

    assert len(shapes("demo14", "config")) == 14
    assert shapes("demo14", "config") == shapes("all14", "paper")


@pytest.mark.parametrize(
    ("base", "expected"), list(zip(BASES, ([1, 2], [1, 2], [1, 3, 4, 6], [1, 2]), strict=True))
)
def test_tuned_thresholds_try_other_numbers_of_tasks(base, expected):
    known = resolve(shipped(base))
    suite = known.suites[known.values["tables"]["table2"]["suite"]]
    correlation = {task: 1 - place / 10 for place, task in enumerate(suite)}
    grid = known.values["selection"]["thres"]["threshold"]["tune"]["grid"]
    assert [len(tasks_above(correlation, suite[0], threshold)) for threshold in grid] == expected


def test_the_papers_configuration_is_the_papers():
    """method.md and the paper, not the file, say these."""
    known = resolve(shipped("paper"))
    autosem, recipe = known.values["selection"]["autosem"], known.recipe
    assert [autosem[key] for key in ("rounds", "batches", "trials", "max_ratio")] == [200, 10, 10, 9]
    assert (recipe.epochs, recipe.learning_rate, recipe.batch_size, recipe.warmup) == (7, 5e-5, 32, 0.1)
    plan = Plan(known)
    assert plan.selection_spec("bert-base-cased", "glue8", "heu-size", "rte").steps is None
    assert plan.score_table_spec("2").draws == 3
    table = plan.score_table_spec("8")
    assert [task.name for task in table.tasks] == ["cola", "mrpc", "qnli", "rte", "sst2", "wnli"]
    assert plan.candidates(table.suite, "rte") == ["cola", "mrpc", "qnli", "sst2", "wnli"]


def test_the_readmes_suite_needs_no_more(tmp_path):
    """Its lines resolve, with the README's tasks in a registry, to the schema's recipe."""
    blocks = [part.split("```")[0] for part in Path("README.md").read_text().split("```yaml\n")[1:]]
    names = ("# config/tasks/mine.yaml", "# own.yaml: snakemake")
    tasks, suite = (next(block for block in blocks if block.startswith(name)) for name in names)
    (tmp_path / "mine.yaml").write_text(tasks)
    values = yaml.safe_load(suite)
    known = resolve(values, lambda path: tmp_path / "mine.yaml" if path.endswith("mine.yaml") else path)
    assert set(known.suites["mine"]) & {*yaml.safe_load(tasks)}
    assert known.recipe == resolve(shipped("paper")).recipe
    assert Plan(known).tables() == ["2", "6", "7", "9", "10", "3"]


def test_a_configuration_of_one_suite_needs_no_tables(tmp_path):
    values = written(tmp_path) | {"backends": "config/backends.yaml"}
    del values["tables"]
    plan = Plan(resolve(values))
    spec = plan.score_table_spec("2")
    assert (spec.suite, spec.backends, plan.path("table", number=2)) == (
        "toy",
        ["minilm-l6"],
        "results/tables/table2.csv",
    )


def test_demo_labels_are_the_generators():
    from gradts.demo.suite import TASKS

    registry = yaml.safe_load(Path("config/tasks/demo.yaml").read_text())
    named = {name: tuple(entry["labels"]) for name, entry in registry.items() if "labels" in entry}
    assert named == {name: task.labels for name, task in TASKS.items() if task.labels}


def test_a_grid_of_shares_where_only_tasks_are_given(tmp_path):
    tuned = {"threshold": {"tune": {"tasks": ["one", "two"]}}}
    resolved = resolve(written(tmp_path, {"selection": {"thres": tuned}})).values["selection"]["thres"]
    shares = [{"keep": share} for share in (0.2, 0.4, 0.6, 0.8)]
    assert resolved == {"threshold": {"tune": {"grid": shares, "tasks": ["one", "two"]}}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("toy", "tiny", ADVISES, "gradts-trial")),
        ({"selection": {"thres": {"threshold": 0.3}}}, ("toy", "tiny", ADVISES, "gradts-trial")),
        ({"selection": {"fg": {"threshold": {"keep": 0.5}}}}, ("toy", "tiny", ADVISES, "gradts-fg")),
        (
            {"selection": {"fg": {"threshold": {"tune": {"tasks": ["one"]}}}}},
            ("toy", "tiny", ADVISES, "gradts-fg"),
        ),
        ({"selection": {"decide_on": "dev"}}, ("toy", "tiny", "gradts-trial", None)),
        ({"advice": {"method": "gradts-trial"}}, ("toy", "tiny", "gradts-trial", None)),
        ({"advice": {"beside": "no-sel"}}, ("toy", "tiny", ADVISES, "no-sel")),
        ({"advice": {"beside": ADVISES}}, ("toy", "tiny", ADVISES, None)),
        (
            {
                "advice": {"suite": "other", "method": "heu-size"},
                "suites": {"toy": ["one", "two"], "other": ["toy", "three"]},
            },
            ("other", "tiny", "heu-size", None),
        ),
    ],
)
def test_advice_is_of_table_2_by_the_usual_method_beside_the_papers(tmp_path, changes, expected):
    known = resolve(written(tmp_path, changes))
    place = dict(zip(("suite", "backend", "method", "beside"), expected, strict=True))
    assert known.advice == place | {"seeds": [1, 2, 3]}
    assert known.values["advice"].get("backend") is None  # values are as they were given
