"""Where trials in an order end, and which set is taken, by rules of our own (docs/trials.md).

The paper's is gradts.greedy, and `best` is heuristics.best_prefix.
"""

import math
from collections.abc import Callable, Sequence

from gradts.selection.gains import Gain
from gradts.selection.gradts import Trial, greedy
from gradts.selection.heuristics import best_prefix
from gradts.selection.methods import WEIGHED

PATIENCE = 2  # steps in a row without a gain, which end a walk

# Of a set over another.
Gains = Callable[[tuple[str, ...], tuple[str, ...]], Gain]


def walk(
    ordered: Sequence[str],
    score: Callable[[tuple[str, ...]], float],
    gain: Gains,
    *,
    primary_alone: bool,
) -> Trial:
    """Add candidates in order until two steps in a row gain nothing, or one loses credibly; the best of them.

    Both against the best set so far; an equal score is no gain. An undefined score (NaN) is below every
    other, as for gradts.greedy. `score` may raise: nothing is kept between calls.
    """
    best: tuple[str, ...] | None = None
    idle, steps = 0, []
    for size in range(0 if primary_alone else 1, len(ordered) + 1):
        tried = tuple(ordered[:size])
        current = score(tried)
        steps.append((tried, current))
        if best is None:
            best = None if math.isnan(current) else tried
            continue
        found = Gain(-math.inf, 0) if math.isnan(current) else gain(tried, best)
        best, idle = (tried, 0) if found.mean > 0 else (best, idle + 1)
        if found.lost or idle == PATIENCE:
            break
    return Trial(best or (), tuple(steps))


def smallest(trial: Trial, gain: Gains) -> tuple[Trial, list[Gain]]:
    """The smallest tried set within one standard error of the best (Breiman et al. 1984).

    With the gain of every step over the best. The error is that of this gain.
    """
    gains = [
        Gain(math.nan, math.nan) if math.isnan(score) else gain(tried, trial.chosen)
        for tried, score in trial.steps
    ]
    within = (tried for (tried, _), one in zip(trial.steps, gains, strict=True) if one.within)
    return Trial(next(within, trial.chosen), trial.steps), gains


def by_rule(
    rule: str,
    ordered: Sequence[str],
    scores: Callable[[list[tuple[str, ...]]], list[float]],
    gain: Gains,
    *,
    primary_alone: bool,
) -> tuple[Trial, list[Gain]]:
    """Trials under a rule and, where it weighs them, the gain of every step over the best.

    `scores(sets)`: the primary's score when trained with each set of auxiliaries.
    """

    def score(tried: tuple[str, ...]) -> float:
        return scores([tried])[0]

    if rule == "fall":
        return greedy(ordered, score, primary_alone=primary_alone), []
    if rule == "paired":
        trial = walk(ordered, score, gain, primary_alone=primary_alone)
    else:
        trial = best_prefix(ordered, scores, primary_alone=primary_alone)
    return smallest(trial, gain) if rule in WEIGHED else (trial, [])
