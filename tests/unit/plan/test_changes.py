"""What a change of the configuration makes anew, and what it does not."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from gradts.asked import Asked
from gradts.plan import Plan
from gradts.reporting.specs import (
    SCORE_TABLES,
)
from gradts.selection.specs import SelectionSpec
from tests.unit.plan.expected import SPECS
from tests.unit.plan.toy import GRID, NAMES, SETTINGS, call, short


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
    capped = texts(steps=2)
    assert {name for name in before if before[name] == capped[name]} == {"gradts-fg", "heu-size", "tuning"}


def test_a_cut_of_utilities_changes_the_answer_of_the_method_that_cuts(planned):
    plans = [planned(selection=SETTINGS | {"autosem": {"cut": cut}}) for cut in (0.4, {"top": 2})]
    methods = ["autosem-p1", "autosem", "gradts-trial", "no-sel"]
    specs = ([plan.selection_spec("tiny", "toy", method, "one") for method in methods] for plan in plans)
    assert [old == new for old, new in zip(*specs, strict=True)] == [False, True, True, True]


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
