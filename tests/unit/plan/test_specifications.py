"""What jobs are made from, and what does not change it."""

import hashlib
import inspect
import math
import re
from dataclasses import asdict, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from gradts.artifacts import write_text
from gradts.asked import Asked
from gradts.code import code_digest
from gradts.config import resolve
from gradts.correlation.specs import ShuffledSpec
from gradts.layout import FILES
from gradts.plan import Plan
from gradts.reporting.specs import (
    COST_TABLES,
    SCORE_TABLES,
    AdviceSpec,
    CostTableSpec,
    FactTableSpec,
    HeatmapSpec,
    ModelSpec,
    RegretSpec,
    StatisticsSpec,
    TableSpec,
)
from gradts.selection.specs import BanditSpec, Designed, MixingSpec, SelectionSpec, TuningSpec
from gradts.specs import Backend, CorrelationSpec, GradientSpec, InstancesSpec, RunSpec, WarmUp
from gradts.training.specs import EmbeddingSpec
from gradts.transfer.specs import FineTuneSpec, ValuesSpec
from gradts.truth.lattice import TruthSpec
from tests.configurations import LEFT_OUT, written
from tests.conftest import source_of
from tests.unit.plan.toy import GRID, MATRIX, NAMES, RECIPE, SEEDS, SETTINGS, TASK, TUNE, call, seeds, short

TASKS = list(TASK.values())
TINY = Backend("tiny", path="somewhere")
TRUTH = TruthSpec("toy", TASKS, "tiny", ["pairs"], [1, 3], "select")
JUDGED = [*SCORE_TABLES["2"].split(), "heu-size", "heu-type", "heu-len"]


WARM_UP = WarmUp(**{**asdict(RECIPE), "epochs": 3})


def gradient(task: str, seed: int) -> GradientSpec:
    head, estimator, pooling = "fitted", "head_gate", "shares"
    return GradientSpec(TASK[task], TINY, WARM_UP, seed, head, estimator, pooling, 32, "fp32", "l1", False)


def gradients(*tasks: str) -> list[GradientSpec]:
    return [gradient(task, seed) for task in tasks for seed in SEEDS]


# The warm-up of the first seed's gradients.
TUNED = {task: FineTuneSpec(TASK[task], TINY, WARM_UP, 1, "fitted") for task in NAMES}


def choice(method: str, primary: str = "one", **more: Any) -> SelectionSpec:
    others = [name for name in NAMES if name != primary]
    return SelectionSpec(method, TASK[primary], "toy", others, "tiny", SEEDS, "select", True, 1.0, **more)


def table(number: str, methods: str) -> TableSpec:
    rows = methods.split()
    steps = 2 if "heu-size" in rows else None
    return TableSpec(number, "toy", ["tiny"], TASKS, rows, 3, SEEDS, "select", False, steps)


