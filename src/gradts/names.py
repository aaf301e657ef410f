"""Names that may stand in paths and commands, and the error of everybody who was given a wrong one."""

import difflib
import re
from collections.abc import Iterable
from typing import Any

MAX_NAME_BYTES = 180
TASK_NAME = r"[a-z][a-z0-9_]*"
# In place of a task in tables: the mean over all.
MEAN = "mean"
# Of a backend, a suite or a method: nothing that a path or a shell could take for more than a name.
PLAIN_NAME = r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9_-])?"
# Of a set of members: it has @ and + beside.
MEMBERS_NAME = PLAIN_NAME.replace("_.-]*", "_.@+-]*")


class InputError(ValueError):
    """A mistake in what the user gave: the message names the place, the value and the fix."""


def shortened(value: Any) -> str:
    """A value in a message: at most 60 characters of it."""
    text = repr(value)
    return text if len(text) <= 60 else text[:60] + "…"


def hint(name: str, known: Iterable[str]) -> str:
    """What an unknown name may have meant."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known: {', '.join(sorted(known))}"


def check_known(name: str, known: Iterable[str], where: str, kind: str) -> None:
    """Raise InputError where a name is none of those `known`, with what it may have meant."""
    if name not in known:
        raise InputError(f"{where}: {name!r} is no {kind}; {hint(name, known)}")


def check_name(name: str, what: str, pattern: str = PLAIN_NAME) -> None:
    """Refuse a name that could lead out of the results folder or be more than one word to a shell."""
    if not re.fullmatch(pattern, name) or len(name) > MAX_NAME_BYTES:
        letters = "lower-case letters, digits and _, a letter first"
        if pattern != TASK_NAME:
            letters = "letters and digits, between them _, - and ."
        raise InputError(f"{what}: {shortened(name)} is no name; use at most {MAX_NAME_BYTES} {letters}")
