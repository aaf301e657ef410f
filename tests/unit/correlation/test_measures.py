"""Measures of likeness against scipy and by hand, constants and ties included."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.spatial.distance import cosine as cosine_distance
from scipy.stats import rankdata, spearmanr, weightedtau

from gradts.correlation.measures import LIKENESS, overlap, weighted_tau
from gradts.specs import MEASURES

# Measure → what another library says of two vectors.
ORACLES = {
    "weighted_tau": lambda x, y: weightedtau(x, y).statistic,
    "spearman": lambda x, y: spearmanr(x, y).statistic,
    "cosine": lambda x, y: 1 - cosine_distance(x, y),
}


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("columns", [2, 3, 24, 144])
def test_equals_another_library(name, columns):
    rng = np.random.default_rng(columns)
    left, right = rng.random((20, columns)), rng.random((4, columns))
    expected = [[ORACLES[name](x, y) for y in right] for x in left]
    np.testing.assert_allclose(LIKENESS[name](left, right), expected, atol=1e-12)


def test_every_measure_of_the_configuration_is_computed():
    schema = yaml.safe_load(Path("workflow/schemas/config.schema.yaml").read_text())
    named = schema["properties"]["correlation"]["properties"]["measure"]["enum"]
    assert [*LIKENESS] == [*MEASURES] == named


def test_ties_of_spearman_equal_scipy():
    rows = np.random.default_rng(0).integers(0, 4, (9, 12)).astype(float)
    expected = [[spearmanr(x, y).statistic for y in rows] for x in rows]
    np.testing.assert_allclose(LIKENESS["spearman"](rows, rows), expected, atol=1e-12)


def test_ties_of_weighted_tau_share_their_rank():
    """Pair by pair; scipy would rank what is tied by the other row."""
    rows = np.random.default_rng(1).integers(0, 5, (6, 11)).astype(float)
    found = weighted_tau(rows, rows[:3])
    for (i, x), (j, y) in ((a, b) for a in enumerate(rows) for b in enumerate(rows[:3])):
        taus = []
        for weights in (1 / rankdata(-x), 1 / rankdata(-y)):
            signs = [
                (weights[a] + weights[b], np.sign(x[a] - x[b]), np.sign(y[a] - y[b]))
                for a, b in combinations(range(len(x)), 2)
            ]
            above = sum(w * s * t for w, s, t in signs)
            below = sum(w * s * s for w, s, t in signs) * sum(w * t * t for w, s, t in signs)
            taus.append(above / below**0.5)
        assert found[i, j] == pytest.approx(np.mean(taus), abs=1e-12)


def test_the_largest_decide_weighted_tau():
    """Both others swap two neighbours of τ-b's own weight: of the largest values, or of the smallest."""
    rows = np.array([[9.0, 8, 7, 6, 5, 4, 3, 2], [8, 9, 7, 6, 5, 4, 3, 2], [9, 8, 7, 6, 5, 4, 2, 3]])
    tau, weighted = LIKENESS["tau"](rows[:1], rows)[0], weighted_tau(rows[:1], rows)[0]
    assert tau[1] == tau[2]
    assert weighted[0] == pytest.approx(1)
    assert weighted[1] < tau[1] < weighted[2]


def test_overlap_by_hand():
    """Of eight places two are the top; a tie at its end is the first place's."""
    rows = np.array([[9.0, 8, 1, 1, 1, 0, 0, 0], [0, 8, 9, 1, 1, 0, 0, 0], [0, 9, 5, 5, 1, 0, 0, 0]])
    np.testing.assert_array_equal(overlap(rows, rows), [[1, 0.5, 0.5], [0.5, 1, 1], [0.5, 1, 1]])
    assert overlap(np.array([[0.0, 1, 2]]), np.array([[0.0, 2, 1]])) == 0  # one place of three


@pytest.mark.parametrize("name", LIKENESS)
def test_a_row_is_like_itself_and_constant_and_nan_rows_have_no_ranking(name):
    rows = np.array([[0.1, 0.7, 0.3, 1], [5, 5, 5, 5], [1, np.nan, 2, 0], [0, 0, 0, 0]])
    found = LIKENESS[name](rows, rows)
    assert found[0, 0] == pytest.approx(1)
    assert found[0, 0] <= 1 + 1e-9
    assert np.isnan(found[1:]).all()
    assert np.isnan(found[:, 1:]).all()
