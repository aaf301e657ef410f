"""Where a file is that a decision or a table rests on, and whether it may be read yet: a door's to know.

The workflow's input functions and the jobs run the same selectors, through doors of their own. So nothing
heavy is imported here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from gradts.layout import below
from gradts.members import Member, canonical
from gradts.readings import Known, check_alike, check_run, read_answer, read_facts


class Wanted(NamedTuple):
    """A kind of file (see layout.FILES), and what its path is made from.

    `last`: nothing else that is asked for depends on what it says, so the graph does not read it.
    """

    kind: str
    fields: Mapping[str, Any]
    last: bool = False


class Door(Protocol):
    """Paths of the files that are wanted, in order. It may raise where one is not to be read now."""

    def __call__(self, *wanted: Wanted) -> list[str]: ...


@cache
def finished_files(results: str | Path) -> Door:
    """The door of jobs: every file is there, and a run's scores are those of the run that is meant.

    A process has one, so that it sees all runs behind a decision or a table: those of a backend are alike.
    """
    known: dict[str, Known] = defaultdict(dict)

    def find(*wanted: Wanted) -> list[str]:
        paths = [below(results, kind, **fields) for kind, fields, _ in wanted]
        for path, (kind, fields, _) in zip(paths, wanted, strict=True):
            if kind == "metrics":
                record = check_run(path, fields["backend"], fields["members"], fields["seed"])
                check_alike(known[fields["backend"]], path, record or {})
        return paths

    return find


def answered(find: Door, backend: str, suite: str, method: str, primary: str) -> dict[str, Any]:
    """A method's answer for a primary task (see readings.read_answer)."""
    fields = {"backend": backend, "suite": suite, "method": method, "primary": primary}
    return read_answer(find(Wanted("answer", fields))[0], **fields)


def training_instances(
    find: Door, backend: str, members: Iterable[Member | str], seed: int
) -> dict[str, int]:
    """Task → its training instances that take part in the joint run of a set, under any seed alike."""
    spelled = canonical(Member.parse(str(member)) for member in members)
    path = find(Wanted("run", {"backend": backend, "members": spelled, "seed": seed}))[0]
    wanted = {"spec.backend.name": backend, "spec.members": spelled}
    return read_facts(path, {"training_instances": dict}, wanted)["training_instances"]
