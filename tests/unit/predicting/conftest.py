"""Models of every objective, and `gradts predict` on them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    BertConfig,
)

from gradts.cli import run as command
from gradts.specs import Backend, RunSpec
from tests.conftest import RECIPE, SIZES
from tests.unit.predicting.models import LENGTH, PROBLEMS, TASKS, put_record, read, source


@pytest.fixture(scope="package")
def folders(tmp_path_factory, tiny_backend):
    """Task → a folder as the workflow's models have it, with random weights that differ visibly."""
    tokenizer = AutoTokenizer.from_pretrained(tiny_backend, model_max_length=LENGTH)
    folders = {}
    for name, task in TASKS.items():
        folder = folders[name] = tmp_path_factory.mktemp(name)
        names = dict(enumerate(task.labels)) or {0: "LABEL_0"}
        torch.manual_seed(3)
        config = BertConfig(
            **SIZES | {"vocab_size": len(tokenizer)},
            id2label=names,
            label2id={label: at for at, label in names.items()},
            problem_type=PROBLEMS.get(task.objective, "regression"),
        )
        kind = AutoModelForSequenceClassification
        if name == "tags":
            kind, config.problem_type = AutoModelForTokenClassification, None
        model = kind.from_config(config)
        for parameter in model.parameters():
            if parameter.dim() == 2:
                torch.nn.init.normal_(parameter, std=0.5)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        recipe = replace(RECIPE, max_length=LENGTH, precision="bf16")
        run = RunSpec([name], [task], Backend("tiny", path=str(tiny_backend)), recipe, 1)
        put_record(folder, task, source(name), run)
    return folders


@pytest.fixture
def predicted(tmp_path, capsys):
    """What `gradts predict` writes for a file, with its standard output and error."""

    def call(folder: Path, data: Path | str, out: str = "out/x.parquet") -> tuple[pd.DataFrame, Any, str]:
        words = ["predict", "--model", str(folder), "--data", str(data), "--out", str(tmp_path / out)]
        assert command(words) == 0, capsys.readouterr().err
        told = capsys.readouterr()
        lines = told.out.splitlines()
        assert len(lines) < 2
        return read(tmp_path / out), json.loads(lines[0]) if lines else None, told.err

    return call


@pytest.fixture
def refused(tmp_path, capsys):
    """The one line of a refusal, after which nothing is left."""

    def call(folder: Path | str, data: Path | str, out: str | Path = "out/x.csv") -> str:
        words = ["predict", "--model", str(folder), "--data", str(data), "--out", str(tmp_path / out)]
        assert command(words) == 1
        told = capsys.readouterr()
        assert told.out == ""
        assert not (tmp_path / "out").exists()
        lines = [line for line in told.err.splitlines() if line.startswith("gradts predict: error: ")]
        assert len(lines) == 1
        return lines[0].removeprefix("gradts predict: error: ")

    return call
