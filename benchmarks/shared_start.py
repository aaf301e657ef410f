"""Whether signed gradients of all tasks at one shared model foretell what pairs of tasks gain.

    python benchmarks/shared_start.py RESULTS CSV [--suite demo] [--backend minilm-l6]

RESULTS has a finished truth of the suite: three tasks or more, all pairs, and the run of all of them. CSV
gets every value of every affinity; a table of what they are worth is printed. Two starts: the pretrained
encoder with every task's head fitted to its frozen features, and, for each of the truth's seeds, the model
of the run of all tasks, trained anew. A seed parts a task's training rows in halves at random, too.

- cosine: of mean gradients by all parameters of the encoder, by those of attention, or by head gates. Halves
  of different tasks are compared, and a task's own two as the noise ceiling (at the pretrained start these
  cancel out, since the head is fitted to both). On select: the primary's is that of its selection split.
- look-ahead: TAG (Fifty et al. 2021, "Efficiently identifying task groupings for multi-task learning"),
  1 - L_p(θ - η g_c) / L_p(θ) on the primary's selection split, for a unit of η where η → 0: g_p·g_c / L_p.

Each has two readings, by either half of the candidate. On the demo none foretells gains.
"""

import argparse
import json
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.stats import pearsonr, permutation_test, rankdata
from torch import Tensor

from gradts.artifacts import read_json
from gradts.layout import below, sidecar
from gradts.members import Member
from gradts.models.heads import gated, head_shape, open_gates
from gradts.models.multitask import MultiTaskModel
from gradts.specs import RunSpec
from gradts.training.encoding import Encoded
from gradts.training.head_start import fit_head
from gradts.training.loop import Training, epochs, prepare_training
from gradts.training.sampler import by_length
from gradts.truth.lattice import TruthSpec
from gradts.truth.scores import Truth, read_truth
from gradts.truth.statistics import holm

BATCH, PERMUTATIONS = 50, 9999
A, B, SELECT = range(3)  # portions of a task: halves of its training rows, its selection split
HALVES, ON_SELECT = ((A, B), (B, A)), ((SELECT, A), (SELECT, B))


def starts(spec: RunSpec, seeds: Sequence[int], data: str) -> Iterator[tuple[str, int, Training]]:
    """Both starts of every seed; the pretrained one, in which no seed has a part, is the same model."""
    members = [Member(task.name) for task in spec.tasks]
    shared = prepare_training(spec, members, data, scored=spec.members, splits="select")
    for task, rows in shared.data.items():
        fit_head(shared.model, task, rows)
    for seed in seeds:
        yield "pretrained", seed, shared
        training = prepare_training(
            replace(spec, seed=seed), members, data, scored=spec.members, splits="select"
        )
        for _ in epochs(training.learner(spec.recipe), training, spec.recipe, seed):
            pass
        yield "joint", seed, training


def gradient(
    model: MultiTaskModel, task: str, data: Encoded, positions: Sequence[int]
) -> tuple[list[Tensor], float]:
    """The mean loss's gradients by every parameter of the encoder, then by head gates; and this loss.

    Without dropout.
    """
    model.eval()
    model.zero_grad()
    parameters, device = [*model.encoder.parameters()], next(model.parameters()).device
    of_gates, loss = torch.zeros(head_shape(model.encoder), device=device), 0.0
    for places in by_length([data.lengths[position] for position in positions], BATCH):
        batch = data.batch([positions[place] for place in places], device)
        gates = open_gates(model.encoder, len(places), device)
        with gated(model.encoder, gates):
            losses = model.losses(task, model(task, batch.inputs), batch.labels)
        mean = losses.sum() / len(positions)
        mean.backward()
        of_gates += gates.grad.sum(1)
        loss += mean.item()
    found = [torch.zeros_like(one) if one.grad is None else one.grad for one in parameters]
    return [*found, of_gates], loss


