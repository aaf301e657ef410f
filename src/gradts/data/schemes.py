"""Schemes of span tags, such as IOB2: which one labels are in, and the spans that tags mean, strictly.

The workflow reads this, too: no seqeval before spans are asked for.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain

import numpy as np

OUTSIDE = "O"
# The letters that tags begin with; M, as in BMES, is another I.
LETTERS = {"IOB1": "BI", "IOB2": "BI", "IOBES": "BIMES", "BILOU": "BILU"}
TAG = re.compile("([BIMESLU])(?:[-_](.+))?")
SEQEVAL = "IOBESUL"


def scheme_of(labels: Iterable[str]) -> str | None:
    """The scheme that the labels of a task are in; None where they have no such beginnings.

    B- and I- alone are IOB2, or IOB1 where a type has no B-: data tells more (see `stray`).
    """
    tags = _split(labels)
    begun = {kind for letter, kind in tags if letter == "B"}
    complete = all(kind in begun for letter, kind in tags if letter in "IMEL")
    for scheme in ("IOB2", "IOBES", "BILOU") if complete else ("IOB1",):
        if fits(labels, scheme):
            return scheme
    return None


def fits(labels: Iterable[str], scheme: str) -> bool:
    """Whether all labels but O begin with a letter of the scheme."""
    tags = _split(labels)
    return bool(tags) and all(letter in LETTERS[scheme] for letter, _ in tags)


def _split(labels: Iterable[str]) -> list[tuple[str, str]]:
    """Letter and type of every label but O; "?" where there is no such letter."""
    matches = [(TAG.fullmatch(label), label) for label in labels if label != OUTSIDE]
    return [(match[1], match[2] or "") if match else ("?", label) for match, label in matches]


@cache
def _patterns(scheme: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """seqeval's patterns of the start, inside and end of a span: bool [last letter, letter, same type]."""
    import seqeval.scheme as seqeval

    def table(patterns: Iterable[tuple]) -> np.ndarray:
        found = np.zeros((len(SEQEVAL), len(SEQEVAL), 2), dtype=bool)
        for last, letter, kind in patterns:
            letters = [[seqeval.Prefix[one] in part for one in SEQEVAL] for part in (last, letter)]
            found[np.ix_(*letters, [one in kind for one in (seqeval.Tag.DIFF, seqeval.Tag.SAME)])] = True
        return found

    known = getattr(seqeval, scheme)
    return table(known.start_patterns), table(known.inside_patterns), table(known.end_patterns)


class Tags:
    """Tags of sentences, by label id (-1 is outside), as one stream with an outside tag around each sentence.

    `spans`: int64 [spans, 3] with start, end (exclusive) and type, positions counted over the stream;
    those that seqeval finds in its strict mode.
    """

    def __init__(self, rows: Sequence[Sequence[int]], labels: Sequence[str], scheme: str) -> None:
        self.starts = np.cumsum([0, *(len(row) + 1 for row in rows)])  # of sentences
        ids = np.fromiter(chain.from_iterable(chain((-1,), row) for row in rows), dtype=np.int64)
        ids = np.append(ids, -1)
        tags = [("O", "") if name == OUTSIDE else _split([name])[0] for name in (*labels, OUTSIDE)]
        known = sorted({kind for _, kind in tags})
        letters = np.array([SEQEVAL.index(letter.replace("M", "I")) for letter, _ in tags])[ids]
        kinds = np.array([known.index(kind) for _, kind in tags])[ids]
        self.inside = letters[1:] != SEQEVAL.index("O")
        pairs = (letters[:-1], letters[1:], (kinds[:-1] == kinds[1:]).astype(int))
        starting, going_on, ending = (table[pairs] for table in _patterns(scheme))
        # A span begins at the first start of a stretch of tags that go on, and lasts as long as it.
        borders, stretch = np.flatnonzero(~going_on), np.cumsum(~going_on)
        of_stretch, first = np.unique(stretch[starting], return_index=True)
        spans = np.stack([np.flatnonzero(starting)[first], borders[of_stretch]], axis=1)
        spans = spans[ending[spans[:, 1]]]
        self.spans = np.column_stack([spans, kinds[1:][spans[:, 0]]])

    def stray(self) -> tuple[int, int] | None:
        """Row and word of the first tag but O that is in no span."""
        depth = np.zeros(len(self.inside) + 1, dtype=np.int64)
        np.add.at(depth, self.spans[:, 0], 1)
        np.add.at(depth, self.spans[:, 1], -1)
        alone = np.flatnonzero(self.inside & (np.cumsum(depth)[:-1] == 0))
        if not len(alone):
            return None
        row = int(np.searchsorted(self.starts, alone[0], side="right")) - 1
        return row, int(alone[0] - self.starts[row])
