"""Wrong configurations and registries end in one line that names the place, the value and the fix."""

import re
from pathlib import Path
from typing import Any

import pytest

from gradts.config import resolve
from gradts.layout import below
from gradts.members import Member
from gradts.names import InputError
from gradts.selection.selectors import selector
from tests.configurations import LEFT_OUT, written

TABLE2 = {"suite": "toy", "backend": "tiny"}


def refused(folder: Path, message: str, **changes: Any) -> None:
    """A valid configuration with some entries replaced is refused (see `written`)."""
    with pytest.raises(InputError) as error:
        resolve(written(folder, **changes))
    text = str(error.value)
    assert "\n" not in text
    assert re.search(".*".join(map(re.escape, message.split(" … "))), text), text


# What a path or a shell could take for more than a name.
UNTRUSTED = ["../x", "/etc", "..", ".", "", "-x", "~", "*", "{wildcards}", "ä", "x" * 181, "a\n", "a\0b"]
UNTRUSTED += [f"a{sign}b" for sign in " /;|&>'\n"] + ["$(id)", "`id`"]


@pytest.mark.parametrize("name", UNTRUSTED)
def test_untrusted_names_are_refused(tmp_path, name):
    resolve(written(tmp_path))
    spelled = repr(name)[:60]
    message = f"tasks.yaml: a task: {spelled} … is no name; use at most 180 lower-case letters"
    refused(tmp_path, message, tasks={name: {}})
    message = f"backends.yaml: a backend: {spelled} … is no name; use at most 180 letters"
    refused(tmp_path, message, backends={name: {"path": "somewhere"}})
    message = "suites: … is no name" if len(name) > 180 or name == "a\n" else "config: suites: "
    refused(tmp_path, message, config={"suites": {name: ["one", "two"]}})
    refused(tmp_path, f"config: protocol: {spelled} … is no name; use", config={"protocol": name})
    for key in ("suite", "backend"):
        tables = {"table2": TABLE2 | {key: name}}
        refused(tmp_path, f"tables.table2.{key}: … is no {key}; ", config={"tables": tables})
    with pytest.raises(InputError, match="is no method of selection"):
        selector(name)
    with pytest.raises(InputError, match="is no name; use at most 180"):
        below("results", "answer", backend="b", suite="s", method=name, primary="p")


NAN, INF = float("nan"), float("inf")


def table2(**changes: Any) -> dict[str, Any]:
    return {"tables": {"table2": TABLE2 | changes}}


def threshold(method: str, value: Any) -> dict[str, Any]:
    return {"selection": {method: {"threshold": value}}}


