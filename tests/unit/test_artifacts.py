"""Atomic writes, reading with checks, environment files."""

import re
from pathlib import Path

import pytest

from gradts.artifacts import ArtifactError, atomic, expect, read_json, write_json


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"x": 1})
    with pytest.raises(RuntimeError), atomic(path) as part:
        part.write_text("half")
        raise RuntimeError
    assert read_json(path) == {"x": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


def test_a_damaged_file_is_named_with_its_remedy(tmp_path):
    (tmp_path / "a.json").write_text('{"x": ')
    with pytest.raises(ArtifactError, match=r"a\.json cannot be read.*snakemake .*--force .*a\.json"):
        read_json(tmp_path / "a.json")


def test_expect_names_the_first_difference():
    with pytest.raises(ArtifactError, match=r"f\.npy was made with spec\.backend = 'a', this run needs 'b'"):
        expect("f.npy", {"spec": {"backend": "a"}}, {"spec.backend": "b"})


def test_conda_and_pip_users_get_the_same_versions():
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", Path("constraints.txt").read_text(), re.MULTILINE))
    pins = {name.lower(): version for name, version in pins.items()}
    conda = re.findall(r"- ([\w.-]+)(?:\[\w+\])?==(\S+)", Path("environment.yml").read_text())
    assert len(conda) > 15
    assert {name.lower(): version for name, version in conda} == {
        name.lower(): pins[name.lower()] for name, _ in conda
    }
    project = Path("pyproject.toml").read_text()
    needed = set(re.findall(r'^    "([\w-]+)(?:\[\w+\])?[>=]=', project, re.MULTILINE))
    assert needed == {name for name, _ in conda}
