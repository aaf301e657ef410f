"""Intervals and tests against independent loops, scipy on one number an instance, and known truths."""

from itertools import product

import numpy as np
import pytest
from scipy import stats
from scipy.stats import norm

from gradts.specs import Task
from gradts.training.metrics import score
from gradts.truth import resampling, statistics
from gradts.truth.resampling import dealt
from gradts.truth.statistics import Compared, Interval, compared, holm, told
from tests.conftest import yes_no
from tests.unit.truth.arms import paired

TASK = yes_no("t")


def right(generator: np.random.Generator, rows: int, share: float) -> list[int]:
    return (generator.random(rows) < share).astype(int).tolist()


def of_rows(seed: int, rows: int, seeds: int, a: float = 0.7, b: float = 0.6) -> tuple[dict, dict]:
    """Two arms whose labels are all 1: seed → one split's answers."""
    generator = np.random.default_rng(seed)
    return tuple(
        {of: {"dev": right(generator, rows, share)} for of in range(1, seeds + 1)} for share in (a, b)
    )


# ------------------------------------------------------------------------------------------- intervals


def test_one_seed_is_scipys_bootstrap_of_its_instances():
    a, b = of_rows(0, 40, 1)
    difference, low, high, _ = paired(TASK, {"dev": [1] * 40}, a, b)
    gains = np.subtract(a[1]["dev"], b[1]["dev"])
    made = stats.bootstrap((gains,), np.mean, n_resamples=statistics.DRAWS, method="BCa", rng=statistics.SEED)
    assert difference == pytest.approx(gains.mean())
    assert (low, high) == pytest.approx(tuple(made.confidence_interval))


def test_seeds_and_instances_are_drawn_apart_and_alike_for_both_arms():
    """As a loop over the very draws: first of instances, then of seeds."""
    a, b = of_rows(1, 30, 3)
    gains = np.array([np.subtract(a[seed]["dev"], b[seed]["dev"]) for seed in a])

    def gain(rows, seeds):
        return round(np.mean([gains[seed][row] for seed, row in product(seeds, rows)]), 12)

    made = stats.bootstrap(
        (np.arange(30), np.arange(3)),
        gain,
        vectorized=False,
        n_resamples=statistics.DRAWS,
        method="BCa",
        rng=statistics.SEED,
    )
    found = paired(TASK, {"dev": [1] * 30}, a, b)
    assert found[0] == pytest.approx(gains.mean())
    assert found[1:3] == pytest.approx(tuple(made.confidence_interval))


def test_the_mean_over_splits_and_sets_is_taken_and_each_split_is_drawn_by_itself(monkeypatch):
    monkeypatch.setattr(statistics, "DRAWS", 60)
    generator = np.random.default_rng(2)
    labels = {"dev_one": right(generator, 9, 0.5), "dev_two": right(generator, 14, 0.5)}
    task = yes_no("t", "mcc")
    runs = {
        (name, seed): {split: right(generator, len(of), 0.5) for split, of in labels.items()}
        for name, seed in product("pab", (1, 2))
    }
    alone, *sets = ([(name, seed) for seed in (1, 2)] for name in "pab")

    def mean(arm, drawn, seeds):
        return np.mean(
            [
                score(
                    task, "mcc", [labels[split][i] for i in rows], [runs[one[seed]][split][i] for i in rows]
                )
                for one, seed, (split, rows) in product(arm, seeds, zip(labels, drawn, strict=True))
            ]
        )

    def gain(first, second, seeds):
        return round(mean(sets, (first, second), seeds) - mean([alone], (first, second), seeds), 12)

    samples = (np.arange(9), np.arange(14), np.arange(2))
    made = {"vectorized": False, "n_resamples": 60, "method": "BCa", "rng": statistics.SEED}
    expected = stats.bootstrap(samples, gain, **made).confidence_interval
    base, found = compared(task, "mcc", labels, runs, [[alone], sets], base=0)
    assert base.difference == Interval(0, 0, 0)
    assert np.isnan(base.p)
    assert found.difference.mean == pytest.approx(gain(*samples))
    assert found.score.mean == pytest.approx(mean(sets, samples[:2], samples[2]))
    assert found.difference[1:] == pytest.approx(tuple(expected))


