"""τ-b against scipy, ties and constants included."""

import numpy as np
import pytest
from scipy.stats import kendalltau

from gradts.correlation.kendall import tau_b


@pytest.mark.parametrize("columns", [2, 3, 24, 144])
@pytest.mark.parametrize("levels", [2, 5, 10_000])
def test_equals_scipy(columns, levels):
    rng = np.random.default_rng(columns * levels)
    left, right = (rng.integers(0, levels, (rows, columns)) / 7 for rows in (300, 4))
    found = tau_b(left, right)
    for i, j in np.ndindex(found.shape):
        assert found[i, j] == pytest.approx(kendalltau(left[i], right[j]).statistic, nan_ok=True, abs=1e-12)


def test_constant_and_nan_rows_have_no_tau():
    rows = np.array([[1.0, 2, 3], [5, 5, 5], [1, np.nan, 2]])
    found = tau_b(rows, rows)
    assert found[0, 0] == 1
    assert np.isnan(found[1:]).all()
    assert np.isnan(found[:, 1:]).all()


def test_tiny_differences_are_no_ties():
    row = np.array([[1e-310, 2e-310, 3e-310]])
    assert tau_b(row, row) == 1


def test_rows_of_different_length_are_refused():
    with pytest.raises(ValueError, match="cannot be ranked"):
        tau_b(np.ones((1, 3)), np.ones((1, 4)))
