"""A page for people in two forms: Markdown, and the same as HTML whose tables sort and search, offline."""

import base64
import html
import re
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from markdown_it import MarkdownIt

from gradts.artifacts import write_text

# Whole in itself, and small, since a report holds many: nothing is loaded from anywhere.
TEMPLATE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:;
 style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>%(title)s</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2933; margin: 1.5rem; }
p, li { max-width: 50rem; }
img { max-width: 100%%; }
code, pre { background: #f1f4f7; border-radius: 3px; padding: 0 .2em; }
pre { padding: .6em; overflow-x: auto; }
input { font: inherit; padding: .2em .5em; width: 18rem; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: .25em .6em; border-bottom: 1px solid #dde3e9; vertical-align: top; }
tbody tr:hover { background: #f1f4f7; }
button { all: unset; cursor: pointer; white-space: nowrap; }
button::after { content: " ⇅"; color: #9aa5b1; }
td > button:not(:hover, :focus)::after { color: transparent; }
[aria-sort=ascending] > button::after { content: " ↑"; color: inherit !important; }
[aria-sort=descending] > button::after { content: " ↓"; color: inherit !important; }
button:focus-visible { outline: 2px solid #3b82f6; }
.wide { overflow-x: auto; }
</style>
<body>
%(search)s
%(body)s
<script>
const words = new Intl.Collator("en", {numeric: true}).compare;
// By the numbers that cells begin with; words come after numbers, and empty cells last, either way.
function compare(one, other, way) {
  const [a, b] = [one.textContent.trim(), other.textContent.trim()], [x, y] = [parseFloat(a), parseFloat(b)];
  return !a - !b || isNaN(x) - isNaN(y) || way * (x - y || words(a, b));
}
function sortBy(table, cell, sort) {
  const button = document.createElement("button");
  button.title = "sort";
  button.append(...cell.childNodes);
  cell.append(button);
  button.onclick = () => {
    const way = cell.ariaSort === "ascending" ? -1 : 1;
    table.querySelectorAll("[aria-sort]").forEach(one => one.removeAttribute("aria-sort"));
    cell.ariaSort = way > 0 ? "ascending" : "descending";
    sort(way);
  };
}
for (const table of document.querySelectorAll("table")) {
  const [head] = table.tHead.rows, [body] = table.tBodies, corner = head.cells[0];
  // Of a matrix, whose corner is empty, the names of rows sort columns.
  const names = corner.textContent.trim() ? [] : [...body.rows].map(row => row.cells[0]);
  for (const name of names) sortBy(table, name, way => {
    const cells = [...name.parentNode.cells].slice(1).sort((a, b) => compare(a, b, way));
    const order = cells.map(cell => cell.cellIndex);
    for (const row of table.rows) row.append(...order.map(at => row.cells[at]));
  });
  for (const cell of head.cells) sortBy(table, cell, way => {
    const at = cell.cellIndex, rows = [...body.rows];
    body.append(...rows.sort((a, b) => compare(a.cells[at], b.cells[at], way)));
  });
}
const search = document.querySelector("input");
if (search) search.oninput = () => {
  const sought = search.value.toLowerCase();
  for (const row of document.querySelectorAll("tbody tr"))
    row.hidden = !row.textContent.toLowerCase().includes(sought);
};
</script>
</body>
</html>
"""
SEARCH = '<input type="search" placeholder="only rows with …" aria-label="only rows with">'


def write_page(path: str | Path, text: str) -> None:
    """Write a page of Markdown, and beside it (`.html`) as one for browsers."""
    write_text(path, text)
    write_text(Path(path).with_suffix(".html"), as_html(text, Path(path).parent))


def as_html(text: str, folder: Path) -> str:
    """Markdown as one HTML file: clicked headings sort tables, and pictures of the folder are within it.

    HTML in the text stays text.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(_unbroken(text))
    for token in chain.from_iterable(token.children or [] for token in tokens):
        if token.type == "image":
            picture = base64.b64encode((folder / str(token.attrs["src"])).read_bytes()).decode()
            token.attrs["src"] = f"data:image/png;base64,{picture}"
    title = next((token.content for token in tokens if token.type == "inline"), "").replace("`", "")
    body = parser.renderer.render(tokens, parser.options, {})
    body = body.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")
    return TEMPLATE % {
        "title": html.escape(title),
        "search": SEARCH if "<table>" in body else "",
        "body": body,
    }


def listed(notes: Iterable[str]) -> str:
    """A list of Markdown."""
    return "\n".join(f"- {note}" for note in notes)


def _unbroken(text: str) -> str:
    """Scores and intervals that no line break parts: `84.24 ± 1.02`, `[78.00, 89.78]`."""
    return re.sub(r"(?<=[\d.]), (?=[-+\d.]+\])", ",\u00a0", text.replace(" ± ", "\u00a0±\u00a0"))
