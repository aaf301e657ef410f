"""What rankings are worth, against loops; and the page of a folder, by hand."""

import subprocess
import sys
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import spearmanr

from benchmarks import judging
from benchmarks.judging import Truth, bounds, by_chance, foretold, gains, judged, others
from benchmarks.values import WEIGHTS, by_gradients
from gradts.artifacts import write_table
from gradts.layout import below
from gradts.truth.lattice import TruthSpec
from gradts.truth.scores import measure
from tests.conftest import yes_no
from tests.unit.by_hand import put_run, put_statistics

NAMES = ["a", "b", "c", "d"]
SETS = [one for size in range(1, 5) for one in combinations(NAMES, size)]
HEADS = (2, 3)


def made(seed: int) -> dict[str, dict[str, np.ndarray]]:
    """Scores of every task in every set [2 seeds, 1 split], in hundredths, so that some tie."""
    rng = np.random.default_rng(seed)
    return {
        task: {"+".join(of): rng.integers(40, 60, (2, 1)) / 100 for of in SETS if task in of}
        for task in NAMES
    }


@pytest.fixture
def truth() -> Truth:
    return Truth(NAMES, made(1), made(2))


VALUES = np.random.default_rng(3).normal(size=(4, 4))
SEED_SETS = ([0, 1], [0], [1])


def score(of: dict, task: str, auxiliaries: tuple[str, ...], seeds: list[int]) -> float:
    return float(np.mean([of[task]["+".join(sorted([task, *auxiliaries]))][seed, 0] for seed in seeds]))


def walked(truth: Truth, task: str, order: list[str], seeds: list[int], fall: bool) -> tuple[str, ...]:
    """The first best prefix of an order by select, to the first fall or to the end."""
    best, chosen = score(truth.select, task, (), seeds), ()
    last = best
    for size in range(1, len(order) + 1):
        new = score(truth.select, task, tuple(order[:size]), seeds)
        if fall and new < last - 1e-9:
            break
        if new > best + 1e-9:
            best, chosen = new, tuple(order[:size])
        last = new
    return chosen


def lost(truth: Truth, task: str, chosen: tuple[str, ...]) -> float:
    """Against the best set of one seed, as the other scores it (the mean of tied ones), in points."""
    held = []
    for seed in (0, 1):
        of_seed = {name: of[seed, 0] for name, of in truth.dev[task].items()}
        best = [name for name, of in of_seed.items() if of > max(of_seed.values()) - 1e-9]
        held.append(np.mean([truth.dev[task][name][1 - seed, 0] for name in best]))
    return 100 * (np.mean(held) - score(truth.dev, task, chosen, [0, 1]))


@pytest.mark.parametrize(("rule", "fall"), [("greedy", True), ("best prefix", False)])
def test_trials_in_an_order_are_worth_what_a_walk_finds(truth, rule, fall):
    found = judged(truth, VALUES)
    for row, task in enumerate(NAMES):
        order = sorted(
            (other for other in NAMES if other != task), key=lambda one: -VALUES[row, NAMES.index(one)]
        )
        by_all, *by_one = (lost(truth, task, walked(truth, task, order, seeds, fall)) for seeds in SEED_SETS)
        assert found.loc[task, f"{rule}: regret"] == pytest.approx(by_all)
        assert found.loc[task, f"{rule}: by one seed"] == pytest.approx(np.mean(by_one))


def test_bounds_are_those_of_all_orders_and_all_sets(truth):
    found = bounds(truth)
    for task in NAMES:
        pool = [other for other in NAMES if other != task]
        regrets = [
            lost(truth, task, walked(truth, task, [*order], [0, 1], True)) for order in permutations(pool)
        ]
        assert found["random order (mean of orders)"].loc[task, "greedy: regret"] == pytest.approx(
            np.mean(regrets)
        )
        assert found["best order in hindsight"].loc[task, "greedy: regret"] == pytest.approx(min(regrets))
        sets = [one for size in range(4) for one in combinations(pool, size)]
        best = max(sets, key=lambda one: (round(score(truth.select, task, one, [0, 1]), 9), -len(one)))
        ties = [
            one
            for one in sets
            if len(one) == len(best)
            and np.isclose(*(score(truth.select, task, of, [0, 1]) for of in (one, best)))
        ]
        assert found["best set of all by select"].loc[task, "greedy: regret"] == pytest.approx(
            lost(truth, task, ties[0])
        )
        assert found["no candidate"].loc[task, "greedy: regret"] == pytest.approx(lost(truth, task, ()))
        assert found["all candidates"].loc[task, "greedy: regret"] == pytest.approx(
            lost(truth, task, tuple(pool))
        )


def test_gains_are_over_alone_and_a_perfect_ranking_foretells_them(truth):
    expected = [
        [
            score(truth.dev, one, (two,) if two != one else (), [0, 1]) - score(truth.dev, one, (), [0, 1])
            for two in NAMES
        ]
        for one in NAMES
    ]
    np.testing.assert_allclose(gains(NAMES, truth.dev), expected)
    found = judged(truth, gains(NAMES, truth.dev))
    assert (found["NDCG"] > 1 - 1e-9).all()
    assert (found["regret@1 %"].abs() < 1e-9).all()


