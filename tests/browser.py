"""Pages in a browser without a window, where one is installed."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium or google-chrome on the path")
# `rows()`: the texts of all cells that are not hidden; `click(…)` sorts by a heading; `await pause()`: until
# what was asked for is drawn.
HELP = """
const pause = () => new Promise(done => setTimeout(done, 300));
const rows = () => [...document.querySelectorAll("tr:not([hidden])")].map(
  row => [...row.cells].map(cell => cell.textContent));
const click = selector => document.querySelector(`${selector} > button`).click();
"""


def opened(page: str, folder: Path, script: str) -> tuple[Any, list[str]]:
    """What a script at a page's end finds (the value of a last expression), and all that the console says."""
    path = folder / "opened.html"
    *before, last = script.strip().splitlines()
    lines = ["(async () => {", *before, f"document.title = 'found ' + JSON.stringify({last});", "})();"]
    ending = "<script>" + "\n".join([HELP, *lines]) + "</script>"
    path.write_text(page.rpartition("</body>")[0] + ending)  # the last: a script may hold others
    options = (
        "--headless --no-sandbox --disable-gpu --enable-logging=stderr --virtual-time-budget=5000 --dump-dom"
    )
    command = [CHROMIUM, *options.split(), f"--user-data-dir={folder}/profile", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    said = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    found = re.search("<title>found (.*?)</title>", done.stdout, re.DOTALL)
    assert found, said
    return json.loads(html.unescape(found[1])), said
