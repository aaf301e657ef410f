"""Digests follow logic alone, and what is held in memory is what is imported."""

import json
import subprocess
import sys

import pytest

from gradts.code import code_digest, sources
from gradts.names import InputError


@pytest.fixture
def digest(monkeypatch):
    """The digest of a module with such a text, where another module may have further lines."""

    def of(text: str, further: str = "gradts.readings") -> str:
        place, known = sources()[further]
        with monkeypatch.context() as patch:
            patch.setitem(sources(), "gradts.probe", ("probe.py", text))
            patch.setitem(sources(), further, (place, known + "\n\nMORE = 1\n"))
            code_digest.cache_clear()
            return code_digest("gradts.probe")

    yield of
    code_digest.cache_clear()


def test_digest_follows_logic_alone(digest):
    first = digest('"""Doc."""\n\ndef f(x):\n    """Doc."""\n    return x + 1\n')
    assert first == digest("# a comment\ndef f(x):\n\n    return x + 1  # another\n")
    assert first != digest("def f(x):\n    return x + 2\n")


def test_digest_follows_imports(digest):
    assert digest("from gradts.gradients.normalise import normalise\n") != digest(
        "from gradts.selection.gradts import rank\n"
    )


KENDALL = "gradts.correlation.kendall"


@pytest.mark.parametrize(
    ("text", "module", "followed"),
    [
        ("from gradts.correlation.kendall import tau_b\n", KENDALL, True),
        ("from gradts.correlation import kendall\n", KENDALL, True),
        ("import gradts.correlation.kendall\n", KENDALL, True),
        ("from gradts.correlation.suite import correlate_tasks\n", KENDALL, True),
        ("def f():\n    from gradts.correlation import kendall\n", KENDALL, False),
        ("from gradts.artifacts import atomic\n", "gradts.artifacts", False),
        ("import numpy\n", KENDALL, False),
    ],
)
def test_digest_reads_what_is_imported_at_the_top_above_floor_0(digest, text, module, followed):
    assert (digest(text) != digest(text, further=module)) == followed


def test_what_is_no_module_has_no_digest():
    with pytest.raises(InputError, match=r"'gradts\.nothing' is no module"):
        code_digest("gradts.nothing")


HOLD = """
import json, sys, traceback
from gradts.code import code_digest, hold
hold(json.load(sys.stdin))
from gradts.correlation import kendall
print(kendall.ANSWER, kendall.__file__, code_digest("gradts.correlation.kendall"))
try:
    kendall.fail()
except ZeroDivisionError:
    traceback.print_exc()
import gradts.data.splits
print(gradts.data.__path__)
"""


def test_held_texts_are_imported_and_digested():
    held = {**sources(), KENDALL: (sources()[KENDALL][0], "ANSWER = 42\n\ndef fail():\n    return 1 / 0\n")}
    command = [sys.executable, "-c", HOLD]
    done = subprocess.run(command, input=json.dumps(held), capture_output=True, text=True, check=True)
    (answer, file, digest), package = (line.split() for line in done.stdout.splitlines())
    assert (answer, file) == ("42", sources()[KENDALL][0])
    assert digest != code_digest(KENDALL)
    assert f'File "{file}", line 4, in fail' in done.stderr
    assert package == [f"['{sources()['gradts.data'][0].removesuffix('/__init__.py')}']"]
