"""What rankings of candidates, and trials in their order, are worth against a suite's truth: arithmetic."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, combinations, permutations, product
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import percentileofscore

from gradts.correlation.measures import spearman
from gradts.layout import below
from gradts.provenance import provenance
from gradts.selection.gradts import first_best, greedy, rank
from gradts.selection.heuristics import best_prefix
from gradts.truth.lattice import TruthSpec
from gradts.truth.ranking import quality
from gradts.truth.regret import held_out
from gradts.truth.scores import read_truth

# A ranking's values, and gains: [tasks, tasks], of a primary (row) each candidate's; the diagonal has no say.
Values = Mapping[str, np.ndarray]
Orders = Mapping[str, Sequence[str]]  # primary → its candidates
Score = Callable[[tuple[str, ...]], float]  # auxiliaries → what the primary scores with them on select
Decide = Callable[[str, Score], tuple[str, ...]]  # primary → auxiliaries
FLIPS, MOST_ORDERS = 9999, 720
RULES = ("greedy", "best prefix")
QUALITIES = {"ndcg": "NDCG", "spearman": "Spearman", "f1": "F1"}
REGRETS = {"regret_1": "regret@1 %", "regret_3": "regret@3 %"}


class Truth(NamedTuple):
    """Everything that is measured: task → set (`a+b`) → scores on dev [seeds, splits], and on select."""

    tasks: list[str]  # by name
    dev: dict[str, dict[str, np.ndarray]]
    select: dict[str, dict[str, np.ndarray]]

    @property
    def whole(self) -> bool:
        """Whether every set of tasks is measured, so that any order of candidates can be walked."""
        return all(len(sets) == 2 ** (len(self.tasks) - 1) for sets in self.dev.values())


def named(*tasks: str) -> str:
    return "+".join(sorted({*tasks}))


def measured(results: str, place: Mapping[str, str]) -> Truth:
    """The finished truth of a results folder, for a backend and a suite; raises as `read_truth`."""
    path = below(results, "truth", **place)
    spec = TruthSpec.from_json(json.dumps(provenance(path)["spec"]))
    rows, decides = pd.read_csv(path), {task.name: task.decides for task in spec.tasks}
    rows = rows[(rows["split"] == "select") & (rows["metric"] == rows["task"].map(decides))]
    select: dict[str, dict[str, np.ndarray]] = {task: {} for task in decides}
    for (task, members), of_set in rows.groupby(["task", "members"]):
        select[task][members] = of_set.set_index("seed").loc[spec.seeds, ["score"]].to_numpy()
    return Truth(sorted(decides), read_truth(path, spec), select)


def pairs(tasks: Sequence[str], scores: Mapping[str, Mapping[str, np.ndarray]]) -> np.ndarray:
    """[tasks, tasks, seeds]: what each (row) scores with each other; alone on the diagonal."""
    return np.array([[scores[one][named(one, other)].mean(1) for other in tasks] for one in tasks])


def over_alone(scores: np.ndarray) -> np.ndarray:
    """[tasks, tasks, …] less the diagonal, by row."""
    return scores - np.diagonal(scores).T[:, None]


def gains(tasks: Sequence[str], scores: Mapping[str, Mapping[str, np.ndarray]]) -> np.ndarray:
    """[tasks, tasks]: what each (row) gains by each other over training alone, by the mean over seeds."""
    return over_alone(pairs(tasks, scores).mean(2))


def others(square: np.ndarray) -> np.ndarray:
    """[tasks, tasks, …] without the diagonal: [tasks, candidates, …]."""
    return square[~np.eye(len(square), dtype=bool)].reshape(len(square), -1, *square.shape[2:])


def foretold(
    truth: Truth, measure: Callable[[int, np.ndarray, np.ndarray], dict[str, float]]
) -> pd.DataFrame:
    """A row a task: what `measure` says of its place, its pairs' scores [candidates, seeds] and its own."""
    scores = pairs(truth.tasks, truth.dev)
    found = [measure(place, of, scores[place, place]) for place, of in enumerate(others(scores))]
    frame = pd.DataFrame(found, truth.tasks)
    return frame[[*QUALITIES]].join(100 * frame[[*REGRETS]]).rename(columns=QUALITIES | REGRETS)


def judged(truth: Truth, values: np.ndarray) -> pd.DataFrame:
    """A row a task: how well a ranking foretells gains and, of a whole truth, what trials in it are worth."""
    found = foretold(truth, lambda at, of, own: quality(others(values)[at], of.mean(1), own.mean()))
    return found.join(trials(truth, ranked(truth.tasks, values))) if truth.whole else found


def pooled_spearman(values: np.ndarray, gained: np.ndarray) -> np.ndarray:
    """Spearman of values [rankings, tasks, candidates] and gains: as they are, then with candidates permuted.

    [1 + FLIPS, rankings]: candidates change places within a primary; the same way for all rankings.
    """
    drawn = np.tile(gained, (1 + FLIPS, 1, 1))
    drawn[1:] = np.random.default_rng(0).permuted(drawn[1:], axis=2)
    return spearman(drawn.reshape(1 + FLIPS, -1), values.reshape(len(values), -1))


