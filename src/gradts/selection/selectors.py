"""The selectors: each takes what is known and answers a set of auxiliary tasks.

They train nothing and write nothing, so the graph runs them too, to learn which runs they ask for.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradts.data.subsets import kept
from gradts.members import Member, Subset
from gradts.names import InputError, hint
from gradts.selection import autosem as policy
from gradts.selection import heuristics
from gradts.selection.evidence import Evidence
from gradts.selection.gains import Gain
from gradts.selection.gradts import Trial, instances_above, rank, tasks_above
from gradts.selection.methods import SIZED, parsed
from gradts.selection.rules import by_rule
from gradts.selection.surrogate import FEWEST, Surrogate, designed, rbf, ridge


@dataclass(frozen=True)
class Choice:
    """A method's answer: auxiliary members, what part of each is used, why, and the threshold if any.

    A part of more than 1: so many passes. `own`: the subset of the primary's instances; None: all, once.
    """

    auxiliaries: list[Member]
    shares: dict[str, float]
    steps: list[dict[str, Any]] = field(default_factory=list)
    threshold: Any = None
    own: Subset | None = None


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


def single_task_repeat(known: Evidence) -> Choice:
    """The primary task alone, with as many updates as the set that GradTS-trial chose has."""
    members, primary = known.answer("gradts-trial")["members"], known.spec.primary.name
    times = heuristics.passes(members, known.training_instances(members), primary)
    return Choice([], {}, own=Subset("repeat", times) if times > 1 else None)


def random_k(known: Evidence) -> Choice:
    """As many random candidates as GradTS-trial chose."""
    size = len(known.answer("gradts-trial")["auxiliaries"])
    return in_full(heuristics.at_random(known.spec.candidates, size, known.spec.primary.name, known.draw))


def random_size(known: Evidence) -> Choice:
    """As many random candidates as the method's name says, whatever other methods choose."""
    spec, size = known.spec, parsed(known.spec.method).size or 0
    if size > len(spec.candidates):
        raise InputError(
            f"method '{spec.method}': suite '{spec.suite}' has {len(spec.candidates)} candidates for "
            f"'{spec.primary.name}'; name a size up to that"
        )
    return in_full(heuristics.at_random(spec.candidates, size, spec.primary.name, known.draw))


def random_any(known: Evidence) -> Choice:
    """Random candidates, of which each number between none and all is as likely."""
    return in_full(heuristics.of_any_size(known.spec.candidates, known.spec.primary.name, known.draw))


def gradts_thres(known: Evidence) -> Choice:
    """All candidates above a threshold of τ (paper, appendix)."""
    row, primary, threshold = known.correlation(), known.spec.primary.name, known.threshold()
    measure = known.measure()
    steps = [{"task": task, measure: row[task]} for task in rank(row, primary)]
    return in_full(tasks_above(row, primary, threshold), steps, threshold)


def gradts_trial(known: Evidence) -> Choice:
    """Greedy trials in the order of τ (paper section 3.3)."""
    return _trials(known, known.correlation())


def textsim_trial(known: Evidence) -> Choice:
    """GradTS-trial's trials in the order of likeness of the texts, which costs a forward pass a task."""
    return _told_and_tried(known, "similarity", known.similarity())


def esm_trial(known: Evidence) -> Choice:
    """GradTS-trial's trials in the order of LogME behind linear maps, which cost a fine-tune a task."""
    return _told_and_tried(known, "esm", known.esm())


def logme_trial(known: Evidence) -> Choice:
    """GradTS-trial's trials in the order of LogME of the candidates' fine-tuned encoders."""
    return _told_and_tried(known, "logme", known.logme())


def null_trial(known: Evidence) -> Choice:
    """GradTS-trial's trials in the order of τ between tasks whose heads are shuffled: the null of GradTS."""
    return _told_and_tried(known, known.measure("shuffled"), known.shuffled())


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
    return _best_prefix(known, {task: facts.rows for task, facts in known.statistics().items()})


def heu_len(known: Evidence) -> Choice:
    """The best prefix in the order of likeness in sentence length (paper section 5.3)."""
    lengths = {task: facts.mean_length for task, facts in known.statistics().items()}
    own = lengths[known.spec.primary.name]
    return _best_prefix(known, {task: -abs(length - own) for task, length in lengths.items()})


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


def surrogate(known: Evidence) -> Choice:
    """The candidates that raise the primary's score in random sets, by ridge regression (Li et al. 2023)."""
    return _foretold(known, ridge)


def surrogate_rbf(known: Evidence) -> Choice:
    """The set that is foretold to be the best, by kernel ridge regression of the scores in random sets."""
    return _foretold(known, rbf)