def products(gradients: Sequence[Sequence[Tensor]]) -> np.ndarray:
    """Inner products of all portions' parts [tensors, tasks, portions, tasks, portions].

    `gradients`: of every portion of every task in turn, a tensor a part.
    """
    parts = (torch.stack(part).flatten(1) for part in zip(*gradients, strict=True))
    found = np.stack([(part @ part.T).double().cpu().numpy() for part in parts])
    return found.reshape(-1, *[len(gradients) // 3, 3] * 2)


def cosines(of: np.ndarray) -> np.ndarray:
    """Of inner products [tasks, portions, tasks, portions]."""
    norms = np.sqrt(np.einsum("tptp->tp", of))
    return of / np.multiply.outer(norms, norms)


def readings(pairs: np.ndarray, portions: Sequence[tuple[int, int]]) -> np.ndarray:
    """Those portions of primaries with those of candidates [readings, tasks, tasks]."""
    return np.stack([pairs[:, primary, :, candidate] for primary, candidate in portions])


def affinities(training: Training, seed: int) -> dict[str, np.ndarray]:
    """Affinity → [readings, primaries, candidates], tasks in sorted order."""
    found = []
    for task in sorted(training.data):
        rows, select = training.data[task], training.scored[task]["select"]
        order = np.random.default_rng(seed).permutation(len(rows)).tolist()
        middle = len(rows) // 2
        found += [gradient(training.model, task, rows, sorted(of)) for of in (order[:middle], order[middle:])]
        found.append(gradient(training.model, task, select, range(len(select))))
    gradients, losses = zip(*found, strict=True)
    *known, gates = products(gradients)
    names = [name for name, _ in training.model.encoder.named_parameters()]
    whole = sum(known)
    attention = sum(of for name, of in zip(names, known, strict=True) if ".att" in name)  # or .attn
    return {
        "cosine": readings(cosines(whole), HALVES),
        "cosine, attention": readings(cosines(attention), HALVES),
        "cosine on select": readings(cosines(whole), ON_SELECT),
        "cosine on select, attention": readings(cosines(attention), ON_SELECT),
        "look-ahead, η → 0": readings(whole, ON_SELECT) / np.array(losses[SELECT::3])[:, None],
        "head gates: cosine": readings(cosines(gates), HALVES),
    }


def gains(truth: Truth, tasks: Sequence[str]) -> np.ndarray:
    """What a pair brings on dev over its primary alone [seeds, primaries, candidates]."""
    pairs = [[truth[p]["+".join(sorted((p, c)))] - truth[p][p] for c in tasks if c != p] for p in tasks]
    return np.moveaxis(np.mean(pairs, axis=-1), -1, 0)


def off_diagonal(matrices: np.ndarray) -> np.ndarray:
    """[..., primaries, candidates] of [..., tasks, tasks]."""
    tasks = matrices.shape[-1]
    return matrices[..., ~np.eye(tasks, dtype=bool)].reshape(*matrices.shape[:-1], tasks - 1)


def spearman(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The mean over primaries of Spearman's correlation over candidates [..., primaries, candidates].

    A primary without any order has no part in it.
    """
    with warnings.catch_warnings(action="ignore"):
        of_primaries = pearsonr(rankdata(one, axis=-1), rankdata(other, axis=-1), axis=-1).statistic
        return np.nanmean(of_primaries, axis=-1).round(12)  # equal ones count as such in p


def agreement(rankings: Sequence[np.ndarray]) -> float:
    """How far two of them [primaries, candidates] order candidates alike, on average; NaN of one."""
    pairs = [spearman(*pair) for pair in combinations(rankings, 2)]
    return float(np.mean(pairs)) if pairs else math.nan


def p_value(values: np.ndarray, measured: np.ndarray) -> float:
    """Of their correlation, one-sided: what a primary's candidates gain changes places among them."""

    def statistic(*of_primaries: np.ndarray, axis: int) -> np.ndarray:
        return spearman(values, np.stack(of_primaries, axis=-2))

    made = {"permutation_type": "pairings", "alternative": "greater", "vectorized": True}
    return permutation_test([*measured], statistic, n_resamples=PERMUTATIONS, rng=0, **made).pvalue


def judged(affinity: np.ndarray, measured: np.ndarray) -> dict[str, float]:
    """An affinity [seeds, readings, tasks, tasks] against mean gains [primaries, candidates]."""
    others = off_diagonal(affinity)
    mean = others.mean((0, 1))
    return {
        "own halves": np.diagonal(affinity, axis1=2, axis2=3).mean(),
        "other tasks": mean.mean(),
        "readings agree": np.mean([*map(agreement, others)]),
        "seeds agree": agreement(others.mean(1)),
        "Spearman with gains": spearman(mean, measured),
        "p": p_value(mean, measured),
    }


def table(found: Mapping[tuple[str, str], np.ndarray], of_seeds: np.ndarray) -> str:
    """A row for each (start, affinity), as Markdown; `of_seeds`: gains [seeds, primaries, candidates]."""
    measured = of_seeds.mean(0).round(9)  # equal shares of rows are equal
    rows = [{"start": key[0], "affinity": key[1], **judged(of, measured)} for key, of in found.items()]
    frame = pd.DataFrame(rows).assign(**{"p, Holm": holm([row["p"] for row in rows])})
    seeds = f"Spearman of gains under one seed and another: {agreement(of_seeds.round(9)):.2f}"
    return f"{frame.to_markdown(index=False, floatfmt='.2f')}\n\n{seeds}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results")
    parser.add_argument("csv")
    parser.add_argument("--suite", default="demo")
    parser.add_argument("--backend", default="minilm-l6")
    args = parser.parse_args()
    torch.set_num_threads(1)
    path = below(args.results, "truth", backend=args.backend, suite=args.suite)
    truth = TruthSpec.from_json(json.dumps(read_json(sidecar(path))["spec"]))
    tasks = sorted(task.name for task in truth.tasks)
    run = below(args.results, "run", backend=args.backend, members=tasks, seed=truth.seeds[0])
    spec = RunSpec.from_json(json.dumps(read_json(run)["spec"]))
    found: dict[tuple[str, str], list[np.ndarray]] = {}
    for start, seed, training in starts(spec, truth.seeds, str(Path(args.results, "data"))):
        for name, values in affinities(training, seed).items():
            found.setdefault((start, name), []).append(values)
    stacked = {key: np.stack(of) for key, of in found.items()}
    names = ["seed", "reading", "primary", "candidate"]
    index = pd.MultiIndex.from_product([truth.seeds, (0, 1), tasks, tasks], names=names)
    series = {key: pd.Series(of.ravel(), index, name="value") for key, of in stacked.items()}
    pd.concat(series, names=["start", "affinity"]).to_csv(args.csv)
    print(table(stacked, gains(read_truth(path, truth), tasks)))


if __name__ == "__main__":
    main()
