"""The demo suite: eight small English tasks made from a lexicon and a grammar.

They have the shapes of the GLUE classification tasks, but are synthetic and never called GLUE.
Every generator is built from the shared skill functions below, so `SKILLS` is their true
relatedness. As in real data, part of each task shows in single words (each a weak cue), which a
small backend learns from a few hundred rows; the rest only in how words or texts go together.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd
from numpy.random import Generator, default_rng

LABELS: dict[str, tuple[str, ...]] = {
    "demo_accept": ("unacceptable", "acceptable"),
    "demo_paraphrase": ("not_equivalent", "equivalent"),
    "demo_inference": ("entailment", "neutral", "contradiction"),
    "demo_answer": ("answered", "not_answered"),
    "demo_duplicate": ("not_duplicate", "duplicate"),
    "demo_entail": ("entailment", "not_entailment"),
    "demo_sentiment": ("negative", "positive"),
    "demo_pronoun": ("not_entailment", "entailment"),
}

# What a task's label turns on (a skill that only decorates a task is not listed for it).
SKILLS: dict[str, tuple[str, ...]] = {
    skill: tuple(f"demo_{name}" for name in names.split())
    for skill, names in {
        "synonyms": "paraphrase duplicate inference entail",
        "opposites": "paraphrase duplicate inference entail",
        "roles": "paraphrase inference entail answer",
        "kinds": "inference entail",
        "vagueness": "paraphrase inference entail answer duplicate",
        "possibility": "paraphrase inference entail answer",
        "denial": "paraphrase inference entail sentiment",
        "questions": "answer duplicate",
        "pronouns": "accept pronoun",
        "number": "accept pronoun",
        "verb_forms": "accept",
        "word_order": "accept",
        "contrast": "sentiment",
    }.items()
}

# Share of each label id where not even, and share of rows whose label is drawn anew (noise).
_SHARES = {"demo_accept": (0.35, 0.65), "demo_paraphrase": (0.4, 0.6), "demo_duplicate": (0.58, 0.42)}
_NOISE = {"demo_paraphrase": 0.03, "demo_answer": 0.03, "demo_sentiment": 0.03}


def _words(text: str) -> list[str]:
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
_PEOPLE = _words("""nurse, chef, farmer, pilot, teacher, lawyer, singer, baker, driver, doctor,
    painter, plumber, guard, writer, tailor, dentist, waiter, judge, sailor, barber, clerk,
    coach, dancer, miner""")
_ANYONE = _words("someone, somebody, a person, a worker, a human being, an individual")
_KINDS = {
    "instrument": _words("guitar, violin, piano, trumpet, flute"),
    "vehicle": _words("car, truck, bus, van, tractor"),
    "tool": _words("hammer, drill, saw, wrench, shovel"),
    "garment": _words("shirt, jacket, dress, sweater, scarf"),
    "container": _words("box, basket, bucket, suitcase, barrel"),
    "building": _words("house, cottage, barn, tower, cabin"),
}
_KIND_OF = {thing: kind for kind, things in _KINDS.items() for thing in things}
# A specific detail answers a question and narrows an event; a vague one adds nothing to it.
_SPECIFIC = {
    "where": _words("in the park, at the market, near the station, behind the church, by the river"),
    "when": _words("on Monday, last night, yesterday, on Friday, after lunch, before dawn, at noon"),
    "how": _words("with great care, in a hurry, without help, with a smile, in silence"),
    "why": _words("for a friend, to save money, because of the rain, to win a bet, out of fear"),
}
_VAGUE = _words("""of course, after all, in fact, as it happens, at some point, for some reason,
    in some way, one way or another, as usual, one day, to be sure, in any case""")
_FACT = _words("""did {base}, really {past}, certainly {past}, managed to {base},
    was able to {base}, happened to {base}, came to {base}, got to {base}, indeed {past},
    actually {past}""")
_POSSIBLE = _words("""planned to {base}, hoped to {base}, wanted to {base}, intended to {base},
    promised to {base}, expected to {base}, may {base}, might {base}""")
_NOT = ["not", "never", "hardly"]
_DENIED = _words("""did not {base}, never {past}, hardly {past}, refused to {base},
    failed to {base}, could not {base}, almost {past}, nearly {past}""")
_MODES = {"plain": ["{past}"], "fact": _FACT, "possible": _POSSIBLE, "denied": _DENIED}
_PAST = {"buy": "bought", "sell": "sold", "find": "found", "lose": "lost", "build": "built"}
_PAST |= {"send": "sent", "empty": "emptied"}
_CASES = {"he": "him", "she": "her", "they": "them"}
_BE = {False: "was", True: "were"}
_GOOD = _words("wonderful, brilliant, charming, superb, lovely, delightful, pleasant, clever, fresh")
_BAD = _words("terrible, dull, boring, awful, clumsy, dreadful, tedious, bland, annoying")
_ASPECTS = _words("story, acting, music, ending, dialogue, service, food, room, staff, plot, cast")
_DEGREES = _words("really, quite, rather, truly, very, so")
_STATES = _words("old, dirty, heavy, strong, strange, wet, slow, small, noisy, new, weak, cold")
_DOUBLING = ("drop", "ship", "drag", "snub")


def _thesaurus(*lexicons: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Two tables, from a word to its synonyms and to its opposites."""
    synonyms, opposites = {}, {}
    for text in ";".join(lexicons).split(";"):
        pair = [_words(side) for side in text.split("|")]
        for here, there in (pair, pair[::-1]):
            for word in here:
                synonyms[word] = [other for other in here if other != word] or [word]
                opposites[word] = there
    return synonyms, opposites


