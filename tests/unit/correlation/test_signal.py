"""What a suite's signal says, against plain loops and simulations."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import combinations, permutations

import numpy as np
import pytest
from numpy.random import Generator, default_rng
from scipy.stats import kendalltau

from gradts.correlation import signal
from gradts.correlation.kendall import tau_b
from gradts.correlation.signal import Draws, caution, ends, in_blocks, spearman_brown, suite_signal

LAYERS, HEADS = 4, 6
SHAPE = (LAYERS, HEADS)
Suite = dict[str, Draws]


def suite_of(
    random: Generator,
    patterns: np.ndarray,
    seeds: int = 4,
    instances: int = 10,
    seed_noise: float = 0.0,
    instance_noise: float = 0.0,
) -> Suite:
    """Tasks of these patterns [tasks, layers, heads], which every seed and every instance changes."""
    of_seeds = patterns[:, None] * random.lognormal(0, seed_noise, (len(patterns), seeds, *SHAPE))
    noise = random.lognormal(0, instance_noise, (len(patterns), seeds, instances, *SHAPE))
    blocks = of_seeds[:, :, None] * noise
    return {name: Draws(one, "l1") for name, one in zip("abcdefgh", blocks, strict=False)}


def related(random: Generator, tasks: int) -> np.ndarray:
    """Patterns [tasks, layers, heads] that have something in common."""
    return random.lognormal(0, 0.7, SHAPE) * random.lognormal(0, 0.7, (tasks, *SHAPE))


def planted(random: Generator, groups: str = "AAABBBCC") -> np.ndarray:
    """Patterns of tasks in groups, alike within."""
    of_group = {group: random.lognormal(0, 1, SHAPE) for group in sorted(set(groups))}
    return np.array([of_group[group] * random.lognormal(0, 0.5, SHAPE) for group in groups])


def tau_of(draws: Suite) -> np.ndarray:
    """τ between the mean matrices."""
    rows = [task.importance(np.arange(task.seeds), np.ones(task.blocks.shape[1])) for task in draws.values()]
    return tau_b(np.array(rows), np.array(rows))


# ------------------------------------------------------------------------------------- mean matrices


def importance_by_hand(table: np.ndarray, pooling: str, layer_norm: str) -> np.ndarray:
    """The matrix of one seed's gradients [instances, layers, heads] (method.md §1)."""
    total = np.zeros(table.shape[1:])
    for one in table:
        total += one / one.sum() if pooling == "shares" else one
    for layer in total:
        layer /= {"l1": layer.sum(), "l2": (layer**2).sum() ** 0.5, "none": 1}[layer_norm]
    return (total - total.min()) / (total.max() - total.min())


@pytest.mark.parametrize("pooling", ["shares", "sums"])
@pytest.mark.parametrize("layer_norm", ["l1", "l2", "none"])
@pytest.mark.parametrize("instances", [3, 4, 11])
def test_draws_have_the_mean_importance(monkeypatch, pooling, layer_norm, instances):
    monkeypatch.setattr(signal, "BLOCKS", 4)
    tables = default_rng(1).random((3, instances, *SHAPE))
    draws = Draws(np.stack([in_blocks(table, pooling) for table in tables]), layer_norm)
    expected = sum(importance_by_hand(table, pooling, layer_norm) for table in tables) / 3
    found = draws.importance(np.arange(3), np.ones(min(instances, 4)))
    np.testing.assert_allclose(found, expected.reshape(-1), rtol=1e-12)


def test_what_is_drawn_twice_counts_twice():
    tables = default_rng(2).random((3, 4, *SHAPE))
    weights, seeds = np.array([2, 0, 1, 1]), np.array([0, 2, 2])
    repeated = [np.repeat(tables[seed], weights, axis=0) for seed in seeds]
    expected = sum(importance_by_hand(table, "sums", "l1") for table in repeated) / 3
    found = Draws(tables, "l1").importance(seeds, weights)
    np.testing.assert_allclose(found, expected.reshape(-1), rtol=1e-12)


@pytest.mark.parametrize(("instances", "sizes"), [(3, [1, 1, 1]), (5, [1] * 5), (11, [3, 2, 2, 2, 2])])
def test_blocks_keep_totals(monkeypatch, instances, sizes):
    monkeypatch.setattr(signal, "BLOCKS", 5)
    table = default_rng(3).random((instances, *SHAPE))
    np.testing.assert_allclose(in_blocks(table, "sums").sum(axis=0), table.sum(axis=0))
    assert in_blocks(table, "shares").sum(axis=(1, 2)) == pytest.approx(sizes)  # an instance's heads sum to 1


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("pooling", ["shares", "sums"])
def test_a_seed_with_a_gradient_that_is_no_number_has_no_ranking(value, pooling):
    tables = default_rng(4).random((2, 5, *SHAPE))
    tables[1, 2, 0, 0] = value
    with np.errstate(invalid="ignore"):
        draws = Draws(np.stack([in_blocks(table, pooling) for table in tables]), "l1")
        found = [draws.importance(np.array(seeds), np.ones(5)) for seeds in ([0], [0, 1], [1])]
    np.testing.assert_array_equal(found[0], found[1])
    assert np.isnan(found[2]).all()


