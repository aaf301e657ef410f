"""The demo suite's language: a lexicon, scenes (who did what to whom), and skills that edit them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from numpy.random import Generator


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]


# ---- lexicon: words of one group are synonyms, the groups either side of a bar are opposites ----
_THING_VERBS = """buy, purchase | sell; repair, fix, mend | damage, ruin;
    find, discover | lose, misplace; open, unlock | close, lock; lift, raise | drop, lower;
    clean, wash | stain; build, assemble | wreck, demolish; love, adore | hate, detest;
    push | pull, drag; send, ship | receive; fill | empty"""
_PERSON_VERBS = """help, assist | hinder, obstruct; praise, compliment | criticise, scold;
    hire, employ | dismiss, fire; trust, believe | doubt, distrust; follow, chase | avoid, evade;
    welcome, greet | ignore, snub; defend, protect | attack; admire, respect | despise"""
_ADJECTIVES = """big, large | small, little; old, ancient | new, modern; expensive, costly | cheap;
    clean, spotless | dirty, filthy; wet, damp | dry; pretty, beautiful | ugly;
    fast, quick | slow; strong, sturdy | weak, fragile; strange, odd | normal, ordinary"""
PEOPLE = words("""nurse, chef, farmer, pilot, teacher, lawyer, singer, baker, driver, doctor,
    painter, plumber, guard, writer, tailor, dentist, waiter, judge, sailor, barber, clerk,
    coach, dancer, miner""")
_ANYONE = words("someone, somebody, a person, a worker, a human being, an individual")
KINDS = {
    "instrument": words("guitar, violin, piano, trumpet, flute"),
    "vehicle": words("car, truck, bus, van, tractor"),
    "tool": words("hammer, drill, saw, wrench, shovel"),
    "garment": words("shirt, jacket, dress, sweater, scarf"),
    "container": words("box, basket, bucket, suitcase, barrel"),
    "building": words("house, cottage, barn, tower, cabin"),
}
KIND_OF = {thing: kind for kind, things in KINDS.items() for thing in things}
# A specific detail answers a question and narrows an event; a vague one adds nothing to it.
SPECIFIC = {
    "where": words("in the park, at the market, near the station, behind the church, by the river"),
    "when": words("on Monday, last night, yesterday, on Friday, after lunch, before dawn, at noon"),
    "how": words("with great care, in a hurry, without help, with a smile, in silence"),
    "why": words("for a friend, to save money, because of the rain, to win a bet, out of fear"),
}
VAGUE = words("""of course, after all, in fact, as it happens, at some point, for some reason,
    in some way, one way or another, as usual, one day, to be sure, in any case""")
_FACT = words("""did {base}, really {past}, certainly {past}, managed to {base},
    was able to {base}, happened to {base}, came to {base}, got to {base}, indeed {past},
    actually {past}""")
_POSSIBLE = words("""planned to {base}, hoped to {base}, wanted to {base}, intended to {base},
    promised to {base}, expected to {base}, may {base}, might {base}""")
NOT = ["not", "never", "hardly"]
_DENIED = words("""did not {base}, never {past}, hardly {past}, refused to {base},
    failed to {base}, could not {base}, almost {past}, nearly {past}""")
_MODES = {"plain": ["{past}"], "fact": _FACT, "possible": _POSSIBLE, "denied": _DENIED}
PAST = {"buy": "bought", "sell": "sold", "find": "found", "lose": "lost", "build": "built"}
PAST |= {"send": "sent", "empty": "emptied"}
CASES = {"he": "him", "she": "her", "they": "them"}
BE = {False: "was", True: "were"}
GOOD = words("wonderful, brilliant, charming, superb, lovely, delightful, pleasant, clever, fresh")
BAD = words("terrible, dull, boring, awful, clumsy, dreadful, tedious, bland, annoying")
ASPECTS = words("story, acting, music, ending, dialogue, service, food, room, staff, plot, cast")
DEGREES = words("really, quite, rather, truly, very, so")
STATES = words("old, dirty, heavy, strong, strange, wet, slow, small, noisy, new, weak, cold")
_DOUBLING = ("drop", "ship", "drag", "snub")


def _thesaurus(*lexicons: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Two tables, from a word to its synonyms and to its opposites."""
    synonyms, opposites = {}, {}
    for text in ";".join(lexicons).split(";"):
        pair = [words(side) for side in text.split("|")]
        for here, there in (pair, pair[::-1]):
            for word in here:
                synonyms[word] = [other for other in here if other != word] or [word]
                opposites[word] = there
    return synonyms, opposites


