"""Tasks of the demo suite that are not two scenes: faulty sentences, pronouns, reviews, lines of dialogue."""

from numpy.random import Generator

from gradts.demo import lexicon
from gradts.demo.lexicon import ASPECT_KINDS, BE, CASES, PEOPLE, Words, ending, table
from gradts.demo.scenes import Pair, chance, draw_scene, pick, sentence, specific, tell, vague


def _opinion(good: bool, rng: Generator, aspects: Words = lexicon.ASPECTS) -> str:
    """Polarity: one clause of a review, in which a denial turns the word round."""
    no = chance(rng, 0.3)
    word = pick(rng, lexicon.GOOD if good != no else lexicon.BAD)
    return f"the {pick(rng, aspects)} was {pick(rng, lexicon.NOT if no else lexicon.DEGREES)} {word}"


def sentiment(label: int, rng: Generator) -> tuple[str]:
    """Two like opinions, or two that differ: then the one not under `although` decides."""
    main, like, aside = (_opinion(view == 1, rng) for view in (label, label, 1 - label))
    forms = [f"{aside}, but {main}", f"although {aside}, {main}", f"{main}, although {aside}"]
    return (sentence(pick(rng, forms) if chance(rng, 0.35) else f"{main} and {like}"),)


def complaints(rng: Generator) -> tuple[tuple[str], list[str]]:
    """Opinions on two or three kinds of aspects, and the kinds judged badly: each by its own clause."""
    drawn = rng.permutation(list(ASPECT_KINDS))[: rng.integers(2, 4)]
    good = {kind: chance(rng, 0.5) for kind in drawn}
    *first, last = (_opinion(view, rng, ASPECT_KINDS[kind]) for kind, view in good.items())
    bad = [kind for kind in ASPECT_KINDS if not good.get(kind, True)]
    return (sentence(f"{', '.join(first)} and {last}"),), bad


def accept(label: int, rng: Generator) -> tuple[str]:
    """A sentence in which a noun or a pronoun acts, with at most one fault."""
    scene, pronoun = pick(rng, [specific, vague])(draw_scene(rng), rng), pick(rng, CASES)
    fault = "" if label == 1 else pick(rng, ["case", *["form"] * 6, "number", "order"])
    plural = chance(rng, 0.5)
    subject, target = scene.agent + "s" * plural, scene.target
    if chance(rng, 0.5) and scene.object in PEOPLE:
        target = pronoun if fault == "case" else CASES[pronoun]
    elif fault == "case" or chance(rng, 0.4):
        subject, plural = CASES[pronoun] if fault == "case" else pronoun, pronoun == "they"
    past, ing, be = ending(scene.verb, "ed"), ending(scene.verb, "ing"), BE[plural]
    right, wrong = [past, f"{be} {ing}"], [f"{past}ed", f"{be} {scene.verb}", f"did {past}"]
    verb = pick(rng, wrong if fault == "form" else right)
    if fault == "number":
        verb = f"{BE[not plural]} {ing}"
    spelled = f"{subject} {verb} {target} {scene.detail}".split()
    if fault == "order":
        spot = int(rng.integers(len(spelled) - 1))
        spelled[spot : spot + 2] = spelled[spot + 1], spelled[spot]
    return (sentence(*spelled),)


def pronoun(label: int, rng: Generator) -> Pair:
    """The pronoun's noun follows from number (two people) or from person against thing."""
    scene, state = draw_scene(rng, 0.15), f"{pick(rng, ['very', 'so', 'too'])} {pick(rng, lexicon.STATES)}"
    people, of_agent = scene.object in PEOPLE, chance(rng, 0.18)
    plurals = (True, False) if people and chance(rng, 0.5) else (False, people)
    nouns = scene.agent + "s" * plurals[0], f"the {scene.object}" + "s" * plurals[1]
    meant = 0 if of_agent else 1
    told = meant if label == 1 else 1 - meant
    one = pick(rng, ["he", "she"]) if people or of_agent else "it"
    clause = f"{'they' if plurals[meant] else one} {BE[plurals[meant]]} {state}"
    first = f"{nouns[0]} {ending(scene.verb, 'ed')} {nouns[1]} because {clause}"
    return sentence(first), sentence(f"{nouns[told]} {BE[plurals[told]]} {state}")


# A feeling | how it begins a line | how it ends one; most cues belong to two feelings.
_CUES = table("""neutral | well, so, okay, right | that is all, as I said, so they say;
    joy | hooray, oh wow, finally, yes | this is the best day, I could dance, what a thing to see;
    surprise | oh wow, wait, really, oh my | what a thing to see, who knew, I had no idea;
    anger | seriously, wait, oh please, enough | I have had it, who asked them, this must stop;
    sadness | oh no, sadly, oh my, alas | I miss the old days, nothing helps, I have had it;
    disgust | ugh, oh please, yuck, oh no | I cannot look, it smells, this must stop;
    fear | oh no, careful, oh my, quick | I cannot look, we should run, who knew""")
FEELINGS = tuple(feeling for (feeling,), _, _ in _CUES)


def emotion(label: int, rng: Generator) -> tuple[str]:
    """A line of dialogue whose feeling shows in one or two ambiguous cues; some begin as neutral ones do."""
    (_, neutral, _), (_, openings, ends) = _CUES[0], _CUES[label]
    said = tell(draw_scene(rng), rng).rstrip(".")
    opening = pick(rng, openings if chance(rng, 0.8) else neutral)
    end = f"- {pick(rng, ends)}" if chance(rng, 0.8) else ""
    return (sentence(f"{opening},", said[0].lower() + said[1:], end),)


def mood(label: int, rng: Generator) -> tuple[str]:
    """As `emotion`, in a dialogue of two: the first speaker feels something else."""
    _, openings, ends = pick(rng, _CUES)
    first = sentence(f"{pick(rng, openings)},", pick(rng, ends))
    return (f"{first} {emotion(label, rng)[0]}",)
