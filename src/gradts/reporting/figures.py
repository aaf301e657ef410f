"""The paper's figures as PNG and SVG."""

from pathlib import Path

import matplotlib
import numpy as np

from gradts.artifacts import atomic, read_array, write_json
from gradts.layout import sidecar
from gradts.names import InputError
from gradts.provenance import Job
from gradts.readings import read_correlation
from gradts.reporting.specs import HeatmapSpec, TableSpec, answer_of

matplotlib.use("Agg")

from matplotlib import pyplot

pyplot.rcParams["svg.hashsalt"] = "gradts"  # equal figures are equal files


def _save(figure: pyplot.Figure, outputs: list[str], job: Job) -> None:
    dates = {".png": None, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    for path in outputs:
        if Path(path).suffix not in dates:
            raise InputError(f"--out: {path} is no figure; name a .png, .svg or .pdf file")
    for path in outputs:
        suffix = Path(path).suffix
        with atomic(path) as part:
            figure.savefig(part, format=suffix[1:], dpi=160, metadata=dates[suffix])
    write_json(sidecar(outputs[0]), job.record())
    pyplot.close(figure)


def heatmap(spec: HeatmapSpec, values: str, out: list[str]) -> None:
    """Draw a task's head importance (.npy, layers × heads) or the correlation between tasks (.csv)."""
    job = Job(__name__, spec)
    if values.endswith(".npy"):
        matrix, _ = read_array(values)
        what, low, labels = "Head importance of", 0.0, None
    else:
        table = read_correlation(values)
        matrix = np.array([[*row.values()] for row in table.values()])
        what, low, labels = "Task correlation,", min(0.0, float(np.nanmin(matrix))), list(table)
    rows, columns = matrix.shape
    figure, axes = pyplot.subplots(figsize=(2.4 + 0.55 * columns, 1.8 + 0.5 * rows), layout="constrained")
    figure.colorbar(axes.imshow(matrix, cmap="Blues", vmin=low, vmax=1.0, aspect="auto"), ax=axes)
    for (row, column), value in np.ndenumerate(matrix):
        color = "white" if (value - low) / (1.0 - low) > 0.6 else "black"
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=7, color=color)
    axes.set_title(f"{what} {spec.title}", fontsize=10)
    axes.set_xticks(range(columns), labels, **({"rotation": 45, "ha": "right"} if labels else {}))
    axes.set_yticks(range(rows), labels)
    if not labels:
        axes.set(xlabel="head", ylabel="layer")
    _save(figure, out, job)


def chosen_sets(spec: TableSpec, results: str, out: list[str]) -> None:
    """Draw the share of every auxiliary task (x) that every method uses for every primary task (y)."""
    job = Job(__name__, spec)
    names, rows = [task.name for task in spec.tasks], spec.rows()
    side = 0.24 * len(names)
    size = (1.6 + len(rows) * (0.9 + side), 2.2 + side)
    figure, panels = pyplot.subplots(
        1, len(rows), figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    for axes, row in zip(panels[0], rows, strict=True):
        shares = [
            answer_of(spec, results, row.backend, row.answers[0], name)["auxiliaries"] for name in names
        ]
        values = np.array([[of_primary.get(name, 0.0) for name in names] for of_primary in shares])
        values[np.diag_indices(len(names))] = np.nan
        image = axes.imshow(values, cmap="Blues", vmin=0, vmax=1)
        axes.set_facecolor("0.92")
        axes.set_title(row.label, fontsize=9)
        axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
        axes.set_yticks(range(len(names)), names, fontsize=7)
    figure.colorbar(image, ax=panels[0, -1], label="share selected")
    note = " (generated tasks)" if spec.generated else ""
    figure.suptitle(f"Selected auxiliary tasks (x) of every primary task (y){note}", fontsize=10)
    _save(figure, out, job)
