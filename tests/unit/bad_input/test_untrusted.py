"""Nothing that is read is run, and no name reaches a shell unquoted."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.unit.bad_input.world import (
    PATHS,
    changed,
    one_line,
    remade,
)

SCHEMAS = Path("workflow/schemas")


class Payload:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_pickled_array_is_refused_unread(copy, capsys, tmp_path):
    path, trace = copy.results / PATHS["importance"], tmp_path / "executed"
    np.save(path, np.array([[Payload(trace)]], dtype=object), allow_pickle=True)
    assert copy.call("correlate") == 1
    one_line(
        capsys,
        "correlate",
        f"{path} cannot be read (Object arrays cannot be loaded … {remade('importance', copy)}",
    )
    assert not trace.exists()
    np.load(path, allow_pickle=True)
    assert trace.exists(), "the payload works"


@pytest.mark.parametrize(
    "weights", ["pytorch_model.bin", "model.pt", "model.bin", "tf_model.h5", "model.ckpt"]
)
def test_weights_that_are_no_safetensors_are_refused(world, capsys, tmp_path, tiny_backend, weights):
    folder = shutil.copytree(tiny_backend, tmp_path / "backend")
    (folder / "model.safetensors").rename(folder / weights)
    spec = changed(world.options("gradients")["spec"], "backend.path", str(folder))
    assert world.call("gradients", spec=spec) == 1
    message = f"backend 'tiny': {folder}/model.safetensors is missing; only safetensors weights are read"
    one_line(capsys, "gradients", message)


@pytest.mark.parametrize("known", [True, False])
def test_code_that_comes_with_a_backend_is_not_run(world, capsys, tmp_path, tiny_backend, known):
    """A folder may name own classes; one of a known architecture is read without them, another is refused."""
    folder, trace = shutil.copytree(tiny_backend, tmp_path / "backend"), tmp_path / "executed"
    config = json.loads((folder / "config.json").read_text())
    config |= {"auto_map": {"AutoConfig": "own.Config", "AutoModel": "own.Model"}}
    config |= {} if known else {"model_type": "own"}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(f"open({str(trace)!r}, 'w')\n")
    options = {
        "spec": changed(world.options("gradients")["spec"], "backend.path", str(folder)),
        "importance": tmp_path / "x.npy",
        "gradients": tmp_path / "x.parquet",
    }
    assert world.call("gradients", **options) == (0 if known else 1)
    assert known or "error: backend 'tiny'" in capsys.readouterr().err
    assert not trace.exists()


def test_the_library_reads_no_code():
    texts = {path: path.read_text() for path in Path("src").rglob("*.py")}
    assert len(texts) > 40
    for path, text in texts.items():
        plain = text.replace("allow_pickle=False", "")
        found = re.findall(
            r"pickle|torch\.load|joblib|trust_remote_code=(?!False)|yaml\.(?:unsafe_|full_)?load\b", plain
        )
        assert not found, f"{path}: {found}"
        assert text.count("np.load(") == text.count("allow_pickle=False"), path


# Numbers and our own command, which need no quotes.
UNQUOTED = {"{threads}", "{resources.launch}"}


@pytest.mark.parametrize("path", sorted(Path("workflow/rules").glob("*.smk")), ids=lambda path: path.stem)
def test_no_name_reaches_a_shell_unquoted(path):
    text = path.read_text()
    shells = re.findall(r"^    shell:\n((?:        .*\n)+)", text, re.MULTILINE)
    assert len(shells) == text.count("shell:")
    for shell in shells:
        placeholders = re.findall(r"\{[^{}]*\}", shell)
        assert placeholders
        bare = {one for one in placeholders if not one.endswith(":q}")}
        assert bare <= UNQUOTED, f"{path}: {bare - UNQUOTED} without :q"


def test_what_reaches_a_shell_unquoted_is_a_number():
    rules = "".join(path.read_text() for path in Path("workflow/rules").glob("*.smk"))
    command = re.search(r"def launcher\(.*\n(?:    .*\n)+", rules).group()
    assert re.findall(r"\{(.*?)\}", command) == ["gpus"]
    backend = yaml.safe_load((SCHEMAS / "backend.schema.yaml").read_text())
    assert backend["properties"]["gpus"]["type"] == "integer"
