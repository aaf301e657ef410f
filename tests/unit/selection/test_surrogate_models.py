"""Random sets, and the models that are fitted to them, against closed forms, refits and simulations."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from gradts.selection import surrogate
from gradts.selection.surrogate import best_set, designed, rbf, ridge
from tests.unit.selection.refits import by_kernel, closed_form, leave_one_out, linear

SIX = tuple("abcdef")


def test_sets_are_random_and_follow_from_names_alone():
    sets = designed(SIX, None, 0.5)
    assert len(sets) == len({*sets}) == 24
    assert all(1 < len(one) < 6 and one == tuple(sorted(one)) for one in sets)
    assert designed(SIX[::-1], None, 0.5) == sets
    assert designed(SIX, 10, 0.5) == sets[:10]
    assert [designed(SIX, number, 0.5)[:24] for number in (30, 56)] == [sets, sets]


@pytest.mark.parametrize(("tasks", "all_there_are"), [(2, 0), (3, 3), (4, 10), (6, 56)])
def test_there_are_never_more_sets_than_there_are(tasks, all_there_are):
    assert len(designed(SIX[:tasks], 1000, 0.5)) == all_there_are


def test_a_lopsided_share_ends_with_fewer_sets():
    assert 6 <= len(designed(SIX, 56, 0.1)) < 56


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_every_task_is_in_its_share_of_the_sets(share):
    tasks = tuple(f"task{number}" for number in range(40))
    sets = designed(tasks, 400, share)
    counts = [sum(task in one for one in sets) for task in tasks]
    assert np.mean(counts) == pytest.approx(400 * share, rel=0.05)
    # A binomial's deviation is 8 to 10.
    assert max(abs(count - 400 * share) for count in counts) < 40


def test_an_added_task_leaves_the_sets_that_it_is_not_in():
    before, after = designed(SIX, 24, 0.5), designed((*SIX, "new"), 48, 0.5)
    kept = [one for one in after if "new" not in one and one in before]
    assert len(kept) >= 8
    assert {tuple(task for task in one if task != "new") for one in after} >= {*before}


def rows_of(candidates: int, rows: int, noise: float = 0.5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Random indicators, and scores of a linear model with noise."""
    random = np.random.default_rng(seed)
    x = (random.random((rows, candidates)) < 0.5).astype(float)
    return x, 70 + x @ np.linspace(-2, 2, candidates) + noise * random.normal(size=rows)


@pytest.mark.parametrize(("model", "foretold"), [(ridge, linear), (rbf, by_kernel)])
@pytest.mark.parametrize("tested", [14, 9])
def test_settings_are_those_of_the_least_error_by_refits(model, foretold, tested):
    x, y = rows_of(5, 14)
    found = model(x, y, tested)
    r2, setting = leave_one_out(x, y, tested, foretold)
    assert found.r2 == pytest.approx(r2)
    assert tuple(found.setting.values()) == setting


def test_coefficients_are_those_of_ridge_regression_where_the_threshold_keeps_them():
    x, y = rows_of(5, 14)
    found = ridge(x, y, 14)
    full = closed_form(x, y, found.setting["penalty"])
    small = np.abs(full) < found.setting["threshold"] * y.std()
    assert found.coefficients == pytest.approx(np.where(small, 0, full))
    assert [*found.chosen] == [*(found.coefficients > 0)]


def test_much_data_gives_the_coefficients_that_least_squares_finds():
    x, y = rows_of(4, 150, noise=0.01)
    known, *_ = np.linalg.lstsq(np.column_stack([np.ones(len(x)), x]), y)
    found = ridge(x, y, 20)
    assert found.setting["penalty"] == min(surrogate.PENALTIES)
    assert found.coefficients == pytest.approx(known[1:], abs=0.02)
    assert [*found.chosen] == [False, False, True, True]
    assert [*rbf(x[:40], y[:40], 10).chosen] == [False, False, True, True]


