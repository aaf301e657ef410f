"""What tests of reports begin with."""

from pathlib import Path

import pytest

from tests.unit.reporting.advising import put_finished


@pytest.fixture
def finished(tmp_path) -> Path:
    """GradTS-trial chose b for p."""
    return put_finished(tmp_path)
