"""What each way to turn gradients into a ranking foretells of a suite's truth, and what it gains.

    python benchmarks/rankings.py RESULTS [NAME=RESULTS …] --suite demo --backend minilm-l6 --out rankings

RESULTS has truth/{backend}/{suite}.csv, statistics and gradients; further folders have gradients of the same
tasks made under other settings. Writes rankings.csv and rankings.md, and only reads all else.
"""

import argparse
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, islice, permutations, product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import rankdata, spearmanr

from gradts.artifacts import read_table
from gradts.correlation.matrix import correlation_matrix
from gradts.correlation.measures import LIKENESS
from gradts.correlation.signal import spearman_brown
from gradts.gradients.normalise import mean_over_seeds, normalise, pooled
from gradts.layout import below
from gradts.provenance import provenance
from gradts.readings import read_embeddings, read_statistics
from gradts.selection.gradts import greedy, rank
from gradts.selection.heuristics import best_prefix
from gradts.specs import CLASSIFICATION
from gradts.truth.lattice import TruthSpec
from gradts.truth.ranking import chance, quality
from gradts.truth.regret import interval, judge
from gradts.truth.scores import read_truth

Matrix = Mapping[str, Mapping[str, float]]  # primary → candidate → value
FLIPS, MOST_ORDERS = 9999, 720
QUALITIES = ["ndcg", "spearman", "f1", "regret_1", "regret_3"]
NORMS = ["l1", "l2", "none"]


# ------------------------------------------------------------------------------------------ the truth


class Truth(NamedTuple):
    """Everything that is measured: of each task in each set, by `a+b`.

    `dev`, `select`: task → set → scores [seeds, splits] and [seeds]; `worth`: task → set → what judge says.
    """

    tasks: list[str]
    dev: dict[str, dict[str, np.ndarray]]
    select: dict[str, dict[str, np.ndarray]]
    worth: dict[str, dict[str, dict[str, Any]]]
    seeds: int

    def gains(self, seeds: Sequence[int] | slice = slice(None), split: str = "dev") -> Matrix:
        """Primary → candidate → what it brings alone, over training alone."""
        scores = {"dev": self.dev, "select": self.select}[split]
        return {
            task: {
                other: scores[task][named(task, other)][seeds].mean() - scores[task][task][seeds].mean()
                for other in self.tasks
                if other != task
            }
            for task in self.tasks
        }


def named(*tasks: str) -> str:
    return "+".join(sorted(tasks))


def measured(results: str, place: Mapping[str, str]) -> Truth:
    path = below(results, "truth", **place)
    spec = TruthSpec.from_json(json.dumps(provenance(path)["spec"]))
    dev, decides = read_truth(path, spec), {task.name: task.decides for task in spec.tasks}
    rows = pd.read_csv(path)
    rows = rows[(rows["split"] == "select") & (rows["metric"] == rows["task"].map(decides))]
    select: dict[str, dict[str, np.ndarray]] = {task: {} for task in decides}
    for (task, members), of_set in rows.groupby(["task", "members"]):
        select[task][members] = of_set.set_index("seed")["score"].loc[spec.seeds].to_numpy()
    everything, worth = named(*decides), {}
    for task, sets in dev.items():
        worth[task] = {
            name: judge(
                sets, own[None], [name.count("+") + 1], own[None], task, everything, np.ones(own.shape[1])
            )
            for name, own in sets.items()
        }
    return Truth(sorted(decides), dev, select, worth, len(spec.seeds))


def whole(truth: Truth) -> bool:
    """Whether every set of tasks is measured, so that any order of candidates can be walked."""
    return all(len(sets) == 2 ** (len(truth.tasks) - 1) for sets in truth.dev.values())


# ----------------------------------------------------------------------------- gradients into rankings


def right(losses: np.ndarray) -> np.ndarray:
    """Of a cross-entropy: the label's probability is above a half (of many classes, surely right)."""
    return np.exp(-losses) > 0.5


