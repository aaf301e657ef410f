"""Links between the project's own pages lead somewhere, and files that pages name are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [page for place in ("*.md", "config/*.md", "docs/**/*.md") for page in sorted(ROOT.glob(place))]
LINK = re.compile(r"\]\(([^)\s#]*)(?:#([^)\s]+))?\)")
# What a page may name in backticks: files that the project ships, not those that runs make or users have.
NAMED = re.compile(r"`((?:benchmarks|config|docs|profiles|src|tests|workflow)/[\w./-]+\.\w+)`")


def plain(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^(?: {4}|```.*?^```).*?$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Of its headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_named_files_are_there(page):
    text = plain(page)
    for path, anchor in LINK.findall(text):
        if not path.startswith(("http:", "https:")):
            target = page.parent / path if path else page
            assert target.exists(), path
            assert not anchor or anchor in anchors(target), f"{path}#{anchor}"
    missing = [name for name in NAMED.findall(text) if not (ROOT / name).exists()]
    assert missing == []