SOURCE = source_of(
    "one", origin={"files": {"train": "a.csv", "dev": "b.csv"}, "columns": None}, decides="accuracy"
)
BANDIT_SPEC = BanditSpec(
    "toy", TASK["one"], [TASK["three"], TASK["two"]], TINY, RECIPE, 1, "select", 200, 10, 0.3
)
LONGER = replace(RECIPE, epochs=4)
SPECS = [
    ("source", {}, SOURCE),
    ("gradient", {}, gradient("one", 2)),
    ("correlation", {}, CorrelationSpec(gradients(*NAMES))),
    ("shuffled", {}, ShuffledSpec(gradients(*NAMES), 3)),
    ("embedding", {}, EmbeddingSpec(TASK["one"], TINY, 128)),
    ("map", {}, TUNED["one"]),
    ("esm", {}, ValuesSpec([*TUNED.values()], TASKS)),
    ("logme", {}, ValuesSpec([TUNED["two"]], TASKS)),
    ("instances", {}, InstancesSpec(auxiliary=gradients("two"), primary=gradients("one"))),
    ("run", {}, RunSpec(["one@sample0.5", "two"], [TASK["one"], TASK["two"]], TINY, RECIPE, 2, 42)),
    ("selection", {"method": "gradts-trial"}, choice("gradts-trial")),
    ("selection", {"method": "gradts-thres"}, choice("gradts-thres", threshold=0.3)),
    ("selection", {"method": "gradts-fg"}, choice("gradts-fg", threshold=TUNE)),
    ("selection", {"method": "heu-size", "primary": "two"}, choice("heu-size", "two", steps=2)),
    ("selection", {"method": "heu-len"}, choice("heu-len", steps=2)),
    ("selection", {"method": "surrogate"}, choice("surrogate", surrogate=Designed(None, 0.5, False))),
    ("selection", {"method": "surrogate-rbf"}, choice("surrogate-rbf", surrogate=Designed(None, 0.5, False))),
    ("selection", {"method": "heu-type"}, choice("heu-type")),
    ("selection", {"method": "random-k-2"}, choice("random-k-2")),
    (
        "tuning",
        {"method": "gradts-fg"},
        TuningSpec("gradts-fg", GRID, [choice("gradts-fg", name, threshold=TUNE) for name in ("one", "two")]),
    ),
    ("bandit", {}, BANDIT_SPEC),
    ("mixing", {}, MixingSpec("toy", TASK["one"], [TASK["two"]], TINY, LONGER, 1, "select", 10, 9)),
    ("score_table", {"number": "2"}, table("2", SCORE_TABLES["2"])),
    ("score_table", {"number": "6"}, table("6", SCORE_TABLES["6"])),
    ("fact_table", {"number": "7"}, FactTableSpec("7", "toy", False)),
    ("cost_table", {"number": "10"}, CostTableSpec("10", COST_TABLES["10"].split())),
    ("cost_table", {"number": "3"}, CostTableSpec("3", COST_TABLES["3"].split())),
    ("statistics", {}, StatisticsSpec("toy", TASKS, {"one": "pair"})),
    ("chosen_sets", {"number": "1"}, table("3", COST_TABLES["3"])),
    ("chosen_sets", {"number": "2"}, table("5", "gradts-trial gradts-fg")),
    ("advice", {}, AdviceSpec(TASK["one"], "toy", ["three", "two"], "tiny", "gradts-fg", 3, [1, 2, 3])),
    ("truth", {}, TRUTH),
    ("regret", {}, RegretSpec(TRUTH, JUDGED, 3, False)),
    ("regret_figure", {}, RegretSpec(TRUTH, JUDGED, 3, False)),
    ("affinity", {}, RegretSpec(TRUTH, JUDGED, 3, False)),
    ("heatmap", {"number": "3"}, HeatmapSpec("3", "one, tiny")),
    (
        "model",
        {"method": "no-sel"},
        ModelSpec(
            "toy",
            "no-sel",
            TASK["one"],
            SOURCE,
            RunSpec(["one", "two"], [TASK["one"], TASK["two"]], TINY, RECIPE, SEEDS[0], 42),
            "select",
            {"two": 1.0},
        ),
    ),
    ("heatmap", {"number": "4"}, HeatmapSpec("4", "toy, tiny")),
]


@pytest.fixture
def decided(put_answer, put_runs):
    """What some specifications follow from: stage 1's tasks, and a set that a model is of."""
    put_answer("autosem-p1", "two")
    put_answer("no-sel", "two")
    put_runs("one+two", 0.5)


@pytest.mark.parametrize(("name", "more", "expected"), SPECS)
def test_a_specification_is_what_its_job_needs(plan, decided, name, more, expected):
    spec = call(plan, f"{name}_spec", **more)
    assert spec == expected
    assert type(spec).from_json(spec.to_json()) == spec


