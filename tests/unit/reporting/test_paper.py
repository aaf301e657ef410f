"""The paper's figures as printed, and which of them are marked, against what scores can be at all."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from gradts.reporting.paper import SHARES, Printed, attainable, beside, read_printed
from tests.conftest import data_root

PAPER = Path(__file__).parents[3] / "config/paper"
SLIPS = str(PAPER / "slips.csv")
SCORES = ["2", "4", "5", "6", "8", "9"]
# Number of dev instances, and of positive ones.
DEV = {"mnli_accuracy_matched": 9815, "mnli_accuracy_mismatched": 9832, "qnli_accuracy": 5463}
DEV |= {"rte_accuracy": 277, "sst2_accuracy": 872, "wnli_accuracy": 71}
PAIRS = {"mrpc": (408, 279), "qqp": (40430, 14885)}
NO_SHARE = "this is no share of them"
NEAR = 0.0101  # rounded, cut off or rounded up


def printed(number: str, slips: str = SLIPS) -> Printed:
    name = "minutes" if number in ("3", "10") else f"table{number}"
    return read_printed(str(PAPER / f"{name}.csv"), slips, number, "task" if number in "17" else "method")


def marked(number: str, slips: str = SLIPS, *, told: bool = False) -> set[tuple[str, str]]:
    """Rows and columns of what is marked, or of these what is told by hand."""
    reasons = printed(number, slips).slips.stack()
    return set(reasons[(reasons != "") & ~(told & reasons.str.endswith(NO_SHARE))].index)


def is_share(percent: float, of: int) -> bool:
    return any(abs(100 * right / of - percent) < NEAR for right in range(of + 1))


def is_pair(accuracy: float, f1: float, rows: int, positive: int) -> bool:
    """Whether some predictions have both: over all numbers of errors, and of missed positives among them."""
    return any(
        abs(200 * hits / (2 * hits + errors) - f1) < NEAR
        for errors in range(rows + 1)
        if abs(100 * (1 - errors / rows) - accuracy) < NEAR
        for hits in range(max(0, positive - errors), positive - max(0, errors - (rows - positive)) + 1)
    )


@pytest.mark.parametrize("number", SCORES)
def test_marked_scores_are_those_that_no_predictions_have(number):
    expected = set()
    for row, figures in printed(number).figures.iterrows():
        expected |= {
            (row, column)
            for column, size in DEV.items()
            if column in figures and not is_share(float(figures[column]), size)
        }
        for task, of in PAIRS.items():
            columns = f"{task}_accuracy", f"{task}_f1"
            if columns[0] in figures and not is_pair(*(float(figures[column]) for column in columns), *of):
                expected |= {(row, column) for column in columns}
    assert marked(number) == expected


@pytest.mark.parametrize("number", SCORES)
def test_pairs_that_are_told_to_be_swapped_are_those_that_are_right_the_other_way_round(number):
    pairs, reasons = (frame[["mrpc_accuracy", "mrpc_f1"]] for frame in printed(number))
    for row in {row for row, column in marked(number) if column == "mrpc_f1"}:
        swapped = is_pair(*pairs.loc[row].astype(float)[::-1], *PAIRS["mrpc"])
        assert ("F1/accuracy" in reasons["mrpc_f1"][row]) == swapped


TRUE_SIZES = {"cola": 8551, "mrpc": 3668, "mnli": 392702, "qnli": 104743, "qqp": 363846, "rte": 2490}
TRUE_SIZES |= {"sst2": 67349, "wnli": 635, "stsb": 5749, "pos": 14041, "ner": 14987, "sc": 8936}
TRUE_SIZES |= {"meld": 9989, "dyadic_meld": 12840}


@pytest.mark.parametrize(("number", "column"), [("1", "train"), ("7", "size")])
def test_marked_sizes_are_not_the_true_ones(number, column):
    sizes = printed(number).figures[column].astype(int)
    wrong = {task for task, size in sizes.items() if size == TRUE_SIZES[task] - 1}
    assert marked(number) == {(task, column) for task in wrong}
    assert all(size == TRUE_SIZES[task] for task, size in sizes.items() if task not in wrong)


def test_a_footnote_mark_is_part_of_what_is_printed():
    assert printed("10").figures.loc["GradTS-fg"].to_list() == ["153", "1547", "35610"]
    assert marked("10") == {("GradTS-fg", "minutes_table10")}
    assert marked("3") == set()


@pytest.mark.parametrize("number", ["1", "3", "7", "10", *SCORES])
def test_every_slip_is_of_cells_that_are_printed_and_have_no_other(tmp_path, number):
    head, *lines = Path(SLIPS).read_text().splitlines()
    found, alone = [], tmp_path / "slips.csv"
    for line in lines:
        if number in line.partition(",")[0].split():
            alone.write_text(f"{head}\n{line}\n")
            cells = marked(number, str(alone), told=True)
            assert cells, line
            assert all(printed(number).figures.loc[cell] for cell in cells)
            found += cells
    assert len(found) == len(set(found))
    assert set(found) == marked(number, told=True)


@pytest.mark.parametrize(
    ("figure", "instances", "reached"),
    [
        ("71.11", 277, True),  # 197: 71.119 cut off
        ("71.12", 277, True),
        ("71.13", 277, False),
        ("60.57", 71, True),  # 43: 60.563 rounded up
        ("66.98", 277, False),  # 185 are 66.79, 186 are 67.15
        ("0.00", 71, True),
        ("100.00", 71, True),
        ("99.00", 71, False),
        ("50.00", 71, False),
        ("50.00", 408, True),
        ("52.115", 71, True),  # 37: 52.113
    ],
)
def test_whether_so_many_instances_can_have_a_score(figure, instances, reached):
    assert attainable(figure, instances) == reached


def test_sizes_are_those_of_the_dev_sets_themselves():
    """Of what is there whole (SOURCES.md); QQP's official dev set is not."""
    if data_root() is None:
        pytest.skip("no local copy of the data")
    for column, (_, instances) in SHARES.items():
        task, _, split = column.replace("_accuracy", "").partition("_")
        path = data_root() / task / f"validation{f'_{split}' if split else ''}.parquet"
        assert task == "qqp" or pq.read_metadata(path).num_rows == instances


