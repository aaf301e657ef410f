"""Text tasks of the demo suite: each maker returns (text_a, text_b) for a wanted label id."""

from dataclasses import replace

from numpy.random import Generator

from gradts.data.scenes import (
    ASPECTS,
    BAD,
    BE,
    CASES,
    DEGREES,
    GOOD,
    NOT,
    PEOPLE,
    SPECIFIC,
    STATES,
    Scene,
    chance,
    denied,
    draw_scene,
    ending,
    fact,
    kinds,
    number,
    opposites,
    pick,
    possible,
    question,
    roles,
    sentence,
    specific,
    synonyms,
    tell,
    vague,
)

RELATIONS = ("entailment", "neutral", "contradiction")


def _hypothesis(scene: Scene, relation: str, rng: Generator, depth: float) -> Scene:
    """What stands so to a scene that happened; hard edits show only when the texts are compared."""
    said = synonyms(scene, rng)
    hard = chance(rng, depth)
    if relation == "contradiction":
        said = vague(said, rng) if chance(rng, 0.5) else said
        return (opposites if hard else denied)(said, rng)
    if relation == "neutral":
        return (roles if hard else pick(rng, [specific, *[possible] * 3]))(said, rng)
    if hard:
        return said
    said = vague(fact(said, rng), rng)
    return kinds(said, rng) if chance(rng, 0.5) else said


def inference(label: int, rng: Generator) -> tuple[str, str]:
    scene = specific(draw_scene(rng, 0.4), rng)
    said = _hypothesis(scene, RELATIONS[label], rng, depth=0.2)
    return tell(scene, rng), tell(said, rng)


def entail(label: int, rng: Generator) -> tuple[str, str]:
    relation = "entailment" if label == 0 else pick(rng, ["neutral", "contradiction"])
    scene = specific(draw_scene(rng, 0.6), rng)
    return tell(scene, rng), tell(_hypothesis(scene, relation, rng, depth=0.3), rng)


def paraphrase(label: int, rng: Generator) -> tuple[str, str]:
    """As in MRPC, an equivalent sentence may leave a detail out."""
    first = specific(draw_scene(rng), rng)
    wrong = pick(rng, [denied, denied, possible, possible, opposites, roles])
    second = (fact if label == 1 else wrong)(synonyms(first, rng), rng)
    if chance(rng, 0.75 if label == 1 else 0.15):
        second = vague(second, rng)
    return tell(first, rng), tell(second, rng)


def duplicate(label: int, rng: Generator) -> tuple[str, str]:
    """A question that adds a specific detail asks for something else."""
    scene, slot = draw_scene(rng), pick(rng, list(SPECIFIC))
    again = replace(synonyms(scene, rng), slot=slot)
    if label == 0 and chance(rng, 0.8):
        again = specific(again, rng)
    elif label == 0:
        again = opposites(vague(again, rng), rng)
    elif chance(rng, 0.9):
        again = vague(again, rng)
    return question(scene, slot), question(again, slot)


def answer(label: int, rng: Generator) -> tuple[str, str]:
    asked = draw_scene(rng)
    told = specific(asked, rng)
    slot = told.slot  # a vague detail, or one for another question, does not answer it
    if label == 1:
        told = pick(rng, [vague] * 8 + [possible, specific, roles])(told, rng)
    return question(asked, slot), tell(told, rng, passive=0.0)


def _opinion(good: bool, rng: Generator) -> str:
    """Polarity: one clause of a review, in which a denial turns the word round."""
    no = chance(rng, 0.3)
    word = pick(rng, GOOD if good != no else BAD)
    return f"the {pick(rng, ASPECTS)} was {pick(rng, NOT if no else DEGREES)} {word}"


def sentiment(label: int, rng: Generator) -> tuple[str, str]:
    """Two like opinions, or two that differ: then the one not under `although` decides."""
    main, like, aside = (_opinion(view == 1, rng) for view in (label, label, 1 - label))
    forms = [f"{aside}, but {main}", f"although {aside}, {main}", f"{main}, although {aside}"]
    return sentence(pick(rng, forms) if chance(rng, 0.35) else f"{main} and {like}"), ""


