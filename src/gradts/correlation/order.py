"""The order in which tasks are drawn: like beside like."""

import math
from collections.abc import Mapping

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform


def leaf_order(correlation: Mapping[str, Mapping[str, float]]) -> list[str]:
    """A suite's tasks as the leaves of their tree (average linkage on 1 − τ), neighbours as alike as can be.

    `correlation`: task → task → τ, or another measure. The same tasks have the same order, however they are
    listed: of the two directions that which begins with the earlier name. A task without τ stands behind the
    others, by name; a single pair without it is as far apart as can be.
    """
    names = sorted(correlation)
    ranked = [
        name
        for name in names
        if any(not math.isnan(value) for other, value in correlation[name].items() if other != name)
    ]
    order = ranked
    if len(ranked) > 2:
        tau = np.array([[correlation[one][other] for other in ranked] for one in ranked])
        distance = squareform(np.nan_to_num(1 - tau, nan=2.0), checks=False)
        order = [ranked[leaf] for leaf in leaves_list(linkage(distance, "average", optimal_ordering=True))]
    return sorted([order, order[::-1]])[0] + [name for name in names if name not in ranked]
