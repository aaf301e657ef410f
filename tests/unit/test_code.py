"""Digests follow logic alone, and what is held in memory is what is imported."""

import json
import subprocess
import sys

import numpy as np
import pytest

from gradts.code import (
    PACKAGES,
    check_beginning,
    code_digest,
    code_version,
    installed,
    note_beginning,
    packages,
    sources,
)
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
        ("from gradts.specs import Task\n", "gradts.specs", True),
        ("from gradts.specs import Task\n", "gradts.members", True),
        ("import numpy\n", KENDALL, False),
    ],
)
def test_digest_reads_what_is_imported_at_the_top_and_computes(digest, text, module, followed):
    assert (digest(text) != digest(text, further=module)) == followed


@pytest.fixture
def of_text(monkeypatch):
    """The packages of a module with such a text, each at version 1.0 in some build."""
    monkeypatch.setattr("gradts.code.installed", lambda name: None if name == "optuna" else "1.0+cpu")

    def found(text: str) -> dict[str, str]:
        monkeypatch.setitem(sources(), "gradts.probe", ("probe.py", text))
        packages.cache_clear()
        return packages("gradts.probe")

    yield found
    packages.cache_clear()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import torch\n", "torch"),
        ("from torch.nn import functional\n", "torch"),
        ("def f():\n    import datasets\n", "datasets"),
        ("from transformers import AutoModel\n", "tokenizers transformers"),
        ("from sklearn.metrics import f1_score\n", "scikit-learn"),
        ("from gradts.correlation.kendall import tau_b\n", "numpy"),
        ("from gradts.correlation.suite import correlate_tasks\n", "numpy pandas scipy"),
        # only one job in many runs what a function imports of ours
        ("def f():\n    from gradts.correlation import kendall\n", ""),
        # reads, writes and checks, although it imports numpy
        ("from gradts.artifacts import atomic\n", ""),
        ("import optuna\n", ""),  # is not installed
        ("import json, tqdm, yaml\nimport pyarrow as pa\nfrom pydantic import Field\n", ""),
    ],
)
def test_packages_are_those_that_compute_in_a_module_and_what_it_imports(of_text, text, expected):
    assert of_text(text) == dict.fromkeys(expected.split(), "1.0")


def test_versions_of_all_packages_are_known():
    assert all(installed(name) for names in PACKAGES.values() for name in names)


def test_a_rules_code_is_the_digest_and_the_packages():
    digest, *versions = code_version(KENDALL).split(" ")
    assert (digest, versions) == (code_digest(KENDALL), ["numpy", np.__version__])


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


def test_a_job_reads_what_its_run_began_with(monkeypatch):
    monkeypatch.setattr("gradts.code._BEGUN", set())
    monkeypatch.setenv("GRADTS_BEGUN", "of another run")
    note_beginning("one configuration")
    note_beginning("that of a second module")
    check_beginning()
    check_beginning("one configuration")
    check_beginning("that of a second module")
    with pytest.raises(InputError, match=r"^the configuration \(or a registry\) is not what this run began"):
        check_beginning("a third")
    place, text = sources()[KENDALL]
    monkeypatch.setitem(sources(), KENDALL, (place, f"{text}\nMORE = 1\n"))
    with pytest.raises(InputError, match=r"^the library is not what this run began with"):
        check_beginning("one configuration")
    monkeypatch.delenv("GRADTS_BEGUN")
    check_beginning("a third")  # in a shell there is no run


def test_files_of_an_editor_are_no_library(tmp_path, monkeypatch):
    monkeypatch.setattr("gradts.code._SOURCES", {})
    monkeypatch.setattr("gradts.code.__file__", str(tmp_path / "code.py"))
    (tmp_path / ".ipynb_checkpoints").mkdir()
    for name in ("code.py", "__init__.py", ".ipynb_checkpoints/code-checkpoint.py"):
        (tmp_path / name).touch()
    (tmp_path / ".#code.py").symlink_to("someone@somewhere.1")  # Emacs's lock, which leads nowhere
    assert {*sources()} == {"gradts", "gradts.code"}
