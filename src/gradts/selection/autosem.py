"""AUTOSEM's policies (Guo et al. 2019; method.md §5): they answer, jobs train."""

from collections.abc import Mapping, Sequence
from math import gcd

from numpy.random import Generator

from gradts.members import Member, Subset
from gradts.names import InputError
from gradts.selection.gradts import rank, tied

PRIOR = 1.0  # Beta(1, 1)


class Bandit:
    """Non-stationary multi-armed bandit with Thompson sampling: a Beta posterior an arm."""

    def __init__(self, arms: Sequence[str], gamma: float) -> None:
        self.gamma = gamma
        self.posterior = dict.fromkeys(sorted(arms), (PRIOR, PRIOR))

    def draw(self, generator: Generator) -> str:
        """The arm with the largest sample of its posterior."""
        samples = {arm: generator.beta(*posterior) for arm, posterior in self.posterior.items()}
        return max(samples, key=samples.__getitem__)

    def reward(self, arm: str, success: bool) -> None:
        """Decay all arms towards the prior, then count the outcome of one."""
        keep = 1 - self.gamma
        self.posterior = {
            name: (keep * alpha + self.gamma * PRIOR, keep * beta + self.gamma * PRIOR)
            for name, (alpha, beta) in self.posterior.items()
        }
        alpha, beta = self.posterior[arm]
        self.posterior[arm] = (alpha + success, beta + (not success))

    def utilities(self) -> dict[str, float]:
        """Mean of every arm's posterior."""
        return {arm: alpha / (alpha + beta) for arm, (alpha, beta) in self.posterior.items()}


def useful(utilities: Mapping[str, float], primary: str, cut: float | Mapping[str, int]) -> list[str]:
    """AUTOSEM-p1: candidates of a utility above the cut, or the `{"top": count}` best; ties by name.

    The most useful first.
    """
    candidates = rank(utilities, primary)
    if isinstance(cut, Mapping):
        return candidates[: cut["top"]]
    return [task for task in candidates if utilities[task] > cut]


def still(scores: Sequence[float]) -> str | None:
    """Why a game decides nothing: after every round the primary's score was the same. None where it moved.

    `scores`: after each round. All rewards are then ties, and every arm that was played seems useful.
    """
    if len({*scores}) > 1:
        return None
    return f"the primary's score never moved in a game of {len(scores)} rounds"


def best_ratios(
    primary: str, trials: Sequence[tuple[Mapping[str, int], float]]
) -> tuple[dict[str, int], str | None]:
    """Ratios of the best trial, and why the search decides nothing if it does not.

    `trials`: ratios and score of each, in order. Of equal scores the one with the least of auxiliary tasks
    wins, then the earlier one; where all trials are equal, or there is none, the primary is alone.
    """
    undecided = tied([score for _, score in trials], "trials of mixing ratios")
    if undecided or not trials:
        return {primary: 1}, undecided
    ratios, _ = min(trials, key=lambda trial: (-trial[1], sum(trial[0].values()) / trial[0][primary]))
    return dict(ratios), None


def mixed(primary: str, ratios: Mapping[str, int]) -> list[Member]:
    """Members under integer mixing ratios: one pass over the primary, the others in proportion to it.

    A task of ratio 0 takes no part; equal proportions (2:4 and 1:2) give equal members. Raises
    InputError where the primary's ratio is below 1.
    """
    own = ratios[primary]
    if own < 1 or min(ratios.values()) < 0:
        raise InputError(
            f"mixing ratios {dict(ratios)}: that of the primary task '{primary}' must be at least 1 "
            "and none may be negative"
        )
    members = [Member(primary)]
    for task, ratio in sorted(ratios.items()):
        if task != primary and ratio > 0:
            shared = gcd(ratio, own)
            value = float(f"{(ratio // shared) / (own // shared):.4g}")
            members.append(Member(task, Subset("ratio", value, primary)))
    return members