# -------------------------------------------------------------------------------------------- halves


@pytest.mark.parametrize("count", [2, 4, 5, 7])
@pytest.mark.parametrize("of", ["seeds", "instances"])
def test_halves_are_disjoint_and_of_equal_size(count, of):
    own_heads = np.eye(count)  # every draw has a head of its own, so a half shows its members
    draws = Draws(own_heads[:, None, None] if of == "seeds" else own_heads[None, :, None], "l1")
    random, left_out = default_rng(5), set()
    for _ in range(40):
        first, second = ({*np.flatnonzero(half)} for half in draws.halves(random))
        assert len(first) == len(second) == count // 2
        assert not first & second
        left_out |= {*range(count)} - first - second
    assert left_out == ({*range(count)} if count % 2 else set())


@pytest.mark.parametrize(
    ("agreement", "times", "expected"),
    [(0.5, 2, 2 / 3), (0.2, 3, 3 / 7), (0.4, 1, 0.4), (1, 2, 1), (0, 2, 0), (-0.3, 2, 0)],
)
def test_spearman_brown_by_hand(agreement, times, expected):
    assert spearman_brown(agreement, times) == pytest.approx(expected)


@pytest.mark.parametrize("times", [2, 3, 4])
def test_means_of_noisy_measurements_agree_as_spearman_brown_says(times):
    random, count = default_rng(6), 100_000
    truth = random.normal(size=count)
    one, other, *means = (
        truth + 1.3 * random.normal(size=(size, count)).mean(axis=0) for size in (1, 1, times, times)
    )
    expected = np.corrcoef(*means)[0, 1]
    assert spearman_brown(np.corrcoef(one, other)[0, 1], times) == pytest.approx(expected, abs=0.01)


# ----------------------------------------------------------------------------------------- intervals


def test_an_interval_is_around_tau_unless_it_is_clipped(monkeypatch):
    monkeypatch.setattr(signal, "REPLICATES", 50)
    random = default_rng(7)
    draws = suite_of(random, related(random, 4), seed_noise=0.5, instance_noise=0.5)
    pairs, tau = np.triu_indices(4, 1), tau_of(draws)
    low, high = ends(draws, tau)
    np.testing.assert_allclose(low, low.T)
    reach = (high - tau)[pairs]
    assert ((reach > 0.03) & (reach < 0.4)).all()
    np.testing.assert_allclose((tau - low)[pairs], reach)
    # The same draws, were τ at an end of its range.
    for value, end in ((0.99, 1), (-0.99, -1)):
        both = ends(draws, np.full((4, 4), value))
        np.testing.assert_array_equal(both[end > 0][pairs], end)
        np.testing.assert_allclose(both[end < 0][pairs], value - end * reach)


def test_draws_that_agree_leave_no_doubt():
    draws = suite_of(default_rng(8), related(default_rng(8), 3))
    tau = tau_of(draws)
    np.testing.assert_allclose(ends(draws, tau), [tau, tau], atol=1e-12)


@pytest.mark.parametrize(
    ("noise", "few", "many"),
    [
        ({"seed_noise": 0.5}, {"seeds": 3}, {"seeds": 12}),
        ({"instance_noise": 1.0}, {"seeds": 1, "instances": 10}, {"seeds": 1, "instances": 40}),
        ({"instance_noise": 1.0}, {"seeds": 2, "instances": 10}, {"seeds": 2, "instances": 40}),
    ],
)
def test_four_times_the_draws_about_halve_an_interval(monkeypatch, noise, few, many):
    monkeypatch.setattr(signal, "REPLICATES", 50)
    random, widths = default_rng(9), []
    for size in (few, many):
        suites = [suite_of(random, related(random, 3), **noise, **size) for _ in range(8)]
        both = [ends(draws, tau_of(draws)) for draws in suites]
        widths.append(np.mean([(high - low)[np.triu_indices(3, 1)] for low, high in both]))
    assert 0.35 < widths[1] / widths[0] < 0.75


def covered(seeds: int, seed_noise: float) -> float:
    """Share of the pairs of 60 suites whose interval covers τ under very many seeds."""
    random, found = default_rng(10), []
    for _ in range(60):
        patterns = related(random, 3)
        draws = suite_of(random, patterns, seeds, 20, seed_noise, 0.5)
        # The noise of instances is the same for all heads, so sums over very many have the seed's pattern.
        truth = tau_of(suite_of(random, patterns, 1000, 1, seed_noise))
        low, high = ends(draws, tau_of(draws))
        found += [*((low <= truth) & (truth <= high))[np.triu_indices(3, 1)]]
    return float(np.mean(found))


