"""Selection jobs: finished files in, a method's chosen set or tuned threshold out."""

import math
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from gradts.artifacts import Job, write_json
from gradts.selection import thresholds
from gradts.selection.evidence import Evidence, finished
from gradts.selection.selectors import selector
from gradts.selection.specs import SelectionSpec, TuningSpec
from gradts.specs import Member, canonical


def select(spec: SelectionSpec, results: str | Path, out: str | Path) -> None:
    """Choose auxiliary tasks by one method and write the set with its evidence."""
    job = Job(__name__, asdict(spec))
    known = Evidence(spec, finished(results))
    choice = selector(spec.method)(known)
    facts = {
        "auxiliaries": choice.shares,
        "members": canonical([Member(spec.primary.name), *choice.auxiliaries]),
        "threshold": known.threshold(),
        "evidence": choice.steps,
    }
    write_json(out, job.record(**facts))


def tuning_sets(spec: TuningSpec, evidence: Iterable[Evidence]) -> list[list[list[Member]]]:
    """Members of every joint run that the tuning of a threshold compares: [grid][tuning task].

    `evidence`: that of the tuning tasks, in the order of the spec.
    """
    known = list(evidence)
    if spec.method == "gradts-thres":
        rows = [one.correlation() for one in known]
        options = [(row, one.spec.primary.name) for row, one in zip(rows, known, strict=True)]
        return [
            [
                [Member(task) for task in (primary, *thresholds.tasks_above(row, primary, value))]
                for row, primary in options
            ]
            for value in spec.grid
        ]
    chosen = [(one.answer("gradts-trial")["auxiliaries"], one.spec.primary.name) for one in known]
    return [
        [
            [Member(primary), *(thresholds.filtered(task, primary, value) for task in tasks)]
            for tasks, primary in chosen
        ]
        for value in spec.grid
    ]


def tune(spec: TuningSpec, results: str | Path, out: str | Path) -> None:
    """Choose a threshold from a grid by joint runs on the tuning tasks (paper section 3.3)."""
    job = Job(__name__, asdict(spec))
    known = [Evidence(primary, finished(results)) for primary in spec.primaries]
    table = [
        [one.score_of(members) for one, members in zip(known, sets, strict=True)]
        for sets in tuning_sets(spec, known)
    ]
    facts = {
        "threshold": spec.grid[thresholds.best(table)],
        "scores": [[score if math.isfinite(score) else None for score in row] for row in table],
    }
    write_json(out, job.record(**facts))
