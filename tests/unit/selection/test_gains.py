"""The standard error of a gain: textbooks' on one number an instance, a bootstrap's on other metrics."""

import math

import numpy as np
import pytest
from scipy import stats

from gradts.selection.gains import Gain, Judged, error, gain, judged
from gradts.specs import METRICS_OF, Task
from gradts.training.metrics import score
from gradts.truth.resampling import GROUPS
from tests.conftest import yes_no
from tests.unit.truth.arms import paired

NAN = math.nan


def of_rows(right: np.ndarray, task: Task | None = None) -> list[Judged]:
    """[seeds, rows] of rows that are right or wrong, as a set's runs."""
    return [judged(task or yes_no("t"), [1] * len(of), of.astype(int).tolist()) for of in right]


def drawn(seed: int, seeds: int, rows: int, share: float = 0.7) -> np.ndarray:
    return np.random.default_rng(seed).random((seeds, rows)) < share


def test_a_share_of_rows_under_one_seed_has_the_error_of_a_mean_of_paired_differences():
    new, old = drawn(0, 1, 50), drawn(1, 1, 50, 0.6)
    differences = (new[0].astype(int) - old[0]).astype(float)
    mean, found = gain([of_rows(new)], [of_rows(old)])
    assert mean == pytest.approx(differences.mean())
    assert found == pytest.approx(stats.sem(differences))


def variance(differences: np.ndarray) -> float:
    """That of a mean over [seeds, rows], both drawn: by the mean squares of a two-way layout."""
    seeds, rows = differences.shape
    mean = differences.mean()
    of_seeds, of_rows = differences.mean(1), differences.mean(0)
    single = sum(
        (differences[s, r] - of_seeds[s] - of_rows[r] + mean) ** 2 for s in range(seeds) for r in range(rows)
    )
    within = single / ((seeds - 1) * (rows - 1))
    between_rows = seeds * np.var(of_rows, ddof=1)  # mean squares
    between_seeds = rows * np.var(of_seeds, ddof=1)
    component = max(0.0, (between_seeds - within) / rows)
    return component / seeds + between_rows / (seeds * rows)


@pytest.mark.parametrize("lucky", [False, True])
def test_a_share_of_rows_under_several_seeds_has_the_error_of_a_two_way_layout(lucky):
    new, old = drawn(2, 3, 30), drawn(3, 3, 30, 0.6)
    new[0] |= lucky  # a run that is right on all rows
    old[1] |= lucky
    differences = new.astype(float) - old
    mean, found = gain([of_rows(new)], [of_rows(old)])
    assert mean == pytest.approx(differences.mean())
    assert found == pytest.approx(math.sqrt(variance(differences)))
    over_rows_alone = stats.sem(differences.mean(0))
    assert (found > 1.2 * over_rows_alone) if lucky else (found == pytest.approx(over_rows_alone))


def test_many_rows_are_left_out_in_groups():
    new, old = drawn(4, 1, 5 * GROUPS + 1), drawn(5, 1, 5 * GROUPS + 1)
    assert gain([of_rows(new)], [of_rows(old)]).error == pytest.approx(
        stats.sem((new[0].astype(int) - old[0]).astype(float)), rel=0.1
    )


def answers(
    objective: str, generator: np.random.Generator, rows: int, classes: int
) -> tuple[list, list, list]:
    """Labels, and what two runs answer: mostly alike and mostly right."""
    if objective == "regression":
        labels = generator.normal(size=rows)
        shared = labels + generator.normal(size=rows)
        new, old = (shared + generator.normal(size=rows) * noise for noise in (0.5, 0.8))
        return labels.tolist(), new.tolist(), old.tolist()
    labels = generator.integers(classes, size=rows)
    made = [
        np.where(generator.random(rows) < 0.7, labels, generator.integers(classes, size=rows)) for _ in "ab"
    ]
    return labels.tolist(), *(of.tolist() for of in made)


@pytest.mark.parametrize(
    ("objective", "metric"),
    [
        (objective, metric)
        for objective in ("classification", "regression")
        for metric in METRICS_OF[objective]
    ],
)
def test_any_metric_has_about_the_error_of_a_bootstrap(objective, metric):
    if metric in ("rmse", "mae"):  # no decision
        return
    names = {"regression": [], "classification": ["no", "yes"] if metric == "f1" else ["a", "b", "c"]}[
        objective
    ]
    task = Task("t", objective, names, [metric], metric)
    labels, *both = answers(objective, np.random.default_rng(6), 150, len(names))
    made = [judged(task, labels, of) for of in both]
    found = gain([made[:1]], [made[1:]])
    # The very bootstrap of intervals, whose half is 1.96 standard errors where it is normal.
    difference, low, high, _ = paired(task, {"dev": labels}, *({1: {"dev": of}} for of in both))
    assert found.mean == pytest.approx(difference)
    assert found.error == pytest.approx((high - low) / (2 * stats.norm.ppf(0.975)), rel=0.1)


