"""How all pictures look, and the two forms that they have: heat maps, and lists of values with intervals."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

from gradts.artifacts import atomic
from gradts.names import InputError

matplotlib.use("Agg")

from matplotlib import pyplot

COLUMN = 3.3  # inches: a paper's column. What fits in it is drawn as wide, to be printed as it is
ROOM = 20  # inches: more than the longest name
# Sizes in print; more tasks make a picture larger, never its letters smaller.
STYLE = {
    "figure.figsize": (ROOM, ROOM),  # until it is fitted
    "figure.constrained_layout.hspace": 0,  # no gap that grows with the panels, beside those in inches
    "figure.constrained_layout.wspace": 0,
    "font.size": 7,
    "axes.titlesize": 7,
    "axes.labelsize": 7,
    "figure.titlesize": 7,
    "figure.labelsize": 6,
    "xtick.labelsize": 6,
    "ytick.labelsize": 6,
    "axes.linewidth": 0.5,
    "xtick.major.width": 0.5,
    "xtick.major.size": 2,
    "ytick.major.width": 0.5,
    "ytick.major.size": 2,
    "lines.linewidth": 1,
    "lines.markersize": 3.5,
    "grid.linewidth": 0.5,
    "grid.color": "0.9",
    "axes.axisbelow": True,
    "savefig.dpi": 300,
    "text.hinting": "none",  # as wide in every resolution: what is measured in one fits in all
    "pdf.fonttype": 42,  # letters that journals take
    "svg.hashsalt": "gradts",  # equal figures are equal files
}
pyplot.rcParams.update(STYLE)
# Told apart by every colour vision: one hue that grows darker evenly from white, for nothing: in grey, too;
# red and blue (in grey the numbers tell), and blue and grey, differ on the axis from yellow to blue as well.
MORE, SIGNED, NONE = "Blues", "RdBu", "0.92"
CHOSEN, OTHER = pyplot.color_sequences["okabe_ito"][5], "0.45"
LUMINANCE = (0.2126, 0.7152, 0.0722)  # of red, green and blue
NUMBERED = 20  # columns of a heat map whose numbers fit on a page
# Inches: of a number's digit, of a name beside a row of cells, of the largest cell, of a list's row and axis.
DIGIT, NAME, LARGEST, ROW, AXIS = 0.052, 0.105, 0.45, 0.15, 1.1


def save(figure: pyplot.Figure, outputs: list[str]) -> None:
    """Write a figure as .png, .svg or .pdf, without a date; InputError for any other file."""
    dates = {".png": None, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    for path in outputs:
        if Path(path).suffix not in dates:
            raise InputError(f"--out: {path} is no figure; name a .png, .svg or .pdf file")
    for path in outputs:
        suffix = Path(path).suffix
        with atomic(path) as part:
            figure.savefig(part, format=suffix[1:], metadata=dates[suffix])
    pyplot.close(figure)


def heat_map(
    axes: pyplot.Axes,
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    texts: np.ndarray | None = None,
    **colours: Any,
) -> Any:
    """Draw `values` [rows, columns], NaN grey, with the text of each where there is room; the image."""
    image = axes.imshow(values, aspect="auto", **colours)
    axes.set_facecolor(NONE)
    axes.set_xticks(range(len(columns)), columns, rotation=90 if max(map(len, columns)) > 2 else 0)
    axes.set_yticks(range(len(rows)), rows)
    if texts is not None and len(columns) <= NUMBERED:
        for (row, column), value in np.ndenumerate(values):
            dark = not np.isnan(value) and image.cmap(image.norm(value))[:3] @ np.array(LUMINANCE) < 0.5
            look = {"ha": "center", "va": "center", "size": 6, "linespacing": 1, "in_layout": False}
            axes.text(column, row, texts[row, column], color="white" if dark else "black", **look)
    return image


def fit_heat_maps(figure: pyplot.Figure, panels: np.ndarray, title: str, notes: str = "") -> None:
    """Size a figure of heat maps, `panels` [down, across], by its cells, which are squares."""
    rows, columns = panels[0, 0].images[0].get_array().shape
    down, across = panels.shape
    lines = [line for axes in panels.flat for text in axes.texts for line in text.get_text().split("\n")]
    least = max(NAME, DIGIT * max(map(len, lines), default=0))
    bounds = (across * columns * side for side in (least, LARGEST))
    _fit(figure, panels, *bounds, lambda width: width / (across * columns) * rows * down, title, notes)


def intervals(
    axes: pyplot.Axes, names: Sequence[str], points: Sequence[Sequence], marked: Sequence[bool], label: str
) -> None:
    """Draw a row a name, the first on top: its value and both ends of its interval; None is not known."""
    axes.set_xlabel(label, loc="right")  # it may be longer than the axis, and there is room on the left
    for place, ((value, low, high), mark) in enumerate(zip(points, marked, strict=True)):
        color = CHOSEN if mark else OTHER
        if low is not None:
            axes.plot([low, high], [place, place], color=color)
        if value is not None:
            axes.plot([value], [place], "o", color=color)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="x")


def fit_lists(figure: pyplot.Figure, panels: np.ndarray, title: str, notes: str = "") -> None:
    """Size a figure of lists, `panels` [down, across], by their rows."""
    rows = sum(len(axes.get_yticks()) for axes in panels[:, 0])
    _fit(figure, panels, AXIS * panels.shape[1], np.inf, lambda width: ROW * rows, title, notes)


def _fit(
    figure: pyplot.Figure,
    panels: np.ndarray,
    least: float,
    most: float,
    high: Callable[[float], float],
    title: str,
    notes: str = "",
) -> None:
    """Give panels as much width together as a column leaves, `least` to `most` inches, and a height by it.

    What is around them is measured, so that no name is cut off, however long.
    """
    layout, dpi = figure.get_layout_engine(), figure.dpi
    for _ in range(3):  # the bar of colours grows with the panels
        layout.execute(figure)
        beside, above = figure.get_size_inches()
        beside -= sum(axes.get_window_extent().width for axes in panels[0]) / dpi
        above -= sum(axes.get_window_extent().height for axes in panels[:, 0]) / dpi
        width = min(max(COLUMN - beside, least), most)
        figure.set_size_inches(beside + width, above + high(width))
    figure.suptitle(title, x=0.02, ha="left", wrap=True)
    figure.supxlabel(notes, x=0.02, ha="left", wrap=True)
    figure.set_figheight(above + high(width) + ROOM)
    layout.execute(figure)
    inner = sum(axes.get_window_extent().height for axes in panels[:, 0]) / dpi
    figure.set_figheight(figure.get_figheight() - inner + high(width))
