"""How much better one set of tasks is than another, and how sure that is (docs/trials.md).

From what both sets' runs answer to the same instances, under the same seeds. The workflow asks this, too:
nothing heavy.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from gradts.specs import Task
from gradts.truth.resampling import dealt, rescored

SURE = 1.645  # standard errors: the 95 % quantile of a normal distribution


class Gain(NamedTuple):
    """How much a set is above another, and the standard error of that; NaN: undefined."""

    mean: float
    error: float

    @property
    def lost(self) -> bool:
        """Whether it is credibly negative: one-sided, at 95 %."""
        return self.mean + SURE * self.error < 0

    @property
    def within(self) -> bool:
        """Whether it is not below 0 by more than one standard error, as a single row never is."""
        return round(self.mean + self.error, 9) >= 0


class Judged(NamedTuple):
    """A run's deciding score, and what it is without one group of instances after the other [groups]."""

    score: float
    without: np.ndarray


def judged(task: Task, labels: Sequence[Any], answers: Sequence[Any]) -> Judged:
    """A run by its answers; NaN where its score is undefined."""
    if task.decides == "pearson":
        # No unit changes it, and in that of the labels answers that hardly differ would lose their digits.
        given = np.array(answers)
        answers = np.mean(labels) + np.std(labels) * (given - given.mean()) / (given.std() or 1)
    made = rescored(task, task.decides, labels, answers, group := dealt(len(labels)))
    with np.errstate(all="ignore"):
        return Judged(float(made.drawn(np.ones((1, group.max() + 1)))[0]), made.without())


# Part of the instances → seed → the run that answers it; None: one that never answered.
Runs = Sequence[Sequence[Judged | None]]


def gain(new: Runs, old: Runs) -> Gain:
    """The mean gain of one set over another, of the seeds under which both have a score on every part.

    A part on which no seed has one is left out, as is, where others have one, a part without an error: a
    fold of a single row.
    """
    pairs = [[*zip(*of_part, strict=True)] for of_part in zip(new, old, strict=True)]
    known = [[bool(a and b and not np.isnan(a.score - b.score)) for a, b in part] for part in pairs]
    parts = [part for part, of in zip(pairs, known, strict=True) if any(of)]
    seeds = np.flatnonzero(np.all([of for of in known if any(of)], axis=0)) if parts else []
    if not len(seeds):
        return Gain(np.nan, np.nan)
    taken = [[part[seed] for seed in seeds] for part in parts]
    gains = np.array([[a.score - b.score for a, b in part] for part in taken])
    without = [np.array([a.without - b.without for a, b in part]) for part in taken]
    told = [place for place, of in enumerate(without) if not np.isnan(error(gains[place], [of]))]
    if told:
        gains, without = gains[told], [without[place] for place in told]
    # Equal scores, in another order of seeds, are equal.
    return Gain(round(gains.mean(), 12) + 0.0, error(gains.mean(0), without))


def error(gains: np.ndarray, without: Sequence[np.ndarray]) -> float:
    """The standard error of a mean gain over seeds and instances, both of them drawn (docs/trials.md).

    `gains` [seeds]: the mean over parts of the instances; `without`: of each part [seeds, groups], what its
    gains are without a group. NaN where a part has one group.
    """
    seeds, over_groups, over_both = len(gains), 0.0, 0.0
    with np.errstate(all="ignore"):
        for of in without:
            groups = of.shape[1]
            # Of a mean over instances an instance's own gain, else its influence: less the mean.
            own = (groups - 1) * (of.mean(1, keepdims=True) - of)
            spread = groups * (groups - 1) * len(without) ** 2
            over_groups += np.square(own.mean(0)).sum() / spread
            over_both += np.square(own - own.mean(0)).sum() / spread / (seeds * max(1, seeds - 1))
        over_seeds = gains.var(ddof=1) / seeds if seeds > 1 else 0.0
        return float(np.sqrt(over_groups + max(0.0, over_seeds - over_both)))
