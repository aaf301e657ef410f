"""GradTS-trial: greedy trials in the order of correlation (paper section 3.3)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Trial:
    """The chosen auxiliary tasks and the score of every step that was tried."""

    chosen: tuple[str, ...]
    steps: tuple[tuple[tuple[str, ...], float], ...]


def greedy(ranked: Sequence[str], score: Callable[[tuple[str, ...]], float], *, primary_alone: bool) -> Trial:
    """Add candidates in order until the primary's score falls below the previous step's.

    `score(auxiliaries)` is the primary's score on the decision split when trained with them; higher is
    better. With `primary_alone` step 0 is the primary by itself, so that choosing nothing is possible
    (method.md §3, corrected). An equal score goes on; NaN counts as a fall. `score` may raise: nothing
    is kept between calls, so the search can be run again from its start.
    """
    chosen: tuple[str, ...] = ()
    previous, steps = -math.inf, []
    for size in range(0 if primary_alone else 1, len(ranked) + 1):
        tried = tuple(ranked[:size])
        current = score(tried)
        steps.append((tried, current))
        if not current >= previous:
            break
        chosen, previous = tried, current
    return Trial(chosen, tuple(steps))
