"""The figures that the paper printed, to be shown beside ours."""

import pandas as pd

from gradts.readings import read_rows

DECIMALS = "%.2f"  # as it prints them


def read_printed(path: str, index: str, *columns: str) -> pd.DataFrame:
    """A table of the paper by its `index` column.

    Raises ArtifactError where it is missing or lacks a column; it is part of the repository, so nothing
    remakes it.
    """
    read_rows(path, [index, *columns], "take it from the repository again")
    return pd.read_csv(path, index_col=index)