# Verbs and adjectives share words (clean), so each has its own tables.
_VERB_SYNONYMS, _VERB_OPPOSITES = _thesaurus(_THING_VERBS, _PERSON_VERBS)
_ADJ_SYNONYMS, _ADJ_OPPOSITES = _thesaurus(_ADJECTIVES)
_TO_THINGS, _TO_PEOPLE = list(_thesaurus(_THING_VERBS)[0]), list(_thesaurus(_PERSON_VERBS)[0])


def _pick(rng: Generator, options):
    return options[int(rng.integers(len(options)))]


def _chance(rng: Generator, share: float) -> bool:
    return bool(rng.random() < share)


def _ending(verb: str, ending: str) -> str:
    """A verb with -ed (or its own past) or -ing."""
    if ending == "ed" and verb in _PAST:
        return _PAST[verb]
    return (verb + verb[-1] if verb in _DOUBLING else verb.removesuffix("e")) + ending


def _sentence(*parts: str, end: str = ".") -> str:
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


def _scene(rng: Generator, people: float = 0.5) -> Scene:
    agent, other = (_PEOPLE[i] for i in rng.choice(len(_PEOPLE), 2, replace=False))
    if _chance(rng, people):
        return Scene(f"the {agent}", _pick(rng, _TO_PEOPLE), other)
    adjective = _pick(rng, list(_ADJ_OPPOSITES)) if _chance(rng, 0.7) else ""
    return Scene(f"the {agent}", _pick(rng, _TO_THINGS), _pick(rng, list(_KIND_OF)), adjective)


def _tell(scene: Scene, rng: Generator, passive: float = 0.15) -> str:
    """The scene as a sentence; a passive one keeps the roles in another order."""
    past = _ending(scene.verb, "ed")
    if scene.mode == "plain" and _chance(rng, passive):
        return _sentence(f"{scene.target} was {past} by {scene.agent}", scene.detail)
    verb = _pick(rng, _MODES[scene.mode]).format(base=scene.verb, past=past)
    return _sentence(scene.agent, verb, scene.target, scene.detail)


# ---- skills: each edits or asks about a scene, and serves the tasks that SKILLS names ----
def _synonyms(scene: Scene, rng: Generator) -> Scene:
    adjective = scene.adjective and _pick(rng, _ADJ_SYNONYMS[scene.adjective])
    return replace(scene, verb=_pick(rng, _VERB_SYNONYMS[scene.verb]), adjective=adjective)


def _opposites(scene: Scene, rng: Generator) -> Scene:
    if scene.adjective and _chance(rng, 0.5):
        return replace(scene, adjective=_pick(rng, _ADJ_OPPOSITES[scene.adjective]))
    return replace(scene, verb=_pick(rng, _VERB_OPPOSITES[scene.verb]))


def _roles(scene: Scene, rng: Generator) -> Scene:
    """Two people change places; a thing cannot act, so there another person acts."""
    if scene.object in _PEOPLE:
        return replace(scene, agent=f"the {scene.object}", object=scene.agent.split()[-1])
    return replace(scene, agent=f"the {_pick(rng, _PEOPLE)}")


def _kinds(scene: Scene, rng: Generator) -> Scene:
    """A wider word for the thing (guitar: instrument) or for the agent (nurse: someone)."""
    if scene.object in _KIND_OF and _chance(rng, 0.5):
        return replace(scene, object=_KIND_OF[scene.object])
    return replace(scene, agent=_pick(rng, _ANYONE))


def _specific(scene: Scene, rng: Generator) -> Scene:
    slot = _pick(rng, [slot for slot in _SPECIFIC if slot != scene.slot])
    return replace(scene, detail=_pick(rng, _SPECIFIC[slot]), slot=slot)


