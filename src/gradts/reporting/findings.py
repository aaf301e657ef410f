"""What a figure shows, in a sentence: for its record, and from there for its caption."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np

from gradts.correlation.measures import spearman

HEADS = 3  # that are named


def of_chosen(chosen: Iterable[tuple[str, Iterable[str]]], tasks: Iterable[str]) -> str:
    """Which tasks answers take most and least often; an answer: its primary task, its auxiliary tasks."""
    answers = [(primary, {*auxiliaries}) for primary, auxiliaries in chosen]
    shares: dict[str, float] = {}
    for task in tasks:
        others = [task in auxiliaries for primary, auxiliaries in answers if primary != task]
        shares |= {task: sum(others) / len(others)} if others else {}
    alone = f"{sum(not auxiliaries for _, auxiliaries in answers)} of {len(answers)} are the task alone."
    low, high = min(shares.values(), default=0), max(shares.values(), default=0)
    if low == high:
        return f"Answers take all tasks alike; {alone}"
    most, least = (_named(task for task in shares if shares[task] == end) for end in (high, low))
    return f"Answers for other tasks take {most} most often ({high:.0%}), {least} least ({low:.0%}); {alone}"


def of_importance(values: np.ndarray) -> str:
    """How many heads hold half of the importance, and the first of them; values [layers, heads]."""
    total = values.sum()
    if not total > 0:  # NaN, too
        return "No head matters more than another."
    order = np.argsort(-values, axis=None, kind="stable")
    half = 1 + int(np.searchsorted(np.cumsum(values.flat[order]), total / 2))
    places = np.transpose(np.unravel_index(order[: min(half, HEADS)], values.shape))
    first = ", ".join(f"head {head} of layer {layer}" for layer, head in places)
    return f"{half} of {values.size} heads have half of all importance; first are {first}."


def of_likeness(
    names: Sequence[str],
    table: Mapping[str, Mapping[str, float]],
    ends: Mapping[frozenset[str], tuple[float, float]],
) -> str:
    """The most and the least alike pair, and whether their intervals (pair → both ends) are apart."""
    values = {pair: table[pair[0]][pair[1]] for pair in combinations(names, 2)}
    known = sorted((pair for pair, value in values.items() if not np.isnan(value)), key=values.__getitem__)
    if len(known) < 2:
        return ""
    (bottom, _), (_, top) = (ends.get(frozenset(pair), (np.nan, np.nan)) for pair in (known[-1], known[0]))
    most, least = (f"{_named(pair)} ({values[pair]:z.2f})" for pair in (known[-1], known[0]))
    apart = ""
    if not np.isnan([bottom, top]).any():
        apart = f"; their intervals {'are apart' if top < bottom else 'meet, so this data does not tell'}"
    return f"Most alike are {most}, least {least}{apart}."


def of_regret(methods: Iterable[tuple[str, Sequence[float], float]]) -> str:
    """Which method loses least, and which most; a method: its name, regret with both ends, and minutes."""
    known = sorted((one for one in methods if not np.isnan(one[1][0])), key=lambda one: (one[1][0], one[2]))
    told = [
        (name, f"{regret:z.2f} points [{low:z.2f}, {high:z.2f}], {minutes:.1f} minutes")
        for name, (regret, low, high), minutes in known
    ]
    if len(told) < 2:
        return "".join(f"Lost by {name}: {lost}." for name, lost in told)
    lowest, highest = known[0][1][0], known[-1][1][0]
    if round(lowest, 9) == round(highest, 9):  # equal means are no difference
        return f"No method loses more than another ({lowest:z.2f} points)."
    (least, low), *_, (most, high) = told
    return f"Least is lost by {least} ({low}), most by {most} ({high})."


def of_affinity(likeness: np.ndarray, gains: np.ndarray) -> str:
    """How well likeness foretells gains in points, over all pairs that have both; matrices [tasks, tasks]."""
    known, gains = ~np.isnan(likeness) & ~np.isnan(gains), gains.round(9)  # equal means are no gain
    if not known.any():
        return ""
    found, of_pairs = spearman(likeness[known][None], gains[known][None])[0, 0], gains[known]
    correlate = "" if np.isnan(found) else f"; Spearman of likeness and gain is {found:z.2f}"
    ends = f"{of_pairs.min():+z.1f} to {of_pairs.max():+z.1f}"
    return f"{(of_pairs > 0).sum()} of {known.sum()} pairs gain ({ends} points){correlate}."


def _named(tasks: Iterable[str]) -> str:
    """`a`, `b` and `c`, each in backticks."""
    *first, last = (f"`{task}`" for task in tasks)
    return f"{', '.join(first)} and {last}" if first else last