def shares(gradients: np.ndarray) -> np.ndarray:
    totals = gradients.sum(axis=(1, 2), keepdims=True)
    return np.divide(gradients, totals, out=np.zeros_like(gradients), where=totals > 0)


# What instances weigh: |gradients| [instances, layers, heads], losses [instances] → matrix [layers, heads].
WEIGHTS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "shares": lambda g, loss: pooled(g, "shares"),
    "sums": lambda g, loss: pooled(g, "sums"),
    "squares": lambda g, loss: pooled(g**2, "sums"),
    "shares × loss": lambda g, loss: pooled(shares(g) * loss[:, None, None], "sums"),
    "shares, right": lambda g, loss: pooled(g[right(loss)], "shares"),
    "shares, wrong": lambda g, loss: pooled(g[~right(loss)], "shares"),
}


class Variant(NamedTuple):
    """A ranking by gradients: of the mean over seeds, and of every seed."""

    names: tuple[str, str, str, str]  # setting, weights, layer norm, measure
    mean: Matrix
    seeds: list[Matrix]


def variants(setting: str, results: str, backend: str, tasks: Sequence[str]) -> Iterator[Variant]:
    """All rankings by a folder's gradients, of the seeds that every task has."""
    found: dict[tuple[str, int], dict[str, np.ndarray]] = {}
    folders = {
        task: Path(below(results, "gradients", backend=backend, task=task, seed=1)).parent for task in tasks
    }
    common = set.intersection(
        *({path.name for path in folder.glob("seed*.parquet")} for folder in folders.values())
    )
    if not common:
        raise SystemExit(f"{results} has no seed of gradients that all of {', '.join(tasks)} have")
    classified = True
    for task, name in product(tasks, sorted(common)):
        table, record = read_table(folders[task] / name)
        flat = table["heads"].combine_chunks().flatten().to_numpy().astype(np.float64)
        gradients = flat.reshape(-1, record["layers"], record["heads"])
        classified &= record["spec"]["task"]["objective"] == CLASSIFICATION
        found[task, name] = {key: of(gradients, table["loss"].to_numpy()) for key, of in WEIGHTS.items()}
    for weights, norm in product(WEIGHTS, NORMS):
        if not classified and ("right" in weights or "wrong" in weights):
            continue
        matrices = {key: normalise(of[weights], norm) for key, of in found.items()}
        means = {task: mean_over_seeds(matrices[task, name] for name in sorted(common)) for task in tasks}
        single = [{task: matrices[task, name] for task in tasks} for name in sorted(common)]
        for measure, alike in LIKENESS.items():
            of_seeds = [correlation_matrix(of, alike).to_dict("index") for of in single]
            mean = correlation_matrix(means, alike).to_dict("index")
            yield Variant((setting, weights, norm, measure), mean, of_seeds)


def references(results: Sequence[str], place: Mapping[str, str], tasks: Sequence[str]) -> dict[str, Matrix]:
    """Rankings without gradients."""
    facts = read_statistics(below(results[0], "statistics", **place))
    found: dict[str, Matrix] = {
        "size": {task: {other: float(facts[other].rows) for other in tasks} for task in tasks},
        "length": {
            task: {other: -abs(facts[other].mean_length - facts[task].mean_length) for other in tasks}
            for task in tasks
        },
    }
    for folder in results:
        paths = {task: below(folder, "embedding", backend=place["backend"], task=task) for task in tasks}
        if all(Path(path).exists() for path in paths.values()):
            rows = np.stack([*read_embeddings(paths, place["backend"]).values()])
            values = pd.DataFrame(LIKENESS["cosine"](rows, rows), index=tasks, columns=tasks)
            return found | {"textsim": values.to_dict("index")}
    return found


# ------------------------------------------------------------------------------- what rankings are worth


def foretold(truth: Truth, values: Matrix, seeds: Sequence[int] | slice = slice(None)) -> pd.DataFrame:
    """QUALITIES of a ranking against the pairs' scores under some seeds: a row a task."""
    rows = {}
    for task in truth.tasks:
        others = [other for other in truth.tasks if other != task]
        scores = np.array([truth.dev[task][named(task, other)][seeds].mean() for other in others])
        of_task = np.array([values[task][other] for other in others])
        rows[task] = quality(of_task, scores, truth.dev[task][task][seeds].mean())
    return in_percent(pd.DataFrame(rows).T)