def _vague(scene: Scene, rng: Generator) -> Scene:
    return replace(scene, detail=_pick(rng, _VAGUE), slot="")


def _as(*modes: str) -> Callable[[Scene, Generator], Scene]:
    return lambda scene, rng: replace(scene, mode=_pick(rng, modes))


_fact, _possible, _denied = _as("plain", "fact", "fact"), _as("possible"), _as("denied")


def _question(scene: Scene, slot: str) -> str:
    return _sentence(f"{slot} did {scene.agent} {scene.verb} {scene.target}", scene.detail, end="?")


def _number(noun: str, plural: bool) -> str:
    return f"{noun}s" if plural else noun


# ---- the tasks: each maker returns (text_a, text_b) for the wanted label id ----
def _hypothesis(scene: Scene, relation: str, rng: Generator, depth: float) -> Scene:
    """What stands so to a scene that happened; hard edits show only when the texts are compared."""
    said = _synonyms(scene, rng)
    hard = _chance(rng, depth)
    if relation == "contradiction":
        said = _vague(said, rng) if _chance(rng, 0.5) else said
        return (_opposites if hard else _denied)(said, rng)
    if relation == "neutral":
        return (_roles if hard else _pick(rng, [_specific, *[_possible] * 3]))(said, rng)
    if hard:
        return said
    said = _vague(_fact(said, rng), rng)
    return _kinds(said, rng) if _chance(rng, 0.5) else said


def _inference(label: int, rng: Generator) -> tuple[str, str]:
    scene = _specific(_scene(rng, 0.4), rng)
    said = _hypothesis(scene, LABELS["demo_inference"][label], rng, depth=0.2)
    return _tell(scene, rng), _tell(said, rng)


def _entail(label: int, rng: Generator) -> tuple[str, str]:
    relation = "entailment" if label == 0 else _pick(rng, ["neutral", "contradiction"])
    scene = _specific(_scene(rng, 0.6), rng)
    return _tell(scene, rng), _tell(_hypothesis(scene, relation, rng, depth=0.3), rng)


def _paraphrase(label: int, rng: Generator) -> tuple[str, str]:
    """As in MRPC, an equivalent sentence may leave a detail out."""
    first = _specific(_scene(rng), rng)
    wrong = _pick(rng, [_denied, _denied, _possible, _possible, _opposites, _roles])
    second = (_fact if label == 1 else wrong)(_synonyms(first, rng), rng)
    if _chance(rng, 0.75 if label == 1 else 0.15):
        second = _vague(second, rng)
    return _tell(first, rng), _tell(second, rng)


def _duplicate(label: int, rng: Generator) -> tuple[str, str]:
    """A question that adds a specific detail asks for something else."""
    scene, slot = _scene(rng), _pick(rng, list(_SPECIFIC))
    again = replace(_synonyms(scene, rng), slot=slot)
    if label == 0 and _chance(rng, 0.8):
        again = _specific(again, rng)
    elif label == 0:
        again = _opposites(_vague(again, rng), rng)
    elif _chance(rng, 0.9):
        again = _vague(again, rng)
    return _question(scene, slot), _question(again, slot)


def _answer(label: int, rng: Generator) -> tuple[str, str]:
    asked = _scene(rng)
    told = _specific(asked, rng)
    slot = told.slot  # a vague detail, or one for another question, does not answer it
    if label == 1:
        told = _pick(rng, [_vague] * 8 + [_possible, _specific, _roles])(told, rng)
    return _question(asked, slot), _tell(told, rng, passive=0.0)


def _opinion(good: bool, rng: Generator) -> str:
    """Polarity: one clause of a review, in which a denial turns the word round."""
    no = _chance(rng, 0.3)
    word = _pick(rng, _GOOD if good != no else _BAD)
    return f"the {_pick(rng, _ASPECTS)} was {_pick(rng, _NOT if no else _DEGREES)} {word}"


def _sentiment(label: int, rng: Generator) -> tuple[str, str]:
    """Two like opinions, or two that differ: then the one not under `although` decides."""
    main, like, aside = (_opinion(view == 1, rng) for view in (label, label, 1 - label))
    forms = [f"{aside}, but {main}", f"although {aside}, {main}", f"{main}, although {aside}"]
    return _sentence(_pick(rng, forms) if _chance(rng, 0.35) else f"{main} and {like}"), ""


