"""A results folder by hand that an advice rests on."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gradts.artifacts import read_json, write_json
from gradts.layout import below
from gradts.reporting.advice import advise
from gradts.reporting.specs import AdviceSpec
from gradts.selection.heuristics import at_random
from tests.conftest import yes_no
from tests.unit.by_hand import (
    put_answer,
    put_correlation,
    put_intervals,
    put_predictions,
    put_run,
    put_splits,
)

SPEC = AdviceSpec(yes_no("p"), "toy", ["a", "b", "c"], "tiny", "gradts-trial", 2, [1, 2])
PLACE = {"backend": "tiny", "suite": "toy"}
COST = {"wall_seconds": 9.0, "device": "cpu", "peak_memory_bytes": 1, "instances_processed": 4}
COST |= {"stage": "gradts.training.joint", "reads": []}


LABELS = [0, 1, 1, 0, 1, 0, 0, 1, 1, 1]
# Set → under seeds 1 and 2 the rows that are answered wrongly.
WRONG = {"p": ([0, 1, 2, 3], [0, 1, 2, 3, 4, 5]), "a+p": ([], [9]), "a+b+c+p": ([0, 1, 2, 4], [3, 5])}


def put_wrong(results: Path, metric: str = "accuracy") -> None:
    for members, of_seeds in WRONG.items():
        for seed, wrong in enumerate(of_seeds, 1):
            answers = [1 - label if row in wrong else label for row, label in enumerate(LABELS)]
            put_predictions(results, members.split("+"), {"p dev": answers}, seed, metric)


TAU = {"p": [1, 0.2, 0.6, 0.4], "a": [0.2, 1, 0, 0], "b": [0.6, 0, 1, 0], "c": [0.4, 0, 0, 1]}
STEPS = [([], 0.7), (["b"], 0.8), (["b", "c"], 0.75)]
TRIALS = [{"auxiliaries": tasks, "score": value} for tasks, value in STEPS]


def put_ranking(results: Path) -> list[str]:
    """What an answer that rests on the ranking reads."""
    path = put_correlation(results, TAU, reads=[])
    rows = [("a", "p", 0.2, 0.1, 0.3), ("b", "p", 0.6, 0.5, 0.7), ("c", "p", 0.4, np.nan, np.nan)]
    put_intervals(results, rows)
    return [path]


def put_costly(results: Path, members: str, seconds: float, seed: int = 1) -> str:
    names = [{"name": one.partition("@")[0]} for one in members.split("+")]
    path = put_run(results, members.split("+"), {}, seed, cpu_seconds=seconds, **COST)
    record = Path(path).with_name("run.json")
    known = read_json(record)
    write_json(record, known | {"spec": known["spec"] | {"tasks": names}})
    return str(record)


def put_finished(tmp_path) -> Path:
    """GradTS-trial chose b for p."""
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    reads = [*put_ranking(tmp_path), put_costly(tmp_path, "p", 10), put_costly(tmp_path, "b+p", 20)]
    facts = {"candidates": ["a", "b", "c"], "reads": reads, "evidence": TRIALS}
    put_answer(tmp_path, "gradts-trial", "p", {"b": 1.0}, **facts)
    drawn = [f"{'+'.join(sorted(['p', *at_random(['a', 'b', 'c'], 1, 'p', draw)]))}" for draw in (1, 2)]
    for members in {"p", "b+p", "a+b+c+p", "p@repeat2", *drawn}:
        for seed in (1, 2):
            wrong = WRONG["p" if members.startswith("p") else "a+p"][seed - 1]
            answers = [1 - label if row in wrong else label for row, label in enumerate(LABELS)]
            names = {"training_instances": {"p": 10, "b": 9}, "cpu_seconds": 2.0}
            put_predictions(tmp_path, members.split("+"), {"p dev": answers}, seed, **COST, **names)
            record = Path(below(tmp_path, "run", backend="tiny", members=members, seed=seed))
            known = read_json(record)
            tasks = [{"name": one.partition("@")[0]} for one in members.split("+")]
            write_json(record, known | {"spec": known["spec"] | {"tasks": tasks}})
    return tmp_path


def made(results: Path, **changes: Any) -> tuple[str, dict[str, Any]]:
    out = results / "advice/p.md"
    picture = [str(out.with_suffix(suffix)) for suffix in (".png", ".svg")]
    advise(replace(SPEC, **changes), str(results), str(out), picture)
    return out.read_text(), read_json(out.with_suffix(".json"))
