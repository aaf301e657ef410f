"""How often a rule of trials adds tasks that chance chose, and takes one that helps (docs/trials.md).

    python benchmarks/trials.py [--times 1000] [--candidates 8] [--points 3]

Simulated: nothing is trained. 80 of 100 answers are right. Instances are easy or hard, a little otherwise for
every set; each run adds chance to every instance, and a luck of its own to all (a deviation of 1.9 points).
Prints a row of Markdown a rule, number of seeds and number of instances.
"""

import argparse

import numpy as np
from scipy.stats import norm

from gradts.selection.gains import Judged, gain, judged
from gradts.selection.methods import RULES
from gradts.selection.rules import by_rule
from gradts.specs import Task

RIGHT, OWN, LUCK = 0.8, 0.3, 0.1
TASK = Task("t", "classification", ["no", "yes"], ["accuracy"], "accuracy")


def made(generator: np.random.Generator, rows: int, seeds: int, shares: list[float]) -> list[list[Judged]]:
    """The runs of sets that are right on these shares of all instances there are: set → seed → run."""
    deviation = np.sqrt(2 + OWN**2 + LUCK**2)
    easy = generator.normal(0, 1, rows)
    found = []
    for share in shares:
        own = easy + norm.ppf(share) * deviation + generator.normal(0, OWN, rows)
        luck = generator.normal(0, LUCK, (seeds, 1))
        right = own + luck + generator.normal(0, 1, (seeds, rows)) > 0
        found.append([judged(TASK, [1] * rows, of.astype(int).tolist()) for of in right])
    return found


def taken(rule: str, runs: list[list[Judged]]) -> tuple[int, int]:
    """How many candidates a rule takes, and tries; `runs`: with no candidate, the first, the first two …"""

    def scores(sets: list[tuple[str, ...]]) -> list[float]:
        return [float(np.mean([run.score for run in runs[len(one)]])) for one in sets]

    trial, _ = by_rule(
        rule,
        [*map(str, range(1, len(runs)))],
        scores,
        lambda new, old: gain([runs[len(new)]], [runs[len(old)]]),
        primary_alone=True,
    )
    return len(trial.chosen), len(trial.steps) - 1


def simulated(
    generator: np.random.Generator, rows: int, seeds: int, candidates: int, points: float, place: int | None
) -> dict[str, tuple[int, int]]:
    """Rule → what it takes and tries, of candidates of which one, at this place, helps by so many points."""
    sizes = range(candidates + 1)
    shares = [RIGHT + points / 100 * (place is not None and size >= place) for size in sizes]
    runs = made(generator, rows, seeds, shares)
    return {rule: taken(rule, runs) for rule in RULES}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--candidates", type=int, default=8)
    parser.add_argument("--points", type=float, default=3)
    given = parser.parse_args()
    generator = np.random.default_rng(0)
    places = generator.integers(1, given.candidates + 1, given.times).tolist()
    columns = ["instances", "seeds", "rule", "adds by chance", "trials", "takes the first", "trials"]
    print("|", " | ".join([*columns, "takes it anywhere", "trials"]), "|")
    for rows in (64, 150, 1000):
        for seeds in (1, 3):
            case = (generator, rows, seeds, given.candidates, given.points)
            none, first, anywhere = (
                [simulated(*case, place) for place in of]
                for of in ([None] * given.times, [1] * given.times, places)
            )
            for rule in RULES:
                adds = np.mean([one[rule][0] > 0 for one in none])
                helps = np.mean([one[rule][0] > 0 for one in first])
                finds = np.mean([one[rule][0] >= place for one, place in zip(anywhere, places, strict=True)])
                cells = [
                    cell
                    for share, of in ((adds, none), (helps, first), (finds, anywhere))
                    for cell in (f"{share:.0%}", f"{np.mean([one[rule][1] for one in of]):.1f}")
                ]
                print("|", " | ".join([str(rows), str(seeds), f"`{rule}`", *cells]), "|", flush=True)


if __name__ == "__main__":
    main()
