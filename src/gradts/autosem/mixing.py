"""AUTOSEM's second stage: mixing ratios by Bayesian optimisation with a Gaussian process.

The Gaussian process is optuna's (Matérn 5/2 kernel, log expected improvement): unlike scikit-learn's
regressor it treats integers as such, brings the acquisition with it, and keeps the study in a journal.
"""

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from gradts.artifacts import ArtifactError, write_json
from gradts.members import Member
from gradts.names import InputError
from gradts.provenance import Job
from gradts.selection.autosem import mixed
from gradts.selection.specs import MixingSpec
from gradts.specs import RunSpec
from gradts.training.joint import fit
from gradts.training.scores import best_epoch

WORST = -1.0  # no metric is lower; what a trial without a defined score (a diverged one) counts as
STARTUP = 3  # at most so many random trials, and a third of a short search, before the first fit


def optimise(
    score: Callable[[Mapping[str, int]], float],
    primary: str,
    auxiliaries: list[str],
    trials: int,
    max_ratio: int,
    seed: int,
    journal: str | Path,
) -> list[tuple[dict[str, int], float]]:
    """Ratios and score of every trial; a stopped study goes on where its journal ends.

    The primary's ratio is 1…max_ratio, the others' 0…max_ratio. Each trial's sampler is seeded by its
    number, so that resuming changes no suggestion. Raises InputError where nothing can be searched and
    ArtifactError where the journal is damaged.
    """
    if trials < 1 or max_ratio < 1:
        raise InputError(
            f"trials ({trials}) and max_ratio ({max_ratio}) of the mixing search must be above 0"
        )
    study = _study(journal, f"{primary} {sorted(auxiliaries)} {max_ratio} {seed}")
    for stopped in _in_state(study, "RUNNING"):
        study.tell(stopped.number, state=optuna.trial.TrialState.FAIL)
    while len(finished := _in_state(study, "COMPLETE")) < trials:
        count = len(finished)
        study.sampler = optuna.samplers.GPSampler(
            seed=seed + count, n_startup_trials=min(STARTUP, max(1, trials // 3))
        )
        trial = study.ask()
        ratios = {primary: trial.suggest_int(primary, 1, max_ratio)}
        ratios |= {task: trial.suggest_int(task, 0, max_ratio) for task in sorted(auxiliaries)}
        study.tell(trial, score(ratios))
    return [(dict(trial.params), trial.value) for trial in finished]


def _in_state(study: optuna.Study, state: str) -> list[optuna.trial.FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(optuna.trial.TrialState[state],))


def _study(journal: str | Path, name: str) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        Path(journal).parent.mkdir(parents=True, exist_ok=True)
        storage = JournalStorage(JournalFileBackend(str(journal)))
        study = optuna.create_study(
            storage=storage, study_name=name, direction="maximize", load_if_exists=True
        )
        known = [summary.study_name for summary in optuna.get_all_study_summaries(storage)]
    except OSError as error:
        raise InputError(f"cannot write {journal}: {error.strerror}; make its folder writable") from error
    except (ValueError, KeyError, AttributeError) as error:
        raise ArtifactError(f"{journal} is no study ({error}); delete it to begin anew") from error
    if known != [name]:
        raise ArtifactError(f"{journal} belongs to another search ({known[0]}); delete it to begin anew")
    return study


def search(spec: MixingSpec, data: str | Path, out: str | Path) -> None:
    """Search AUTOSEM's mixing ratios of stage 1's tasks: write the trials and the best as JSON."""
    job = Job(__name__, spec)
    primary, processed = spec.primary.name, 0

    def score(ratios: Mapping[str, int]) -> float:
        nonlocal processed
        training = fit(trial_run(spec, mixed(primary, ratios)), data, scored=[primary])
        processed += training.processed
        value = best_epoch(training.scorer.scores, spec.primary, spec.decide_on)[1]
        return WORST if math.isnan(value) else value

    auxiliaries = [task.name for task in spec.auxiliaries]
    journal, trials = Path(f"{out}.journal"), []
    if auxiliaries:
        trials = optimise(score, primary, auxiliaries, spec.trials, spec.max_ratio, spec.seed, journal)
    # The first of equal scores, so that the answer does not depend on later ties.
    best = max(trials, key=lambda trial: trial[1])[0] if trials else {primary: 1}
    facts = {"ratios": best, "trials": [{"ratios": ratios, "score": value} for ratios, value in trials]}
    write_json(out, job.record(instances_processed=processed, **facts))
    journal.unlink(missing_ok=True)


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
