"""Sequence labelling tasks of the demo suite: each maker returns words and a tag for every word."""

from numpy.random import Generator

from gradts.data.scenes import (
    ADJ_OPPOSITES,
    KIND_OF,
    PEOPLE,
    SPECIFIC,
    TO_PEOPLE,
    TO_THINGS,
    chance,
    ending,
    pick,
    words,
)

# word, part of speech, chunk
Tagged = list[tuple[str, str, str]]
Sentence = tuple[tuple[str, ...], tuple[str, ...]]
_ADPOSITIONS = {"in", "at", "near", "behind", "by", "on", "after", "before", "with", "without", "for", "of"}
_ADVERBS = ["quickly", "quietly", "really", "never", "often", "soon"]


def _noun_phrase(rng: Generator, people: bool, subject: bool) -> Tagged:
    if subject and chance(rng, 0.2):
        return [(pick(rng, ["he", "she", "they", "we"]), "PRON", "B-NP")]
    phrase = [(pick(rng, ["the", "a", "this", "every"]), "DET", "B-NP")]
    if chance(rng, 0.5):
        phrase.append((pick(rng, list(ADJ_OPPOSITES)), "ADJ", "I-NP"))
    return [*phrase, (pick(rng, PEOPLE if people else list(KIND_OF)), "NOUN", "I-NP")]


def _verb_phrase(rng: Generator, verb: str) -> Tagged:
    if chance(rng, 0.3):
        helper = pick(rng, [("was", "ing"), ("will", ""), ("could", "")])
        spelled = ending(verb, "ing") if helper[1] else verb
        return [(helper[0], "AUX", "B-VP"), (spelled, "VERB", "I-VP")]
    if chance(rng, 0.3):
        return [(pick(rng, _ADVERBS), "ADV", "B-ADVP"), (ending(verb, "ed"), "VERB", "B-VP")]
    return [(ending(verb, "ed"), "VERB", "B-VP")]


def _detail(rng: Generator) -> Tagged:
    """A phrase of place, time or manner, where it starts with an adposition."""
    first, *others = pick(rng, [text for texts in SPECIFIC.values() for text in texts]).split()
    if first not in _ADPOSITIONS:
        return []
    kinds = {"the": "DET", "a": "DET", "great": "ADJ"}
    tagged = [(first, "ADP", "B-PP")]
    for place, word in enumerate(others):
        tagged.append((word, kinds.get(word, "NOUN"), "I-NP" if place else "B-NP"))
    return tagged


def _parsed(rng: Generator) -> Tagged:
    of_person = chance(rng, 0.5)
    verb = pick(rng, TO_PEOPLE if of_person else TO_THINGS)
    parts = [_noun_phrase(rng, True, True), _verb_phrase(rng, verb), _noun_phrase(rng, of_person, False)]
    return [word for part in (*parts, _detail(rng)) for word in part] + [(".", "PUNCT", "O")]


def tags(rng: Generator) -> Sentence:
    """Parts of speech; some words are verbs and adjectives (clean), some nouns and verbs (drill)."""
    return _columns([(word, pos) for word, pos, _ in _parsed(rng)])


def chunks(rng: Generator) -> Sentence:
    """Noun, verb, adposition and adverb phrases in IOB2."""
    return _columns([(word, chunk) for word, _, chunk in _parsed(rng)])


def _columns(rows: list[tuple[str, str]]) -> Sentence:
    (first, *others), labels = zip(*rows, strict=True)
    return (first.capitalize(), *others), labels


# Names that may stand for a person, a place or a club: what they are follows from their neighbours.
_AMBIGUOUS = words(
    "Lincoln, Jordan, Chelsea, Florence, Victoria, Austin, Georgia, Sydney, Washington, Madison"
)
_FIRST = words("Anna, Peter, Maria, Thomas, Laura, Simon, Nina, Oscar, Clara, Hugo")
_CLUBS, _PLACES = ["United", "Rovers", "City", "Press", "Records"], ["Lake", "Mount", "New", "Port"]


def _person(rng: Generator) -> list[tuple[str, str]]:
    if chance(rng, 0.4):
        return [(pick(rng, _FIRST), "B-PER"), (pick(rng, _AMBIGUOUS), "I-PER")]
    return [(pick(rng, _FIRST if chance(rng, 0.5) else _AMBIGUOUS), "B-PER")]


def _club(rng: Generator) -> list[tuple[str, str]]:
    name = [(pick(rng, _AMBIGUOUS), "B-ORG")]
    return [*name, (pick(rng, _CLUBS), "I-ORG")] if chance(rng, 0.4) else name


def _place(rng: Generator) -> list[tuple[str, str]]:
    if chance(rng, 0.3):
        return [(pick(rng, _PLACES), "B-LOC"), (pick(rng, _AMBIGUOUS), "I-LOC")]
    return [(pick(rng, _AMBIGUOUS), "B-LOC")]


_NAMED = {"PER": _person, "ORG": _club, "LOC": _place}
_FRAMES = [
    "ORG beat ORG in LOC",
    "ORG hired PER as a {job}",
    "PER moved from LOC to LOC",
    "the {job} PER of ORG arrived in LOC",
    "PER told the {job} that ORG lost",
    "PER and PER met near LOC",
    "the {job} left LOC for ORG",
]


def entities(rng: Generator) -> Sentence:
    """Persons, clubs and places in IOB2."""
    rows: list[tuple[str, str]] = []
    for word in pick(rng, _FRAMES).split():
        rows += _NAMED[word](rng) if word in _NAMED else [(word.format(job=pick(rng, PEOPLE)), "O")]
    when = pick(rng, ["yesterday", "on Monday", "last night", ""]).split()
    spelled, labels = zip(*rows, *((word, "O") for word in when), (".", "O"), strict=True)
    return spelled, labels
