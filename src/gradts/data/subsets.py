"""Which training instances of a member take part in a joint run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gradts.artifacts import ArtifactError, read_table, remake
from gradts.specs import Member, Subset

if TYPE_CHECKING:  # the graph imports this module, and needs no pandas
    import pandas as pd


def chosen(tau: np.ndarray, subset: Subset) -> np.ndarray:
    """Mask [instances] of the instances that a threshold on their τ keeps (paper section 3.3).

    `tau`: [instances] in the order of instance ids; NaN (a constant gradient) is never kept. `keep`
    takes the best share, the lower id first among equals.
    """
    known = ~np.isnan(tau)
    if subset.kind == "tau":
        return known & (np.nan_to_num(tau, nan=-2.0) >= subset.value)
    best = np.argsort(np.where(known, -tau, np.inf), kind="stable")
    mask = np.zeros(len(tau), dtype=bool)
    mask[best[: round(subset.value * len(tau))]] = True
    return mask & known


def sampled(count: int, subset: Subset, seed: int) -> np.ndarray:
    """Mask [instances] of a seeded share of the instances; a larger share holds the smaller one."""
    order = np.random.default_rng(seed).permutation(count)
    mask = np.zeros(count, dtype=bool)
    mask[order[: max(1, round(subset.value * count))]] = True
    return mask


def read_tau(folder: str | Path, primary: str, auxiliary: str) -> pd.DataFrame:
    """Read `{folder}/{primary}/{auxiliary}.parquet` with columns `instance` and `tau`."""
    path = Path(folder) / primary / f"{auxiliary}.parquet"
    return read_table(path)[0].to_pandas()


def training_rows(
    train: pd.DataFrame, member: Member, instances_folder: str | Path | None, seed: int
) -> pd.DataFrame:
    """The member's rows of its task's training split; all of them under a ratio.

    Raises ArtifactError where the τ table is not of exactly these instances.
    """
    subset = member.subset
    if subset is None or subset.kind == "ratio":
        return train
    if subset.kind == "sample":
        return train[sampled(len(train), subset, seed)].reset_index(drop=True)
    table = read_tau(str(instances_folder), subset.primary, member.task)
    if not np.array_equal(table["instance"], train["instance"]):
        path = Path(str(instances_folder)) / subset.primary / f"{member.task}.parquet"
        raise ArtifactError(
            f"{path} lists other instances than the training split of '{member.task}'; {remake(path)}"
        )
    return train[chosen(table["tau"].to_numpy(), subset)].reset_index(drop=True)