def _accept(label: int, rng: Generator) -> tuple[str, str]:
    """A sentence in which a noun or a pronoun acts, with at most one fault."""
    scene, pronoun = _pick(rng, [_specific, _vague])(_scene(rng), rng), _pick(rng, [*_CASES])
    fault = "" if label == 1 else _pick(rng, ["case", *["form"] * 6, "number", "order"])
    plural = _chance(rng, 0.5)
    subject, target = f"the {_number(scene.agent[4:], plural)}", scene.target
    if _chance(rng, 0.5) and scene.object in _PEOPLE:
        target = pronoun if fault == "case" else _CASES[pronoun]
    elif fault == "case" or _chance(rng, 0.4):
        subject, plural = _CASES[pronoun] if fault == "case" else pronoun, pronoun == "they"
    past, ing, be = _ending(scene.verb, "ed"), _ending(scene.verb, "ing"), _BE[plural]
    verbs = {"form": [f"{past}ed", f"{be} {scene.verb}", f"did {past}"]}
    verb = _pick(rng, verbs.get(fault, [past, f"{be} {ing}"]))
    if fault == "number":
        verb = f"{_BE[not plural]} {ing}"
    words = f"{subject} {verb} {target} {scene.detail}".split()
    if fault == "order":
        spot = int(rng.integers(len(words) - 1))
        words[spot : spot + 2] = words[spot + 1], words[spot]
    return _sentence(*words), ""


def _pronoun(label: int, rng: Generator) -> tuple[str, str]:
    """The pronoun's noun follows from number (two people) or from person against thing."""
    scene, state = _scene(rng, 0.15), f"{_pick(rng, ['very', 'so', 'too'])} {_pick(rng, _STATES)}"
    people, of_agent = scene.object in _PEOPLE, _chance(rng, 0.18)
    plurals = (True, False) if people and _chance(rng, 0.5) else (False, people)
    nouns = [_number(n, p) for n, p in zip((scene.agent[4:], scene.object), plurals, strict=True)]
    meant = 0 if of_agent else 1
    told = meant if label == 1 else 1 - meant
    one = _pick(rng, ["he", "she"]) if people or of_agent else "it"
    clause = f"{'they' if plurals[meant] else one} {_BE[plurals[meant]]} {state}"
    first = f"the {nouns[0]} {_ending(scene.verb, 'ed')} the {nouns[1]} because {clause}"
    return _sentence(first), _sentence(f"the {nouns[told]} {_BE[plurals[told]]} {state}")


_MAKERS: dict[str, Callable[[int, Generator], tuple[str, str]]] = {
    f"demo{maker.__name__}": maker
    for maker in (_accept, _paraphrase, _inference, _answer, _duplicate, _entail, _sentiment, _pronoun)
}


def related(a: str, b: str) -> int:
    """Number of skills that tasks `a` and `b` share; ValueError for an unknown task."""
    _check_tasks(a, b)
    return sum(a in tasks and b in tasks for tasks in SKILLS.values())


def generate(task: str, rows: dict[str, int], seed: int) -> dict[str, pd.DataFrame]:
    """Make the splits of one task.

    `rows` maps a split to its number of rows, such as {"train": 2000, "dev": 400}. A frame has the
    columns text_a, text_b (pair tasks only) and label (int64, an index into LABELS[task]). No text
    (or pair) occurs twice, within a split or between two. Each task has its own random stream, and
    the same arguments give the same frames. Raises ValueError for an unknown task, negative rows or
    seed, or more rows than the grammar gives distinct ones.
    """
    _check_tasks(task)
    if seed < 0 or any(count < 0 for count in rows.values()):
        raise ValueError(f"{task}: seed and rows must not be negative: {seed}, {rows}")
    frame = _distinct(task, sum(rows.values()), default_rng([zlib.crc32(task.encode()), seed]))
    splits, start = {}, 0
    for split, count in rows.items():
        splits[split] = frame.iloc[start : start + count].reset_index(drop=True)
        start += count
    return splits


def _check_tasks(*tasks: str) -> None:
    for task in tasks:
        if task not in LABELS:
            raise ValueError(f"unknown demo task {task!r}; known: {', '.join(LABELS)}")


def _distinct(task: str, count: int, rng: Generator) -> pd.DataFrame:
    """`count` distinct rows, shuffled by construction: each row draws its own label."""
    labels, seen = len(LABELS[task]), {}
    for _ in range(20 * count + 100):
        if len(seen) == count:
            break
        label = int(rng.choice(labels, p=_SHARES.get(task)))
        texts = _MAKERS[task](label, rng)
        if _chance(rng, _NOISE.get(task, 0.0)):
            label = int(rng.integers(labels))
        seen.setdefault(texts, label)
    if len(seen) < count:
        raise ValueError(f"{task}: the grammar gave {len(seen)} distinct rows, {count} asked for")
    columns = {"text_a": [first for first, _ in seen], "text_b": [second for _, second in seen]}
    if task in ("demo_accept", "demo_sentiment"):
        del columns["text_b"]
    return pd.DataFrame({**columns, "label": pd.Series(list(seen.values()), dtype="int64")})
