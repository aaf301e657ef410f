"""Wrong registries and members end in one line that names the place, the value and the fix."""

import re
from typing import Any

import pytest

from gradts.config import resolve
from gradts.members import Member
from gradts.names import InputError
from gradts.registry import check_keys
from tests.configurations import LEFT_OUT, written
from tests.unit.bad_input.refusals import refused

OBJECTIVE_METRICS = "is not for objective classification; it has accuracy, f1"
AN_ERROR = "is an error, and decisions take the highest score; set decides: pearson or spearman"
NUMBERS = {"objective": "regression", "labels": LEFT_OUT}
ENTRIES: list[tuple[dict[str, Any], str]] = [
    ({"lables": []}, "unknown key 'lables'; did you mean 'label"),
    ({"text": []}, "text: [] should be non-empty"),
    ({"text": ["a", "b", "c"]}, "text names 3 columns (a, b, c), but a model reads one text or a pair; join"),
    ({"rename": {"pos": "yez"}}, "rename: 'yez' is no label; did you mean 'yes'"),
    ({"rename": {"pos": True}}, "rename.pos: True is not of type 'string'"),
    ({"drop_labels": ["no"]}, "drop_labels leaves out 'no', which is a label"),
    ({"drop_labels": -1}, "drop_labels: -1 is not of type 'array'"),
    ({"text": "a"}, "text: 'a' is not of type 'array'"),
    (
        {"objective": "sequence_labelling", "text": ["a", "b"]},
        "text of a sequence labelling task is one column",
    ),
    ({"objective": "regression"}, "a regression task has no labels"),
    ({"objective": "magic"}, "'magic' is no objective; known: classification, multi_label, regression"),
    ({"labels": LEFT_OUT}, "labels are missing"),
    ({"labels": ["x"]}, "labels: ['x'] is too short"),
    ({"labels": ["a", "a"]}, "labels: ['a', 'a'] has non-unique elements"),
    ({"labels": ["a", "b", "c"], "metrics": ["f1"]}, "f1 is for two labels; use macro_f1"),
    ({"metrics": ["bleu"]}, f"metric 'bleu' {OBJECTIVE_METRICS}"),
    ({"metrics": ["pearson"]}, f"metric 'pearson' {OBJECTIVE_METRICS}"),
    ({"decides": "mcc"}, "decides 'mcc' is not among its metrics"),
    ({**NUMBERS, "metrics": ["rmse", "pearson"]}, f"decides 'rmse' {AN_ERROR}"),
    ({**NUMBERS, "metrics": ["pearson", "mae"], "decides": "mae"}, f"decides 'mae' {AN_ERROR}"),
    ({"files": LEFT_OUT}, "exactly one of hub, files and generated is needed, found none"),
    ({"files": {"dev": "b.csv"}}, "files: 'train' is a required property"),
    ({"files": {"train": 5, "dev": "b.csv"}}, "files.train: 5 is not of type 'string'"),
    ({"hub": "glue"}, "exactly one of hub, files and generated is needed, found hub, files"),
    (
        {"splits": {"train": "train", "test": "dev"}},
        "splits: 'test' does not match … a test split is reported as `dev_test: test`",
    ),
    (
        {"splits": {"train": "train", "validation": "dev"}},
        "splits: 'validation' does not match … our splits are train, select, and dev … `select: validation`",
    ),
    (
        {"files": {"train": "a.csv", "dev": "b.csv", "test": "nowhere.csv"}},
        "files lists 'test', which splits does not name (it names train, dev), so it would not be read; "
        "report it, such as dev_test: test in splits, decide on it (select: test), or leave it out",
    ),
    (
        {"files": LEFT_OUT, "generated": {"train": 9, "dev": 9, "more": 9}},
        "generated lists 'more', which splits does not name",
    ),
    (
        {"files": LEFT_OUT, "hub": "csv", "data_files": {"train": "a", "dev": "b", "test": "c"}},
        "data_files lists 'test', which splits does not name",
    ),
    (
        {"files": {"train": "a.csv", "dev": "b.csv"}, "splits": {"train": "train"}, "dev_fraction": 0.1},
        "files lists 'dev', which splits does not name (it names train)",
    ),
    (
        {"files": {"train": "a.csv"}},
        "split dev comes from 'dev', which the source does not list (it lists train); name another in "
        "splits, or hold out a dev_fraction of train",
    ),
    (
        {"files": {"train": "a.csv", "validation": "b.csv"}},
        "split dev comes from 'dev', which the source does not list (it lists train, validation); name",
    ),
    (
        {"splits": {"train": "train", "select": "validation", "dev": "dev"}},
        "split select comes from 'validation', which the source does not list (it lists train, dev); name "
        "another in splits, or leave select out",
    ),
    (
        {"splits": {"train": "train", "select": "dev"}},
        "scores are reported on one dev split; name a dev split",
    ),
    ({"splits": {"train": "train", "select_b": "dev"}}, "splits: 'select_b' does not match"),
    ({"splits": {"train": "train", "dev_high": "dev"}}, "splits: 'dev_high' does not match"),
    ({"revision": "main"}, "revision is of a data set on the hub, and it has files; leave it out"),
    (
        {"text": ["text", "label"]},
        "column 'label' is the label and a text (label: label, text: text, label), so the answer would stand "
        "in the input; leave it out of text",
    ),
    ({"label": "text"}, "column 'text' is the label and a text"),
    (
        {"objective": "sequence_labelling", "label": "tags", "columns": {"text": 1, "tags": 1}},
        "column 'tags' is the label and a text",
    ),
    ({"splits": {"train": "train", "dev": "test"}}, "split dev comes from 'test', which the source does not"),
    ({"splits": {"train": "train"}}, "scores are reported on one dev split; name a dev split"),
    ({"dev_fraction": 0.1}, "scores are reported on one dev split; leave dev_fraction out"),
    ({"dev_fraction": 0.9}, "dev_fraction: 0.9 is greater than the maximum of 0.5"),
    ({"empty_text": "keep"}, "empty_text: 'keep' is not one of ['error', 'drop']"),
    ({"max_train": 1}, "max_train: 1 is less than the minimum of 2"),
    ({"columns": {"tokens": "x"}}, "columns.tokens: 'x' is not of type 'integer'"),
    ({"sentence": "id"}, "sentence is for sequence labelling"),
    ({"select": "validation"}, "select: 'validation' is not of type 'object', 'null'"),
    ({"select": {}}, "select: 'folds' is a required property"),
    ({"select": {"fold": 5}}, "select: unknown key 'fold'; did you mean 'folds'"),
    ({"select": {"folds": 1}}, "select.folds: 1 is less than the minimum of 2"),
    ({"select": {"folds": 21}}, "select.folds: 21 is greater than the maximum of 20"),
    ({"select": {"folds": True}}, "select.folds: True is not of type 'integer'"),
    (
        {"select": {"folds": 5}, "files": {"train": "a.csv", "select": "s.csv", "dev": "b.csv"}},
        "select: {folds: 5} decides on every row of train, but splits names 'select' to decide on; leave one",
    ),
]


