"""Tasks of one's own, on a tiny configuration that is really run."""

import csv
import json
import shutil
from pathlib import Path

import pytest
import yaml
from transformers import pipeline

from gradts.cli import run
from gradts.reporting.marks import MARKS
from tests.workflow.tiny import ROOT, TASKS, checkout, configure, jobs, read_rows, snakemake, state


def own_files(folder: Path) -> None:
    """Small files in the shapes that the README names."""
    (folder / "data").mkdir()
    words = ["red", "green", "blue", "big", "small", "wheel", "bolt", "door"]
    for split, count in (("", 60), ("-dev", 20)):
        tickets = [f"{words[i % 8]} {words[i % 5]} {i}" for i in range(count)]
        kinds = [("bug", "question", "praise")[i % 3] for i in range(count)]
        rows = [("message", "label"), *zip(tickets, kinds, strict=True)]
        write_csv(folder / f"data/tickets{split}.csv", rows)
        areas = ["billing", "billing; shipping", "", "website|shipping"]
        write_csv(
            folder / f"data/areas{split}.csv", [rows[0], *zip(tickets, areas * (count // 4), strict=True)]
        )
        numbers = [("first", "second", "label")]
        numbers += [(words[i % 8], tickets[i], round(i % 7 / 2, 1)) for i in range(count)]
        write_csv(folder / f"data/ratings{split}.csv", numbers)
        lines = [f"the O\n{words[i % 5]} O\n{words[5 + i % 3]} B-PART\n\n" for i in range(count)]
        (folder / f"data/parts{split}.conll").write_text("".join(lines))


def write_csv(path: Path, rows: list[tuple]) -> None:
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows(rows)


# Own task → an unlabelled file in the shape of its own, and the pipeline that its folder is for.
OWN = {
    "tickets": ("tickets.csv", "message\nred door 7\nbig wheel\n", "text-classification"),
    "ratings": ("ratings.csv", "first,second\nred,a green door\nbig,small\n", "text-classification"),
    "areas": ("areas.csv", "message\nred door 7\nbig wheel\n", "text-classification"),
    "parts": ("parts.conll", "the\nblue\nwheel\n\nred\ndoor\n", "token-classification"),
}


TWO = ["red door 7", "big wheel"]


# Own task → what a pipeline answers of these texts, as `gradts predict` writes it.
SHOWN = {
    "tickets": lambda answer: [one["label"] for one in answer(TWO)],
    "ratings": lambda answer: [
        pytest.approx(answer({"text": first, "text_pair": second})["score"], rel=1e-4)
        for first, second in (("red", "a green door"), ("big", "small"))
    ],
    "areas": lambda answer: [
        [one["label"] for one in sorted(of, key=lambda one: LABELS.index(one["label"])) if one["score"] > 0.5]
        for of in answer(TWO, top_k=None)
    ],
    "parts": lambda answer: [
        [piece["entity"] for piece in answer(text, ignore_labels=[])]
        for text in ("the blue wheel", "red door")
    ],
}


LABELS = ["billing", "shipping", "website"]


def predicted(model: Path, data: Path) -> list:
    """What `gradts predict` answers of a file's rows."""
    out = data.with_name("answers.jsonl")
    assert run(["predict", "--model", str(model), "--data", str(data), "--out", str(out)]) == 0
    return [json.loads(line)["prediction"] for line in out.read_text().splitlines()]


def test_three_thousand_classes_with_long_names(tmp_path, tiny_backend):
    """A specification of more than 128 KiB, which no command may hold, reaches its job."""
    folder = checkout(tmp_path, tiny_backend)
    names = [f"the customer's question number {number} is about something" for number in range(3000)]
    for split, count in (("train", 6000), ("dev", 8)):
        rows = [(f"words of row {row}", names[row % 3000]) for row in range(count)]
        write_csv(folder / f"{split}.csv", [("text", "label"), *rows])
    entry = {"files": {"train": "train.csv", "dev": "dev.csv"}, "text": ["text"], "labels": names}
    (folder / "config/tasks/wide.yaml").write_text(yaml.safe_dump({"wide": entry}))
    registries = ["config/tasks/demo.yaml", "config/tasks/wide.yaml"]
    configure(folder, ["wide", "demo_accept"], tasks=registries, selection={})
    target = "results/runs/tiny/wide/seed1/metrics.csv"
    snakemake(folder, target)
    assert {row["epoch"] for row in read_rows(folder / target)} == {"1", "2"}
    for record in ("data/wide/statistics.json", "runs/tiny/wide/seed1/run.json"):
        spec = json.loads((folder / "results" / record).read_text())["spec"]
        assert spec.get("labels", spec.get("tasks", [{}])[0].get("labels")) == names
    assert "Nothing to be done" in snakemake(folder, "-n", target)
    shutil.rmtree(folder / "results/specs")  # nothing hangs on the files
    assert "Nothing to be done" in snakemake(folder, "-n", target)
    entry["labels"] = [*names, "another"]
    (folder / "config/tasks/wide.yaml").write_text(yaml.safe_dump({"wide": entry}))
    assert jobs(snakemake(folder, "-n", target)) == {"prepare": 1, "joint": 1, "total": 2}


def test_own_tasks_of_every_objective(finished):
    """The README's lines of YAML: table, advice, models that transformers loads, and their answers."""
    before = state(finished)
    own_files(finished)
    blocks = (ROOT / "README.md").read_text().split("```yaml\n")[1:]
    (lines,) = (text for text in blocks if text.startswith("# config/tasks/mine.yaml"))
    lines = lines.split("```")[0]
    (finished / "config/tasks/mine.yaml").write_text(lines)
    rows = {"suite": "mine", "backend": "tiny", "methods": ["single-task", "no-sel", "gradts-trial"]}
    changes = {
        "tasks": ["config/tasks/demo.yaml", "config/tasks/mine.yaml"],
        "suites": {"mine": ["demo_entail", "tickets", "ratings", "areas", "parts"]},
        "tables": {"table2": rows},
        "selection": {},
        "advice": {"seeds": [1], "method": "gradts-trial"},
    }
    targets = [f"results/advice/{task}.md" for task in OWN]
    targets += [f"results/models/tiny/mine/gradts-trial/{task}/gradts.json" for task in OWN]
    try:
        configure(finished, TASKS, **changes)
        output = snakemake(finished, "results/tables/table2.csv", *targets)
    finally:
        configure(finished, TASKS)
    table = read_rows(finished / "results/tables/table2.csv")
    assert output.count("head gradients of") == 4
    scored = {name for name in table[1] if not name.startswith(("demo", "method", "suite", *MARKS))}
    assert scored == {
        "tickets_accuracy",
        "tickets_macro_f1",
        "ratings_pearson",
        "parts_span_f1",
        "areas_micro_f1",
    }
    assert table[0]["ratings_pearson"] == "undefined"  # a constant answer correlates with nothing
    after = state(finished)
    assert {path: after[path] for path in before} == before
    for task, (name, text, kind) in OWN.items():
        assert f"**Train `{task}` " in (finished / f"results/advice/{task}.md").read_text()
        (finished / f"data/new-{name}").write_text(text)
        folder = finished / f"results/models/tiny/mine/gradts-trial/{task}"
        told = predicted(folder, finished / f"data/new-{name}")
        answer = pipeline(kind, str(folder))
        assert told == SHOWN[task](answer)
