"""The ranking, the trials and the costs that an advice tells."""

from dataclasses import replace

import pytest

from gradts.artifacts import read_json
from gradts.layout import below
from gradts.reporting.advice import costs_of, evidence
from tests.unit.by_hand import (
    put_answer,
)
from tests.unit.reporting.advising import PLACE, SPEC, TRIALS, made, put_costly, put_ranking
from tests.unit.reporting.markdown import tables


def test_the_ranking_has_intervals_and_what_was_tried(tmp_path):
    reads = put_ranking(tmp_path)
    put_answer(tmp_path, "gradts-trial", "p", {"b": 1.0}, reads=reads, evidence=TRIALS)
    answer = read_json(below(tmp_path, "answer", **PLACE, method="gradts-trial", primary="p"))
    assert evidence(SPEC, str(tmp_path), answer) == {
        "ranking": [
            {"task": "b", "share": 1.0, "tau": 0.6, "low": 0.5, "high": 0.7},
            {"task": "c", "share": 0.0, "tau": 0.4, "low": None, "high": None},
            {"task": "a", "share": 0.0, "tau": 0.2, "low": 0.1, "high": 0.3},
        ],
        "trials": TRIALS,
    }


def test_a_filter_has_the_trials_that_it_rests_on(tmp_path):
    reads = put_ranking(tmp_path)
    trial = put_answer(tmp_path, "gradts-trial", "p", {"b": 1.0}, reads=reads, evidence=TRIALS)
    kept = [{"task": "b", "kept": 6, "instances": 10}]
    put_answer(tmp_path, "gradts-fg", "p", {"b": 0.6}, reads=[trial], evidence=kept)
    answer = read_json(below(tmp_path, "answer", **PLACE, method="gradts-fg", primary="p"))
    found = evidence(replace(SPEC, method="gradts-fg"), str(tmp_path), answer)
    assert found["trials"] == TRIALS
    assert found["ranking"][0] == {
        **kept[0],
        "share": 0.6,
        "tau": 0.6,
        "low": 0.5,
        "high": 0.7,
    }


def test_trials_under_a_rule_of_their_own_are_shown_as_gradts_trials(tmp_path):
    """With what the rule weighed; those under another rule are not."""
    reads, weighed = put_ranking(tmp_path), [step | {"gain": -0.1, "error": 0.2} for step in TRIALS]
    put_answer(tmp_path, "gradts-trial", "p", {"c": 1.0}, reads=reads, evidence=TRIALS[:1])
    put_answer(tmp_path, "gradts-trial-one-se", "p", {"b": 1.0}, reads=reads, evidence=weighed)
    answer = read_json(below(tmp_path, "answer", **PLACE, method="gradts-trial-one-se", primary="p"))
    found = evidence(replace(SPEC, method="gradts-trial-one-se"), str(tmp_path), answer)
    assert found["trials"] == weighed
    assert [row["tau"] for row in found["ranking"]] == [0.6, 0.4, 0.2]


LIKENESS = [{"task": task, "similarity": value} for task, value in (("c", 0.9), ("b", 0.8), ("a", -0.1))]
UTILITIES = [{"task": "a", "utility": 0.4}, {"task": "b", "utility": 0.6}, {"task": "p", "utility": 0.9}]

COEFFICIENTS = [
    {"task": task, "coefficient": value} for task, value in (("b", 0.02), ("c", 0.0), ("a", -0.1))
]


@pytest.mark.parametrize(
    ("method", "steps", "order"),
    [
        ("single-task", [], "abc"),
        ("heu-size", [{"auxiliaries": ["c", "a"], "score": 0.5}], "cab"),
        ("autosem-p1", [*UTILITIES, {"task": "c", "utility": 0.5}], "bca"),
        ("autosem", [{"ratios": {"p": 1, "a": 2}}], "abc"),
        ("textsim-trial", [*LIKENESS, {"auxiliaries": ["c"], "score": 0.5}], "cba"),
        ("surrogate", [*COEFFICIENTS, {"r2": 0.5, "sets": {"a+p": 0.5}, "extra": {}}], "bca"),
        ("esm-trial", [{"task": "b", "esm": -0.61234}, {"task": "a", "esm": -0.7}], "bac"),
        ("logme-trial", [{"task": "b", "logme": -0.5}, {"task": "c", "logme": -0.6}], "bca"),
    ],
)
def test_a_method_without_a_ranking_tells_what_it_knows(tmp_path, method, steps, order):
    put_answer(tmp_path, method, "p", {"c": 1.0}, reads=[], evidence=steps)
    answer = read_json(below(tmp_path, "answer", **PLACE, method=method, primary="p"))
    found = evidence(replace(SPEC, method=method), str(tmp_path), answer)["ranking"]
    assert "".join(row["task"] for row in found) == order
    assert not any("tau" in row for row in found)
    for key in ("utility", "similarity", "esm", "logme", "coefficient"):
        known = {step["task"]: step[key] for step in steps if key in step}
        assert all(row.get(key) == known.get(row["task"]) for row in found)