@pytest.mark.parametrize(("entry", "message"), ENTRIES)
def test_wrong_tasks(tmp_path, entry, message):
    refused(tmp_path, f"tasks.yaml: one: {message}", tasks={"one": entry})


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"layers": 2}, "{'layers': 2} is not valid under any of"),
        ({"path": "x", "layers": 0}, "layers: 0 is less than the minimum of 1 (Keep only"),
        ({"path": "x", "hub": "y"}, " … is valid under each of"),
        ({"package": "x"}, "{'package': 'x'} is not valid under any of"),
        ({"path": "x", "revision": "main"}, "revision is of a model that hub names, and none is; leave it"),
        ({"hub": "x", "folder": "y"}, "folder is of a model that package names, and none is; leave it out"),
        ({"hub": None}, "hub: None is not of type 'string'"),
        ({"path": "x", "sha256": "xyz"}, "sha256: 'xyz' does not match"),
        ({"path": "x", "trust_remote_code": True}, "unknown key 'trust_remote_code'; known: "),
        ("x", "'x' is not of type 'object'"),
        (None, "None is not of type 'object'"),
    ],
)
def test_wrong_backends(tmp_path, entry, message):
    refused(tmp_path, f"backends.yaml: bad: {message}", backends={"bad": entry})


def test_a_key_that_is_null_is_no_second_place_of_a_backend(tmp_path):
    config = resolve(written(tmp_path, backends={"tiny": {"hub": None, "path": "x"}}))
    assert (config.backends["tiny"].hub, config.backends["tiny"].path) == (None, "x")


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
    for config in ({"tasks": [str(path)]}, {"backends": str(path)}):
        refused(tmp_path, f"registry {path} {message}", config=config)


