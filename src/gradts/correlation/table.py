"""Reading the correlation matrix; used by the workflow's input functions too, so nothing heavy."""

import csv
from pathlib import Path

from gradts.artifacts import ArtifactError, remake


def read_correlation(path: str | Path) -> dict[str, dict[str, float]]:
    """Task → task → τ-b of a correlation CSV.

    Raises ArtifactError where the file is missing, damaged or not a square of the same names.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = {
                row.pop("task"): {task: float(value or "nan") for task, value in row.items()}
                for row in csv.DictReader(file)
            }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{path} cannot be read ({error!r}); {remake(path)}") from error
    if not rows or any(list(row) != list(rows) for row in rows.values()):
        raise ArtifactError(f"{path} is no square matrix of tasks; {remake(path)}")
    return rows
