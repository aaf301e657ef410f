"""Joint training of a set of tasks on one shared encoder (MT-DNN; method.md §4)."""

import shutil
import sys
from collections.abc import Callable, Collection
from dataclasses import astuple, dataclass
from pathlib import Path
from time import monotonic
from typing import Literal

import torch

from gradts.artifacts import write_json, write_table
from gradts.layout import inside
from gradts.members import Member
from gradts.models.backends import commit_of
from gradts.models.multitask import MultiTaskModel
from gradts.provenance import Job, digest
from gradts.specs import RunSpec, Task
from gradts.training import parallel
from gradts.training.checkpoint import State
from gradts.training.device import used
from gradts.training.learner import Learner
from gradts.training.loop import NO_EPOCH, Epoch, epochs, prepare_training
from gradts.training.scores import Score, write_scores
from gradts.training.scoring import Scorer

# Shorter trainings are made anew: writing the state would cost more.
SAVE_SECONDS = 60.0


@dataclass(frozen=True)
class Fitted:
    """A finished joint training: who learnt it, how it scored, and what it took.

    `processed`: instances, over all epochs; `instances`: task → training instances; `cut`: see
    Training. `diverged` says where a loss became NaN or infinite; from that epoch on every score is NaN.
    """

    learner: Learner
    scorer: Scorer
    processed: int
    instances: dict[str, int]
    cut: dict[str, dict[str, int]]
    diverged: str | None


def fit(
    spec: RunSpec,
    data_folder: str | Path,
    instances_folder: str | Path | None = None,
    scored: Collection[str] | None = None,
    state: State | None = None,
    keep: Callable[[MultiTaskModel, Task], None] = lambda model, task: None,
) -> Fitted:
    """Train a set of members, scoring the tasks in `scored` (all where None) after every epoch.

    After an epoch `keep` is called with every task of which it is the best so far. A training whose loss
    becomes NaN ends there: its later scores are NaN, and the answer says why. A stopped training resumes
    from `state`. Reads `{data_folder}/{task}/*.parquet` and, for members
    filtered by τ, `{instances_folder}/{primary}/{task}.parquet`.
    """
    tasks = [task for task in spec.tasks if scored is None or task.name in scored]
    training = prepare_training(
        spec,
        [Member.parse(name) for name in spec.members],
        data_folder,
        scored=[task.name for task in tasks],
        instances_folder=instances_folder,
        subset_seed=spec.subset_seed,
    )
    scorer = Scorer(training.model, tasks, training.scored, spec.recipe.precision)
    learner = training.learner(spec.recipe)
    saved, diverged = monotonic(), None
    begin = last = _resume(state, learner, scorer)
    try:
        for last in epochs(learner, training, spec.recipe, spec.seed, begin):
            for task in scorer(last.number):
                if parallel.is_main():
                    keep(training.model, task)
            if state is not None and parallel.is_main() and monotonic() - saved >= SAVE_SECONDS:
                _save(state, learner, scorer, last)
                saved = monotonic()
    except FloatingPointError as error:
        diverged = f"epoch {last.number + 1}: {error}"
        print(f"diverged in {diverged}", file=sys.stderr)
        for number in range(last.number + 1, spec.recipe.epochs + 1):
            scorer.undefined(number)
    return Fitted(learner, scorer, last.processed, training.instances, training.cut, diverged)


def kept_model(run: str | Path, task: str) -> Path:
    """Where a joint run keeps a task's model, if it does."""
    return kept_models(run) / task


def kept_models(run: str | Path) -> Path:
    """The folder of the models that a joint run keeps."""
    return Path(run, "models")


def _save(state: State, learner: Learner, scorer: Scorer, epoch: Epoch) -> None:
    scores = [astuple(score) for score in scorer.scores]
    state.save(learner, {"epoch": list(epoch), "scores": scores, "predictions": scorer.predictions})


def _resume(state: State | None, learner: Learner, scorer: Scorer) -> Epoch:
    """The last epoch of a stopped training; none where there is no state, or that of another training."""
    facts = None if state is None else state.load(learner)
    if facts is None:
        if state is not None and parallel.is_main():  # of another training, and of no use to this one's model
            shutil.rmtree(kept_models(state.path.parent), ignore_errors=True)
        return NO_EPOCH
    scorer.scores = [Score(*row) for row in facts["scores"]]
    scorer.predictions = facts["predictions"]
    return Epoch(*facts["epoch"])


def train_jointly(
    spec: RunSpec,
    data: str | Path,
    out: str | Path,
    instances: str | Path | None = None,
    keep: Literal["scores", "weights"] = "scores",
) -> None:
    """Train and score a set of tasks jointly: write metrics, predictions and record into `out`.

    Of each task the `weights` of its best epoch are kept where that is said: `{out}/models/{task}/`.
    """
    job = Job(__name__, spec)
    state = State(Path(out) / "state.safetensors", job)

    def exported(model: MultiTaskModel, task: Task) -> None:
        if keep == "weights":
            # Imported here: how weights are written changes no score.
            from gradts.models.export import export

            export(model, task, spec.backend, spec.recipe.max_length, kept_model(out, task.name))

    fitted = fit(spec, data, instances, state=state, keep=exported)
    if not parallel.is_main():
        return
    device = fitted.learner.device
    write_scores(inside(out, "metrics"), fitted.scorer.scores)
    record = job.record(
        metrics_sha256=digest(inside(out, "metrics")),
        device=str(device),
        hub_commit=commit_of(spec.backend),
        precision=used(spec.recipe.precision, device),
        threads=torch.get_num_threads(),
        instances_processed=fitted.processed,
        training_instances=fitted.instances,
        cut=fitted.cut,
        diverged=fitted.diverged,
        pieces=fitted.learner.pieces,
        processes=parallel.processes(),
    )
    write_table(inside(out, "predictions"), fitted.scorer.table(), record)
    write_json(inside(out, "run"), record)
    state.drop()
