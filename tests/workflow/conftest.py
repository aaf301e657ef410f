"""One finished run of the tiny configuration, and copies of it that tests may change."""

import shutil
from pathlib import Path

import pytest

from tests.workflow.tiny import checkout, snakemake


@pytest.fixture(scope="session")
def pristine(tmp_path_factory, tiny_backend) -> Path:
    """A finished run of every table and figure; not to be changed."""
    folder = checkout(tmp_path_factory.mktemp("finished run"), tiny_backend)  # a path with a space
    snakemake(folder, "all")
    return folder


@pytest.fixture(scope="module")
def finished(pristine, tmp_path_factory) -> Path:
    """A copy for a module, whose tests leave it as they found it or come last."""
    return shutil.copytree(pristine, tmp_path_factory.mktemp("module's") / "copy")


@pytest.fixture
def copy(pristine, tmp_path) -> Path:
    """A copy for one test."""
    return shutil.copytree(pristine, tmp_path / "copy")
