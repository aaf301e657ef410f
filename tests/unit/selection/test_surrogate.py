"""What surrogate models answer, on runs by hand."""

import itertools
import json
import math
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from gradts.artifacts import read_json, write_json
from gradts.code import code_digest, packages
from gradts.members import Member, canonical
from gradts.names import InputError
from gradts.selection import surrogate
from gradts.selection.decide import select
from gradts.selection.specs import Designed, SelectionSpec
from gradts.selection.surrogate import designed
from gradts.specs import Backend, RunSpec
from tests.conftest import RECIPE, yes_no
from tests.unit.by_hand import put_run, put_splits
from tests.unit.selection.refits import closed_form, leave_one_out, linear

TASKS = {name: yes_no(name) for name in "abcdp"}
RUNS = Designed(None, 0.5, True)
SPEC = SelectionSpec(
    "surrogate", TASKS["p"], "toy", [*"abcd"], "tiny", [1, 2], "select", True, 1.0, surrogate=RUNS
)
STAGE = "gradts.training.joint"
GAINS = {"a": 0.06, "b": 0.03, "c": -0.05, "d": 0.0}


def run_spec(members: Iterable[str], seed: int = 1) -> RunSpec:
    members = canonical(map(Member.parse, members))
    tasks = [TASKS[one.partition("@")[0]] for one in members]
    return RunSpec(members, tasks, Backend("tiny", path="x"), RECIPE, seed)


def put(results: Path, members: Iterable[str], score: float, seeds: Iterable[int] = (1, 2), **record) -> None:
    """Runs of a set, as their job would leave them."""
    members = [*members]
    for seed in seeds:
        made = {"spec": asdict(run_spec(members, seed)), "stage": STAGE, "code": code_digest(STAGE)}
        made |= {"packages": packages(STAGE), "reads": ["data/p/train.parquet"]}
        shift = 0.01 if seed == 1 else -0.01
        put_run(results, members, {"p select accuracy": [score + shift]}, seed, **{**made, **record})


def design() -> list[tuple[str, ...]]:
    sets = [("p",), tuple("abcdp"), *designed(tuple("abcdp"), None, 0.5)]
    return [one for one in sets if "p" in one]


def score(members: Iterable[str]) -> float:
    return 0.5 + sum(GAINS.get(task, 0) for task in members)


@pytest.fixture
def results(tmp_path, monkeypatch) -> Path:
    """The designed runs of p, in which a and b help."""
    monkeypatch.setattr(surrogate, "SHUFFLES", 39)  # quicker
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=[0, 1])
    os.utime(tmp_path / "data/p/train.parquet", (1, 1))
    for members in design():
        put(tmp_path, members, score(members))
    return tmp_path


def answer(results: Path, **changes) -> dict:
    select(replace(SPEC, **changes), results, results / "answer.json")
    return json.loads((results / "answer.json").read_text())


def of_model(found: dict) -> dict:
    return next(step for step in found["evidence"] if "sets" in step)


OTHER = next(
    tuple(sorted({*some, "p"}))
    for some in itertools.combinations("abcd", 2)
    if tuple(sorted({*some, "p"})) not in design()
)


@pytest.mark.parametrize("method", ["surrogate", "surrogate-rbf"])
def test_tasks_that_raise_the_score_are_chosen_and_the_evidence_says_by_what(results, method):
    found = answer(results, method=method)
    assert found["undecided"] is None
    assert {"a", "b", "p"} <= {*found["members"]} <= {*"abdp"}  # d does nothing
    told = of_model(found)
    assert told["sets"] == pytest.approx({"+".join(one): score(one) for one in design()})
    assert told["extra"] == {}
    assert told["r2"] > max(0, told["chance"])
    assert told["penalty"] in surrogate.PENALTIES
    values = {step["task"]: step["coefficient"] for step in found["evidence"] if "task" in step}
    assert [*values] == sorted(values, key=lambda task: -values[task])
    assert [*values][:2] == ["a", "b"]
    assert [*values][-1] == "c"
    if method == "surrogate":
        x = np.array([[task in one for task in "abcd"] for one in design()], dtype=float)
        full = closed_form(x, np.array([score(one) for one in design()]), told["penalty"])
        assert values["a"] == pytest.approx(full[0])


