"""Tables of results in a page."""

import os
import re

import pytest

from benchmarks.pages import filled
from gradts.artifacts import write_json

PAGE = """# A page

<!-- results/a.md table 2 -->
what stood here
<!-- end -->

By hand.

<!-- results/b.md table 1 -->
<!-- end -->
"""
FILLED = """# A page

<!-- results/a.md table 2 -->

| x | y |
|---|---|
| 3 | 4 |

Commit 0123456, 2026-01-02, cpu, torch 2.13.0, transformers 5.23.0.

<!-- end -->

By hand.

<!-- results/b.md table 1 -->

| z |
|---|
| 5 |

<!-- end -->
"""


@pytest.fixture
def root(tmp_path):
    results = tmp_path / "results"
    results.mkdir()
    two = "# A\n\n| x |\n|---|\n| 1 |\n\ntext\n\n| x | y |\n|---|---|\n| 3 | 4 |\n\nend"
    (results / "a.md").write_text(two)
    os.utime(results / "a.md", (1767312000, 1767312000))
    packages = {"torch": "2.13.0", "transformers": "5.23.0", "numpy": "2"}
    write_json(results / "a.json", {"git_commit": "0123456789", "device": "cpu", "packages": packages})
    (results / "b.md").write_text("| z |\n|---|\n| 5 |")
    return tmp_path


def test_marked_tables_are_copied_with_how_they_were_made_and_nothing_else_changes(root):
    assert filled(PAGE, root) == FILLED
    assert filled(FILLED, root) == FILLED


@pytest.mark.parametrize(
    ("mark", "message"),
    [("c.md table 1", "c.md is not there"), ("b.md table 2", "b.md has 1 tables, not a table 2")],
)
def test_a_table_that_is_not_there(root, mark, message):
    with pytest.raises(SystemExit, match=re.escape(message)):
        filled(f"<!-- results/{mark} -->\n<!-- end -->\n", root)
