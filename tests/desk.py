"""Made-up tasks of the other objectives, of the same support desk as `tickets`: docs/tutorial.md is a day with them.

python -m tests.desk FOLDER
"""

import sys
from collections.abc import Iterator
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
ROWS, DEV = 300, 100


def urgency(random: Random) -> Iterator[tuple[str, float]]:
    """Messages, and how many of ten points urgent they are: by kind, by whom it concerns, and by who asked."""
    for number in range(ROWS + DEV):
        kind = random.choice(sorted(CUES))
        text = message(kind, number, random)
        more = sum(points for words, points in MORE_URGENT.items() if words in text)
        yield text, round(min(10, max(0, URGENT[kind] + more + random.gauss(0, 0.7))), 1)


def areas(random: Random) -> Iterator[tuple[str, str]]:
    """Messages of one or two things, and the areas that these belong to; some belong to none."""
    for _ in range(ROWS + DEV):
        things = random.sample(THINGS, random.choice([1, 2]))
        said = random.choice(CUES[random.choice(["bug", "praise"])])
        text = f"the {' and the '.join(things)} {said} {random.choice(OTHERS)}"
        yield text, "; ".join(sorted({AREA[thing] for thing in things if thing in AREA}))


def parts(random: Random) -> Iterator[list[tuple[str, str]]]:
    """Messages word by word, with the parts of the product that they name."""
    for number in range(ROWS + DEV):
        words, at = message(random.choice(sorted(CUES)), number, random).split(), None
        tags = ["O"] * len(words)
        for thing in THINGS:
            names = thing.split()
            for at in range(len(words) - len(names) + 1):
                if [word.strip(",") for word in words[at : at + len(names)]] == names:
                    tags[at : at + len(names)] = ["B-PART", *["I-PART"] * (len(names) - 1)]
        yield [*zip(words, tags, strict=True)]


def write_desk(folder: Path) -> None:
    """`urgency.csv` (regression), `areas.csv` (several labels a text), `parts.conll` (a tag a word), tickets."""
    write_tickets(folder)
    for name, rows, label in (("urgency", urgency, "points"), ("areas", areas, "areas")):
        frame = pd.DataFrame(rows(Random(name)), columns=["message", label])
        frame[:ROWS].to_csv(folder / f"{name}.csv", index=False)
        frame[ROWS:].to_csv(folder / f"{name}-dev.csv", index=False)
    sentences = ["\n".join(f"{word} {tag}" for word, tag in one) for one in parts(Random("parts"))]
    for name, of in (("parts", sentences[:ROWS]), ("parts-dev", sentences[ROWS:])):
        (folder / f"{name}.conll").write_text("\n\n".join(of) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_desk(Path(sys.argv[1]))
