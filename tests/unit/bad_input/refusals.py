"""How a wrong configuration is refused."""

import re
from pathlib import Path
from typing import Any

import pytest

from gradts.config import resolve
from gradts.names import InputError
from tests.configurations import written


def refused(folder: Path, message: str, **changes: Any) -> None:
    """A valid configuration with some entries replaced is refused (see `written`)."""
    with pytest.raises(InputError) as error:
        resolve(written(folder, **changes))
    text = str(error.value)
    assert "\n" not in text
    assert re.search(".*".join(map(re.escape, message.split(" … "))), text), text
