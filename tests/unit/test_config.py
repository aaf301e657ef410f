"""What configurations and registries resolve to, and that the shipped ones do."""

from pathlib import Path

import pytest
import yaml

from gradts.config import resolve
from gradts.plan import Plan
from tests.configurations import written

SCHEMAS = Path("workflow/schemas")


def test_defaults_come_from_the_schema(tmp_path):
    configuration = resolve(written(tmp_path))
    assert configuration.recipe.epochs == 7
    assert configuration.recipe.learning_rate == 5e-5
    assert configuration.suites["toy"] == ("one", "three", "two")
    assert Plan(configuration).gradient_spec("one", "tiny").recipe.epochs == 3


def test_a_suite_may_hold_another(tmp_path):
    suites = {"toy": ["one", "two"], "wide": ["toy", "three"]}
    assert resolve(written(tmp_path, {"suites": suites})).suites["wide"] == ("one", "three", "two")


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
    assert resolve(config).values["results_dir"].startswith("results")


def test_demo_labels_are_the_generators():
    from gradts.demo.suite import TASKS

    registry = yaml.safe_load(Path("config/tasks/demo.yaml").read_text())
    named = {name: tuple(entry["labels"]) for name, entry in registry.items() if "labels" in entry}
    assert named == {name: task.labels for name, task in TASKS.items() if task.labels}
