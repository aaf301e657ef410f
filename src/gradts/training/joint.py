"""Joint training of a set of tasks on one shared encoder (MT-DNN; method.md §4)."""

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from time import monotonic
from typing import Protocol
from zlib import crc32

import pyarrow as pa
import torch

from gradts.artifacts import Job, code_digest, digest, progress, write_json, write_table
from gradts.data.splits import read_splits
from gradts.data.subsets import training_rows
from gradts.models.backends import load_encoder, load_tokenizer
from gradts.models.multitask import MultiTaskModel
from gradts.models.vocabulary import keep_rows
from gradts.specs import Backend, Member, Recipe, RunSpec, Task
from gradts.training import checkpoint, parallel
from gradts.training.device import pick_device, use_bf16
from gradts.training.encoding import Encoded
from gradts.training.learner import Learner
from gradts.training.record import Score, write_record
from gradts.training.sampler import batch_counts, epoch_batches
from gradts.training.scoring import Scorer

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
                learner(task, data[task], positions)
                processed += len(positions)
                bar.update()
            learner.check()
            if observer:
                observer.after_epoch(epoch, processed, learner)
    return processed


def build_model(backend: Backend, tasks: list[Task], seed: int, data: Iterable[Encoded]) -> MultiTaskModel:
    """A backend's encoder with a head a task, able to embed the word pieces of `data` and no others."""
    torch.manual_seed(seed)
    encoder = load_encoder(backend)
    keep_rows(encoder, torch.cat([split.token_ids for split in data]))
    return MultiTaskModel(encoder, tasks, seed)


@dataclass(frozen=True)
class Fitted:
    """A finished joint training: its scores, predictions of each task's best epoch, and what it took.

    `diverged` says where a loss became NaN or infinite; from that epoch on every score is NaN. `pieces`:
    into how many parts a batch was cut to fit the device's memory.
    """

    scores: list[Score]
    predictions: pa.Table
    processed: int
    training_instances: dict[str, int]
    device: torch.device
    diverged: str | None
    pieces: int


class Recorded:
    """Scores every epoch, and keeps a state to resume from where a training takes long."""

    def __init__(self, scorer: Scorer, state: Path | None, key: str) -> None:
        self.scorer, self.state, self.key = scorer, state, key
        self.epoch = self.processed = 0
        self.pieces = 1
        self.saved = monotonic()

    def begin(self, learner: Learner) -> tuple[int, int]:
        resumes = self.state is not None and self.state.exists()
        facts = checkpoint.load(self.state, learner, self.key) if resumes else None
        if facts is not None:
            self.scorer.scores = [Score(*row) for row in facts["scores"]]
            self.scorer.predictions = facts["predictions"]
            self.epoch, self.processed = facts["epoch"], facts["processed"]
        return self.epoch, self.processed

    def after_epoch(self, epoch: int, processed: int, learner: Learner) -> None:
        self.scorer(epoch)
        self.epoch, self.processed, self.pieces = epoch, processed, learner.pieces
        if self.state is not None and parallel.is_main() and monotonic() - self.saved >= SAVE_SECONDS:
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

    A training whose loss becomes NaN ends there: its later scores are NaN, and the answer says why. A
    stopped training resumes from `state`. Reads `{data_folder}/{task}/*.parquet` and, for members
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
    recorded, diverged = Recorded(scorer, state, key), None
    try:
        train(model, data, members, spec.recipe, spec.seed, recorded)
    except FloatingPointError as error:
        diverged = f"epoch {recorded.epoch + 1}: {error}"
        print(f"diverged in {diverged}", file=sys.stderr)
        for epoch in range(recorded.epoch + 1, spec.recipe.epochs + 1):
            scorer.undefined(epoch)
    counts = {task: len(rows) for task, rows in training.items()}
    return Fitted(
        scorer.scores, scorer.table(), recorded.processed, counts, device, diverged, recorded.pieces
    )


def run(spec: RunSpec, data_folder: str | Path, instances_folder: str | Path | None, out: str | Path) -> None:
    """Make a joint run: write `metrics.csv`, `predictions.parquet` and `run.json` into `out`."""
    job = Job(__name__, asdict(spec))
    out = Path(out)
    state = out / "state.safetensors"
    fitted = fit(spec, data_folder, instances_folder, state=state)
    if not parallel.is_main():
        return
    write_record(out / "metrics.csv", fitted.scores)
    record = job.record(
        metrics_sha256=digest(out / "metrics.csv"),
        device=str(fitted.device),
        precision="bf16" if use_bf16(spec.recipe.precision, fitted.device) else "fp32",
        threads=torch.get_num_threads(),
        instances_processed=fitted.processed,
        training_instances=fitted.training_instances,
        diverged=fitted.diverged,
        pieces=fitted.pieces,
        processes=parallel.processes(),
    )
    write_table(out / "predictions.parquet", fitted.predictions, record)
    write_json(out / "run.json", record)
    state.unlink(missing_ok=True)
