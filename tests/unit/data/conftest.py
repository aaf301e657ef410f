"""What `gradts describe` prints."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from gradts.cli import run


@pytest.fixture
def described(capsys, monkeypatch, tmp_path):
    """Files → the name and the entry that are printed, and the comments; what is refused must be expected."""
    monkeypatch.chdir(tmp_path)

    def call(*paths: Path, refused: str | None = None) -> tuple[str, dict[str, Any], list[str]]:
        names = [str(path.relative_to(tmp_path)) for path in paths]
        status = run(["describe", *names])
        out, err = capsys.readouterr()
        assert (status, err) == (
            (0, "") if refused is None else (1, f"gradts describe: error: {refused}\n")
        ), out + err
        ((name, entry),) = yaml.safe_load(out).items()
        return name, entry, [line[2:] for line in out.splitlines() if line.startswith("# ")]

    return call
