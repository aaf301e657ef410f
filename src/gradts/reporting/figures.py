"""The paper's figures as PNG and SVG."""

import textwrap
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
import numpy as np

from gradts.artifacts import ArtifactError, atomic, read_array, remake, write_json
from gradts.gradients.normalise import mean_over_seeds
from gradts.layout import sidecar
from gradts.names import InputError
from gradts.provenance import Job
from gradts.readings import read_correlation, read_intervals, read_measure, read_signal
from gradts.reporting.specs import HAS_GENERATED, HeatmapSpec, TableSpec, answer_of
from gradts.specs import MEASURES

matplotlib.use("Agg")

from matplotlib import pyplot

pyplot.rcParams["svg.hashsalt"] = "gradts"  # equal figures are equal files


def save(figure: pyplot.Figure, outputs: list[str]) -> None:
    """Write a figure as .png, .svg or .pdf, without a date; InputError for any other file."""
    dates = {".png": None, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    for path in outputs:
        if Path(path).suffix not in dates:
            raise InputError(f"--out: {path} is no figure; name a .png, .svg or .pdf file")
    for path in outputs:
        suffix = Path(path).suffix
        with atomic(path) as part:
            figure.savefig(part, format=suffix[1:], dpi=160, metadata=dates[suffix])
    pyplot.close(figure)


def _save(figure: pyplot.Figure, outputs: list[str], job: Job) -> None:
    save(figure, outputs)
    write_json(sidecar(outputs[0]), job.record())


class Grid(NamedTuple):
    """What a heatmap shows: values [rows, columns], the text of each, title, names if any, and notes."""

    values: np.ndarray
    texts: np.ndarray
    title: str
    names: list[str] | None = None
    notes: str = ""


def heatmap(spec: HeatmapSpec, values: list[str], out: list[str]) -> None:
    """Draw a task's head importance or the correlation between tasks.

    `values`: a task's `.npy` files, of which the mean is drawn, or the `.csv` of the correlation and, to show
    them, that of its intervals.
    """
    job = Job(__name__, spec)
    suffixes = {Path(path).suffix for path in values}
    if suffixes == {".npy"}:
        grid = _importance(spec, values)
    elif suffixes == {".csv"} and len(values) < 3:
        grid = _correlation(spec, *values)
    else:
        raise InputError(f"--values: {', '.join(values)}; name .npy files, or a matrix and its intervals")
    (rows, columns), low = grid.values.shape, min(0.0, float(np.nanmin(grid.values)))
    width, height = (0.75, 0.6) if grid.names else (0.55, 0.5)
    size = (2.4 + width * columns, 1.8 + height * rows)
    figure, axes = pyplot.subplots(figsize=size, layout="constrained")
    image = axes.imshow(grid.values, cmap="Blues", vmin=low, vmax=1.0, aspect="auto")
    figure.colorbar(image, ax=axes)
    for (row, column), value in np.ndenumerate(grid.values):
        color = "white" if (value - low) / (1.0 - low) > 0.6 else "black"
        axes.text(column, row, grid.texts[row, column], ha="center", va="center", fontsize=7, color=color)
    axes.set_title(grid.title, fontsize=10)
    axes.set_xticks(range(columns), grid.names, **({"rotation": 45, "ha": "right"} if grid.names else {}))
    axes.set_yticks(range(rows), grid.names)
    if not grid.names:
        axes.set(xlabel="head", ylabel="layer")
    _below(figure, grid.notes)
    _save(figure, out, job)


def _below(figure: pyplot.Figure, notes: str) -> None:
    if notes:
        figure.supxlabel(textwrap.fill(notes, int(15 * figure.get_figwidth())), fontsize=7)


def _importance(spec: HeatmapSpec, paths: list[str]) -> Grid:
    matrices = [read_array(path)[0] for path in paths]
    if len({matrix.shape for matrix in matrices}) > 1:
        raise InputError(f"--values: {', '.join(paths)} differ in shape; name the files of one task")
    mean = mean_over_seeds(matrices)
    several = f", mean of {len(paths)} seeds" if len(paths) > 1 else ""
    return Grid(mean, np.vectorize("{:.2f}".format)(mean), f"Head importance of {spec.title}{several}")


def _correlation(spec: HeatmapSpec, path: str, intervals: str | None = None) -> Grid:
    """A measure with its interval, the noise ceilings on the diagonal, and the suite's signal."""
    table, (signal, caution) = read_correlation(path), read_signal(path)
    names, values = list(table), np.array([[*row.values()] for row in table.values()])
    texts = np.vectorize("{:.2f}".format, otypes=[object])(values)
    if signal and intervals:
        known, pairs = read_intervals(intervals), combinations(names, 2)
        if {*signal["ceiling"]} != {*names} or {*map(frozenset, known)} != {*map(frozenset, pairs)}:
            raise ArtifactError(f"{intervals}, or the record of {path}, is of other tasks; {remake(path)}")
        for (one, other), (low, high) in known.items():
            places = names.index(one), names.index(other)
            texts[places] += "" if np.isnan(low) else f"\n{low:.2f} … {high:.2f}"
            texts[places[::-1]] = texts[places]
        for place, name in enumerate(names):
            ceiling = signal["ceiling"][name]
            texts[place, place] = "no\nranking" if ceiling is None else f"ceiling\n{ceiling:.2f}"
    notes = ". ".join(filter(None, [_signal_note(signal), caution]))
    title = f"Task correlation ({MEASURES[read_measure(path)]}), {spec.title}"
    return Grid(values, texts, title, names, notes)


def _signal_note(signal: Mapping[str, Any] | None) -> str | None:
    if not signal or signal["matrices_correlate"] is None:
        return None
    return (
        f"Two halves of the {signal['halves']}: matrices correlate at {signal['matrices_correlate']:.2f}, "
        f"nearest task agrees for {signal['nearest_agrees']:.0%} (chance {signal['nearest_by_chance']:.0%})"
    )


NAMED = 8  # shares over one that a figure has room for


def chosen_sets(spec: TableSpec, results: str, out: list[str]) -> None:
    """Draw the share of every auxiliary task (x) that every method uses for every primary task (y).

    A share over one is drawn as one, and named below.
    """
    job = Job(__name__, spec)
    names, rows = [task.name for task in spec.tasks], spec.rows()
    side = 0.24 * len(names)
    size = (1.6 + len(rows) * (0.9 + side), 2.2 + side)
    figure, panels = pyplot.subplots(
        1, len(rows), figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    over = []
    for axes, row in zip(panels[0], rows, strict=True):
        shares = [
            answer_of(spec, results, row.backend, row.answers[0], name)["auxiliaries"] for name in names
        ]
        values = np.array([[of_primary.get(name, 0.0) for name in names] for of_primary in shares])
        values[np.diag_indices(len(names))] = np.nan
        over += [
            f"{row.label} {primary}+{task} {share:.1f}"
            for primary, of_primary in zip(names, shares, strict=True)
            for task, share in of_primary.items()
            if share > 1
        ]
        image = axes.imshow(np.minimum(values, 1), cmap="Blues", vmin=0, vmax=1)
        axes.set_facecolor("0.92")
        axes.set_title(row.label, fontsize=9)
        axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
        axes.set_yticks(range(len(names)), names, fontsize=7)
    figure.colorbar(image, ax=panels[0, -1], label="share selected")
    note = HAS_GENERATED * spec.generated
    figure.suptitle(f"Selected auxiliary tasks (x) of every primary task (y){note}", fontsize=10)
    _below(figure, _passes(over))
    _save(figure, out, job)


def _passes(over: list[str]) -> str:
    """What is said of shares over one: AUTOSEM's batches may be more than an auxiliary task has."""
    if not over:
        return ""
    more = f" and {len(over) - NAMED} more" if len(over) > NAMED else ""
    return f"More than one pass over an auxiliary task's data: {', '.join(over[:NAMED])}{more}"
