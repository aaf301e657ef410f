"""Selection jobs: evidence from files in, a method's chosen set with its evidence out."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gradts.artifacts import Job, read_json, write_json
from gradts.correlation.table import read_correlation
from gradts.data.subsets import chosen, read_tau
from gradts.selection import thresholds
from gradts.selection.ranking import rank
from gradts.selection.search import Scores, SelectionSpec, TuningSpec, run_file, trial_of, tuning_runs
from gradts.specs import Member, canonical


@dataclass(frozen=True)
class Evidence:
    """The files a method may read for its choice; the threshold is the tuned one where it is tuned."""

    results: str
    matrix: str | None = None
    trial: str | None = None
    threshold: Any = None

    def correlation(self, primary: str) -> dict[str, float]:
        """The primary task's row of the correlation matrix."""
        return read_correlation(str(self.matrix))[primary]

    def scores(self, spec: SelectionSpec) -> Scores:
        """Decision scores of finished joint runs."""

        def locate(members: Sequence[Member], seed: int) -> str:
            return run_file(self.results, spec.backend, members, seed)

        return Scores(locate, spec.seeds, spec.decide_on)


@dataclass(frozen=True)
class Choice:
    """A method's answer: share of each auxiliary task's instances, how to spell it, and why."""

    shares: dict[str, float]
    auxiliaries: list[Member]
    evidence: list[dict[str, Any]]


def _whole(tasks: Iterable[str], evidence: list[dict[str, Any]]) -> Choice:
    tasks = list(tasks)
    return Choice(dict.fromkeys(tasks, 1.0), [Member(task) for task in tasks], evidence)


def single_task(spec: SelectionSpec, evidence: Evidence) -> Choice:
    """The primary task alone."""
    return _whole([], [])


def no_sel(spec: SelectionSpec, evidence: Evidence) -> Choice:
    """All candidates."""
    return _whole(spec.candidates, [])


def gradts_thres(spec: SelectionSpec, evidence: Evidence) -> Choice:
    """All candidates above a threshold of τ."""
    row = evidence.correlation(spec.primary.name)
    ranked = [{"task": task, "tau": row[task]} for task in rank(row, spec.primary.name)]
    return _whole(thresholds.tasks_above(row, spec.primary.name, evidence.threshold), ranked)


def gradts_trial(spec: SelectionSpec, evidence: Evidence) -> Choice:
    """Greedy trials in the order of τ."""
    trial = trial_of(spec, evidence.correlation(spec.primary.name), evidence.scores(spec))
    steps = [{"auxiliaries": list(tried), "score": _plain(score)} for tried, score in trial.steps]
    return _whole(trial.chosen, steps)


def gradts_fg(spec: SelectionSpec, evidence: Evidence) -> Choice:
    """The instances above a threshold, of the tasks that GradTS-trial chose.

    A task of which nothing is kept is left out of the run; its share of 0 says so.
    """
    primary, threshold = spec.primary.name, evidence.threshold
    shares, members, rows = {}, [], []
    for task in read_json(str(evidence.trial))["auxiliaries"]:
        member = thresholds.filtered(task, primary, threshold)
        tau = read_tau(f"{evidence.results}/instances/{spec.backend}", primary, task)["tau"].to_numpy()
        kept = len(tau) if member.subset is None else int(chosen(tau, member.subset).sum())
        shares[task] = kept / len(tau)
        rows.append({"task": task, "kept": kept, "instances": len(tau)})
        if kept:
            members.append(member)
    return Choice(shares, members, rows)


METHODS: dict[str, Callable[[SelectionSpec, Evidence], Choice]] = {
    "single-task": single_task,
    "no-sel": no_sel,
    "gradts-thres": gradts_thres,
    "gradts-trial": gradts_trial,
    "gradts-fg": gradts_fg,
}


def select(
    spec: SelectionSpec,
    results: str,
    matrix: str | None,
    trial: str | None,
    threshold: str | None,
    out: str | Path,
) -> None:
    """Choose auxiliary tasks by one method and write the set with its evidence.

    `matrix`: correlation CSV; `trial`: GradTS-trial's answer for the same primary (GradTS-fg only);
    `threshold`: the tuned threshold where the method's is tuned.
    """
    job = Job(__name__, asdict(spec))
    given = read_json(threshold)["threshold"] if threshold else spec.threshold
    choice = METHODS[spec.method](spec, Evidence(results, matrix, trial, given))
    facts = {
        "auxiliaries": choice.shares,
        "members": canonical([Member(spec.primary.name), *choice.auxiliaries]),
        "threshold": given,
        "evidence": choice.evidence,
    }
    write_json(out, job.record(**facts))


def tune(spec: TuningSpec, results: str, matrix: str, trials: Mapping[str, str], out: str | Path) -> None:
    """Choose a threshold from a grid by joint runs on the tuning tasks (paper section 3.3).

    `trials`: tuning task → GradTS-trial's answer for it (GradTS-fg only).
    """
    job = Job(__name__, asdict(spec))
    evidence = Evidence(results, matrix)
    trial = {task: read_json(path)["auxiliaries"] for task, path in trials.items()}
    table = []
    for value in spec.grid:
        scores = []
        for primary in spec.primaries:
            name = primary.primary.name
            row = evidence.correlation(name)
            members = tuning_runs(spec.method, value, name, row, trial.get(name, ()))
            scores.append(evidence.scores(primary)(members, primary.primary))
        table.append(scores)
    facts = {
        "threshold": spec.grid[thresholds.best(table)],
        "scores": [[_plain(score) for score in row] for row in table],
    }
    write_json(out, job.record(**facts))


def _plain(score: float) -> float | None:
    return None if math.isnan(score) or math.isinf(score) else score
