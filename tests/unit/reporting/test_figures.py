"""What the figures draw, from files written by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gradts.artifacts import read_json, write_array, write_text
from gradts.cli import run
from gradts.layout import sidecar
from gradts.reporting import figures
from gradts.reporting.specs import HeatmapSpec, TableSpec
from tests.conftest import yes_no
from tests.unit.by_hand import put_answer, put_correlation, put_intervals

TASKS = [yes_no(name) for name in "pab"]
SPEC = TableSpec("3", "toy", ["tiny"], TASKS, ["gradts-trial", "random-k"], 2, [1], "select", False)
TITLE = HeatmapSpec("3", "p, tiny")
SHARES = {
    "gradts-trial": {"p": {"a": 1.0, "b": 0.25}, "a": {"p": 0.5}, "b": {}},
    "random-k-1": {"p": {"b": 1.0}, "a": {"b": 1.0}, "b": {"a": 1.0}},
}
# p is most like a, and b more like p than a: rows are primary tasks a, p, b; none is its own auxiliary.
TAU = {"p": [1, 0.8, 0.5], "a": [0.8, 1, 0.1], "b": [0.5, 0.1, 1]}
DRAWN = {
    "GradTS-trial": [[np.nan, 0.5, 0], [1, np.nan, 0.25], [0, 0, np.nan]],
    "Random-k": [[np.nan, 0, 1], [0, np.nan, 1], [1, 0, np.nan]],
}


@pytest.fixture
def drawn(monkeypatch):
    """The figures that are made, instead of closing them."""
    close, made = figures.pyplot.close, []
    monkeypatch.setattr(figures.pyplot, "close", made.append)
    yield made
    for figure in made:
        close(figure)


@pytest.fixture
def results(tmp_path):
    put_correlation(tmp_path, TAU)
    for method, answers in SHARES.items():
        for primary, shares in answers.items():
            put_answer(tmp_path, method, primary, shares)
    return tmp_path


def image(axes) -> np.ndarray:
    return axes.images[0].get_array().filled(np.nan)


def names(labels) -> list[str]:
    return [label.get_text() for label in labels]


@pytest.mark.parametrize("generated", [True, False])
def test_chosen_sets_are_drawn_as_the_answers_say(results, drawn, generated):
    figures.chosen_sets(replace(SPEC, generated=generated), str(results), [str(results / "f.svg")])
    assert notes(drawn[0].axes[0]) == ""
    panels = drawn[0].axes[: len(DRAWN)]
    assert [axes.get_title() for axes in panels] == [*DRAWN]
    for axes, expected in zip(panels, DRAWN.values(), strict=True):
        np.testing.assert_array_equal(image(axes), expected)
        assert axes.images[0].get_clim() == (0, 1)
        assert names(axes.get_xticklabels()) == ["a", "p", "b"]
    assert names(panels[0].get_yticklabels()) == ["a", "p", "b"]
    assert ("(with generated tasks)" in drawn[0].get_suptitle()) == generated


@pytest.mark.parametrize("several", [False, True])
def test_more_than_one_pass_is_drawn_as_one_and_named_below(results, drawn, several):
    put_answer(results, "gradts-trial", "p", {"a": 4.0, "b": 1.0})
    put_answer(results, "gradts-trial", "a", {"p": 1.25 if several else 0.5})
    figures.chosen_sets(SPEC, str(results), [str(results / "f.svg")])
    axes = drawn[0].axes[0]
    np.testing.assert_array_equal(
        image(axes), [[np.nan, 1 if several else 0.5, 0], [1, np.nan, 1], [0, 0, np.nan]]
    )
    more = "GradTS-trial a + p 1.2, " if several else ""
    assert notes(axes) == f"More than one pass over an auxiliary task's data: {more}GradTS-trial p + a 4.0"


def test_a_task_of_which_nothing_is_kept_is_not_told_to_be_chosen(results, drawn):
    put_answer(results, "gradts-trial", "p", {"a": 0.0, "b": 1.0})
    spec = replace(SPEC, tasks=TASKS[:1], methods=["gradts-trial"])
    figures.chosen_sets(spec, str(results), [str(results / "f.svg")])
    told = "take `b` most often (100%), `a` least (0%); 0 of 1 are the task alone."
    assert read_json(sidecar(str(results / "f.svg")))["finding"].endswith(told)


def test_some_primary_tasks_are_shown_with_all_auxiliaries_of_the_suite(results, drawn):
    figures.chosen_sets(replace(SPEC, tasks=TASKS[:1]), str(results), [str(results / "f.svg")])
    axes = drawn[0].axes[0]
    assert (names(axes.get_yticklabels()), names(axes.get_xticklabels())) == (["p"], ["a", "p", "b"])
    np.testing.assert_array_equal(image(axes), [[1, np.nan, 0.25]])


def test_a_correlation_that_lacks_a_task_is_refused_in_one_line(results, capsys):
    path = put_correlation(results, {"p": [1, 0.5], "b": [0.5, 1]})
    words = [
        "chosen-sets",
        "--spec",
        SPEC.to_json(),
        "--results",
        str(results),
        "--out",
        str(results / "f.svg"),
    ]
    assert run(words) == 1
    assert capsys.readouterr().err.startswith(
        f"gradts chosen-sets: error: {path} is of other tasks than 'a'; remake it with: snakemake"
    )


def test_as_many_passes_are_named_as_there_is_room_for(tmp_path, drawn):
    tasks = [yes_no(name) for name in "abcde"]
    put_correlation(
        tmp_path,
        {task.name: [1 - abs(row - other) / 5 for other in range(5)] for row, task in enumerate(tasks)},
    )
    for task in tasks:
        put_answer(tmp_path, "autosem", task.name, {other.name: 2.0 for other in tasks if other != task})
    spec = replace(SPEC, tasks=tasks, methods=["autosem"])
    figures.chosen_sets(spec, str(tmp_path), [str(tmp_path / "f.svg")])
    told = notes(drawn[0].axes[0])
    assert told.count("AUTOSEM") == 8
    assert told.endswith(", AUTOSEM b + e 2.0 and 12 more")
    within(drawn[0])


def test_importance_is_drawn_layers_by_heads(tmp_path, drawn):
    values = np.array([[0.0, 0.5, 1.0], [0.25, 0.75, 0.125]])
    write_array(tmp_path / "p.npy", values, {})
    figures.heatmap(TITLE, [str(tmp_path / "p.npy")], [str(tmp_path / "f.svg")])
    axes = drawn[0].axes[0]
    np.testing.assert_array_equal(image(axes), values)
    assert axes.images[0].get_clim() == (0, 1)
    assert names(axes.texts) == ["0.00", "0.50", "1.00", "0.25", "0.75", "0.12"]
    assert title(axes) == "Head importance of p, tiny"


def test_importance_under_several_seeds_is_drawn_as_its_mean(tmp_path, drawn):
    seeds = np.array([[[0.0, 1.0]], [[1.0, 0.0]], [[0.5, 0.5]], [[np.nan, np.nan]]])  # one has no ranking
    paths = [str(tmp_path / f"seed{seed}.npy") for seed in range(len(seeds))]
    for path, values in zip(paths, seeds, strict=True):
        write_array(path, values, {})
    figures.heatmap(TITLE, paths, [str(tmp_path / "f.svg")])
    axes = drawn[0].axes[0]
    np.testing.assert_array_equal(image(axes), [[0.5, 0.5]])
    assert title(axes) == "Head importance of p, tiny, mean of 4 seeds"


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["a.npy", "b.npy"], "differ in shape; name the files of one task"),
        (["m.csv", "a.npy"], "name .npy files, or a matrix and its intervals"),
    ],
)
def test_values_that_have_no_mean_are_refused_in_one_line(tmp_path, capsys, names, reason):
    for name, shape in (("a", (2, 3)), ("b", (2, 4))):
        write_array(tmp_path / f"{name}.npy", np.zeros(shape), {})
    values = [str(tmp_path / name) for name in names]
    words = ["heatmap", "--spec", TITLE.to_json(), "--values", *values, "--out", str(tmp_path / "f.svg")]
    assert run(words) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"gradts heatmap: error: --values: {', '.join(values)}")
    assert said.endswith(f"{reason}\n")
    assert said.count("\n") == 1


@pytest.mark.parametrize(("tau", "lowest"), [("-0.5", -0.5), ("0.5", 0), ("", 0)])
def test_correlation_is_drawn_from_its_lowest_value(tmp_path, drawn, tau, lowest):
    write_text(tmp_path / "m.csv", f"task,a,b\na,1.0,{tau}\nb,{tau},1.0\n")
    figures.heatmap(TITLE, [str(tmp_path / "m.csv")], [str(tmp_path / "f.svg")])
    axes, value = drawn[0].axes[0], float(tau or "nan")
    np.testing.assert_array_equal(image(axes), [[1, value], [value, 1]])
    assert axes.images[0].get_clim() == (lowest, 1)
    assert names(axes.get_yticklabels()) == ["a", "b"]
    # Nobody measured its signal: there is no record.
    shown = f"{value:.2f}" if tau else ""
    assert names(axes.texts) == ["1.00", shown, shown, "1.00"]
    assert title(axes) == "Task correlation (τ), p, tiny"


NAN = math.nan
CAUTION = "the ranking cannot be told from chance: two halves of the seeds agree as well with the tasks in"
SIGNAL = {
    "halves": "seeds",
    "ceiling": {"a": 0.9, "b": 0.625, "c": None},
    "matrices_correlate": 0.708,
    "nearest_agrees": 0.8,
    "nearest_by_chance": 1 / 3,
}
WHERE = "Below the diagonal τ, above it its 95 % interval, on it the noise ceiling"
NOTE = (
    f"{WHERE}. Two halves of the seeds: matrices correlate at 0.71, nearest task agrees for 80% (chance 33%)"
)


def within(figure) -> None:
    """What stands below a figure is not cut off."""
    figure.canvas.draw()
    assert figure.bbox.contains(*figure._supxlabel.get_window_extent().min)
    assert figure.bbox.contains(*figure._supxlabel.get_window_extent().max)


def figure4(results, drawn, **record):
    """The axes of a correlation whose third task has no ranking, with this record."""
    tau = {"a": [1, -0.25, NAN], "b": [-0.25, 1, NAN], "c": [NAN] * 3}
    path = put_correlation(results, tau, **record)
    rows = [("a", "b", -0.25, -0.5, 0.125), ("a", "c", *[NAN] * 3), ("b", "c", *[NAN] * 3)]
    figures.heatmap(TITLE, [path, put_intervals(results, rows)], [str(results / "f.svg")])
    return drawn[0].axes[0]


def test_a_correlation_is_called_by_its_measure(tmp_path, drawn):
    axes = figure4(tmp_path, drawn, measure="weighted_tau")
    assert title(axes) == "Task correlation (weighted τ), p, tiny"


def title(axes):
    return axes.figure.get_suptitle()


def notes(axes):
    """What stands below a figure, in one line."""
    return " ".join(axes.figure.get_supxlabel().split())


def test_correlation_is_drawn_with_intervals_and_ceilings(tmp_path, drawn):
    axes = figure4(tmp_path, drawn, signal=SIGNAL, caution=None)
    # Below the diagonal τ, on it the ceiling, above it the interval.
    assert names(axes.texts) == [*("0.90", "-0.50\n0.12", ""), *("-0.25", "0.62", ""), *("", "", "none")]
    np.testing.assert_array_equal(image(axes)[:2], [[NAN, -0.25, NAN], [-0.25, NAN, NAN]])
    assert names(axes.get_xticklabels()) == ["a", "b", "c"]
    assert title(axes) == "Task correlation (τ), p, tiny"
    assert notes(axes) == NOTE


def test_what_must_be_said_of_a_correlation_stands_below_it(tmp_path, drawn):
    axes = figure4(tmp_path, drawn, signal=SIGNAL, caution=CAUTION)
    assert notes(axes) == f"{NOTE}. {CAUTION}"
    within(axes.figure)


def test_a_signal_of_too_few_tasks_has_no_line(tmp_path, drawn):
    few = SIGNAL | dict.fromkeys(("matrices_correlate", "nearest_agrees", "nearest_by_chance"))
    axes = figure4(tmp_path, drawn, signal=few, caution="fewer than three tasks")
    assert notes(axes) == f"{WHERE}. fewer than three tasks"
    assert names(axes.texts)[0] == "0.90"


def test_a_record_without_a_signal_is_of_a_matrix_without_one(tmp_path, drawn):
    axes = figure4(tmp_path, drawn)
    assert names(axes.texts)[:2] == ["1.00", "-0.25"]
    assert notes(axes) == ""


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_equal_figures_are_equal_files(results, kind):
    one, other = (results / f"{name}.{kind}" for name in ("one", "other"))
    for path in (one, other):
        figures.chosen_sets(SPEC, str(results), [str(path)])
    assert one.read_bytes() == other.read_bytes()


def test_another_kind_of_file_is_refused_in_one_line(results, capsys):
    out = results / "f.jpg"
    words = ["chosen-sets", "--spec", SPEC.to_json(), "--results", str(results), "--out", str(out)]
    assert run(words) == 1
    expected = f"gradts chosen-sets: error: --out: {out} is no figure; name a .png, .svg or .pdf file\n"
    assert capsys.readouterr().err == expected
    assert not out.exists()
