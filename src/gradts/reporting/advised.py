"""The sets that an advice compares with training a task alone. The workflow asks this, too: nothing heavy."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gradts.members import Member, Subset
from gradts.readings import read_answer, read_facts
from gradts.reporting.specs import AdviceSpec
from gradts.selection.evidence import Door, Wanted
from gradts.selection.heuristics import at_random


def advised(spec: AdviceSpec, find: Door) -> Iterator[tuple[str, list[list[str]]]]:
    """Row of the comparison → the sets of members behind it; those that no file decides come first.

    `random`: as many tasks as were chosen, where other sets of so many exist. `repeated`: the task alone,
    with as many updates as the chosen set has, where that is more than one pass.
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
    if size:
        run = {"backend": spec.backend, "members": members, "seed": spec.seeds[0]}
        path = find(Wanted("run", run))[0]
        wanted = {"spec.backend.name": spec.backend, "spec.members": members}
        instances = read_facts(path, {"training_instances": dict}, wanted)["training_instances"]
        times = passes(members, instances, primary)
        if times > 1:
            yield "repeated", [[str(Member(primary, Subset("repeat", times)))]]


def advised_answer(spec: AdviceSpec, find: Door) -> dict[str, Any]:
    """The answer that the advice is about (see readings.read_answer)."""
    answer = {"backend": spec.backend, "suite": spec.suite, "method": spec.method}
    answer["primary"] = spec.primary.name
    return read_answer(find(Wanted("answer", answer))[0], **answer)


def passes(members: Sequence[str], instances: Mapping[str, int], primary: str) -> int:
    """Passes over a task's instances that are nearest to an epoch of a set; a pass at least.

    `instances`: task → its training instances that take part.
    """
    known = map(Member.parse, members)
    shares = (
        one.subset.value
        if one.subset is not None and one.subset.kind == "ratio"
        else instances[one.task] / instances[primary]
        for one in known
    )
    return max(1, round(sum(shares)))
