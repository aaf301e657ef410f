"""docs/tutorial.md, followed command by command under a tiny backend: errors are those that it shows."""

import re
import shutil

import pandas as pd

from tests.workflow.tiny import ROOT
from tests.workflow.walk import commands, files, follow, newcomer

PAGE = (ROOT / "docs/tutorial.md").read_text()


def test_a_day_can_be_followed(tmp_path, tiny_backend):
    folder = newcomer(tmp_path, tiny_backend)
    (folder / "desk.yaml").write_text(files(PAGE)["desk.yaml"])
    (folder / "tests").mkdir()
    for name in ("desk.py", "tickets.py"):
        shutil.copy(ROOT / "tests" / name, folder / "tests")
    for command in commands(PAGE):
        follow(command, folder)
    described = (folder / "desk-tasks.yaml").read_text().splitlines()
    (shown,) = re.findall(r"to be checked:\n\n((?:    .*\n)+)", PAGE)
    assert {line.removeprefix("    ") for line in shown.splitlines()} - {"…"} <= {*described}
    answers = pd.read_csv(folder / "predicted.csv")
    assert [*answers] == ["row", "prediction", "p_complaint", "p_how-to", "p_thanks"]
    assert len(answers) == 2


def test_the_day_has_five_mistakes():
    assert sum(command.fails for command in commands(PAGE)) == 5
