"""Mistakes in configuration and registries: one message that names the place, the value and the fix."""

from pathlib import Path

import pytest
import yaml

from gradts.config import resolve
from gradts.specs import InputError

SCHEMAS = Path("workflow/schemas")


@pytest.fixture
def files(tmp_path):
    """A small valid configuration; tests change one thing of it."""
    tasks = {
        name: {"files": {"train": "a.csv", "dev": "b.csv"}, "text": ["text"], "labels": ["no", "yes"]}
        for name in ("one", "two", "three")
    }
    backends = {"tiny": {"path": "somewhere"}}
    config = {
        "tasks": [str(tmp_path / "tasks.yaml")],
        "backends": str(tmp_path / "backends.yaml"),
        "suites": {"toy": ["two", "one", "three"]},
        "tables": {"table2": {"suite": "toy", "backend": "tiny"}},
    }

    def load(change=lambda config, tasks, backends: None):
        change(config, tasks, backends)
        (tmp_path / "tasks.yaml").write_text(yaml.safe_dump(tasks))
        (tmp_path / "backends.yaml").write_text(yaml.safe_dump(backends))
        return resolve(config, SCHEMAS)

    return load


def test_defaults_come_from_the_schema(files):
    plan = files()
    assert plan.recipe.epochs == 7
    assert plan.recipe.learning_rate == 5e-5
    assert plan.suites["toy"] == ("one", "three", "two")
    assert plan.gradient_spec("one", "tiny").recipe.epochs == 3


def test_a_suite_may_hold_another(files):
    plan = files(lambda c, t, b: c["suites"].update(toy=["one", "two"], wide=["toy", "three"]))
    assert plan.suites["wide"] == ("one", "three", "two")


MISTAKES = {
    "suites in a circle": (
        lambda c, t, b: c["suites"].update(toy=["other", "one"], other=["toy", "two"]),
        "contains itself",
    ),
    "table 8's backend": (
        lambda c, t, b: c["tables"].update(table8={"suite": "toy", "backends": ["tiny", "huge"]}),
        "tables.table8.backends: 'huge' is no backend",
    ),
    "unknown key": (lambda c, t, b: c.update(seedz=[1]), "config: unknown key 'seedz'; did you mean 'seeds'"),
    "wrong type": (lambda c, t, b: c.update(seeds="1"), "config: seeds: '1' is not of type 'array'"),
    "inner key": (
        lambda c, t, b: c.update(training={"epoch": 3}),
        "config: training: unknown key 'epoch'; did you mean 'epochs'",
    ),
    "below zero": (lambda c, t, b: c.update(training={"epochs": 0}), "training.epochs: 0 is less than"),
    "fraction": (lambda c, t, b: c.update(data={"select_fraction": 0}), "data.select_fraction: 0"),
    "missing": (lambda c, t, b: c.pop("tables"), "'tables' is a required property"),
    "unknown task": (lambda c, t, b: c["suites"].update(toy=["one", "too"]), "suites.toy: 'too' is no task"),
    "unknown suite": (
        lambda c, t, b: c["tables"]["table2"].update(suite="toys"),
        "'toys' is no suite; did you mean 'toy'",
    ),
    "unknown backend": (
        lambda c, t, b: c["tables"]["table2"].update(backend="tinny"),
        "'tinny' is no backend; did you mean 'tiny'",
    ),
    "registry missing": (lambda c, t, b: c.update(backends="nowhere.yaml"), "nowhere.yaml cannot be read"),
    "task key": (
        lambda c, t, b: t["one"].update(lables=[]),
        "one: unknown key 'lables'; did you mean 'label",
    ),
    "no source": (lambda c, t, b: t["one"].pop("files"), "one: exactly one of hub, files and generated"),
    "one label": (lambda c, t, b: t["one"].update(labels=["x"]), "one: labels"),
    "metric": (lambda c, t, b: t["one"].update(metrics=["bleu"]), "one: metrics.0: 'bleu' is not one of"),
    "metric of another objective": (
        lambda c, t, b: t["one"].update(metrics=["pearson"]),
        "one: metric 'pearson' is not for objective classification; it has accuracy, f1",
    ),
    "regression with labels": (
        lambda c, t, b: t["one"].update(objective="regression"),
        "one: a regression task has no labels",
    ),
    "no labels": (lambda c, t, b: t["one"].pop("labels"), "one: labels are missing"),
    "two columns of words": (
        lambda c, t, b: t["one"].update(objective="sequence_labelling", text=["a", "b"]),
        "one: text of a sequence labelling task is one column",
    ),
    "two dev splits": (lambda c, t, b: t["one"].update(dev_fraction=0.1), "one: scores are reported on"),
    "decides": (lambda c, t, b: t["one"].update(decides="mcc"), "decides 'mcc' is not among its metrics"),
    "objective": (lambda c, t, b: t["one"].update(objective="magic"), "objective: 'magic' is not one of"),
    "task name": (
        lambda c, t, b: t.update({"../x": t["one"]}),
        "is no name; use at most 180 lower-case letters",
    ),
    "split": (lambda c, t, b: t["one"].update(splits={"train": "train", "dev": "test"}), "'test'"),
    "no dev": (
        lambda c, t, b: t["one"].update(splits={"train": "train"}),
        "one: scores are reported on one dev split; name a dev split",
    ),
    "backend source": (lambda c, t, b: b.update(bad={"layers": 2}), "bad"),
    "bad hash": (lambda c, t, b: b["tiny"].update(sha256="xyz"), "tiny: sha256: 'xyz'"),
    "figure": (lambda c, t, b: c.update(figure3_task="on"), "figure3_task: 'on' is no task"),
    "tuning task": (
        lambda c, t, b: c.update(
            selection={"fg": {"threshold": {"tune": {"grid": [0.1], "tasks": ["mrpc"]}}}}
        ),
        "'mrpc' is no task of the suite",
    ),
    "threshold": (
        lambda c, t, b: c.update(selection={"fg": {"threshold": 7}}),
        "fg.threshold: 7 is greater than",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(files, name):
    change, message = MISTAKES[name]
    with pytest.raises(InputError) as error:
        files(change)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.yaml")))
def test_every_key_is_described(path):
    def walk(schema, where):
        for key, inner in schema.get("properties", {}).items():
            assert inner.get("description"), f"{where}.{key} has no description"
            walk(inner, f"{where}.{key}")

    walk(yaml.safe_load(path.read_text()), path.name)


@pytest.mark.parametrize("name", ["config", "glue-mini", "paper"])
def test_shipped_configurations_are_valid(name):
    config = yaml.safe_load(Path(f"config/{name}.yaml").read_text())
    assert resolve(config, SCHEMAS).config["results_dir"].startswith("results")


def test_demo_labels_are_the_generators():
    from gradts.data.generated import LABELS

    registry = yaml.safe_load(Path("config/tasks/demo.yaml").read_text())
    named = {name: tuple(entry["labels"]) for name, entry in registry.items() if "labels" in entry}
    assert named == LABELS
