"""A graph of records written by hand, and the ledger of what its answers cost."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from gradts.artifacts import write_array, write_json, write_table, write_text
from gradts.reporting.costs import costs
from tests.unit.by_hand import put_answer

SUITE = ("a", "b", "p")
# Of every record; only jobs that train or take gradients count instances, too.
ANY = {"wall_seconds": 1, "cpu_seconds": 1.5, "device": "cpu", "peak_memory_bytes": 2**20}
TABLE = pa.table({"x": [1]})


def tasks(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


class Graph:
    """Artefacts with a record each; `reads` are relative to the results folder."""

    def __init__(self, results: Path) -> None:
        self.results = results

    def record(self, stage: str, spec: dict, reads: str, seconds: float | None = None) -> dict[str, Any]:
        paths = [str(self.results / path) for path in reads.split()]
        cost = {} if seconds is None else {"wall_seconds": seconds, "instances_processed": 10}
        return {"stage": f"gradts.{stage}", "spec": spec, "reads": paths, **ANY, **cost}

    def data(self, task: str) -> None:
        record = self.record("data.prepare", {"task": task}, "")
        write_table(self.results / f"data/{task}/train.parquet", TABLE, record)
        write_json(self.results / f"data/{task}/statistics.json", record)

    def gradients(self, task: str, seconds: float) -> None:
        spec, reads = {"task": {"name": task}}, f"data/{task}/train.parquet"
        record = self.record("gradients.importance", spec, reads, seconds)
        write_table(self.results / f"gradients/tiny/{task}/seed1.parquet", TABLE, record)
        write_array(self.results / f"importance/tiny/{task}/seed1.npy", np.zeros(1), record)

    def correlation(self) -> None:
        kinds = ("importance/tiny/{}/seed1.npy", "importance/tiny/{}/seed1.json")
        kinds += ("gradients/tiny/{}/seed1.parquet",)
        reads = " ".join(kind.format(task) for kind in kinds for task in SUITE)
        record = self.record("correlation.suite", {"jobs": []}, reads)
        write_text(self.results / "correlation/tiny/toy.csv", "task\n")
        write_json(self.results / "correlation/tiny/toy.json", record)

    def values(self) -> None:
        """Of ESM, behind embeddings and maps, and of LogME."""
        maps = "".join(f" embeddings/tiny/{task}.parquet maps/tiny/{task}.npy" for task in SUITE)
        for task in SUITE:
            spec, data = {"task": {"name": task}}, f"data/{task}/train.parquet"
            record = self.record("training.embedding", spec, data, 1)
            write_array(self.results / f"embeddings/tiny/{task}.npy", np.zeros(1), record)
            record = self.record("transfer.tuned", spec, f"{data} embeddings/tiny/{task}.parquet", 1)
            write_array(self.results / f"maps/tiny/{task}.npy", np.zeros(1), record)
            record = self.record("transfer.tuned", {"jobs": [spec], "tasks": tasks(*SUITE)}, data, 1)
            write_json(self.results / f"logme/tiny/toy/{task}.json", record)
        spec = {"jobs": [], "tasks": tasks(*SUITE)}
        write_json(self.results / "esm/tiny/toy.json", self.record("transfer.esm", spec, maps))
        for task in SUITE:
            others = (other for other in SUITE if other != task)
            self.answer("esm-trial", "esm/tiny/toy.csv", task)
            self.answer("logme-trial", " ".join(f"logme/tiny/toy/{other}.csv" for other in others), task)

    def instances(self) -> None:
        reads = "gradients/tiny/a/seed1.parquet importance/tiny/p/seed1.npy importance/tiny/p/seed1.json"
        spec = {"auxiliary": [{"task": {"name": "a"}}], "primary": [{"task": {"name": "p"}}]}
        record = self.record("correlation.instances", spec, reads)
        write_table(self.results / "instances/tiny/p/a.parquet", TABLE, record)

    def run(self, members: str, seconds: float, reads: str = "") -> None:
        names = [member.partition("@")[0] for member in members.split("+")]
        reads += "".join(f" data/{task}/train.parquet" for task in names)
        record = self.record("training.joint", {"tasks": tasks(*names)}, reads, seconds)
        write_json(self.results / f"runs/tiny/{members}/seed1/run.json", record)

    def autosem(self, stage: str, auxiliaries: str, seconds: float) -> None:
        spec = {"primary": {"name": "p"}, "auxiliaries": tasks(*auxiliaries.split())}
        record = self.record(f"autosem.{stage}", spec, "data/p/train.parquet", seconds)
        write_json(self.results / f"autosem/tiny/toy/p/{stage}.json", record)

    def answer(self, method: str, reads: str, primary: str = "p") -> None:
        paths = [str(self.results / path) for path in reads.split()]
        candidates = [task for task in SUITE if task != primary]
        put_answer(self.results, method, primary, candidates=candidates, reads=paths, **ANY)


def scores(members: str) -> str:
    """What a job reads that looks up the scores of a joint run."""
    return " ".join(f"runs/tiny/{members}/seed1/{name}" for name in ("metrics.csv", "run.json"))


CORRELATION = "correlation/tiny/toy.csv correlation/tiny/toy.json"


def put_graph(results: Path) -> Path:
    """The records of every kind of answer, and of the jobs behind them."""
    graph = Graph(results)
    for seconds, task in enumerate(SUITE, 1):
        graph.data(task)
        graph.gradients(task, seconds)
    graph.correlation()
    graph.instances()
    for seconds, members in enumerate(["a", "p", "a+p", "a+b+p"], 10):
        graph.run(members, seconds)
    graph.run("a@p-0.3+p", 20, "instances/tiny/p/a.parquet")
    graph.autosem("bandit", "a b", 30)
    graph.autosem("mixing", "a", 31)
    graph.answer("no-sel", "")
    graph.answer("gradts-trial", f"{CORRELATION} {scores('p')} {scores('a+p')}")
    graph.answer("gradts-trial", f"{CORRELATION} {scores('a')}", primary="a")
    trial = "selection/tiny/toy/gradts-trial/p.json"
    graph.answer("random-k-1", trial)
    tuned = "selection/tiny/toy/gradts-fg.threshold.json"
    record = graph.record("selection.decide", {"method": "gradts-fg"}, f"{trial} {scores('a@p-0.3+p')}")
    write_json(results / tuned, record)
    graph.answer("gradts-fg", f"{trial} {tuned} instances/tiny/p/a.parquet")
    graph.answer("autosem-p1", "autosem/tiny/toy/p/bandit.json")
    first = "selection/tiny/toy/autosem-p1/p.json"
    graph.answer("autosem", f"{first} autosem/tiny/toy/p/mixing.json")
    return results


def made(results: Path, *answers: str) -> pd.DataFrame:
    paths = [f"{results}/selection/tiny/toy/{answer}.json" for answer in answers]
    costs(paths, str(results), f"{results}/costs.csv")
    return pd.read_csv(results / "costs.csv")
