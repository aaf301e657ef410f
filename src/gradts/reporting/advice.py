"""Advice for one task: what to train it with, what that brings, and where the model is (docs/advice.md)."""

import math
from collections.abc import Mapping
from os.path import relpath
from pathlib import Path
from typing import Any

import pandas as pd

from gradts.artifacts import read_embedded, write_json
from gradts.data.splits import Prepared, read_splits
from gradts.layout import below, kind_of, sidecar
from gradts.members import Member
from gradts.provenance import Job
from gradts.readings import read_answer, read_correlation, read_facts, read_intervals, read_measure
from gradts.reporting.advice_page import VALUES, draw, page
from gradts.reporting.advised import advised, advised_answer
from gradts.reporting.comparison import comparison
from gradts.reporting.costs import COSTLY, Records, ledger, minutes, taken
from gradts.reporting.pages import write_page
from gradts.reporting.specs import AdviceSpec, percent
from gradts.selection.doors import finished_files
from gradts.selection.gradts import rank

ROWS = ("alone", "chosen", "beside", "all", "random", "repeated")  # as they are shown


def advise(spec: AdviceSpec, results: str, markdown: str, picture: list[str]) -> None:
    """Write what to train one task with as Markdown, as numbers in the record beside it, and drawn."""
    job, find = Job(__name__, spec), finished_files(results)
    answer, known = advised_answer(spec, find), dict(advised(spec, find))
    sets = {row: known[row] for row in ROWS if row in known}
    splits = read_splits(f"{results}/data", spec.primary)
    told = {key: answer.get(key) for key in ("auxiliaries", "members", "undecided", "caution")}
    told["decide_on"] = answer["spec"].get("decide_on")
    pair = any("text_b" in rows for rows in splits.dev.values())
    facts = {
        "answer": {"sentence": sentence(spec.primary.name, answer), **told},
        "rows": {"train": len(splits.train), "select": len(splits.select)},
        "capped": _capped(spec, results, splits),
        "dev": {split: len(rows) for split, rows in splits.dev.items()},
        "scores": comparison(spec, results, sets, splits),
        **evidence(spec, results, answer),
        "costs": costs_of(spec, results, sets, answer),
        "model": {"path": _path(spec, results, "model"), "pair": pair},
        "warnings": splits.warnings,
    }
    draw(spec, facts, picture)
    write_page(markdown, page(spec, facts, Path(picture[0]).name))
    write_json(sidecar(markdown), job.record(**facts))


def _capped(spec: AdviceSpec, results: str, splits: Prepared) -> list[str]:
    """Splits that have as many rows as a cap lets them have."""
    made = read_embedded(below(results, "train", task=spec.primary.name)).get("spec", {})
    rows = {"train": splits.train, "select": splits.select}
    return [split for split, of in rows.items() if len(of) == made.get(f"max_{split}")]


def sentence(primary: str, answer: Mapping[str, Any]) -> str:
    """`Train a together with b and the best 60 % of c.`"""
    members = map(Member.parse, answer["members"])
    parts = [_part(one, answer["auxiliaries"][one.task]) for one in members if one.task != primary]
    if not parts:
        return f"Train `{primary}` alone."
    *first, last = parts
    others = f"{', '.join(first)} and {last}" if first else last
    return f"Train `{primary}` together with {others}."


def _part(member: Member, share: float) -> str:
    if member.subset is None:
        return f"`{member.task}`"
    best = "the best " * member.subset.filters_by_tau
    each = " in an epoch" * (member.subset.kind == "ratio")
    return f"{best}{percent(share, ' %')} of `{member.task}`{each}"


def evidence(spec: AdviceSpec, results: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """What the method knew: the `ranking` of candidates, best first, and the `trials` that were made.

    Of a candidate: the `share` of it that was chosen, τ (`tau`, or another measure under its name) with both
    ends of its interval where the method rests on it, and what else its evidence tells. Of a trial:
    `auxiliaries` and the `score` on the split that decides. Those of GradTS-fg are GradTS-trial's.
    """
    name, behind = spec.primary.name, Records(results).behind(Path(_path(spec, results, "answer")))
    steps, trial = [*answer.get("evidence", [])], _path(spec, results, "answer", "gradts-trial")
    if spec.method != "gradts-trial" and Path(trial) in behind:
        fields = {"backend": spec.backend, "suite": spec.suite, "method": "gradts-trial", "primary": name}
        steps += read_answer(trial, **fields).get("evidence", [])
    trials = [step for step in steps if "auxiliaries" in step]
    known: dict[str, dict[str, Any]] = {task: {} for task in spec.candidates}
    for step in steps:
        known.get(step.get("task"), {}).update(step)
    order = [*dict.fromkeys(task for step in trials for task in step["auxiliaries"])]
    if any(kind_of(path) == "correlation" for path in behind):
        path = _path(spec, results, "correlation")
        tau, measure = read_correlation(path, spec.backend)[name], read_measure(path)
        ends = read_intervals(_path(spec, results, "intervals"))
        for task, facts in known.items():
            low, high = next(ends[pair] for pair in ((name, task), (task, name)) if pair in ends)
            facts |= {measure: _plain(tau[task]), "low": _plain(low), "high": _plain(high)}
        order = rank(tau, name)
    shares = answer["auxiliaries"]
    values = {
        task: max((told[name] for name in VALUES if name in told), default=-math.inf)
        for task, told in known.items()
    }
    ranked = dict.fromkeys([*order, *sorted(known, key=lambda task: -values[task])])
    ranking = [{**known[task], "task": task, "share": shares.get(task, 0.0)} for task in ranked]
    return {"ranking": ranking, "trials": trials}


def costs_of(
    spec: AdviceSpec, results: str, sets: Mapping[str, list[list[str]]], answer: Mapping[str, Any]
) -> dict[str, Any]:
    """Jobs and seconds (see costs.taken) of the selection, and of the further runs that are compared.

    `one_more_seconds`: the mean, over the candidates, of all jobs of the selection that involve one.
    """
    frame = ledger({_path(spec, results, "answer"): answer["spec"]}, results)
    suite = [spec.primary.name, *spec.candidates]
    found = minutes(frame, spec.method, suite)
    of_one = 60 * len(suite)  # minutes are a mean over primary tasks; this ledger is of one
    runs = {
        below(results, "run", backend=spec.backend, members=members, seed=seed)
        for row in sets.values()
        for members in row
        for seed in spec.seeds
    }
    further = sorted(path for path in runs if relpath(path, results) not in set(frame["artefact"]))
    compared = pd.DataFrame([read_facts(path, COSTLY, {}) for path in further], columns=[*COSTLY])
    return {
        "jobs": len(frame),
        "seconds": round(of_one * found["minutes"], 1),
        "one_more_seconds": round(of_one * found["minutes_one_more_candidate"], 1),
        "compared_jobs": len(compared),
        "compared_seconds": round(float(taken(compared).sum()), 1),
        "devices": sorted({*frame["device"], *compared["device"]}),
    }


def _path(spec: AdviceSpec, results: str, kind: str, method: str | None = None) -> str:
    place = {"backend": spec.backend, "suite": spec.suite, "method": method or spec.method}
    return below(results, kind, **place, primary=spec.primary.name)


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
