"""The advice for one task as a page and as a picture: of its facts alone (see advice.advise)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from gradts.members import Member
from gradts.reporting.comparison import taken_over
from gradts.reporting.drawing import fit_lists, intervals, pyplot, save
from gradts.reporting.facts import warned
from gradts.reporting.marks import REAL
from gradts.reporting.pages import listed
from gradts.reporting.specs import HAS_GENERATED, SEEN, UNDEFINED, AdviceSpec, label, percent, pipeline_of
from gradts.selection.specs import folds_of
from gradts.specs import MEASURES, MULTI_LABEL

Facts = Mapping[str, Any]
# By which methods order candidates that do not by heads → how it is shown, a coefficient in the score's unit.
VALUES = {"utility": ".2f", "similarity": ".2f", "esm": ".4f", "logme": ".4f", "coefficient": "+.4f"}


def page(spec: AdviceSpec, facts: Facts, picture: str) -> str:
    """The advice as Markdown; the picture lies beside it."""
    parts = [
        f"# Advice for `{spec.primary.name}`",
        *_answer(spec, facts["answer"]),
        f"![The ranking, and the scores]({picture})",
        "## What it brings",
        *_scores(spec, facts),
        *_candidates(spec, facts),
        "## What it cost",
        _costs(facts["costs"]),
        "## The model",
        *_model(spec, **facts["model"]),
    ]
    if facts["warnings"]:
        parts += ["## Warnings of its data", warned({spec.primary.name: facts["warnings"]})]
    return "\n\n".join(parts) + "\n"


def _answer(spec: AdviceSpec, answer: Facts) -> Iterator[str]:
    yield f"**{answer['sentence']}**"
    if answer["undecided"]:
        yield f"The evidence decides nothing: {answer['undecided']}; so no task is recommended."
    empty = ", ".join(f"`{task}`" for task, share in answer["auxiliaries"].items() if not share)
    if empty:
        yield f"Of {empty}, which the trials chose, the threshold keeps no instance."
    if answer["caution"]:
        yield f"**Mind: {answer['caution']}.**"
    yield (
        f"{label(spec.method)} chose from the {len(spec.candidates)} other tasks of the suite "
        f"`{spec.suite}`, under `{spec.backend}`."
    )
    if spec.generated:
        names = ", ".join(f"`{task}`" for task in spec.generated)
        yield f"**Generated** by this project, so that scores say nothing of natural language: {names}."


# -------------------------------------------------------------------------------------- what it brings


def row_label(spec: AdviceSpec, row: Facts) -> str:
    """What is trained in a row of the comparison."""
    first, alone = row["sets"][0], f"`{spec.primary.name}` alone"
    if row["row"] == "repeated":
        return f"{alone}, {Member.parse(first[0]).subset.value:.0f} passes an epoch"
    others = len(first) - 1
    return {
        "alone": alone,
        "chosen": "the chosen set",
        "beside": f"what {label(spec.beside or '')} chose",
        "all": f"the whole suite of {len(first)} tasks",
        "random": f"a set of {others} random tasks" if others > 1 else "a random task",
    }[row["row"]]


def _scores(spec: AdviceSpec, facts: Facts) -> Iterator[str]:
    first, *others = facts["scores"]
    table = [_cells(spec, first, {}), *(_cells(spec, row, row["difference"]) for row in others)]
    yield pd.DataFrame(table).to_markdown(index=False, disable_numparse=True)
    yield listed([*(told(spec, facts, row) for row in others), *_left_out(spec, facts)])
    yield from _longer(spec, facts["scores"])
    rows = ", ".join(f"{split} {count}" for split, count in facts["dev"].items())
    seeds, several = ", ".join(map(str, spec.seeds)), "s" * (len(spec.seeds) > 1)
    yield (
        f"Mean {spec.primary.decides} in percent on the dev rows ({rows}) at the epoch that is best on the "
        f"selection split; seed{several} {seeds}. Intervals are {taken_over(len(spec.seeds))}. "
        "p is that of a test which swaps both answers to single rows, after Holm. "
        "The data can tell where both agree (`docs/statistics.md`)."
    )
    sizes = (
        f"{count} {split} rows" + f" (as many as `max_{split}` allows)" * (split in facts["capped"])
        for split, count in facts["rows"].items()
    )
    yield f"The task has {' and '.join(sizes)}."
    if facts["answer"]["decide_on"] == "dev":
        yield f"**Mind: {SEEN}**"
    for row in others:
        if row["deviation"] is not None:
            yield (
                f"{len(row['sets'])} random sets were drawn, and their mean is shown; the standard deviation "
                f"between them is {_percents(row['deviation'])}."
            )


def _longer(spec: AdviceSpec, scores: list[Facts]) -> Iterator[str]:
    """How much of the gain the task alone has in as many updates as with the chosen set."""
    gains = {row["row"]: row["difference"].get("mean") for row in scores}
    longer, chosen = gains.get("repeated"), gains.get("chosen")
    if longer is not None and chosen is not None:
        first = ": try a longer training first (`training.epochs`)" * (longer >= chosen and longer > 0)
        yield (
            f"**Of longer training: in about as many updates `{spec.primary.name}` alone gains "
            f"{_percents(longer, '+')} points, with the chosen set {_percents(chosen, '+')}{first}.**"
        )


def _cells(spec: AdviceSpec, row: Facts, more: Facts) -> dict[str, str]:
    instances = more.get("instances")
    return {
        "trained": row_label(spec, row),
        spec.primary.decides: _percents(row["score"]["mean"]) or UNDEFINED,
        "95 % interval": _interval(row["score"]),
        "to alone": _percents(more.get("mean"), "+"),
        "95 % of it": _interval(more, "+") if more else "",
        "p": "" if more.get("p") is None else f"{more['p']:.4f}",
        "in instances": "" if instances is None else f"{instances:+.1f}",
    }


def _percents(value: float | None, sign: str = "") -> str:
    return "" if value is None else f"{100 * value:{sign}.2f}"


def _interval(of: Facts, sign: str = "") -> str:
    return "" if of["low"] is None else f"{_percents(of['low'], sign)} to {_percents(of['high'], sign)}"


def told(spec: AdviceSpec, facts: Facts, row: Facts) -> str:
    """Whether the data can tell a row of the comparison from the first, in words."""
    name, more, alone = row_label(spec, row), row["difference"], facts["scores"][0]
    if row["sets"] == alone["sets"]:
        return f"The same runs: {name} is {row_label(spec, alone)}."
    if more["low"] is None:
        return f"This data cannot tell of {name}: a score is undefined, or a dev split has one row."
    text = f"{_percents(more['mean'], '+')} points"
    if more["instances"] is not None:
        text += f", {more['instances']:+.1f} of {sum(facts['dev'].values())} instances"
    stuck = row["stuck"] + alone["stuck"]
    end = (
        f"; mind: {stuck} of the runs are stuck, which says nothing of the set (docs/stability.md)"
        if stuck
        else ""
    )
    if not more["told"]:
        return f"This data cannot tell them apart: {name} and {row_label(spec, alone)} ({text}){end}."
    better = "better" if more["told"] > 0 else "worse"
    return f"This data can tell: {name} is {better} than {row_label(spec, alone)} ({text}){end}."


def _left_out(spec: AdviceSpec, facts: Facts) -> Iterator[str]:
    """Why rows are not there that a chosen set could be compared with."""
    rows, size = {row["row"] for row in facts["scores"]}, len(facts["answer"]["members"]) - 1
    if spec.beside and "beside" not in rows:
        yield f"{label(spec.beside)} chose the same."
    if size and "random" not in rows:
        yield "Every candidate is chosen: there is no other set of so many to draw at random."
    if size and "repeated" not in rows:
        yield "An epoch of the chosen set is about one of the task alone: no longer training is compared."


# ----------------------------------------------------------------------------------- the other sections


def _candidates(spec: AdviceSpec, facts: Facts) -> Iterator[str]:
    """In the method's order where it ranks, and what trials told of them."""
    ranked = facts["ranking"]
    scores = {step["auxiliaries"][-1]: step["score"] for step in facts["trials"] if step["auxiliaries"]}
    by_rank = scores or any(name in row for row in ranked for name in (*MEASURES, *VALUES))
    yield f"## The ranking by {label(spec.method)}" if by_rank else "## The candidates"
    table = []
    for place, row in enumerate(ranked, 1):
        cells = {"place": str(place)} if by_rank else {}
        cells["candidate"] = f"`{row['task']}`"
        if measure := measured(row):
            cells |= {MEASURES[measure]: _decimals(row[measure]) or "no ranking", "95 % interval": ""}
            if row["low"] is not None:
                cells["95 % interval"] = f"{_decimals(row['low'])} to {_decimals(row['high'])}"
        cells |= {name: f"{row[name]:{shown}}" for name, shown in VALUES.items() if name in row}
        if scores:
            tried = _percents(scores[row["task"]]) or UNDEFINED if row["task"] in scores else "not tried"
            cells["with it and all above"] = tried
        cells["chosen"] = percent(row["share"], " %") if row["share"] else ""
        table.append(cells)
    yield pd.DataFrame(table).fillna("").to_markdown(index=False, disable_numparse=True)
    if scores:
        alone = next((_percents(step["score"]) for step in facts["trials"] if not step["auxiliaries"]), "")
        folds = folds_of(facts["answer"]["decide_on"])
        means = f", means over {folds} folds of its rows" if folds else ""
        end = f"; alone: {alone}." if alone else "."
        yield f"Scores of the trials are those that decide, in percent{means}{end}"
    taken = facts["answer"]["auxiliaries"]
    following = next((row["task"] for row in ranked if row["task"] not in taken), None)
    if scores and following:
        yield f"The next candidate, `{following}`, was {'' if following in scores else 'not '}tried."


