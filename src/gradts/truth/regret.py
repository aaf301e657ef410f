"""What a set lost against the best one there is: arithmetic on scores, no file.

The best of many sets looks better than it is: the largest of noisy scores is that of a good set *and* of a
lucky draw. So it is taken on one half of the seeds and scored on the other (docs/truth.md).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from scipy.stats import percentileofscore, sem, t

from gradts.truth.statistics import LEVEL

# Differences of which every seed has one.
DIFFERENCES = ("regret", "over_random", "over_alone", "over_repeated", "over_all")


def halves(seeds: int) -> Iterator[tuple[list[int], list[int]]]:
    """All ways to part so many seeds in a half and the other (of three: one and two), each both ways."""
    for size in sorted({seeds // 2, seeds - seeds // 2} - {0, seeds}):
        for half in combinations(range(seeds), size):
            yield [*half], [seed for seed in range(seeds) if seed not in half]


def held_out(scores: np.ndarray) -> np.ndarray:
    """The score of the best set: taken on one half of the seeds, scored on the other.

    `scores` [sets, seeds, splits], by the mean over splits. Answers [seeds, splits]: what every seed tells as
    one of the others, so that the mean over seeds is the mean over all halvings; of several best sets their
    mean, so that no order of sets matters. A set with an undefined
    score is never best; NaN where none is left, and of one seed.
    """
    known = scores[~np.isnan(scores).any((1, 2))]
    ways = [*halves(scores.shape[1])]
    if not len(known) or not ways:
        return np.full(scores.shape[1:], math.nan)
    found, means = np.zeros(scores.shape[1:]), known.mean(2)
    for half, other in ways:
        of_half = means[:, half].mean(1).round(9)  # equal shares of rows are equal
        found[other] += known[of_half == of_half.max()][:, other].mean(0) / len(other)
    return found * scores.shape[1] / len(ways)


def judge(
    sets: Mapping[str, np.ndarray],
    own: np.ndarray,
    tasks: Sequence[int],
    repeated: np.ndarray,
    alone: str,
    everything: str,
    sizes: np.ndarray,
) -> dict[str, Any]:
    """What a method's answer for a task was worth.

    `sets`: every set of the lattice that holds the task → its scores [seeds, splits]; `own` [draws, seeds,
    splits]: those of the answer, of several where sets are drawn, each of so many `tasks`; `repeated`, as
    `own`: the task alone with as many updates; `alone`, `everything`: names of sets; `sizes` [splits]: their
    rows.

    Differences (see DIFFERENCES) are [seeds]; `instances`: the regret in rows; `percentile`: where the answer
    stands among all sets, of which a random one has 50 on average; `over_random`: over the mean of all sets
    of as many tasks, NaN where there is none; `seed_deviation` and `draw_deviation` are
    apart, since another seed is another training and another draw another set.
    """
    values = np.stack([*sets.values()])
    means = values.mean((1, 2)).round(9)  # equal shares of rows are equal
    best, mine = held_out(values), own.mean(0)
    apparent = [*sets][np.nanargmax(means)] if not np.isnan(means).all() else alone
    over = {"random": np.mean([_alike(sets, size) for size in tasks], axis=0), "alone": sets[alone]}
    over |= {"repeated": repeated.mean(0), "all": sets[everything]}
    places = [percentileofscore(means, one, "mean", "omit") for one in own.mean((1, 2)).round(9)]
    return {
        "score": mine.mean(),
        "best_set": apparent,
        "best": best.mean(),
        "best_apparent": sets[apparent].mean(),
        "regret": (best - mine).mean(1),
        "instances": (best - mine).mean(0) @ sizes,
        "percentile": float(np.mean(places)),
        **{f"over_{name}": (mine - other).mean(1) for name, other in over.items()},
        "seed_deviation": deviation(mine.mean(1)),
        "draw_deviation": deviation(own.mean((1, 2))),
    }


def _alike(sets: Mapping[str, np.ndarray], tasks: int) -> np.ndarray:
    """The mean of all sets of so many tasks [seeds, splits]."""
    found = [scores for name, scores in sets.items() if name.count("+") + 1 == tasks]
    return np.mean(found, axis=0) if found else np.full(sets[min(sets)].shape, math.nan)


def deviation(values: np.ndarray) -> float:
    """The standard deviation of a sample; NaN of one."""
    return values.std(ddof=1) if len(values) > 1 else math.nan


def interval(values: np.ndarray) -> tuple[float, float]:
    """Both ends of Student's interval of a mean of independent values; NaN of one."""
    if len(values) < 2:
        return math.nan, math.nan
    half = t.ppf((1 + LEVEL) / 2, len(values) - 1) * sem(values)
    return values.mean() - half, values.mean() + half
