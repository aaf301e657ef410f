"""Files of a results folder that no job has made: what is known of them is written by hand."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from gradts.artifacts import write_array, write_csv, write_json, write_table
from gradts.layout import below, inside
from gradts.members import Member, canonical
from gradts.provenance import digest
from gradts.training.scores import Score, write_scores


def put_answer(
    results: Path,
    method: str,
    primary: str,
    shares: Mapping[str, float] | None = None,
    backend: str = "tiny",
    candidates: Sequence[str] = (),
    **record: Any,
) -> str:
    """A method's answer; its members are those that have a share."""
    path = below(results, "answer", backend=backend, suite="toy", method=method, primary=primary)
    spec = {"backend": backend, "suite": "toy", "method": method, "primary": {"name": primary}}
    chosen = dict(shares or {})
    members = sorted([primary, *(task for task, share in chosen.items() if share)])
    made = {"spec": spec | {"candidates": [*candidates]}, "auxiliaries": chosen, "members": members}
    write_json(path, made | record)
    return path


def put_run(
    results: Path,
    members: Sequence[str],
    scores: Mapping[str, Sequence[float]],
    seed: int = 1,
    backend: str = "tiny",
    **record: Any,
) -> str:
    """The scores of a joint run, `task split metric` → the score after every epoch, and its record."""
    path = below(results, "metrics", backend=backend, members=members, seed=seed)
    rows = [
        Score(epoch, *name.split(), value)
        for name, values in scores.items()
        for epoch, value in enumerate(values, 1)
    ]
    write_scores(path, rows)
    spec = {"backend": {"name": backend}, "members": canonical(map(Member.parse, members)), "seed": seed}
    made = {"spec": spec, "metrics_sha256": digest(path)}
    write_json(inside(Path(path).parent, "run"), made | record)
    return path


def put_predictions(
    results: Path,
    members: Sequence[str],
    answers: Mapping[str, Sequence[Any]],
    seed: int = 1,
    metric: str = "accuracy",
    select: float = 0.5,
    backend: str = "tiny",
    **record: Any,
) -> str:
    """A joint run, with what it answers for p on `task split`: a number, or a list of them, a row.

    `select`: its score on the selection split.
    """
    put_run(results, members, {f"p select {metric}": [select]}, seed, backend, **record)
    return put_answers(results, members, answers, seed, backend)


def put_answers(
    results: Path,
    members: Sequence[str],
    answers: Mapping[str, Sequence[Any]],
    seed: int = 1,
    backend: str = "tiny",
    label: Any = 1,
) -> str:
    """What a run answers on `task split`; nothing, as of one that diverged, where that is empty.

    `label`: of all rows, or a list of one a row.
    """
    path = below(results, "predictions", backend=backend, members=members, seed=seed)
    columns: dict[str, list] = {name: [] for name in ("task", "split", "instance", "label", "prediction")}
    for name, predictions in answers.items():
        for instance, answer in enumerate(predictions):
            true = label[instance] if isinstance(label, list) else label
            both = (one if isinstance(one, list) else [one] for one in (true, answer))
            row = (*name.split(), instance, *both)
            for column, value in zip(columns.values(), row, strict=True):
                column.append(value)
    schema = pa.schema({"task": pa.string(), "split": pa.string(), "instance": pa.int64()})
    for name in ("label", "prediction"):
        schema = schema.append(pa.field(name, pa.list_(pa.float64())))
    spec = {"backend": {"name": backend}, "members": canonical(map(Member.parse, members)), "seed": seed}
    write_table(path, pa.table(columns, schema=schema), {"spec": spec})
    return path


def put_correlation(
    results: Path,
    tau: Mapping[str, Sequence[float]],
    draw: int | None = None,
    measure: str = "tau",
    **record: Any,
) -> str:
    """Task → its τ, or another measure, with all tasks, in the same order; of a draw, with heads shuffled."""
    kind = "correlation" if draw is None else "shuffled"
    path = below(results, kind, backend="tiny", suite="toy", draw=draw)
    made = [{"task": {"name": task}, "backend": {"name": "tiny"}} for task in tau]
    frame = pd.DataFrame.from_dict(tau, orient="index", columns=[*tau])
    write_csv(path, frame, {"spec": {"jobs": made, "measure": measure}} | record, index_label="task")
    return path


def put_intervals(results: Path, rows: Sequence[tuple[str, str, float, float, float]]) -> str:
    """Task, other task, their τ and both ends of its interval."""
    path = below(results, "intervals", backend="tiny", suite="toy")
    write_csv(path, pd.DataFrame(rows, columns=["task", "other", "tau", "low", "high"]), {}, index=False)
    return path


def put_embedding(
    results: Path, task: str, vector: Sequence[float], backend: str = "tiny", **record: Any
) -> str:
    """A task's mean embedding."""
    path = below(results, "embedding", backend="tiny", task=task)
    spec = {"task": {"name": task}, "backend": {"name": backend}}
    write_array(path, np.array(vector, dtype=np.float32), {"spec": spec} | record)
    return path


def put_values(
    results: Path,
    kind: str,
    values: Mapping[str, Sequence[float | None]],
    candidates: Sequence[str] | None = None,
    backend: str = "tiny",
    **record: Any,
) -> str:
    """Task → the values of these candidates, of all tasks where None; of one for `logme`."""
    names = [*(candidates or values)]
    path = below(results, kind, backend="tiny", suite="toy", auxiliary=names[0])
    made = [{"task": {"name": task}, "backend": {"name": backend}} for task in names]
    frame = pd.DataFrame.from_dict(values, orient="index", columns=names)
    write_csv(path, frame, {"spec": {"jobs": made}} | record, index_label="task")
    return path


def put_statistics(results: Path, facts: Mapping[str, tuple[int, float, str]]) -> str:
    """Task → its training instances, mean length and type."""
    path = below(results, "statistics", suite="toy")
    frame = pd.DataFrame.from_dict(facts, orient="index", columns=["train", "mean_length", "type"])
    write_csv(path, frame, {}, index_label="task")
    return path


def put_splits(results: Path, task: str, train: list, select: list, **dev: list) -> None:
    """Prepared rows that have these labels, of every dev split; words where a label is a list."""
    labels = {"train": train, "select": select, "dev": [label for part in dev.values() for label in part]}
    for split, values in labels.items():
        columns: dict[str, list] = {"instance": [*range(len(values))], "label": values}
        columns["text_a"] = ["text"] * len(values)
        if isinstance(values[0], list):
            columns["tokens"] = [["word"] * len(label) for label in values]
        if split == "dev":
            columns["split"] = [name for name, part in dev.items() for _ in part]
        write_table(below(results, split, task=task), pa.table(columns), {"spec": {"task": task}})
