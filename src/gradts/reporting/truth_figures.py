"""Pictures of the truth: regret against its cost, and likeness of heads beside measured gains."""

from itertools import permutations

import numpy as np
import pandas as pd

from gradts.artifacts import expect, write_json
from gradts.layout import below, sidecar
from gradts.names import MEAN
from gradts.provenance import Job, provenance
from gradts.readings import read_correlation, read_measure, read_rows
from gradts.reporting.drawing import (
    OTHER,
    SIGNED,
    fit_heat_maps,
    fit_lists,
    heat_map,
    intervals,
    pyplot,
    save,
)
from gradts.reporting.figures import order_of
from gradts.reporting.findings import of_affinity, of_regret
from gradts.reporting.specs import HAS_GENERATED, RegretSpec
from gradts.specs import MEASURES
from gradts.truth.scores import read_truth


def draw_regret(spec: RegretSpec, table: str, out: list[str]) -> None:
    """Draw the mean regret of every method, the least first, beside the minutes that its selection takes."""
    job = Job(__name__, spec)
    read_rows(table, ["method", "primary", "regret", "regret_low", "regret_high", "minutes"])
    expect(table, provenance(table), {"spec": job.spec})
    frame = pd.read_csv(table)
    frame = frame[frame["primary"] == MEAN].sort_values(["regret", "minutes"])
    names, points = frame["method"].tolist(), frame[["regret", "regret_low", "regret_high"]].to_numpy()
    figure, panels = pyplot.subplots(1, 2, width_ratios=[2, 1], squeeze=False, layout="constrained")
    lost, cost = panels[0]
    intervals(lost, names, points, [True] * len(names), "mean regret in points,\n95 % interval")
    lost.axvline(0, color="0.6", linewidth=0.5)
    cost.barh(range(len(names)), frame["minutes"], height=0.5, color=OTHER)
    cost.set_xlabel("minutes of\nselection", loc="right")
    cost.set(ylim=lost.get_ylim(), yticks=[])
    cost.grid(axis="x")
    fit_lists(figure, panels, f"Regret, {_place(spec)}")
    save(figure, out)
    finding = of_regret(zip(names, points, frame["minutes"], strict=True))
    write_json(sidecar(out[0]), job.record(finding=finding))


def draw_affinity(spec: RegretSpec, results: str, out: list[str]) -> None:
    """Draw how alike tasks are beside what the row's task gained in training with the column's."""
    job, truth = Job(__name__, spec), read_truth(below(results, "truth", **spec.place), spec.truth)
    path = below(results, "correlation", **spec.place)
    correlation, name = read_correlation(path, spec.truth.backend), MEASURES[read_measure(path)]
    names = order_of(path, spec.truth.backend, truth)
    tau, gain = (np.full((len(names), len(names)), np.nan) for _ in range(2))
    for (row, task), (column, other) in permutations(enumerate(names), 2):
        tau[row, column] = correlation[task][other]
        pair = truth[task].get("+".join(sorted([task, other])), np.full((1, 1), np.nan))
        gain[row, column] = 100 * (pair.mean() - truth[task][task].mean())
    figure, panels = pyplot.subplots(2, 1, squeeze=False, layout="constrained")
    shown = ((tau, name, 2), (gain, "gain in points", 1))
    for axes, (values, title, decimals) in zip(panels.flat, shown, strict=True):
        most = np.nanmax(np.abs(values), initial=0.1)
        texts = np.vectorize(lambda value, n=decimals: "" if np.isnan(value) else f"{value:z.{n}f}")(values)
        image = heat_map(axes, values, names, names, texts, cmap=SIGNED, vmin=-most, vmax=most)
        axes.set_title(title)
        figure.colorbar(image, ax=axes)
    panels[0, 0].tick_params(bottom=False, labelbottom=False)
    fit_heat_maps(figure, panels, f"Row's task trained with column's, {_place(spec)}")
    save(figure, out)
    write_json(sidecar(out[0]), job.record(finding=of_affinity(tau, gain)))


def _place(spec: RegretSpec) -> str:
    return f"{spec.truth.suite}, {spec.truth.backend}{HAS_GENERATED * spec.generated}"
