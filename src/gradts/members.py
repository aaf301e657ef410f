"""The language of sets: members of joint runs, and which training instances of each take part."""

import hashlib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from gradts.names import MAX_NAME_BYTES, TASK_NAME, InputError, shortened


def share_of(count: int, share: float) -> int:
    """The whole number nearest to a share of so many; of two equally near ones the larger."""
    return math.floor(share * count + 0.5)


@dataclass(frozen=True)
class Subset:
    """Which training instances of a member take part, and how often.

    `tau`: instances whose τ with `primary` is at least `value`; `keep`: the best share `value` of them;
    `ratio`: `value` batches for each batch of `primary` (AUTOSEM); `sample`: a seeded share `value`;
    `repeat`: all, `value` times an epoch; `fold`: all outside fold `value` of `of`, on which the member is
    scored (these three no primary). Spelled `@cola-0.42`, `@cola-keep0.6`, `@cola-ratio1.5`, `@sample0.1`,
    `@repeat3`, `@fold2of5`; `tau`, `keep` and `fold` may take theirs `within` a sample:
    `@cola-keep0.6-sample0.1`.
    """

    kind: str
    value: float
    primary: str = ""
    within: Self | None = None
    of: int = 0

    _SPELLING = re.compile(
        rf"((?P<primary>{TASK_NAME})-(?P<kind>keep|ratio)?(?P<value>-?[0-9.]+)"
        r"|(?P<own>sample|repeat)(?P<number>[0-9.]+)|fold(?P<fold>[0-9]+)of(?P<of>[0-9]+))"
        r"(-(?P<within>sample[0-9.]+))?"
    )

    def __post_init__(self) -> None:
        fits, wanted = {
            "tau": (-1 <= self.value <= 1, "-1 to 1"),
            "ratio": (0 < self.value < math.inf, "a finite number above 0"),
            "repeat": (1 < self.value < math.inf and self.value % 1 == 0, "a whole number from 2 on"),
            "fold": (self.of > 1 and self.value in range(1, self.of + 1), "one of two or more, from 1 on"),
        }.get(self.kind, (0 < self.value <= 1, "a share above 0, at most 1"))
        if not fits:
            raise InputError(f"subset {self.kind} of {self.value}: give {wanted}")
        if self.within and (self.kind not in ("tau", "keep", "fold") or self.within.kind != "sample"):
            raise InputError(f"subset {self}: only a filter by τ or a fold takes its part within a sample")

    @property
    def filters_by_tau(self) -> bool:
        """Whether the instances' τ with the primary decides which take part."""
        return self.kind in ("tau", "keep")

    def __str__(self) -> str:
        own = f"{'' if self.kind == 'tau' else self.kind}{_spelled(self.value)}"
        own = f"{self.primary}-{own}" if self.primary else own
        own = f"{own}of{self.of}" if self.of else own
        return f"{own}-{self.within}" if self.within else own

    @classmethod
    def parse(cls, text: str) -> Self:
        match = cls._SPELLING.fullmatch(text)
        try:
            value = float(match["number"] or match["fold"] or match["value"])
        except (TypeError, ValueError):  # no match, or a number such as 1.2.3
            raise InputError(
                f"{shortened(text)} is no subset of training instances; spell it like cola-0.42, "
                "cola-keep0.6, cola-keep0.6-sample0.1, cola-ratio1.5, sample0.1, repeat3 or fold2of5"
            ) from None
        kind = "fold" if match["fold"] else match["own"] or match["kind"] or "tau"
        within = cls.parse(match["within"]) if match["within"] else None
        return cls(kind, value, match["primary"] or "", within, int(match["of"] or 0))


def _spelled(value: float) -> str:
    """The shortest number that reads back as the same value.

    Without an exponent: its + joins members, and its - would make `sample1e-05` a task's name and τ.
    """
    short = f"{value + 0.0:g}"  # no -0
    return short if float(short) == value and "e" not in short else f"{Decimal(repr(float(value))):f}"


@dataclass(frozen=True)
class Member:
    """A task in a joint run, with all of its training instances or a subset of them."""

    task: str
    subset: Subset | None = None

    def __str__(self) -> str:
        return self.task if self.subset is None else f"{self.task}@{self.subset}"

    @classmethod
    def parse(cls, text: str) -> Self:
        task, _, subset = text.partition("@")
        if not re.fullmatch(TASK_NAME, task):
            raise InputError(
                f"{shortened(task)} is no task name (in {shortened(text)}); use lower-case letters, "
                "digits and _"
            )
        return cls(task, Subset.parse(subset) if "@" in text else None)


def canonical(members: Iterable[Member]) -> list[str]:
    """The spelling of an unordered set of members: sorted, one entry a task.

    Raises InputError if a task occurs twice.
    """
    spelled = sorted(str(member) for member in set(members))
    tasks = [Member.parse(text).task for text in spelled]
    twice = sorted({task for task in tasks if tasks.count(task) > 1})
    if twice:
        raise InputError(f"task '{twice[0]}' occurs twice in the set {'+'.join(spelled)}")
    return spelled


def members_name(members: Iterable[Member]) -> str:
    """The set's name in paths: `a+b+c`, or `set-<digest>` where that would pass 180 bytes."""
    name = "+".join(canonical(members))
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    return "set-" + hashlib.sha256(name.encode()).hexdigest()[:16]