def test_parts_of_the_instances_count_alike():
    """As folds would: the mean of two, whose errors are independent."""
    new, old = ([of_rows(drawn(seed, 1, rows)) for rows in (20, 35)] for seed in (7, 8))
    single = [gain([a], [b]) for a, b in zip(new, old, strict=True)]
    both = gain(new, old)
    assert both.mean == pytest.approx(np.mean([one.mean for one in single]))
    assert both.error == pytest.approx(math.hypot(*(one.error for one in single)) / 2)
    assert gain([*new, [None]], [*old, [None]]) == both  # a fold that has no row of the task
    right, wrong = (of_rows(np.array([[one]])) for one in (True, False))
    assert gain([*new, right], [*old, wrong]) == both  # one that has a single row, of which nothing is known


@pytest.mark.parametrize("lost", [None, Judged(NAN, np.full(20, NAN))])
def test_seeds_without_a_score_of_both_are_left_out(lost):
    new, old = (of_rows(drawn(seed, 3, 20)) for seed in (9, 10))
    known = gain([new[:2]], [old[:2]])
    assert gain([[*new[:2], lost]], [old]) == known
    assert gain([new], [[*old[:2], lost]]) == known
    assert np.isnan(gain([[new[0], lost, lost]], [[lost, *old[1:]]])).all()


def test_equal_scores_in_another_order_of_seeds_are_equal():
    runs = of_rows(np.array([[1, 1, 0, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0], [1] * 10]))
    assert gain([runs], [[runs[2], runs[0], runs[1]]]).mean == 0


@pytest.mark.parametrize("unit", [1.0, 1e-6, 3e-7, 1e-7])
def test_answers_that_hardly_differ_have_the_score_of_the_run(unit):
    """As those of a stuck run: its metrics say so of them, in the precision of a model."""
    task = Task("t", "regression", [], ["pearson"], "pearson")
    labels = np.random.default_rng(12).normal(1999, 5, 60)
    answers = (np.float32(3) + ((labels - 1999) * unit / 5).astype(np.float32)).astype(float)
    assert len({*answers}) > 1
    told = score(task, "pearson", labels, answers)
    assert judged(task, labels.tolist(), answers.tolist()).score == pytest.approx(told, abs=1e-9)


def test_what_nothing_tells_of():
    one_row = of_rows(np.array([[True]]))
    assert np.isnan(gain([one_row], [of_rows(np.array([[False]]))]).error)
    assert not Gain(-1, NAN).lost
    number = Task("t", "regression", [], ["pearson"], "pearson")
    assert np.isnan(judged(number, [1.0, 2, 3], [1.0, 1, 1]).score)
    assert error(np.array([0.0]), [np.zeros((1, 9))]) == 0


@pytest.mark.parametrize(("mean", "lost"), [(-1.66, True), (-1.64, False), (0, False), (3, False)])
def test_a_credible_loss_is_one_sided_at_95_percent(mean, lost):
    assert Gain(mean, 1.0).lost is lost
    assert stats.norm.cdf(-1.645) == pytest.approx(0.05, abs=1e-4)


@pytest.mark.parametrize(("seeds", "between", "most"), [(1, 0.0, 0.05), (3, 0.0, 0.05), (3, 0.15, 0.12)])
def test_how_often_noise_is_a_credible_loss(seeds, between, most):
    """Equally good sets, whose runs are lucky as `between` says; of few seeds their luck is known badly."""
    generator, times = np.random.default_rng(11), 400
    lost = 0
    for _ in range(times):
        easy = generator.normal(0.8, 1, 150)
        arms = [
            of_rows(
                easy
                + generator.normal(0, 0.3, 150)
                + generator.normal(0, between, (seeds, 1))
                + generator.normal(0, 1, (seeds, 150))
                > 0
            )
            for _ in "ab"
        ]
        lost += gain([arms[0]], [arms[1]]).lost
    assert stats.binom.ppf(0.001, times, 0.02) <= lost <= stats.binom.ppf(0.999, times, most)
