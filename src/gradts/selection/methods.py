"""How methods are named: `random-size3-2` is the second draw of random sets of three tasks."""

import re
from typing import NamedTuple

# Methods whose answers are drawn, so that several stand behind a row; the names of some end with a size.
DRAWN = ("random-k", "random-size", "random-any", "null-trial")
SIZED = ("random-size",)
# Methods that other methods are held against: nobody is advised to do as they do.
CONTROLS = (*DRAWN, "single-task-repeat")
_SPELLING = re.compile(
    rf"(?P<row>(?P<name>{'|'.join(DRAWN)})(?P<size>(?<=size)[1-9][0-9]*)?)(-(?P<draw>[1-9][0-9]*))?"
)


class Method(NamedTuple):
    """A method's row in tables, its name among the selectors, and the size and draw that its name tells."""

    row: str
    name: str
    size: int | None = None
    draw: int | None = None


def parsed(method: str) -> Method:
    """`random-size3-2` → row random-size3, name random-size, size 3, draw 2; others stand for themselves."""
    match = _SPELLING.fullmatch(method)
    if not match:
        return Method(method, method)
    size, draw = (int(number) if number else None for number in match.group("size", "draw"))
    return Method(match["row"], match["name"], size, draw)
