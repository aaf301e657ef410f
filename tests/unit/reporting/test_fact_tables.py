"""Statistics of a suite, and Tables 1 and 7, against values computed by hand."""

import json
from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pytest

from gradts.artifacts import ArtifactError, write_json, write_table
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


def put_facts(
    results, task: str, rows: int, length: float, of: str | None = None, warnings: Sequence[str] = ()
) -> None:
    facts = {"spec": {"task": of or task}, "rows": {"train": {"source": rows}}, "mean_length": length}
    write_json(below(results, "facts", task=task), facts | {"warnings": [*warnings]})


def put_texts(results, task: str, label: float, pairs: bool = False, **texts: list[str]) -> None:
    """Prepared splits of these texts; of pairs, of every two of them."""
    for split, of in {"dev": ["one", "two"], **texts}.items():
        sides = {"text_a": of[::2], "text_b": of[1::2]} if pairs else {"text_a": of}
        rows = pd.DataFrame(sides).assign(label=label, instance=range(len(sides["text_a"])))
        table = pa.Table.from_pandas(rows.assign(split="dev") if split == "dev" else rows)
        write_table(below(results, split, task=task), table, {"spec": {"task": task}})


@pytest.fixture
def path(tmp_path):
    """Where the statistics of both tasks are written to; what they are made from is there."""
    put_facts(tmp_path, "a", 7, 2.256)
    put_facts(tmp_path, "r", 12, 5.0)
    put_texts(tmp_path, "a", 1, train=["one", "two", "three"], select=["four", "1"])
    put_texts(tmp_path, "r", 0.5, train=["five", "six"], select=["seven", "7", "!"])
    return tmp_path / "toy.csv"


def test_statistics_hold_what_is_known_of_the_source(path, capsys):
    statistics(SPEC, path.parent / "data", path)
    assert path.read_text() == STATISTICS
    record = json.loads(path.with_suffix(".json").read_text())
    assert (record["rows"], record["leaks"], record["warnings"]) == (2, {}, {})
    assert "data/r/select.parquet" in record["reads"]
    assert capsys.readouterr().err == ""


def test_selection_rows_that_are_trained_on_are_counted_and_told(path, capsys):
    put_texts(path.parent, "a", 1, train=["One.", "two", "TWO"], select=["six", "Two!", "one", "1"])
    put_texts(path.parent, "r", 0.5, train=["Six", "six!", "six", "2"], select=["five", "two", "TWO", "Six?"])
    statistics(SPEC, path.parent / "data", path)
    # Rows of the selection split, each once, however often it is trained on.
    found = {"a": {"a": 2, "r": 1}, "r": {"a": 2, "r": 1}}
    assert json.loads(path.with_suffix(".json").read_text())["leaks"] == found
    told = "suite toy: selection rows are trained on: 2 of a in a, 1 of a in r, 2 of r in a, 1 of r in r; "
    error = capsys.readouterr().err
    assert error.startswith(told)
    assert error.count("\n") == 1


def test_pairs_that_are_trained_on_are_counted_in_either_order(path):
    put_texts(path.parent, "a", 1, pairs=True, train=["one", "two"], select=["Two", "one.", "two", "two"])
    put_texts(path.parent, "r", 0.5, train=["one", "one two", "two"], select=["one", "one two"])
    statistics(SPEC, path.parent / "data", path)
    assert json.loads(path.with_suffix(".json").read_text())["leaks"] == {"a": {"a": 1}, "r": {"r": 2}}


def test_warnings_of_the_tasks_are_listed_and_stand_in_the_table(path):
    put_facts(path.parent, "r", 12, 5.0, warnings=["dev has 2 rows", "select has 2 rows"])
    statistics(SPEC, path.parent / "data", path)
    listed = {"r": ["dev has 2 rows", "select has 2 rows"]}
    assert json.loads(path.with_suffix(".json").read_text())["warnings"] == listed
    text = made(path, "1")[1]
    assert text.endswith("\n\n## Warnings\n\n- r: dev has 2 rows\n- r: select has 2 rows\n")
    put_facts(path.parent, "r", 12, 5.0)
    statistics(SPEC, path.parent / "data", path)
    assert "Warnings" not in made(path, "1")[1]


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
    assert ("Tasks named `demo_…` are **generated**" in made(path, "7", generated)[1]) == generated


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