def test_where_nothing_varies_the_interval_is_the_point():
    all_right = {seed: {"dev": [1] * 10} for seed in (1, 2)}
    none_right = {seed: {"dev": [0] * 10} for seed in (1, 2)}
    assert paired(TASK, {"dev": [1] * 10}, all_right, none_right)[:3] == (1, 1, 1)


def test_what_is_undefined_is_undefined():
    a, b = of_rows(0, 10, 2)
    labels, nan = {"dev": [1] * 10}, [True] * 4
    assert np.isnan(paired(TASK, labels, {**a, 2: {}}, b)).tolist() == nan
    assert np.isnan(paired(TASK, labels, a, {**b, 2: {}})).tolist() == nan
    one_row = of_rows(0, 1, 2)
    found = paired(TASK, {"dev": [1]}, *one_row)
    assert np.isnan(found).tolist() == [False, True, True, True]
    number = Task("t", "regression", [], ["pearson"], "pearson")
    constant = {1: {"dev": [1.0, 1.0, 1.0]}}
    assert np.isnan(paired(number, {"dev": [1.0, 2.0, 3.0]}, constant, constant)).tolist() == nan


def test_draws_without_a_score_leave_an_interval_of_the_others():
    """Four of 150 ratings are not 0: some draws have none of them, and no correlation."""
    ratings = [*map(float, [0] * 146), 1.0, 2.0, 3.0, 4.0]
    number, random = Task("t", "regression", [], ["pearson"], "pearson"), np.random.default_rng(3)

    def answers(noise: float) -> dict:
        return {seed: {"dev": [*np.array(ratings) + random.normal(0, noise, 150)]} for seed in (1, 2)}

    found = paired(number, {"dev": ratings}, answers(0.2), answers(2.0))
    assert not np.isnan(found).any()
    assert found[1] < found[0] < found[2]


def test_arms_of_other_seeds_are_refused():
    a, b = of_rows(0, 10, 2)
    with pytest.raises(ValueError, match=r"of other seeds: \[1, 2\] and \[1\]"):
        paired(TASK, {"dev": [1] * 10}, a, {1: b[1]})


def test_many_rows_are_drawn_in_groups_of_chance(monkeypatch):
    monkeypatch.setattr(resampling, "GROUPS", 100)
    counts = np.bincount(dealt(1050))
    assert (counts.min(), counts.max(), len(counts)) == (10, 11, 100)
    assert dealt(100).tolist() == [*range(100)]
    # Rows in order: groups of neighbours, or of every hundredth, would be unlike or all alike.
    rows = 3000
    answers = {1: {"dev": [int(row < 1200) for row in range(rows)]}}
    nothing = {1: {"dev": [0] * rows}}
    difference, low, high, _ = paired(TASK, {"dev": [1] * rows}, answers, nothing)
    half = norm.ppf(0.975) * np.sqrt(0.4 * 0.6 / rows)
    assert (difference, low, high) == pytest.approx((0.4, 0.4 - half, 0.4 + half), abs=half / 4)


# ------------------------------------------------------------------------------------------------ tests


def test_a_share_of_rows_is_tested_by_flipping_signs_of_instances():
    a, b = of_rows(3, 30, 2)
    gains = np.mean([np.subtract(a[seed]["dev"], b[seed]["dev"]) for seed in a], axis=0)
    made = stats.permutation_test(
        (gains,),
        lambda x, axis: x.mean(axis),
        permutation_type="samples",
        n_resamples=statistics.FLIPS,
        rng=statistics.SEED,
    )
    p = paired(TASK, {"dev": [1] * 30}, a, b)[3]
    assert 0.001 < p < 0.9
    assert p == pytest.approx(made.pvalue)