def test_sets_without_a_score_are_no_rows(results):
    first, second = design()[2:4]
    put(results, first, math.nan)
    put(results, second, math.nan, seeds=[1])
    found = answer(results)
    assert "+".join(first) not in of_model(found)["sets"]
    assert of_model(found)["sets"]["+".join(second)] == pytest.approx(score(second) - 0.01)
    assert found["caution"] == "1 of 2 runs of a set without a defined score"
    assert found["auxiliaries"] == {"a": 1, "b": 1}


def test_too_few_sets_tell_nothing(results):
    found = answer(results, surrogate=Designed(1, 0.5, False))
    number = 2 + ("p" in designed(tuple("abcdp"), 1, 0.5)[0])
    assert found["undecided"] == f"this data cannot tell: {number} sets with {number} different scores"
    assert (found["auxiliaries"], found["members"]) == ({}, ["p"])


@pytest.mark.parametrize("method", ["surrogate", "surrogate-rbf"])
def test_scores_that_are_all_the_same_tell_nothing(results, method):
    for members in design():
        put(results, members, 0.5)
    found = answer(results, method=method)
    assert found["undecided"] == (
        f"all {len(design())} trials scored the same; "
        f"this data cannot tell: {len(design())} sets with 1 different scores"
    )
    assert found["auxiliaries"] == {}


@pytest.mark.parametrize("method", ["surrogate", "surrogate-rbf"])
def test_noise_tells_nothing_and_the_coefficients_are_shown(results, capsys, method):
    random = np.random.default_rng(2)
    for members in design():
        put(results, members, float(random.normal(0.5, 0.02)))
    found = answer(results, method=method)
    told = of_model(found)
    assert found["undecided"] == (
        f"this data cannot tell: leave-one-out R² {told['r2']:.2f}, where 5 % of shuffled scores have more "
        f"than {told['chance']:.2f}"
    )
    assert (found["auxiliaries"], found["members"]) == ({}, ["p"])
    assert {step["task"] for step in found["evidence"] if "task" in step} == {*"abcd"}
    assert found["undecided"] in capsys.readouterr().err


def test_a_specification_without_sets_is_refused(results):
    with pytest.raises(InputError, match="method 'surrogate' has no sets; give a number of them"):
        answer(results, surrogate=None)


# ----------------------------------------------------------------------------------------- further rows


def test_a_run_that_others_made_is_a_further_row_and_none_of_the_jobs_files(results):
    before = answer(results)
    put(results, OTHER, score(OTHER))
    found = answer(results)
    assert of_model(found)["extra"] == pytest.approx({"+".join(OTHER): score(OTHER)})
    assert of_model(found)["sets"] == of_model(before)["sets"]
    assert found["reads"] == before["reads"]  # so its cost is that of who made it
    assert any("metrics.csv" in path for path in found["reads"])
    assert of_model(answer(results, surrogate=replace(RUNS, extra=False)))["extra"] == {}


def test_further_rows_are_fitted_to_and_not_tested_with(results):
    """One of them, far from all others, moves coefficients; R² is of the designed sets alone."""
    put(results, OTHER, 0.9)
    found = of_model(answer(results))
    names = [*found["sets"], *found["extra"]]
    x = np.array([[task in name.split("+") for task in "abcd"] for name in names], dtype=float)
    y = np.array([*found["sets"].values(), *found["extra"].values()])
    r2, (penalty, threshold) = leave_one_out(x, y, len(found["sets"]), linear)
    assert (found["r2"], found["penalty"], found["threshold"]) == pytest.approx((r2, penalty, threshold))


def test_trials_on_a_share_of_the_data_take_others_of_that_share(results):
    sample = [[f"{task}@sample0.5" for task in one] for one in (*design(), OTHER)]
    for members, one in zip(sample, (*design(), OTHER), strict=True):
        put(results, members, score(one))
    put(results, [f"{OTHER[0]}@sample0.5", *OTHER[1:]], 0.1)  # some on all of their data
    found = of_model(answer(results, train_fraction=0.5))
    assert [*found["extra"]] == ["+".join(OTHER)]