def in_percent(found: pd.DataFrame) -> pd.DataFrame:
    """QUALITIES, of which regrets are shares of the best candidate's score."""
    return found[QUALITIES].assign(**{name: 100 * found[name] for name in QUALITIES if "regret" in name})


def flat(values: Matrix, tasks: Sequence[str]) -> np.ndarray:
    """[pairs of primary and candidate]."""
    return np.array([values[task][other] for task, other in permutations(tasks, 2)])


def pooled_spearman(values: np.ndarray, gains: Matrix, tasks: Sequence[str]) -> np.ndarray:
    """Spearman of values [rankings, pairs] and gains: first as it is, then with candidates permuted.

    [1 + FLIPS, rankings]: candidates change places within a primary; the same way for all rankings.
    """
    ranks = rankdata(flat(gains, tasks)).reshape(len(tasks), -1)
    random = np.random.default_rng(0)
    drawn = np.stack([ranks, *(random.permuted(ranks, axis=1) for _ in range(FLIPS))]).reshape(1 + FLIPS, -1)
    with np.errstate(invalid="ignore"):
        one, other = (of - of.mean(axis=1, keepdims=True) for of in (drawn, rankdata(values, axis=1)))
        return (one @ other.T) / np.outer(np.linalg.norm(one, axis=1), np.linalg.norm(other, axis=1))


Decision = Callable[[str, Callable[[tuple[str, ...]], float]], tuple[str, ...]]


def walks(values: Matrix) -> dict[str, Decision]:
    """Rule of trials → the auxiliaries that it chooses for a task, given what sets score on select."""

    def by_fall(task: str, score: Callable[[tuple[str, ...]], float]) -> tuple[str, ...]:
        return greedy(rank(values[task], task), score, primary_alone=True).chosen

    def by_best(task: str, score: Callable[[tuple[str, ...]], float]) -> tuple[str, ...]:
        ordered = rank(values[task], task)
        return best_prefix(ordered, lambda sets: [*map(score, sets)], primary_alone=True, steps=None).chosen

    return {"greedy": by_fall, "prefix": by_best}


def chosen_worth(truth: Truth, task: str, decide: Decision) -> dict[str, list[float]]:
    """Regret in points and percentile of what the mean over seeds decides, and what a seed does (mean)."""
    found: dict[str, list[float]] = {}
    for suffix, seeds in (("", [slice(None)]), ("_seed", [*range(truth.seeds)])):
        answers = [
            truth.worth[task][
                named(
                    task,
                    *decide(
                        task,
                        lambda tried, one=one: float(truth.select[task][named(task, *tried)][one].mean()),
                    ),
                )
            ]
            for one in seeds
        ]
        found[suffix] = [
            100 * float(np.mean([answer["regret"].mean() for answer in answers])),
            float(np.mean([answer["percentile"] for answer in answers])),
        ]
    return found


def selected(truth: Truth, rules: Mapping[str, Decision]) -> pd.DataFrame:
    """What a method's answers are worth, by rule of trials: a row a task."""
    rows: dict[str, dict[str, float]] = {task: {} for task in truth.tasks}
    for task, (name, decide) in product(truth.tasks, rules.items()):
        for suffix, (lost, place) in chosen_worth(truth, task, decide).items():
            rows[task] |= {f"{name}{suffix}": lost, f"{name}{suffix}_percentile": place}
    return pd.DataFrame(rows).T


