"""What a suite's correlations can be trusted for: noise ceilings, intervals, and the numbers of the whole.

One fine-tune is one draw, and so are the instances. How far the draws of a task agree bounds what its
correlation with another task can mean (docs/signal.md).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.random import Generator, default_rng
from scipy.stats import t as student

from gradts.correlation.kendall import Likeness, tau_b
from gradts.gradients.normalise import mean_over_seeds, normalise, pooled

BLOCKS = 1000  # instances beyond so many are drawn in groups: single draws of large tables would take hours
REPLICATES, HALVINGS, ORDERS = 400, 20, 2000
# A ranking whose halves agree so often by chance is none.
LEVEL = 0.05


@dataclass(frozen=True)
class Draws:
    """One task's gradients, pooled by blocks of instances: [seeds, blocks, layers, heads], not negative."""

    blocks: np.ndarray
    layer_norm: str

    @property
    def seeds(self) -> int:
        return len(self.blocks)

    def importance(self, seeds: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The mean matrix [layers · heads] over some seeds, every block weighed [blocks]."""
        count, blocks, *shape = self.blocks.shape
        summed = (weights @ self.blocks.reshape(count, blocks, -1)).reshape(count, *shape)
        summed[~np.isfinite(summed).all(axis=(1, 2))] = np.nan  # such a seed has no ranking
        return mean_over_seeds(normalise(summed[seeds], self.layer_norm)).reshape(-1)

    def redrawn(self, random: Generator) -> np.ndarray:
        """The mean matrix of as many seeds and blocks, drawn with replacement."""
        seeds, blocks = self.blocks.shape[:2]
        weights = random.multinomial(blocks, np.full(blocks, 1 / blocks))
        return self.importance(random.integers(seeds, size=seeds), weights)

    def halves(self, random: Generator) -> list[np.ndarray]:
        """The mean matrices of two halves of the seeds; of a single seed, of two halves of its instances."""
        seeds, blocks = self.blocks.shape[:2]
        order = random.permutation(seeds if seeds > 1 else blocks)
        size = len(order) // 2
        parts = order[:size], order[size : 2 * size]
        if seeds > 1:
            return [self.importance(part, np.ones(blocks)) for part in parts]
        return [self.importance(np.array([0]), np.isin(np.arange(blocks), part)) for part in parts]


def in_blocks(gradients: np.ndarray, pooling: str) -> np.ndarray:
    """Gradients of instances [instances, layers, heads], pooled in at most BLOCKS [blocks, layers, heads]."""
    blocks = np.array_split(gradients, min(BLOCKS, len(gradients)))
    return np.stack([pooled(block, pooling) for block in blocks])


def ends(
    draws: Mapping[str, Draws], tau: np.ndarray, alike: Likeness = tau_b
) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper ends of the 95 % interval of every τ [tasks, tasks] between mean matrices.

    τ ∓ t standard errors, within [−1, 1]: Student's t with 2 (s − 1) degrees of freedom, two tasks' s seeds.
    The error is a bootstrap's over seeds and instances, scaled since redrawing s seeds shows (s − 1) / s of
    their variance; with one seed it knows the instances alone.
    """
    random = default_rng(0)
    redrawn = (np.stack([task.redrawn(random) for task in draws.values()]) for _ in range(REPLICATES))
    deviation = np.std([alike(rows, rows) for rows in redrawn], axis=0, ddof=1)
    seeds = min(task.seeds for task in draws.values())
    errors = deviation * math.sqrt(seeds / max(1, seeds - 1))
    reach = errors * student.ppf(0.975, 2 * (seeds - 1) or math.inf)
    return np.clip(tau - reach, -1, 1), np.clip(tau + reach, -1, 1)


def spearman_brown(agreement: float, times: float) -> float:
    """What the agreement of two parts would be for the whole, `times` as long (Spearman 1910, Brown 1910).

    Parts that do not agree at all promise nothing: 0.
    """
    agreement = max(0.0, agreement)
    return times * agreement / (1 + (times - 1) * agreement)


@dataclass(frozen=True)
class Signal:
    """How far two halves of a suite's draws agree; None where it is undefined (too few tasks, no ranking).

    `halves`: of what, seeds or one seed's instances. `ceiling`: task → τ of its two halves, stepped up to all
    draws by Spearman-Brown: no τ with it can be much more. Means over halvings: τ of the halves of one task
    (`same_task`) and of two (`different_tasks`), the correlation of both halves' matrices of τ
    (`matrices_correlate`), the share of tasks with the same nearest task in both (`nearest_agrees`; by chance
    `nearest_by_chance`). `p_of_chance`: how often, in one halving, tasks in another order correlate as well
    (Mantel 1967).
    """

    halves: str
    ceiling: dict[str, float | None]
    same_task: float | None
    different_tasks: float | None
    matrices_correlate: float | None
    nearest_agrees: float | None
    nearest_by_chance: float | None
    p_of_chance: float | None


def suite_signal(draws: Mapping[str, Draws], alike: Likeness = tau_b) -> Signal:
    """The signal of a suite, of the tasks that have a ranking under every seed."""
    random = default_rng(0)
    halved = np.array([[task.halves(random) for task in draws.values()] for _ in range(HALVINGS)])
    ranked = (halved.max(axis=-1) > halved.min(axis=-1)).all(axis=(0, 2))  # not NaN, not all heads equal
    first, second = np.moveaxis(halved[:, ranked], 2, 0)  # [halvings, tasks, layers · heads]
    names, count = [name for name, kept in zip(draws, ranked, strict=True) if kept], int(ranked.sum())
    across = np.mean([alike(*both) for both in zip(first, second, strict=True)], axis=0)
    within = [np.array([alike(rows, rows) for rows in half]) for half in (first, second)]
    seeds = min(task.seeds for task in draws.values())
    times = seeds / (seeds // 2) if seeds > 1 else 2  # of an odd number of seeds one is in neither half
    ceiling = {name: spearman_brown(tau, times) for name, tau in zip(names, np.diag(across), strict=True)}
    pairs, agree = count > 1, count > 2
    return Signal(
        halves="seeds" if seeds > 1 else "instances",
        ceiling={name: ceiling.get(name) for name in draws},
        same_task=float(np.diag(across).mean()) if count else None,
        different_tasks=float(across[~np.eye(count, dtype=bool)].mean()) if pairs else None,
        matrices_correlate=float(_correlation(*within).mean()) if agree else None,
        nearest_agrees=float((_nearest(within[0]) == _nearest(within[1])).mean()) if agree else None,
        nearest_by_chance=1 / (count - 1) if agree else None,
        # Of the first halving: others share its draws, and their mean varies more in the tasks' own order.
        p_of_chance=_p_of_chance(*(half[:1] for half in within), random) if agree else None,
    )


def caution(signal: Signal, trained: bool = True) -> str | None:
    """What to say wherever a suite's ranking is used; None where nothing needs saying.

    `trained`: whether importance is that of fine-tunes, of which each is another draw.
    """
    if signal.p_of_chance is None:
        return "the ranking cannot be told from chance: fewer than three tasks have one"
    if signal.p_of_chance > LEVEL:
        return (
            f"the ranking cannot be told from chance: two halves of the {signal.halves} agree as well with "
            f"the tasks in another order (p = {signal.p_of_chance:.2f}); add gradients.seeds, tasks or rows"
        )
    if signal.halves == "instances" and trained:
        return "one seed: how another fine-tune would rank is not known; add gradients.seeds"
    return None


def _nearest(tau: np.ndarray) -> np.ndarray:
    """Every task's most correlated other task: [halvings, tasks, tasks] → [halvings, tasks]."""
    return (tau - 3 * np.eye(tau.shape[-1])).argmax(axis=-1)


def _correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Pearson's of the pairs of tasks in two matrices of τ: [halvings, tasks, tasks] → [halvings].

    0 where all pairs of a matrix are alike: it says nothing of them.
    """
    above = np.triu_indices(first.shape[-1], 1)
    one, other = (tau[:, *above] - tau[:, *above].mean(axis=1, keepdims=True) for tau in (first, second))
    spread = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    return np.divide((one * other).sum(axis=1), spread, out=np.zeros(len(one)), where=spread > 1e-12)


def _p_of_chance(first: np.ndarray, second: np.ndarray, random: Generator) -> float:
    """Share of orders of the tasks under which both halves correlate as well as in their own (Mantel 1967).

    Of all orders for a few tasks; else of ORDERS drawn ones, with the tasks' own among them. The halves must
    be independent where there is no signal: those of one halving are.
    """
    count = first.shape[-1]
    own = np.arange(count)
    drawn = permutations(own) if count < 7 else [own, *(random.permutation(count) for _ in range(ORDERS))]
    found = [_correlation(first, second[:, order][:, :, order]).mean() for order in map(list, drawn)]
    return float(np.mean(np.array(found) >= found[0] - 1e-9))
