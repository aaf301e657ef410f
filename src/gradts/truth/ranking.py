"""How well a ranking of candidates foretells what they bring: arithmetic on numbers, no file.

Measured is the score of a task trained with each candidate alone (a pair), and its gain over training alone.
"""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import rankdata, spearmanr
from sklearn.metrics import ndcg_score

DEPTHS = (1, 3, 5)


def quality(values: np.ndarray, scores: np.ndarray, alone: float) -> dict[str, float]:
    """Measures of a ranking by `values` [candidates], high ones first, ties in the given order, NaN last.

    `scores` [candidates]: of the task trained with each; `alone`: without any. Two candidates or more.

    - `ndcg`: of all candidates, DCG = Σ rel / log₂(place + 1) over that of the best order. rel is the score
      less the lowest of all: DCG needs rel ≥ 0, and what is common to all rel would make all rankings look
      good (Lin et al. 2024 take 2^score - 1).
    - `regret_k`: (O - M)/O, O the best score of all candidates, M the *largest* of the first k (Poth et al.
      2021, Lin et al. 2024); `mean_regret_k`: M is their *mean* (Kim et al. 2023). NaN where there are no
      more than k candidates: all rankings are the same.
    - `spearman`: of values and gains. `f1`: of foretelling a gain below 0 by a value below the median; NaN
      where no gain is.
    """
    scores, alone = _exact(scores, alone)
    ranks = rankdata(np.nan_to_num(values, nan=-math.inf))
    order = np.argsort(-ranks, kind="stable")
    told, negative = ranks < np.median(ranks), scores < alone
    constant = len({*ranks}) == 1 or len({*scores}) == 1
    firsts = {depth: scores[order[:depth]] for depth in DEPTHS}
    return {
        "ndcg": _ndcg(ranks, scores),
        "spearman": math.nan if constant else float(spearmanr(ranks, scores).statistic),
        "f1": _f1((told & negative).sum(), told.sum(), negative.sum()),
        **_regrets(scores, {depth: (first.max(), first.mean()) for depth, first in firsts.items()}),
    }


def chance(scores: np.ndarray, alone: float) -> dict[str, float]:
    """The same measures of a random order: their mean over all orders."""
    scores, alone = _exact(scores, alone)
    count, mean = len(scores), scores.mean()
    told, negative = count // 2, (scores < alone).sum()
    return {
        "ndcg": _ndcg(np.zeros(count), scores),  # which takes the mean over the orders of what is tied
        "spearman": 0.0,
        "f1": _f1(negative * told / count, told, negative),
        **_regrets(scores, {depth: (_best_of(depth, scores), mean) for depth in DEPTHS}),
    }


def another_seed(scores: np.ndarray, alone: np.ndarray) -> tuple[dict[str, float], dict[str, float]]:
    """The same measures of one seed's own scores, against the mean of the others, and of chance there.

    `scores` [candidates, seeds], `alone` [seeds]; both are means over seeds, of those that have one. Where
    the first is no better than the second, one seed's scores show no order; a ranking without their noise
    may still find one.
    """
    own, by_chance = [], []
    for seed in range(scores.shape[1]):
        rest = np.arange(scores.shape[1]) != seed
        others = scores[:, rest].mean(1), float(alone[rest].mean())
        own.append(quality(scores[:, seed], *others))
        by_chance.append(chance(*others))
    return pd.DataFrame(own).mean().to_dict(), pd.DataFrame(by_chance).mean().to_dict()


def _exact(scores: np.ndarray, alone: float) -> tuple[np.ndarray, float]:
    """The same, where means of equal shares of rows are equal whatever the order of the seeds."""
    return np.round(scores, 9), round(alone, 9)


def _ndcg(values: np.ndarray, scores: np.ndarray) -> float:
    relevance = scores - scores.min()
    return float(ndcg_score([relevance], [values])) if relevance.any() else math.nan


def _f1(found: float, told: int, negative: int) -> float:
    """2 · found / (told + negative): of the `negative` ones, among the `told` ones (sizes)."""
    return float(2 * found / (told + negative)) if negative else math.nan


def _best_of(count: int, scores: np.ndarray) -> float:
    """The expected maximum of `count` scores, drawn without replacement; NaN of fewer."""
    ways = np.array([math.comb(place, count - 1) for place in range(len(scores))], float)
    return float(np.sort(scores) @ ways / ways.sum()) if ways.any() else math.nan


def _regrets(scores: np.ndarray, firsts: Mapping[int, tuple[float, float]]) -> dict[str, float]:
    """Of depth → maximum and mean of so many first scores."""
    best = scores.max()
    found = {}
    for depth, (maximum, mean) in firsts.items():
        useful = depth < len(scores) and best > 0
        for name, taken in (("regret", maximum), ("mean_regret", mean)):
            found[f"{name}_{depth}"] = float((best - taken) / best) if useful else math.nan
    return found
