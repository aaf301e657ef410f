"""What training a task in several ways brings on its dev splits, and whether the data can tell."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gradts.data.splits import Prepared
from gradts.reporting.runs import Run, read_predictions
from gradts.reporting.specs import AdviceSpec
from gradts.reporting.stuck import stuck_runs
from gradts.training.metrics import score
from gradts.truth.statistics import FEW, Interval, compared, holm, told

COUNTED = ("accuracy", "exact_match")  # metrics that are a share of the rows


def comparison(
    spec: AdviceSpec, results: str, sets: Mapping[str, list[list[str]]], splits: Prepared
) -> list[dict[str, Any]]:
    """The score of every row of `sets`, and how much it is above that of the first, which is one set.

    A score is the deciding metric, the mean over dev splits, of the predictions that a run keeps: those of
    the epoch that is best on the selection split. Intervals, `p` (after Holm over the rows) and whether the
    data can tell (`told`: 1 better, −1 worse, 0 no) are those of truth.statistics. `instances`: the
    difference in rows, of a metric that is a share of them. `deviation`: between the means of several sets.
    `stuck`: runs that say nothing of their set (docs/stability.md). None: undefined.
    """
    task = spec.primary
    labels = {split: frame["label"].tolist() for split, frame in splits.dev.items()}
    sizes = [len(of) for of in labels.values()]
    arms = [_runs(spec, row) for row in sets.values()]
    runs = {
        run: read_predictions(results, run, task, splits.dev)
        for run in sorted({run for arm in arms for of_set in arm for run in of_set})
    }
    single = {run: _scores(spec, labels, of_run) for run, of_run in runs.items()}
    found = compared(task, task.decides, labels, runs, arms, base=0)
    tests = {str(arm): one.p for arm, one in zip(arms, found, strict=True)}  # the same runs are one test
    adjusted = dict(zip(tests, holm([*tests.values()]), strict=True))
    stuck = stuck_runs(task, results, runs)
    first = _of_sets(arms[0], single).mean((0, 1))
    facts = []
    for name, arm, one in zip(sets, arms, found, strict=True):
        scores, p = _of_sets(arm, single), adjusted[str(arm)]
        of_seeds, of_sets = scores.mean((0, 2)), scores.mean((1, 2))
        instances = (scores.mean((0, 1)) - first) @ sizes if task.decides in COUNTED else math.nan
        facts.append(
            {
                "row": name,
                "sets": sets[name],
                "seeds": dict(zip(map(str, spec.seeds), map(_plain, of_seeds), strict=True)),
                "score": _interval(one.score),
                "deviation": _plain(of_sets.std(ddof=1)) if len(of_sets) > 1 else None,
                "stuck": sum(stuck[run] for of_set in arm for run in of_set),
                "difference": {
                    **_interval(one.difference),
                    "instances": _plain(instances),
                    "p": _plain(p),
                    "told": told(one, p),
                },
            }
        )
    return facts


def taken_over(seeds: int) -> str:
    """What the intervals of figures under so many seeds are over, in words."""
    if seeds == 1:
        return "over instances alone: other seeds are not known"
    narrow = f"; of fewer than {FEW} seeds they are too narrow where seeds differ much" * (seeds < FEW)
    return f"over seeds and instances{narrow}"


def _runs(spec: AdviceSpec, row: list[list[str]]) -> list[list[Run]]:
    """Set → seed → run."""
    return [[Run(spec.backend, tuple(members), seed) for seed in spec.seeds] for members in row]


def _of_sets(arm: list[list[Run]], of: Mapping[Run, Any]) -> np.ndarray:
    """[sets, seeds, splits] of a row."""
    return np.array([[of[run] for run in of_set] for of_set in arm])


def _scores(spec: AdviceSpec, labels: Mapping[str, list], answers: Mapping[str, list]) -> list[float]:
    """The deciding metric on every dev split."""
    task = spec.primary
    return [
        score(task, task.decides, of, answers[split]) if answers else math.nan for split, of in labels.items()
    ]


def _interval(of: Interval) -> dict[str, float | None]:
    return {key: _plain(value) for key, value in of._asdict().items()}


def _plain(value: float) -> float | None:
    """Without what sums add in the last digits, which would tell equal scores apart; None for NaN."""
    return round(float(value), 12) + 0.0 if math.isfinite(value) else None
