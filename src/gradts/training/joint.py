"""Joint training of a set of tasks on one shared encoder (MT-DNN; method.md §4)."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from torch import nn
from transformers import get_linear_schedule_with_warmup

from gradts.artifacts import Job, progress, write_json, write_table
from gradts.data.splits import read_splits
from gradts.data.subsets import training_rows
from gradts.models.backends import load_encoder, load_tokenizer
from gradts.models.multitask import MultiTaskModel, instance_losses
from gradts.models.vocabulary import keep_rows
from gradts.specs import Backend, Member, Recipe, RunSpec, Task
from gradts.training.device import autocast, pick_device, use_bf16
from gradts.training.encoding import Batch, Encoded
from gradts.training.metrics import NO_WORD, score
from gradts.training.record import Score, best_epoch, write_record
from gradts.training.sampler import batch_counts, by_length, epoch_batches

EVALUATION_BATCH = 128


class Learner:
    """A model with its optimizer and schedule (linear warm-up, linear decay): one call, one update."""

    def __init__(self, model: MultiTaskModel, recipe: Recipe, steps: int) -> None:
        self.model, self.recipe = model, recipe
        self.device = next(model.parameters()).device
        self.optimizer = torch.optim.AdamW(
            model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
        )
        self.schedule = get_linear_schedule_with_warmup(self.optimizer, round(recipe.warmup * steps), steps)

    def __call__(self, task: str, batch: Batch) -> None:
        """Update on one batch; FloatingPointError where its loss is NaN or infinite."""
        with autocast(self.recipe.precision, self.device):
            logits = self.model(task, batch.inputs)
        loss = instance_losses(logits, batch.labels).mean()
        if not torch.isfinite(loss):
            raise FloatingPointError(f"the loss of task '{task}' is {loss}; lower the learning rate")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip)
        self.optimizer.step()
        self.schedule.step()


def train(
    model: MultiTaskModel,
    data: Mapping[str, Encoded],
    members: Sequence[Member],
    recipe: Recipe,
    seed: int,
    after_epoch: Callable[[int], None] = lambda epoch: None,
) -> int:
    """Train a model in place on the members' training data.

    `after_epoch` is called with the epoch, counted from 1. Returns the number of instances processed.
    Raises FloatingPointError where the loss becomes NaN or infinite.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    lengths = {task: encoded.lengths for task, encoded in data.items()}
    counts = batch_counts(lengths, members, recipe.batch_size)
    steps = recipe.epochs * sum(counts.values())
    learner = Learner(model, recipe, steps)
    processed = 0
    with progress(total=steps, unit="batch", desc=f"training {'+'.join(sorted(data))}") as bar:
        for epoch in range(1, recipe.epochs + 1):
            model.train()
            for task, positions in epoch_batches(lengths, counts, recipe.batch_size, generator):
                learner(task, data[task].batch(positions, learner.device))
                processed += len(positions)
                bar.update()
            after_epoch(epoch)
    return processed


@torch.inference_mode()
def predict(model: MultiTaskModel, task: str, data: Encoded, precision: str) -> list[Any]:
    """Predictions of a split in its order: a label id, a number, or a list of one label id a word.

    A word without a first piece (see Encoded) has the prediction NO_WORD.
    """
    device = next(model.parameters()).device
    model.eval()
    predictions: list[Any] = [None] * len(data)
    for positions in by_length(data.lengths, EVALUATION_BATCH):
        batch = data.batch(positions, device)
        with autocast(precision, device):
            logits = model(task, batch.inputs).float()
        answers = logits.squeeze(-1) if batch.labels.is_floating_point() else logits.argmax(dim=-1)
        for position, answer in zip(positions, answers.tolist(), strict=True):
            if task in model.tagging:
                answer = [answer[piece] if piece >= 0 else NO_WORD for piece in data.first_pieces[position]]
            predictions[position] = answer
    return predictions


