"""The demo suite's grammar: scenes (who did what to whom), skills that edit them, and tasks of two scenes.

A maker of a task returns a text, or a pair, for a wanted label id.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from numpy.random import Generator

from gradts.demo import lexicon
from gradts.demo.lexicon import KIND_OF, PEOPLE, SPECIFIC

Pair = tuple[str, str]
RELATIONS = ("entailment", "neutral", "contradiction")


def pick(rng: Generator, options: Collection[Any]) -> Any:
    return [*options][int(rng.integers(len(options)))]


def chance(rng: Generator, share: float) -> bool:
    return bool(rng.random() < share)


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
        return Scene(f"the {agent}", pick(rng, lexicon.TO_PEOPLE), other)
    adjective = pick(rng, lexicon.ADJECTIVES) if chance(rng, 0.7) else ""
    return Scene(f"the {agent}", pick(rng, lexicon.TO_THINGS), pick(rng, lexicon.THINGS), adjective)


def tell(scene: Scene, rng: Generator, passive: float = 0.15) -> str:
    """The scene as a sentence; a passive one keeps the roles in another order."""
    past = lexicon.ending(scene.verb, "ed")
    if scene.mode == "plain" and chance(rng, passive):
        return sentence(f"{scene.target} was {past} by {scene.agent}", scene.detail)
    verb = pick(rng, lexicon.MODES[scene.mode]).format(base=scene.verb, past=past)
    return sentence(scene.agent, verb, scene.target, scene.detail)


def question(scene: Scene, slot: str) -> str:
    return sentence(f"{slot} did {scene.agent} {scene.verb} {scene.target}", scene.detail, end="?")


# ---- skills: each edits a scene, and serves the tasks whose records name it ----
def synonyms(scene: Scene, rng: Generator) -> Scene:
    adjective = scene.adjective and pick(rng, lexicon.ADJECTIVES[scene.adjective][0])
    return replace(scene, verb=pick(rng, lexicon.VERBS[scene.verb][0]), adjective=adjective)


def opposites(scene: Scene, rng: Generator) -> Scene:
    if scene.adjective and chance(rng, 0.5):
        return replace(scene, adjective=pick(rng, lexicon.ADJECTIVES[scene.adjective][1]))
    return replace(scene, verb=pick(rng, lexicon.VERBS[scene.verb][1]))


def roles(scene: Scene, rng: Generator) -> Scene:
    """Two people change places; a thing cannot act, so there another person acts."""
    if scene.object in PEOPLE:
        return replace(scene, agent=f"the {scene.object}", object=scene.agent.split()[-1])
    return replace(scene, agent=f"the {pick(rng, PEOPLE)}")


def kinds(scene: Scene, rng: Generator) -> Scene:
    """A wider word for the thing (guitar: instrument) or for the agent (nurse: someone)."""
    if scene.object in KIND_OF and chance(rng, 0.5):
        return replace(scene, object=KIND_OF[scene.object])
    return replace(scene, agent=pick(rng, lexicon.ANYONE))


def specific(scene: Scene, rng: Generator) -> Scene:
    slot = pick(rng, [slot for slot in SPECIFIC if slot != scene.slot])
    return replace(scene, detail=pick(rng, SPECIFIC[slot]), slot=slot)


def vague(scene: Scene, rng: Generator) -> Scene:
    return replace(scene, detail=pick(rng, lexicon.VAGUE), slot="")


def _as(*modes: str) -> Callable[[Scene, Generator], Scene]:
    return lambda scene, rng: replace(scene, mode=pick(rng, modes))


fact, possible, denied = _as("plain", "fact", "fact"), _as("possible"), _as("denied")


# ---- tasks ----
def _hypothesis(scene: Scene, relation: str, rng: Generator, depth: float) -> Scene:
    """What stands so to a scene that happened; hard edits show only when the texts are compared."""
    said, hard = synonyms(scene, rng), chance(rng, depth)
    if relation == "contradiction":
        said = vague(said, rng) if chance(rng, 0.5) else said
        return (opposites if hard else denied)(said, rng)
    if relation == "neutral":
        return (roles if hard else pick(rng, [specific, *[possible] * 3]))(said, rng)
    if hard:
        return said
    said = vague(fact(said, rng), rng)
    return kinds(said, rng) if chance(rng, 0.5) else said


def inference(label: int, rng: Generator) -> Pair:
    scene = specific(draw_scene(rng, 0.4), rng)
    said = _hypothesis(scene, RELATIONS[label], rng, depth=0.2)
    return tell(scene, rng), tell(said, rng)


def entail(label: int, rng: Generator) -> Pair:
    relation = pick(rng, RELATIONS[1:]) if label == 1 else RELATIONS[0]
    scene = specific(draw_scene(rng, 0.6), rng)
    return tell(scene, rng), tell(_hypothesis(scene, relation, rng, depth=0.3), rng)


def paraphrase(label: int, rng: Generator) -> Pair:
    """As in MRPC, an equivalent sentence may leave a detail out."""
    first = specific(draw_scene(rng), rng)
    wrong = pick(rng, [denied, denied, possible, possible, opposites, roles])
    second = (fact if label == 1 else wrong)(synonyms(first, rng), rng)
    if chance(rng, 0.75 if label == 1 else 0.15):
        second = vague(second, rng)
    return tell(first, rng), tell(second, rng)


def duplicate(label: int, rng: Generator) -> Pair:
    """A question that adds a specific detail asks for something else."""
    scene, slot = draw_scene(rng), pick(rng, SPECIFIC)
    again = replace(synonyms(scene, rng), slot=slot)
    if label == 0 and chance(rng, 0.8):
        again = specific(again, rng)
    elif label == 0:
        again = opposites(vague(again, rng), rng)
    elif chance(rng, 0.9):
        again = vague(again, rng)
    return question(scene, slot), question(again, slot)


def answer(label: int, rng: Generator) -> Pair:
    asked = draw_scene(rng)
    told = specific(asked, rng)
    slot = told.slot  # a vague detail, or one for another question, does not answer it
    if label == 1:
        told = pick(rng, [vague] * 8 + [possible, specific, roles])(told, rng)
    return question(asked, slot), tell(told, rng, passive=0.0)


def similarity(steps: int, rng: Generator) -> Pair:
    """Two tellings, `steps` (0-5) of them away from unrelated: 5 says the same, 0 has nothing in common."""
    first = specific(draw_scene(rng), rng)
    if steps == 0:
        return tell(first, rng), tell(specific(draw_scene(rng), rng), rng)
    second = synonyms(first, rng)
    for edit in {4: [vague], 3: [specific], 2: [denied], 1: [roles, opposites]}.get(steps, []):
        second = edit(second, rng)
    return tell(first, rng), tell(second, rng)