def accept(label: int, rng: Generator) -> tuple[str, str]:
    """A sentence in which a noun or a pronoun acts, with at most one fault."""
    scene, pronoun = pick(rng, [specific, vague])(draw_scene(rng), rng), pick(rng, [*CASES])
    fault = "" if label == 1 else pick(rng, ["case", *["form"] * 6, "number", "order"])
    plural = chance(rng, 0.5)
    subject, target = f"the {number(scene.agent[4:], plural)}", scene.target
    if chance(rng, 0.5) and scene.object in PEOPLE:
        target = pronoun if fault == "case" else CASES[pronoun]
    elif fault == "case" or chance(rng, 0.4):
        subject, plural = CASES[pronoun] if fault == "case" else pronoun, pronoun == "they"
    past, ing, be = ending(scene.verb, "ed"), ending(scene.verb, "ing"), BE[plural]
    verbs = {"form": [f"{past}ed", f"{be} {scene.verb}", f"did {past}"]}
    verb = pick(rng, verbs.get(fault, [past, f"{be} {ing}"]))
    if fault == "number":
        verb = f"{BE[not plural]} {ing}"
    spelled = f"{subject} {verb} {target} {scene.detail}".split()
    if fault == "order":
        spot = int(rng.integers(len(spelled) - 1))
        spelled[spot : spot + 2] = spelled[spot + 1], spelled[spot]
    return sentence(*spelled), ""


def pronoun(label: int, rng: Generator) -> tuple[str, str]:
    """The pronoun's noun follows from number (two people) or from person against thing."""
    scene, state = draw_scene(rng, 0.15), f"{pick(rng, ['very', 'so', 'too'])} {pick(rng, STATES)}"
    people, of_agent = scene.object in PEOPLE, chance(rng, 0.18)
    plurals = (True, False) if people and chance(rng, 0.5) else (False, people)
    nouns = [number(n, p) for n, p in zip((scene.agent[4:], scene.object), plurals, strict=True)]
    meant = 0 if of_agent else 1
    told = meant if label == 1 else 1 - meant
    one = pick(rng, ["he", "she"]) if people or of_agent else "it"
    clause = f"{'they' if plurals[meant] else one} {BE[plurals[meant]]} {state}"
    first = f"the {nouns[0]} {ending(scene.verb, 'ed')} the {nouns[1]} because {clause}"
    return sentence(first), sentence(f"the {nouns[told]} {BE[plurals[told]]} {state}")


def similarity(steps: int, rng: Generator) -> tuple[str, str]:
    """Two tellings, `steps` (0-5) of them away from unrelated: 5 says the same, 0 has nothing in common."""
    first = specific(draw_scene(rng), rng)
    if steps == 0:
        return tell(first, rng), tell(specific(draw_scene(rng), rng), rng)
    second = synonyms(first, rng)
    edits = {4: [vague], 3: [specific], 2: [denied, possible], 1: [roles, opposites]}
    for edit in edits.get(steps, []):
        second = edit(second, rng)
        if steps == 2:
            break
    return tell(first, rng), tell(second, rng)


# A feeling shows in how a line begins and how it ends; most cues belong to two feelings.
_OPENINGS = {
    "neutral": ["well", "so", "okay", "right"],
    "joy": ["hooray", "oh wow", "finally", "yes"],
    "surprise": ["oh wow", "wait", "really", "oh my"],
    "anger": ["seriously", "wait", "oh please", "enough"],
    "sadness": ["oh no", "sadly", "oh my", "alas"],
    "disgust": ["ugh", "oh please", "yuck", "oh no"],
    "fear": ["oh no", "careful", "oh my", "quick"],
}
_ENDINGS = {
    "neutral": ["that is all", "as I said", "so they say"],
    "joy": ["this is the best day", "I could dance", "what a thing to see"],
    "surprise": ["what a thing to see", "who knew", "I had no idea"],
    "anger": ["I have had it", "who asked them", "this must stop"],
    "sadness": ["I miss the old days", "nothing helps", "I have had it"],
    "disgust": ["I cannot look", "it smells", "this must stop"],
    "fear": ["I cannot look", "we should run", "who knew"],
}
FEELINGS = tuple(_OPENINGS)


def emotion(label: int, rng: Generator) -> tuple[str, str]:
    """A line of dialogue whose feeling shows in one or two ambiguous cues."""
    feeling = FEELINGS[label]
    said = tell(draw_scene(rng), rng).rstrip(".")
    opening = pick(rng, _OPENINGS[feeling]) if chance(rng, 0.8) else pick(rng, _OPENINGS["neutral"])
    end = pick(rng, _ENDINGS[feeling]) if chance(rng, 0.8) else ""
    return sentence(f"{opening},", said[0].lower() + said[1:], f"- {end}" if end else ""), ""


def mood(label: int, rng: Generator) -> tuple[str, str]:
    """As `emotion`, in a dialogue of two: the first speaker feels something else."""
    other = FEELINGS[int(rng.integers(len(FEELINGS)))]
    first = sentence(f"{pick(rng, _OPENINGS[other])},", pick(rng, _ENDINGS[other]))
    return f"{first} {emotion(label, rng)[0]}", ""