def by_chance(truth: Truth, ways: Values, known: Values) -> pd.DataFrame:
    """A row a ranking: Spearman over all pairs, how often chance reaches it, and the best way by chance."""
    values = np.stack([others(of) for of in (*ways.values(), *known.values())])
    drawn = pooled_spearman(values, others(gains(truth.tasks, truth.dev)))
    reached, best = drawn[0] - 1e-9, np.nanmax(drawn[:, : len(ways)], axis=1, keepdims=True)
    found = {"pooled": drawn[0], "p": (drawn >= reached).mean(0), "p of all": (best >= reached).mean(0)}
    frame = pd.DataFrame(found, pd.Index([*ways, *known], name="ranking"))
    frame.loc[[*known], "p of all"] = math.nan
    return frame.where(frame["pooled"].notna())


def ranked(tasks: Sequence[str], values: np.ndarray) -> Orders:
    """By falling values [tasks, tasks], ties by name."""
    rows = (dict(zip(tasks, of, strict=True)) for of in values)
    return {task: rank(of, task) for task, of in zip(tasks, rows, strict=True)}


def worth(truth: Truth, rules: Mapping[str, Decide]) -> pd.DataFrame:
    """What is decided on select is worth on dev, by every rule: a row a task.

    By the mean over seeds regret in points and percentile among all sets; regret by one seed: their mean.
    """
    rows: dict[str, dict[str, float]] = {task: {} for task in truth.tasks}
    for task, (rule, decide) in product(truth.tasks, rules.items()):
        scores = np.stack([*truth.dev[task].values()])
        means, places = scores.mean((1, 2)), []
        for seeds in (slice(None), *range(scores.shape[1])):
            of_seeds = {name: float(of[seeds].mean()) for name, of in truth.select[task].items()}
            chosen = decide(task, lambda tried, task=task, of=of_seeds: of[named(task, *tried)])
            places.append([*truth.dev[task]].index(named(task, *chosen)))
        lost, equal = 100 * (held_out(scores).mean() - means[places]), means.round(9)
        rows[task][f"{rule}: regret"] = lost[0]
        rows[task][f"{rule}: percentile"] = percentileofscore(equal, equal[places[0]], "mean")
        rows[task][f"{rule}: by one seed"] = lost[1:].mean()
    return pd.DataFrame.from_dict(rows, "index")


def trials(truth: Truth, orders: Orders) -> pd.DataFrame:
    """What trials in an order are worth: to the first fall, and to the end."""

    def fall(task: str, score: Score) -> tuple[str, ...]:
        return greedy(orders[task], score, primary_alone=True).chosen

    def end(task: str, score: Score) -> tuple[str, ...]:
        def scores(sets: list[tuple[str, ...]]) -> list[float]:
            return [*map(score, sets)]

        return best_prefix(orders[task], scores, primary_alone=True).chosen

    return worth(truth, dict(zip(RULES, (fall, end), strict=True)))


def bounds(truth: Truth) -> dict[str, pd.DataFrame]:
    """What bounds any order of candidates: frames as `trials` makes them."""
    pools = {task: [other for other in truth.tasks if other != task] for task in truth.tasks}
    count = len(truth.tasks) - 1

    def best_set(task: str, score: Score) -> tuple[str, ...]:
        sets = [*chain.from_iterable(combinations(pools[task], size) for size in range(count + 1))]
        return sets[first_best([*map(score, sets)])]  # of a tie the smallest

    found = {
        "oracle order: pairs on dev": trials(truth, ranked(truth.tasks, gains(truth.tasks, truth.dev))),
        "order by pairs on select": trials(truth, ranked(truth.tasks, gains(truth.tasks, truth.select))),
        "no candidate": worth(truth, dict.fromkeys(RULES, lambda task, score: ())),
        "all candidates": worth(truth, dict.fromkeys(RULES, lambda task, score: tuple(pools[task]))),
        "best set of all by select": worth(truth, dict.fromkeys(RULES, best_set)),
    }
    # Every primary's candidates have as many orders: the n-th of each.
    drawn: Iterable[Sequence[int]] = permutations(range(count))
    if math.factorial(count) > MOST_ORDERS:
        drawn = np.random.default_rng(0).permuted(np.tile(range(count), (MOST_ORDERS, 1)), axis=1)
    every = [trials(truth, {task: [of[at] for at in one] for task, of in pools.items()}) for one in drawn]
    by_task = pd.concat(every).groupby(level=0)
    best = {name: "max" if "percentile" in name else "min" for name in every[0]}
    return found | {
        "random order (mean of orders)": by_task.mean(),
        "best order in hindsight": by_task.agg(best),
    }
