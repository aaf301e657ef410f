"""Orders, random sets, walks, utilities and ratios: arithmetic, by hand."""

import itertools
import math

import pytest

from gradts.names import InputError
from gradts.selection.autosem import best_ratios, mixed, still, useful
from gradts.selection.heuristics import at_random, best_prefix, of_type


def test_orders_of_the_heuristics():
    assert of_type({"p": None, "a": None}, "p") == []
    assert at_random(["b", "a"], 0, "p", 1) == []


@pytest.mark.parametrize(
    ("candidates", "size", "sets"), [(4, 2, 6), (6, 1, 6), (3, 3, 1), (3, 5, 1), (3, 0, 1), (8, 3, 56)]
)
def test_no_random_set_comes_twice_before_all_have_come(candidates, size, sets):
    names = [f"t{number}" for number in range(candidates)]
    for primary in ("p", "q"):
        draws = [tuple(at_random(names, size, primary, draw)) for draw in range(1, 2 * sets + 1)]
        assert set(draws) == set(itertools.combinations(names, min(size, candidates)))
        assert draws == draws[:sets] * 2


def test_random_sets_of_many_candidates():
    names = [f"t{number:02}" for number in range(60)]
    draws = [tuple(at_random(names[::-1], 30, "p", draw)) for draw in range(1, 21)]
    assert len(set(draws)) == 20
    assert {len(set(one) & set(names)) for one in draws} == {30}
    assert draws[0] != tuple(at_random(names, 30, "q", 1))


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        ([0.5, 0.4, 0.7, 0.6], 2),  # a fall on the way does not stop the walk
        ([0.5, 0.7, 0.7, 0.7], 1),  # a tie: the smaller set
        ([0.5, math.nan, 0.6, math.nan], 2),
        ([math.nan] * 4, 0),
    ],
)
def test_the_best_prefix_of_a_walk(scores, best):
    def found(sets):
        return [scores[len(one)] for one in sets]

    assert best_prefix("abc", found, primary_alone=True).chosen == tuple("abc"[:best])


def test_where_no_set_of_a_walk_has_a_score_none_is_chosen():
    walk = best_prefix("ab", lambda sets: [math.nan] * len(sets), primary_alone=False)
    assert walk.chosen == ()
    assert [tried for tried, _ in walk.steps] == [("a",), ("a", "b")]


def test_utilities_and_ratios():
    utilities = {"p": 0.9, "b": 0.6, "a": 0.6, "c": 0.5, "d": 0.1}
    assert useful(utilities, "p", 0.5) == ["a", "b"]
    assert useful(utilities, "p", {"top": 1}) == ["a"]
    assert useful(utilities, "p", {"top": 3}) == ["a", "b", "c"]  # whatever its utility
    assert useful(utilities, "p", {"top": 9}) == ["a", "b", "c", "d"]
    assert mixed("p", {"p": 2, "a": 4}) == mixed("p", {"p": 1, "a": 2})
    with pytest.raises(InputError, match="primary task 'p' must be at least 1"):
        mixed("p", {"p": 0, "a": 0})


def test_a_game_that_never_moves_decides_nothing():
    assert still([0.5, 0.5, 0.5]) == "the primary's score never moved in a game of 3 rounds"
    assert still([0.5, 0.5, 0.6]) is None


def test_ratios_of_equal_trials():
    assert best_ratios("p", []) == ({"p": 1}, None)
    tied = [({"p": 1, "a": 2}, 0.5), ({"p": 1, "a": 1}, 0.5)]
    assert best_ratios("p", tied) == ({"p": 1}, "all 2 trials of mixing ratios scored the same")
    # of equal scores the least of auxiliary tasks: a ninth, not two for one; then the earlier trial
    trials = [({"p": 1, "a": 2}, 0.6), ({"p": 9, "a": 1}, 0.6), ({"p": 9, "a": 1, "b": 0}, 0.6)]
    assert best_ratios("p", [*trials, ({"p": 1, "a": 0}, 0.5)]) == ({"p": 9, "a": 1}, None)
