"""Wrong configurations and registries end in one line that names the place, the value and the fix."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from gradts.config import resolve
from gradts.selection.evidence import finished
from gradts.selection.selectors import selector
from gradts.specs import InputError, Member

SCHEMAS = Path("workflow/schemas")


def resolved(folder: Path, config: Any = (), tasks: Any = (), backends: Any = ()) -> None:
    """Resolve a valid configuration with some entries replaced."""
    entry = {"files": {"train": "a.csv", "dev": "b.csv"}, "text": ["text"], "labels": ["no", "yes"]}
    registries = {
        "tasks": {
            "one": entry,
            "two": entry,
            **{name: {**entry, **more} for name, more in dict(tasks).items()},
        },
        "backends": {"tiny": {"path": "somewhere"}, **dict(backends)},
    }
    for name, entries in registries.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(entries))
    whole = {
        "tasks": [str(folder / "tasks.yaml")],
        "backends": str(folder / "backends.yaml"),
        "suites": {"toy": ["one", "two"]},
        "tables": {"table2": {"suite": "toy", "backend": "tiny"}},
    }
    resolve({**whole, **dict(config)}, SCHEMAS)


def refused(folder: Path, message: str, **changes: Any) -> None:
    with pytest.raises(InputError) as error:
        resolved(folder, **changes)
    text = str(error.value)
    assert "\n" not in text
    assert re.search(".*".join(map(re.escape, message.split(" … "))), text), text


# What a path or a shell could take for more than a name.
UNTRUSTED = [
    "../x",
    "/etc",
    "..",
    ".",
    "",
    "a b",
    "a/b",
    "a;b",
    "$(id)",
    "`id`",
    "a|b",
    "a&b",
    "a>b",
    "a'b",
    "a\nb",
]
UNTRUSTED += ["a\n", "-x", "~", "*", "{wildcards}", "a\0b", "ä", "x" * 181]


@pytest.mark.parametrize("name", UNTRUSTED)
def test_untrusted_names_are_refused(tmp_path, name):
    resolved(tmp_path)
    spelled = repr(name)[:60]
    refused(tmp_path, f"tasks.yaml: a task: {spelled} … is no name; use at most 180", tasks={name: {}})
    refused(
        tmp_path,
        f"backends.yaml: a backend: {spelled} … is no name; use at most 180",
        backends={name: {"path": "somewhere"}},
    )
    refused(
        tmp_path,
        "suites: … is no name" if len(name) > 180 or name == "a\n" else "config: suites: ",
        config={"suites": {name: ["one", "two"]}},
    )
    for key in ("suite", "backend"):
        tables = {"table2": {"suite": "toy", "backend": "tiny", key: name}}
        refused(tmp_path, f"tables.table2.{key}: … is no {key}; ", config={"tables": tables})
    with pytest.raises(InputError, match="is no method of selection"):
        selector(name)
    with pytest.raises(InputError, match="is no name; use at most 180"):
        finished("results")("answer", {"backend": "b", "suite": "s", "method": name, "primary": "p"})


NAN, INF = float("nan"), float("inf")
CONFIG: list[tuple[Any, str]] = [
    ({"training": {"learning_rate": NAN}}, "training.learning_rate: nan is not of type 'number' (Peak"),
    ({"training": {"learning_rate": INF}}, "training.learning_rate: inf is not of type 'number'"),
    ({"training": {"learning_rate": "5e-5"}}, "training.learning_rate: '5e-5' is not of type 'number'"),
    ({"training": {"epochs": 3.0}}, "training.epochs: 3.0 is not of type 'integer'"),
    ({"training": {"epochs": True}}, "training.epochs: True is not of type 'integer'"),
    (
        {"training": {"precision": "fp16"}},
        "training.precision: 'fp16' is not one of ['auto', 'bf16', 'fp32']",
    ),
    ({"training": {"warmup": 1.5}}, "training.warmup: 1.5 is greater than the maximum of 1"),
    ({"training": None}, "training: None is not of type 'object'"),
    ({"gradients": {"estimator": "magic"}}, "gradients.estimator: 'magic' is not one of"),
    ({"gradients": {"layer_norm": "l3"}}, "gradients.layer_norm: 'l3' is not one of ['l1', 'l2']"),
    ({"seeds": []}, "seeds: [] should be non-empty"),
    ({"seeds": [1, 1]}, "seeds: [1, 1] has non-unique elements"),
    ({"seeds": [-1]}, "seeds.0: -1 is less than the minimum of 0"),
    ({"seeds": [1.0]}, "seeds.0: 1.0 is not of type 'integer'"),
    ({"results_dir": ""}, "results_dir: '' should be non-empty (Folder for everything"),
    ({"results_dir": 5}, "results_dir: 5 is not of type 'string'"),
    ({"data_root": ["x"]}, "data_root: ['x'] is not of type 'string', 'null'"),
    ({"suites": {}}, "suites: {} should be non-empty"),
    ({"suites": {"toy": ["one"]}}, "suites.toy: ['one'] is too short"),
    ({"suites": {"toy": ["one", "one"]}}, "suites.toy: ['one', 'one'] has non-unique elements"),
    (
        {"suites": {"toy": ["one", "two"], "bad": ["../x", "one"]}},
        "suites.bad: '../x' is no task; known: one",
    ),
    ({"tables": {"table2": {"suite": "toy"}}}, "tables.table2: 'backend' is a required property"),
    ({"tables": {"table11": {}}}, "tables: unknown key 'table11'; did you mean 'table1'?"),
    (
        {"tables": {"table2": {"suite": "toy", "backend": "tiny", "methods": ["../x"]}}},
        "tables.table2.methods.0: '../x' does not match",
    ),
    (
        {"tables": {"table2": {"suite": "toy", "backend": "tiny", "tasks": ["three"]}}},
        "tables.table2.tasks: 'three' is no task of the suite",
    ),
    ({"data": {"max_train": 1}}, "data.max_train: 1 is less than the minimum of 2"),
    ({"selection": {"decide_on": "test"}}, "selection.decide_on: 'test' is not one of ['select', 'dev']"),
    ({"selection": {"thres": {"threshold": NAN}}}, "selection.thres.threshold: nan is not"),
    (
        {"selection": {"thres": {"threshold": {"keep": 0}}}},
        "selection.thres.threshold.keep: 0 is less than or",
    ),
    ({"selection": {"autosem": {"cut": 1}}}, "selection.autosem.cut: 1 is greater than or equal to the max"),
    ({"selection": {"random": {"draws": 0}}}, "selection.random.draws: 0 is less than the minimum of 1"),
    ({"tasks": []}, "tasks: [] should be non-empty"),
    ({"tasks": "x.yaml"}, "tasks: 'x.yaml' is not of type 'array'"),
    ({"backends": None}, "backends: None is not of type 'string'"),
]


@pytest.mark.parametrize(("config", "message"), CONFIG)
def test_wrong_configurations(tmp_path, config, message):
    refused(tmp_path, f"config: {message}", config=config)


ENTRIES: list[tuple[dict[str, Any], str]] = [
    ({"text": []}, "one: text: [] should be non-empty"),
    ({"text": ["a", "b", "c"]}, "one: text: ['a', 'b', 'c'] is too long"),
    ({"text": "a"}, "one: text: 'a' is not of type 'array'"),
    ({"labels": ["a", "a"]}, "one: labels: ['a', 'a'] has non-unique elements"),
    ({"labels": ["a", "b", "c"], "metrics": ["f1"]}, "one: f1 is for two labels; use macro_f1"),
    ({"files": {"dev": "b.csv"}}, "one: files: 'train' is a required property"),
    ({"files": {"train": 5, "dev": "b.csv"}}, "one: files.train: 5 is not of type 'string'"),
    ({"hub": "glue"}, "one: exactly one of hub, files and generated is needed, found hub, files"),
    ({"splits": {"train": "train", "test": "dev"}}, "one: splits: 'test' does not match"),
    ({"dev_fraction": 0.9}, "one: dev_fraction: 0.9 is greater than the maximum of 0.5"),
    ({"empty_text": "keep"}, "one: empty_text: 'keep' is not one of ['error', 'drop']"),
    ({"max_train": 1}, "one: max_train: 1 is less than the minimum of 2"),
    ({"columns": {"tokens": -1}}, "one: columns.tokens: -1 is less than the minimum of 0"),
]


@pytest.mark.parametrize(("entry", "message"), ENTRIES)
def test_wrong_tasks(tmp_path, entry, message):
    refused(tmp_path, f"tasks.yaml: {message}", tasks={"one": entry})


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"path": "x", "layers": 0}, "bad: layers: 0 is less than the minimum of 1 (Keep only"),
        ({"path": "x", "hub": "y"}, "bad: … is valid under each of"),
        ({"package": "x"}, "bad: "),
        ({"path": "x", "trust_remote_code": True}, "bad: unknown key 'trust_remote_code'; known: "),
        ("x", "bad: 'x' is not of type 'object'"),
        (None, "bad: None is not of type 'object'"),
    ],
)
def test_wrong_backends(tmp_path, entry, message):
    refused(tmp_path, f"backends.yaml: {message}", backends={"bad": entry})


REGISTRIES: dict[str, tuple[bytes | None, str]] = {
    "no yaml": (b"one: [", "cannot be read: while parsing … mend the file or its path"),
    "binary": (b"\x80\x81\xff", "cannot be read: 'utf-8' codec can't decode byte"),
    "a python object": (
        b"one: !!python/object/apply:os.system ['id']",
        "cannot be read: could not determine",
    ),
    "empty": (b"", "must map names to entries; it holds NoneType"),
    "a list": (b"- one", "must map names to entries; it holds list"),
    "a task twice": (b"one: {}\none: {}", "line 2: 'one' is there twice; leave one out"),
    "a key twice": (b"one:\n  text: [a]\n  label: x\n  text: [b]", "line 4: 'text' is there twice"),
    "itself": (b"one: &a {hub: *a}", "cannot be read: "),
    "a folder": (None, "cannot be read: … Is a directory"),
}


@pytest.mark.parametrize("name", REGISTRIES)
def test_wrong_registries(tmp_path, name):
    text, message = REGISTRIES[name]
    path = tmp_path / "wrong.yaml"
    path.mkdir() if text is None else path.write_bytes(text)
    refused(tmp_path, f"registry {path} {message}", config={"tasks": [str(path)]})


def test_a_task_of_two_registries_is_refused(tmp_path):
    twice = [str(tmp_path / "tasks.yaml")] * 2
    refused(tmp_path, "one: this task is already defined; rename one of the two", config={"tasks": twice})


SPELLINGS = {
    "": "'' is no task name",
    "a+b": "'a+b' is no task name",
    "/a": "'/a' is no task name",
    "a@": "'' is no subset of training instances; spell it like cola-0.42",
    "a@b-": "'b-' is no subset",
    "a@b--": "'b--' is no subset",
    "a@b-nan": "'b-nan' is no subset",
    "a@b-inf": "'b-inf' is no subset",
    "a@b-0.1/../x": "is no subset",
    "a@$(id)-0.1": "is no subset",
    "a@b-1.2.3": "'b-1.2.3' is no subset",
    "a@b-7": "subset tau of 7.0: give -1 to 1",
    "a@b-keep0": "subset keep of 0.0: give a share above 0, at most 1",
    "a@b-keep2": "subset keep of 2.0: give a share above 0, at most 1",
    "a@b-ratio0": "subset ratio of 0.0: give a finite number above 0",
    "a@b-ratio9e999": "'b-ratio9e999' is no subset",
    "a@sample0": "subset sample of 0.0: give a share above 0, at most 1",
}


@pytest.mark.parametrize("text", SPELLINGS)
def test_wrong_members(text):
    with pytest.raises(InputError, match=re.escape(SPELLINGS[text])):
        Member.parse(text)
