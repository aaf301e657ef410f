"""The correlation of a suite's tasks, and what it can be trusted for (method.md §2; docs/signal.md)."""

from dataclasses import asdict
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd

from gradts.artifacts import write_csv
from gradts.correlation.instances import read_seeds
from gradts.correlation.matrix import correlation_matrix, mean_importance
from gradts.correlation.measures import LIKENESS
from gradts.correlation.signal import Draws, caution, ends, in_blocks, suite_signal
from gradts.correlation.specs import ShuffledSpec
from gradts.layout import inside
from gradts.provenance import Job, provenance
from gradts.readings import Known, check_alike
from gradts.specs import CorrelationSpec, GradientSpec


def correlate_tasks(
    spec: CorrelationSpec,
    importance: str | Path,
    gradients: str | Path,
    out: str | Path,
    intervals: str | Path,
) -> None:
    """Correlate the mean head importance of a suite's tasks: write a square CSV and every value's interval.

    Reads `{importance}/{task}/seed{n}.npy` and `{gradients}/{task}/seed{n}.parquet`; raises as
    `suite_importance`. The record of `out` says how far halves of the draws agree (`signal`) and, where they
    do not, so (`caution`).
    """
    job = Job(__name__, spec)
    jobs, means = suite_importance(spec, importance)
    draws = {
        task: read_draws(Path(gradients, task), of_task, means[task].shape) for task, of_task in jobs.items()
    }
    alike = LIKENESS[spec.measure]
    tau, signal = correlation_matrix(means, alike), suite_signal(draws, alike)
    record = job.record(signal=asdict(signal), caution=caution(signal, spec.jobs[0].recipe.epochs > 0))
    write_csv(intervals, interval_table(tau, draws, spec.measure), record, index=False)
    write_csv(out, tau, record, index_label="task")


def suite_importance(
    spec: CorrelationSpec, importance: str | Path
) -> tuple[dict[str, list[GradientSpec]], dict[str, np.ndarray]]:
    """Task → its jobs, and its mean head importance [layers, heads]; tasks by name.

    Raises ArtifactError where files are damaged, or were made unlike (readings.check_alike).
    """
    jobs: dict[str, list[GradientSpec]] = {}
    for one in sorted(spec.jobs, key=lambda one: one.task.name):
        jobs.setdefault(one.task.name, []).append(one)
    means = {task: mean_importance(Path(importance, task), of_task) for task, of_task in jobs.items()}
    known: Known = {}
    for one in spec.jobs:
        path = inside(Path(importance, one.task.name), "importance", seed=one.seed)
        check_alike(known, path, provenance(path))
    return jobs, means


def correlate_shuffled(spec: ShuffledSpec, importance: str | Path, out: str | Path) -> None:
    """Correlate a suite's tasks after shuffling each one's heads: write a square CSV as `correlate` does.

    What is left of a ranking then is chance (docs/controls.md). Raises as `suite_importance`.
    """
    job = Job(__name__, spec)
    _, means = suite_importance(spec, importance)
    shuffled = {task: shuffle(matrix, task, spec.draw) for task, matrix in means.items()}
    write_csv(out, correlation_matrix(shuffled, LIKENESS[spec.measure]), job.record(), index_label="task")


def shuffle(matrix: np.ndarray, task: str, draw: int) -> np.ndarray:
    """A task's head importance [layers, heads] with all heads in another order: its own in every draw."""
    random = np.random.default_rng(crc32(f"{task} {draw}".encode()))
    return random.permutation(matrix.reshape(-1)).reshape(matrix.shape)


def read_draws(folder: str | Path, jobs: list[GradientSpec], shape: tuple[int, ...]) -> Draws:
    """A task's gradients under every seed, in blocks of instances; raises as `read_seeds`.

    Seeds of an encoder that nothing was trained are one draw: their mean.
    """
    blocks = np.stack([in_blocks(table, jobs[0].pooling) for _, table in read_seeds(folder, jobs, shape)])
    trained = jobs[0].recipe.epochs > 0
    return Draws(blocks if trained else blocks.mean(axis=0, keepdims=True), jobs[0].layer_norm)


def interval_table(tau: pd.DataFrame, draws: dict[str, Draws], measure: str) -> pd.DataFrame:
    """One row a pair of tasks: τ, or another measure, under its name, and its 95 % interval."""
    low, high = ends(draws, tau.to_numpy(), LIKENESS[measure])
    pairs = zip(*np.triu_indices(len(tau), 1), strict=True)
    rows = [(tau.index[a], tau.index[b], tau.iat[a, b], low[a, b], high[a, b]) for a, b in pairs]
    return pd.DataFrame(rows, columns=["task", "other", measure, "low", "high"])