@pytest.mark.parametrize("metric", ["f1", "mcc"])
def test_few_instances_are_tested_exactly_by_swapping_answers(metric):
    generator = np.random.default_rng(4)
    labels = right(generator, 8, 0.5)
    a, b = ({seed: {"dev": right(generator, 8, 0.5)} for seed in (1, 2)} for _ in "ab")
    task = yes_no("t", metric)

    def gain(swaps) -> float:
        return np.mean(
            [
                score(task, metric, labels, [(x, y)[s] for x, y, s in zip(*both, swaps, strict=True)])
                - score(task, metric, labels, [(y, x)[s] for x, y, s in zip(*both, swaps, strict=True)])
                for both in ((a[seed]["dev"], b[seed]["dev"]) for seed in a)
            ]
        )

    null = np.array([gain(swaps) for swaps in product((0, 1), repeat=8)])
    one_sided = min(np.mean(null >= null[0] - 1e-12), np.mean(null <= null[0] + 1e-12))
    difference, _, _, p = paired(task, {"dev": labels}, a, b)
    assert difference == pytest.approx(null[0])
    assert p == pytest.approx(min(1, 2 * one_sided))


def test_p_is_never_nothing():
    rows = 40
    a, b = ({1: {"dev": [answer] * rows}} for answer in (1, 0))
    assert paired(TASK, {"dev": [1] * rows}, a, b)[3] == pytest.approx(2 / (statistics.FLIPS + 1))


def test_equal_answers_are_no_difference():
    a, _ = of_rows(5, 30, 2)
    assert paired(TASK, {"dev": [1] * 30}, a, dict(a))[0::3] == (0, 1)


def test_holm_by_hand():
    """Steps 4 · 0.005, 3 · 0.01, 2 · 0.03, 1 · 0.04, none below the one before."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.5]) == [1, 1]
    assert holm([]) == []
    with_none = holm([0.01, np.nan, 0.04])
    assert with_none[::2] == pytest.approx([0.02, 0.04])
    assert np.isnan(with_none[1])


@pytest.mark.parametrize(
    ("low", "high", "p", "expected"),
    [
        (0.01, 0.1, 0.05, 1),
        (-0.1, -0.01, 0.01, -1),
        (0.01, 0.1, 0.051, 0),
        (0.0, 0.1, 0.01, 0),
        (-0.1, 0.1, 0.01, 0),
        (np.nan, np.nan, 0.01, 0),
        (0.01, 0.1, np.nan, 0),
    ],
)
def test_a_difference_is_told_where_both_agree(low, high, p, expected):
    found = Compared(Interval(0.5, 0.4, 0.6), Interval(0.05, low, high), p / 2)
    assert told(found, p) == expected


# --------------------------------------------------------------------------------------------- coverage


def simulated(generator: np.random.Generator, seeds: int, between: float, rows: int = 150) -> tuple:
    """Two arms that are equally good: instances are easy or hard, some for one arm alone; seeds are lucky."""
    easy = generator.normal(0, 1, rows)

    def arm() -> dict:
        own = easy + 0.8 + generator.normal(0, 0.3, rows)
        return {
            seed: {"dev": (own + generator.normal(0, between) + generator.normal(0, 1, rows) > 0).astype(int)}
            for seed in range(seeds)
        }

    return arm(), arm()


TABLES = 100


@pytest.mark.parametrize(
    ("seeds", "between", "least", "most"),
    [(1, 0.0, 0.95, 0.95), (5, 0.0, 0.95, 1.0), (5, 0.15, 0.87, 0.95), (2, 0.15, 0.6, 0.9)],
)
def test_how_often_an_interval_holds_what_is_true(seeds, between, least, most, monkeypatch):
    """Few seeds that differ much: too seldom; seeds that do not differ: too often (docs/statistics.md)."""
    monkeypatch.setattr(statistics, "DRAWS", 400)
    monkeypatch.setattr(statistics, "FLIPS", 99)
    generator = np.random.default_rng(seeds)
    labels = {"dev": [1] * 150}
    found = [paired(TASK, labels, *simulated(generator, seeds, between)) for _ in range(TABLES)]
    held = sum(low <= 0 <= high for _, low, high, _ in found)
    assert stats.binom.ppf(0.001, TABLES, least) <= held <= stats.binom.ppf(0.999, TABLES, most)
