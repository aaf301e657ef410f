"""GradTS (paper section 3): rank candidates by head importance, try them greedily, filter by thresholds.

`correlation` is the primary's row of the matrix of τ. A threshold is a number (an absolute τ) or
`{"keep": share}` (the best share).
"""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gradts.members import Member, Subset, share_of

Threshold = float | Mapping[str, float]


# ------------------------------------------------------------------------- 3.2 auxiliary task ranking


def rank(correlation: Mapping[str, float], primary: str) -> list[str]:
    """Candidates by falling τ with the primary task, or another value of them, ties by name.

    A candidate whose τ is NaN has no ranking and is not selected.
    """
    candidates = [task for task in correlation if task != primary and not math.isnan(correlation[task])]
    return sorted(candidates, key=lambda task: (-correlation[task], task))


# ------------------------------------------------------------------------ 3.3 auxiliary task selection


@dataclass(frozen=True)
class Trial:
    """The chosen auxiliary tasks and the score of every step that was tried."""

    chosen: tuple[str, ...]
    steps: tuple[tuple[tuple[str, ...], float], ...]


def greedy(ranked: Sequence[str], score: Callable[[tuple[str, ...]], float], *, primary_alone: bool) -> Trial:
    """GradTS-trial: add candidates in order until the primary's score falls below the previous step's.

    `score(auxiliaries)` is the primary's score on the decision split when trained with them; higher is
    better. With `primary_alone` step 0 is the primary by itself, so that choosing nothing is possible
    (method.md §3, corrected). An equal score goes on. An undefined score (NaN) is below every other, so
    it is a fall or, before any other, passed over, and never chosen. `score` may raise: nothing is kept
    between calls, so the search can be run again from its start.
    """
    chosen: tuple[str, ...] = ()
    previous, steps = -math.inf, []
    for size in range(0 if primary_alone else 1, len(ranked) + 1):
        tried = tuple(ranked[:size])
        current = score(tried)
        steps.append((tried, current))
        if current >= previous:
            chosen, previous = tried, current
        elif previous > -math.inf:
            break
    return Trial(chosen, tuple(steps))


def tasks_above(correlation: Mapping[str, float], primary: str, threshold: Threshold) -> tuple[str, ...]:
    """GradTS-thres: candidates with τ ≥ threshold, or the best share of them, best first.

    The answer is always a prefix of GradTS-trial's order, so both share joint runs.
    """
    ranked = rank(correlation, primary)
    if isinstance(threshold, Mapping):
        return tuple(ranked[: share_of(len(ranked), threshold["keep"])])
    return tuple(task for task in ranked if correlation[task] >= threshold)


def instances_above(
    auxiliary: str, primary: str, threshold: Threshold, sample: Subset | None = None
) -> Member:
    """GradTS-fg: the auxiliary task with only the instances, of a sample or all, that the threshold keeps."""
    if not isinstance(threshold, Mapping):
        return Member(auxiliary, Subset("tau", float(threshold), primary, sample))
    if threshold["keep"] == 1:
        return Member(auxiliary, sample)  # no filter: the same run as GradTS-trial's
    return Member(auxiliary, Subset("keep", threshold["keep"], primary, sample))


def best_threshold(scores: Sequence[Sequence[float]]) -> int:
    """Position of the threshold with the best mean score over the tuning tasks; the first of a tie.

    `scores[i][j]`: threshold i, task j. An undefined score (NaN) counts as the lowest of its task; a task
    without any other has no say.
    """
    table = np.array(scores, dtype=float)
    known = table[:, ~np.isnan(table).all(axis=0)]
    undefined = np.isnan(known)
    sums = np.where(undefined, np.nanmin(known, axis=0), known).sum(axis=1)
    # Among equal sums what was measured, not what stands in for it.
    return min(range(len(sums)), key=lambda place: (-sums[place], undefined[place].sum(), place))


def tied(outcomes: Sequence[Hashable], what: str) -> str | None:
    """Why trials decide nothing: there are several, and all ended alike. None where they do not.

    A search has then seen no task help or harm: what it would choose follows from how it treats ties. An
    outcome of None is an undefined score.
    """
    if len({*outcomes}) != 1 or len(outcomes) == 1:
        return None
    return f"all {len(outcomes)} {what} {'have no defined score' if None in outcomes else 'scored the same'}"


def first_best(scores: Sequence[float]) -> int:
    """Position of the best score, the first of a tie; NaN is never best."""
    return int(np.argmax(np.nan_to_num(scores, nan=-math.inf)))