def test_what_is_no_share_is_listed_in_the_docs():
    page = (PAPER.parents[1] / "docs/data.md").read_text()
    for column, (task, instances) in SHARES.items():
        reasons = {number: printed(number).slips.get(column, pd.Series(dtype=str)) for number in SCORES}
        cells = {
            (printed(number).figures[column][row], row): None
            for number, of_table in reasons.items()
            for row in of_table.index[of_table.str.endswith(NO_SHARE)]
        }
        listed = ", ".join(f"{figure} ({row})" for figure, row in sorted(cells)) or "none"
        assert f"| {task} | {instances:,} | {100 / instances:.2g} | {listed} |\n" in page


def test_one_instances_worth_stands_below_a_table_that_shows_the_papers_figure():
    assert printed("2").of(["Single-Task"], ["rte_accuracy", "wnli_accuracy", "cola_mcc"]).notes() == [
        "One dev instance of the paper is worth, in points of accuracy: 0.36 (RTE), 1.4 (WNLI)."
    ]
    assert printed("2").of(["Single-Task"], ["cola_mcc"]).notes() == []
    assert printed("2").of(["Majority"], ["rte_accuracy"]).notes() == []


def test_texts_are_as_printed(tmp_path):
    """No zero at the end is lost, no whole number gets decimals."""
    (tmp_path / "t.csv").write_text("task,size,length,type\na,7,7.70,x\nb,,11.06,y\n")
    (tmp_path / "s.csv").write_text(
        'table,row,column,why\n1,a,size,no\n1 2,a b,le*,"guessed, both"\n2,*,size,two\n'
    )
    table = read_printed(str(tmp_path / "t.csv"), str(tmp_path / "s.csv"), "1", "task")
    assert table.marked().loc["a"].to_list() == ["7*", "7.70*", "x"]
    ours = pd.DataFrame({"length": [7.7, 1.0]}, ["a", "c"])
    frame, text = beside(ours, table, {"length": "paper_length", "size": "paper_size"})
    assert [*frame] == ["length", "paper_length", "paper_size", "paper_slips"]
    assert frame.loc["a"].to_list() == [7.7, "7.70", "7", "paper_length paper_size"]
    assert frame.loc["c"].to_list() == [1, "", "", ""]
    assert text.splitlines()[2:] == [
        "| a  |      7.7 | 7.70*          | 7*           |",
        "| c  |      1   |                |              |",
        "",
        "- `*` as printed; guessed, both.",
        "- `*` as printed; no.",
    ]