CONFIG: list[tuple[dict[str, Any], str]] = [
    ({"seedz": [1]}, "unknown key 'seedz'; did you mean 'seeds'"),
    ({"training": {"epoch": 3}}, "training: unknown key 'epoch'; did you mean 'epochs'"),
    ({"training": {"epochs": 0}}, "training.epochs: 0 is less than the minimum of 1"),
    ({"training": {"epochs": 3.0}}, "training.epochs: 3.0 is not of type 'integer'"),
    ({"training": {"epochs": True}}, "training.epochs: True is not of type 'integer'"),
    ({"training": {"learning_rate": NAN}}, "training.learning_rate: nan is not of type 'number' (Peak"),
    ({"training": {"learning_rate": INF}}, "training.learning_rate: inf is not of type 'number'"),
    ({"training": {"learning_rate": "5e"}}, "training.learning_rate: '5e' is not of type 'number'"),
    ({"training": {"epochs": "1.5"}}, "training.epochs: 1.5 is not of type 'integer'"),
    (
        {"training": {"precision": "fp16"}},
        "training.precision: 'fp16' is not one of ['auto', 'bf16', 'fp32']",
    ),
    ({"training": {"warmup": 1.5}}, "training.warmup: 1.5 is greater than the maximum of 1"),
    ({"training": None}, "training: None is not of type 'object'"),
    ({"gradients": {"estimator": "magic"}}, "gradients.estimator: 'magic' is not one of"),
    ({"gradients": {"layer_norm": "l3"}}, "gradients.layer_norm: 'l3' is not one of ['l1', 'l2', 'none']"),
    ({"gradients": {"epochs": -1}}, "gradients.epochs: -1 is less than the minimum of 0"),
    (
        {"gradients": {"epochs": 0, "head": "random"}},
        "gradients.epochs: 0 leaves the head as it is, and head: random has learnt nothing of the task; "
        "set gradients.head: fitted, or 1 epoch or more",
    ),
    (
        {
            "gradients": {"epochs": 0},
            "tables": {"table2": {"suite": "toy", "backend": "tiny", "methods": ["logme-trial-best"]}},
        },
        "tables.table2.methods: 'logme-trial-best' ranks by fine-tuned encoders, and gradients.epochs: 0 "
        "leaves all of them as they are; set 1 epoch or more",
    ),
    (
        {"gradients": {"epochs": 0}, "advice": {"method": "esm-trial"}},
        "advice.method: 'esm-trial' ranks by fine-tuned encoders",
    ),
    (
        {"gradients": {"epochs": 0}, "truth": {"methods": ["esm-trial"]}},
        "truth.methods: 'esm-trial' ranks by fine-tuned encoders",
    ),
    (
        {"correlation": {"measure": "kendall"}},
        "correlation.measure: 'kendall' is not one of ['tau', 'weighted",
    ),
    ({"gradients": {"head": "warm"}}, "gradients.head: 'warm' is not one of ['fitted', 'random']"),
    ({"gradients": {"pooling": "means"}}, "gradients.pooling: 'means' is not one of ['shares', 'sums']"),
    ({"gradients": {"seed": 1}}, "gradients: unknown key 'seed'; did you mean 'seeds'"),
    ({"gradients": {"seeds": []}}, "gradients.seeds: [] should be non-empty"),
    ({"gradients": {"seeds": [2, 2]}}, "gradients.seeds: [2, 2] has non-unique elements"),
    ({"gradients": {"seeds": [-1]}}, "gradients.seeds.0: -1 is less than the minimum of 0"),
    ({"seeds": "1"}, "seeds: 1 is not of type 'array'"),
    ({"seeds": []}, "seeds: [] should be non-empty"),
    ({"seeds": [1, 1]}, "seeds: [1, 1] has non-unique elements"),
    ({"seeds": [-1]}, "seeds.0: -1 is less than the minimum of 0"),
    ({"seeds": [1.0]}, "seeds.0: 1.0 is not of type 'integer'"),
    ({"results_dir": ""}, "results_dir: '' should be non-empty (Folder for everything"),
    ({"results_dir": 5}, "results_dir: 5 is not of type 'string'"),
    ({"protocol": 5}, "protocol: 5 is not of type 'string', 'null'"),
    ({"data_root": ["x"]}, "data_root: ['x'] is not of type 'string', 'null'"),
    ({"suites": {}}, "suites: {} should be non-empty"),
    ({"suites": {"toy": ["one"]}}, "suites.toy: ['one'] is too short"),
    ({"suites": {"toy": ["one", "one"]}}, "suites.toy: ['one', 'one'] has non-unique elements"),
    ({"suites": {"toy": ["one", "too"]}}, "suites.toy: 'too' is no task; did you mean 'two'"),
    (
        {"suites": {"toy": ["one", "two"], "bad": ["../x", "one"]}},
        "suites.bad: '../x' is no task; known: one",
    ),
    (
        {"suites": {"toy": ["other", "one"], "other": ["toy", "two"]}},
        "suites.toy: contains itself; name each",
    ),
    (
        {"tables": LEFT_OUT, "suites": {"toy": ["one", "two"], "other": ["one", "two"]}},
        "'tables' is a required property",
    ),
    ({"tables": LEFT_OUT, "suites": {}}, "'tables' is a required property"),
    ({"tables": LEFT_OUT}, "tables.table2.backend: 'minilm-l6' is no backend; known: tiny"),
    ({"tables": {"table2": {"suite": "toy"}}}, "tables.table2: 'backend' is a required property"),
    ({"tables": {"table11": {}}}, "tables: unknown key 'table11'; did you mean 'table1'?"),
    (
        {"tables": {"table2": TABLE2, "table8": {"suite": "toy", "backends": ["tiny", "huge"]}}},
        "tables.table8.backends: 'huge' is no backend",
    ),
    (table2(suite="toys"), "tables.table2.suite: 'toys' is no suite; did you mean 'toy'"),
    (
        {"tables": {"table6": {"tasks": ["one"]}, "table2": TABLE2 | {"suite": "toys"}}},
        "tables.table2.suite: 'toys' is no suite; did you mean 'toy'",
    ),
    (table2(backend="tinny"), "tables.table2.backend: 'tinny' is no backend; did you mean 'tiny'"),
    (table2(methods=["../x"]), "tables.table2.methods.0: '../x' does not match"),
    (table2(tasks=["four"]), "tables.table2.tasks: 'four' is no task of the suite"),
    ({"data": {"max_train": 1}}, "data.max_train: 1 is less than the minimum of 2"),
    ({"data": {"select_fraction": 0}}, "data.select_fraction: 0 is less than or equal to"),
    ({"selection": {"decide_on": "test"}}, "selection.decide_on: 'test' is not one of ['select', 'dev']"),
    (threshold("thres", NAN), "selection.thres.threshold: nan is not"),
    (threshold("thres", {"keep": 0}), "selection.thres.threshold.keep: 0 is less than or"),
    (
        threshold("thres", {"keep": 0.5, "tune": {"grid": [0.1], "tasks": ["one"]}}),
        "selection.thres.threshold: one of keep and tune is needed, found keep and tune; files are merged "
        "key by key: a later one sets what it replaces to null, as in {keep: 0.5, tune: null}",
    ),
    (threshold("fg", {"keep": None}), "selection.fg.threshold: one of keep and tune is needed, found none"),
    (threshold("fg", {"kept": 0.5}), "selection.fg.threshold: … 'kept'"),
    (threshold("fg", 7), "selection.fg.threshold: 7 is greater than"),
    (
        threshold("fg", {"tune": {"grid": [0.1], "tasks": ["mrpc"]}}),
        "selection.fg.threshold.tune.tasks: 'mrpc' is no task of the suite",
    ),
    ({"selection": {"autosem": {"cut": 1}}}, "selection.autosem.cut: 1 is greater than or equal to the max"),
    ({"selection": {"random": {"draws": 0}}}, "selection.random.draws: 0 is less than the minimum of 1"),
    ({"figure3_task": "on"}, "figure3_task: 'on' is no task; did you mean 'one'"),
    ({"advice": {"suite": "toys"}}, "advice.suite: 'toys' is no suite; did you mean 'toy'"),
    ({"advice": {"backend": "tinny"}}, "advice.backend: 'tinny' is no backend; did you mean 'tiny'"),
    ({"advice": {"method": "gradts-trail"}}, "advice.method: 'gradts-trail' is no method of selection; did"),
    (
        {"advice": {"method": "single-task-repeat"}},
        "advice.method: 'single-task-repeat' is a control; choose",
    ),
    (
        {"tables": {"table2": {"suite": "toy", "backend": "tiny", "methods": ["random-size"]}}},
        "tables.table2.methods: method 'random-size' has no size; give one, such as random-size3",
    ),
    ({"advice": {"method": "random-k-1"}}, "advice.method: 'random-k-1' is a control; choose a method that"),
    ({"advice": {"seeds": []}}, "advice.seeds: [] should be non-empty"),
    ({"truth": {"suite": "toys"}}, "truth.suite: 'toys' is no suite; did you mean 'toy'"),
    ({"truth": {"backend": "tinny"}}, "truth.backend: 'tinny' is no backend; did you mean 'tiny'"),
    (
        {"truth": {"methods": ["gradts-trail"]}},
        "truth.methods: 'gradts-trail' is no method of selection; did",
    ),
    ({"truth": {"seeds": [1]}}, "truth.seeds: [1] is too short"),
    (
        {"truth": {"sets": "every"}},
        "truth.sets: 'every' is not valid … (all, pairs, {up_to: k} or {random: m, size: k}.)",
    ),
    (
        {"truth": {"sets": {"random": 3}}},
        "truth.sets: {'random': 3} is not valid … {random: m, size: k}.)",
    ),
    ({"truth": {"sets": ["all", {"up_to": 0}]}}, "truth.sets.1.up_to: 0 is less than the minimum of 1"),
    ({"truth": {"sets": {"up_to": 4}}}, "truth.sets: sets of 4, but there are 3 tasks; give a smaller size"),
    ({"tasks": []}, "tasks: [] should be non-empty"),
    ({"tasks": "x.yaml"}, "tasks: 'x.yaml' is not of type 'array'"),
    ({"backends": None}, "backends: None is not of type 'string'"),
]


@pytest.mark.parametrize(("config", "message"), CONFIG)
def test_wrong_configurations(tmp_path, config, message):
    refused(tmp_path, f"config: {message}", config=config)


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
        ({"path": "x", "sha256": "xyz"}, "sha256: 'xyz' does not match"),
        ({"path": "x", "trust_remote_code": True}, "unknown key 'trust_remote_code'; known: "),
        ("x", "'x' is not of type 'object'"),
        (None, "None is not of type 'object'"),
    ],
)
def test_wrong_backends(tmp_path, entry, message):
    refused(tmp_path, f"backends.yaml: bad: {message}", backends={"bad": entry})


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


def test_a_registry_that_is_not_there(tmp_path):
    for config in ({"tasks": ["nowhere.yaml"]}, {"backends": "nowhere.yaml"}):
        refused(tmp_path, "registry nowhere.yaml cannot be read: … No such file", config=config)


def test_a_task_of_two_registries_is_refused(tmp_path):
    twice = [str(tmp_path / "tasks.yaml")] * 2
    refused(tmp_path, "two: this task is already defined; rename one of the two", config={"tasks": twice})


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
