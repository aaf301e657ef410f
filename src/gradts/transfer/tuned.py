"""Candidates' fine-tuned encoders: a map that stands for one, and LogME of other tasks under one itself."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedModel

from gradts.artifacts import ArtifactError, write_array
from gradts.data.splits import read_splits
from gradts.members import Member
from gradts.models.backends import commit_of, load_encoder, load_tokenizer
from gradts.provenance import Job
from gradts.specs import Backend
from gradts.training.device import used
from gradts.training.embedding import choose_points, embeddings
from gradts.training.head_start import fit_head
from gradts.training.loop import NO_EPOCH, epochs, prepare_training
from gradts.training.scoring import EVALUATION_BATCH
from gradts.transfer.esm import linear_map, of_other_instances, read_embedded, write_values
from gradts.transfer.logme import logme, targets
from gradts.transfer.specs import FineTuneSpec, ValuesSpec


class Tuned(NamedTuple):
    """A fine-tuned encoder, and what the fine-tune took: instances processed, and see Training.cut."""

    encoder: PreTrainedModel
    processed: int
    cut: dict[str, dict[str, int]]


def fine_tune(spec: FineTuneSpec, data: str | Path) -> Tuned:
    """Fine-tune the backend on a task; the encoder then embeds any text. Reads `{data}/{task}/*.parquet`."""
    training = prepare_training(spec, [Member(spec.task.name)], data)
    model = training.model
    if spec.head == "fitted":
        fit_head(model, spec.task.name, training.data[spec.task.name])
    *_, last = NO_EPOCH, *epochs(training.learner(spec.recipe), training, spec.recipe, spec.seed)
    model.first_token.alone = False  # embeddings read all of them
    _restore_rows(model.encoder, spec.backend)
    return Tuned(model.encoder, last.processed, training.cut)


def _restore_rows(encoder: PreTrainedModel, backend: Backend) -> None:
    """Put the whole embedding table in the place of the rows that were in use, which it takes over."""
    rows, whole = encoder.get_input_embeddings(), load_encoder(backend).get_input_embeddings()
    weight = rows.spread(whole.weight.to(encoder.device)).detach()
    encoder.set_input_embeddings(nn.Embedding.from_pretrained(weight, padding_idx=whole.padding_idx))


def _facts(spec: FineTuneSpec, device: torch.device) -> dict[str, Any]:
    """What a record tells of a fine-tune beside its specification."""
    return {
        "device": str(device),
        "hub_commit": commit_of(spec.backend),
        "precision": used(spec.recipe.precision, device),
        "threads": torch.get_num_threads(),
    }


def map_candidate(spec: FineTuneSpec, data: str | Path, embedded: str | Path, out: str | Path) -> None:
    """Fine-tune on a task, and write the linear map that does to its embeddings what the fine-tune did.

    `embedded`: the table of its embeddings under the backend as it is; `out`: the `.npy` path [width + 1,
    width]. Raises ArtifactError where the table is damaged, or of other points than the data have.
    """
    job = Job(__name__, spec)
    before = read_embedded(embedded, spec, {})
    train, tokenizer = read_splits(data, spec.task).train, load_tokenizer(spec.backend)
    points = choose_points(train, spec.task, tokenizer, spec.recipe.max_length)
    if not np.array_equal([before.instance, before.word], [points.instance, points.word]):
        raise ArtifactError(of_other_instances(embedded, spec.task))
    tuned = fine_tune(spec, data)
    _, after = embeddings(tuned.encoder, points, EVALUATION_BATCH)
    processed = tuned.processed + len(points.data)
    facts = {**_facts(spec, tuned.encoder.device), "instances_processed": processed, "cut": tuned.cut}
    write_array(out, linear_map(before.vectors, after).astype(np.float32), job.record(**facts))


def value_candidates(spec: ValuesSpec, data: str | Path, out: str | Path) -> None:
    """Fine-tune on each candidate, embed every other task with it, and value it by LogME of their labels.

    Reads `{data}/{task}/*.parquet`; writes CSV as `write_values`.
    """
    job, values, facts, processed, cut = Job(__name__, spec), {}, {}, 0, {}
    rows = {task.name: read_splits(data, task).train for task in spec.tasks}
    for one in spec.jobs:
        tuned, tokenizer = fine_tune(one, data), load_tokenizer(one.backend)
        processed, cut = processed + tuned.processed, cut | tuned.cut
        facts = _facts(one, tuned.encoder.device)
        for task in spec.tasks:
            if task.name != one.task.name:
                points = choose_points(rows[task.name], task, tokenizer, one.recipe.max_length)
                _, vectors = embeddings(tuned.encoder, points, EVALUATION_BATCH)
                labels = targets(rows[task.name], task, points.instance, points.word)
                values[task.name, one.task.name] = logme(vectors, labels)
                processed += len(points.data)
    write_values(out, spec, values, job.record(**facts, instances_processed=processed, cut=cut))