def sha256(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def test_correlations_are_of_the_configured_measure(planned):
    for kind in ("correlation", "shuffled"):
        own, usual = (
            call(plan, f"{kind}_spec") for plan in (planned(correlation={"measure": "cosine"}), planned())
        )
        assert own == replace(usual, measure="cosine")


def test_specifications_tell_what_files_and_weights_are(tmp_path):
    paths = {split: str(tmp_path / f"{split}.csv") for split in ("train", "dev")}
    write_text(paths["train"], "text,label\n")  # that dev is missing, Snakemake says
    write_text(tmp_path / "model/config.json", "{}")
    entries = {"one": {"files": paths}, "drawn": {"files": LEFT_OUT, "generated": {"train": 8, "dev": 4}}}
    values = written(tmp_path, {}, entries, {"tiny": {"path": str(tmp_path / "model")}})
    plan = Plan(resolve(values))
    assert plan.source_spec("one").digests == {paths["train"]: sha256("text,label\n")}
    assert plan.source_spec("drawn").digests == {"gradts.demo.suite": code_digest("gradts.demo.suite")}
    jobs = [plan.gradient_spec("one", "tiny", "1"), plan.run_spec("tiny", "one", "1")]
    jobs += [*plan.correlation_spec("tiny", "toy").jobs, plan.bandit_spec("tiny", "toy", "one")]
    assert {job.backend.digest for job in jobs} == {sha256(f"{sha256('{}')}  config.json\n")}


BOTH = ["accuracy", "macro_f1"]
THREE = {"files": {"train": "a.csv", "select": "b.csv", "dev": "c.csv"}}


@pytest.mark.parametrize(
    ("entry", "config", "changed"),
    [
        ({"max_train": 9}, {}, {"source"}),
        (THREE, {}, {"source"}),
        ({"labels": ["yes", "no"]}, {}, {"source", "gradient", "run"}),
        ({"metrics": BOTH}, {}, {"gradient", "run"}),
        ({"metrics": BOTH, "decides": "macro_f1"}, {}, {"source", "gradient", "run"}),
        ({"type": "pair"}, {}, set()),
        ({}, {"data": {"select_fraction": 0.2}}, {"source", "others"}),
        ({}, {"data": {"max_select": 9}}, {"source", "others"}),
    ],
)
def test_what_a_value_of_an_entry_makes_anew(tmp_path, entry, config, changed):
    """As docs/reliability.md says; `others`: the data of another task."""

    def specs(config, entry) -> dict[str, Any]:
        plan = Plan(resolve(written(tmp_path, config, {"one": entry})))
        found = {name: call(plan, f"{name}_spec") for name in ("source", "gradient", "run")}
        return found | {"others": plan.source_spec("two")}

    before, after = specs({}, {}), specs(config, entry)
    assert {name for name in before if before[name] != after[name]} == changed


def test_a_share_or_cap_of_all_tasks_leaves_those_alone_that_have_their_own(tmp_path):
    def source(**data) -> Any:
        entry = {**THREE, "max_select": 5}
        return Plan(resolve(written(tmp_path, {"data": data}, {"one": entry}))).source_spec("one")

    assert source() == source(select_fraction=0.3, max_select=9)


def test_what_no_folder_holds_has_no_digest(planned):
    plan = planned(
        backends="config/backends.yaml", tables={"table2": {"suite": "toy", "backend": "minilm-l6"}}
    )
    for backend in ("minilm-l6", "roberta-base"):
        assert plan.run_spec(backend, "one", "1").backend == plan.config.backends[backend]


@pytest.mark.parametrize(
    ("scores", "best"),
    [((0.5, 0.7, 0.6), 2), ((0.7, 0.5, 0.7), 1), ((math.nan, 0.1, 0.0), 2), ((math.nan,) * 3, 1)],
)
def test_a_model_is_that_of_the_seed_that_decides_best(plan, put_answer, put_runs, scores, best):
    put_answer("no-sel", "two")
    for seed, score in zip(SEEDS, scores, strict=True):
        put_runs("one+two", score, [seed])
    assert call(plan, "model_spec", method="no-sel").run.seed == best


def test_no_specification_is_forgotten_here():
    made = {name.removesuffix("_spec") for name in dir(Plan) if name.endswith("_spec")}
    assert made == {name for name, _, _ in SPECS}


def test_methods_of_the_plan_take_the_wildcards_of_their_rules(plan):
    rules = "".join(path.read_text() for path in Path("workflow/rules").glob("*.smk"))
    pairs = re.findall(r'\binputs\("(\w+)", "(\w+)"\)', rules)
    assert len(pairs) > 8
    for name, kind in pairs:
        wildcards = set(re.findall(r"\{(\w+)\}", FILES[kind]))
        for method in (getattr(plan, f"{name}_files"), getattr(plan, f"{name}_spec")):
            taken = inspect.signature(method).parameters.values()
            assert {one.name for one in taken if one.default is one.empty} == wildcards, (name, kind)


def test_generated_tasks_are_told_of(planned):
    """A suite of both kinds is called neither generated nor not."""
    tables = {"table2": {"suite": "mixed", "backend": "tiny"}}
    plan = planned(tables=tables, selection={}, figure3_task="one")
    assert plan.score_table_spec("2").generated
    assert plan.fact_table_spec("7").generated
    assert plan.heatmap_spec("4").title == "mixed, tiny (with generated tasks)"
    assert plan.heatmap_spec("3").title == "one, tiny"
    assert not plan.has_generated(["one", "two", "three"])
    assert plan.advice_spec("one").generated == ["drawn"]


def test_figure_3_shows_the_configured_task(planned):
    plan = planned(figure3_task="two")
    assert plan.heatmap_spec("3").title == "two, tiny"
    assert short(plan, plan.heatmap_files("3")) == seeds("importance", "two")
    assert short(plan, plan.heatmap_files("4")) == [MATRIX, MATRIX.replace(".csv", "/intervals.csv")]


def test_an_added_seed_changes_no_gradient_job_that_was(planned):
    before, after = planned(gradients={"seeds": [3, 1]}), planned(gradients={"seeds": [3, 1, 2]})
    for seed in "13":
        job = ("one", "tiny", seed)
        assert before.gradient_spec(*job).to_json() == after.gradient_spec(*job).to_json()
    assert [job.seed for job in before.instances_spec("tiny", "one", "two").auxiliary] == [1, 3]
    new = {*after.correlation_files("tiny", "toy")} - {*before.correlation_files("tiny", "toy")}
    kinds = (("gradients", "parquet"), ("importance", "npy"))
    assert short(after, new) == [f"{kind}/tiny/{task}/seed2.{end}" for kind, end in kinds for task in NAMES]


def changed(before: Plan, after: Plan) -> set[str]:
    """What SPECS calls the specifications that differ."""

    def spec(plan: Plan, name: str, more: dict[str, str]) -> str:
        return call(plan, f"{name}_spec", **more).to_json()

    return {name for name, more, _ in SPECS if spec(before, name, more) != spec(after, name, more)}


IMPORTANCE = {"gradient", "correlation", "shuffled", "instances"}
TUNING = {"map", "esm", "logme"}


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        (
            {"selection": SETTINGS | {"trial": {"train_fraction": 0.5}, "report_on": "dev"}},
            {"selection", "tuning", "score_table", "chosen_sets"},
        ),
        ({"gradients": {"learning_rate": 1e-5}}, {*IMPORTANCE, *TUNING}),
        ({"gradients": {"head": "random"}}, {*IMPORTANCE, *TUNING}),
        ({"gradients": {"pooling": "sums"}}, IMPORTANCE),
        ({"training": {"learning_rate": 1e-5}}, {*IMPORTANCE, *TUNING, "run", "bandit", "mixing", "model"}),
        (
            {"training": {"max_length": 64}},
            {*IMPORTANCE, *TUNING, "embedding", "run", "bandit", "mixing", "model"},
        ),
        ({"training": {"keep_weights": True}}, set()),
        ({"data": {"max_train_of": {"one": 5}}}, {"source", "model"}),
    ],
)
def test_other_settings_change_only_what_they_define(planned, decided, changes, kinds):
    assert changed(planned(), planned(**changes)) == kinds


