"""Which rows are held out: a hash of their text tells, so that equal texts are on one side in every task."""

import unicodedata
from hashlib import sha256
from itertools import product

import numpy as np
import pandas as pd
import regex

from gradts.data.objectives import OBJECTIVES
from gradts.names import InputError
from gradts.specs import REGRESSION, Source

# Within words with the marks that are vowels in Hindi or Thai, which `re` leaves out.
WORD = regex.compile(r"(?!\p{M})\w+")


def keys(rows: pd.DataFrame) -> list[str]:
    """Of each prepared row its whole input but for case, punctuation and the order of a pair: equal texts."""
    sides = [rows[side] for side in ("text_a", "text_b") if side in rows] or [rows["tokens"].map(" ".join)]
    return ["\n".join(sorted(texts)) for texts in zip(*(map(_plain, side) for side in sides), strict=True)]


def _plain(text: str) -> str:
    """Without a line break, which parts the two texts of a pair."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(WORD.findall(folded) or folded.split())


def uniform(seed: int, split: str, key: str) -> float:
    """A number in [0, 1) that a text has in every task."""
    return int.from_bytes(sha256(f"{seed} {split} {key}".encode()).digest()[:6]) / 2**48


def held_out(
    rows: pd.DataFrame, split: str, fraction: float, source: Source
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(rest, held out): the rows whose text's number is below `fraction`, a share of about that size.

    Where a class would miss on one side, its text that is nearest to the line is moved, with all its rows.
    Raises InputError where there are too few texts for two sides.
    """
    texts = keys(rows)
    number = {key: uniform(source.seed, split, key) for key in texts}
    least = 2 if source.objective == REGRESSION else 1  # nothing correlates on one row
    if len(number) < 2 * least:
        raise InputError(
            f"task '{source.task}': its {len(rows)} training rows hold {len(number)} distinct text(s), case "
            f"and punctuation aside; {2 * least} are needed to hold out a {split} split that shares no text "
            "with train: add rows of other texts"
        )
    classes: dict[int, set[str]] = {}
    if OBJECTIVES[source.objective].stratified:
        classes = pd.Series(texts, rows.index).groupby(rows["label"]).agg(set).to_dict()
    held = {key: below < fraction for key, below in number.items()}
    _spread(held, number, [(of, 1) for of in classes.values() if len(of) > 1] + [(set(number), least)])
    mask = np.array([held[key] for key in texts])
    return rows[~mask], rows[mask]


def _spread(held: dict[str, bool], number: dict[str, float], wanted: list[tuple[set[str], int]]) -> None:
    """Move texts, nearest to the line first, until so many of each set are on both sides if that can be."""

    def count(texts: set[str], side: bool) -> int:
        return sum(held[key] == side for key in texts)

    def spares(key: str, side: bool) -> bool:
        return all(count(others, side) > least for others, least in wanted if key in others)

    for (texts, least), side in product(wanted, (True, False)):
        there = count(texts, side)
        nearest = sorted(texts, key=lambda key: (number[key], key), reverse=not side) if there < least else []
        for key in nearest:
            if there < least and held[key] != side and spares(key, not side):
                held[key], there = side, there + 1
