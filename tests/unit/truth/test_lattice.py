"""Which sets the truth measures, and what every task scores in them."""

import csv
from itertools import combinations
from math import comb

import numpy as np
import pytest

from gradts.artifacts import ArtifactError
from gradts.names import InputError
from gradts.truth.lattice import MOST, TruthSpec, lattice
from gradts.truth.scores import measure, read_truth
from tests.conftest import yes_no
from tests.unit.by_hand import put_run

FIVE = ["e", "c", "a", "d", "b"]


def subsets(tasks: str, *sizes: int) -> set[str]:
    return {"".join(one) for size in sizes for one in combinations(tasks, size)}


def spelled(kinds: list, tasks: list[str] = FIVE) -> list[str]:
    return ["".join(one) for one in lattice(kinds, tasks, "here")]


@pytest.mark.parametrize(
    ("kinds", "sizes"),
    [
        (["all"], (1, 2, 3, 4, 5)),
        (["pairs"], (1, 2, 5)),
        ([{"up_to": 3}], (1, 2, 3, 5)),
        ([{"up_to": 1}], (1, 5)),
        ([{"random": 99, "size": 4}], (1, 4, 5)),
        ([{"random": 4, "size": 4}, "pairs", {"random": 9, "size": 4}], (1, 2, 4, 5)),
    ],
)
def test_a_lattice_is_the_union_of_its_kinds_with_every_task_alone_and_all(kinds, sizes):
    found = spelled(kinds)
    assert sorted(found) == sorted(subsets("abcde", *sizes))  # and no set twice
    assert [len(one) for one in found] == sorted(map(len, found))


def test_random_sets_hang_on_their_names_alone():
    def of_three(number: int, *more, tasks=FIVE) -> set[str]:
        return {one for one in spelled([{"random": number, "size": 3}, *more], tasks) if len(one) == 3}

    found = of_three(4)
    assert len(found) == 4
    assert of_three(4, "pairs", tasks=sorted(FIVE)) == found
    assert found < of_three(6)  # so a longer draw makes only what is new
    seen = set().union(*(of_three(4, tasks=[*names]) for names in ("abcdf", "bcdef", "abcde")))
    assert len(seen) > 6


@pytest.mark.parametrize(
    ("kinds", "number"),
    [
        (["all"], 16_383),
        ([{"up_to": 5}], sum(comb(14, size) for size in range(1, 6))),
        ([{"random": 1000, "size": 7}, "pairs"], 1000 + 91),
    ],
)
def test_too_many_sets_are_refused_with_their_number_and_the_way_out(kinds, number):
    tasks = [f"t{place}" for place in range(14)]
    with pytest.raises(InputError, match=rf"config: truth: {number:,} sets of 14 tasks.*give \{{up_to: 2\}}"):
        lattice(kinds, tasks, "config: truth")
    assert len(lattice(["all"], tasks[:10], "")) == MOST == 1023
    assert len(lattice([{"random": 1023, "size": 7}], tasks, "")) == 1023 + 15


@pytest.mark.parametrize("kind", [{"up_to": 6}, {"random": 1, "size": 6}])
def test_a_set_of_more_tasks_than_there_are_is_refused(kind):
    with pytest.raises(InputError, match="here: sets of 6, but there are 5 tasks; give a smaller size"):
        lattice([kind], FIVE, "here")


SPEC = TruthSpec("toy", [yes_no("one"), yes_no("two", "mcc")], "tiny", ["all"], [1, 3], "select")
# Set, seed, task → what it scores after two epochs, on select and on both parts of dev.
RUNS = {
    ("one", 1, "one"): ([0.2, 0.7], [0.9, 0.4], [0.1, 0.2]),  # the second epoch is best on select
    ("one", 3, "one"): ([0.7, 0.7], [0.5, 0.6], [0.3, 0.4]),  # the first of equal ones
    ("two", 1, "two"): ([0.1, 0.0], [0.3, 0.8], [0.0, 0.0]),
    ("two", 3, "two"): ([float("nan")] * 2, [float("nan")] * 2, [0.0, 0.0]),
    ("one+two", 1, "one"): ([0.1, 0.2], [0.5, 0.55], [0.7, 0.75]),
    ("one+two", 3, "one"): ([0.3, 0.2], [0.6, 0.65], [0.8, 0.85]),
    ("one+two", 1, "two"): ([0.1, 0.2], [0.15, 0.25], [0.35, 0.45]),
    ("one+two", 3, "two"): ([0.2, 0.1], [0.11, 0.12], [0.13, 0.14]),
}
METRICS = {"one": "accuracy", "two": "mcc"}


@pytest.fixture
def truth(tmp_path) -> str:
    """The truth of the runs above, as CSV."""
    for members, seed in dict.fromkeys(key[:2] for key in RUNS):
        scores = {}
        for task in members.split("+"):
            of_task = zip(("select", "dev_a", "dev_b"), RUNS[members, seed, task], strict=True)
            scores |= {f"{task} {split} {METRICS[task]}": values for split, values in of_task}
        put_run(tmp_path, members.split("+"), scores, seed)
    path = str(tmp_path / "truth/tiny/toy.csv")
    measure(SPEC, str(tmp_path), path)
    return path


def test_the_truth_is_the_score_at_the_epoch_that_select_decides(truth):
    with open(truth, newline="") as file:
        rows = [*csv.DictReader(file)]
    assert len(rows) == 8 * 3  # a set, seed and task, and its splits
    mine = [row for row in rows if (row["members"], row["seed"], row["task"]) == ("one", "1", "one")]
    assert [(row["split"], row["metric"], row["score"]) for row in mine] == [
        ("select", "accuracy", "0.7"),
        ("dev_a", "accuracy", "0.4"),
        ("dev_b", "accuracy", "0.2"),
    ]
    found = read_truth(truth, SPEC)
    assert {task: [*sets] for task, sets in found.items()} == {
        "one": ["one", "one+two"],
        "two": ["two", "one+two"],
    }
    np.testing.assert_array_equal(found["one"]["one"], [[0.4, 0.2], [0.5, 0.3]])  # [seeds, splits]
    np.testing.assert_array_equal(found["one"]["one+two"], [[0.55, 0.75], [0.6, 0.8]])
    np.testing.assert_array_equal(found["two"]["one+two"], [[0.25, 0.45], [0.11, 0.13]])
    assert np.isnan(found["two"]["two"][1, 0])


def test_another_or_an_incomplete_truth_is_refused(truth):
    other = TruthSpec("toy", SPEC.tasks, "tiny", ["all"], [1, 2], "select")
    with pytest.raises(ArtifactError, match=r"spec.seeds = \[1, 3\], this run needs \[1, 2\]"):
        read_truth(truth, other)
    with open(truth) as file:
        lines = [line.replace("one+two,3,two,dev_b", "one+two,3,two,select") for line in file]
    with open(truth, "w") as file:
        file.writelines(lines)
    with pytest.raises(
        ArtifactError, match=r"has no score of two in one\+two under every seed; remake it with"
    ):
        read_truth(truth, SPEC)
