"""What sets lost against the best, by hand and by simulation."""

import numpy as np
import pytest

from gradts.truth.regret import deviation, halves, held_out, interval, judge

NAN = float("nan")


def scores(*sets: list[float]) -> np.ndarray:
    """[sets, seeds, 1 split]."""
    return np.array(sets)[:, :, None]


@pytest.mark.parametrize(
    ("seeds", "expected"),
    [
        (1, []),
        (2, ["0|1", "1|0"]),
        (3, ["0|12", "1|02", "2|01", "01|2", "02|1", "12|0"]),
        (4, ["01|23", "02|13", "03|12", "12|03", "13|02", "23|01"]),
    ],
)
def test_all_ways_to_halve_seeds_both_ways(seeds, expected):
    assert ["|".join("".join(map(str, part)) for part in way) for way in halves(seeds)] == expected


def test_the_best_set_of_two_seeds_is_scored_on_the_other():
    # On seed 0 the first is best and scores 3 on seed 1; on seed 1 the second, which scores 2 on seed 0.
    np.testing.assert_array_equal(held_out(scores([9, 3], [2, 8], [1, 1])), [[2], [3]])


def test_of_three_seeds_every_halving_counts_alike():
    sets = np.array([[0.9, 0.1, 0.5], [0.4, 0.55, 0.2], [0.3, 0.35, 0.8]])
    by_hand = []
    for half, other in (
        ([0], [1, 2]),
        ([1], [0, 2]),
        ([2], [0, 1]),
        ([1, 2], [0]),
        ([0, 2], [1]),
        ([0, 1], [2]),
    ):
        best = max(sets, key=lambda one: sum(one[seed] for seed in half))
        by_hand.append(sum(best[seed] for seed in other) / len(other))
    assert held_out(sets[:, :, None]).mean() == pytest.approx(sum(by_hand) / 6)


def test_undefined_sets_are_never_best():
    np.testing.assert_array_equal(held_out(scores([9, NAN], [2, 8])), [[2], [8]])
    assert np.isnan(held_out(scores([9, NAN], [NAN, 8]))).all()
    assert np.isnan(held_out(scores([9], [2]))).all()  # one seed cannot be halved


def regrets(true: np.ndarray, noise: float, seeds: int, times: int) -> tuple[np.ndarray, np.ndarray]:
    """Naive and split-half regret of the first set [times] where scores are true values and noise."""
    rng, naive, honest = np.random.default_rng(0), [], []
    for _ in range(times):
        drawn = (true[:, None] + noise * rng.normal(size=(len(true), seeds)))[:, :, None]
        naive.append(drawn.mean((1, 2)).max() - drawn[0].mean())
        honest.append(held_out(drawn).mean() - drawn[0].mean())
    return np.array(naive), np.array(honest)


@pytest.mark.parametrize("seeds", [2, 3, 4])
def test_where_all_sets_are_alike_only_the_naive_regret_is_not_none(seeds):
    naive, honest = regrets(np.full(64, 0.7), 0.02, seeds, 1000)
    error = honest.std() / 1000**0.5
    assert naive.mean() > 0.02  # a point and more, of nothing
    assert abs(honest.mean()) < 3 * error


def test_where_one_set_is_better_by_far_both_find_it():
    naive, honest = regrets(np.array([0.7] * 63 + [0.8]), 0.01, 4, 400)
    assert honest.mean() == pytest.approx(0.1, abs=0.002)
    assert naive.mean() == pytest.approx(0.1, abs=0.002)


def test_the_truth_lies_between_both():
    """Where sets differ as seeds do, half the seeds find a good one, and all seem to find a better one."""
    true = np.random.default_rng(1).normal(0.7, 0.02, 64)
    naive, honest = regrets(true, 0.02, 3, 400)
    assert honest.mean() + 0.003 < true.max() - true[0] < naive.mean() - 0.003


SETS = {
    "p": [[0.50, 0.60], [0.52, 0.62]],  # [seeds, splits]
    "a+p": [[0.70, 0.80], [0.60, 0.70]],
    "b+p": [[0.60, 0.70], [0.80, 0.90]],
    "a+b+p": [[0.58, 0.66], [0.56, 0.66]],
}
SIZES = np.array([100, 300])


