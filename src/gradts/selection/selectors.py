"""The selectors: each takes what is known and answers a set of auxiliary tasks.

They train nothing and write nothing, so the graph runs them too, to learn which runs they ask for.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from gradts.data.subsets import chosen
from gradts.selection import autosem as policy
from gradts.selection import heuristics, thresholds
from gradts.selection.evidence import Evidence
from gradts.selection.ranking import rank
from gradts.selection.trial import greedy
from gradts.specs import InputError, Member


@dataclass(frozen=True)
class Choice:
    """A method's answer: the auxiliary members, what part of each is used, and why."""

    auxiliaries: list[Member]
    shares: dict[str, float]
    steps: list[dict[str, Any]] = field(default_factory=list)


def whole(tasks: Iterable[str], steps: Iterable[dict[str, Any]] = ()) -> Choice:
    """Auxiliary tasks with all of their instances."""
    tasks = list(tasks)
    return Choice([Member(task) for task in tasks], dict.fromkeys(tasks, 1.0), list(steps))


def single_task(known: Evidence) -> Choice:
    """The primary task alone."""
    return whole([])


def no_sel(known: Evidence) -> Choice:
    """All candidates."""
    return whole(known.spec.candidates)


def random_k(known: Evidence) -> Choice:
    """As many random candidates as GradTS-trial chose; the method's last number is the draw."""
    size = len(known.answer("gradts-trial")["auxiliaries"])
    draw = int(known.spec.method.rpartition("-")[2])
    return whole(heuristics.at_random(known.spec.candidates, size, known.spec.primary.name, draw))


def gradts_thres(known: Evidence) -> Choice:
    """All candidates above a threshold of τ (paper, appendix)."""
    row, primary = known.correlation(), known.spec.primary.name
    steps = [{"task": task, "tau": row[task]} for task in rank(row, primary)]
    return whole(thresholds.tasks_above(row, primary, known.threshold()), steps)


def gradts_trial(known: Evidence) -> Choice:
    """Greedy trials in the order of τ (paper section 3.3)."""
    return _greedy(known, rank(known.correlation(), known.spec.primary.name))


def gradts_fg(known: Evidence) -> Choice:
    """The instances above a threshold of τ, of the tasks that GradTS-trial chose (paper section 3.3).

    A task of which nothing is kept is left out of the run; its share of 0 says so.
    """
    tau = known.tau(list(known.answer("gradts-trial")["auxiliaries"]))
    threshold = known.threshold()
    shares, members, steps = {}, [], []
    for task, of_instances in tau.items():
        member = thresholds.filtered(task, known.spec.primary.name, threshold)
        kept = len(of_instances) if member.subset is None else int(chosen(of_instances, member.subset).sum())
        shares[task] = kept / len(of_instances)
        steps.append({"task": task, "kept": kept, "instances": len(of_instances)})
        if kept:
            members.append(member)
    return Choice(members, shares, steps)


def heu_size(known: Evidence) -> Choice:
    """Greedy trials in the order of training-set size (paper section 5.3)."""
    sizes = {task: facts.rows for task, facts in known.statistics().items()}
    return _greedy(known, heuristics.by_size(sizes, known.spec.primary.name))


def heu_len(known: Evidence) -> Choice:
    """Greedy trials in the order of likeness in sentence length (paper section 5.3)."""
    lengths = {task: facts.mean_length for task, facts in known.statistics().items()}
    return _greedy(known, heuristics.by_length(lengths, known.spec.primary.name))


def heu_type(known: Evidence) -> Choice:
    """All candidates of the primary's type (paper section 5.3)."""
    types = {task: facts.type for task, facts in known.statistics().items()}
    return whole(heuristics.of_type(types, known.spec.primary.name))


def autosem_p1(known: Evidence) -> Choice:
    """All candidates whose utility the bandit finds above the cut (method.md §5)."""
    utilities = known.utilities()
    useful = policy.useful(utilities, known.spec.primary.name, known.spec.cut)
    return whole(useful, [{"task": task, "utility": value} for task, value in sorted(utilities.items())])


def autosem(known: Evidence) -> Choice:
    """AUTOSEM-p1's tasks under the best mixing ratios (method.md §5).

    An auxiliary's share is its batches for each batch of the primary, at most 1.
    """
    primary, ratios = known.spec.primary.name, known.ratios()
    members = [member for member in policy.mixed(primary, ratios) if member.task != primary]
    shares = {member.task: min(1.0, member.subset.value) for member in members if member.subset}
    return Choice(members, shares, [{"ratios": ratios}])


def _greedy(known: Evidence, ranked: list[str]) -> Choice:
    trial = greedy(ranked, known.score, primary_alone=known.spec.primary_alone)
    steps = ({"auxiliaries": list(tried), "score": _plain(score)} for tried, score in trial.steps)
    return whole(trial.chosen, steps)


def _plain(score: float) -> float | None:
    return score if math.isfinite(score) else None


SELECTORS: dict[str, Callable[[Evidence], Choice]] = {
    "single-task": single_task,
    "no-sel": no_sel,
    "random-k": random_k,
    "autosem-p1": autosem_p1,
    "autosem": autosem,
    "heu-size": heu_size,
    "heu-type": heu_type,
    "heu-len": heu_len,
    "gradts-thres": gradts_thres,
    "gradts-trial": gradts_trial,
    "gradts-fg": gradts_fg,
}


def selector(method: str, where: str = "selection") -> Callable[[Evidence], Choice]:
    """The selector of a method; `random-k-2` is the second draw of `random-k`.

    Raises InputError for an unknown method, naming `where` it stands.
    """
    stem, _, draw = method.rpartition("-")
    name = stem if draw.isdigit() else method
    if name not in SELECTORS:
        near = get_close_matches(name, SELECTORS, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(SELECTORS)}"
        raise InputError(f"{where}: '{name}' is no method of selection; {hint}")
    return SELECTORS[name]
