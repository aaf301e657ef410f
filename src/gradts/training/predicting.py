"""Predictions of a trained model, a folder that transformers loads, for the rows of a user's file."""

import json
import math
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import torch
from transformers import PreTrainedModel

from gradts.artifacts import ArtifactError, atomic, remake
from gradts.data.files import files_behind, kind_of
from gradts.data.rows import rows_to_predict
from gradts.data.sentences import as_sentences, as_words
from gradts.data.sources import read_files
from gradts.data.tables import READERS
from gradts.layout import inside
from gradts.models.export import load_exported
from gradts.models.objectives import OUTPUTS
from gradts.names import InputError
from gradts.readings import check_facts, read_facts
from gradts.specs import RunSpec, Source, Task
from gradts.training.answers import KINDS, PROBABILITIES, WRITERS, schema_of, shown
from gradts.training.device import autocast, pick_device
from gradts.training.encoding import Encoded
from gradts.training.loop import progress
from gradts.training.metrics import NO_WORD, score
from gradts.training.sampler import by_length
from gradts.training.scoring import EVALUATION_BATCH

CHUNK = 10_000  # rows that are tokenised and written at once


def predict(model: str | Path, data: str, out: str | Path) -> None:
    """Predict the rows of a file with a trained model's folder: write label names and probabilities.

    `data` is read as the files of the model's task are, with labels or without (docs/predicting.md). `out`
    has a row for each of its rows, in their order, as .csv, .tsv, .json, .jsonl or .parquet. Where there are
    labels, the task's metrics are printed as a JSON object. Raises InputError for what cannot be read.
    """
    if Path(out).suffix not in WRITERS:
        raise InputError(f"--out: {out} is no kind of file that is written; name one of {', '.join(WRITERS)}")
    if os.path.realpath(out) in map(os.path.realpath, files_behind(data)):
        raise InputError(f"--out: {out} is the file to predict; name another one")
    task, source, run = _record(model)
    count, rows, labels = _rows(model, data, source)
    network, tokenizer = load_exported(task, model)
    network.to(device := pick_device()).eval()
    precision = run.recipe.precision if device.type == "cuda" else "fp32"
    answers: dict[int, Any] = {}
    cut, schema, between = 0, schema_of(task), KINDS[task.objective][1]
    with (
        atomic(out) as part,
        WRITERS[Path(out).suffix](part, schema, between) as write,
        progress(total=len(rows), unit="text", desc=f"predicting {task.name}") as bar,
    ):
        for start in range(0, count, CHUNK):
            positions = range(start, min(start + CHUNK, count))
            chunk = rows.loc[positions[0] : positions[-1]]
            found: dict[int, tuple[Any, Any]] = {}
            if len(chunk):
                encoded = Encoded(chunk, task, tokenizer, run.recipe.max_length)
                cut += encoded.cut
                for place, one in answers_of(network, task, encoded, precision):
                    found[chunk.index[place]] = one
                    bar.update()
            answers |= {row: answer for row, (answer, _) in found.items()}
            told = {row: shown(task, *both) for row, both in found.items()}
            words = chunk.get("tokens", {})
            lines = [{"row": row, "tokens": words.get(row)} | told.get(row, {}) for row in positions]
            write(pa.Table.from_pylist(lines, schema))
    dropped = f", {count - len(rows)} without a text" * (count > len(rows))
    limit = f"{cut} cut at max_length {run.recipe.max_length}"
    print(f"{data}: {count} rows of task '{task.name}'{dropped}, {limit}; see {out}", file=sys.stderr)
    if len(labels):
        guesses = [answers[row] for row in labels.index]
        scores = {metric: score(task, metric, labels.tolist(), guesses) for metric in task.metrics}
        scores = {metric: None if math.isnan(value) else value for metric, value in scores.items()}
        facts = {"data": data, "task": task.name, "rows": count, "labelled": len(labels), "metrics": scores}
        print(json.dumps(facts, ensure_ascii=False))


def _record(model: str | Path) -> tuple[Task, Source, RunSpec]:
    """What a model's folder tells of its task, of that task's files, and of its training."""
    path = inside(model, "model")
    if not Path(model).is_dir():
        raise InputError(f"--model: {model} is no folder; name a model's, as results/models/…/TASK")
    if not path.exists():
        raise InputError(
            f"--model: {path} is missing, so this is no model of this workflow; make one with: "
            f"snakemake --cores 1 results/models/BACKEND/SUITE/METHOD/TASK/{path.name}"
        )
    spec = read_facts(path, {"spec": dict}, {})["spec"]
    kinds = {"task": Task, "source": Source, "run": RunSpec}
    check_facts(path, spec, dict.fromkeys(kinds, dict))
    try:
        task, source, run = (kind.from_json(json.dumps(spec[key])) for key, kind in kinds.items())
    except InputError as error:
        raise ArtifactError(f"{path}: {error}; {remake(path)}") from error
    return task, source, run


def _rows(model: str | Path, data: str, source: Source) -> tuple[int, pd.DataFrame, pd.Series]:
    """How many rows a file has, and those with texts and with labels (see `rows_to_predict`)."""
    if kind_of(data) in READERS:  # whatever the task's own files are called
        source = replace(source, origin={key: how for key, how in source.origin.items() if key != "format"})
    try:
        raw = as_words(as_sentences(read_files(data, source, labelled=False), source), source)
        return len(raw.frame), *rows_to_predict(raw, source)
    except InputError as error:
        raise InputError(
            f"{error} (of a model, the registry's keys are under spec.source in {inside(model, 'model')}, "
            "those of how files are read under its origin)"
        ) from error


@torch.inference_mode()
def answers_of(
    network: PreTrainedModel, task: Task, data: Encoded, precision: str
) -> Iterator[tuple[int, tuple[Any, Any]]]:
    """Position, answer in the form of labels, and probabilities of every row, in any order.

    A word without a first piece (see Encoded) has the answer NO_WORD and no probability.
    """
    for positions in by_length(data.lengths, EVALUATION_BATCH):
        with autocast(precision, network.device):
            logits = network(**data.inputs(positions, network.device)).logits
        logits = logits.double().cpu()
        both = OUTPUTS[task.objective].answers(logits), PROBABILITIES[task.objective](logits).tolist()
        for position, answer, chances in zip(positions, *both, strict=True):
            if data.per_token:
                firsts = data.first_pieces[position]
                answer = [answer[piece] if piece >= 0 else NO_WORD for piece in firsts]
                chances = [chances[piece] if piece >= 0 else None for piece in firsts]
            yield position, (answer, chances)