def test_chance_permutes_candidates_within_primaries(truth, monkeypatch):
    monkeypatch.setattr(judging, "FLIPS", 1999)
    perfect = gains(NAMES, truth.dev)
    found = by_chance(truth, {"noise": VALUES, "perfect": perfect}, {"known": -perfect})
    assert found["pooled"].tolist() == pytest.approx(
        [
            spearmanr(others(of).ravel(), others(perfect).ravel()).statistic
            for of in (VALUES, perfect, -perfect)
        ]
    )
    drawn, rng = [], np.random.default_rng(5)
    for _ in range(2000):
        mixed = [rng.permutation(row) for row in others(perfect)]
        drawn.append([spearmanr(others(of).ravel(), np.ravel(mixed)).statistic for of in (VALUES, perfect)])
    drawn = np.array(drawn)
    for place, way in enumerate(("noise", "perfect")):
        at = found.loc[way, "pooled"] - 1e-9
        assert found.loc[way, "p"] == pytest.approx((drawn[:, place] >= at).mean(), abs=0.05)
        assert found.loc[way, "p of all"] == pytest.approx((drawn.max(1) >= at).mean(), abs=0.05)
    assert np.isnan(found.loc["known", "p of all"])


def test_weights_of_instances_are_those_of_a_loop():
    rng = np.random.default_rng(7)
    gradients, losses = rng.random((6, *HEADS)), np.array([0.1, 0.6, 0.7, 2.0, 0.69, 0.0])
    gradients[4] = 0  # says nothing of any head
    expected = {name: np.zeros(HEADS) for name in WEIGHTS}
    for of, loss in zip(gradients, losses, strict=True):
        share = of / of.sum() if of.sum() else of
        expected["shares"] += share
        expected["sums"] += of
        expected["squares"] += of**2
        expected["shares × loss"] += share * loss
        expected["shares, right" if loss < np.log(2) else "shares, wrong"] += share
    for name, weigh in WEIGHTS.items():
        found = weigh(gradients, losses)
        np.testing.assert_allclose(found / found.sum(), expected[name] / expected[name].sum(), err_msg=name)


@pytest.fixture
def results(tmp_path) -> Path:
    """A finished truth of four tasks, pairs and all, and two seeds of gradients of each."""
    dev, tasks = made(1), [yes_no(task) for task in NAMES]
    spec = TruthSpec("toy", tasks, "tiny", ["pairs"], [1, 2], "select")
    for members in spec.lattice():
        for place, seed in enumerate(spec.seeds):
            of = {task: [dev[task]["+".join(members)][place, 0]] for task in members}
            scores = {
                f"{task} {split} accuracy": value for task, value in of.items() for split in ("select", "dev")
            }
            put_run(tmp_path, [*members], scores, seed)
    measure(spec, str(tmp_path), below(tmp_path, "truth", backend="tiny", suite="toy"))
    put_statistics(tmp_path, {task: (30 + place, 5.0 + place, "x") for place, task in enumerate(NAMES)})
    rng = np.random.default_rng(11)
    for task in tasks:
        for seed in (1, 2):
            heads = pa.FixedSizeListArray.from_arrays(rng.random(8 * 6).astype(np.float32), 6)
            table = pa.table({"instance": range(8), "loss": rng.random(8).astype(np.float32), "heads": heads})
            path = below(tmp_path, "gradients", backend="tiny", task=task.name, seed=seed)
            write_table(
                path, table, {"spec": {"task": {"objective": task.objective}}, "layers": 2, "heads": 3}
            )
    return tmp_path


def test_the_page_holds_every_ranking(results, tmp_path):
    out, script = tmp_path / "page", Path(judging.__file__).with_name("rankings.py")
    command = [
        sys.executable,
        script,
        results,
        f"again={results}",
        "--suite",
        "toy",
        "--backend",
        "tiny",
        "--out",
        out,
    ]
    subprocess.run([*map(str, command)], check=True)
    rows = pd.read_csv(f"{out}.csv").set_index("ranking")
    ways = by_gradients("base", str(results), "tiny", NAMES)
    assert {*ways} < {*rows.index}
    assert len(ways) == 6 * 3 * 5
    known = Truth(NAMES, made(1), made(2))
    one = "base · shares · l2 · tau"
    found = foretold(
        known, lambda at, of, own: judging.quality(others(ways[one])[at], of.mean(1), own.mean())
    )
    np.testing.assert_allclose(rows.loc[[one], "NDCG"], found["NDCG"], rtol=1e-5)
    page = Path(f"{out}.md").read_text(encoding="utf-8")
    assert "4 tasks, 11 sets, 2 seeds of joint runs; 180 rankings by gradients" in page
    assert "Bounds" not in page  # not all sets are measured
