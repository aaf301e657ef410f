"""Joint training of a set of tasks on one shared encoder (MT-DNN; method.md §4)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Protocol
from zlib import crc32

import numpy as np
import pyarrow as pa
import torch

from gradts.artifacts import Job, code_digest, progress, write_json, write_table
from gradts.data.splits import read_splits
from gradts.data.subsets import training_rows
from gradts.models.backends import load_encoder, load_tokenizer
from gradts.models.multitask import MultiTaskModel
from gradts.models.vocabulary import keep_rows
from gradts.specs import Backend, Member, Recipe, RunSpec, Task
from gradts.training import checkpoint
from gradts.training.device import autocast, pick_device, use_bf16
from gradts.training.encoding import Encoded
from gradts.training.learner import Learner
from gradts.training.metrics import NO_WORD, score
from gradts.training.record import Score, best_epoch, write_record
from gradts.training.sampler import batch_counts, by_length, epoch_batches

EVALUATION_BATCH = 128
# Shorter trainings are made anew: writing the state would cost more.
SAVE_SECONDS = 60.0


class Observer(Protocol):
    """Follows a training from epoch to epoch (counted from 1)."""

    def begin(self, learner: Learner) -> tuple[int, int]:
        """Epochs and instances that are behind it: 0 and 0, or those of a resumed state."""

    def after_epoch(self, epoch: int, processed: int, learner: Learner) -> None:
        """Called when an epoch is done."""


def train(
    model: MultiTaskModel,
    data: Mapping[str, Encoded],
    members: Sequence[Member],
    recipe: Recipe,
    seed: int,
    observer: Observer | None = None,
) -> int:
    """Train a model in place on the members' training data; returns the number of instances processed.

    An epoch's order and dropout depend on the seed and its number alone, so that a resumed training ends
    as an undisturbed one. Raises FloatingPointError where the loss becomes NaN or infinite.
    """
    lengths = {task: encoded.lengths for task, encoded in data.items()}
    counts = batch_counts(lengths, members, recipe.batch_size)
    an_epoch = sum(counts.values())
    learner = Learner(model, recipe, recipe.epochs * an_epoch)
    done, processed = observer.begin(learner) if observer else (0, 0)
    with progress(
        total=recipe.epochs * an_epoch,
        initial=done * an_epoch,
        unit="batch",
        desc=f"training {'+'.join(sorted(data))}",
    ) as bar:
        for epoch in range(done + 1, recipe.epochs + 1):
            number = crc32(f"{seed} {epoch}".encode())
            torch.manual_seed(number)
            generator = torch.Generator().manual_seed(number)
            model.train()
            for task, positions in epoch_batches(lengths, counts, recipe.batch_size, generator):
                learner(task, data[task].batch(positions, learner.device))
                processed += len(positions)
                bar.update()
            if observer:
                observer.after_epoch(epoch, processed, learner)
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


class Recorded:
    """Scores every epoch, and keeps a state to resume from where a training takes long."""

    def __init__(self, scorer: Scorer, state: Path | None, key: str) -> None:
        self.scorer, self.state, self.key = scorer, state, key
        self.saved = monotonic()

    def begin(self, learner: Learner) -> tuple[int, int]:
        resumes = self.state is not None and self.state.exists()
        facts = checkpoint.load(self.state, learner, self.key) if resumes else None
        if facts is None:
            return 0, 0
        self.scorer.scores = [Score(*row) for row in facts["scores"]]
        self.scorer.predictions = facts["predictions"]
        return facts["epoch"], facts["processed"]

    def after_epoch(self, epoch: int, processed: int, learner: Learner) -> None:
        self.scorer(epoch)
        if self.state is not None and monotonic() - self.saved >= SAVE_SECONDS:
            facts = {
                "epoch": epoch,
                "processed": processed,
                "scores": [astuple(score) for score in self.scorer.scores],
                "predictions": self.scorer.predictions,
            }
            checkpoint.save(self.state, learner, self.key, facts)
            self.saved = monotonic()


def fit(
    spec: RunSpec,
    data_folder: str | Path,
    instances_folder: str | Path | None = None,
    scored: Collection[str] | None = None,
    state: Path | None = None,
) -> Fitted:
    """Train a set of members, scoring the tasks in `scored` (all where None) after every epoch.

    A stopped training resumes from `state`. Reads `{data_folder}/{task}/*.parquet` and, for members
    filtered by τ, `{instances_folder}/{primary}/{task}.parquet`.
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
    key = f"{code_digest(__name__)} {spec.to_json()}"
    processed = train(model, data, members, spec.recipe, spec.seed, Recorded(scorer, state, key))
    counts = {task: len(rows) for task, rows in training.items()}
    return Fitted(scorer.scores, scorer.table(), processed, counts, device)


def run(spec: RunSpec, data_folder: str | Path, instances_folder: str | Path | None, out: str | Path) -> None:
    """Make a joint run: write `metrics.csv`, `predictions.parquet` and `run.json` into `out`."""
    job = Job(__name__, asdict(spec))
    out = Path(out)
    state = out / "state.safetensors"
    fitted = fit(spec, data_folder, instances_folder, state=state)
    record = job.record(
        device=str(fitted.device),
        precision="bf16" if use_bf16(spec.recipe.precision, fitted.device) else "fp32",
        threads=torch.get_num_threads(),
        instances_processed=fitted.processed,
        training_instances=fitted.training_instances,
    )
    write_table(out / "predictions.parquet", fitted.predictions, record)
    write_json(out / "run.json", record)
    write_record(out / "metrics.csv", fitted.scores)
    state.unlink(missing_ok=True)
