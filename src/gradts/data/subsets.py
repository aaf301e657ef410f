"""Which training instances of a member take part in a joint run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gradts.artifacts import ArtifactError, expect, read_table, remake
from gradts.members import Member, Subset, share_of

if TYPE_CHECKING:  # the graph imports this module, and needs no pandas
    import pandas as pd


def kept(tau: np.ndarray, subset: Subset) -> np.ndarray:
    """Mask [instances] of the instances that a threshold on their τ keeps (paper section 3.3).

    `tau`: [instances] in the order of instance ids; NaN (a constant gradient) is never kept. `keep`
    takes the best share, the lower id first among equals.
    """
    known = ~np.isnan(tau)
    if subset.kind == "tau":
        return known & (np.nan_to_num(tau, nan=-2.0) >= subset.value)
    best = np.argsort(np.where(known, -tau, np.inf), kind="stable")
    mask = np.zeros(len(tau), dtype=bool)
    mask[best[: share_of(len(tau), subset.value)]] = True
    return mask & known


def sampled(count: int, subset: Subset, seed: int) -> np.ndarray:
    """Mask [instances] of a seeded share of the instances; a larger share holds the smaller one."""
    order = np.random.default_rng(seed).permutation(count)
    mask = np.zeros(count, dtype=bool)
    mask[order[: max(1, share_of(count, subset.value))]] = True
    return mask


def read_tau(
    path: str | Path, primary: str, auxiliary: str, backend: str | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Instance ids and τ of an auxiliary task's training instances with a primary task.

    Raises ArtifactError where the table is damaged, of other tasks or (unless None) of another backend.
    """
    table, record = read_table(path)
    wanted = {"spec.auxiliary.0.task.name": auxiliary, "spec.primary.0.task.name": primary}
    if backend is not None:
        wanted["spec.auxiliary.0.backend.name"] = backend
    expect(path, record, wanted)
    instances, tau = table["instance"].to_numpy(), table["tau"].to_numpy()
    if (np.abs(tau) > 1 + 1e-9).any():  # NaN is not: the gradient is constant
        raise ArtifactError(f"{path} holds values outside [-1, 1]; {remake(path)}")
    return instances, tau


def training_rows(
    train: pd.DataFrame, member: Member, instances_folder: str | Path | None, seed: int
) -> pd.DataFrame:
    """The member's rows of its task's training split, each once: all of them under a ratio, or repeated.

    A sample is drawn first, whatever is kept within it; of a fold `train` has its rows alone (data.folds).
    Raises ArtifactError where the τ table is not of exactly these instances.
    """
    subset = member.subset
    if subset is None or subset.kind in ("ratio", "repeat"):
        return train
    sample = subset if subset.kind == "sample" else subset.within
    mask = np.ones(len(train), dtype=bool) if sample is None else sampled(len(train), sample, seed)
    if subset.filters_by_tau:
        path = Path(str(instances_folder)) / subset.primary / f"{member.task}.parquet"
        instances, tau = read_tau(path, subset.primary, member.task)
        if not np.array_equal(instances, train["instance"]):
            raise ArtifactError(
                f"{path} lists other instances than the training split of '{member.task}'; {remake(path)}"
            )
        mask[mask] = kept(tau[mask], subset)
    return train[mask].reset_index(drop=True)
