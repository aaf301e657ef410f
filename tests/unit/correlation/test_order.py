"""The order of tasks by likeness, against trees that are drawn by hand."""

import math
from itertools import pairwise, permutations

import numpy as np
import pytest

from gradts.correlation.order import leaf_order

NAN = math.nan


def square(names: str, tau: dict[str, float], own: float = 1.0) -> dict[str, dict[str, float]]:
    """Task → task → τ of pairs by their letters, 0 where none is given."""
    return {
        one: {
            other: own if one == other else tau.get(one + other, tau.get(other + one, 0)) for other in names
        }
        for one in names
    }


# a and d join first, then b and c, then both: of the four ends that could meet, d and c are most alike.
FOUR = {"ad": 0.9, "bc": 0.8, "cd": 0.3, "ac": 0.2, "bd": 0.1}


def test_like_tasks_stand_beside_each_other():
    assert leaf_order(square("abcd", FOUR)) == ["a", "d", "c", "b"]


def test_the_order_is_that_of_the_tasks_however_they_are_listed():
    orders = {tuple(leaf_order(square("".join(names), FOUR))) for names in permutations("abcd")}
    assert len(orders) == 1
    ties = {tuple(leaf_order(square("".join(names), {}))) for names in permutations("abcd")}
    assert len(ties) == 1


def test_of_both_directions_it_is_that_which_begins_with_the_earlier_name():
    # c and d join first; a is more like c: d, c, a or a, c, d.
    assert leaf_order(square("acd", {"cd": 0.9, "ac": 0.5, "ad": 0.1})) == ["a", "c", "d"]
    assert leaf_order(square("bcz", {"bc": 0.9, "cz": 0.1, "bz": 0.5})) == ["c", "b", "z"]


@pytest.mark.parametrize("names", ["", "a", "ab", "ba"])
def test_of_two_tasks_it_is_that_of_their_names(names):
    assert leaf_order(square(names, {"ab": -0.5})) == sorted(names)


@pytest.mark.parametrize("own", [1.0, NAN])
def test_tasks_without_a_ranking_stand_behind_the_others(own):
    tau = FOUR | dict.fromkeys(("xa", "xb", "xc", "xd", "Ax", "Aa", "Ab", "Ac", "Ad"), NAN)
    found = square("xbAdca", tau)
    found["x"]["x"] = found["A"]["A"] = own
    assert leaf_order(found) == ["a", "d", "c", "b", "A", "x"]


def test_a_pair_without_a_value_is_as_far_apart_as_can_be():
    assert leaf_order(square("abc", {"ab": NAN, "ac": 0.1, "bc": 0.1})) == ["a", "c", "b"]
    assert leaf_order(square("ab", {"ab": NAN})) == ["a", "b"]


def test_planted_groups_are_found_among_many_tasks():
    random = np.random.default_rng(3)
    groups = random.permutation(np.repeat(range(6), 10))
    noise = random.uniform(-0.2, 0.2, (60, 60))
    tau = np.where(groups[:, None] == groups, 0.7, 0.1) + (noise + noise.T) / 2
    names = [f"t{place:02}" for place in range(60)]
    order = leaf_order({one: dict(zip(names, row, strict=True)) for one, row in zip(names, tau, strict=True)})
    assert sorted(order) == names
    of = [groups[names.index(name)] for name in order]
    assert sum(one != other for one, other in pairwise(of)) == 5
