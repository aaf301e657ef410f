"""Cells of labels and texts as a source may have them, and the rows that become of them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

from gradts.data.rows import check_rows, our_columns
from gradts.data.sources import Raw
from gradts.names import InputError
from tests.conftest import source_of

STARS = ["1", "2", "3", "4", "5"]
FLIPPED = ["1", "0"]


def read(splits: Mapping[str, Any], text: Any = None, names: Any = None, **changes: Any):
    """Rows of `splits`, which are cells of labels or frames, with the counts."""
    raw = {}
    for split, cells in splits.items():
        cells = [*cells]
        texts = [f"text {row}" for row in range(len(cells))] if text is None else text
        raw[split] = Raw(f"{split}.x", pd.DataFrame({"text": texts, "label": cells}), names=names)
    source = source_of(**changes)
    rows, counts = check_rows(our_columns(raw, source), raw, source)
    return {split: [*of["label"]] for split, of in rows.items()}, counts, rows


def refused(message: str, *args: Any, **changes: Any) -> None:
    with pytest.raises(InputError) as error:
        read(*args, **changes)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
