"""How well a ranking of candidates foretells what they bring: arithmetic on numbers, no file.

Measured is the score of a task trained with each candidate alone (a pair), and its gain over training alone.
"""

import math
from collections.abc import Collection, Iterable
from itertools import combinations

import numpy as np
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
    ranks = rankdata(np.nan_to_num(values, nan=-math.inf))
    order = np.argsort(-ranks, kind="stable")
    below = np.flatnonzero(ranks < np.median(ranks))
    constant = len({*ranks}) == 1 or len({*scores}) == 1
    return {
        "ndcg": _ndcg(ranks, scores),
        "spearman": math.nan if constant else float(spearmanr(ranks, scores).statistic),
        "f1": _f1(scores, alone, [below]),
        **_regrets(scores, {depth: [order[:depth]] for depth in DEPTHS}),
    }


def chance(scores: np.ndarray, alone: float) -> dict[str, float]:
    """The same measures of a random order: their mean over all orders."""
    places = range(len(scores))
    firsts = {depth: [*map(list, combinations(places, depth))] for depth in DEPTHS}
    return {
        "ndcg": _ndcg(np.zeros(len(scores)), scores),  # which takes the mean over the orders of what is tied
        "spearman": 0.0,
        "f1": _f1(scores, alone, map(list, combinations(places, len(scores) // 2))),
        **_regrets(scores, firsts),
    }


def another_seed(scores: np.ndarray, alone: np.ndarray) -> dict[str, float]:
    """The same measures of one seed's own scores, against the mean of the others: the mean over seeds.

    `scores` [candidates, seeds], `alone` [seeds]. What is measured so foretells itself no better, so no other
    ranking can be asked to: where this is as good as chance, the truth has no order to be found.
    """
    seeds = range(scores.shape[1])
    others = [[other for other in seeds if other != seed] for seed in seeds]
    found = [
        quality(scores[:, seed], scores[:, rest].mean(1), float(alone[rest].mean()))
        for seed, rest in zip(seeds, others, strict=True)
    ]
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}


def _ndcg(values: np.ndarray, scores: np.ndarray) -> float:
    relevance = scores - scores.min()
    return float(ndcg_score([relevance], [values])) if relevance.any() else math.nan


def _f1(scores: np.ndarray, alone: float, below: Iterable[Collection[int]]) -> float:
    negative = scores < alone
    if not negative.any():
        return math.nan
    found = [2 * negative[[*told]].sum() / (negative.sum() + len(told)) for told in below]
    return float(np.mean(found))


def _regrets(scores: np.ndarray, firsts: dict[int, list]) -> dict[str, float]:
    best = scores.max()
    found = {}
    for depth, choices in firsts.items():
        useful = depth < len(scores) and best > 0
        for name, taken in (("regret", np.max), ("mean_regret", np.mean)):
            lost = [(best - taken(scores[choice])) / best for choice in choices] if useful else [math.nan]
            found[f"{name}_{depth}"] = float(np.mean(lost))
    return found
