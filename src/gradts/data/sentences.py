"""Sentences of tables that have a word a row, or texts with spans of characters (sequence labelling)."""

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any

import pandas as pd
from tokenizers.pre_tokenizers import BertPreTokenizer

from gradts.data.conll import check_lengths
from gradts.data.labels import is_list, plain
from gradts.data.objectives import OBJECTIVES
from gradts.data.sources import Raw
from gradts.names import InputError, hint, shortened
from gradts.specs import Source

# What doccano, Prodigy and others call the parts of a span.
START, END, KIND = ("start", "start_offset"), ("end", "end_offset"), ("label", "type")


def as_sentences(raw: Raw, source: Source) -> Raw:
    """A row a sentence, with lists of words and of tags, where the source has another form; else as it is.

    Raises InputError naming the row and what is wrong with it.
    """
    if source.sentence is not None:
        raw = _joined(raw, source.sentence)
    text, label = source.text[0], source.label
    known = OBJECTIVES[source.objective].per_token and {text, label} <= {*raw.frame.columns}
    return _mapped(raw, text, label) if known and has_spans(raw.frame[label]) else raw


def as_words(raw: Raw, source: Source) -> Raw:
    """Texts of sequence labelling that are no lists of words yet, parted as those with spans are.

    Only where the file has no label at all; else as it is.
    """
    text, label, frame = source.text[0], source.label, raw.frame
    texts = frame.get(text, pd.Series())
    if not OBJECTIVES[source.objective].per_token or not any(isinstance(one, str) for one in texts):
        return raw
    if any(plain(one) is not None and not (is_list(one) and len(one) == 0) for one in frame.get(label, ())):
        return raw
    none = pd.Series([[]] * len(frame), index=frame.index)
    mapped = _mapped(raw._replace(frame=frame.assign(**{label: none})), text, label)
    return mapped._replace(frame=mapped.frame.drop(columns=label))


def _joined(raw: Raw, column: str) -> Raw:
    """Rows with one sentence's name, or without any below the one that has it, as one row of lists."""
    frame = raw.frame
    if column not in frame.columns:
        raise InputError(
            f"{raw.place}: no column '{column}' (sentence); {hint(column, map(str, frame.columns))}"
        )
    given = ~(frame[column].isna() | (frame[column].astype(str).str.strip() == ""))
    names = frame[column].where(given).ffill()
    starts = names != names.shift()
    again = names[starts].duplicated().reindex(names.index, fill_value=False)
    unclear = (given & ~given.shift(fill_value=True) & ~starts) | (starts & ~given) | again
    if unclear.any():
        row = unclear.idxmax()
        raise InputError(
            f"{raw.at(row)}: whether a sentence begins here, column '{column}' ({frame[column][row]!r}) "
            "leaves open; give each sentence, its rows below one another, a number of its own"
        )
    number = starts.cumsum()
    joined = (
        frame.drop(columns=column).groupby(number.to_numpy(), sort=False).agg(list).reset_index(drop=True)
    )
    check_lengths(
        raw.place, joined.iloc[:, 0].tolist(), f"other values in column '{column}' for other sentences"
    )
    lines = None if raw.lines is None else pd.Series(raw.lines).groupby(number.to_numpy()).agg(list).tolist()
    shards = [(int(number.get(first, len(joined) + 1)) - 1, path) for first, path in raw.shards]
    return raw._replace(frame=joined, lines=lines, shards=shards)


def has_spans(labels: Iterable[Any]) -> bool:
    """Whether a cell lists spans: lists or mappings themselves."""
    return any(
        is_list(row) and any(is_list(one) or isinstance(one, Mapping) for one in row) for row in labels
    )


def _mapped(raw: Raw, text: str, label: str) -> Raw:
    """Words and their IOB2 tags of texts and spans.

    Words are those of a column `tokens` (Prodigy), or parted at blanks, each mark of punctuation a word.
    """
    words, tags = [], []
    tokens = raw.frame.get("tokens", [None] * len(raw.frame))
    answers = raw.frame.get("answer", ["accept"] * len(raw.frame))  # Prodigy's
    for row, answer in zip(raw.frame.index, answers, strict=True):
        if answer in ("reject", "ignore"):
            raise InputError(
                f"{raw.at(row)}: its answer is {answer!r}, so its spans do not hold; leave it out"
            )
    for row, value, spans, given in zip(
        raw.frame.index, raw.frame[text], raw.frame[label], tokens, strict=True
    ):
        value = "" if plain(value) is None else value
        if not isinstance(value, str) or not is_list(spans):
            raise InputError(
                f"{raw.at(row)}: column '{label}' is {shortened(spans)}, no list of spans of a text; mend it"
            )
        of_row = _pieces(value, given, raw.at(row))
        words.append([value[start:end] for start, end in of_row])
        tags.append(_tags(value, of_row, [_span(one, raw.at(row)) for one in spans], raw.at(row)))
    return raw._replace(frame=raw.frame.assign(**{text: words, label: tags}))


def _pieces(text: str, given: Any, where: str) -> list[tuple[int, int]]:
    if not is_list(given) or not all(
        isinstance(one, Mapping) and {"start", "end"} <= one.keys() for one in given
    ):
        return [borders for _, borders in BertPreTokenizer().pre_tokenize_str(text)]
    for one in given:
        if text[one["start"] : one["end"]] != one.get("text", text[one["start"] : one["end"]]):
            raise InputError(
                f"{where}: token {one['text']!r} is not at {one['start']}-{one['end']} of its text"
            )
    return [(one["start"], one["end"]) for one in given]


def _span(given: Any, where: str) -> tuple[int, int, str]:
    if isinstance(given, Mapping):
        given = [next((given[key] for key in keys if key in given), None) for keys in (START, END, KIND)]
    values = [*given] if is_list(given) else []
    kinds = (Integral, Integral, str)
    if len(values) != 3 or not all(map(isinstance, values, kinds)):
        raise InputError(
            f"{where}: {shortened(given)} is no span; give [start, end, label], or an object of these"
        )
    return values[0], values[1], values[2]


def _tags(
    text: str, words: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int, str]], where: str
) -> list[str]:
    first = {start: position for position, (start, _) in enumerate(words)}
    last = {end: position for position, (_, end) in enumerate(words)}
    tags = ["O"] * len(words)
    for start, end, kind in spans:
        if first.get(start, len(words)) > last.get(end, -1):
            raise InputError(
                f"{where}: span {start}-{end} ({kind}) is {text[start:end]!r}, which does not begin and end "
                "as words do; mend it"
            )
        covered = range(first[start], last[end] + 1)
        if any(tags[position] != "O" for position in covered):
            raise InputError(f"{where}: span {start}-{end} ({kind}) overlaps another; a word has one tag")
        for position in covered:
            tags[position] = f"{'B' if position == covered[0] else 'I'}-{kind}"
    return tags
