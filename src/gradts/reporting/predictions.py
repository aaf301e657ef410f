"""What a joint run answered on a task's splits at the epoch that is best on the selection split."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from gradts.artifacts import ArtifactError, expect, read_table, remake
from gradts.layout import below
from gradts.selection.evidence import Wanted, finished_files
from gradts.specs import MULTI_LABEL, REGRESSION, TAGGING, Task


def read_predictions(
    results: str,
    backend: str,
    members: Sequence[str],
    seed: int,
    task: Task,
    splits: Mapping[str, pd.DataFrame],
) -> dict[str, list[Any]]:
    """Split → a run's answers, of these prepared rows, in the form of their labels.

    Nothing where the training diverged at once; ArtifactError where the file is of other rows.
    """
    fields = {"backend": backend, "members": [*members], "seed": seed}
    finished_files(results)(Wanted("metrics", fields))  # checks that it is the run that is meant
    path = below(results, "predictions", **fields)
    table, record = read_table(path)
    expect(path, record, {"spec.backend.name": backend, "spec.members": [*members], "spec.seed": seed})
    frame = table.filter(pc.field("task") == task.name).to_pandas()
    of_splits = dict([*frame.groupby("split")])
    found = {}
    for split, rows in splits.items() if of_splits else ():
        if split not in of_splits or [*of_splits[split]["instance"]] != [*rows["instance"]]:
            raise ArtifactError(f"{path} is of other rows than {split} of '{task.name}'; {remake(path)}")
        kind = float if task.objective == REGRESSION else int
        answers = [[*map(kind, answer)] for answer in of_splits[split]["prediction"]]
        several = task.objective in (MULTI_LABEL, TAGGING)
        found[split] = answers if several else [answer[0] for answer in answers]
    return found
