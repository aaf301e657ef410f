"""Pages that show commands and what they print, followed command by command."""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.workflow.tiny import ROOT, checkout

QUICK = [
    "training={epochs: 1}",
    "gradients={epochs: 1, seeds: [1, 2]}",
    "advice={seeds: [1]}",
    "data={max_train: 60, max_select: 40, max_dev: 40}",
]


class Command(NamedTuple):
    """A command of a page, and the lines below it, which it prints."""

    words: str
    printed: list[str]

    @property
    def fails(self) -> bool:
        return any(re.search(r"\berror:|Error|unknown key", line) for line in self.printed)


def commands(page: str) -> list[Command]:
    """Those of a page's indented blocks, `$ …`, in their order."""
    found: list[Command] = []
    for block in re.findall(r"(?:^    .*\n)+", page, re.MULTILINE):
        for line in re.sub(r"^    ", "", block, flags=re.MULTILINE).splitlines():
            if line.startswith("$ "):
                found.append(Command(line.removeprefix("$ "), []))
            elif found and block.startswith("    $ "):
                found[-1].printed.append(line)
    return found


def newcomer(folder: Path, backend: Path) -> Path:
    """A checkout whose usual backend is the tiny one, which is quick."""
    place = checkout(folder, backend)
    for name in ("config.yaml", "backends.yaml"):
        (place / "config" / name).write_bytes((ROOT / "config" / name).read_bytes())
    registry = yaml.safe_load((place / "config/backends.yaml").read_text())
    registry["minilm-l6"] = {"path": str(backend)}
    (place / "config/backends.yaml").write_text(yaml.safe_dump(registry))
    return place


def follow(command: Command, folder: Path) -> str:
    """Run it there, and hold how it ends, and its errors, against the page; what it printed."""
    words = command.words
    if words.startswith("snakemake"):
        words = words.replace("--configfile", f"--config {' '.join(map(repr, QUICK))} --configfile")
    done = subprocess.run(["bash", "-c", words], cwd=folder, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert (done.returncode != 0) == command.fails, said
    told = [line for line in command.printed if command.fails or line.startswith("Nothing to be done")]
    assert all(line in said for line in told), said
    return said


def files(page: str) -> dict[str, str]:
    """The YAML files that a page shows whole: their first line is a comment with their name."""
    blocks = re.findall(r"```yaml\n(# (\S+\.yaml)\b.*?)```", page, re.DOTALL)
    return {name: text for text, name in blocks}
