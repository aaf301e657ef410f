"""What each way to turn gradients into a ranking foretells of a suite's truth, and what it gains.

    python benchmarks/rankings.py RESULTS [NAME=RESULTS …] --suite demo --backend minilm-l6 --out rankings

RESULTS has truth/{backend}/{suite}.csv, statistics and gradients; further folders have gradients of the same
tasks made under other settings. Writes rankings.csv (a row a ranking and task) and rankings.md, and only
reads all else.
"""

import argparse
import math
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
from judging import (
    RULES,
    Truth,
    bounds,
    by_chance,
    foretold,
    gains,
    judged,
    measured,
    others,
    over_alone,
    pairs,
)
from values import BETWEEN, FACTORS, by_gradients, without_gradients

from gradts.correlation.measures import spearman
from gradts.correlation.signal import spearman_brown
from gradts.reporting.truth import ANOTHER_SEED, CHANCE, ITS_CHANCE
from gradts.truth.ranking import another_seed, chance
from gradts.truth.regret import interval

NOTE = """{tasks} tasks, {sets} sets, {seeds} seeds of joint runs; {ways} rankings by gradients. Scores are of
dev. In brackets 95 % intervals of means over tasks (Student's t).

- pooled: Spearman between value and gain over all {pairs} (primary, candidate) pairs; p: how often candidates
  in another order (permuted within primaries) reach it; p of all: how often *any* of these rankings by
  gradients does, which is what the best of so many must be held against.
- greedy, best prefix: regret in points against the held-out best set, and percentile among all sets, of what
  trials in that order choose on select, by the mean over seeds; by one seed: decided by one seed's runs, the
  mean over seeds.

## The truth itself

Gains of pairs under two seeds correlate at {two:.2f} (Spearman over all pairs), so those of the mean of
{seeds} at {all:.2f} with another such mean (Spearman-Brown): a perfect ranking would have `pooled`
{most:.2f}. Scores of all sets that hold a task correlate at {between:.2f} between two seeds (mean over
tasks), and at {splits:.2f} between select and dev, of the mean over seeds. `another seed`, below, is one
seed's own scores as a ranking, against the others'."""


def agreement(rows: np.ndarray) -> float:
    """The mean Spearman of every two rows."""
    return float(np.nanmean(spearman(rows, rows)[np.triu_indices(len(rows), 1)]))


def note(truth: Truth, ways: int) -> str:
    """How far gains under a seed agree with those under others: no ranking can foretell more."""
    scores = pairs(truth.tasks, truth.dev)
    tasks, _, seeds = scores.shape
    two = agreement(others(over_alone(scores)).reshape(-1, seeds).T)
    known = {task: np.array([of.mean(1) for of in sets.values()]) for task, sets in truth.dev.items()}
    select = {task: [truth.select[task][name].mean() for name in sets] for task, sets in truth.dev.items()}
    return NOTE.format(
        tasks=tasks,
        sets=len({*chain.from_iterable(truth.dev.values())}),
        seeds=seeds,
        ways=ways,
        pairs=tasks * (tasks - 1),
        two=two,
        all=spearman_brown(two, seeds),
        most=math.sqrt(spearman_brown(two, seeds)),
        between=np.nanmean([agreement(of.T) for of in known.values()]),
        splits=np.nanmean([agreement(np.array([of.mean(1), select[task]])) for task, of in known.items()]),
    )


def text(values: pd.Series) -> str:
    """The mean, and its interval over tasks where there are several."""
    known = values.dropna().to_numpy()
    ends = "" if len(known) < 2 else " [{:.2f}, {:.2f}]".format(*interval(known))
    return f"{known.mean():.2f}{ends}" if len(known) else ""


def cells(frame: pd.DataFrame) -> pd.DataFrame:
    """A row a ranking, as read."""
    return frame.groupby(level="ranking", sort=False).agg(text)


def main(results: Sequence[str], place: Mapping[str, str], out: str) -> None:
    folders = dict(one.split("=", 1) if "=" in one else ("base", one) for one in results)
    truth = measured(next(iter(folders.values())), place)
    ways: dict[str, np.ndarray] = {}
    for name, folder in folders.items():
        ways |= by_gradients(name, folder, place["backend"], truth.tasks)
    known = without_gradients([*folders.values()], place, truth.tasks)
    known["pairs on select"] = gains(truth.tasks, truth.select)
    told = by_chance(truth, ways, known)
    found = {name: judged(truth, values) for name, values in (ways | known).items()}
    found[ANOTHER_SEED] = foretold(truth, lambda _, of, own: another_seed(of, own)[0])
    found[ITS_CHANCE] = foretold(truth, lambda _, of, own: another_seed(of, own)[1])
    found[CHANCE] = foretold(truth, lambda _, of, own: chance(of.mean(1), own.mean()))
    limits = bounds(truth) if truth.whole else {}
    frame = pd.concat(found | limits, names=["ranking", "task"])
    frame.join(told).to_csv(f"{out}.csv", float_format="%.6g")

    shown = pd.concat([cells(told), cells(frame)], axis=1).fillna("")
    beside = [*known, ANOTHER_SEED, ITS_CHANCE, CHANCE]
    tables = {"Without gradients, chance, and another seed": shown.loc[beside]}
    if limits:
        tables["Bounds of any order"] = shown.loc[[*limits]].filter(regex="|".join(RULES))
    means = told[["pooled"]].join(frame.groupby(level="ranking").mean()).loc[[*ways]]
    means.index = means.index.str.split(BETWEEN, expand=True).set_names(FACTORS)
    for factor in FACTORS:
        tables[f"By {factor} (mean over all else)"] = means.groupby(level=factor, sort=False).mean().round(3)
    best = told.loc[[*ways]].sort_values("pooled", ascending=False, kind="stable").index
    tables["All rankings by gradients, the best pooled correlation first"] = shown.loc[best]
    parts = ["# Rankings by gradients against the truth", note(truth, len(ways))]
    parts += [f"## {title}\n\n{table.to_markdown(disable_numparse=True)}" for title, table in tables.items()]
    Path(f"{out}.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


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