def test_a_rule_changes_the_answers_of_methods_that_try_and_name_none(planned):
    def texts(**trial) -> dict[str, str]:
        plan = planned(selection=SETTINGS | {"trial": trial})
        methods = ["gradts-trial", "null-trial-1", "textsim-trial-best", "gradts-fg", "heu-size"]
        found = {name: call(plan, "selection_spec", method=name).to_json() for name in methods}
        return found | {"tuning": call(plan, "tuning_spec", method="gradts-fg").to_json()}

    before, after = texts(), texts(rule="one_se")
    assert texts(rule="fall") == before
    assert {name for name in before if before[name] != after[name]} == {"gradts-trial", "null-trial-1"}


@pytest.mark.parametrize(("own", "taken"), [(None, 2e-4), (1e-5, 1e-5)])
def test_a_warm_up_learns_as_fast_as_joint_runs_unless_it_is_told(planned, own, taken):
    plan = planned(training={"learning_rate": 2e-4}, gradients={"learning_rate": own})
    assert plan.gradient_spec("one", "tiny", "1").recipe.learning_rate == taken
    assert plan.run_spec("tiny", "one", "1").recipe.learning_rate == 2e-4


@pytest.mark.parametrize("caps", [({}, {"two": 5}), ({"two": 5}, {"two": None}), ({"two": 5}, {"two": 6})])
def test_the_cap_of_one_task_changes_its_source_and_nothing_else(planned, decided, caps):
    before, after = (planned(data={"max_train": 9, "max_train_of": of}) for of in caps)
    sources = ([plan.source_spec(task).to_json() for task in NAMES] for plan in (before, after))
    assert [old == new for old, new in zip(*sources, strict=True)] == [task != "two" for task in NAMES]
    assert changed(before, after) == set()  # of task one and of sets with two