def judged(own: list[str], repeated: float = 0.6) -> dict:
    sets = {name: np.array(values) for name, values in SETS.items()}
    drawn = np.stack([sets[name] for name in own])
    tasks = [name.count("+") + 1 for name in own]
    return judge(sets, drawn, tasks, np.full_like(drawn, repeated), "p", "a+b+p", SIZES)


def test_what_an_answer_was_worth():
    found = judged(["a+p"])
    # Best on seed 1 is a+p, which is 0.65 on seed 2; on seed 2 b+p, which is 0.65 on seed 1.
    assert found["best"] == pytest.approx(0.65)
    assert (found["best_set"], found["best_apparent"]) == ("b+p", pytest.approx(0.75))
    assert found["score"] == pytest.approx(0.70)
    np.testing.assert_allclose(found["regret"], [0.65 - 0.75, 0.65 - 0.65])
    # by splits: 0.6 on both seeds less (0.7, 0.6), and 0.7 less (0.8, 0.7)
    assert found["instances"] == pytest.approx(-0.05 * 100 - 0.05 * 300)
    np.testing.assert_allclose(found["over_alone"], [0.75 - 0.55, 0.65 - 0.57])
    np.testing.assert_allclose(found["over_repeated"], [0.15, 0.05])
    np.testing.assert_allclose(found["over_random"], [0.75 - 0.70, 0.65 - 0.75])  # of a+p and b+p
    np.testing.assert_allclose(found["over_all"], [0.75 - 0.62, 0.65 - 0.61])
    assert found["percentile"] == pytest.approx(100 * 2.5 / 4)  # two of four are worse, and half of itself
    assert found["seed_deviation"] == pytest.approx(np.std([0.75, 0.65], ddof=1))
    assert np.isnan(found["draw_deviation"])


def test_the_mean_percentile_of_all_sets_is_50():
    assert np.mean([judged([name])["percentile"] for name in SETS]) == pytest.approx(50)


def test_a_random_set_is_one_of_as_many_tasks():
    np.testing.assert_allclose(judged(["p"])["over_random"], [0, 0])  # there is one of one
    np.testing.assert_allclose(judged(["a+p", "p"])["over_random"], [0.05 / 2, -0.10 / 2])
    sets = {name: np.array(SETS[name]) for name in ("p", "a+b+p")}
    beyond = judge(sets, np.array([SETS["a+p"]]), [2], np.array([SETS["p"]]), "p", "a+b+p", SIZES)
    assert np.isnan(beyond["over_random"]).all()


def test_draws_are_averaged_and_deviate_apart_from_seeds():
    found = judged(["a+p", "b+p"])
    assert found["score"] == pytest.approx((0.70 + 0.75) / 2)
    assert found["draw_deviation"] == pytest.approx(np.std([0.70, 0.75], ddof=1))
    assert found["seed_deviation"] == pytest.approx(np.std([(0.75 + 0.65) / 2, (0.65 + 0.85) / 2], ddof=1))


def test_students_interval():
    low, high = interval(np.array([1.0, 2.0, 6.0]))
    half = 4.302652729911275 * np.std([1, 2, 6], ddof=1) / 3**0.5  # t of two degrees of freedom, from a table
    assert (low, high) == (pytest.approx(3 - half), pytest.approx(3 + half))
    assert interval(np.array([2.0, 2.0])) == (2.0, 2.0)
    assert np.isnan(interval(np.array([1.0]))).all()
    assert np.isnan(deviation(np.array([1.0])))


def test_sets_that_are_equally_good_in_a_half_count_alike_in_any_order():
    """Of two sets that seed 1 finds equally good, seed 2 tells one as good as the other."""
    scores = np.array([[0.8, 0.6], [0.8, 0.9], [0.1, 0.2]])[:, :, None]
    found = held_out(scores).ravel()
    assert found == pytest.approx([0.8, (0.6 + 0.9) / 2])  # seed 2's best is the second, which has 0.8 in 1
    assert held_out(scores[::-1]).ravel() == pytest.approx(found)