def ceilings(truth: Truth) -> dict[str, pd.DataFrame]:
    """What bounds any order of candidates: a frame as `selected` has a row, by name."""
    by_dev, by_select = truth.gains(), truth.gains(split="select")
    found = {
        "oracle order: pairs on dev": selected(truth, walks(by_dev)),
        "order by pairs on select": selected(truth, walks(by_select)),
        "no candidate": selected(truth, dict.fromkeys(("greedy", "prefix"), lambda task, score: ())),
        "all candidates": selected(
            truth,
            dict.fromkeys(
                ("greedy", "prefix"), lambda task, score: tuple(one for one in truth.tasks if one != task)
            ),
        ),
    }

    def exhaustive(task: str, score: Callable[[tuple[str, ...]], float]) -> tuple[str, ...]:
        others = [one for one in truth.tasks if one != task]
        sets = [one for size in range(len(truth.tasks)) for one in combinations(others, size)]
        return max(sets, key=score)  # of a tie the smallest

    found["best set of all by select"] = selected(truth, dict.fromkeys(("greedy", "prefix"), exhaustive))
    # Every primary's candidates have as many orders: the n-th of each.
    orders = [
        selected(truth, walks({task: order_of(truth.tasks, task, order) for task in truth.tasks}))
        for order in islice(permutations(range(len(truth.tasks) - 1)), MOST_ORDERS)
    ]
    stacked = pd.concat(orders, keys=range(len(orders)))
    by_task = stacked.groupby(level=1)
    found["random order (mean of orders)"] = by_task.mean()
    lowest = by_task.min()  # of regret; the percentile of the best order is its highest
    places = [name for name in lowest if name.endswith("percentile")]
    found["best order in hindsight"] = lowest.assign(**by_task.max()[places])
    return found


def order_of(tasks: Sequence[str], task: str, order: Sequence[int]) -> dict[str, float]:
    others = [one for one in tasks if one != task]
    return {other: -float(place) for other, place in zip(others, order, strict=True)}


# ------------------------------------------------------------------------------------------- the output


def spread(frame: pd.DataFrame) -> dict[str, float]:
    """Means over tasks with their intervals."""
    row = {}
    for key in frame:
        known = frame[key].dropna().to_numpy(float)
        row[key] = known.mean() if len(known) else math.nan
        row[f"{key}_low"], row[f"{key}_high"] = interval(known)
    return row


