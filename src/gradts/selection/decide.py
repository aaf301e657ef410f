"""Selection jobs: finished files in, a method's chosen set or tuned threshold out."""

import math
import sys
from pathlib import Path

from gradts.artifacts import write_json
from gradts.members import Member, canonical
from gradts.provenance import Job
from gradts.selection.doors import finished_files
from gradts.selection.evidence import Evidence
from gradts.selection.gradts import best_threshold, instances_above, tasks_above, tied
from gradts.selection.selectors import in_full, selector
from gradts.selection.specs import SelectionSpec, TuningSpec


def select(spec: SelectionSpec, results: str | Path, out: str | Path) -> None:
    """Choose auxiliary tasks by one method and write the set with its evidence.

    Where the evidence decides nothing (see Evidence.undecided) no task is chosen, and the answer says why.
    """
    job = Job(__name__, spec)
    known = Evidence(spec, finished_files(results))
    choice = selector(spec.method)(known)
    if known.undecided:
        choice = in_full([], choice.steps, choice.threshold)
    caution = _said(known.cautions, name := f"{spec.method} for {spec.primary.name}")
    _said({known.undecided} - {None}, name)
    facts = {
        "auxiliaries": choice.shares,
        "members": canonical([Member(spec.primary.name, choice.own), *choice.auxiliaries]),
        "threshold": choice.threshold,
        "evidence": choice.steps,
        "caution": caution,
        "undecided": known.undecided,
    }
    write_json(out, job.record(**facts))


def _said(cautions: set[str], of: str) -> str | None:
    """The text of cautions for a record, told in the log, too."""
    text = "; ".join(sorted(cautions)) or None
    if text:
        print(f"{of}: {text}", file=sys.stderr)
    return text


def tuning_sets(grid: list, known: Evidence) -> list[list[Member]]:
    """Members of the joint run of one tuning task under every threshold of a grid."""
    primary, sample = known.spec.primary.name, known.sample
    own = Member(primary, sample)
    if known.spec.method == "gradts-thres":
        row = known.correlation()
        return [[own, *(Member(task, sample) for task in tasks_above(row, primary, value))] for value in grid]
    tasks = known.answer("gradts-trial")["auxiliaries"]
    return [[own, *(instances_above(task, primary, value, sample) for task in tasks)] for value in grid]


def tuning_scores(grid: list, known: Evidence) -> list[float]:
    """Decision score of one tuning task under every threshold of a grid.

    `known` has the cautions of these scores alone: those of the ranking come with the answers that use it.
    """
    sets = tuning_sets(grid, known)
    known.cautions.clear()
    return known.scores_of(sets)


def tune(spec: TuningSpec, results: str | Path, out: str | Path) -> None:
    """Choose a threshold from a grid by joint runs on the tuning tasks (paper section 3.3)."""
    job = Job(__name__, spec)
    known = [Evidence(one, finished_files(results)) for one in spec.primaries]
    table = list(zip(*(tuning_scores(spec.grid, one) for one in known), strict=True))
    plain = [[score if math.isfinite(score) else None for score in row] for row in table]
    cautions = {caution for one in known for caution in one.cautions}
    caution = _said(cautions, name := f"the threshold of {spec.method}")
    outcomes = [None if {*row} == {None} else tuple(row) for row in plain]
    undecided = tied(outcomes, "thresholds of the grid")
    _said({undecided} - {None}, name)
    found = {"threshold": spec.grid[best_threshold(table)], "scores": plain}
    write_json(out, job.record(**found, caution=caution, undecided=undecided))