def test_a_key_twice_in_a_configuration_is_refused(tmp_path):
    path, other = tmp_path / "mine.yaml", tmp_path / "mine.json"
    path.write_text("training: {epochs: 5}\nseeds: [1]\ntraining: {batch_size: 8}\n")
    other.write_text('{"seeds": [1]}')
    with pytest.raises(InputError, match=r"mine\.yaml line 3: 'training' is there twice; leave one out"):
        check_keys([other, path])


def test_a_registry_that_is_not_there(tmp_path):
    for config in ({"tasks": ["nowhere.yaml"]}, {"backends": "nowhere.yaml"}):
        refused(tmp_path, "registry nowhere.yaml cannot be read: … No such file", config=config)


def test_a_task_of_two_registries_is_refused(tmp_path):
    twice = [str(tmp_path / "tasks.yaml")] * 2
    refused(tmp_path, "two: this task is already defined; rename one of the two", config={"tasks": twice})


def test_names_that_tables_need_are_refused(tmp_path):
    told = "'mean' is what tables call a mean over tasks; rename the task"
    refused(tmp_path, told, suite=["mean", "one", "two"])
    pair = {"one": {"metrics": ["macro_f1"]}, "one_macro": {"metrics": ["f1"]}}
    told = "suites.mine: tables would call a metric of 'one' and one of 'one_macro' one_macro_f1; rename"
    refused(tmp_path, told.replace("suites.mine", "suites. … "), tasks=pair, suite=[*pair, "two"])


SPELLINGS = {
    "": "'' is no task name",
    "a+b": "'a+b' is no task name",
    "/a": "'/a' is no task name",
    "A": "'A' is no task name",
    "a b": "'a b' is no task name",
    "../x": "'../x' is no task name",
    "$(x)": "'$(x)' is no task name",
    "a@b": "'b' is no subset of training instances; spell it like cola-0.42",
    "a@b-x": "'b-x' is no subset",
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
    "a@repeat1": "subset repeat of 1.0: give a whole number from 2 on",
    "a@repeat2.5": "subset repeat of 2.5: give a whole number from 2 on",
    "a@b-keep0.5-sample2": "subset sample of 2.0: give a share above 0, at most 1",
    "a@b-keep0.5-sample": "'b-keep0.5-sample' is no subset",
    "a@b-keep0.5-sample0.1-sample0.1": "is no subset",
    "a@sample0.1-keep0.5": "'sample0.1-keep0.5' is no subset",
    "a@b-ratio2-sample0.1": "subset b-ratio2-sample0.1: only a filter by τ or a fold takes its part within a",
    "a@repeat2-sample0.1": "subset repeat2-sample0.1: only a filter by τ or a fold takes its part within a",
    "a@fold0of5": "subset fold of 0.0: give one of two or more, from 1 on",
    "a@fold6of5": "subset fold of 6.0: give one of two or more, from 1 on",
    "a@fold1of1": "subset fold of 1.0: give one of two or more, from 1 on",
    "a@fold1": "'fold1' is no subset of training instances; spell it like",
    "a@fold1.5of5": "'fold1.5of5' is no subset",
    "a@b-keep0.5-fold1of5": "'b-keep0.5-fold1of5' is no subset",
}


@pytest.mark.parametrize("text", SPELLINGS)
def test_wrong_members(text):
    with pytest.raises(InputError, match=re.escape(SPELLINGS[text])):
        Member.parse(text)
