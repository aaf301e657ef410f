"""A tiny configuration that is really run: three generated tasks under a random backend."""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
TASKS = ["demo_accept", "demo_entail", "demo_sentiment"]


@cache
def _forks() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", Path(__file__).with_name("forks.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def snakemake(folder: Path, *arguments: str, ok: bool = True, env: dict[str, str] | None = None) -> str:
    """What `snakemake --cores 2` prints in this folder; it must end well, or with `ok=False` must not."""
    wanted = {"folder": str(folder), "environment": dict(env or os.environ)}
    with tempfile.NamedTemporaryFile("r") as printed:
        wanted |= {"arguments": ["--cores", "2", *arguments], "printed": printed.name}
        print(json.dumps(wanted), file=_forks().stdin, flush=True)
        status = int(_forks().stdout.readline())
        told = printed.read()
    assert (status == 0) == ok, told
    return told


def jobs(output: str) -> dict[str, int]:
    """Rule → number of jobs of a dry-run or run."""
    lines = output.split("Job stats:")[1].splitlines()[3:] if "Job stats:" in output else []
    counts = {}
    for line in lines:
        if len(line.split()) != 2:
            break
        counts[line.split()[0]] = int(line.split()[1])
    return counts


def configure(folder: Path, suite: list[str], **changes) -> None:
    # Of TASKS the scores of the last move, so that GradTS-trial takes tasks whose instances are filtered.
    tuning = [task for task in TASKS[1:] if task in suite] or suite
    config = {
        "suites": {"tiny": suite},
        "tables": {"table2": {"suite": "tiny", "backend": "tiny"}},
        "data": {"max_train": 32, "max_select": 24, "max_dev": 24},
        "training": {
            "epochs": 2,
            "learning_rate": 1e-3,
            "batch_size": 8,
            "max_length": 32,
            "precision": "fp32",
        },
        "gradients": {"epochs": 1, "seeds": [1]},
        "advice": {"seeds": [1]},
        "selection": {
            "thres": {"threshold": {"keep": 0.5}},
            "fg": {"threshold": {"tune": {"grid": [{"keep": 0.5}, {"keep": 1.0}], "tasks": tuning}}},
            "random": {"draws": 2},
            "heuristics": {"steps": 1},
            "autosem": {"rounds": 4, "batches": 2, "trials": 2, "max_ratio": 2, "epochs": 1},
        },
        **changes,
    }
    (folder / "config" / "config.yaml").write_text(yaml.safe_dump(config))


def checkout(folder: Path, backend: Path) -> Path:
    for name in ("Snakefile", "workflow", "config", "profiles"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    registry = folder / "config" / "backends.yaml"
    registry.write_text(yaml.safe_dump({"tiny": {"path": str(backend)}}))
    configure(folder, TASKS)
    return folder


def state(folder: Path) -> dict[Path, tuple[int, bytes]]:
    kinds = ("*.npy", "*.parquet", "metrics.csv", "run.json")
    files = [path for kind in kinds for path in (folder / "results").rglob(kind)]
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def runs(folder: Path) -> set[str]:
    return {path.parents[1].name for path in (folder / "results").rglob("run.json")}


def read_rows(path: Path) -> list[dict[str, str]]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file))