def test_intervals_cover_the_tau_of_very_many_seeds(monkeypatch):
    monkeypatch.setattr(signal, "REPLICATES", 100)
    # Less than 0.95: four seeds know their own variance roughly, and noise lowers τ.
    assert 0.88 <= covered(seeds=4, seed_noise=0.2) < 0.99


def test_the_interval_of_one_seed_knows_nothing_of_other_seeds(monkeypatch):
    monkeypatch.setattr(signal, "REPLICATES", 50)
    assert covered(seeds=1, seed_noise=0.8) < 0.6


# -------------------------------------------------------------------------------------------- signal


def matrix_by_hand(rows: list[np.ndarray], others: list[np.ndarray]) -> list[list[float]]:
    return [[kendalltau(row, other).statistic for other in others] for row in rows]


def halvings(draws: Suite, kept: str) -> Iterator[tuple[list[np.ndarray], list[np.ndarray]]]:
    """The halves of the tasks that have a ranking, as the signal's fixed seed draws them."""
    random = default_rng(0)
    for _ in range(signal.HALVINGS):
        halves = {name: task.halves(random) for name, task in draws.items()}
        yield [halves[name][0] for name in kept], [halves[name][1] for name in kept]


def mantel_by_hand(matrices: list[tuple[list[list[float]], list[list[float]]]]) -> float:
    """Share of all orders of the tasks under which the halves correlate as well, on average."""
    count, found = len(matrices[0][0]), []
    pairs = [*combinations(range(count), 2)]
    for order in permutations(range(count)):
        each = []
        for one, other in matrices:
            left, right = [one[a][b] for a, b in pairs], [other[order[a]][order[b]] for a, b in pairs]
            each.append(np.corrcoef(left, right)[0, 1])
        found.append(np.mean(each))
    return float(np.mean([one >= found[0] - 1e-9 for one in found]))


def nearest_by_hand(matrix: list[list[float]], task: int) -> int:
    others = [other for other in range(len(matrix)) if other != task]
    return max(others, key=lambda other: matrix[task][other])


def without_ranking(draws: Suite, name: str, value: float) -> Suite:
    return draws | {name: Draws(np.full_like(draws[name].blocks, value), "l1")}


def some_suite(tasks: int, seeds: int, noise: float = 0.5) -> Suite:
    random = default_rng(tasks + seeds)
    return suite_of(random, related(random, tasks), seeds, seed_noise=noise, instance_noise=1.0)


SUITES = {
    "four tasks": (some_suite(4, 4), "abcd", 2),
    "an odd number of seeds": (some_suite(5, 3), "abcde", 3),
    "five seeds": (some_suite(4, 5), "abcd", 2.5),
    "one seed": (some_suite(5, 1), "abcde", 2),
    "a task without gradients": (without_ranking(some_suite(5, 4), "b", 0), "acde", 2),
    "a task that diverged": (without_ranking(some_suite(5, 2), "e", np.nan), "abcd", 2),
}


@pytest.mark.parametrize("name", SUITES)
def test_the_signal_is_that_of_plain_loops(monkeypatch, name):
    monkeypatch.setattr(signal, "HALVINGS", 5)
    draws, kept, times = SUITES[name]
    found, halved = suite_signal(draws), [*halvings(draws, kept)]
    across = np.mean([matrix_by_hand(*both) for both in halved], axis=0)
    same, different = np.diag(across), across[~np.eye(len(kept), dtype=bool)]
    within = [(matrix_by_hand(one, one), matrix_by_hand(other, other)) for one, other in halved]
    pairs = np.triu_indices(len(kept), 1)
    nearest = [
        nearest_by_hand(one, task) == nearest_by_hand(other, task)
        for one, other in within
        for task in range(len(kept))
    ]
    ceilings = {task: times * tau / (1 + (times - 1) * tau) for task, tau in zip(kept, same, strict=True)}
    assert {task: tau for task, tau in found.ceiling.items() if tau is not None} == pytest.approx(ceilings)
    assert [*found.ceiling] == [*draws]
    assert found.halves == ("instances" if name == "one seed" else "seeds")
    expected = {
        "same_task": same.mean(),
        "different_tasks": different.mean(),
        "matrices_correlate": np.mean(
            [np.corrcoef(np.array(one)[pairs], np.array(other)[pairs])[0, 1] for one, other in within]
        ),
        "nearest_agrees": np.mean(nearest),
        "nearest_by_chance": 1 / (len(kept) - 1),
        "p_of_chance": mantel_by_hand(within[:1]),
    }
    assert {key: asdict(found)[key] for key in expected} == pytest.approx(expected)


