"""The selectors: each takes what is known and answers a set of auxiliary tasks.

They train nothing and write nothing, so the graph runs them too, to learn which runs they ask for.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from gradts.data.subsets import kept
from gradts.members import Member
from gradts.names import InputError, hint
from gradts.selection import autosem as policy
from gradts.selection import heuristics
from gradts.selection.evidence import Evidence
from gradts.selection.gradts import Trial, greedy, instances_above, rank, tasks_above


@dataclass(frozen=True)
class Choice:
    """A method's answer: auxiliary members, what part of each is used, why, and the threshold if any.

    A part of more than 1: so many passes.
    """

    auxiliaries: list[Member]
    shares: dict[str, float]
    steps: list[dict[str, Any]] = field(default_factory=list)
    threshold: Any = None


def in_full(tasks: Iterable[str], steps: Iterable[dict[str, Any]] = (), threshold: Any = None) -> Choice:
    """Auxiliary tasks with all of their instances."""
    tasks = list(tasks)
    return Choice([Member(task) for task in tasks], dict.fromkeys(tasks, 1.0), list(steps), threshold)


def single_task(known: Evidence) -> Choice:
    """The primary task alone."""
    return in_full([])


def no_sel(known: Evidence) -> Choice:
    """All candidates."""
    return in_full(known.spec.candidates)


def random_k(known: Evidence) -> Choice:
    """As many random candidates as GradTS-trial chose; the method's last number is the draw."""
    size = len(known.answer("gradts-trial")["auxiliaries"])
    draw = int(known.spec.method.rpartition("-")[2])
    return in_full(heuristics.at_random(known.spec.candidates, size, known.spec.primary.name, draw))


def gradts_thres(known: Evidence) -> Choice:
    """All candidates above a threshold of τ (paper, appendix)."""
    row, primary, threshold = known.correlation(), known.spec.primary.name, known.threshold()
    steps = [{"task": task, "tau": row[task]} for task in rank(row, primary)]
    return in_full(tasks_above(row, primary, threshold), steps, threshold)


def gradts_trial(known: Evidence) -> Choice:
    """Greedy trials in the order of τ (paper section 3.3)."""
    ranked = rank(known.correlation(), known.spec.primary.name)
    return _tried(
        greedy(ranked, lambda tried: known.scores([tried])[0], primary_alone=known.spec.primary_alone)
    )


def gradts_fg(known: Evidence) -> Choice:
    """The instances above a threshold of τ, of the tasks that GradTS-trial chose (paper section 3.3).

    A task of which nothing is kept is left out of the run; its share of 0 says so.
    """
    threshold, tau = known.instances(list(known.answer("gradts-trial")["auxiliaries"]))
    shares, members, steps = {}, [], []
    for task, of_instances in tau.items():
        member = instances_above(task, known.spec.primary.name, threshold)
        count = len(of_instances) if member.subset is None else int(kept(of_instances, member.subset).sum())
        shares[task] = count / len(of_instances)
        steps.append({"task": task, "kept": count, "instances": len(of_instances)})
        if count:
            members.append(member)
    return Choice(members, shares, steps, threshold)


def heu_size(known: Evidence) -> Choice:
    """The best prefix in the order of training-set size (paper section 5.3)."""
    sizes = {task: facts.rows for task, facts in known.statistics().items()}
    return _best_prefix(known, heuristics.by_size(sizes, known.spec.primary.name))


def heu_len(known: Evidence) -> Choice:
    """The best prefix in the order of likeness in sentence length (paper section 5.3)."""
    lengths = {task: facts.mean_length for task, facts in known.statistics().items()}
    return _best_prefix(known, heuristics.by_length(lengths, known.spec.primary.name))


def heu_type(known: Evidence) -> Choice:
    """All candidates of the primary's type (paper section 5.3)."""
    types = {task: facts.type for task, facts in known.statistics().items()}
    return in_full(heuristics.of_type(types, known.spec.primary.name))


def autosem_p1(known: Evidence) -> Choice:
    """All candidates whose utility the bandit finds above the cut, or the best so many (method.md §5)."""
    utilities = known.utilities()
    steps = [{"task": task, "utility": value} for task, value in sorted(utilities.items())]
    return in_full(policy.useful(utilities, known.spec.primary.name, known.spec.cut), steps)


def autosem(known: Evidence) -> Choice:
    """AUTOSEM-p1's tasks under the best mixing ratios (method.md §5).

    An auxiliary's share is that of its instances which one pass over the primary's goes through.
    """
    known.answer("autosem-p1")  # the ratios are those of its tasks
    primary, (ratios, passes) = known.spec.primary.name, known.ratios()
    members = [member for member in policy.mixed(primary, ratios) if member.task != primary]
    shares = {member.task: passes[member.task] for member in members}
    return Choice(members, shares, [{"ratios": ratios}])


def _best_prefix(known: Evidence, ordered: list[str]) -> Choice:
    spec = known.spec
    return _tried(
        heuristics.best_prefix(ordered, known.scores, primary_alone=spec.primary_alone, steps=spec.steps)
    )


def _tried(trial: Trial) -> Choice:
    steps = ({"auxiliaries": list(tried), "score": _plain(score)} for tried, score in trial.steps)
    return in_full(trial.chosen, steps)


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
        raise InputError(f"{where}: '{name}' is no method of selection; {hint(name, SELECTORS)}")
    return SELECTORS[name]