@pytest.mark.parametrize(
    ("name", "method", "values", "told"),
    [
        ("similarity", "textsim-trial", [0.9, 0.8, -0.1], ["0.90", "0.80", "-0.10"]),
        ("esm", "esm-trial", [-0.61234, -0.6128, -0.7], ["-0.6123", "-0.6128", "-0.7000"]),
        ("logme", "logme-trial", [2, 1, 0.5], ["2.0000", "1.0000", "0.5000"]),
        ("logme", "logme-trial", [2, 1, None], ["2.0000", "1.0000", ""]),  # a has no value
    ],
)
def test_what_makes_the_order_is_shown(finished, name, method, values, told):
    reads = read_json(below(finished, "answer", **PLACE, method="gradts-trial", primary="p"))["reads"][1:]
    pairs = zip("cba", values, strict=True)
    steps = [{"task": task, name: value} for task, value in pairs if value is not None]
    facts = {"candidates": ["a", "b", "c"], "reads": reads, "evidence": steps}
    put_answer(finished, method, "p", {"b": 1.0}, **facts)
    _, ranked = tables(made(finished, method=method)[0])
    shown = [(row["candidate"], row[name]) for row in ranked.values()]
    assert shown == [*zip(("`c`", "`b`", "`a`"), told, strict=True)]


def test_coefficients_are_shown_in_the_unit_of_the_score(finished):
    reads = read_json(below(finished, "answer", **PLACE, method="gradts-trial", primary="p"))["reads"][1:]
    facts = {"candidates": ["a", "b", "c"], "reads": reads, "evidence": [*COEFFICIENTS, {"sets": {}}]}
    put_answer(finished, "surrogate", "p", {"b": 1.0}, **facts)
    text = made(finished, method="surrogate")[0]
    assert "## The ranking by Surrogate\n" in text
    shown = [(row["candidate"], row["coefficient"]) for row in tables(text)[1].values()]
    assert shown == [("`b`", "+0.0200"), ("`c`", "+0.0000"), ("`a`", "-0.1000")]


def test_a_method_that_ranks_nothing_shows_no_ranking(finished):
    facts = {"candidates": ["a", "b", "c"], "reads": []}
    put_answer(finished, "heu-type", "p", {"b": 1.0}, **facts)
    text = made(finished, method="heu-type")[0]
    assert "## The candidates\n" in text
    assert "The ranking by" not in text
    assert [*tables(text)[1]] == ["`a`", "`b`", "`c`"]


def test_costs_are_those_of_the_jobs_behind_and_of_further_runs(tmp_path):
    read = [
        put_costly(tmp_path, members, seconds) for members, seconds in (("p", 10), ("b+p", 20), ("a+b+p", 60))
    ]
    for members, seed, seconds in (("p", 2, 3), ("b+p", 2, 4), ("p@repeat2", 1, 5), ("p@repeat2", 2, 6)):
        put_costly(tmp_path, members, seconds, seed)
    candidates = ["a", "b", "c"]
    path = put_answer(tmp_path, "gradts-trial", "p", {"b": 1.0}, candidates=candidates, reads=read)
    sets = {"alone": [["p"]], "chosen": [["b", "p"]], "repeated": [["p@repeat2"]]}
    assert costs_of(SPEC, str(tmp_path), sets, read_json(path)) == {
        "jobs": 3,
        "seconds": 90,
        "one_more_seconds": pytest.approx((60 + (20 + 60) + 0) / 3, abs=0.1),  # of a, b and c
        "compared_jobs": 4,
        "compared_seconds": 18,
        "devices": ["cpu"],
    }


def test_what_needs_no_job_costs_nothing(tmp_path):
    path = put_answer(tmp_path, "gradts-trial", "p", candidates=["a", "b", "c"], reads=[])
    put_costly(tmp_path, "p", 3)
    found = costs_of(replace(SPEC, seeds=[1]), str(tmp_path), {"alone": [["p"]]}, read_json(path))
    assert (found["jobs"], found["seconds"], found["one_more_seconds"]) == (0, 0, 0)
    assert (found["compared_jobs"], found["compared_seconds"]) == (1, 3)
