"""Stuck runs counted in a results folder written by hand."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from gradts.artifacts import read_json, write_json, write_table
from gradts.layout import below, inside
from gradts.members import Member
from gradts.reporting.stability import COLUMNS, stability
from gradts.specs import Backend, RunSpec, Task
from tests.conftest import RECIPE, yes_no
from tests.unit.by_hand import put_answer, put_run, put_splits
from tests.unit.reporting.markdown import tables

NUMBERS = Task("n", "regression", [], ["pearson"], "pearson")
TASKS = {"a": yes_no("a"), "b": yes_no("b"), "n": NUMBERS}


class Made:
    """A results folder; `table` writes Table 2's record, and what is then told of stability."""

    def __init__(self, results: Path) -> None:
        self.results = results
        # Majority answers 1: right in half of the selection split of `a`, in a fifth of that of `b`.
        put_splits(results, "a", [1, 1, 0], [0, 1], dev=[1])
        put_splits(results, "b", [1, 1, 0], [1, 0, 0, 0, 0], dev=[1])
        put_splits(results, "n", [1.0, 2.0], [1.0, 3.0], dev=[1.0])
        for task in TASKS:
            write_json(results / f"data/{task}/statistics.json", {"spec": {"task": task}, "reads": []})

    def run(self, members: str, seed: int = 1, backend: str = "tiny", **scores: Sequence[float]) -> list[str]:
        """A joint run by its tasks' selection scores after every epoch; what a job reads of it."""
        spelled = members.split("+")
        tasks = [TASKS[Member.parse(one).task] for one in spelled]
        values = {f"{task.name} select {task.decides}": scores[task.name] for task in tasks}
        metrics = Path(put_run(self.results, spelled, values, seed, backend))
        spec = RunSpec(spelled, tasks, Backend(backend, path="x"), RECIPE, seed)
        self.record = inside(metrics.parent, "run")
        reads = [f"data/{task.name}/train.parquet" for task in tasks]
        write_json(self.record, read_json(self.record) | {"spec": asdict(spec), "reads": reads})
        return [str(path.relative_to(self.results)) for path in (metrics, self.record)]

    def answer(self, method: str, primary: str, *reads: str) -> list[str]:
        path = put_answer(self.results, method, primary, reads=[*reads])
        return [str(Path(path).relative_to(self.results))]

    def table(self, *reads: str, generated: bool = False) -> pd.DataFrame:
        record = {
            "spec": {"number": "2", "generated": generated},
            "reads": ["config/paper/table2.csv", *reads],
        }
        write_json(self.results / "tables/table2.json", record)
        csv, self.page = self.results / "stability.csv", self.results / "stability.md"
        stability(f"{self.results}/tables/table2.csv", str(self.results), str(csv), str(self.page))
        assert read_json(self.results / "stability.json")["rows"] == len(csv.read_text().splitlines()) - 1
        return pd.read_csv(csv, dtype=str, keep_default_na=False)


@pytest.fixture
def made(tmp_path) -> Made:
    return Made(tmp_path)


def verdicts(frame: pd.DataFrame) -> dict[str, str]:
    """`a+b 1 a` → whether it is stuck."""
    names = frame["members"].str.replace(" ", "+") + " " + frame["seed"] + " " + frame["task"]
    return dict(zip(names, frame["stuck"], strict=True))


def test_every_member_of_every_run_has_a_row(made):
    read = [*made.run("b", b=[0.3, 0.1]), *made.run("a+b", a=[0.1, 0.53, 0.2], b=[0.9, 0.25, 0.2])]
    frame = made.table(*read, *made.run("a", a=[0.9, 0.6]))
    assert [*frame] == COLUMNS
    assert frame.to_numpy().tolist() == [
        ["runs/tiny/a+b/seed1/run.json", "tiny", "a b", "1", "a", "0.53", "0.5", "0.9", "true"],
        ["runs/tiny/a+b/seed1/run.json", "tiny", "a b", "1", "b", "0.9", "0.2", "0.3", "false"],
        ["runs/tiny/a/seed1/run.json", "tiny", "a", "1", "a", "0.9", "0.5", "0.9", "false"],
        ["runs/tiny/b/seed1/run.json", "tiny", "b", "1", "b", "0.3", "0.2", "0.3", "false"],
    ]


def test_runs_are_those_that_the_table_and_its_answers_needed(made):
    alone, joint = made.run("a", a=[0.9]), made.run("a+b", a=[0.5], b=[0.2])
    trial = made.run("a+n", a=[0.5], n=[0.3])
    made.run("b+n", b=[0.2], n=[0.3])  # of another table
    first = made.answer("gradts-trial", "a", *trial)
    frame = made.table(*alone, *joint, *made.answer("random-k-1", "a", *first))
    assert verdicts(frame) == {
        "a 1 a": "false",
        "a+b 1 a": "true",
        "a+b 1 b": "",  # at chance, and its Single-Task run is not known
        "a+n 1 a": "true",
        "a+n 1 n": "",  # Majority has no correlation
    }


def test_other_seeds_tell_of_single_task_runs(made):
    one, two = made.run("a", a=[0.5]), made.run("a", seed=2, a=[0.7])
    assert verdicts(made.table(*one)) == {"a 1 a": ""}
    assert verdicts(made.table(*one, *two)) == {"a 1 a": "true", "a 2 a": "false"}


