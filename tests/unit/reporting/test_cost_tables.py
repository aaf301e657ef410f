"""Minutes of a ledger, and Tables 3 and 10, against values computed by hand."""

from pathlib import Path

import pandas as pd
import pytest

from gradts.artifacts import ArtifactError, read_json, write_json
from gradts.names import InputError
from gradts.reporting.costs import cost_table, minutes
from gradts.reporting.specs import GENERATED, CostTableSpec
from tests.unit.reporting.ledger import made, put_graph
from tests.unit.reporting.markdown import tables

# tasks, seconds, MiB, who needs it
ROWS = [
    ("a", 60, 5, "trial a; trial b; trial p; thres p"),
    ("b", 120, 5, "trial a; trial b; trial p; thres p"),
    ("p", 180, 5, "trial a; trial b; trial p; thres p"),
    ("p", 30, 7, "trial p"),
    ("a p", 90, 9, "trial p"),
    ("a b p", 240, 6, "trial p; thres p"),
    ("a b p", 600, 4, "autosem p"),
]
LEDGER = pd.DataFrame(
    {
        "tasks": [row[0] for row in ROWS],
        # Only CPU seconds count on a CPU, only wall seconds on a GPU.
        "wall_seconds": [5000] * 6 + [600],
        "cpu_seconds": [row[1] for row in ROWS[:6]] + [7000],
        "device": ["cpu"] * 6 + ["cuda:0"],
        "peak_memory_bytes": [row[2] * 2**20 for row in ROWS],
        "needed_by": [row[3] for row in ROWS],
    }
)
# Seconds of all three primaries, and of one more candidate for the two others, which halves them:
#   trial: a (60 + 90 + 240) + b (120 + 240) + p (180) = 930; thres: a (60 + 240) + b (120 + 240) = 660;
#   autosem: a and b, 600 each.
MINUTES = {
    "trial": (720 / 180, (30 + 90) / 180, 930 / 2 / 180, 9),
    "thres": (600 / 180, 0, 660 / 2 / 180, 6),
    "autosem": (600 / 180, 600 / 180, 1200 / 2 / 180, 4),
}


@pytest.mark.parametrize("method", MINUTES)
def test_minutes_of_a_primary_task(method):
    columns = ("minutes", "minutes_marginal", "minutes_one_more_candidate", "peak_memory_mb")
    assert minutes(LEDGER, method, ["a", "b", "p"]) == pytest.approx(
        dict(zip(columns, MINUTES[method], strict=True))
    )


def test_one_primary_alone_has_no_other_to_be_a_candidate_for():
    assert minutes(LEDGER, "autosem", ["p"])["minutes_one_more_candidate"] == 0


PAPER = """method,minutes_table3,minutes_table10,memory_mb
AUTOSEM,3,10,1000
GradTS-trial,4,11,2000
GradTS-fg,5,12,3000
"""
SLIPS = "table,row,column,why\n10,GradTS-trial,minutes_table10,11 is 1 with footnote mark 1\n"
FILES = ("costs.csv", "paper.csv", "slips.csv", "t.csv", "t.md")


def put_paper(folder: Path) -> None:
    (folder / "paper.csv").write_text(PAPER)
    (folder / "slips.csv").write_text(SLIPS)


def table_of(tmp_path, number: str, methods: list[str]) -> tuple[pd.DataFrame, str]:
    names = {"trial": "gradts-trial", "thres": "gradts-thres"}
    renamed = LEDGER.assign(needed_by=LEDGER["needed_by"].replace(names, regex=True))
    paths = [tmp_path / name for name in FILES]
    renamed.to_csv(paths[0], index=False)
    answers = sorted({user for text in renamed["needed_by"] for user in text.split("; ")} | {"no-sel p"})
    write_json(paths[0].with_suffix(".json"), {"rows": len(renamed), "answers": answers})
    put_paper(tmp_path)
    cost_table(CostTableSpec(number, methods, True), *map(str, paths))
    return pd.read_csv(paths[3], index_col="method"), paths[4].read_text()


