"""A place for toy jobs, of which nothing is left."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import kill_all_in
from tests.unit.warm.place import Place


@pytest.fixture
def place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as folder:  # a short one: a socket's address is
        place = Place(Path(folder))
        yield place
        kill_all_in(place.temporary)
        for process in place.started:
            with process:  # its pipes are closed
                pass
