"""What can be read in print: every picture of one task, of few and of sixty that have long names."""

from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from gradts.artifacts import write_csv
from gradts.names import MAX_NAME_BYTES
from gradts.reporting import advice_page, drawing, figures, truth_figures
from gradts.reporting.drawing import COLUMN, pyplot
from gradts.reporting.specs import AdviceSpec, HeatmapSpec, RegretSpec, TableSpec
from gradts.truth.lattice import TruthSpec
from tests.conftest import yes_no
from tests.unit.by_hand import put_answer, put_correlation, put_intervals

METHODS = ["autosem", "gradts-trial", "gradts-fg"]
SIGNAL = {"halves": "seeds", "matrices_correlate": 0.7, "nearest_agrees": 0.8, "nearest_by_chance": 0.2}


def correlated(folder, names):
    """A correlation with negative values and what is known of it."""
    tau = np.corrcoef(np.random.default_rng(1).normal(size=(len(names), 8))).reshape(2 * [len(names)])
    caution = "the ranking cannot be told from chance: two halves of the seeds agree as well in any order"
    signal = SIGNAL | {"ceiling": dict.fromkeys(names, 0.9)}
    rows = {name: [*row] for name, row in zip(names, tau, strict=True)}
    return put_correlation(folder, rows, signal=signal, caution=caution), tau


def figure4(folder, names, out):
    path, tau = correlated(folder, names)
    pairs = zip(*np.triu_indices(len(names), 1), strict=True)
    rows = [(names[one], names[other], tau[one, other], -0.25, 0.5) for one, other in pairs]
    rows = rows or [("", "", np.nan, np.nan, np.nan)]
    intervals = [put_intervals(folder, rows)] if len(names) > 1 else []
    figures.heatmap(HeatmapSpec("4", "toy, tiny (with generated tasks)"), [path, *intervals], [out])


def figure1(folder, names, out):
    correlated(folder, names)
    for method in METHODS:
        for name in names:
            put_answer(folder, method, name, {other: 2.0 for other in names[:2] if other != name})
    of = [yes_no(name) for name in names]
    figures.chosen_sets(
        TableSpec("3", "toy", ["tiny"], of, METHODS, 1, [1], "select", True), str(folder), [out]
    )


def affinity(folder, names, out):
    correlated(folder, names)
    truth_figures.draw_affinity(regretted(names), str(folder), [out])


def regret(folder, names, out):
    spec = regretted(names)
    rows = [
        {"method": f"{name}-best", "primary": "mean", "regret": place % 4, "minutes": place % 3}
        | {"regret_low": -2.0, "regret_high": np.nan if place else 5.0}
        for place, name in enumerate(names)
    ]
    write_csv(f"{folder}/regret.csv", pd.DataFrame(rows), {"spec": asdict(spec)}, index=False)
    truth_figures.draw_regret(spec, f"{folder}/regret.csv", [out])


def regretted(names):
    truth = TruthSpec("toy", [yes_no(name) for name in names], "tiny", ["pairs"], [1, 2], "select")
    return RegretSpec(truth, METHODS, 1, True)


def advice(folder, names, out):
    spec = AdviceSpec(yes_no(names[0]), "toy", names[1:], "tiny", "gradts-fg", 1, [1, 2], generated=names)
    ranking = [{"task": name, "tau": 0.5, "low": 0.4, "high": 0.6, "share": 0.5} for name in names[1:]]
    sets = {"alone": [names[0]], "chosen": names, "all": names, "repeated": [f"{names[0]}@repeat3"]}
    scores = [
        {"row": row, "sets": [members], "score": {"mean": 0.7, "low": 0.6, "high": 0.8}}
        | {"difference": {"told": 1}}
        for row, members in sets.items()
    ]
    sentence = f"Train `{names[0]}` together with {', '.join(f'`{name}`' for name in names[1:])}."
    advice_page.draw(spec, {"ranking": ranking, "scores": scores, "answer": {"sentence": sentence}}, [out])


def gains(_, truth: TruthSpec):
    """What read_truth answers: the pairs' scores lie 10 points below those of the tasks alone."""
    names = [task.name for task in truth.tasks]
    pair = np.full((1, 2), 0.4)
    return {
        one: {"+".join(sorted([one, other])): pair for other in names if other != one} | {one: pair + 0.1}
        for one in names
    }