def test_a_few_drawn_orders_stand_for_all_of_many_tasks(monkeypatch):
    monkeypatch.setattr(signal, "HALVINGS", 2)
    draws = some_suite(7, 2, noise=1.0)
    within = [
        (matrix_by_hand(one, one), matrix_by_hand(other, other)) for one, other in halvings(draws, "abcdefg")
    ]
    exact = mantel_by_hand(within[:1])
    assert 0.02 < exact < 0.98
    assert suite_signal(draws).p_of_chance == pytest.approx(exact, abs=0.03)


def test_a_suite_of_noise_is_said_to_be_none():
    random, said = default_rng(11), []
    for _ in range(20):
        alike = np.broadcast_to(random.lognormal(0, 0.7, SHAPE), (5, *SHAPE))
        found = suite_signal(suite_of(random, alike, seed_noise=0.5, instance_noise=0.5))
        said.append(caution(found))
    chance = "the ranking cannot be told from chance: two halves of the seeds agree as well with the tasks in"
    assert sum((text or "").startswith(chance) for text in said) >= 16


def test_a_suite_of_groups_needs_no_caution():
    random = default_rng(12)
    for _ in range(10):
        found = suite_signal(suite_of(random, planted(random), seed_noise=0.4, instance_noise=0.5))
        assert caution(found) is None, found
        assert found.same_task > found.different_tasks


def test_one_seed_says_nothing_of_another():
    random = default_rng(13)
    found = suite_signal(suite_of(random, planted(random), seeds=1, instances=40, instance_noise=0.5))
    assert found.halves == "instances"
    assert caution(found) == "one seed: how another fine-tune would rank is not known; add gradients.seeds"


@pytest.mark.parametrize(
    ("draws", "ranked"),
    [
        (some_suite(2, 4), "ab"),
        (some_suite(1, 4), "a"),
        (without_ranking(some_suite(3, 4), "b", 0), "ac"),
        (without_ranking(some_suite(1, 2), "a", 0), ""),
    ],
)
def test_fewer_than_three_tasks_have_no_ranking_to_speak_of(draws, ranked):
    found = suite_signal(draws)
    assert {task for task, tau in found.ceiling.items() if tau is not None} == {*ranked}
    assert (found.same_task is None) == (len(ranked) < 1)
    assert (found.different_tasks is None) == (len(ranked) < 2)
    assert found.matrices_correlate is found.nearest_agrees is found.p_of_chance is None
    assert caution(found) == "the ranking cannot be told from chance: fewer than three tasks have one"


@pytest.mark.parametrize("value", [0, np.nan])
def test_a_task_without_a_ranking_disturbs_no_other_interval(monkeypatch, value):
    monkeypatch.setattr(signal, "REPLICATES", 20)
    whole = some_suite(4, 4)
    both = [ends(draws, tau_of(draws)) for draws in (whole, without_ranking(whole, "d", value))]
    np.testing.assert_array_equal(np.array(both[0])[:, :3, :3], np.array(both[1])[:, :3, :3])
    assert np.isnan(np.array(both[1])[:, 3]).all()


def test_tasks_that_are_all_alike_cannot_be_told_apart():
    draws = suite_of(default_rng(14), np.broadcast_to(related(default_rng(14), 1), (4, *SHAPE)))
    found = suite_signal(draws)
    assert (found.same_task, found.matrices_correlate, found.p_of_chance) == (pytest.approx(1), 0, 1)
    assert "(p = 1.00)" in caution(found)


def test_pairs_that_are_all_equal_tell_no_order():
    """As three tasks may have it by chance under a small encoder, whose τ takes few values."""
    patterns = np.array([[1.0, 2, 4, 3], [2, 1, 3, 4], [1, 3, 2, 4]])
    tau = tau_b(patterns, patterns)
    assert tau[np.triu_indices(3, 1)] == pytest.approx([1 / 3] * 3)
    seeds = patterns[:, None, None, None].repeat(2, axis=1)
    found = suite_signal({name: Draws(one, "l1") for name, one in zip("abc", seeds, strict=True)})
    assert (found.matrices_correlate, found.p_of_chance) == (0, 1)


def test_a_half_whose_heads_are_all_equal_has_no_ranking():
    opposed = np.array([[0.0, 1], [1, 0], [0, 1], [1, 0]])[:, None, None]
    draws = {name: Draws(opposed, "l1") for name in "abc"} | {"d": Draws(opposed[[0] * 4], "l1")}
    found = suite_signal(draws)
    assert found.ceiling == {"a": None, "b": None, "c": None, "d": pytest.approx(1)}
    json.dumps(asdict(found), allow_nan=False)