# Verbs and adjectives share words (clean), so each has its own tables.
_VERB_SYNONYMS, _VERB_OPPOSITES = _thesaurus(_THING_VERBS, _PERSON_VERBS)
_ADJ_SYNONYMS, ADJ_OPPOSITES = _thesaurus(_ADJECTIVES)
TO_THINGS, TO_PEOPLE = list(_thesaurus(_THING_VERBS)[0]), list(_thesaurus(_PERSON_VERBS)[0])


def pick(rng: Generator, options):
    return options[int(rng.integers(len(options)))]


def chance(rng: Generator, share: float) -> bool:
    return bool(rng.random() < share)


def ending(verb: str, ending: str) -> str:
    """A verb with -ed (or its own past) or -ing."""
    if ending == "ed" and verb in PAST:
        return PAST[verb]
    return (verb + verb[-1] if verb in _DOUBLING else verb.removesuffix("e")) + ending


def sentence(*parts: str, end: str = ".") -> str:
    text = " ".join(part for part in parts if part)
    return text[0].upper() + text[1:] + end


@dataclass(frozen=True)
class Scene:
    """Who did what to whom (or which thing); `slot` is the question that `detail` answers, if any.

    `mode` says whether it happened (plain, fact), may happen (possible) or did not (denied).
    """

    agent: str
    verb: str
    object: str
    adjective: str = ""
    detail: str = ""
    slot: str = ""
    mode: str = "plain"

    @property
    def target(self) -> str:
        return " ".join(word for word in ("the", self.adjective, self.object) if word)


def draw_scene(rng: Generator, people: float = 0.5) -> Scene:
    agent, other = (PEOPLE[i] for i in rng.choice(len(PEOPLE), 2, replace=False))
    if chance(rng, people):
        return Scene(f"the {agent}", pick(rng, TO_PEOPLE), other)
    adjective = pick(rng, list(ADJ_OPPOSITES)) if chance(rng, 0.7) else ""
    return Scene(f"the {agent}", pick(rng, TO_THINGS), pick(rng, list(KIND_OF)), adjective)


def tell(scene: Scene, rng: Generator, passive: float = 0.15) -> str:
    """The scene as a sentence; a passive one keeps the roles in another order."""
    past = ending(scene.verb, "ed")
    if scene.mode == "plain" and chance(rng, passive):
        return sentence(f"{scene.target} was {past} by {scene.agent}", scene.detail)
    verb = pick(rng, _MODES[scene.mode]).format(base=scene.verb, past=past)
    return sentence(scene.agent, verb, scene.target, scene.detail)


# ---- skills: each edits or asks about a scene, and serves the tasks that SKILLS names ----
def synonyms(scene: Scene, rng: Generator) -> Scene:
    adjective = scene.adjective and pick(rng, _ADJ_SYNONYMS[scene.adjective])
    return replace(scene, verb=pick(rng, _VERB_SYNONYMS[scene.verb]), adjective=adjective)


def opposites(scene: Scene, rng: Generator) -> Scene:
    if scene.adjective and chance(rng, 0.5):
        return replace(scene, adjective=pick(rng, ADJ_OPPOSITES[scene.adjective]))
    return replace(scene, verb=pick(rng, _VERB_OPPOSITES[scene.verb]))


def roles(scene: Scene, rng: Generator) -> Scene:
    """Two people change places; a thing cannot act, so there another person acts."""
    if scene.object in PEOPLE:
        return replace(scene, agent=f"the {scene.object}", object=scene.agent.split()[-1])
    return replace(scene, agent=f"the {pick(rng, PEOPLE)}")


def kinds(scene: Scene, rng: Generator) -> Scene:
    """A wider word for the thing (guitar: instrument) or for the agent (nurse: someone)."""
    if scene.object in KIND_OF and chance(rng, 0.5):
        return replace(scene, object=KIND_OF[scene.object])
    return replace(scene, agent=pick(rng, _ANYONE))


def specific(scene: Scene, rng: Generator) -> Scene:
    slot = pick(rng, [slot for slot in SPECIFIC if slot != scene.slot])
    return replace(scene, detail=pick(rng, SPECIFIC[slot]), slot=slot)


def vague(scene: Scene, rng: Generator) -> Scene:
    return replace(scene, detail=pick(rng, VAGUE), slot="")


def _as(*modes: str) -> Callable[[Scene, Generator], Scene]:
    return lambda scene, rng: replace(scene, mode=pick(rng, modes))


fact, possible, denied = _as("plain", "fact", "fact"), _as("possible"), _as("denied")


def question(scene: Scene, slot: str) -> str:
    return sentence(f"{slot} did {scene.agent} {scene.verb} {scene.target}", scene.detail, end="?")


def number(noun: str, plural: bool) -> str:
    return f"{noun}s" if plural else noun