@pytest.fixture
def picture(tmp_path, monkeypatch):
    """Draws one of tasks of these names, and answers the figure and its file."""
    monkeypatch.setattr(pyplot, "close", lambda figure: None)
    monkeypatch.setattr(truth_figures, "read_truth", gains)

    def draw(kind, names, suffix="svg"):
        kind(tmp_path, names, f"{tmp_path}/f.{suffix}")
        figure = pyplot.figure(pyplot.get_fignums()[-1])
        figure.draw_without_rendering()
        return figure, tmp_path / f"f.{suffix}"

    yield draw
    monkeypatch.undo()
    pyplot.close("all")


def shown(axis) -> list[Text]:
    """The tick labels that are drawn."""
    low, high = sorted(axis.get_view_interval())
    return [
        tick.label1
        for tick in axis.get_major_ticks()
        if low <= tick.get_loc() <= high and tick.label1.get_visible() and tick.label1.get_text()
    ]


def inside(figure) -> bool:
    """Whether all that is drawn lies inside the figure, to a dot."""
    around, drawn = figure.bbox.padded(1), figure.get_tightbbox().transformed(figure.dpi_scale_trans)
    return around.contains(*drawn.min) and around.contains(*drawn.max)


ALL = [figure1, figure4, affinity, regret, advice]
MANY = [(figure4, 14), (affinity, 14), (figure1, 60), (figure4, 60), (regret, 60), (advice, 60)]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", ALL)
def test_the_longest_names_are_not_cut_off(picture, kind):
    figure, _ = picture(kind, ["n" * (MAX_NAME_BYTES - 1) + suffix for suffix in "abc"])
    assert inside(figure)


@pytest.mark.parametrize(("kind", "count"), [*((kind, 1) for kind in ALL), *MANY])
def test_nothing_is_cut_off_and_no_labels_overlap(picture, kind, count):
    figure, _ = picture(kind, [f"a_task_with_a_long_name_{place:02}" for place in range(count)])
    assert inside(figure)
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
    assert min(text.get_size() for text in texts) >= 6
    for axes in figure.axes:
        for axis, start, end in ((axes.xaxis, "x0", "x1"), (axes.yaxis, "y0", "y1")):
            boxes = sorted(
                [label.get_window_extent() for label in shown(axis)], key=lambda box: getattr(box, start)
            )
            assert all(getattr(one, end) < getattr(other, start) + 1 for one, other in pairwise(boxes))
        if axes.images and axes.texts:
            height, width = axes.images[0].get_array().shape
            cell = axes.get_window_extent()
            for text in axes.texts:
                assert text.get_window_extent().width < cell.width / width
                assert text.get_window_extent().height < cell.height / height


@pytest.mark.parametrize("kind", ALL)
def test_few_tasks_fill_a_column_at_300_dots_an_inch(picture, kind):
    figure, path = picture(kind, [f"task_{place}" for place in range(6)], "png")
    assert figure.get_figwidth() == pytest.approx(COLUMN, abs=0.03)
    assert pyplot.imread(path).shape[1] == pytest.approx(300 * COLUMN, abs=9)
    assert path.stat().st_size < 250_000


@pytest.mark.parametrize("kind", [figure1, figure4])
def test_cells_are_squares(picture, kind):
    figure, _ = picture(kind, [f"task_{place}" for place in range(14)])
    box = figure.axes[0].get_window_extent()
    assert box.width == pytest.approx(box.height, rel=0.03)


# Red, green and blue as seen without one kind of cones (Machado et al. 2009, severity 1), and in grey.
SEEN = {
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
GREY = [0.2126, 0.7152, 0.0722]


def linear(colours) -> np.ndarray:
    values = np.asarray(colours)[..., :3]
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("seen", SEEN)
def test_colours_are_told_apart_by_every_colour_vision(seen):
    signed, steps = pyplot.get_cmap(drawing.SIGNED), np.linspace(0.1, 0.4, 4)
    loss, gain = (linear(signed(side)) @ np.transpose(SEEN[seen]) for side in (steps, 1 - steps))
    assert np.abs(loss - gain).max(axis=1).min() > 0.15
    chosen, other = (linear(pyplot.matplotlib.colors.to_rgb(one)) for one in (drawing.CHOSEN, drawing.OTHER))
    assert np.abs((chosen - other) @ np.transpose(SEEN[seen])).max() > 0.15


def test_more_is_darker_in_grey():
    grey = linear(pyplot.get_cmap(drawing.MORE)(np.linspace(0, 1, 50))) @ GREY
    assert (np.diff(grey) < 0).all()
