"""A made-up task as a user has it, messages to a support desk in csv: README shows what becomes of it."""

from itertools import chain
from pathlib import Path
from random import Random

import pandas as pd

THINGS = [
    "printer",
    "app",
    "invoice",
    "export",
    "login page",
    "report",
    "search",
    "calendar",
    "update",
    "menu",
]
CUES = {
    "bug": ["crashes when we save", "shows an empty page", "lost my last changes", "hangs after the start"],
    "praise": ["is a joy to use", "saves us an hour a day", "looks much better now", "never let us down"],
    "question": ["where is the setting for", "is there a way to share", "who can see", "can we rename"],
}
# What may stand in a message of any kind, so that some cannot be told.
OTHERS = [
    "since Monday",
    "on all our machines",
    "in the office",
    "with the new version",
    "for the whole team",
]


def message(kind: str, number: int, random: Random) -> str:
    thing, other = random.choice(THINGS), random.choice(OTHERS)
    cue = random.choice(CUES[kind] if random.random() < 0.8 else [*chain(*CUES.values())])
    parts = [f"{cue} the {thing}" if cue in CUES["question"] else f"the {thing} {cue}", other]
    return f"{' '.join(parts)}, ticket {number}"


def write_tickets(folder: Path) -> None:
    """`tickets.csv` (400 rows) and `tickets-dev.csv` (120) with flaws of real files: two rows are in both."""
    random, kinds = Random(1), sorted(CUES)
    rows = [(n, message(kinds[n % 3], n, random), kinds[n % 3]) for n in range(518)]
    frame = pd.DataFrame(rows, columns=["id", "message", "label"])
    train, dev = frame[:400].copy(), frame[398:]
    train.loc[7, "label"], train.loc[9, "message"] = None, "the log says: " + "again, " * 100
    folder.mkdir(parents=True, exist_ok=True)
    train.to_csv(folder / "tickets.csv", index=False)
    dev.to_csv(folder / "tickets-dev.csv", index=False)
