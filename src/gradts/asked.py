"""What the graph asks for while it runs a selector: files, as far as can be told before they are there."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradts.artifacts import write_json
from gradts.layout import below
from gradts.selection.doors import Wanted

# No file of these kinds decides which others are needed, so the graph does not read them.
UNREAD = ("threshold", "instances", "bandit", "mixing")


class NotYet(Exception):
    """The graph cannot tell yet: the files that it must read first are `args`."""


@dataclass
class Asked:
    """The door of the graph: lists the files that a selector asks for, and stops it where one is not there.

    `readable`: whether a file that decides which others are needed may be read already; `seeds`: of joint
    runs. `files` are needed, `awaited` must be made and read before more can be said.
    """

    results: str
    readable: Callable[[str], bool]
    seeds: list[int]
    files: list[str] = field(default_factory=list)
    awaited: list[str] = field(default_factory=list)

    def __call__(self, *wanted: Wanted) -> list[str]:
        """Raises NotYet."""
        paths = [
            self.run(**of, kind=kind)
            if kind in ("metrics", "run", "predictions")
            else below(self.results, kind, **of)
            for kind, of, _ in wanted
        ]
        if any(one.last or one.kind in UNREAD for one in wanted):
            self.files += paths
            raise NotYet
        missing = [path for path in paths if not self.readable(path)]
        self.files += [path for path in paths if path not in missing]
        self.awaited += missing
        if missing:
            raise NotYet(*missing)
        return paths

    def follow(self, question: Callable[[Asked], Any]) -> Asked:
        """Ask as far as can be told now."""
        with suppress(NotYet):
            question(self)
        return self

    def run(self, backend: str, members: list[str], seed: int, kind: str = "metrics", **_: Any) -> str:
        """A joint run's scores or record. Too long a set is written down: its job knows the name alone."""
        spelling = below(self.results, "members", members=members)
        if Path(spelling).stem.startswith("set-") and not os.path.exists(spelling):
            write_json(spelling, members)
        return below(self.results, kind, backend=backend, members=members, seed=seed)

    def runs(self, backend: str, members: list[str]) -> None:
        """The joint runs of a set under all seeds; what they say is not the graph's to read."""
        self.files += [self.run(backend, sorted(members), seed) for seed in self.seeds]
