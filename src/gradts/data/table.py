"""What every reader of a file answers: its rows."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd


class Table(NamedTuple):
    """A file's rows: of a text file with the line on which each begins, counted from 1.

    `features`: what the columns are, as `datasets` notes it in a file.
    """

    frame: pd.DataFrame
    lines: Sequence[int] | None = None
    features: Mapping[str, Any] | None = None


def has_columns(names: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether all that are asked for are among the names, blanks around these and case aside."""
    return {name.lower() for name in wanted} <= {name.strip().lower() for name in names}