def test_a_joint_run_is_held_against_the_single_task_run_of_its_seed(made):
    read = [*made.run("a", a=[0.5]), *made.run("a", seed=2, a=[0.7])]
    for seed in (1, 2):
        read += made.run("a+b", seed=seed, a=[0.5], b=[0.8])
    found = verdicts(made.table(*read))
    assert (found["a+b 1 a"], found["a+b 2 a"]) == ("false", "true")


def test_single_task_runs_of_another_backend_or_recipe_tell_nothing(made):
    read = [*made.run("a+b", a=[0.5], b=[0.8]), *made.run("a", backend="big", a=[0.9])]
    assert verdicts(made.table(*read))["a+b 1 a"] == ""
    read += made.run("a", a=[0.9])
    assert verdicts(made.table(*read))["a+b 1 a"] == "true"
    record = read_json(made.record)
    longer = asdict(replace(RECIPE, epochs=9))
    write_json(made.record, record | {"spec": record["spec"] | {"recipe": longer}})
    assert verdicts(made.table(*read))["a+b 1 a"] == ""


def test_filtered_members_are_held_against_the_unfiltered_task(made):
    read = [*made.run("a", a=[0.9]), *made.run("a@sample0.1", a=[0.5])]
    read += made.run("a@b-0.4+b", a=[0.5], b=[0.8])
    assert verdicts(made.table(*read)) == {
        "a 1 a": "false",
        "a@sample0.1 1 a": "true",
        "a@b-0.4+b 1 a": "true",
        "a@b-0.4+b 1 b": "false",
    }


def test_a_fold_is_held_against_majority_and_the_task_alone_on_it(made):
    """Rows of train and select are in one fold 1, 1, 1, in the other 0, 1, 0, 0."""
    texts = {fold: [text for text in map(str, range(40)) if half(text) == fold] for fold in (1, 2)}
    rows = [*zip(texts[1], [1, 1, 1], strict=False), *zip(texts[2], [0, 1, 0, 0], strict=False)]
    for task in ("a", "b"):
        for split, of in {"train": rows[2:], "select": rows[:2]}.items():
            table = {"instance": range(len(of)), "text_a": [text for text, _ in of]}
            table |= {"label": [label for _, label in of]}
            write_table(below(made.results, split, task=task), pa.table(table), {"spec": {"task": task}})
    # Majority of 0, 1, 0, 0 is never right in fold 1, that of 1, 1, 1 in a quarter of fold 2.
    read = [*made.run("a@fold1of2", a=[0.05]), *made.run("a@fold2of2", a=[0.9]), *made.run("a", a=[0.9])]
    read += [*made.run("a@fold2of2+b@fold2of2", a=[0.25], b=[0.5])]
    read += [*made.run("a@fold1of2+b@fold1of2", a=[0.02], b=[0.5])]
    frame = made.table(*read)
    of_a = frame[(frame["task"] == "a") & frame["members"].str.contains("fold")]
    assert of_a.set_index("members")[["majority", "single", "stuck"]].T.to_dict("list") == {
        "a@fold1of2": ["0.0", "0.05", "false"],
        "a@fold2of2": ["0.25", "0.9", "false"],
        "a@fold2of2 b@fold2of2": ["0.25", "0.9", "true"],
        "a@fold1of2 b@fold1of2": ["0.0", "0.05", "false"],  # the task alone learns no more there
    }


def half(text: str) -> int:
    return 1 + (int(sha256(f"42 fold {text}".encode()).hexdigest()[0], 16) >= 8)


def test_the_page_counts_by_task_and_by_number_of_members(made):
    read = [*made.run("a", a=[0.9]), *made.run("a+b", a=[0.5], b=[0.8]), *made.run("b", b=[0.8])]
    read += [*made.run("a+n", a=[0.52], n=[0.3]), *made.run("a+b+n", a=[0.8], b=[0.2], n=[0.1])]
    made.table(*read)
    text = made.page.read_text()
    assert text.startswith("# Stability: the runs behind Table 2\n\n**3 of 7 cells are stuck (42.9%).** ")
    assert "of 2 more it cannot be told" in text
    by_task, by_members, stuck = tables(text)
    names = ("cells", "told", "stuck", "percent")
    assert by_task == {
        "a": dict(zip(names, ("4", "4", "2", "50.0"), strict=True)),
        "b": dict(zip(names, ("3", "3", "1", "33.3"), strict=True)),
        "n": dict(zip(names, ("2", "0", "0", ""), strict=True)),
    }
    assert {number: row["stuck"] for number, row in by_members.items()} == {"1": "0", "2": "2", "3": "1"}
    scores = ("task", "score", "majority", "single")
    assert stuck == {
        "runs/tiny/a+b+n/seed1/run.json": dict(zip(scores, ("b", "20.00", "20.00", "80.00"), strict=True)),
        "runs/tiny/a+b/seed1/run.json": dict(zip(scores, ("a", "50.00", "50.00", "90.00"), strict=True)),
        "runs/tiny/a+n/seed1/run.json": dict(zip(scores, ("a", "52.00", "50.00", "90.00"), strict=True)),
    }
    assert "generated" not in text


def test_where_nothing_is_stuck_the_page_says_so(made):
    made.table(*made.run("n", n=[0.3]), generated=True)
    text = made.page.read_text()
    assert "**0 of 0 cells are stuck.**" in text
    assert text.endswith("## Stuck\n\nNone.\n")
    assert "Tasks named `demo_…` are **generated**" in text
