"""Selection by hand-made scores and correlations."""

import math

import pytest

from gradts.members import Member, Subset, share_of
from gradts.selection.gradts import best_threshold, greedy, instances_above, rank, tasks_above

ROW = {"p": 1.0, "a": 0.5, "b": 0.7, "c": 0.5, "d": math.nan, "e": -0.1}


def test_ranking_breaks_ties_by_name_and_leaves_out_nan():
    assert rank(ROW, "p") == ["b", "a", "c", "e"]


@pytest.mark.parametrize(
    ("scores", "primary_alone", "chosen", "tried"),
    [
        ([0.5, 0.6, 0.7, 0.6], True, "ab", 4),  # stops at the fall, keeps the step before
        ([0.5, 0.5, 0.5, 0.5], True, "abc", 4),  # equal scores go on
        ([0.5, 0.4, 0.9, 0.9], True, "", 2),  # nothing helps: no auxiliary task
        ([0.5, 0.6, 0.7, 0.8], True, "abc", 4),  # all accepted
        ([0.9, 0.4, 0.3, 0.9], False, "a", 2),  # described: step 0 is no candidate
        ([0.5, math.nan, 0.9, 0.9], True, "", 2),  # an undefined score is below every other: a fall
        ([math.nan, 0.9, 0.95, 0.9], True, "ab", 4),  # nothing to fall from: on to what is defined
        ([math.nan, math.nan, 0.1, math.nan], True, "ab", 4),
        ([0.9, math.nan, 0.4, 0.3], False, "ab", 3),
        ([math.nan] * 4, True, "", 4),  # never chosen
        ([math.nan] * 4, False, "", 3),
    ],
)
def test_greedy(scores, primary_alone, chosen, tried):
    trial = greedy("abc", lambda tasks: scores[len(tasks)], primary_alone=primary_alone)
    assert "".join(trial.chosen) == chosen
    assert len(trial.steps) == tried


def test_greedy_asks_only_for_what_it_needs():
    class NotYet(Exception):
        pass

    asked = []

    def score(tasks):
        asked.append(tasks)
        if len(tasks) == 1:
            raise NotYet
        return 0.5

    with pytest.raises(NotYet):
        greedy("abc", score, primary_alone=True)
    assert asked == [(), ("a",)]


def test_thresholds_for_tasks():
    assert tasks_above(ROW, "p", 0.5) == ("b", "a", "c")
    assert tasks_above(ROW, "p", 0.9) == ()
    assert tasks_above(ROW, "p", {"keep": 0.5}) == ("b", "a")


@pytest.mark.parametrize(
    ("threshold", "spelled"),
    [(0.42, "a@p-0.42-sample0.1"), ({"keep": 0.6}, "a@p-keep0.6-sample0.1"), ({"keep": 1}, "a@sample0.1")],
)
def test_filters_for_instances_of_a_sample(threshold, spelled):
    assert str(instances_above("a", "p", threshold, Subset("sample", 0.1))) == spelled


def test_filters_for_instances():
    assert instances_above("a", "p", 0.42) == Member("a", Subset("tau", 0.42, "p"))
    assert instances_above("a", "p", {"keep": 0.6}) == Member("a", Subset("keep", 0.6, "p"))
    assert instances_above("a", "p", {"keep": 1.0}) == Member("a")  # shares GradTS-trial's run


NAN = math.nan


@pytest.mark.parametrize(
    ("scores", "best"),  # scores: a row a threshold, a column a task
    [
        ([[0.25, 0.5], [0.5, 0.25], [0.25, 0.25]], 0),  # the first of a tie
        ([[NAN, 0.1], [NAN, 0.3], [NAN, 0.2]], 1),  # a task that is never defined has no say
        ([[NAN, 0.9], [0.1, 0.1]], 0),  # counts as its lowest: 0.1 + 0.9 against 0.1 + 0.1
        ([[NAN, 0.5], [0.2, 0.4], [0.6, 0.4]], 2),  # 0.7, 0.6, 1.0
        ([[NAN, 0.5], [0.2, NAN], [0.3, 0.1]], 0),  # 0.7, 0.3, 0.4
        ([[NAN], [0.5]], 1),  # what is measured, not what stands in for it
        ([[NAN, NAN], [NAN, NAN]], 0),
    ],
)
def test_tuning_takes_the_first_best_mean(scores, best):
    assert best_threshold(scores) == best


def test_a_half_is_rounded_up_whatever_the_number():
    counts = [share_of(count, 0.5) for count in range(1, 10)]
    assert counts == [1, 1, 2, 2, 3, 3, 4, 4, 5]
    correlation = {"p": 1.0, "a": 0.2, "b": 0.1, "c": 0.3}
    assert tasks_above({"p": 1.0, "a": 0.2}, "p", {"keep": 0.5}) == ("a",)
    assert tasks_above(correlation, "p", {"keep": 0.5}) == ("c", "a")
