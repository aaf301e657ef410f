"""Values of rankings, [tasks, tasks] by name: by gradients in every way, and without any."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np

from gradts.artifacts import read_table
from gradts.correlation.measures import LIKENESS, cosine
from gradts.gradients.normalise import NORMS, mean_over_seeds, normalise, pooled
from gradts.layout import below
from gradts.readings import read_embeddings, read_statistics
from gradts.specs import CLASSIFICATION

FACTORS, BETWEEN = ["setting", "weights", "layer_norm", "measure"], " · "  # of a ranking by gradients


def right(losses: np.ndarray) -> np.ndarray:
    """Of a cross-entropy: the label's probability is above a half (of many classes, surely right)."""
    return np.exp(-losses) > 0.5


def shares(gradients: np.ndarray) -> np.ndarray:
    """Every instance's gradients [instances, layers, heads] over their sum; one without any stays 0."""
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


def by_gradients(setting: str, results: str, backend: str, tasks: Sequence[str]) -> dict[str, np.ndarray]:
    """All rankings by a folder's gradients, by the mean over the seeds that every task has."""
    folders = [Path(below(results, "gradients", backend=backend, task=task, seed=1)).parent for task in tasks]
    seeds = sorted(set.intersection(*({path.name for path in of.glob("seed*.parquet")} for of in folders)))
    if not seeds:
        raise SystemExit(f"{results} has no seed of gradients that all of {', '.join(tasks)} have")
    summed: dict[str, list[np.ndarray]] = {weights: [] for weights in WEIGHTS}
    objectives = set()
    for folder, name in product(folders, seeds):
        table, record = read_table(folder / name)
        heads = table["heads"].combine_chunks().flatten().to_numpy().astype(np.float64)
        gradients = heads.reshape(-1, record["layers"], record["heads"])
        objectives.add(record["spec"]["task"]["objective"])
        for weights, weigh in WEIGHTS.items():
            summed[weights].append(weigh(gradients, table["loss"].to_numpy()))
    if objectives != {CLASSIFICATION}:  # the loss does not tell what is right
        del summed["shares, right"], summed["shares, wrong"]
    found = {}
    for (weights, of), norm, (name, alike) in product(summed.items(), [*NORMS, "none"], LIKENESS.items()):
        of_tasks = normalise(np.stack(of), norm).reshape(len(tasks), len(seeds), -1)
        rows = np.stack([mean_over_seeds(matrices) for matrices in of_tasks])
        found[BETWEEN.join([setting, weights, norm, name])] = alike(rows, rows)
    return found


def without_gradients(
    folders: Sequence[str], place: Mapping[str, str], tasks: Sequence[str]
) -> dict[str, np.ndarray]:
    """By training rows and mean lengths of the first folder, and embeddings of the first that has them."""
    facts = read_statistics(below(folders[0], "statistics", **place))
    lengths = np.array([facts[task].mean_length for task in tasks])
    found = {
        "size": np.tile([float(facts[task].rows) for task in tasks], (len(tasks), 1)),
        "length": -abs(np.subtract.outer(lengths, lengths)),
    }
    for folder in folders:
        paths = {task: below(folder, "embedding", backend=place["backend"], task=task) for task in tasks}
        if all(Path(path).exists() for path in paths.values()):
            rows = np.stack([*read_embeddings(paths, place["backend"]).values()])
            return found | {"textsim": cosine(rows, rows)}
    return found
