"""The demo suite's words; drawn by position, so that another order of a list gives other rows."""

Words = tuple[str, ...]


def words(text: str) -> Words:
    return tuple(word.strip() for word in text.split(","))


def table(text: str) -> list[list[Words]]:
    """Rows end at a semicolon, columns at a bar; each cell lists words."""
    return [[words(cell) for cell in row.split("|")] for row in text.split(";")]


def _named(text: str) -> dict[str, Words]:
    """A table of two columns, name and words."""
    return {name: listed for (name,), listed in table(text)}


def _thesaurus(text: str) -> dict[str, tuple[Words, Words]]:
    """From a word to its synonyms (itself where it has none) and its opposites.

    Words of one group are synonyms, the groups either side of a bar are opposites.
    """
    return {
        word: (tuple(other for other in here if other != word) or here, there)
        for pair in table(text)
        for here, there in (pair, pair[::-1])
        for word in here
    }


TO_THINGS = _thesaurus("""buy, purchase | sell; repair, fix, mend | damage, ruin;
    find, discover | lose, misplace; open, unlock | close, lock; lift, raise | drop, lower;
    clean, wash | stain; build, assemble | wreck, demolish; love, adore | hate, detest;
    push | pull, drag; send, ship | receive; fill | empty""")
TO_PEOPLE = _thesaurus("""help, assist | hinder, obstruct; praise, compliment | criticise, scold;
    hire, employ | dismiss, fire; trust, believe | doubt, distrust; follow, chase | avoid, evade;
    welcome, greet | ignore, snub; defend, protect | attack; admire, respect | despise""")
VERBS = TO_THINGS | TO_PEOPLE
# Apart from the verbs, as they share words (clean).
ADJECTIVES = _thesaurus("""big, large | small, little; old, ancient | new, modern;
    expensive, costly | cheap; clean, spotless | dirty, filthy; wet, damp | dry;
    pretty, beautiful | ugly; fast, quick | slow; strong, sturdy | weak, fragile;
    strange, odd | normal, ordinary""")

PEOPLE = words("""nurse, chef, farmer, pilot, teacher, lawyer, singer, baker, driver, doctor, painter,
    plumber, guard, writer, tailor, dentist, waiter, judge, sailor, barber, clerk, coach, dancer, miner""")
ANYONE = words("someone, somebody, a person, a worker, a human being, an individual")
_KINDS = _named("""instrument | guitar, violin, piano, trumpet, flute;
    vehicle | car, truck, bus, van, tractor; tool | hammer, drill, saw, wrench, shovel;
    garment | shirt, jacket, dress, sweater, scarf; container | box, basket, bucket, suitcase, barrel;
    building | house, cottage, barn, tower, cabin""")
KIND_OF = {thing: kind for kind, things in _KINDS.items() for thing in things}
THINGS = tuple(KIND_OF)

# A specific detail answers a question and narrows an event; a vague one adds nothing to it.
SPECIFIC = _named("""
    where | in the park, at the market, near the station, behind the church, by the river;
    when | on Monday, last night, yesterday, on Friday, after lunch, before dawn, at noon;
    how | with great care, in a hurry, without help, with a smile, in silence;
    why | for a friend, to save money, because of the rain, to win a bet, out of fear""")
VAGUE = words("""of course, after all, in fact, as it happens, at some point, for some reason, in some way,
    one way or another, as usual, one day, to be sure, in any case""")
MODES = _named("""plain | {past};
    fact | did {base}, really {past}, certainly {past}, managed to {base}, was able to {base},
        happened to {base}, came to {base}, got to {base}, indeed {past}, actually {past};
    possible | planned to {base}, hoped to {base}, wanted to {base}, intended to {base},
        promised to {base}, expected to {base}, may {base}, might {base};
    denied | did not {base}, never {past}, hardly {past}, refused to {base}, failed to {base},
        could not {base}, almost {past}, nearly {past}""")
CASES = {"he": "him", "she": "her", "they": "them"}
BE = {False: "was", True: "were"}
STATES = words("old, dirty, heavy, strong, strange, wet, slow, small, noisy, new, weak, cold")
GOOD = words("wonderful, brilliant, charming, superb, lovely, delightful, pleasant, clever, fresh")
BAD = words("terrible, dull, boring, awful, clumsy, dreadful, tedious, bland, annoying")
ASPECTS = words("story, acting, music, ending, dialogue, service, food, room, staff, plot, cast")
ASPECT_KINDS = _named("""story | story, ending, dialogue, plot; performance | acting, music, cast;
    comfort | food, room; service | service, staff""")
NOT = words("not, never, hardly")
DEGREES = words("really, quite, rather, truly, very, so")

_PAST = {"buy": "bought", "sell": "sold", "find": "found", "lose": "lost", "build": "built"}
_PAST |= {"send": "sent", "empty": "emptied"}
_DOUBLING = ("drop", "ship", "drag", "snub")


def ending(verb: str, ending: str) -> str:
    """A verb with -ed (or its own past) or -ing."""
    if ending == "ed" and verb in _PAST:
        return _PAST[verb]
    return (verb + verb[-1] if verb in _DOUBLING else verb.removesuffix("e")) + ending
