"""Reading CSV artefacts; used by the workflow's input functions too, so nothing heavy."""

import csv
import io
from collections.abc import Collection
from pathlib import Path

from gradts.artifacts import ArtifactError, read_json, remake, sidecar


def read_rows(path: str | Path, columns: Collection[str], fix: str | None = None) -> list[dict[str, str]]:
    """The rows of a CSV file that has at least these columns.

    Raises ArtifactError, with the `fix` (to make the file again, where None), where it is missing, empty,
    cut off, or of another kind.
    """
    fix = fix or remake(path)
    try:
        # Line ends as they are: a carriage return inside a quoted cell is part of it.
        with open(path, newline="", encoding="utf-8") as file:
            text = file.read()
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise ArtifactError(f"{path} cannot be read ({error}); {fix}") from error
    missing = [column for column in columns if not rows or column not in rows[0]]
    if missing:
        reason = f"has no column '{missing[0]}'" if rows else "has no rows"
        raise ArtifactError(f"{path} {reason}; {fix}")
    whole = text.endswith("\n") and all(None not in row and None not in row.values() for row in rows)
    if not whole:
        raise ArtifactError(f"{path} is cut off after {len(rows)} rows; {fix}")
    if sidecar(path).exists() and (count := read_json(sidecar(path)).get("rows")) != len(rows):
        raise ArtifactError(f"{path} has {len(rows)} rows, its record says {count}; {fix}")
    return rows


def read_correlation(path: str | Path) -> dict[str, dict[str, float]]:
    """Task → task → τ-b of a correlation CSV.

    Raises ArtifactError where the file is missing, damaged, not a square of the same names, or holds
    what is no τ. An empty cell is a task without a ranking: NaN.
    """
    try:
        rows = {
            row.pop("task"): {task: float(value or "nan") for task, value in row.items()}
            for row in read_rows(path, ["task"])
        }
    except (ValueError, KeyError) as error:
        if isinstance(error, ArtifactError):
            raise
        raise ArtifactError(f"{path} cannot be read ({error!r}); {remake(path)}") from error
    if any(list(row) != list(rows) for row in rows.values()):
        raise ArtifactError(f"{path} is no square matrix of tasks; {remake(path)}")
    for task, row in rows.items():
        for other, tau in row.items():
            if abs(tau) > 1 + 1e-9:  # NaN is not
                raise ArtifactError(
                    f"{path}: τ of {task} and {other} is {tau}, not in [-1, 1]; {remake(path)}"
                )
    return rows
