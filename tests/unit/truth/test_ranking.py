"""Rankings of candidates against what they bring: by hand, and by other libraries' plainer forms."""

from itertools import permutations
from math import log2

import numpy as np
import pytest
from sklearn.metrics import f1_score

from gradts.truth.ranking import another_seed, chance, quality

NAN = float("nan")
# Scores of pairs; the task alone has 0.6, so that two candidates hurt.
SCORES = np.array([0.80, 0.50, 0.70, 0.55])
ALONE = 0.6


def test_a_perfect_ranking():
    found = quality(np.array([0.9, -0.2, 0.4, 0.1]), SCORES, ALONE)
    assert found["ndcg"] == pytest.approx(1)
    assert (found["spearman"], found["f1"]) == (pytest.approx(1), 1)
    assert (found["regret_1"], found["regret_3"], found["mean_regret_1"]) == (0, 0, 0)
    assert found["mean_regret_3"] == pytest.approx((0.8 - (0.8 + 0.7 + 0.55) / 3) / 0.8)
    assert np.isnan([found["regret_5"], found["mean_regret_5"]]).all()  # there are four


def test_a_wrong_ranking_by_hand():
    found = quality(np.array([0.1, 0.2, 0.3, 0.4]), SCORES, ALONE)  # the order is 0.55, 0.70, 0.50, 0.80
    gained = 0.05 / log2(2) + 0.20 / log2(3) + 0 + 0.30 / log2(5)
    assert found["ndcg"] == pytest.approx(gained / (0.30 / log2(2) + 0.20 / log2(3) + 0.05 / log2(4)))
    assert found["regret_1"] == found["mean_regret_1"] == pytest.approx(0.25 / 0.8)
    assert found["regret_3"] == pytest.approx(0.1 / 0.8)
    assert found["mean_regret_3"] == pytest.approx((0.8 - (0.55 + 0.7 + 0.5) / 3) / 0.8)
    ranks = np.array([4, 1, 3, 2])
    assert found["spearman"] == pytest.approx(1 - 6 * sum((ranks - [1, 2, 3, 4]) ** 2) / (4 * 15))
    assert found["f1"] == pytest.approx(f1_score(SCORES < ALONE, [True, True, False, False])) == 0.5


def test_only_the_order_of_values_counts_and_nan_is_last():
    first = quality(np.array([3.0, NAN, 2.0, 1.0]), SCORES, ALONE)
    assert first == pytest.approx(quality(np.array([0.9, -9, 0.8, 0.1]), SCORES, ALONE), nan_ok=True)


def test_what_tells_nothing_is_undefined():
    found = quality(np.array([1.0, 1.0, 1.0]), np.array([0.7, 0.8, 0.9]), 0.6)
    assert np.isnan([found["spearman"], found["f1"]]).all()  # no order, no gain below 0
    found = quality(np.array([1.0, 2.0]), np.array([0.0, 0.0]), 0.1)
    assert np.isnan([found["ndcg"], found["spearman"], found["regret_1"]]).all()
    assert found["f1"] == pytest.approx(2 / 3)  # one of two is told


@pytest.mark.parametrize("scores", [SCORES, np.array([0.5, 0.9, 0.4, 0.4, 0.7, 0.65])])
def test_chance_is_the_mean_over_all_orders(scores):
    orders = [quality(np.array(order, float), scores, ALONE) for order in permutations(range(len(scores)))]
    expected = {key: np.mean([one[key] for one in orders]) for key in orders[0]}
    assert chance(scores, ALONE) == pytest.approx(expected, nan_ok=True, abs=1e-12)


def test_chance_of_many_candidates():
    """Their orders, and their halves, are too many to be walked through."""
    random = np.random.default_rng(1)
    scores = random.random(60)
    drawn = [quality(random.permutation(60).astype(float), scores, ALONE) for _ in range(1000)]
    found = chance(scores, ALONE)
    for key in found:
        values = [one[key] for one in drawn]
        assert found[key] == pytest.approx(np.mean(values), abs=4 * np.std(values) / len(values) ** 0.5), key


def test_as_many_right_in_another_order_of_seeds_is_no_loss():
    """Means of equal shares of rows differ in the last digit: that is no negative transfer, and no order."""
    rows = np.array([*permutations([118, 119, 119])])  # right, of 150, under three seeds
    scores = (rows / 150).mean(1)
    assert len({*scores}) > 1  # or the test says nothing
    for found in (quality(np.arange(6.0), scores, scores.max()), chance(scores, scores.max())):
        assert np.isnan([found["ndcg"], found["f1"]]).all()


def test_another_seed_is_a_ranking_by_scores_that_do_not_judge_it():
    scores = np.array([[0.8, 0.5, 0.7], [0.6, 0.9, 0.5], [0.4, 0.6, 0.9]])  # candidates × seeds
    alone = np.array([0.5, 0.7, 0.6])
    ways = [
        quality(scores[:, 0], (scores[:, 1] + scores[:, 2]) / 2, 0.65),
        quality(scores[:, 1], (scores[:, 0] + scores[:, 2]) / 2, 0.55),
        quality(scores[:, 2], (scores[:, 0] + scores[:, 1]) / 2, 0.60),
    ]
    expected = {key: np.nanmean([one[key] for one in ways]) for key in ("ndcg", "spearman", "f1", "regret_1")}
    found, by_chance = another_seed(scores, alone)
    assert {key: found[key] for key in expected} == pytest.approx(expected, abs=1e-12)
    others = [chance(scores[:, [1, 2]].mean(1), 0.65), chance(scores[:, [0, 2]].mean(1), 0.55)]
    others.append(chance(scores[:, [0, 1]].mean(1), 0.6))
    assert by_chance["ndcg"] == pytest.approx(np.mean([one["ndcg"] for one in others]))
    assert np.isnan(found["regret_5"])  # of three candidates


def test_another_seed_of_mere_noise_is_no_better_than_chance():
    random = np.random.default_rng(0)
    found = [
        another_seed(random.normal(0.5, 0.1, (6, 3)), np.full(3, 0.5))[0]["spearman"] for _ in range(300)
    ]
    assert abs(np.mean(found)) < 0.05
    order = np.linspace(0, 1, 6)[:, None]
    found = [
        another_seed(random.normal(order, 0.1, (6, 3)), np.full(3, 0.5))[0]["spearman"] for _ in range(50)
    ]
    assert np.mean(found) > 0.9


def test_a_ranking_without_noise_beats_another_seed():
    """Which is no bound, then: two seeds whose noise is as large as gains are apart."""
    random, alone, ours, seeds = np.random.default_rng(0), np.full(2, 0.5), [], []
    for _ in range(300):
        gains = random.normal(0.5, 0.01, 6)
        scores = random.normal(gains[:, None], 0.01, (6, 2))
        ours.append(quality(gains, scores.mean(1), 0.5)["spearman"])
        seeds.append(another_seed(scores, alone)[0]["spearman"])
    assert np.mean(ours) > np.mean(seeds) + 0.2
