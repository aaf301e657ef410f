"""The figures that the paper printed, to be shown beside ours: exactly as printed, with its slips marked."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from itertools import product
from typing import NamedTuple

import pandas as pd

from gradts.readings import read_rows
from gradts.reporting.pages import listed

DECIMALS = "%.2f"  # as it prints them
SLIP = "*"  # behind a figure that cannot be taken at face value
SLIP_COLUMNS = ["table", "row", "column", "why"]
# Columns that are a share of a task's dev instances: the task as it prints it, and how many there are.
SHARES = {
    "mrpc_accuracy": ("MRPC", 408),
    "mnli_accuracy_matched": ("MNLI matched", 9815),
    "mnli_accuracy_mismatched": ("MNLI mismatched", 9832),
    "qnli_accuracy": ("QNLI", 5463),
    "qqp_accuracy": ("QQP", 40430),
    "rte_accuracy": ("RTE", 277),
    "sst2_accuracy": ("SST-2", 872),
    "wnli_accuracy": ("WNLI", 71),
}


class Printed(NamedTuple):
    """Printed figures, and why some are slips: texts by the same rows and columns, empty where none."""

    figures: pd.DataFrame
    slips: pd.DataFrame

    def of(self, rows: Iterable[str], columns: Iterable[str]) -> "Printed":
        """These cells alone; empty ones where nothing is printed."""
        rows, columns = [*rows], [*columns]
        return Printed(*(frame.reindex(index=rows, columns=columns, fill_value="") for frame in self))

    def marked(self) -> pd.DataFrame:
        """The figures for people: `84.24*`."""
        return self.figures + self.slips.map(lambda why: SLIP * bool(why))

    def notes(self) -> list[str]:
        """What is wrong with the marked ones, a note a reason, and what one instance is worth."""
        reasons = dict.fromkeys(why for why in self.slips.to_numpy().ravel() if why)
        notes = [f"`{SLIP}` as printed; {why}." for why in reasons]
        known = [SHARES[column] for column in self.figures if column in SHARES and any(self.figures[column])]
        if known:
            worth = ", ".join(f"{100 / instances:.2g} ({task})" for task, instances in known)
            notes.append(f"One dev instance of the paper is worth, in points of accuracy: {worth}.")
        return notes


def read_printed(path: str, slips: str, number: str, index: str, *columns: str) -> Printed:
    """A table of the paper by its `index` column, and what `slips` tells of that number.

    A share of dev instances that is none (see `attainable`) needs no telling.
    There `table` has numbers, `row` and `column` names or patterns (`mrpc_*`), several apart by spaces.
    Raises ArtifactError where a file is missing or lacks a column; both are part of the repository, so
    nothing remakes them.
    """
    fix = "take it from the repository again"
    figures = pd.DataFrame(read_rows(path, [index, *columns], fix)).set_index(index)
    reasons = pd.DataFrame("", figures.index, figures.columns)
    for slip in read_rows(slips, SLIP_COLUMNS, fix):
        if number in slip["table"].split():
            for row, column in product(_named(slip["row"], figures.index), _named(slip["column"], figures)):
                reasons.loc[row, column] = slip["why"]
    for column in figures.columns.intersection([*SHARES]):
        task, instances = SHARES[column]
        for row, figure in figures[column].items():
            if not reasons.loc[row, column] and figure and not attainable(figure, instances):
                reasons.loc[row, column] = f"{task} has {instances} dev instances: this is no share of them"
    return Printed(figures, reasons)


def attainable(figure: str, instances: int) -> bool:
    """Whether a percentage of two decimals is a share of so many instances: rounded, cut off, or rounded up.

    The paper does all three: 197 of 277 stands there as 71.11 and as 71.12, 43 of 71 as 60.56 and as 60.57.
    """
    hundredths = round(100 * float(figure))
    below = hundredths * instances // 10_000  # the largest number of right ones that does not exceed it
    return any(abs(10_000 * right - hundredths * instances) < instances for right in (below, below + 1))


def _named(patterns: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns.split())]


def beside(ours: pd.DataFrame, printed: Printed, columns: Mapping[str, str]) -> tuple[pd.DataFrame, str]:
    """Our table with the paper's behind it, for programs and, as Markdown, for people.

    `columns`: theirs → what they are called here. `paper_slips` names a row's marked ones; in Markdown marks
    and notes do.
    """
    printed = Printed(*(frame.rename(columns=columns) for frame in printed.of(ours.index, columns)))
    slips = [" ".join(row.index[row != ""]) for _, row in printed.slips.iterrows()]
    numbers = len(ours.columns) + 1  # the index, and ours; theirs stay as they are, such as 7.70
    style = {"disable_numparse": [*range(numbers, numbers + len(columns))]}
    text = ours.join(printed.marked()).to_markdown(**style)
    notes = listed(printed.notes())
    return ours.join(printed.figures).assign(paper_slips=slips), f"{text}\n\n{notes}".rstrip()
