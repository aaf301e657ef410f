"""The toy, written anew for a test."""

from pathlib import Path

import pytest

from tests.unit.selection.toy import put_toy


@pytest.fixture
def results(tmp_path) -> Path:
    return put_toy(tmp_path)
