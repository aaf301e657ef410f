"""Copy tables of results into pages of docs/measured, so that no figure there is carried by hand.

    python benchmarks/pages.py docs/measured/regret-real.md

A page marks where a table goes and which one, `<!-- results/tables/regret.md table 1 -->`, up to
`<!-- end -->`. Between both comes the table, and where the file has a record, the commit, date and device
that it was made with.
"""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from gradts.artifacts import read_json
from gradts.layout import sidecar

BLOCK = re.compile(r"(<!-- (?P<path>\S+) table (?P<number>\d+) -->\n).*?(?=<!-- end -->)", re.DOTALL)
TABLE = re.compile(r"^\|.*\n(?:\|.*(?:\n|$))+", re.MULTILINE)


def filled(page: str, root: Path = Path()) -> str:
    """The page with every marked table as it now stands below `root`; SystemExit where one is not there."""

    def copied(match: re.Match) -> str:
        path, number = root / match["path"], int(match["number"])
        if not path.exists():
            raise SystemExit(f"{path} is not there: make it with the command of the page")
        found = TABLE.findall(path.read_text(encoding="utf-8"))
        if not 1 <= number <= len(found):
            raise SystemExit(f"{path} has {len(found)} tables, not a table {number}")
        return f"{match[1]}\n{found[number - 1].rstrip()}\n\n{made(path)}"

    return BLOCK.sub(copied, page)


def made(path: Path) -> str:
    """What the record of a table says of how it was made, as a paragraph; empty without one."""
    record = Path(sidecar(str(path)))
    if not record.exists():
        return ""
    facts = read_json(record)
    day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    packages = ", ".join(f"{name} {facts['packages'][name]}" for name in ("torch", "transformers"))
    return f"Commit {(facts['git_commit'] or 'unknown')[:7]}, {day}, {facts['device']}, {packages}.\n\n"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).write_text(filled(Path(name).read_text(encoding="utf-8")), encoding="utf-8")
