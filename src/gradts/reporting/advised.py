"""The sets that an advice compares with training a task alone. The workflow asks this, too: nothing heavy."""

from collections.abc import Iterator
from typing import Any

from gradts.members import Member, Subset
from gradts.reporting.specs import AdviceSpec
from gradts.selection.doors import Door, answered, training_instances
from gradts.selection.heuristics import at_random, passes


def advised(spec: AdviceSpec, find: Door) -> Iterator[tuple[str, list[list[str]]]]:
    """Row of the comparison → the sets of members behind it; those that no file decides come first.

    `beside`: the choice of the second method, where it is another. `random`: as many tasks as were chosen,
    where other sets of so many exist. `repeated`: the task alone, with as many updates as the chosen set has,
    where that is more than one pass.
    """
    primary = spec.primary.name
    yield "alone", [[primary]]
    yield "all", [sorted([primary, *spec.candidates])]
    members = advised_answer(spec, find)["members"]
    yield "chosen", [members]
    size = len(members) - 1
    if 0 < size < len(spec.candidates):
        drawn = (at_random(spec.candidates, size, primary, draw + 1) for draw in range(spec.draws))
        sets = dict.fromkeys(tuple(sorted([primary, *some])) for some in drawn)
        yield "random", [list(one) for one in sets]
    if spec.beside and (other := advised_answer(spec, find, spec.beside)["members"]) != members:
        yield "beside", [other]
    if size:
        again = repeated(members, primary, spec.backend, spec.seeds[0], find)
        if again != [primary]:
            yield "repeated", [again]


def repeated(members: list[str], primary: str, backend: str, seed: int, find: Door) -> list[str]:
    """The task alone, with as many updates as its set's run had; by itself where that is one pass.

    An answer without candidates is such a run already.
    """
    if len(members) == 1:
        return members
    times = passes(members, training_instances(find, backend, members, seed), primary)
    return [str(Member(primary, Subset("repeat", times)))] if times > 1 else [primary]


def advised_answer(spec: AdviceSpec, find: Door, method: str | None = None) -> dict[str, Any]:
    """The answer that the advice is about, or another method's (see readings.read_answer)."""
    return answered(find, spec.backend, spec.suite, method or spec.method, spec.primary.name)
