"""Every selector on a toy of three candidates with a fake scorer, against values computed by hand."""

import json
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from gradts.artifacts import digest, write_json, write_table
from gradts.selection.autosem import mixed, useful
from gradts.selection.decide import select, tuning_sets
from gradts.selection.evidence import FILES, Enough, Evidence, finished
from gradts.selection.heuristics import at_random, by_length, by_size, of_type
from gradts.selection.selectors import SELECTORS, selector
from gradts.selection.specs import SelectionSpec, TuningSpec
from gradts.specs import InputError, Member, Task, members_name
from gradts.training.record import Score, write_record

TASK = Task("p", "classification", ["no", "yes"], ["accuracy"], "accuracy")
TAU = {"p": 1.0, "a": 0.2, "b": 0.6, "c": 0.4}
# rows, mean length, type
FACTS = {"p": (50, 9.0, "pair"), "a": (80, 20.0, "pair"), "b": (10, 9.5, "single"), "c": (80, 7.0, "pair")}
# The set b+c is best, and a spoils it.
SCORES = {"": 0.5, "b": 0.6, "b c": 0.7, "a b c": 0.4, "a": 0.5, "a c": 0.8, "c": 0.5}


def spec(method: str, **changes) -> SelectionSpec:
    fields = {
        "method": method,
        "primary": TASK,
        "suite": "toy",
        "candidates": ["a", "b", "c"],
        "backend": "tiny",
        "seeds": [1, 2],
        "decide_on": "select",
        "primary_alone": True,
        "train_fraction": 1.0,
    }
    return SelectionSpec(**{**fields, **changes})


def put(results: Path, kind: str, text: str, **fields) -> None:
    known = {"backend": "tiny", "suite": "toy", "primary": "p", **fields}
    path = results / FILES[kind].format(**known)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def results(tmp_path) -> Path:
    """Everything that the selectors may ask for, written by hand."""
    matrix = "".join(f"{row},{','.join(str(TAU[c] if row == 'p' else 1.0) for c in TAU)}\n" for row in TAU)
    put(tmp_path, "correlation", f"task,{','.join(TAU)}\n{matrix}")
    rows = "".join(f"{task},{','.join(map(str, facts))}\n" for task, facts in FACTS.items())
    put(tmp_path, "statistics", f"task,train,mean_length,type\n{rows}")
    for chosen, value in SCORES.items():
        members = members_name([Member("p"), *map(Member, chosen.split())])
        for seed, shift in ((1, -0.05), (2, 0.05)):
            path = tmp_path / FILES["run"].format(backend="tiny", members=members, seed=seed)
            write_record(path, [Score(1, "p", "select", "accuracy", value + shift)])
            run = {"members": members.split("+"), "backend": {"name": "tiny"}, "seed": seed}
            write_json(path.with_name("run.json"), {"spec": run, "metrics_sha256": digest(path)})
    made = {"spec": {"primary": {"name": "p"}, "backend": {"name": "tiny"}}}
    put(tmp_path, "bandit", json.dumps(made | {"utilities": {"p": 0.9, "a": 0.5, "b": 0.51, "c": 0.7}}))
    put(tmp_path, "mixing", json.dumps(made | {"ratios": {"p": 2, "b": 0, "c": 3}}))
    made = {"spec": {"primary": {"name": "p"}, "backend": "tiny", "suite": "toy", "method": "gradts-trial"}}
    made |= {"auxiliaries": {"b": 1.0, "c": 1.0}, "members": ["b", "c", "p"]}
    put(tmp_path, "answer", json.dumps(made), method="gradts-trial")
    for task, tau in (("b", [0.1, 0.5, math.nan, 0.3]), ("c", [-0.2, 0.0, 0.1, 0.2])):
        path = tmp_path / FILES["tau"].format(backend="tiny", primary="p", auxiliary=task)
        made = {
            "auxiliary": {"task": {"name": task}, "backend": {"name": "tiny"}},
            "primary": {"task": {"name": "p"}},
        }
        write_table(path, pa.table({"instance": range(4), "tau": tau}), {"spec": made})
    return tmp_path


def answer(method: str, results: Path, **changes) -> dict:
    select(spec(method, **changes), results, results / "answer.json")
    return json.loads((results / "answer.json").read_text())


