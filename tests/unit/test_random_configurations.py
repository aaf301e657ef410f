"""Properties of the schema, over configurations that nobody chose."""

import copy
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gradts.config import resolve
from gradts.names import InputError
from gradts.plan import Plan
from tests.configurations import configuration

fewest = settings(max_examples=25, deadline=None)  # each reads the shipped registries

SCHEMAS = Path("workflow/schemas")
CONFIG_SCHEMA = yaml.safe_load((SCHEMAS / "config.schema.yaml").read_text())
DEMO = ["demo_accept", "demo_entail", "demo_tags"]
BASE = configuration(DEMO, "minilm-l2")
# What names other entries, and is as it is in BASE.
NAMING = {"suites", "tables", "tasks", "backends", "figure3_task", "advice", "truth"}


def valid(schema):
    """Values that a part of the schema allows; of objects, some of their keys."""
    if "anyOf" in schema:
        return st.one_of([valid(option) for option in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of([OF_TYPE[kind](schema) for kind in kinds])


def numbers(schema, whole):
    low = schema.get("minimum", schema.get("exclusiveMinimum", -1))
    high = schema.get("maximum", schema.get("exclusiveMaximum", 1000))
    if whole:
        return st.integers(low, high)
    open_ends = {"exclude_min": "exclusiveMinimum" in schema, "exclude_max": "exclusiveMaximum" in schema}
    return st.floats(low, high, **open_ends)


def objects(schema):
    if isinstance(schema["additionalProperties"], dict):  # what is said of single tasks
        return st.dictionaries(st.sampled_from(DEMO), valid(schema["additionalProperties"]))
    keys = {key: valid(inner) for key, inner in schema["properties"].items()}
    needed = schema.get("required", ())
    return st.fixed_dictionaries(
        {key: keys[key] for key in needed}, optional={key: keys[key] for key in keys if key not in needed}
    )


OF_TYPE = {
    "null": lambda schema: st.none(),
    "boolean": lambda schema: st.booleans(),
    "integer": lambda schema: numbers(schema, whole=True),
    "number": lambda schema: numbers(schema, whole=False),
    # Every text of the schema that is no name of a file or folder is a task (of tuned thresholds).
    "string": lambda schema: st.sampled_from(DEMO),
    "array": lambda schema: st.lists(
        valid(schema["items"]),
        min_size=schema.get("minItems", 0),
        max_size=4,
        unique_by=repr if schema.get("uniqueItems") else None,
    ),
    "object": objects,
}
SETTINGS = st.fixed_dictionaries(
    {}, optional={k: valid(v) for k, v in CONFIG_SCHEMA["properties"].items() if k not in NAMING}
)


def contains(filled, asked) -> bool:
    if isinstance(asked, dict):
        return all(contains(filled[key], value) for key, value in asked.items())
    return filled == asked


def consistent(settings):
    """What the schema cannot say: a threshold has one of keep and tune, and a random head is warmed up."""
    gradients = settings.get("gradients", {})
    assume(gradients.get("head") != "random" or gradients.get("epochs") != 0)
    for part in settings.get("selection", {}).values():
        if isinstance(part, dict) and isinstance(threshold := part.get("threshold"), dict):
            part["threshold"] = {kind: value for kind, value in threshold.items() if value is not None}
            assume(len(part["threshold"]) == 1)
    return settings


@fewest
@given(SETTINGS.map(consistent))
def test_random_valid_configurations_resolve(settings):
    resolved = resolve({**BASE, **settings})
    folder = "/".join(filter(None, [settings.get("results_dir", "results"), settings.get("protocol")]))
    assert contains(resolved.values, {**settings, "results_dir": folder})
    assert set(resolved.values) == set(CONFIG_SCHEMA["properties"])
    plan, seed = Plan(resolved), resolved.values["seeds"][0]
    spec = plan.run_spec(backend="minilm-l2", members="demo_accept+demo_entail", seed=str(seed))
    assert type(spec).from_json(spec.to_json()) == spec
    for source in resolved.sources.values():
        assert type(source).from_json(source.to_json()) == source
    gradients = plan.gradient_spec("demo_tags", "minilm-l2", "1")
    assert type(gradients).from_json(gradients.to_json()) == gradients


def places(schema, value, path=()):
    """The objects of a configuration that have a fixed set of keys."""
    if schema.get("additionalProperties") is False and isinstance(value, dict):
        yield path
        for key, inner in value.items():
            yield from places(schema["properties"].get(key, {}), inner, (*path, key))


@fewest
@given(SETTINGS, st.data(), st.from_regex(r"[a-z]{1,8}_[a-z]{1,8}_x", fullmatch=True))
def test_an_unknown_key_anywhere_is_refused_by_name(settings, data, key):
    config = copy.deepcopy({**BASE, **settings})
    path = data.draw(st.sampled_from(list(places(CONFIG_SCHEMA, config))))
    inner = config
    for part in path:
        inner = inner[part]
    inner[key] = data.draw(st.none() | st.integers() | st.text(max_size=3))
    where = ": ".join(["config", ".".join(path)] if path else ["config"])
    with pytest.raises(InputError) as error:
        resolve(config)
    assert str(error.value).startswith(f"{where}: unknown key '{key}'; ")