# ------------------------------------------------------------------- independence of order and suite


LATER = ("mixing", "model")  # what an answer decides


def everything(plan: Plan) -> list[Any]:
    """All specifications and inputs."""
    specs = [call(plan, f"{name}_spec", **more).to_json() for name, more, _ in SPECS if name not in LATER]
    specs += [plan.score_table_spec(number).to_json() for number in SCORE_TABLES]
    names = sorted(name for name in dir(Plan) if name.endswith("_files") and name != "split_files")
    files = [call(plan, name, method="gradts-fg", number="4") for name in names]
    return specs + [(one.files, one.awaited) if isinstance(one, Asked) else one for one in files]


@pytest.mark.parametrize("part", ["registry and suites", "tuning", "table"])
def test_the_order_of_tasks_in_the_configuration_has_no_meaning(planned, part):
    def ordered(turned: bool) -> list[Any]:
        def tasks(where: str, *names: str) -> list[str]:
            return list(names[::-1] if turned and where == part else names)

        tune = {"tune": {"grid": GRID, "tasks": tasks("tuning", "one", "two")}}
        some = {"suite": "toy", "backend": "tiny", "tasks": tasks("table", "one", "two")}
        plan = planned(
            tasks("registry and suites", "two", "one", "three"),
            selection=SETTINGS | {"fg": {"threshold": tune}},
            tables={"table4": some},
        )
        return everything(plan)

    assert ordered(False) == ordered(True)


def test_an_added_task_changes_nothing_of_the_others(planned):
    before, after = planned(["two", "one", "three"]), planned(["four", "three", "one", "two", "zero"])
    assert after.candidates("toy", "one") == ["four", "three", "two", "zero"]
    for task in NAMES:
        assert before.source_spec(task).to_json() == after.source_spec(task).to_json()
        job = (task, "tiny", "2")
        assert before.gradient_spec(*job).to_json() == after.gradient_spec(*job).to_json()
    for members in ("+".join(one) for size in (1, 2, 3) for one in combinations(NAMES, size)):
        run = ("tiny", members, "1")
        assert before.run_spec(*run).to_json() == after.run_spec(*run).to_json()
        assert before.run_files(*run) == after.run_files(*run)


def test_folds_decide_trials_of_their_task_alone(planned):
    """Where nobody asks for folds specifications are as they were: no field tells of what is not there."""
    plan = planned(one={"select": {"folds": 5}})
    place = {"backend": "tiny", "suite": "toy", "method": "gradts-trial"}
    folded, plain = (plan.selection_spec(**place, primary=task) for task in ("one", "two"))
    assert (folded.decide_on, plain.decide_on) == ({"folds": 5}, "select")
    assert replace(folded, decide_on="select") == planned().selection_spec(**place, primary="one")
    assert SelectionSpec.from_json(folded.to_json()) == folded
    assert {spec.decide_on for spec in plan.tuning_spec("tiny", "toy", "gradts-fg").primaries} == {"select"}
    assert plan.bandit_spec("tiny", "toy", "one").decide_on == "select"
    assert plan.run_spec("tiny", "one", "1") == planned().run_spec("tiny", "one", "1")
    on_dev = planned(one={"select": {"folds": 5}}, selection=SETTINGS | {"decide_on": "dev"})
    assert on_dev.selection_spec(**place, primary="one").decide_on == "dev"
