"""README's first screen, followed from an own CSV to answers, under a tiny backend, which is quick."""

import re
import subprocess
import sys

import yaml

from tests.tickets import write_tickets
from tests.workflow.tiny import ROOT, checkout

SCREEN = (ROOT / "README.md").read_text().split("## A task of your own")[1].split("\n## ")[0]
QUICK = ["training={epochs: 1}", "gradients={epochs: 1, seeds: [1, 2]}"]


def commands() -> list[str]:
    return re.findall(r"^    \$ (.*)$", SCREEN, re.MULTILINE)


def test_the_first_screen_can_be_followed(tmp_path, tiny_backend):
    folder = checkout(tmp_path, tiny_backend)
    for name in ("config.yaml", "backends.yaml"):
        (folder / "config" / name).write_bytes((ROOT / "config" / name).read_bytes())
    registry = yaml.safe_load((folder / "config/backends.yaml").read_text())
    registry["minilm-l6"] = {"path": str(tiny_backend)}
    (folder / "config/backends.yaml").write_text(yaml.safe_dump(registry))
    write_tickets(folder / "data")
    (mine,) = re.findall(r"```yaml\n(# mine\.yaml\n.*?)```", SCREEN, re.DOTALL)
    (folder / "mine.yaml").write_text(mine)
    (folder / "new.csv").write_text("message\nthe app hangs after the start\nwho can see the invoice\n")
    for command in commands():
        if command.startswith("snakemake"):
            command = command.replace("--configfile", f"--config {' '.join(map(repr, QUICK))} --configfile")
        done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
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
    first_words = [" ".join(command.split()[:2]) for command in commands()]
    assert first_words == [
        "gradts describe",
        "snakemake --cores",
        "snakemake --cores",
        "gradts predict",
    ]