@pytest.mark.parametrize("model", [ridge, rbf])
def test_scores_and_their_differences_from_alone_choose_the_same_in_any_unit(model):
    """The intercept takes up the score alone, and thresholds are in deviations."""
    x, y = rows_of(5, 14)
    first, others = model(x, y, 14), [model(x, y - y[0], 14), model(x, y / 100, 14)]
    for other, scale in zip(others, (1, 100), strict=True):
        assert other.coefficients * scale == pytest.approx(first.coefficients)
        assert (other.r2, other.chance) == pytest.approx((first.r2, first.chance))
        assert other.setting == first.setting


def test_a_kernel_sees_that_two_tasks_help_together_alone():
    """Each alone harms a little, so that none has a place in a linear model's set without the other."""
    x = np.array([*itertools.product((0.0, 1.0), repeat=4)])
    y = 4 * x[:, 0] * x[:, 1] - 1.5 * x[:, 0] - 1.5 * x[:, 1] - x[:, 2] - x[:, 3] / 2
    found = rbf(x, y, len(x))
    assert found.tells
    assert [*found.chosen] == [True, True, False, False]
    # What each gains at the chosen set.
    assert (found.coefficients > 0).tolist() == [True, True, False, False]


def test_the_best_set_of_many_candidates_is_found_by_single_changes(monkeypatch):
    values = np.array([3.0, -1, 2, -2, 0.5])

    def predict(sets: np.ndarray) -> np.ndarray:
        together = sets[:, 0] * sets[:, 2]  # the two are worth less together than the first
        return sets @ values - 4 * together

    exact = best_set(predict, 5)
    monkeypatch.setattr(surrogate, "ALL", 4)
    assert [*best_set(predict, 5)] == [*exact] == [1, 0, 0, 0, 1]


def test_a_change_is_taken_back_where_it_no_longer_gains(monkeypatch):
    """The first is the best alone, the others are better without it."""
    monkeypatch.setattr(surrogate, "ALL", 0)
    table = {"000": 0, "100": 3, "010": 2, "001": 1, "110": 4, "101": 2, "111": 5, "011": 6}

    def predict(sets: np.ndarray) -> np.ndarray:
        return np.array([float(table["".join(f"{one:.0f}" for one in row)]) for row in sets])

    assert [*best_set(predict, 3)] == [0, 1, 1]


def test_of_sets_that_tie_the_smallest_is_best():
    assert [*best_set(lambda sets: np.ones(len(sets)), 3)] == [0, 0, 0]


def simulated(suites: int, effect: float) -> tuple[float, float]:
    """Share of simulated suites of six tasks and 24 sets that are told, and of right signs in these.

    Every candidate brings `effect`, or takes it; the noise of a set's score is 1.
    """
    random, told, right = np.random.default_rng(0), [], []
    for number in range(suites):
        primary = SIX[number % 6]
        candidates = [task for task in SIX if task != primary]
        sets = [(primary,), SIX, *(one for one in designed(SIX, 24, 0.5) if primary in one)]
        x = np.array([[task in one for task in candidates] for one in sets], dtype=float)
        signs = random.choice([-1, 1], size=5)
        found = ridge(x, effect * x @ signs + random.normal(size=len(x)), len(x))
        told.append(found.tells)
        right += [*(found.chosen == (signs > 0))] if found.tells else []
    return float(np.mean(told)), float(np.mean(right or [math.nan]))


def test_noise_is_seldom_taken_for_evidence():
    told, _ = simulated(40, effect=0)
    assert told <= 0.1


def test_real_effects_are_told_and_have_the_right_sign():
    told, right = simulated(20, effect=2)
    assert told >= 0.8
    assert right >= 0.95


def test_r2_that_shuffled_scores_reach_tells_nothing():
    found = ridge(*rows_of(5, 14), 14)
    assert found.tells
    assert not replace(found, r2=found.chance).tells
    assert not replace(found, r2=0.0, chance=-0.5).tells
    assert not replace(found, r2=1e-16, chance=0.0).tells
