"""Statistics of a suite, and Tables 1 and 7, against values computed by hand."""

import json

import pandas as pd
import pytest

from gradts.artifacts import ArtifactError, write_json
from gradts.layout import below
from gradts.reporting.facts import fact_table, statistics
from gradts.reporting.specs import FactTableSpec, StatisticsSpec
from gradts.specs import Task
from tests.unit.reporting.markdown import tables

A = Task("a", "classification", ["no", "maybe", "yes"], ["accuracy"], "accuracy")
R = Task("r", "regression", [], ["pearson"], "pearson")
SPEC = StatisticsSpec("toy", [A, R], {"a": "pair"})
STATISTICS = """task,train,mean_length,objective,labels,type
a,7,2.256,classification,3,pair
r,12,5.0,regression,0,
"""
PAPERS = {
    "1": "task,objective,labels,train\na,CLS,3,6\nb,CLS,2,9\nr,RGR,,11\n",
    "7": "task,size,length,type\na,6,2.3,Pair\nb,9,1,Single\nr,11,5.1,Pair\n",
}
SLIPS = "table,row,column,why\n1,a b,tr*,one too low\n7,r,size length,guessed\n7,r,type,unknown\n"


def put_facts(results, task: str, rows: int, length: float, of: str | None = None) -> None:
    facts = {"spec": {"task": of or task}, "source_rows": {"train": rows, "dev": 1}, "mean_length": length}
    write_json(below(results, "facts", task=task), facts)


@pytest.fixture
def path(tmp_path):
    """Where the statistics of both tasks are written to; what they are made from is there."""
    put_facts(tmp_path, "a", 7, 2.256)
    put_facts(tmp_path, "r", 12, 5.0)
    return tmp_path / "toy.csv"


def test_statistics_hold_what_is_known_of_the_source(path):
    statistics(SPEC, path.parent / "data", path)
    assert path.read_text() == STATISTICS
    assert json.loads(path.with_suffix(".json").read_text())["rows"] == 2


def test_facts_of_another_task_are_refused(path):
    put_facts(path.parent, "r", 12, 5.0, of="a")
    with pytest.raises(ArtifactError, match=r"r/statistics\.json was made with spec\.task = 'a'.*needs 'r'"):
        statistics(SPEC, path.parent / "data", path)


def made(path, number: str, generated: bool = False) -> tuple[pd.DataFrame, str]:
    path.write_text(STATISTICS)
    kinds = ("paper.csv", "slips.csv", "csv", "md")
    paper, slips, csv, markdown = (path.with_name(f"table.{kind}") for kind in kinds)
    paper.write_text(PAPERS[number])
    slips.write_text(SLIPS)
    fact_table(FactTableSpec(number, "toy", generated), *map(str, (path, paper, slips, csv, markdown)))
    return pd.read_csv(csv, index_col="task").fillna("-"), markdown.read_text()


@pytest.mark.parametrize(
    ("number", "columns", "a", "r"),
    [
        (
            "1",
            "objective labels train",
            ["classification", 3, 7, "CLS", 3, 6, "paper_train"],
            ["regression", 0, 12],
        ),
        ("7", "size length type", [7, 2.26, "pair", 6, 2.3, "Pair", "-"], [12, 5, "-"]),
    ],
)
def test_facts_stand_beside_the_papers(path, number, columns, a, r):
    frame, text = made(path, number)
    assert [*frame] == [*columns.split(), *(f"paper_{column}" for column in columns.split()), "paper_slips"]
    assert [*frame.index] == ["a", "r"]
    assert [*frame.loc["a"]] == a
    assert [*frame.loc["r"]][:3] == r
    assert frame[f"paper_{'train' if number == '1' else 'size'}"]["r"] == 11
    assert text.startswith(f"# Table {number}\n")
    assert [*tables(text)[0]] == ["a", "r"]


@pytest.mark.parametrize("generated", [True, False])
def test_facts_of_generated_tasks_are_called_so(path, generated):
    assert ("All tasks are **generated**" in made(path, "7", generated)[1]) == generated


@pytest.mark.parametrize(
    ("number", "shown", "slips", "notes"),
    [
        ("1", {"a": ["CLS", "3", "6*"], "r": ["RGR", "", "11"]}, ["paper_train", "-"], ["one too low"]),
        (
            "7",
            {"a": ["6", "2.3", "Pair"], "r": ["11*", "5.1*", "Pair*"]},
            ["-", "paper_size paper_length paper_type"],
            ["guessed", "unknown"],
        ),
    ],
)
def test_slips_of_the_paper_are_shown_as_printed_and_marked(path, number, shown, slips, notes):
    frame, text = made(path, number)
    for task, cells in tables(text)[0].items():
        assert [cell for name, cell in cells.items() if name.startswith("paper_")] == shown[task]
    assert frame["paper_slips"].to_list() == slips
    assert text.endswith("|\n\n" + "".join(f"- `*` as printed; {note}.\n" for note in notes))


def test_no_note_tells_of_a_slip_that_is_not_shown(path, monkeypatch):
    monkeypatch.setitem(PAPERS, "1", "task,objective,labels,train\nb,CLS,2,9\n")
    frame, text = made(path, "1")
    assert set(frame["paper_slips"]) == {"-"}
    assert "as printed" not in text
