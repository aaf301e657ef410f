"""Thresholds on τ: for tasks (GradTS-thres), for instances (GradTS-fg), and their tuning.

A threshold is a number (an absolute τ) or `{"keep": share}` (the best share).
"""

import math
from collections.abc import Mapping, Sequence

from gradts.selection.ranking import rank
from gradts.specs import Member, Subset

Threshold = float | Mapping[str, float]


def tasks_above(correlation: Mapping[str, float], primary: str, threshold: Threshold) -> tuple[str, ...]:
    """GradTS-thres: candidates with τ ≥ threshold, or the best share of them, best first.

    The answer is always a prefix of GradTS-trial's order, so both share joint runs.
    """
    ranked = rank(correlation, primary)
    if isinstance(threshold, Mapping):
        return tuple(ranked[: round(threshold["keep"] * len(ranked))])
    return tuple(task for task in ranked if correlation[task] >= threshold)


def filtered(auxiliary: str, primary: str, threshold: Threshold) -> Member:
    """GradTS-fg: the auxiliary task with only the instances that the threshold keeps."""
    if not isinstance(threshold, Mapping):
        return Member(auxiliary, Subset("tau", float(threshold), primary))
    if threshold["keep"] == 1:
        return Member(auxiliary)  # all instances: the same run as GradTS-trial's
    return Member(auxiliary, Subset("keep", threshold["keep"], primary))


def best(scores: Sequence[Sequence[float]]) -> int:
    """Position of the threshold with the best mean score over the tuning tasks; the first of a tie.

    `scores[i][j]`: threshold i, task j. NaN is never best.
    """
    means = [sum(row) / len(row) for row in scores]
    return max(range(len(means)), key=lambda i: (-math.inf if math.isnan(means[i]) else means[i], -i))
