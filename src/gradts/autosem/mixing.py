"""AUTOSEM's second stage: mixing ratios by Bayesian optimisation with a Gaussian process.

The Gaussian process is optuna's (Matérn 5/2 kernel, log expected improvement): unlike scikit-learn's
regressor it treats integers as such, brings the acquisition with it, and keeps the study in a journal.
"""

import math
import os
import sys
from collections.abc import Callable, Mapping
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from gradts.artifacts import ArtifactError, unwritable, write_json
from gradts.data.splits import read_splits
from gradts.members import Member
from gradts.models.backends import commit_of
from gradts.provenance import Job, differences
from gradts.selection.autosem import best_ratios, mixed
from gradts.selection.specs import MixingSpec
from gradts.specs import RunSpec
from gradts.training.device import pick_device
from gradts.training.joint import fit
from gradts.training.sampler import batch_counts
from gradts.training.scores import best_epoch

STUDY = "mixing"
WORST = -1.0  # no metric is lower; what a trial without a defined score (a diverged one) counts as
STARTUP = 3  # at most so many random trials, and a third of a short search, before the first fit
# Ratios → the trial's score, and what the journal keeps of it beside.
Trial = Callable[[Mapping[str, int]], tuple[float, dict[str, Any]]]


def optimise(study: optuna.Study, trial: Trial, spec: MixingSpec) -> list[optuna.trial.FrozenTrial]:
    """Every finished trial of a study, in order, as many as `spec` says; a stopped study goes on.

    The primary's ratio is 1…max_ratio, the others' 0…max_ratio. Each trial's sampler is seeded by seed,
    suite, primary and the trial's number, so that resuming changes no suggestion.
    """
    primary, auxiliaries = spec.primary.name, sorted(task.name for task in spec.auxiliaries)
    for stopped in _in_state(study, "RUNNING"):
        study.tell(stopped.number, state=optuna.trial.TrialState.FAIL)
    while len(finished := _in_state(study, "COMPLETE")) < spec.trials:
        study.sampler = optuna.samplers.GPSampler(
            seed=spec.seed_of(len(finished)), n_startup_trials=min(STARTUP, max(1, spec.trials // 3))
        )
        asked = study.ask()
        ratios = {primary: asked.suggest_int(primary, 1, spec.max_ratio)}
        ratios |= {task: asked.suggest_int(task, 0, spec.max_ratio) for task in auxiliaries}
        score, kept = trial(ratios)
        for name, value in kept.items():
            asked.set_user_attr(name, value)
        study.tell(asked, score)
    return finished


def _in_state(study: optuna.Study, state: str) -> list[optuna.trial.FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(optuna.trial.TrialState[state],))


def resumable(journal: str | Path, follows_from: Mapping[str, Any]) -> optuna.Study:
    """The study that a journal keeps; a new one where there is none or it is of another job.

    `follows_from`: see Job.follows_from. Raises InputError where the journal cannot be written and
    ArtifactError where it is damaged.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        path = Path(journal).absolute()  # or optuna's lock, a link to it, leads nowhere and is never released
        path.parent.mkdir(parents=True, exist_ok=True)
        _drop_torn_line(path)
        storage = JournalStorage(JournalFileBackend(str(path)))
        study = optuna.create_study(
            storage=storage, study_name=STUDY, direction="maximize", load_if_exists=True
        )
        known = study.user_attrs or None
        if known is None:
            for name, value in follows_from.items():
                study.set_user_attr(name, value)
    except OSError as error:
        raise unwritable(journal, error) from error
    except (ValueError, KeyError, AttributeError) as error:
        raise ArtifactError(f"{journal} is no study ({error}); delete it to begin anew") from error
    if known not in (None, follows_from):
        changed = differences(known, follows_from)
        print(f"{journal} was left by a job of other {changed}: beginning anew", file=sys.stderr)
        Path(journal).unlink()
        return resumable(journal, follows_from)
    return study


def _drop_torn_line(journal: Path) -> None:
    """Cut off what a full disk or a kill left of a last record: the next one would be appended to it."""
    if journal.exists():
        written = journal.read_bytes()
        os.truncate(journal, written.rfind(b"\n") + 1)


def search(spec: MixingSpec, data: str | Path, out: str | Path) -> None:
    """Search AUTOSEM's mixing ratios of stage 1's tasks: write the trials and the best as JSON.

    `passes`: how often the best ratios go through each auxiliary's training rows in one pass over the
    primary's; `undecided` says why the search tells nothing, if it does not.
    """
    job, journal = Job(__name__, spec), Path(f"{out}.journal")
    rows = {task.name: range(len(read_splits(data, task).train)) for task in spec.tasks}
    processed, finished = 0, []
    if spec.auxiliaries:
        study = resumable(journal, job.follows_from())
        for earlier in _in_state(study, "COMPLETE"):
            job.before.update(earlier.user_attrs["seconds"])
        try:
            finished = optimise(study, lambda ratios: _trial(spec, ratios, data, job), spec)
        except OSError as error:
            if error.errno not in (ENOSPC, EDQUOT):  # no matter of the journal
                raise
            raise unwritable(journal, error) from error
        processed = sum(trial.user_attrs["processed"] for trial in finished)
    trials = [(dict(trial.params), trial.value) for trial in finished]
    ratios, undecided = best_ratios(spec.primary.name, trials)
    facts = {
        "ratios": ratios,
        "passes": passes(rows, mixed(spec.primary.name, ratios), spec.recipe.batch_size),
        "undecided": undecided,
        "trials": [{"ratios": tried, "score": score} for tried, score in trials],
    }
    device, commit = str(pick_device()), commit_of(spec.backend)
    write_json(out, job.record(device=device, hub_commit=commit, instances_processed=processed, **facts))
    journal.unlink(missing_ok=True)


def _trial(
    spec: MixingSpec, ratios: Mapping[str, int], data: str | Path, job: Job
) -> tuple[float, dict[str, Any]]:
    """The score of a joint training under these ratios, which is not kept, and what it took."""
    before, primary = job.seconds(), spec.primary.name
    training = fit(trial_run(spec, mixed(primary, ratios)), data, scored=[primary])
    score = best_epoch(training.scorer.scores, spec.primary, spec.decide_on)[1]
    seconds = {name: value - before[name] for name, value in job.seconds().items()}
    kept = {"processed": training.processed, "seconds": seconds}
    return WORST if math.isnan(score) else score, kept


def trial_run(spec: MixingSpec, members: list[Member]) -> RunSpec:
    """The joint run of one trial, not kept: only its score is."""
    known = {task.name: task for task in spec.tasks}
    return RunSpec(
        members=[str(member) for member in members],
        tasks=[known[member.task] for member in members],
        backend=spec.backend,
        recipe=spec.recipe,
        seed=spec.seed,
    )


def passes(rows: Mapping[str, range], members: list[Member], batch_size: int) -> dict[str, float]:
    """Auxiliary task → passes over its training rows (less than one: a share of them) in an epoch.

    `rows`: the training rows of every task.
    """
    whole, drawn = (batch_counts(rows, some, batch_size) for some in ([], members))
    return {one.task: drawn[one.task] / whole[one.task] for one in members if one.subset is not None}
