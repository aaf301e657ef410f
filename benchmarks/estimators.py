"""What the estimator changes, on real tasks: τ between tasks, noise ceilings, instances above a threshold.

    python benchmarks/estimators.py --data DIR [--tasks cola mrpc …] [--train 800] [--threads 2] [--seeds 2]

DIR holds {task}/{split}.parquet. Every task is fine-tuned once a seed, its output head random at first; all
estimators see the same models and instances, and gradients are summed as in the paper.
Ceilings: a task against itself on two halves of its instances, and between two fine-tunes (seeds).
"""

import argparse
import itertools
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml

from gradts.config import resolve
from gradts.correlation.kendall import tau_b
from gradts.data.prepare import prepare
from gradts.gradients.estimators import ESTIMATORS
from gradts.gradients.importance import instance_gradients, pooled
from gradts.gradients.normalise import normalise
from gradts.members import Member
from gradts.plan import Plan
from gradts.training.loop import epochs, prepare_training

GLUE = ["cola", "mnli", "mrpc", "qnli", "qqp", "rte", "sst2", "wnli"]
THRESHOLD = 0.42


def tables(plan, task: str, seed: int, folder: str) -> dict[str, np.ndarray]:
    """Estimator → |gradient| [instances, layers, heads] of one fine-tuned model."""
    spec = plan.gradient_spec(task, "minilm-l6", str(seed))
    if not (Path(folder) / task).exists():
        prepare(plan.source_spec(task), Path(folder) / task)
    training = prepare_training(spec, [Member(task)], folder)
    for _ in epochs(training.learner(spec.recipe), training, spec.recipe, seed):
        pass  # the warm-up
    model, data = training.model, training.data[task]
    return {name: instance_gradients(model, task, data, name, 32, "fp32")[1] for name in ESTIMATORS}


def importance(gradients: np.ndarray) -> np.ndarray:
    return normalise(pooled(gradients, "sums"), "l1").reshape(1, -1)


def report(name: str, found: dict[tuple[str, int], np.ndarray], names: list[str], seeds: list[int]) -> None:
    first = {task: found[task, seeds[0]] for task in names}
    rows = np.concatenate([importance(first[task]) for task in names])
    between = pd.DataFrame(tau_b(rows, rows), index=names, columns=names)
    pairs = [between.loc[a, b] for a, b in itertools.combinations(names, 2)]
    halves = [tau_b(importance(g[::2]), importance(g[1::2])).item() for g in first.values()]
    print(f"\n== {name}\n{between.round(2).to_markdown()}")
    print(f"between tasks: {min(pairs):.2f} … {max(pairs):.2f}, median {np.median(pairs):.2f}")
    print(f"two halves of a task: {min(halves):.2f} … {max(halves):.2f}")
    if len(seeds) > 1:
        twice = [tau_b(*(importance(found[task, seed]) for seed in seeds[:2])).item() for task in names]
        print(f"two fine-tunes of a task: {min(twice):.2f} … {max(twice):.2f}, median {np.median(twice):.2f}")
    own, other = [], []
    for task, primary in itertools.product(names, names):
        each = normalise(first[task], "l1").reshape(len(first[task]), -1)
        tau = tau_b(each, importance(first[primary]))[:, 0]
        (own if task == primary else other).append((np.nanmedian(tau), np.nanmean(tau >= THRESHOLD)))
    for label, values in (("its own task", own), ("another task", other)):
        medians, shares = zip(*values, strict=True)
        print(
            f"instances against {label}: median τ {min(medians):.2f} … {max(medians):.2f}, "
            f"{100 * min(shares):.0f} … {100 * max(shares):.0f} % reach {THRESHOLD}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True)
    parser.add_argument("--tasks", nargs="+", default=GLUE)
    parser.add_argument("--train", type=int, default=800)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    config = yaml.safe_load(Path("config/glue-mini.yaml").read_text())
    caps = {"max_train": args.train, "max_train_of": {}}
    config |= {"data_root": args.data, "data": {**config["data"], **caps}}
    plan, seeds = Plan(resolve(config)), list(range(1, args.seeds + 1))
    found: dict[str, dict] = {name: {} for name in ESTIMATORS}
    with tempfile.TemporaryDirectory() as folder:
        for task, seed in itertools.product(args.tasks, seeds):
            for name, table in tables(plan, task, seed, folder).items():
                found[name][task, seed] = table
    for name, of_estimator in found.items():
        report(name, of_estimator, args.tasks, seeds)


if __name__ == "__main__":
    main()
