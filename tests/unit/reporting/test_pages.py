"""The same page as Markdown and for browsers; in one, if there is any, what clicks and words do."""

import base64
import re

import pytest

from gradts.reporting.pages import as_html, write_page
from tests.browser import needs_browser, opened

PAGE = """# Table 2: suite `toy`

Dev scores, 95 % intervals [78.00, 89.78]. Tasks named `demo_…` are **generated**.

|   | Single-Task | NO-SEL |
|:--|:------------|:-------|
| cola_mcc | 84.24 ± 1.02 [78.00, 89.78] | <b>5</b> ▲ |

![The ranking](one.png)
"""
PNG = b"\x89PNG\r\n\x1a\n and what follows"


@pytest.fixture
def page(tmp_path) -> str:
    (tmp_path / "one.png").write_bytes(PNG)
    write_page(tmp_path / "t.md", PAGE)
    assert (tmp_path / "t.md").read_text() == PAGE
    return (tmp_path / "t.html").read_text()


def test_a_page_says_what_its_markdown_says(page):
    assert "<title>Table 2: suite toy</title>" in page
    assert "<h1>Table 2: suite <code>toy</code></h1>" in page
    assert "are <strong>generated</strong>." in page
    cells = re.findall(r"<td[^>]*>(.*?)</td>", page)
    assert cells == ["cola_mcc", "84.24\u00a0±\u00a01.02 [78.00,\u00a089.78]", "&lt;b&gt;5&lt;/b&gt; ▲"]


def test_a_page_is_whole_in_itself(page):
    [picture] = re.findall(r'src="data:image/png;base64,([^"]*)"', page)
    assert base64.b64decode(picture) == PNG
    assert "default-src 'none'" in page
    assert re.findall(r"https?:|<link|<script [^>]*src", page) == []


def test_only_a_page_with_a_table_has_a_search(page, tmp_path):
    assert "<input" in page
    assert "<input" not in as_html("# No table\n", tmp_path)


# ---------------------------------------------------------------------------------------- in a browser

MATRIX = """# Scores

|   | NO-SEL | alone | chosen |
|:--|:-------|:------|:-------|
| b | 10.00 [9.00, 11.00] | 84.00 | |
| a2 | 9.50 ± 0.10 ▲ | 9.00 | undefined |
| a10 | undefined | -3.00 | +2.00 |
"""


# Each heading once and again, the second row's name, words, and a picture from elsewhere.
SCRIPT = """
const names = () => rows().slice(1).map(row => row[0]), seen = [names()];
for (const at of [1, 1, 2, 2, 3, 4, 4]) { click(`th:nth-child(${at})`); seen.push(names()); }
click("tr:nth-child(2) td");
const turned = rows();
search.value = "A1";
search.oninput();
document.body.append(Object.assign(new Image(), {src: "http://localhost:1/one.png"}));
({seen, turned, left: names()})
"""


@needs_browser
def test_clicks_sort_and_words_choose_rows_and_nothing_is_loaded(tmp_path):
    found, said = opened(as_html(MATRIX, tmp_path), tmp_path, SCRIPT)
    assert found["seen"] == [
        ["b", "a2", "a10"],
        ["a2", "a10", "b"],  # by the numbers within names
        ["b", "a10", "a2"],
        ["a2", "b", "a10"],  # as numbers, and what is none last
        ["b", "a2", "a10"],
        ["a10", "a2", "b"],
        ["a10", "a2", "b"],  # a number, a word, nothing: either way
        ["a10", "a2", "b"],
    ]
    assert found["turned"] == [
        ["", "alone", "NO-SEL", "chosen"],
        ["a10", "-3.00", "undefined", "+2.00"],
        ["a2", "9.00", "9.50\u00a0±\u00a00.10 ▲", "undefined"],
        ["b", "84.00", "10.00 [9.00,\u00a011.00]", ""],
    ]
    assert found["left"] == ["a10"]
    assert [("Content Security Policy" in line, "one.png" in line) for line in said] == [(True, True)]
