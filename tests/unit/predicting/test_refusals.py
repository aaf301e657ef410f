"""What `gradts predict` refuses, in one line, with nothing left behind."""

from typing import Any

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file

from gradts.artifacts import read_json, write_json
from gradts.training import predicting
from tests.unit.predicting.models import edited, put, texts


def test_wrong_folders(folders, refused, tmp_path):
    data = put(tmp_path / "x.csv", text=texts())
    assert refused("nowhere", data).startswith("--model: nowhere is no folder; name a model's")
    (tmp_path / "bare").mkdir()
    told = refused(tmp_path / "bare", data)
    assert told.startswith(
        f"--model: {tmp_path}/bare/gradts.json is missing, so this is no model of this workflow"
    )
    assert "make one with: snakemake --cores 1 results/models/" in told
    for text, message in {
        "{": "cannot be read",
        "{}": "holds no spec",
        '{"spec": {}}': "holds no task",
        '{"spec": {"task": {}, "source": {}, "run": {}}}': "Task.name: Field required",
    }.items():
        (tmp_path / "bare/gradts.json").write_text(text)
        told = refused(tmp_path / "bare", data)
        assert message in told
        assert told.endswith(f"remake it with: snakemake --cores 1 --force {tmp_path}/bare/gradts.json")


def test_damaged_models(folders, refused, tmp_path):
    data = put(tmp_path / "x.csv", text=texts())
    folder = edited(folders["mood"], tmp_path / "m")
    remake = f"remake it with: snakemake --cores 1 --force {folder}/gradts.json"
    whole = load_file(folder / "model.safetensors")
    save_file(
        {k: v for k, v in whole.items() if k != "classifier.weight"},
        folder / "model.safetensors",
        {"format": "pt"},
    )
    assert refused(folder, data) == f"{folder} has no weights classifier.weight; {remake}"
    save_file(
        whole | {"classifier.weight": torch.zeros(2, 2)}, folder / "model.safetensors", {"format": "pt"}
    )
    assert refused(folder, data).endswith(remake)
    (folder / "model.safetensors").write_bytes(b"cut off")
    assert refused(folder, data).endswith(remake)
    (folder / "model.safetensors").unlink()
    assert refused(folder, data).endswith(remake)
    save_file(whole, folder / "model.safetensors", {"format": "pt"})
    config = read_json(folder / "config.json")
    write_json(folder / "config.json", config | {"id2label": {"0": "good", "1": "fair", "2": "bad"}})
    told = refused(folder, data)
    assert "config.json has the labels good, fair, bad, and task 'mood' bad, fair, good; " in told
    write_json(folder / "config.json", config)
    for path in folder.glob("tokenizer*"):
        path.unlink()
    assert refused(folder, data).endswith(remake)


def test_wrong_files(folders, refused, tmp_path):
    model = folders["mood"]
    hint = (
        f"(of a model, the registry's keys are under spec.source in {model}/gradts.json, those of how files "
        "are read under its origin)"
    )
    for name, text, message in [
        ("x.csv", "body,label\na,good\n", "x.csv line 1: no column 'text'"),
        ("x.jsonl", '{"body": "a"}\n', "x.jsonl: no column 'text' for task 'mood' (columns: body)"),
        ("x.parquet", "no parquet", "cannot be read: it is no parquet file"),
        ("x.docx", "a", "x.docx: unknown file type; use one of"),
        ("x.csv", 'text\n"a\n"b"\n', "x.csv line 2: "),
        ("x.csv", "", "x.csv is empty"),
        (
            "x.jsonl",
            '{"text": "a"}\n{"text": ""}\n',
            "x.jsonl line 2: column 'text' of task 'mood' is '', not a text",
        ),
        ("x.jsonl", '{"text": ["a"]}\n', "x.jsonl line 1: column 'text' of task 'mood' is ['a'], not a text"),
    ]:
        (tmp_path / name).write_text(text)
        told = refused(model, tmp_path / name)
        assert message in told
        assert told.endswith(hint)
    assert "nowhere.csv cannot be read: No such file or directory" in refused(model, "nowhere.csv")
    assert "nowhere-*.csv: no file has a name of this pattern" in refused(model, "nowhere-*.csv")


def test_labels_of_something_else(folders, refused, predicted, tmp_path):
    data = put(tmp_path / "x.csv", text=texts(2), label=["bad", "ticket 17"])
    told = refused(folders["mood"], data)
    assert f"{data} line 3: label 'ticket 17' is not among the labels of task 'mood'" in told
    assert "to predict without metrics, leave column 'label' out or give it another name" in told
    found, metrics, _ = predicted(
        folders["mood"], put(tmp_path / "x.csv", text=texts(2), ticket=["bad", "17"])
    )
    assert (len(found), metrics) == (2, None)


def test_wrong_outputs(folders, refused, predicted, tmp_path):
    data = put(tmp_path / "x.csv", text=texts())
    before = data.read_bytes()
    told = refused(folders["mood"], data, "x.xlsx")
    assert told.endswith(
        "x.xlsx is no kind of file that is written; name one of .csv, .tsv, .json, .jsonl, .parquet"
    )
    assert refused(folders["mood"], data, data).endswith("x.csv is the file to predict; name another one")
    assert data.read_bytes() == before
    assert refused(folders["mood"], data, "/dev/null/x.csv").startswith("cannot write /dev/null/x.csv")
    predicted(folders["mood"], data, "made/of/folders.csv")


def test_a_fault_on_the_way_leaves_what_was_there(folders, tmp_path, monkeypatch):
    data, out = put(tmp_path / "x.csv", text=texts()), tmp_path / "out.csv"
    out.write_text("before")
    monkeypatch.setattr(predicting, "CHUNK", 20)
    plainly = predicting.Encoded

    def failing(rows: pd.DataFrame, *rest: Any) -> Any:
        if rows.index[0] > 0:
            raise RuntimeError("out of memory")
        return plainly(rows, *rest)

    monkeypatch.setattr(predicting, "Encoded", failing)
    with pytest.raises(RuntimeError, match="out of memory"):
        predicting.predict(folders["mood"], str(data), out)
    assert out.read_text() == "before"
    assert {path.name for path in tmp_path.iterdir()} == {"x.csv", "out.csv"}
