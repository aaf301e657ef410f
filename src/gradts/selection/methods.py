"""How methods are named: `random-size3-2` is the second draw of random sets of three tasks.

`null-trial-one-se-2` is the second draw of trials of a random order, under a rule of its own.
"""

import re
from typing import NamedTuple

# Methods whose answers are drawn, so that several stand behind a row; the names of some end with a size.
DEALT = ("random-k", "random-size", "random-any")  # no set comes again before all have come
DRAWN = (*DEALT, "null-trial")
SIZED = ("random-size",)
# What the names of methods end with that try candidates in some order, and the rules that they may follow.
TRIES = "-trial"
RULES = ("fall", "best", "one_se", "paired")
WEIGHED = RULES[2:]  # by what runs answer, not by their scores alone
# Heuristics that walk through the candidates, as far as they are let.
WALKS = ("heu-size", "heu-len")
# Methods that other methods are held against: nobody is advised to do as they do.
CONTROLS = (*DRAWN, "single-task-repeat")
# Methods that rank candidates by what a fine-tune on them makes of the encoder.
TUNED = ("esm-trial", "logme-trial")
_RULES = "|".join(RULES).replace("_", "-")
_SPELLING = re.compile(
    rf"(?P<row>(?P<name>(?P<drawn>{'|'.join(DRAWN)})|[a-z0-9-]+{TRIES})(?P<size>(?<=size)[1-9][0-9]*)?"
    rf"((?<={TRIES})-(?P<rule>{_RULES}))?)(?(drawn)(-(?P<draw>[1-9][0-9]*))?)"
)


class Method(NamedTuple):
    """A method's row in tables, its name among the selectors, and what else its name tells."""

    row: str
    name: str
    size: int | None = None
    draw: int | None = None
    rule: str | None = None


def parsed(method: str) -> Method:
    """`random-size3-2` → row random-size3, name random-size, size 3, draw 2; others stand for themselves.

    `gradts-trial-one-se` → row gradts-trial-one-se, name gradts-trial, rule one_se.
    """
    match = _SPELLING.fullmatch(method)
    if not match:
        return Method(method, method)
    size, draw = (int(number) if number else None for number in match.group("size", "draw"))
    return Method(match["row"], match["name"], size, draw, (match["rule"] or "").replace("-", "_") or None)
