"""Made-up tasks of every objective, of the support desk of `tickets`: docs/tutorial.md is a day with them.

python -m tests.desk FOLDER
"""

import sys
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from random import Random

import pandas as pd

from tests.tickets import CUES, OTHERS, THINGS, message, write_tickets

AREAS = {
    "billing": ["invoice", "report"],
    "devices": ["printer", "update"],
    "website": ["login page", "search", "menu"],
}
AREA = {thing: area for area, things in AREAS.items() for thing in things}
URGENT = {"bug": 6.0, "question": 3.0, "praise": 0.5}
MORE_URGENT = {"on all our machines": 2.0, "for the whole team": 1.5}
KINDS = {"bug": "complaint", "praise": "thanks", "question": "how-to"}  # as another team calls them
SIZES = {"chats": 40, "urgency": 200, "areas": 150, "parts": 100}  # of train; the others have OTHER rows
OTHER = 100


def chats(random: Random) -> Iterator[tuple[str, str]]:
    """Messages without a number, and what kind they are of."""
    while True:
        kind = random.choice(sorted(CUES))
        yield message(kind, 0, random).partition(",")[0], KINDS[kind]


def urgency(random: Random) -> Iterator[tuple[str, float]]:
    """Messages, and how urgent they are, of ten points: by their kind, and by whom it concerns."""
    for number in count():
        kind = random.choice(sorted(CUES))
        text = message(kind, number, random)
        more = sum(points for words, points in MORE_URGENT.items() if words in text)
        yield text, round(min(10, max(0, URGENT[kind] + more + random.gauss(0, 0.7))), 1)


def areas(random: Random) -> Iterator[tuple[str, str]]:
    """Messages of one or two things, and the areas that these belong to; some belong to none."""
    while True:
        things = random.sample(THINGS, random.choice([1, 2]))
        said = random.choice(CUES[random.choice(["bug", "praise"])])
        text = f"the {' and the '.join(things)} {said} {random.choice(OTHERS)}"
        yield text, "; ".join(sorted({AREA[thing] for thing in things if thing in AREA}))


def parts(random: Random) -> Iterator[list[tuple[str, str]]]:
    """Messages word by word, with the parts of the product that they name."""
    for number in count():
        words = message(random.choice(sorted(CUES)), number, random).split()
        tags = ["O"] * len(words)
        for thing in THINGS:
            names = thing.split()
            for at in range(len(words) - len(names) + 1):
                if [word.strip(",") for word in words[at : at + len(names)]] == names:
                    tags[at : at + len(names)] = ["B-PART", *["I-PART"] * (len(names) - 1)]
        yield [*zip(words, tags, strict=True)]


def write_desk(folder: Path) -> None:
    """A task of each objective in three files, `-train`, `-validation` and `-test`, and the tickets."""
    write_tickets(folder)
    for make, label in ((chats, "kind"), (urgency, "points"), (areas, "areas"), (parts, None)):
        name, rows = make.__name__, make(Random(make.__name__))
        for split, size in {"train": SIZES[name], "validation": OTHER, "test": OTHER}.items():
            part = [*islice(rows, size)]
            if label:
                pd.DataFrame(part, columns=["message", label]).to_csv(
                    folder / f"{name}-{split}.csv", index=False
                )
            else:
                texts = ["\n".join(f"{word} {tag}" for word, tag in one) for one in part]
                (folder / f"{name}-{split}.conll").write_text("\n\n".join(texts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_desk(Path(sys.argv[1]))