def measured(row: Facts) -> str | None:
    """Which measure of likeness of heads a row of the ranking has, if any."""
    return next((name for name in MEASURES if name in row), None)


def _decimals(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _costs(costs: Facts) -> str:
    kind = "CPU time" if costs["devices"] in ([], ["cpu"]) else "time (on a GPU wall time, else CPU time)"
    return (
        f"From nothing the selection took {_time(costs['seconds'])} of {kind} in {costs['jobs']} jobs; what "
        "they measured of single tasks serves every other task of the suite, too. The comparison took "
        f"{_time(costs['compared_seconds'])} more in {costs['compared_jobs']} joint runs. One more candidate "
        f"would cost the selection about {_time(costs['one_more_seconds'])}: the mean over the candidates of "
        "what the jobs took that involve one."
    )


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _model(spec: AdviceSpec, path: str, pair: bool) -> Iterator[str]:
    folder, objective = Path(path).parent, spec.primary.objective
    given = '{"text": "one text", "text_pair": "another"}' if pair else '"a text"'
    several = ", top_k=None" * (objective == MULTI_LABEL)
    yield (
        f"It is made in the folder `{folder}` when it is asked for, with the configuration of this advice "
        "(`--configfile … --` before the path, where one was given):"
    )
    yield f"    snakemake --cores 1 {path}"
    yield "Any program that has `transformers` loads it:"
    lines = [
        "from transformers import pipeline",
        f"predict = {pipeline_of(spec.primary, str(folder))}",
        f"print(predict({given}{several}))",
    ]
    yield "\n".join(["```python", *lines, "```"])


# ------------------------------------------------------------------------------------------- the picture


def draw(spec: AdviceSpec, facts: Facts, out: list[str]) -> None:
    """Draw the ranking by heads, where there is one, beside the scores, each with its interval."""
    measure = measured(facts["ranking"][0]) if facts["ranking"] else None
    ranked, rows = [row for row in facts["ranking"] if row.get(measure) is not None], facts["scores"]
    high = [len(of) for of in (ranked, rows) if of]
    figure, panels = pyplot.subplots(len(high), squeeze=False, height_ratios=high, layout="constrained")
    if ranked:
        points = [(row[measure], row["low"], row["high"]) for row in ranked]
        tasks, chosen = [row["task"] for row in ranked], [row["share"] > 0 for row in ranked]
        title = f"{MEASURES[measure]}, 95 % interval; chosen: blue"
        intervals(panels[0, 0], tasks, points, chosen, title)
    points = [[row["score"][key] for key in ("mean", "low", "high")] for row in rows]
    points = [[None if value is None else 100 * value for value in point] for point in points]
    signs = {1: REAL["better"].sign, -1: REAL["worse"].sign, 0: ""}
    told = [signs[row["difference"]["told"]] for row in rows]
    labels = [row_label(spec, row).replace("`", "") for row in rows]
    names = [f"{name} {sign}".rstrip() for name, sign in zip(labels, told, strict=True)]
    over = "seeds and instances" if len(spec.seeds) > 1 else "instances; one seed"
    title = f"dev {spec.primary.decides} in percent,\n95 % interval over {over}"
    intervals(panels[-1, 0], names, points, [row["row"] == "chosen" for row in rows], title)
    note = HAS_GENERATED * bool(spec.generated)
    title = f"{facts['answer']['sentence'].replace('`', '')}{note}"
    fit_lists(figure, panels, title, f"{signs[1]} better, {signs[-1]} worse than alone" if any(told) else "")
    save(figure, out)