class Scorer:
    """Scores every member on every split after every epoch; keeps each task's best predictions."""

    def __init__(
        self,
        model: MultiTaskModel,
        tasks: list[Task],
        splits: dict[str, dict[str, Encoded]],
        precision: str,
    ) -> None:
        self.model, self.tasks, self.splits, self.precision = model, tasks, splits, precision
        self.scores: list[Score] = []
        self.predictions: dict[str, dict[str, list[Any]]] = {}

    def __call__(self, epoch: int) -> None:
        for task in self.tasks:
            predictions = {
                split: predict(self.model, task.name, data, self.precision)
                for split, data in self.splits[task.name].items()
            }
            self.scores += [
                Score(
                    epoch,
                    task.name,
                    split,
                    metric,
                    score(metric, data.labels, predictions[split], task.labels),
                )
                for split, data in self.splits[task.name].items()
                for metric in task.metrics
            ]
            if best_epoch(self.scores, task, "select")[0] == epoch:
                self.predictions[task.name] = predictions

    def table(self) -> pa.Table:
        """Predictions on the dev splits at each task's best epoch (by the selection split).

        Label and prediction are lists: of one id or number, or of one id a word.
        """
        parts = [
            pa.table(
                {
                    "task": [task] * len(predicted),
                    "split": [split] * len(predicted),
                    "instance": self.splits[task][split].instances,
                    "label": _listed(self.splits[task][split].labels),
                    "prediction": _listed(predicted),
                }
            )
            for task, splits in sorted(self.predictions.items())
            for split, predicted in sorted(splits.items())
            if split != "select"
        ]
        return pa.concat_tables(parts)


def build_model(backend: Backend, tasks: list[Task], seed: int, data: Iterable[Encoded]) -> MultiTaskModel:
    """A backend's encoder with a head a task, able to embed the word pieces of `data` and no others."""
    torch.manual_seed(seed)
    encoder = load_encoder(backend)
    keep_rows(encoder, torch.cat([split.token_ids for split in data]))
    return MultiTaskModel(encoder, tasks, seed)


def _listed(values: list[Any]) -> pa.Array:
    rows = [value if isinstance(value, (list, np.ndarray)) else [value] for value in values]
    return pa.array(rows, pa.list_(pa.float64()))


@dataclass(frozen=True)
class Fitted:
    """A finished joint training: its scores, predictions of each task's best epoch, and what it took."""

    scores: list[Score]
    predictions: pa.Table
    processed: int
    training_instances: dict[str, int]
    device: torch.device


def fit(
    spec: RunSpec,
    data_folder: str | Path,
    instances_folder: str | Path | None = None,
    scored: Collection[str] | None = None,
) -> Fitted:
    """Train a set of members, scoring the tasks in `scored` (all where None) after every epoch.

    Reads `{data_folder}/{task}/*.parquet` and, for members filtered by τ,
    `{instances_folder}/{primary}/{task}.parquet`.
    """
    device = pick_device()
    tokenizer = load_tokenizer(spec.backend)

    def encode(frame):
        return Encoded(frame, tokenizer, spec.recipe.max_length)

    prepared = {task.name: read_splits(data_folder, task) for task in spec.tasks}
    members = [Member.parse(name) for name in spec.members]
    training = {
        member.task: training_rows(prepared[member.task].train, member, instances_folder, spec.subset_seed)
        for member in members
    }
    # A filter that keeps nothing leaves no data of that task; the record says so.
    data = {task: encode(rows) for task, rows in training.items() if len(rows)}
    tasks = [task for task in spec.tasks if scored is None or task.name in scored]
    splits = {
        task.name: {split: encode(frame) for split, frame in prepared[task.name].scored().items()}
        for task in tasks
    }
    everything = [*data.values(), *(split for of_task in splits.values() for split in of_task.values())]
    model = build_model(spec.backend, spec.tasks, spec.seed, everything).to(device)
    scorer = Scorer(model, tasks, splits, spec.recipe.precision)
    processed = train(model, data, members, spec.recipe, spec.seed, scorer)
    counts = {task: len(rows) for task, rows in training.items()}
    return Fitted(scorer.scores, scorer.table(), processed, counts, device)


def run(spec: RunSpec, data_folder: str | Path, instances_folder: str | Path | None, out: str | Path) -> None:
    """Make a joint run: write `metrics.csv`, `predictions.parquet` and `run.json` into `out`."""
    job = Job(__name__, asdict(spec))
    fitted = fit(spec, data_folder, instances_folder)
    record = job.record(
        device=str(fitted.device),
        precision="bf16" if use_bf16(spec.recipe.precision, fitted.device) else "fp32",
        threads=torch.get_num_threads(),
        instances_processed=fitted.processed,
        training_instances=fitted.training_instances,
    )
    out = Path(out)
    write_table(out / "predictions.parquet", fitted.predictions, record)
    write_json(out / "run.json", record)
    write_record(out / "metrics.csv", fitted.scores)
