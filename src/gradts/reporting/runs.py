"""The joint runs behind what is shown: their scores and their answers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from gradts.artifacts import ArtifactError, remake
from gradts.layout import inside
from gradts.readings import read_answers
from gradts.selection.doors import Wanted, finished_files
from gradts.specs import Task


class Run(NamedTuple):
    """A set of members under a backend and a seed."""

    backend: str
    members: tuple[str, ...]
    seed: int


def metrics_of(results: str, run: Run) -> str:
    """The path of a run's scores; ArtifactError where it is not finished, or is another one."""
    return finished_files(results)(Wanted("metrics", run._asdict() | {"members": [*run.members]}))[0]


def read_predictions(
    results: str, run: Run, task: Task, splits: Mapping[str, pd.DataFrame]
) -> dict[str, list[Any]]:
    """Split → a run's answers, of these prepared rows, in the form of their labels.

    Those of the epoch that is best on the selection split.
    Nothing where the training diverged at once; ArtifactError where the file is of other rows.
    """
    path = inside(Path(metrics_of(results, run)).parent, "predictions")
    wanted = {"spec.backend.name": run.backend, "spec.members": [*run.members], "spec.seed": run.seed}
    found = read_answers(path, task, splits, wanted)
    for split, rows in splits.items() if found else ():
        if split not in found or found[split].instances != [*rows["instance"]]:
            raise ArtifactError(f"{path} is of other rows than {split} of '{task.name}'; {remake(path)}")
    return {split: of.answers for split, of in found.items()}
