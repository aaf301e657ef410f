"""How sure a score is, and whether it differs from another: over seeds and instances (docs/statistics.md).

An interval is that of a crossed bootstrap (Owen 2007, "The pigeonhole bootstrap", Annals of Applied
Statistics): seeds are drawn with replacement, and apart from them the instances of every split; all runs
answer the same drawn instances. The test swaps two arms' answers to an instance, under all seeds at once:
that flips the sign of its difference.
"""

import math
import warnings
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import bootstrap, permutation_test

from gradts.specs import Task
from gradts.truth.resampling import SEED, Counted, Ranked, dealt, rescored

LEVEL = 0.95  # what an interval holds; a difference is real where its p is at most the rest
DRAWS, FLIPS = 2000, 9999
FEW = 5  # seeds: with fewer an interval may hold the truth much less often than it says (docs/statistics.md)
PLACES = 2 * 10**6  # drawn groups that are held at a time

Answers = Mapping[str, Sequence[Any]]  # split → a run's answers in the order of its labels; none: it diverged
Arm = Sequence[Sequence[Hashable]]  # set → seed → run


class Interval(NamedTuple):
    """A mean and both ends of its interval; NaN: undefined."""

    mean: float
    low: float
    high: float


class Compared(NamedTuple):
    """An arm's score, its difference to the base, and p of the test; NaN of what is no comparison."""

    score: Interval
    difference: Interval
    p: float


def compared(
    task: Task,
    metric: str,
    labels: Mapping[str, Sequence[Any]],
    runs: Mapping[Hashable, Answers],
    arms: Sequence[Arm],
    base: int | None = None,
) -> list[Compared]:
    """Every arm's score, the mean over splits, seeds and its sets, and its difference to the arm `base`.

    All arms have the same seeds in the same order. Sets are taken as they are; the base is of one. An arm of
    the base's own runs is not tested, and nothing is known where a split has one row.
    """
    groups = {split: dealt(len(of)) for split, of in labels.items()}
    known = {
        run: [rescored(task, metric, of, runs[run][split], groups[split]) for split, of in labels.items()]
        for run in {run for arm in arms for one in arm for run in one}
        if runs[run]
    }
    sizes = [int(group.max()) + 1 for group in groups.values()]
    intervals = _intervals(known, sizes, arms, base)
    tested = [place for place, arm in enumerate(arms) if base is not None and arm != arms[base]]
    p = np.full(len(arms), np.nan)
    if tested and min(sizes) > 1:
        p[tested] = _p(known, sizes, [arms[place] for place in tested], arms[base])
    return [Compared(*of) for of in zip(*intervals, p.tolist(), strict=True)]


def holm(p: Sequence[float]) -> list[float]:
    """p of several tests, so that of true null hypotheses any falls below a level that seldom (Holm 1979).

    NaN is no test.
    """
    adjusted = np.array(p, dtype=float)
    order = np.argsort(adjusted)[: np.isfinite(adjusted).sum()]  # NaN comes last
    stepped = np.maximum.accumulate(adjusted[order] * np.arange(len(order), 0, -1))
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted.tolist()


def told(found: Compared, p: float) -> int:
    """1 where a difference is above 0, −1 below; 0 unless the interval and the test, p after Holm, agree."""
    real = p <= 1 - LEVEL  # NaN is not
    return int(real and found.difference.low > 0) - int(real and found.difference.high < 0)


Known = Mapping[Hashable, list[Counted | Ranked]]  # run → a split each


