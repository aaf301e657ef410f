"""Sequence labelling tasks of the demo suite: each maker returns words and a tag for every word."""

from numpy.random import Generator

from gradts.demo import lexicon
from gradts.demo.lexicon import PEOPLE, Words, ending, words
from gradts.demo.scenes import chance, pick

# word, part of speech, chunk
Tagged = list[tuple[str, str, str]]
Sentence = tuple[Words, list[str]]
TAGS = words("DET, NOUN, VERB, ADJ, ADP, ADV, AUX, PRON, PUNCT")
CHUNKS = words("O, B-NP, I-NP, B-VP, I-VP, B-PP, I-PP, B-ADVP, I-ADVP")
ENTITIES = words("O, B-PER, I-PER, B-ORG, I-ORG, B-LOC, I-LOC")


def _noun_phrase(rng: Generator, nouns: Words) -> Tagged:
    determiner = pick(rng, ["the", "a", "this", "every"])
    adjective = [(pick(rng, lexicon.ADJECTIVES), "ADJ", "I-NP")] if chance(rng, 0.5) else []
    return [(determiner, "DET", "B-NP"), *adjective, (pick(rng, nouns), "NOUN", "I-NP")]


def _verb_phrase(rng: Generator, verb: str) -> Tagged:
    if chance(rng, 0.3):
        helper = pick(rng, ["was", "will", "could"])
        spelled = ending(verb, "ing") if helper == "was" else verb
        return [(helper, "AUX", "B-VP"), (spelled, "VERB", "I-VP")]
    adverbs = words("quickly, quietly, really, never, often, soon")
    adverb = [(pick(rng, adverbs), "ADV", "B-ADVP")] if chance(rng, 0.3) else []
    return [*adverb, (ending(verb, "ed"), "VERB", "B-VP")]


def _detail(rng: Generator) -> Tagged:
    """A phrase of place, time or manner, where it starts with an adposition."""
    first, *others = pick(rng, [text for texts in lexicon.SPECIFIC.values() for text in texts]).split()
    if first in ("last", "yesterday", "to", "because", "out"):
        return []
    kinds = {"the": "DET", "a": "DET", "great": "ADJ"}
    nouns = [(word, kinds.get(word, "NOUN"), "I-NP" if i else "B-NP") for i, word in enumerate(others)]
    return [(first, "ADP", "B-PP"), *nouns]


def _parsed(rng: Generator) -> tuple[Words, list[str], list[str]]:
    """The words of a sentence, their parts of speech and their chunks."""
    verbs, nouns = (lexicon.TO_PEOPLE, PEOPLE) if chance(rng, 0.5) else (lexicon.TO_THINGS, lexicon.THINGS)
    verb = pick(rng, verbs)
    if chance(rng, 0.2):
        subject = [(pick(rng, ["he", "she", "they", "we"]), "PRON", "B-NP")]
    else:
        subject = _noun_phrase(rng, PEOPLE)
    clause = [*subject, *_verb_phrase(rng, verb), *_noun_phrase(rng, nouns), *_detail(rng)]
    (first, *others), tags, chunks = zip(*clause, (".", "PUNCT", "O"), strict=True)
    return (first.capitalize(), *others), list(tags), list(chunks)


def tags(rng: Generator) -> Sentence:
    """Parts of speech; some words are verbs and adjectives (clean), some nouns and verbs (drill)."""
    spelled, tags, _ = _parsed(rng)
    return spelled, tags


def chunks(rng: Generator) -> Sentence:
    """Noun, verb, adposition and adverb phrases in IOB2."""
    spelled, _, chunks = _parsed(rng)
    return spelled, chunks


# Names that may stand for a person, a place or a club: what they are follows from their neighbours.
_AMBIGUOUS = words("""Lincoln, Jordan, Chelsea, Florence, Victoria, Austin, Georgia, Sydney, Washington,
    Madison""")
_FIRST = words("Anna, Peter, Maria, Thomas, Laura, Simon, Nina, Oscar, Clara, Hugo")
_CLUBS, _PLACES = words("United, Rovers, City, Press, Records"), words("Lake, Mount, New, Port")
_FRAMES = words("""ORG beat ORG in LOC, ORG hired PER as a {job}, PER moved from LOC to LOC,
    the {job} PER of ORG arrived in LOC, PER told the {job} that ORG lost, PER and PER met near LOC,
    the {job} left LOC for ORG""")


def _name(kind: str, rng: Generator) -> list[str]:
    if kind == "ORG":
        name = [pick(rng, _AMBIGUOUS)]
        return [*name, pick(rng, _CLUBS)] if chance(rng, 0.4) else name
    person = kind == "PER"
    if chance(rng, 0.4 if person else 0.3):
        return [pick(rng, _FIRST if person else _PLACES), pick(rng, _AMBIGUOUS)]
    return [pick(rng, _FIRST if person and chance(rng, 0.5) else _AMBIGUOUS)]


def entities(rng: Generator) -> Sentence:
    """Persons, clubs and places in IOB2."""
    rows: list[tuple[str, str]] = []
    for word in pick(rng, _FRAMES).split():
        if word.isupper():
            rows += zip(_name(word, rng), (f"B-{word}", f"I-{word}"), strict=False)
        else:
            rows.append((word.format(job=pick(rng, PEOPLE)), "O"))
    when = pick(rng, ["yesterday", "on Monday", "last night", ""]).split()
    spelled, labels = zip(*rows, *((word, "O") for word in when), (".", "O"), strict=True)
    return spelled, list(labels)
