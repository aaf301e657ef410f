"""README's first screen, followed from an own CSV to answers, under a tiny backend, which is quick."""

import re
import subprocess
import sys

import yaml

from tests.tickets import write_tickets
from tests.workflow.tiny import ROOT
from tests.workflow.walk import commands, files, follow, newcomer

SCREEN = (ROOT / "README.md").read_text().split("## A task of your own")[1].split("\n## ")[0]


def test_the_first_screen_can_be_followed(tmp_path, tiny_backend):
    folder = newcomer(tmp_path, tiny_backend)
    write_tickets(folder / "data")
    (folder / "mine.yaml").write_text(files(SCREEN)["mine.yaml"])
    (folder / "new.csv").write_text("message\nthe app hangs after the start\nwho can see the invoice\n")
    for command in commands(SCREEN):
        follow(command, folder)
    assert yaml.safe_load((folder / "tickets.yaml").read_text())["tickets"]["text"] == ["message"]
    advice = (folder / "results/advice/tickets.md").read_text()
    for heading in re.findall(r"^    (# Advice .*|## .*)$", SCREEN, re.MULTILINE):
        assert heading in advice.splitlines()
    (code,) = re.findall(r"```python\n(.*?)```", SCREEN, re.DOTALL)
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    ).stdout
    assert re.search(r"'label': '(bug|praise|question)'", told)
    answers = (folder / "predicted.csv").read_text().splitlines()
    assert answers[0] == "row,prediction,p_bug,p_praise,p_question"
    assert len(answers) == 3


def test_the_screen_has_every_step():
    first_words = [" ".join(command.words.split()[:2]) for command in commands(SCREEN)]
    assert first_words == ["gradts describe", "snakemake --cores", "snakemake --cores", "gradts predict"]
