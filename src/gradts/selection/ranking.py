"""Order of a primary task's candidates (paper section 3.2)."""

import math
from collections.abc import Mapping


def rank(correlation: Mapping[str, float], primary: str) -> list[str]:
    """Candidates by falling τ with the primary task, ties by name.

    `correlation` is the primary's row of the matrix. A candidate whose τ is NaN has no ranking and is
    not selected.
    """
    candidates = [task for task in correlation if task != primary and not math.isnan(correlation[task])]
    return sorted(candidates, key=lambda task: (-correlation[task], task))