def test_trials_by_folds_take_others_that_have_them_all(results):
    """Each within a sample of what is outside its fold; scores are means over folds."""
    half = next(
        one
        for size in (1, 2, 3)
        for some in itertools.combinations("abcd", size)
        if (one := tuple(sorted({*some, "p"}))) not in (*design(), OTHER)
    )
    for fold, one in (*itertools.product((1, 2), (*design(), OTHER)), (1, half)):
        members = [f"{task}@fold{fold}of2-sample0.5" for task in one]
        put(results, members, score(one) + (-0.01, 0.01)[fold - 1])
    found = of_model(answer(results, train_fraction=0.5, decide_on={"folds": 2}))
    assert found["extra"] == pytest.approx({"+".join(OTHER): score(OTHER)})
    assert found["sets"] == pytest.approx({"+".join(one): score(one) for one in design()})


def edit(results: Path, change: Callable[[dict], None], seed: int = 2) -> None:
    path = results / f"runs/tiny/{'+'.join(OTHER)}/seed{seed}/run.json"
    record = read_json(path)
    change(record)
    write_json(path, record)


def touch_data(results: Path) -> None:
    """The designed runs stay as they are: their jobs would be made again first."""
    os.utime(results / "data/p/train.parquet", None)
    for path in (results / f"runs/tiny/{'+'.join(OTHER)}").rglob("metrics.csv"):
        os.utime(path, (2, 2))


UNFIT: dict[str, Callable[[Path], object]] = {
    "a record cut off": lambda results: (results / f"runs/tiny/{'+'.join(OTHER)}/seed1/run.json").write_text(
        "{"
    ),
    "a record that is none": lambda results: write_json(
        results / f"runs/tiny/{'+'.join(OTHER)}/seed1/run.json", [1]
    ),
    "no specification": lambda results: edit(results, lambda record: record.update(spec=1), 1),
    "members that are none": lambda results: edit(
        results, lambda one: one["spec"].update(members=[1, "+"]), 1
    ),
    "a member twice": lambda results: edit(results, lambda one: one["spec"].update(members=["p", "p"]), 1),
    "a seed too few": lambda results: (results / f"runs/tiny/{'+'.join(OTHER)}/seed2/run.json").unlink(),
    "no scores": lambda results: (results / f"runs/tiny/{'+'.join(OTHER)}/seed2/metrics.csv").unlink(),
    "scores cut off": lambda results: (results / f"runs/tiny/{'+'.join(OTHER)}/seed2/metrics.csv").write_text(
        "epoch,"
    ),
    "another recipe": lambda results: edit(results, lambda one: one["spec"]["recipe"].update(epochs=9)),
    "another seed of subsets": lambda results: edit(results, lambda one: one["spec"].update(subset_seed=1)),
    "another backend's files": lambda results: edit(
        results, lambda one: one["spec"]["backend"].update(path="y")
    ),
    "another task of the name": lambda results: edit(
        results, lambda one: one["spec"]["tasks"][0].update(decides="mcc")
    ),
    "other code": lambda results: edit(results, lambda one: one.update(code="0")),
    "other packages": lambda results: edit(results, lambda one: one["packages"].update(torch="1.0")),
    "another precision": lambda results: edit(results, lambda one: one.update(precision="bf16")),
    "older than its data": touch_data,
}


@pytest.mark.parametrize("unfit", UNFIT)
def test_a_run_that_is_unlike_or_damaged_is_left_out_and_stops_nothing(results, unfit):
    for path in results.rglob("run.json"):
        write_json(path, read_json(path) | {"precision": "fp32"})
    expected = of_model(answer(results))
    put(results, OTHER, 0.9, precision="fp32")
    assert [*of_model(answer(results))["extra"]] == ["+".join(OTHER)]
    UNFIT[unfit](results)
    assert of_model(answer(results)) == expected


@pytest.mark.parametrize("members", [("a", "b"), ("a", "p", "z"), ("a@p-keep0.5", "b", "p"), ("p@repeat2",)])
def test_sets_that_are_no_trial_of_the_task_in_its_suite_are_left_out(results, members, monkeypatch):
    monkeypatch.setitem(TASKS, "z", yes_no("z"))
    put(results, members, 0.9)
    assert of_model(answer(results))["extra"] == {}


def test_a_set_with_a_long_name_is_found_by_its_record(results, monkeypatch):
    monkeypatch.setattr("gradts.members.MAX_NAME_BYTES", 5)
    for members in (*design(), OTHER):
        put(results, members, score(members))
    assert len([*(results / "runs/tiny").glob("set-*")]) > 2
    assert [*of_model(answer(results))["extra"]] == ["+".join(OTHER)]
