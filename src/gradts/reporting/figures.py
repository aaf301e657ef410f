"""The paper's figures as PNG and SVG."""

from dataclasses import asdict
from pathlib import Path

import matplotlib
import numpy as np

from gradts.artifacts import Job, atomic, read_array, write_json
from gradts.correlation.table import read_correlation
from gradts.reporting.specs import TableSpec
from gradts.selection.evidence import finished, read_answer
from gradts.specs import InputError

matplotlib.use("Agg")

from matplotlib import pyplot


def _save(figure: pyplot.Figure, outputs: list[str], job: Job) -> None:
    for path in outputs:
        if not path.endswith((".png", ".svg", ".pdf")):
            raise InputError(f"--out: {path} is no figure; name a .png, .svg or .pdf file")
        with atomic(path) as part:
            # No date, so that equal figures are equal files.
            metadata = {"Date": None} if path.endswith("svg") else None
            figure.savefig(part, format=Path(path).suffix[1:], dpi=160, metadata=metadata)
    write_json(Path(outputs[0]).with_suffix(".json"), job.record())
    pyplot.close(figure)


def _heatmap(values: np.ndarray, title: str, low: float, high: float) -> tuple[pyplot.Figure, pyplot.Axes]:
    rows, columns = values.shape
    figure, axes = pyplot.subplots(figsize=(2.4 + 0.55 * columns, 1.8 + 0.5 * rows), layout="constrained")
    image = axes.imshow(values, cmap="Blues", vmin=low, vmax=high, aspect="auto")
    for row, column in np.ndindex(values.shape):
        value = values[row, column]
        dark = (value - low) / (high - low) > 0.6
        axes.text(
            column,
            row,
            f"{value:.2f}",
            ha="center",
            va="center",
            fontsize=7,
            color="white" if dark else "black",
        )
    figure.colorbar(image, ax=axes)
    axes.set_title(title, fontsize=10)
    return figure, axes


def figure3(importance: str, task: str, note: str, outputs: list[str]) -> None:
    """Head importance of one task, layers × heads; darker is more important."""
    job = Job(__name__, {"figure": 3, "importance": importance})
    values, _ = read_array(importance)
    layers, heads = values.shape
    figure, axes = _heatmap(values, f"Head importance of {task}{note}", 0.0, 1.0)
    axes.set(xlabel="head", ylabel="layer", xticks=range(heads), yticks=range(layers))
    _save(figure, outputs, job)


def figure4(matrix: str, title: str, note: str, outputs: list[str]) -> None:
    """Kendall's τ-b between the head importance of all tasks of a suite."""
    job = Job(__name__, {"figure": 4, "matrix": matrix})
    table = read_correlation(matrix)
    values = np.array([[row[task] for task in table] for row in table.values()])
    figure, axes = _heatmap(
        values, f"Task correlation, {title}{note}", min(0.0, float(np.nanmin(values))), 1.0
    )
    axes.set_xticks(range(len(table)), list(table), rotation=45, ha="right")
    axes.set_yticks(range(len(table)), list(table))
    _save(figure, outputs, job)


def chosen_sets(spec: TableSpec, results: str, note: str, outputs: list[str]) -> None:
    """Share of every auxiliary task (x) that every method uses for every primary task (y)."""
    job = Job(__name__, asdict(spec))
    names = [task.name for task in spec.tasks]
    figure, panels = pyplot.subplots(
        1,
        len(spec.methods),
        figsize=(1.6 + len(spec.methods) * (0.9 + 0.24 * len(names)), 2.2 + 0.24 * len(names)),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for axes, row in zip(panels[0], spec.rows(), strict=True):
        shares = [
            read_answer(finished(results), row.backend, spec.suite, row.answers[0], name)["auxiliaries"]
            for name in names
        ]
        values = np.array([[of_primary.get(name, 0.0) for name in names] for of_primary in shares])
        values[np.diag_indices(len(names))] = np.nan
        image = axes.imshow(values, cmap="Blues", vmin=0, vmax=1)
        axes.set_facecolor("0.92")
        axes.set_title(row.label, fontsize=9)
        axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
        axes.set_yticks(range(len(names)), names, fontsize=7)
    figure.colorbar(image, ax=panels[0, -1], label="share selected")
    figure.suptitle(f"Selected auxiliary tasks (x) of every primary task (y){note}", fontsize=10)
    _save(figure, outputs, job)
