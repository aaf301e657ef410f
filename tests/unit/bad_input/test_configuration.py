"""Wrong configurations end in one line that names the place, the value and the fix."""

from typing import Any

import pytest

from gradts.config import resolve
from gradts.layout import below
from gradts.names import InputError
from gradts.selection.selectors import selector
from tests.configurations import LEFT_OUT, written
from tests.unit.bad_input.refusals import refused

TABLE2 = {"suite": "toy", "backend": "tiny"}


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
        "selection.fg.threshold.tune.tasks: 'mrpc' is no task; ",
    ),
    ({"selection": {"autosem": {"cut": 1}}}, "selection.autosem.cut: 1 is greater than or equal to the max"),
    ({"selection": {"random": {"draws": 0}}}, "selection.random.draws: 0 is less than the minimum of 1"),
    (table2(methods=["no-sel", "random-k", "no-sel"]), "tables.table2.methods: … has non-unique elements"),
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
