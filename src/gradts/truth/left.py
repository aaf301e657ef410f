"""How much of a truth is still to be made. The workflow tells this: nothing heavy."""

import os
import sys
from functools import cache

from gradts.layout import below
from gradts.readings import read_facts
from gradts.truth.lattice import TruthSpec

COSTS = {"device": str, "cpu_seconds": int | float, "wall_seconds": int | float}


def left(spec: TruthSpec, results: str) -> str:
    """Runs and seconds to go: a run costs so much a member as those that are made.

    As in Table 10, CPU seconds of a run on a CPU, wall seconds on a GPU.
    """
    seconds = made = members_made = members = 0.0
    runs = [(one, seed) for one in spec.lattice() for seed in spec.seeds]
    for one, seed in runs:
        members += len(one)
        path = below(results, "run", backend=spec.backend, members=one, seed=seed)
        if os.path.exists(path):
            record = read_facts(path, COSTS, {})
            seconds += record["cpu_seconds" if record["device"] == "cpu" else "wall_seconds"]
            made, members_made = made + 1, members_made + len(one)
    told = f"truth of {spec.suite} under {spec.backend}: {len(runs)} runs, {made:.0f} made"
    if not 0 < made < len(runs):
        return told
    minutes = seconds / members_made * (members - members_made) / 60
    return f"{told}, about {minutes:.0f} minutes of the others to go on one core or GPU"


@cache
def tell(text: str) -> None:
    """Print to standard error, once."""
    print(text, file=sys.stderr)