def _intervals(known: Known, sizes: list[int], arms: Sequence[Arm], base: int | None) -> list[list[Interval]]:
    """Of every arm's score, and of every arm's difference to the base; NaN where there is none."""
    seeds = len(arms[0][0])
    samples = [np.arange(size) for size in [*sizes, *[seeds] * (seeds > 1)]]

    def scores(*drawn: np.ndarray, axis: int = -1) -> np.ndarray:
        """[2 · arms, draws] of the drawn groups of every split and, where there are several, seeds."""
        times = [_times(of, len(sample)) for of, sample in zip(drawn, samples, strict=True)]
        weights = times.pop() if seeds > 1 else np.ones((len(times[0]), 1))
        of_runs = {
            run: np.mean([of.drawn(one) for of, one in zip(splits, times, strict=True)], axis=0)
            for run, splits in known.items()
        }
        found = _of_arms(arms, of_runs, len(weights))
        means = (found * weights.T).sum(1) / weights.sum(1)
        both = np.concatenate([means, means - (math.nan if base is None else means[base])])
        # BCa counts equal scores as half below: rounding must not tell them apart.
        both = both.round(12)
        return both if drawn[0].ndim > 1 else both[:, 0]

    single = scores(*samples)
    ends = np.full((2, len(single)), np.nan)
    if min(sizes) > 1:
        made = {"vectorized": True, "confidence_level": LEVEL, "rng": SEED}
        made["batch"] = max(1, PLACES // sum(sizes))
        with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
            found = bootstrap(samples, scores, n_resamples=DRAWS, method="BCa", **made)
            tail = (1 - LEVEL) / 2
            plain = np.nanquantile(found.bootstrap_distribution, [tail, 1 - tail], axis=-1)
        ends = np.array(found.confidence_interval)
        # BCa has no value where no instance matters, as of a score of 100 %, nor where a draw has none, as of
        # equal labels a correlation: then percentiles, of draws that have one.
        ends = np.where(np.isnan(ends) & ~np.isnan(single), plain, ends)
    intervals = [Interval(*map(float, of)) for of in zip(single, *ends, strict=True)]
    return [intervals[: len(arms)], intervals[len(arms) :]]


def _times(positions: np.ndarray, size: int) -> np.ndarray:
    """[draws, size]: how often each of `size` positions is drawn; of [draws, positions], or of one draw."""
    drawn = np.atleast_2d(positions)
    places = drawn + size * np.arange(len(drawn))[:, None]
    return np.bincount(places.ravel(), minlength=size * len(drawn)).reshape(-1, size).astype(float)


def _of_arms(arms: Sequence[Arm], of_runs: Mapping[Hashable, np.ndarray], draws: int) -> np.ndarray:
    """[arms, seeds, draws]: the mean over an arm's sets; NaN where a run is not known."""
    undefined = np.full(draws, np.nan)
    return np.array(
        [np.mean([[of_runs.get(run, undefined) for run in one] for one in arm], axis=0) for arm in arms]
    )


def _p(known: Known, sizes: list[int], arms: Sequence[Arm], base: Arm) -> list[float]:
    """p of every arm's difference to the base, two-sided; NaN: undefined."""
    (alone,) = base
    against = [[[*zip(one, alone, strict=True)] for one in arm] for arm in arms]  # pairs of runs
    pairs = {pair for arm in against for one in arm for pair in one if {*pair} <= known.keys()}

    def differences(signs: np.ndarray, axis: int = -1) -> np.ndarray:
        """[draws, arms] where the groups of all splits whose sign is −1 are swapped."""
        swaps = np.split((1 - np.atleast_2d(signs)) / 2, np.cumsum(sizes)[:-1], axis=1)
        of_pairs = {
            (first, second): np.mean(
                [of.swapped(*one) for of, *one in zip(known[first], known[second], swaps, strict=True)],
                axis=0,
            )
            for first, second in pairs
        }
        found = _of_arms(against, of_pairs, len(swaps[0])).mean(1).T
        return found if signs.ndim > 1 else found[0]

    with np.errstate(all="ignore"):
        found = permutation_test(
            [np.ones(sum(sizes))],
            differences,
            permutation_type="samples",
            vectorized=True,
            n_resamples=FLIPS,
            batch=max(1, PLACES // sum(sizes)),
            rng=SEED,
        )
    defined = np.isfinite(found.statistic) & np.isfinite(found.null_distribution).all(axis=0)
    return np.where(defined, found.pvalue, np.nan).tolist()
