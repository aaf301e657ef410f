"""What training a task in several ways brings on its dev splits, and whether the data can tell."""

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import DegenerateDataWarning, bootstrap, t

from gradts.artifacts import ArtifactError, expect, read_table, remake
from gradts.data.splits import Prepared
from gradts.layout import below
from gradts.reporting.resampling import resampled
from gradts.reporting.specs import AdviceSpec
from gradts.reporting.stuck import is_stuck, selection_majority, selection_score
from gradts.selection.evidence import Wanted, finished_files
from gradts.specs import MULTI_LABEL, REGRESSION, TAGGING
from gradts.training.metrics import score

DRAWS, SEED, LEVEL = 1000, 0, 0.95  # of the bootstrap; the part of it that an interval holds
PLACES = 10**7  # drawn rows that are held at a time
COUNTED = ("accuracy", "exact_match")  # metrics that are a share of the rows
Run = tuple[tuple[str, ...], int]  # members, seed


def comparison(
    spec: AdviceSpec, results: str, sets: Mapping[str, list[list[str]]], splits: Prepared
) -> list[dict[str, Any]]:
    """The score of every row of `sets`, and how much it is above that of the first.

    A score is the deciding metric, the mean over dev splits, of the predictions that a run keeps: those of
    the epoch that is best on the selection split. `low`, `high`: of a score the ends of Student's interval
    over seeds, of a difference those of a bootstrap over dev rows, in which all runs answer the same rows.
    `instances`: the difference in rows, of a metric that is a share of them. `deviation`: between the means
    of several sets. `stuck`: runs that say nothing of their set (docs/stability.md). None: undefined.
    """
    labels = {split: frame["label"].tolist() for split, frame in splits.dev.items()}
    sizes = [len(of) for of in labels.values()]
    found = {
        run: _predictions(spec, results, run, splits)
        for run in sorted({run for row in sets.values() for of_set in _runs(spec, row) for run in of_set})
    }

    def gain(*positions: np.ndarray, axis: int = -1) -> np.ndarray:
        """[rows, resamples]: mean scores on resamples of the dev splits, less those of the first row."""
        scores = {run: np.full(len(positions[0]), math.nan) for run in found}
        for run, of_run in found.items():
            if of_run:
                parts = zip(labels.values(), of_run.values(), positions, strict=True)
                scores[run] = np.mean([resampled(spec.primary, *part) for part in parts], axis=0)
        means = np.stack([np.mean(_of_sets(spec, row, scores), axis=(0, 1)) for row in sets.values()])
        return means - means[0]

    ends = _ends(gain, sizes, len(sets))
    single = {run: _scores(spec, labels, of_run) for run, of_run in found.items()}
    stuck = _stuck(spec, results, [*found])
    first = _of_sets(spec, next(iter(sets.values())), single).mean((0, 1))
    facts = []
    for place, (name, row) in enumerate(sets.items()):
        scores = _of_sets(spec, row, single)
        of_seeds, of_sets = scores.mean((0, 2)), scores.mean((1, 2))
        more = scores.mean((0, 1)) - first
        low, high = _of_seeds(of_seeds)
        counted = spec.primary.decides in COUNTED
        facts.append(
            {
                "row": name,
                "sets": row,
                "seeds": dict(zip(map(str, spec.seeds), map(_plain, of_seeds), strict=True)),
                "score": {"mean": _plain(of_seeds.mean()), "low": _plain(low), "high": _plain(high)},
                "deviation": _plain(of_sets.std(ddof=1)) if len(of_sets) > 1 else None,
                "stuck": sum(stuck[run] for of_set in _runs(spec, row) for run in of_set),
                "difference": {
                    "mean": _plain(more.mean()),
                    "instances": _plain(more @ sizes) if counted else None,
                    "low": _plain(ends[0][place]),
                    "high": _plain(ends[1][place]),
                },
            }
        )
    return facts


def _runs(spec: AdviceSpec, row: list[list[str]]) -> list[list[Run]]:
    """Set → seed → run."""
    return [[(tuple(members), seed) for seed in spec.seeds] for members in row]


def _of_sets(spec: AdviceSpec, row: list[list[str]], of: Mapping[Run, Any]) -> np.ndarray:
    """[sets, seeds, …] of a row."""
    return np.array([[of[run] for run in of_set] for of_set in _runs(spec, row)])


def _predictions(spec: AdviceSpec, results: str, run: Run, splits: Prepared) -> dict[str, list[Any]]:
    """Dev split → a run's predictions, as its labels are; nothing where the training diverged at once."""
    members, seed = run
    fields = {"backend": spec.backend, "members": [*members], "seed": seed}
    path, task = below(results, "predictions", **fields), spec.primary
    table, record = read_table(path)
    expect(path, record, {"spec.backend.name": spec.backend, "spec.members": [*members], "spec.seed": seed})
    frame = table.to_pandas()
    of_splits = dict([*frame[frame["task"] == task.name].groupby("split")])
    found = {}
    for split, rows in splits.dev.items() if of_splits else ():
        if split not in of_splits or [*of_splits[split]["instance"]] != [*rows["instance"]]:
            raise ArtifactError(f"{path} is of other rows than {split} of '{task.name}'; {remake(path)}")
        kind = float if task.objective == REGRESSION else int
        answers = [[*map(kind, answer)] for answer in of_splits[split]["prediction"]]
        several = task.objective in (MULTI_LABEL, TAGGING)
        found[split] = answers if several else [answer[0] for answer in answers]
    return found


def _stuck(spec: AdviceSpec, results: str, runs: Sequence[Run]) -> dict[Run, bool]:
    """Whether each run is at chance on the selection split though the task alone is not."""
    scores, alone = {}, (spec.primary.name,)
    for members, seed in runs:
        run = Wanted("metrics", {"backend": spec.backend, "members": [*members], "seed": seed})
        scores[members, seed] = selection_score(finished_files(results)(run)[0], spec.primary)
    majority = selection_majority(spec.primary, results)
    singles = {seed: scores[alone, seed] for seed in spec.seeds}
    return {
        (members, seed): bool(is_stuck(score, majority, singles, seed, alone=members == alone))
        for (members, seed), score in scores.items()
    }


def _scores(spec: AdviceSpec, labels: Mapping[str, list], answers: Mapping[str, list]) -> list[float]:
    """The deciding metric on every dev split."""
    task = spec.primary
    return [
        score(task, task.decides, of, answers[split]) if answers else math.nan for split, of in labels.items()
    ]


def _ends(gain: Any, sizes: list[int], rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Both ends of the interval of every row's gain [rows]; NaN where a split is one row."""
    if min(sizes) < 2:
        return np.full(rows, math.nan), np.full(rows, math.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DegenerateDataWarning)  # NaN where a score is undefined
        found = bootstrap(
            [np.arange(size) for size in sizes],
            gain,
            n_resamples=DRAWS,
            batch=max(1, PLACES // sum(sizes)),
            vectorized=True,
            confidence_level=LEVEL,
            method="percentile",
            rng=SEED,
        )
    return found.confidence_interval


def _of_seeds(values: np.ndarray) -> tuple[float, float]:
    """Both ends of Student's interval of a mean [seeds]; NaN of one seed."""
    if len(values) < 2:
        return math.nan, math.nan
    half = t.ppf((1 + LEVEL) / 2, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values))
    return values.mean() - half, values.mean() + half


def _plain(value: float) -> float | None:
    """Without what sums add in the last digits, which would tell equal scores apart; None for NaN."""
    return round(float(value), 12) + 0.0 if math.isfinite(value) else None
