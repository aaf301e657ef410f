"""One finished run of the tiny configuration, and copies of it that tests may change."""

import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from tests.workflow.tiny import checkout, snakemake


@pytest.fixture(scope="session")
def pristine(tmp_path_factory, tiny_backend) -> Path:
    """A finished run of every table and figure, made by the first worker that needs it; not to be changed."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "finished run"  # a path with a space
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            made = checkout(tmp_path_factory.mktemp("being made"), tiny_backend)
            snakemake(made, "all")
            made.rename(folder)
    return folder


@pytest.fixture(scope="module")
def finished(pristine, tmp_path_factory) -> Path:
    """A copy for a module, whose tests leave it as they found it or come last."""
    return shutil.copytree(pristine, tmp_path_factory.mktemp("module's") / "copy")


@pytest.fixture
def copy(pristine, tmp_path) -> Path:
    """A copy for one test."""
    return shutil.copytree(pristine, tmp_path / "copy")
