"""A training: what it needs, made in one place for all jobs that train, and its epochs (method.md §4)."""

import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from zlib import crc32

import torch
from tqdm import tqdm

from gradts.data.folds import folded
from gradts.data.splits import read_splits, scale_of
from gradts.data.subsets import training_rows
from gradts.members import Member
from gradts.models.backends import load_tokenizer
from gradts.models.multitask import MultiTaskModel, build_model
from gradts.specs import Backend, Recipe, Task
from gradts.training import parallel
from gradts.training.device import pick_device
from gradts.training.encoding import Encoded
from gradts.training.learner import Learner
from gradts.training.sampler import batch_counts, epoch_batches


@dataclass(frozen=True)
class Training:
    """A model with the encoded rows that it is trained on and scored on.

    `data`: task → training rows of every member that has any; `scored`: task → split → rows; `instances`:
    task → number of training rows, 0 where a member's filter keeps nothing.
    """

    model: MultiTaskModel
    members: Sequence[Member]
    data: dict[str, Encoded]
    scored: dict[str, dict[str, Encoded]]
    instances: dict[str, int]

    @property
    def lengths(self) -> dict[str, list[int]]:
        """Task → word pieces of every training row."""
        return {task: encoded.lengths for task, encoded in self.data.items()}

    @property
    def cut(self) -> dict[str, dict[str, int]]:
        """Task → split → texts that the length limit cuts, of those where it cuts any."""
        splits = {task: {"train": rows} for task, rows in self.data.items()}
        for task, scored in self.scored.items():
            splits.setdefault(task, {}).update(scored)
        cut = {task: {name: rows.cut for name, rows in of.items() if rows.cut} for task, of in splits.items()}
        return {task: of for task, of in cut.items() if of}

    def batches(self, size: int) -> dict[str, int]:
        """Task → batches an epoch."""
        return batch_counts(self.lengths, self.members, size)

    def learner(self, recipe: Recipe) -> Learner:
        """The model with an optimizer and a schedule over all epochs."""
        return Learner(self.model, recipe, recipe.epochs * sum(self.batches(recipe.batch_size).values()))


class TrainingSpec(Protocol):
    """What every job that trains is told: see the specifications of gradients, joint runs and bandits."""

    backend: Backend
    recipe: Recipe
    seed: int

    @property
    def tasks(self) -> list[Task]: ...


def prepare_training(
    spec: TrainingSpec,
    members: Sequence[Member],
    data_folder: str | Path,
    *,
    scored: Collection[str] = (),
    splits: str | None = None,
    instances_folder: str | Path | None = None,
    subset_seed: int = 42,
) -> Training:
    """Read and encode the members' rows and build a model with a head for each task on its device.

    The tasks named in `scored` get their selection and dev splits, or only those of one kind (`splits`:
    select or dev). Members filtered by τ need `{instances_folder}/{primary}/{task}.parquet`. The model embeds
    the word pieces of these rows and no others. Numbers are scaled by the whole training split (by all rows
    outside a fold), whatever subset is trained on, so that every run of a task has the same units. The log
    tells how many texts the length limit cuts. Raises ArtifactError where a file is damaged, InputError where
    the numbers of a training split do not differ, or a fold leaves none of a task to train on.
    """
    tokenizer = load_tokenizer(spec.backend)
    known = {task.name: task for task in spec.tasks}
    prepared = {name: read_splits(data_folder, task) for name, task in known.items()}
    prepared |= {one.task: folded(prepared[one.task], one, subset_seed) for one in members}

    def encode(rows: Any, task: str) -> Encoded:
        return Encoded(rows, known[task], tokenizer, spec.recipe.max_length)

    rows = {
        member.task: training_rows(prepared[member.task].train, member, instances_folder, subset_seed)
        for member in members
    }
    data = {task: encode(of_task, task) for task, of_task in rows.items() if len(of_task)}
    of_splits = {
        task: {
            name: encode(frame, task)
            for name, frame in prepared[task].scored().items()
            if splits is None or (name == "select") == (splits == "select")
        }
        for task in known
        if task in scored
    }
    everything = [*data.values(), *(split for of_task in of_splits.values() for split in of_task.values())]
    token_ids = torch.cat([split.token_ids for split in everything])
    model = build_model(spec.backend, list(spec.tasks), spec.seed, token_ids).to(pick_device())
    for task, scale in model.scales.items():
        scale.set(*scale_of(prepared[task].train["label"], task, "train"))
    counts = {task: len(of_task) for task, of_task in rows.items()}
    training = Training(model, members, data, of_splits, counts)
    if training.cut and parallel.is_main():
        told = (f"{n} of {task} {split}" for task, of in training.cut.items() for split, n in of.items())
        print(f"warning: max_length {spec.recipe.max_length} cuts texts: {', '.join(told)}", file=sys.stderr)
    return training


class Epoch(NamedTuple):
    """A finished epoch (counted from 1) and the instances processed so far."""

    number: int
    processed: int


NO_EPOCH = Epoch(0, 0)


def epochs(
    learner: Learner, training: Training, recipe: Recipe, seed: int, begin: Epoch = NO_EPOCH
) -> Iterator[Epoch]:
    """Train the model in place, from the epoch after `begin` on; yields after every epoch.

    An epoch's order and dropout depend on the seed and its number alone, so that a resumed training ends
    as an undisturbed one. Raises FloatingPointError where the loss becomes NaN or infinite.
    """
    lengths, counts = training.lengths, training.batches(recipe.batch_size)
    an_epoch, processed = sum(counts.values()), begin.processed
    with progress(
        total=recipe.epochs * an_epoch,
        initial=begin.number * an_epoch,
        unit="batch",
        desc=f"training {'+'.join(sorted(lengths))}",
    ) as bar:
        for epoch in range(begin.number + 1, recipe.epochs + 1):
            number = crc32(f"{seed} {epoch}".encode())
            torch.manual_seed(number)
            generator = torch.Generator().manual_seed(number)
            training.model.train()
            for task, positions in epoch_batches(lengths, counts, recipe.batch_size, generator):
                learner(task, training.data[task], positions)
                processed += len(positions)
                bar.update()
            learner.check()
            yield Epoch(epoch, processed)


def progress(**options: Any) -> tqdm:
    """A tqdm bar that is lively on a terminal and quiet in a log file; one for several processes of a run."""
    interval = 0.2 if sys.stderr.isatty() else 10.0
    return tqdm(mininterval=interval, dynamic_ncols=True, disable=not parallel.is_main(), **options)