EXPECTED = {
    "single-task": {},
    "no-sel": {"a": 1, "b": 1, "c": 1},
    "gradts-trial": {"b": 1, "c": 1},  # 0.5, 0.6, 0.7, then 0.4 falls
    "gradts-thres": {"b": 1, "c": 1},  # τ ≥ 0.3
    "gradts-fg": {"b": 0.5, "c": 0},  # τ ≥ 0.3 keeps two of b's four instances and none of c's
    "heu-size": {"a": 1, "c": 1},  # a (name before c), a+c, then all falls
    "heu-len": {"b": 1, "c": 1},  # |9.5-9|, |7-9|, |20-9|
    "heu-type": {"a": 1, "c": 1},
    "autosem-p1": {"c": 1, "b": 1},  # above 0.5, which a is not
    "autosem": {"c": 1},  # three batches for every two of p; b's ratio is 0
}


@pytest.mark.parametrize("method", EXPECTED)
def test_answers(results, method):
    found = answer(method, results, threshold=0.3)
    assert found["auxiliaries"] == EXPECTED[method]
    assert set(EXPECTED) | {"random-k"} == set(SELECTORS)


def test_what_the_answers_train(results):
    assert answer("gradts-fg", results, threshold=0.3)["members"] == ["b@p-0.3", "p"]
    assert answer("autosem", results)["members"] == ["c@p-ratio1.5", "p"]
    assert answer("gradts-trial", results)["evidence"][1] == {"auxiliaries": ["b"], "score": 0.6}


def test_random_sets_have_the_size_of_gradts_trial(results):
    draws = [answer(f"random-k-{draw}", results)["members"] for draw in range(1, 9)]
    assert {len(members) for members in draws} == {3}
    assert len({tuple(members) for members in draws}) == 3  # all pairs of a, b, c come up
    assert draws[0] == answer("random-k-1", results)["members"]


def test_the_graph_learns_which_files_are_needed(results):
    asked = []

    def find(kind, fields):
        asked.append(kind)
        return finished(results)(kind, fields)

    known = Evidence(spec("gradts-fg", threshold=0.3), find, to_the_end=False)
    with pytest.raises(Enough):
        selector("gradts-fg")(known)
    assert asked == ["answer", "tau", "tau"]


def test_tuning_compares_sets_on_the_tuning_tasks(results):
    grid = [{"keep": 0.34}, {"keep": 1.0}]
    one = spec("gradts-thres", threshold={"tune": {"grid": grid, "tasks": ["p"]}})
    sets = tuning_sets(TuningSpec("gradts-thres", grid, [one]), [Evidence(one, finished(results))])
    assert [[str(member) for member in row[0]] for row in sets] == [["p", "b"], ["p", "b", "c", "a"]]


def test_orders_of_the_heuristics():
    assert by_size({"p": 1, "z": 5, "y": 5, "x": 9}, "p") == ["x", "y", "z"]
    assert by_length({"p": 4.0, "b": 5.0, "a": 3.0, "c": 4.0}, "p") == ["c", "a", "b"]
    assert of_type({"p": None, "a": None}, "p") == []
    assert at_random(["b", "a"], 0, "p", 1) == []


def test_utilities_and_ratios():
    assert useful({"p": 0.9, "b": 0.6, "a": 0.6, "c": 0.5}, "p", 0.5) == ["a", "b"]
    assert mixed("p", {"p": 2, "a": 4}) == mixed("p", {"p": 1, "a": 2})
    with pytest.raises(InputError, match="primary task 'p' must be at least 1"):
        mixed("p", {"p": 0, "a": 0})


def test_a_primary_task_is_not_its_own_auxiliary():
    with pytest.raises(InputError, match="'p' is its own auxiliary; leave it out"):
        spec("gradts-trial", candidates=["a", "p"])


def test_unknown_methods_are_named():
    with pytest.raises(InputError, match="'gradts-trail' is no method of selection; did you mean"):
        selector("gradts-trail")


def test_answers_of_several_seeds_use_their_mean(results):
    known = Evidence(spec("gradts-trial"), finished(results))
    assert known.score(["b"]) == pytest.approx(np.mean([0.55, 0.65]))
