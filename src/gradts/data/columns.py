"""Which columns of a table are texts and which one is the label, by their names and values."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import chain, pairwise
from typing import Any

from gradts.data.labels import NUMBER, is_list, plain, spelled
from gradts.data.schemes import scheme_of
from gradts.names import InputError

# Words of columns' names, the likeliest label first.
LABELS = (
    *("label", "gold", "target", "class", "ner", "chunk", "entity", "span", "tag", "upos", "pos", "xpos"),
    *(
        "emotion",
        "sentiment",
        "category",
        "intent",
        "topic",
        "stars",
        "star",
        "similarity",
        "score",
        "rating",
    ),
    *("quality", "y"),
)
TEXTS = (
    *("text", "sentence", "premise", "hypothesis", "question", "answer", "q", "a", "b", "query", "passage"),
    *(
        "paragraph",
        "context",
        "document",
        "utterance",
        "message",
        "tweet",
        "review",
        "comment",
        "title",
        "body",
    ),
    *("content", "string", "headline", "abstract", "summary", "token", "word", "form"),
)
IDS = ("unnamed", "id", "idx", "index", "guid", "uid", "uuid", "key", "no", "nr", "pairid")
WORDS = ("token", "word", "form")
FREE = 3  # words of a text, on average


class Column:
    """A column's values, and what they look like."""

    def __init__(self, name: str, cells: Iterable[Any]) -> None:
        self.name = name
        self.words = _words(name)
        self.cells = [[*cell] if is_list(cell) else plain(cell) for cell in cells]
        self.values = [cell for cell in self.cells if cell is not None]
        self.listed = any(map(is_list, self.values))

    @cached_property
    def texts(self) -> list[str]:
        return [] if self.listed else [spelled(value) for value in self.values]

    @cached_property
    def distinct(self) -> int:
        return len({*self.texts})

    @cached_property
    def numeric(self) -> bool:
        return bool(self.texts) and all(map(NUMBER.fullmatch, self.texts))

    @cached_property
    def length(self) -> float:
        """Words of a text, on average."""
        return sum(len(text.split()) for text in self.texts) / max(1, len(self.texts))

    @property
    def is_id(self) -> bool:
        named = not self.name or any(word in IDS for word in self.words)
        return named and not self.listed and (self.numeric or self.distinct > 0.5 * len(self.values))

    @property
    def is_few(self) -> bool:
        return not self.listed and 2 <= self.distinct <= max(2, len(self.values) / 5)

    def rank(self, known: Sequence[str]) -> int:
        """How likely a name is one of these; as many as there are where it is none."""
        found = [known.index(word) for word in self.words if word in known]
        exact = all(word in known for word in self.words)
        return min(found) + (0 if exact else len(known)) if found else 2 * len(known)


def _words(name: str) -> list[str]:
    """Words of a name without numbers: review, text of reviewText_2; tag of tags."""
    parts = re.findall("[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    return [part if part in (*LABELS, *TEXTS, *IDS) else part.removesuffix("s") for part in parts]


def sentence_of(columns: Sequence[Column]) -> Column | None:
    """The column that tells a word's sentence, where a column of words stands beside it."""
    if not any({*column.words} & {*WORDS} and 0 < column.length < 1.5 for column in columns):
        return None
    named = [column for column in columns if {"sentence", "sent", "sentenceid"} & {*column.words}]
    return next((one for one in named if not one.listed and one.distinct < len(one.cells)), None)


def label_of(
    columns: Sequence[Column], classes: Mapping[str, list[str]], words: bool
) -> tuple[Column, list[Column]]:
    """The likeliest label, and others that may be it."""
    can = [one for one in columns if one.listed or (one.length < FREE and one.distinct > 1 and not one.is_id)]
    unlike = 2 * len(LABELS)
    if words:  # of tags the last that are spans, or the last
        tags = can[1:] or can
        spans = [one for one in tags if scheme_of({*chain(*one.values)}) is not None]
        named = [one for one in tags if one.rank(LABELS) < unlike]
        chosen = (spans or named[:1] or tags)[-1:]
    else:
        ranked = sorted(can, key=lambda one: (one.name not in classes, one.rank(LABELS)))
        named = [one for one in ranked if one.name in classes or one.rank(LABELS) < unlike]
        tags = [one for one in ranked if one.listed]
        few = sorted(
            (one for one in can if one.is_few),
            key=lambda one: (len(one.cells) > len(one.values), one.distinct),
        )
        numbers = [one for one in can if one.numeric and not _is_count(one)]
        named = named or tags or few or numbers
        chosen = named[:1]
    if not chosen:
        raise InputError(
            f"no column can be the label (columns: {', '.join(one.name for one in columns)}): none has "
            f"two values or more and a name such as {', '.join(LABELS[:4])}, or few values; name it 'label'"
        )
    return chosen[0], [one for one in (tags if words else named) if one is not chosen[0]]


def _is_count(column: Column) -> bool:
    """Whether rows are counted: whole numbers one after the other."""
    numbers = [Decimal(text) for text in column.texts]
    return all(after - before == 1 for before, after in pairwise(numbers))


def texts_of(
    columns: Sequence[Column], label: Column, words: bool, sentence: Column | None
) -> tuple[list[Column], list[str]]:
    """The texts, and the names of others that may be one."""
    per_word = words or sentence is not None or _is_beside(label, columns)
    if per_word:
        can = [one for one in columns if words or sentence is not None or _fits(one, label)]
        can = sorted(can, key=lambda one: (_counts_words(one), one.rank(WORDS) if not words else 0))[:1]
    else:
        can = [one for one in columns if not one.listed and not one.is_id and one.values]
        unlike = 2 * len(TEXTS)
        exact = [one for one in can if one.rank(TEXTS) < len(TEXTS)]
        named = [one for one in can if one.rank(TEXTS) < unlike and one.length >= FREE]
        free = [one for one in can if one.length >= FREE and not one.is_few]
        most = sorted((one for one in can if not one.numeric), key=lambda one: -one.distinct)[:1]
        can = exact or named or free or most
    if not can:
        raise InputError(
            f"no column can be the text of label '{label.name}' (columns: "
            f"{', '.join(one.name for one in (*columns, label))}); name the column of texts 'text'"
        )
    return can[:2], [one.name for one in can[2:]]


def _is_beside(label: Column, columns: Sequence[Column]) -> bool:
    return label.listed and any(_fits(one, label) for one in columns)


def _counts_words(column: Column) -> bool:
    """Whether the words of a sentence are counted, as in `1 The DT`."""
    first = column.values[0] if column.listed else []
    return len(first) > 1 and [*first] in ([str(at + start) for at in range(len(first))] for start in (0, 1))


def _fits(column: Column, label: Column) -> bool:
    """Whether a column has a word for each of the labels of every row."""
    pairs = zip(column.cells, label.cells, strict=True)
    return column.listed and all(
        is_list(words)
        and is_list(tags)
        and len(words) == len(tags)
        and all(isinstance(one, str) for one in words)
        for words, tags in pairs
    )