def _foretold(known: Evidence, model: Callable[..., Surrogate]) -> Choice:
    """What a model chooses by the scores of the primary alone, with all, in random sets and in others.

    The others were made for what other methods ask, and are no random draw: the model is fitted to all, and
    tested on the first. Where it cannot tell, nothing is chosen.
    """
    primary, candidates, runs = known.spec.primary.name, known.spec.candidates, known.spec.surrogate
    if runs is None:
        raise InputError(f"method '{known.spec.method}' has no sets; give a number of them in 'surrogate'")
    random = designed((primary, *candidates), runs.sets, runs.share)
    own = [(), tuple(sorted(candidates))]
    own += [tuple(task for task in one if task != primary) for one in random if primary in one]
    tested = _defined(primary, dict(zip(own, known.scores(own, last=True), strict=True)))
    extra = _defined(primary, known.other_scores(own)) if runs.extra else {}
    rows = {**tested, **extra}
    if len(tested) < FEWEST or len({*rows.values()}) == 1:
        known.abstain(
            f"this data cannot tell: {len(tested)} sets with {len({*rows.values()})} different scores"
        )
        return in_full([], [{"sets": tested, "extra": extra}])
    x = np.array([[task in name.split("+") for task in candidates] for name in rows], dtype=float)
    found = model(x, np.array([*rows.values()]), len(tested))
    if not found.tells:
        known.abstain(
            f"this data cannot tell: leave-one-out R² {found.r2:.2f}, where 5 % of shuffled scores have "
            f"more than {found.chance:.2f}"
        )
    of_tasks = zip(candidates, map(float, found.coefficients), found.chosen, strict=True)
    ranked = sorted(of_tasks, key=lambda one: (-one[1], one[0]))
    steps = [{"task": task, "coefficient": value} for task, value, _ in ranked]
    facts = {"r2": found.r2, "chance": found.chance, **found.setting, "sets": tested, "extra": extra}
    return in_full([task for task, _, is_chosen in ranked if is_chosen], [*steps, facts])


def _defined(primary: str, scores: Mapping[tuple[str, ...], float]) -> dict[str, float]:
    """`a+b` → the score of the set, where it has one."""
    named = {"+".join(sorted([primary, *others])): score for others, score in scores.items()}
    return {name: score for name, score in named.items() if math.isfinite(score)}


def _best_prefix(known: Evidence, values: Mapping[str, float]) -> Choice:
    spec = known.spec
    ordered = rank(values, spec.primary.name)[: spec.steps]
    return _tried(heuristics.best_prefix(ordered, known.scores, primary_alone=spec.primary_alone))


def _trials(known: Evidence, likeness: Mapping[str, float]) -> Choice:
    """Trials in the order of the candidates' likeness to the primary task, by the rule (docs/trials.md)."""
    ranked = rank(likeness, known.spec.primary.name)[: known.spec.steps]
    alone = known.spec.primary_alone
    return _tried(*by_rule(known.rule, ranked, known.scores, known.gain, primary_alone=alone))


def _told_and_tried(known: Evidence, name: str, likeness: Mapping[str, float]) -> Choice:
    """`_trials`' choice; what the order rests on stands in the evidence, under this name."""
    choice = _trials(known, likeness)
    order = rank(likeness, known.spec.primary.name)
    return replace(choice, steps=[{"task": task, name: likeness[task]} for task in order] + choice.steps)


def _tried(trial: Trial, gains: Sequence[Gain] = ()) -> Choice:
    """What trials chose, with their scores and, where a rule weighs them, the gain of each over the best."""
    steps = [{"auxiliaries": list(tried), "score": _plain(score)} for tried, score in trial.steps]
    for step, one in zip(steps, gains, strict=False):
        step |= {"gain": _plain(one.mean), "error": _plain(one.error)}
    return in_full(trial.chosen, steps)


def _plain(score: float) -> float | None:
    return score if math.isfinite(score) else None


SELECTORS: dict[str, Callable[[Evidence], Choice]] = {
    "single-task": single_task,
    "no-sel": no_sel,
    "single-task-repeat": single_task_repeat,
    "random-k": random_k,
    "random-size": random_size,
    "random-any": random_any,
    "autosem-p1": autosem_p1,
    "autosem": autosem,
    "heu-size": heu_size,
    "heu-type": heu_type,
    "heu-len": heu_len,
    "gradts-thres": gradts_thres,
    "gradts-trial": gradts_trial,
    "gradts-fg": gradts_fg,
    "textsim-trial": textsim_trial,
    "esm-trial": esm_trial,
    "logme-trial": logme_trial,
    "null-trial": null_trial,
    "surrogate": surrogate,
    "surrogate-rbf": surrogate_rbf,
}


def selector(method: str, where: str = "selection") -> Callable[[Evidence], Choice]:
    """The selector of a method; `random-k-2` is the second draw of `random-k` (see `parsed`).

    Raises InputError for an unknown method, or one without its size, naming `where` it stands.
    """
    known = parsed(method)
    if known.name not in SELECTORS:
        raise InputError(f"{where}: '{known.name}' is no method of selection; {hint(known.name, SELECTORS)}")
    if known.name in SIZED and known.size is None:
        raise InputError(f"{where}: method '{known.name}' has no size; give one, such as {known.name}3")
    return SELECTORS[known.name]
