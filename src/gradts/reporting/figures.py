"""The paper's figures as PNG and SVG."""

from collections.abc import Collection, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gradts.artifacts import ArtifactError, read_array, remake, write_json
from gradts.correlation.order import leaf_order
from gradts.gradients.normalise import mean_over_seeds
from gradts.layout import below, sidecar
from gradts.names import InputError
from gradts.provenance import Job
from gradts.readings import read_correlation, read_intervals, read_measure, read_signal
from gradts.reporting.drawing import MORE, NUMBERED, fit_heat_maps, heat_map, pyplot, save
from gradts.reporting.findings import of_chosen, of_importance, of_likeness
from gradts.reporting.specs import HAS_GENERATED, HeatmapSpec, TableSpec, answer_of
from gradts.specs import MEASURES


def _save(figure: pyplot.Figure, outputs: list[str], job: Job, finding: str) -> None:
    save(figure, outputs)
    write_json(sidecar(outputs[0]), job.record(finding=finding))


class Grid(NamedTuple):
    """What a heatmap shows: values [rows, columns], their texts, title, finding, names if any, and notes."""

    values: np.ndarray
    texts: np.ndarray
    title: str
    finding: str
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
    names = [grid.names] * 2 if grid.names else [[*map(str, range(size))] for size in grid.values.shape]
    figure, axes = pyplot.subplots(layout="constrained")
    low = min(0.0, float(np.nanmin(grid.values, initial=0)))
    image = heat_map(axes, grid.values, *names, grid.texts, cmap=MORE, vmin=low, vmax=1.0)
    figure.colorbar(image, ax=axes)
    if not grid.names:
        axes.set(xlabel="head", ylabel="layer")
    fit_heat_maps(figure, np.array([[axes]]), grid.title, grid.notes)
    _save(figure, out, job, grid.finding)


def _importance(spec: HeatmapSpec, paths: list[str]) -> Grid:
    matrices = [read_array(path)[0] for path in paths]
    if len({matrix.shape for matrix in matrices}) > 1:
        raise InputError(f"--values: {', '.join(paths)} differ in shape; name the files of one task")
    mean = mean_over_seeds(matrices)
    several = f", mean of {len(paths)} seeds" if len(paths) > 1 else ""
    title = f"Head importance of {spec.title}{several}"
    return Grid(mean, np.vectorize("{:.2f}".format)(mean), title, of_importance(mean))


def _correlation(spec: HeatmapSpec, path: str, intervals: str | None = None) -> Grid:
    """A measure below the diagonal, its intervals above it, noise ceilings on it, and the suite's signal.

    Without intervals or a signal the measure alone.
    """
    table, (signal, caution) = read_correlation(path), read_signal(path)
    measure, names = MEASURES[read_measure(path)], leaf_order(table)
    values = np.array([[table[one][other] for other in names] for one in names])
    texts = np.vectorize(lambda value: "" if np.isnan(value) else f"{value:z.2f}", otypes=[object])(values)
    notes, ends = [_signal_note(signal), caution], {}
    if signal and intervals:
        known, pairs = read_intervals(intervals), combinations(names, 2)
        ends = {frozenset(pair): of for pair, of in known.items()}
        if {*signal["ceiling"]} != {*names} or {*ends} != {*map(frozenset, pairs)}:
            raise ArtifactError(f"{intervals}, or the record of {path}, is of other tasks; {remake(path)}")
        for place in zip(*np.triu_indices(len(names), 1), strict=True):
            low, high = ends[frozenset(names[task] for task in place)]
            texts[place] = "" if np.isnan(low) else f"{low:z.2f}\n{high:z.2f}"
        for place, name in enumerate(names):
            ceiling = signal["ceiling"][name]
            values[place, place] = np.nan
            texts[place, place] = "none" if ceiling is None else f"{ceiling:z.2f}"
        if len(names) <= NUMBERED:
            notes.insert(
                0, f"Below the diagonal {measure}, above it its 95 % interval, on it the noise ceiling"
            )
    title = f"Task correlation ({measure}), {spec.title}"
    finding = f"{of_likeness(names, table, ends)} {caution or ''}".strip()
    return Grid(values, texts, title, finding, names, ". ".join(filter(None, notes)))


def _signal_note(signal: Mapping[str, Any] | None) -> str | None:
    if not signal or signal["matrices_correlate"] is None:
        return None
    return (
        f"Two halves of the {signal['halves']}: matrices correlate at {signal['matrices_correlate']:.2f}, "
        f"nearest task agrees for {signal['nearest_agrees']:.0%} (chance {signal['nearest_by_chance']:.0%})"
    )


def order_of(path: str, backend: str, tasks: Collection[str]) -> list[str]:
    """A suite's tasks as Figure 4 has them; ArtifactError where its correlation lacks one of `tasks`."""
    order = leaf_order(read_correlation(path, backend))
    if missing := {*tasks}.difference(order):
        raise ArtifactError(f"{path} is of other tasks than '{min(missing)}'; {remake(path)}")
    return order


NAMED = 8  # shares over one that a figure has room for


def chosen_sets(spec: TableSpec, results: str, out: list[str]) -> None:
    """Draw the share of every auxiliary task (x) that every method uses for every primary task (y).

    Like tasks stand beside each other, as in Figure 4. A share over one is drawn as one, and named below.
    """
    job, rows = Job(__name__, spec), spec.rows()
    path = below(results, "correlation", backend=spec.backends[0], suite=spec.suite)
    primaries = [task.name for task in spec.tasks]
    columns = order_of(path, spec.backends[0], primaries)
    names = [name for name in columns if name in primaries]
    across = min(2, len(rows))
    figure, panels = pyplot.subplots(-(-len(rows) // across), across, squeeze=False, layout="constrained")
    over, chosen = [], []
    for axes, row in zip(panels.flat, rows, strict=False):
        shares = [
            answer_of(spec, results, row.backend, row.answers[0], name)["auxiliaries"] for name in names
        ]
        values = np.array([[of_primary.get(name, 0.0) for name in columns] for of_primary in shares])
        values[[*range(len(names))], [*map(columns.index, names)]] = np.nan
        taken = ([task for task, share in of.items() if share] for of in shares)
        chosen += zip(names, taken, strict=True)
        over += [
            f"{row.label} {primary} + {task} {share:.1f}"
            for primary, of_primary in zip(names, shares, strict=True)
            for task, share in of_primary.items()
            if share > 1
        ]
        image = heat_map(axes, np.minimum(values, 1), names, columns, cmap=MORE, vmin=0, vmax=1)
        axes.set_title(row.label)
    for axes in panels.flat[len(rows) :]:
        axes.set_axis_off()
    for axes in panels[:, 1:].flat:
        axes.tick_params(left=False, labelleft=False)
    for axes in panels.flat[: max(0, len(rows) - across)]:
        axes.tick_params(bottom=False, labelbottom=False)
    figure.colorbar(image, ax=panels, label="share selected")
    note = HAS_GENERATED * spec.generated
    title = f"Selected auxiliary tasks (x) of every primary task (y){note}"
    fit_heat_maps(figure, panels, title, _passes(over))
    _save(figure, out, job, of_chosen(chosen, columns))


def _passes(over: list[str]) -> str:
    """What is said of shares over one: AUTOSEM's batches may be more than an auxiliary task has."""
    if not over:
        return ""
    more = f" and {len(over) - NAMED} more" if len(over) > NAMED else ""
    return f"More than one pass over an auxiliary task's data: {', '.join(over[:NAMED])}{more}"
