"""τ-b of instances × tasks against a loop over scipy, on one core, in one run.

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/kendall.py
"""

import time

import numpy as np
from scipy.stats import kendalltau

from gradts.correlation.kendall import tau_b

HEADS, TASKS, INSTANCES, LOOPED = 144, 8, 4096, 64


def main() -> None:
    rng = np.random.default_rng(0)
    instances, tasks = rng.random((INSTANCES, HEADS)), rng.random((TASKS, HEADS))
    tau_b(instances[:256], tasks)
    start = time.perf_counter()
    fast = tau_b(instances, tasks)
    ours = (time.perf_counter() - start) / fast.size
    start = time.perf_counter()
    looped = np.array([[kendalltau(row, task).statistic for task in tasks] for row in instances[:LOOPED]])
    scipys = (time.perf_counter() - start) / looped.size
    print(f"largest difference {np.abs(looped - fast[:LOOPED]).max():.1e}")
    print(f"scipy {1e6 * scipys:.1f} µs a pair, ours {1e6 * ours:.2f} µs a pair: {scipys / ours:.0f}×")


if __name__ == "__main__":
    main()