def over_seeds(frames: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Mean and deviation over single seeds of gradients."""
    frame = pd.DataFrame(frames)
    deviations = frame.std(ddof=1)
    return {f"one_{key}": frame[key].mean() for key in frame} | {
        f"one_{key}_deviation": deviations[key] for key in frame
    }


def judged(truth: Truth, values: Matrix) -> pd.DataFrame:
    found = foretold(truth, values)
    return found.join(selected(truth, walks(values))) if whole(truth) else found


def table(truth: Truth, ways: Sequence[Variant], known: Mapping[str, Matrix]) -> pd.DataFrame:
    tasks, gains = truth.tasks, truth.gains()
    everything = [*ways, *(Variant((name, "", "", ""), values, []) for name, values in known.items())]
    values = np.stack([flat(way.mean, tasks) for way in everything])
    drawn = pooled_spearman(values, gains, tasks)
    p = (drawn >= drawn[0] - 1e-9).mean(axis=0)
    best = np.nanmax(drawn[:, : len(ways)], axis=1)
    rows = []
    for place, way in enumerate(everything):
        row: dict[str, Any] = dict(
            zip(("setting", "weights", "layer_norm", "measure"), way.names, strict=True)
        )
        row |= spread(judged(truth, way.mean))
        row |= {"pooled": drawn[0, place], "p": p[place] if np.isfinite(drawn[0, place]) else math.nan}
        row["p_of_all"] = (best >= drawn[0, place] - 1e-9).mean() if way.seeds else math.nan
        if way.seeds:
            of_seeds = np.stack([flat(one, tasks) for one in way.seeds])
            pools = [spearmanr(one, flat(gains, tasks)).statistic for one in of_seeds]
            row |= over_seeds(
                [
                    judged(truth, one).mean().to_dict() | {"pooled": of}
                    for one, of in zip(way.seeds, pools, strict=True)
                ]
            )
        rows.append(row)
    at_random = in_percent(pd.DataFrame({task: chance_of(truth, task) for task in tasks}).T)
    rows.append({"setting": "chance"} | spread(at_random) | {"pooled": 0.0})
    return pd.DataFrame(rows)


def chance_of(truth: Truth, task: str) -> dict[str, float]:
    scores = np.array([truth.dev[task][named(task, other)].mean() for other in truth.tasks if other != task])
    return chance(scores, truth.dev[task][task].mean())


def reliability(truth: Truth) -> dict[str, Any]:
    """How far gains of pairs under a seed agree with those under others: no ranking can foretell more."""
    seeds = range(truth.seeds)
    gains = [flat(truth.gains([seed]), truth.tasks) for seed in seeds]
    pairs = [correlated(gains[a], gains[b]) for a, b in combinations(seeds, 2)]
    of_all = spearman_brown(float(np.mean(pairs)), truth.seeds)
    frames = [
        foretold(truth, truth.gains([seed]), [other for other in seeds if other != seed]) for seed in seeds
    ]
    sets = {task: np.array([of.mean(1) for of in truth.dev[task].values()]) for task in truth.tasks}
    select = {task: np.array([truth.select[task][name] for name in truth.dev[task]]) for task in truth.tasks}
    return {
        "two": float(np.mean(pairs)),
        "all": of_all,
        "most": math.sqrt(of_all),
        "sets": np.nanmean(
            [correlated(of[:, a], of[:, b]) for of in sets.values() for a, b in combinations(seeds, 2)]
        ),
        "splits": np.nanmean([correlated(of.mean(1), select[task].mean(1)) for task, of in sets.items()]),
        "others": pd.concat(frames).groupby(level=0).mean(),
    }


def correlated(one: np.ndarray, other: np.ndarray) -> float:
    return float(spearmanr(one, other).statistic) if np.ptp(one) and np.ptp(other) else math.nan


def text(row: Mapping[str, float], key: str) -> str:
    if key not in row or np.isnan(row[key]):
        return ""
    ends = [row.get(f"{key}_low", math.nan), row.get(f"{key}_high", math.nan)]
    shown = f"{row[key]:.2f}"
    return shown if np.isnan(ends).any() else f"{shown} [{ends[0]:.2f}, {ends[1]:.2f}]"


TITLES = {
    "ndcg": "NDCG",
    "spearman": "Spearman",
    "f1": "F1",
    "regret_1": "regret@1 %",
    "regret_3": "regret@3 %",
}
TITLES |= {
    "greedy": "greedy: regret",
    "greedy_percentile": "percentile",
    "greedy_seed": "by one seed",
    "prefix": "best prefix: regret",
    "prefix_percentile": "percentile ",
    "prefix_seed": "by one seed ",
}


def cells(rows: pd.DataFrame, with_noise: bool) -> pd.DataFrame:
    """As read: means with their intervals over tasks."""
    shown = []
    for row in rows.to_dict("records"):
        names = [
            str(row[key])
            for key in ("setting", "weights", "layer_norm", "measure")
            if isinstance(row.get(key), str)
        ]
        cell = {"ranking": " · ".join(name for name in names if name)}
        if "pooled" in row:
            cell |= {"pooled": text(row, "pooled"), "p": text(row, "p"), "p of all": text(row, "p_of_all")}
        cell |= {
            title: text(row, key)
            for key, title in TITLES.items()
            if key in rows and not rows[key].isna().all()
        }
        if with_noise:
            for key in ("pooled", "spearman", "ndcg", "greedy"):
                if f"one_{key}" in rows:
                    ends = [row.get(f"one_{key}", math.nan), row.get(f"one_{key}_deviation", math.nan)]
                    cell[f"one seed: {key}"] = "" if np.isnan(ends[0]) else f"{ends[0]:.2f} ± {ends[1]:.2f}"
        shown.append(cell)
    return pd.DataFrame(shown)


NOTE = """{tasks} tasks, {sets} sets, {seeds} seeds of joint runs; {variants} rankings by gradients of
{settings}. Scores are of dev. In brackets 95 % intervals of means over tasks (Student's t).

- pooled: Spearman between value and gain over all {pairs} (primary, candidate) pairs; p: how often candidates
  in another order (permuted within primaries) reach it; p of all: how often *any* of these rankings by
  gradients does, which is what the best of so many must be held against.
- greedy, best prefix: regret in points against the held-out best set, and percentile among all sets, of what
  trials in that order choose on select, by the mean over seeds; `by one seed`: decided by one seed's runs,
  the mean over seeds. `one seed: …`: under single seeds of gradients, mean ± deviation.
"""
RELIABLE = """Gains of pairs under two seeds correlate at {two:.2f} (Spearman over all pairs), so those of the
mean of {seeds} at {all:.2f} with another such mean (Spearman-Brown): a perfect ranking would have `pooled`
{most:.2f}. Scores of all sets that hold a task correlate at {sets:.2f} between two seeds (mean over tasks),
and at {splits:.2f} between select and dev, of the mean over seeds. One seed's gains as a ranking, against the
others':"""


def page(truth: Truth, frame: pd.DataFrame, ways: Sequence[Variant], bounds: pd.DataFrame | None) -> str:
    sure = reliability(truth)
    note = NOTE.format(
        tasks=len(truth.tasks),
        sets=len({name for sets in truth.dev.values() for name in sets}),
        seeds=truth.seeds,
        variants=len(ways),
        settings=", ".join(sorted({f"`{way.names[0]}`" for way in ways})),
        pairs=len(truth.tasks) * (len(truth.tasks) - 1),
    )
    alike = RELIABLE.format(seeds=truth.seeds, **sure)
    gradients = frame[frame["measure"].fillna("").astype(bool)]
    parts = ["# Rankings by gradients against the truth", note]
    parts += [
        "## The truth itself",
        alike,
        cells(
            pd.DataFrame([{"setting": "another seed's gains"} | spread(sure["others"])]),
            False,
        ),
    ]
    parts += ["## Without gradients, and chance", cells(frame.drop(gradients.index), False)]
    if bounds is not None:
        parts += ["## Bounds of any order", cells(bounds, False)]
    factors = ["setting", "weights", "layer_norm", "measure"]
    numbers = [
        key for key in ("pooled", *TITLES, "one_pooled", "one_spearman", "one_greedy") if key in gradients
    ]
    for factor in factors:
        means = (
            gradients.groupby(factor, sort=False)[numbers]
            .mean()
            .rename(columns=lambda key: TITLES.get(key, key).strip() if key in TITLES else key)
        )
        parts += [f"## By {factor.replace('_', ' ')} (mean over all else)", means.round(3)]
    ranked = gradients.sort_values("pooled", ascending=False, kind="stable")
    parts += ["## All rankings by gradients, the best pooled correlation first", cells(ranked, True)]
    return (
        "\n\n".join(
            part
            if isinstance(part, str)
            else part.to_markdown(index=part.index.name is not None, disable_numparse=part.index.name is None)
            for part in parts
        )
        + "\n"
    )


def main(results: Sequence[str], place: Mapping[str, str], out: str) -> None:
    folders = dict((one.split("=", 1) if "=" in one else ("base", one)) for one in results)
    truth = measured(next(iter(folders.values())), place)
    ways = [
        way
        for name, folder in folders.items()
        for way in variants(name, folder, place["backend"], truth.tasks)
    ]
    known = references([*folders.values()], place, truth.tasks)
    known |= {"pairs on select": truth.gains(split="select")}
    frame, bounds = table(truth, ways, known), None
    if whole(truth):
        bounds = pd.DataFrame([{"setting": name, **spread(of)} for name, of in ceilings(truth).items()])
    pd.concat([frame, bounds]).to_csv(f"{out}.csv", index=False, float_format="%.6g")
    Path(f"{out}.md").write_text(page(truth, frame, ways, bounds), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", nargs="+")
    parser.add_argument("--suite", default="demo")
    parser.add_argument("--backend", default="minilm-l6")
    parser.add_argument("--out", default="rankings")
    args = parser.parse_args()
    main(args.results, {"suite": args.suite, "backend": args.backend}, args.out)
