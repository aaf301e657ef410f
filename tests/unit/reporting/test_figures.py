"""What the figures draw, from files written by hand."""

from dataclasses import replace

import numpy as np
import pytest

from gradts.artifacts import write_array, write_text
from gradts.cli import run
from gradts.reporting import figures
from gradts.reporting.specs import HeatmapSpec, TableSpec
from tests.conftest import yes_no
from tests.unit.by_hand import put_answer

TASKS = [yes_no(name) for name in "pab"]
SPEC = TableSpec("3", "toy", ["tiny"], TASKS, ["gradts-trial", "random-k"], 2, [1], "select", False)
TITLE = HeatmapSpec("3", "p, tiny")
SHARES = {
    "gradts-trial": {"p": {"a": 1.0, "b": 0.25}, "a": {"p": 0.5}, "b": {}},
    "random-k-1": {"p": {"b": 1.0}, "a": {"b": 1.0}, "b": {"a": 1.0}},
}
# Rows are primary tasks p, a, b; none is its own auxiliary.
DRAWN = {
    "GradTS-trial": [[np.nan, 1, 0.25], [0.5, np.nan, 0], [0, 0, np.nan]],
    "Random-k": [[np.nan, 0, 1], [0, np.nan, 1], [0, 1, np.nan]],
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
    panels = drawn[0].axes[: len(DRAWN)]
    assert [axes.get_title() for axes in panels] == [*DRAWN]
    for axes, expected in zip(panels, DRAWN.values(), strict=True):
        np.testing.assert_array_equal(image(axes), expected)
        assert axes.images[0].get_clim() == (0, 1)
        assert names(axes.get_xticklabels()) == ["p", "a", "b"]
    assert ("(generated tasks)" in drawn[0].get_suptitle()) == generated


def test_importance_is_drawn_layers_by_heads(tmp_path, drawn):
    values = np.array([[0.0, 0.5, 1.0], [0.25, 0.75, 0.125]])
    write_array(tmp_path / "p.npy", values, {})
    figures.heatmap(TITLE, str(tmp_path / "p.npy"), [str(tmp_path / "f.svg")])
    axes = drawn[0].axes[0]
    np.testing.assert_array_equal(image(axes), values)
    assert axes.images[0].get_clim() == (0, 1)
    assert names(axes.texts) == ["0.00", "0.50", "1.00", "0.25", "0.75", "0.12"]
    assert axes.get_title() == "Head importance of p, tiny"


@pytest.mark.parametrize(("tau", "lowest"), [("-0.5", -0.5), ("0.5", 0), ("", 0)])
def test_correlation_is_drawn_from_its_lowest_value(tmp_path, drawn, tau, lowest):
    write_text(tmp_path / "m.csv", f"task,a,b\na,1.0,{tau}\nb,{tau},1.0\n")
    figures.heatmap(TITLE, str(tmp_path / "m.csv"), [str(tmp_path / "f.svg")])
    axes, value = drawn[0].axes[0], float(tau or "nan")
    np.testing.assert_array_equal(image(axes), [[1, value], [value, 1]])
    assert axes.images[0].get_clim() == (lowest, 1)
    assert names(axes.get_yticklabels()) == ["a", "b"]


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
