"""Surrogate models of joint training (Li et al. 2023): which tasks are in a set foretells a task's score.

Pure functions. A row is one set that holds the primary task: `x` [rows, candidates], 1 where a candidate is
in it, and `y` [rows], the primary's score. scikit-learn is imported where it is used: the graph, which asks
for `designed` alone, needs none.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import product

import numpy as np

# Of both models. Indicators are 0 or 1, so that a penalty means the same for scores in any unit.
PENALTIES = (0.1, 0.5, 2.0, 10.0, 50.0)
# Size below which a coefficient is set to 0, in standard deviations of the scores.
THRESHOLDS = (0.0, 0.1, 0.25, 0.5, 1.0)
# Of the kernel, in candidates: tasks by which two sets differ.
WIDTHS = (0.25, 1.0, 4.0)
# Sets a task; see docs/surrogate.md.
SETS = 4
# Of fewer rows there are too few orders for one in 20 to be rare.
FEWEST = 4
SHUFFLES = 199
# The most candidates of which all sets are foretold: 4,096.
ALL = 12
# Foretold scores [targets] of a set, by a model fitted to rows with several targets; and its setting.
Foretold = Iterator[tuple[dict[str, float], np.ndarray]]


@cache
def designed(tasks: tuple[str, ...], sets: int | None, share: float) -> tuple[tuple[str, ...], ...]:
    """Random sets of two tasks or more, not all: sorted, each once; a longer draw begins with the shorter.

    A task is in a set with the probability `share`, which its name and the set's number alone decide: an
    added task leaves the sets as they were that it is not in. `sets`: None for SETS a task; never more than
    there are, and fewer where a lopsided share draws the others too rarely.
    """
    pool = sorted(tasks)
    wanted = min(SETS * len(pool) if sets is None else sets, 2 ** len(pool) - len(pool) - 2)
    found: dict[tuple[str, ...], None] = {}
    for number in range(100 * wanted):
        one = tuple(task for task in pool if _uniform(f"{task} {number}") < share)
        if 1 < len(one) < len(pool):
            found[one] = None
        if len(found) == wanted:
            break
    return tuple(found)


def _uniform(text: str) -> float:
    return int.from_bytes(sha256(text.encode()).digest()[:8]) / 2**64


@dataclass(frozen=True)
class Surrogate:
    """A fitted model: what it makes of every candidate, and whether it foretells sets that it has not seen.

    `coefficients` [candidates], in the unit of the scores; `chosen` [candidates]: whether each is in the
    answer; `r2`: by leave-one-out; `chance`: what 5 % of shuffled scores exceed; `setting`: the penalty, and
    the threshold or width, with the least leave-one-out error.
    """

    coefficients: np.ndarray
    chosen: np.ndarray
    r2: float
    chance: float
    setting: dict[str, float]

    @property
    def tells(self) -> bool:
        """R² is above 0 and above chance; but for the last digits, in which sums of zeros differ."""
        return round(self.r2, 9) > max(0.0, round(self.chance, 9))


def ridge(x: np.ndarray, y: np.ndarray, tested: int) -> Surrogate:
    """Ridge regression with an intercept; candidates are chosen whose coefficient is positive.

    `tested`: so many rows, the first, are left out in turn. The intercept takes up the primary's score alone,
    so differences from it have the same coefficients as scores.
    """
    from sklearn.linear_model import Ridge

    scale = y.std()

    def fitted(x: np.ndarray, y: np.ndarray, penalty: float) -> np.ndarray:
        return Ridge(alpha=penalty).fit(x, y).coef_

    def kept(coefficients: np.ndarray, threshold: float) -> np.ndarray:
        return np.where(np.abs(coefficients) >= threshold * scale, coefficients, 0.0)

    def foretold(x: np.ndarray, y: np.ndarray, one: np.ndarray) -> Foretold:
        for penalty in PENALTIES:
            coefficients, beyond = fitted(x, y, penalty), one - x.mean(axis=0)
            for threshold in THRESHOLDS:
                setting = {"penalty": penalty, "threshold": threshold}
                yield setting, y.mean(axis=0) + kept(coefficients, threshold) @ beyond

    r2, chance, setting = _leave_one_out(x, y, tested, foretold)
    coefficients = kept(fitted(x, y, setting["penalty"]), setting["threshold"])
    return Surrogate(coefficients, coefficients > 0, r2, chance, setting)


def rbf(x: np.ndarray, y: np.ndarray, tested: int) -> Surrogate:
    """Kernel ridge regression of the centred scores; the set with the highest foretold score is chosen.

    `tested` as in `ridge`. A coefficient is what the foretold score of the chosen set gains by the candidate.
    """
    from sklearn.kernel_ridge import KernelRidge

    def fitted(x: np.ndarray, y: np.ndarray, penalty: float, width: float) -> Callable:
        mean = y.mean(axis=0)
        model = KernelRidge(alpha=penalty, kernel="rbf", gamma=1 / (width * x.shape[1])).fit(x, y - mean)
        return lambda sets: mean + model.predict(sets)

    def foretold(x: np.ndarray, y: np.ndarray, one: np.ndarray) -> Foretold:
        for penalty, width in product(PENALTIES, WIDTHS):
            yield {"penalty": penalty, "width": width}, fitted(x, y, penalty, width)(one[None])[0]

    r2, chance, setting = _leave_one_out(x, y, tested, foretold)
    predict = fitted(x, y, **setting)
    chosen = best_set(predict, x.shape[1])
    each = np.eye(x.shape[1])
    gains = predict(np.maximum(chosen, each)) - predict(np.minimum(chosen, 1 - each))
    return Surrogate(gains, chosen > 0, r2, chance, setting)


def best_set(predict: Callable[[np.ndarray], np.ndarray], candidates: int) -> np.ndarray:
    """Indicators of the set with the highest foretold score, the smallest of a tie.

    `predict`: sets [sets, candidates] → scores. Of more than ALL candidates: none, then the one change of a
    candidate that gains most, in or out, until none gains.
    """
    if candidates <= ALL:
        every = np.array(sorted(product((0.0, 1.0), repeat=candidates), key=sum))
        return every[np.argmax(predict(every))]
    best = np.zeros(candidates)
    while True:
        near = np.abs(best - np.vstack([np.zeros(candidates), np.eye(candidates)]))
        scores = predict(near)
        if scores.max() <= scores[0]:
            return best
        best = near[np.argmax(scores)]


def _leave_one_out(
    x: np.ndarray, y: np.ndarray, tested: int, foretold: Callable[..., Foretold]
) -> tuple[float, float, dict[str, float]]:
    """R² of the best setting, the one that 5 % of shuffled scores exceed, and the setting.

    The best of many settings is above 0 by luck, for shuffled scores as often as for any that mean nothing:
    so each of these has its own best setting. R² is 1 less the squared error over that of the other rows'
    mean, so a model that knows nothing has 0.
    """
    random = np.random.default_rng(0)
    targets = np.column_stack([y, *(random.permutation(y) for _ in range(SHUFFLES))])
    error, by_mean, settings = 0.0, 0.0, []
    for place in range(tested):
        others = np.arange(len(x)) != place
        found = [*foretold(x[others], targets[others], x[place])]
        settings = [setting for setting, _ in found]
        error = error + (np.array([scores for _, scores in found]) - targets[place]) ** 2
        by_mean = by_mean + (targets[others].mean(axis=0) - targets[place]) ** 2
    r2 = 1 - error / np.where(by_mean > 0, by_mean, np.inf)
    best = r2.max(axis=0)
    return float(best[0]), float(np.quantile(best[1:], 0.95)), settings[int(error[:, 0].argmin())]
