"""Pictures of the truth: regret against its cost, and likeness of heads beside measured gains."""

from itertools import permutations

import numpy as np
import pandas as pd

from gradts.artifacts import expect, write_json
from gradts.layout import below, sidecar
from gradts.provenance import Job, provenance
from gradts.readings import read_correlation, read_measure, read_rows
from gradts.reporting.figures import pyplot, save
from gradts.reporting.specs import HAS_GENERATED, MEAN, RegretSpec
from gradts.specs import MEASURES
from gradts.truth.scores import read_truth


def draw_regret(spec: RegretSpec, table: str, out: list[str]) -> None:
    """Draw the mean regret of every method against the minutes that its selection takes."""
    job = Job(__name__, spec)
    read_rows(table, ["method", "primary", "regret", "regret_low", "regret_high", "minutes"])
    expect(table, provenance(table), {"spec": job.spec})
    frame = pd.read_csv(table)
    frame = frame[frame["primary"] == MEAN]
    figure, axes = pyplot.subplots(figsize=(7, 4.5), layout="constrained")
    axes.set_prop_cycle(color=pyplot.get_cmap("tab20").colors)
    for row in frame.itertuples():
        ends = [[row.regret - row.regret_low], [row.regret_high - row.regret]]
        style = {"fmt": "o", "capsize": 2, "elinewidth": 0.8, "label": row.method}
        axes.errorbar([row.minutes], [row.regret], yerr=ends, **style)
    figure.legend(loc="outside right upper", fontsize=8)
    axes.axhline(0, color="0.6", linewidth=0.8)
    axes.set(xlabel="minutes of selection for one task", ylabel="mean regret in points")
    axes.set_title(f"Regret, {_place(spec)}", fontsize=10)
    save(figure, out)
    write_json(sidecar(out[0]), job.record())


def draw_affinity(spec: RegretSpec, results: str, out: list[str]) -> None:
    """Draw how alike tasks are beside what the row's task gained in training with the column's."""
    job, truth = Job(__name__, spec), read_truth(below(results, "truth", **spec.place), spec.truth)
    path = below(results, "correlation", **spec.place)
    correlation, name = read_correlation(path, spec.truth.backend), MEASURES[read_measure(path)]
    names = sorted(truth)
    tau, gain = (np.full((len(names), len(names)), np.nan) for _ in range(2))
    for (row, task), (column, other) in permutations(enumerate(names), 2):
        tau[row, column] = correlation[task][other]
        pair = truth[task].get("+".join(sorted([task, other])), np.full((1, 1), np.nan))
        gain[row, column] = 100 * (pair.mean() - truth[task][task].mean())
    side = 1.2 + 0.62 * len(names)
    figure, panels = pyplot.subplots(1, 2, figsize=(2 * side + 1.5, side), sharey=True, layout="constrained")
    for axes, values, title, decimals in ((panels[0], tau, name, 2), (panels[1], gain, "gain in points", 1)):
        most = np.nanmax(np.abs(values), initial=0.1)
        image = axes.imshow(values, cmap="RdBu", vmin=-most, vmax=most)
        axes.set_facecolor("0.92")
        axes.set_title(title, fontsize=10)
        axes.set_xticks(range(len(names)), names, rotation=45, ha="right", fontsize=7)
        axes.set_yticks(range(len(names)), names, fontsize=7)
        figure.colorbar(image, ax=axes, shrink=0.8)
        for (row, column), value in np.ndenumerate(values):
            if not np.isnan(value):
                color = "white" if abs(value) > 0.6 * most else "black"
                text = f"{value:.{decimals}f}"
                axes.text(column, row, text, ha="center", va="center", fontsize=7, color=color)
    figure.suptitle(f"Row's task trained with column's, {_place(spec)}", fontsize=10)
    save(figure, out)
    write_json(sidecar(out[0]), job.record())


def _place(spec: RegretSpec) -> str:
    return f"{spec.truth.suite}, {spec.truth.backend}{HAS_GENERATED * spec.generated}"