@pytest.mark.parametrize(("number", "minutes"), [("3", [4, 3]), ("10", [11, 10])])
def test_a_cost_table_has_the_papers_costs_beside_ours(tmp_path, number, minutes):
    frame, text = table_of(tmp_path, number, ["gradts-trial", "gradts-thres", "autosem"])
    assert frame["minutes"].to_dict() == {"GradTS-trial": 4, "GradTS-thres": 3.33, "AUTOSEM": 3.33}
    assert frame["minutes_marginal"].to_list() == [0.67, 0, 3.33]
    assert frame["minutes_one_more_candidate"].to_list() == [2.58, 1.83, 3.33]
    assert set(frame["device"]) == {"cpu, cuda:0"}
    assert frame["paper_minutes"].dropna().to_list() == minutes
    assert frame["paper_memory_mb"].dropna().to_dict() == {"GradTS-trial": 2000, "AUTOSEM": 1000}
    assert read_json(tmp_path / "t.json")["rows"] == 3
    assert text.startswith(f"# Table {number}\n")
    assert GENERATED in text
    assert tables(text)[0]["GradTS-thres"]["peak_memory_mb"] == "6"


def test_a_slip_of_the_paper_is_shown_as_printed_and_marked_in_its_table_alone(tmp_path):
    note = "- `*` as printed; 11 is 1 with footnote mark 1.\n"
    for number, shown, slips in (("3", "4", "-"), ("10", "11*", "paper_minutes")):
        frame, text = table_of(tmp_path, number, ["gradts-trial", "autosem"])
        assert tables(text)[0]["GradTS-trial"]["paper_minutes"] == shown
        assert frame["paper_minutes"]["GradTS-trial"] == int(shown.strip("*"))
        assert frame["paper_slips"].fillna("-").to_list() == [slips, "-"]
        assert text.endswith(f"|\n\n{note}") == ("*" in shown)


def test_a_method_that_needs_no_job_costs_nothing(tmp_path):
    frame, _ = table_of(tmp_path, "10", ["no-sel"])
    assert frame.loc["NO-SEL", ["minutes", "peak_memory_mb"]].to_list() == [0, 0]


def test_where_nobody_needed_a_job_all_costs_are_zero(tmp_path):
    results = put_graph(tmp_path)
    assert made(results, "no-sel/p").empty
    put_paper(results)
    paths = [str(results / name) for name in FILES]
    cost_table(CostTableSpec("10", ["no-sel"], True), *paths)
    row = pd.read_csv(paths[3], index_col="method").loc["NO-SEL"].dropna()
    columns = ("minutes", "minutes_marginal", "minutes_one_more_candidate", "peak_memory_mb")
    assert row.to_dict() == dict.fromkeys(columns, 0)


@pytest.mark.parametrize("kept", [0, 1])
def test_a_ledger_that_lost_its_rows_is_refused(tmp_path, kept):
    results = put_graph(tmp_path)
    made(results, "gradts-trial/p")
    ledger = results / "costs.csv"
    ledger.write_text("".join(ledger.read_text().splitlines(keepends=True)[:kept]))
    put_paper(results)
    paths = [str(results / name) for name in FILES]
    with pytest.raises(ArtifactError, match=r"costs\.csv has no rows; remake it"):
        cost_table(CostTableSpec("10", ["gradts-trial"], True), *paths)


@pytest.mark.parametrize("method", ["random-k", "random-size12", "null-trial"])
def test_draws_of_a_control_are_one_method(method):
    drawn = LEDGER.assign(needed_by=f"{method}-1 p; {method}-2 p")
    assert minutes(drawn, method, ["p"])["minutes"] == pytest.approx(sum(row[1] for row in ROWS) / 60)


def test_a_method_without_an_answer_is_named(tmp_path):
    message = "methods: .*costs.csv has no answer of 'gradts-fg'; choose from autosem, gradts-thres"
    with pytest.raises(InputError, match=message):
        table_of(tmp_path, "10", ["gradts-fg"])
