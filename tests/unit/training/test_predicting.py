"""A model's folder predicts a user's file: in its order, as transformers' own pipelines, in every format."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file
from sklearn.metrics import f1_score, matthews_corrcoef, root_mean_squared_error
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    BertConfig,
    pipeline,
)

from gradts.artifacts import read_json, write_json
from gradts.cli import run as command
from gradts.specs import Backend, RunSpec, Source, Task
from gradts.training import predicting
from tests.conftest import RECIPE, SIZES, source_of

LENGTH = 12
FILES = {"train": "a.csv", "dev": "b.csv"}
TASKS = {
    "mood": Task("mood", "classification", ["bad", "fair", "good"], ["macro_f1", "mcc"], "mcc"),
    "same": Task("same", "classification", ["no", "yes"], ["f1"], "f1"),
    "topics": Task("topics", "multi_label", ["dog", "cat", "saw"], ["micro_f1"], "micro_f1"),
    "number": Task("number", "regression", [], ["spearman", "rmse"], "spearman"),
    "tags": Task("tags", "sequence_labelling", ["O", "B-X", "I-X"], ["token_accuracy"], "token_accuracy"),
}
TEXT = {"same": ["first", "second"], "tags": ["tokens"]}
HOW: dict[str, dict[str, Any]] = {"tags": {"columns": {"tokens": 0, "label": -1}}}
WORDS = ["the", "big", "dog", "saw", "a", "small", "cat", "unbelievably"]
PROBLEMS = {"classification": "single_label_classification", "multi_label": "multi_label_classification"}


def source(name: str, **changes: Any) -> Source:
    task = TASKS[name]
    fields = {
        "objective": task.objective,
        "labels": task.labels,
        "text": TEXT.get(name, ["text"]),
        "origin": {"files": FILES, **HOW.get(name, {})},
    }
    return source_of(name, **fields | changes)


@pytest.fixture(scope="module")
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


def put_record(folder: Path, task: Task, of: Source, run: RunSpec) -> None:
    parts = {"task": task, "source": of, "run": run}
    spec = {"primary": task.name} | {key: json.loads(part.to_json()) for key, part in parts.items()}
    write_json(folder / "gradts.json", {"stage": "gradts.reporting.model", "spec": spec})


def edited(folder: Path, to: Path, **changes: Any) -> Path:
    """A copy of a model's folder whose source is another one in some fields."""
    to.mkdir()
    for path in folder.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    record = read_json(to / "gradts.json")
    record["spec"]["source"] |= changes
    write_json(to / "gradts.json", record)
    return to


def texts(count: int = 40) -> list[str]:
    """Of 1 to 9 words; those of 8 and more do not fit LENGTH with their special pieces."""
    generator = np.random.default_rng(0)
    return [" ".join(generator.choice(WORDS, generator.integers(1, 9))) for _ in range(count)]


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix in (".json", ".jsonl"):
        return pd.DataFrame([json.loads(line) for line in path.read_text().splitlines()])
    separator = {".csv": ",", ".tsv": "\t"}[path.suffix]
    return pd.read_csv(path, sep=separator, float_precision="round_trip", keep_default_na=False)


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


def put(path: Path, **columns: Any) -> Path:
    frame = pd.DataFrame(columns)
    if path.suffix in (".csv", ".gz"):
        frame.to_csv(path, index=False)
    elif path.suffix == ".jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_parquet(path)
    return path


# ------------------------------------------------------------------------------------------ answers


@pytest.mark.parametrize("name", ["mood", "same", "topics"])
def test_probabilities_are_those_of_transformers_pipeline(folders, predicted, tmp_path, name):
    sides = [texts(), texts()[::-1]][: len(TEXT.get(name, ["text"]))]
    columns = dict(zip(TEXT.get(name, ["text"]), sides, strict=True))
    found, metrics, _ = predicted(folders[name], put(tmp_path / "x.csv", **columns))
    classify = pipeline("text-classification", str(folders[name]), top_k=None, device="cpu")
    pairs = [dict(zip(("text", "text_pair"), row, strict=False)) for row in zip(*sides, strict=True)]
    expected = [
        {one["label"]: one["score"] for one in classify(pair, truncation="longest_first", max_length=LENGTH)}
        for pair in pairs
    ]
    assert metrics is None
    assert list(found.columns) == ["row", "prediction", *(f"p_{label}" for label in TASKS[name].labels)]
    assert found["row"].tolist() == list(range(40))
    for label in TASKS[name].labels:
        np.testing.assert_allclose(found[f"p_{label}"], [of[label] for of in expected], atol=1e-5)
    if name == "topics":
        chosen = [[label for label in TASKS[name].labels if of[label] > 0.5] for of in expected]
        assert [list(one) for one in found["prediction"]] == chosen
        assert len({*map(tuple, chosen)}) > 2
    else:
        assert found["prediction"].tolist() == [max(of, key=of.get) for of in expected]
        assert found["prediction"].nunique() > 1


def plain_loop(folder: Path, kind: Any, inputs: list[Any]) -> list[torch.Tensor]:
    """Logits of one input at a time."""
    model, tokenizer = kind.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    with torch.no_grad():
        return [
            model(
                **tokenizer(
                    one,
                    is_split_into_words=isinstance(one, list),
                    truncation=True,
                    max_length=LENGTH,
                    return_tensors="pt",
                )
            ).logits[0]
            for one in inputs
        ]


def test_numbers_are_in_the_tasks_own_units(folders, predicted, tmp_path):
    given = texts()
    found, _, _ = predicted(folders["number"], put(tmp_path / "x.csv", text=given))
    assert list(found.columns) == ["row", "prediction"]
    logits = plain_loop(folders["number"], AutoModelForSequenceClassification, given)
    np.testing.assert_allclose(found["prediction"], torch.cat(logits).numpy(), atol=1e-5)


def test_every_word_has_the_likeliest_tag_of_its_first_piece(folders, predicted, tmp_path):
    """Beyond the length limit there is none."""
    sentences = [text.split() for text in texts()] + [["dog"] * 15]
    path = tmp_path / "x.conll"
    path.write_text("\n\n".join("\n".join(words) for words in sentences))
    found, metrics, told = predicted(folders["tags"], path)
    assert metrics is None
    assert list(found.columns) == ["row", "tokens", "prediction", "probability"]
    assert [[*tokens] for tokens in found["tokens"]] == sentences
    tokenizer = AutoTokenizer.from_pretrained(folders["tags"])
    logits = plain_loop(folders["tags"], AutoModelForTokenClassification, sentences)
    cut = 0
    for words, of_pieces, row in zip(sentences, logits, found.itertuples(), strict=True):
        whole = tokenizer(words, is_split_into_words=True, truncation=True, max_length=LENGTH)
        chances = of_pieces.softmax(dim=-1).tolist()
        first = {word: chances[at] for at, word in reversed([*enumerate(whole.word_ids())])}
        cut += len(tokenizer(words, is_split_into_words=True)["input_ids"]) > LENGTH
        expected = [
            TASKS["tags"].labels[int(np.argmax(first[i]))] if i in first else None for i in range(len(words))
        ]
        assert [*row.prediction] == expected
        probability = [max(first[i]) if i in first else np.nan for i in range(len(words))]
        np.testing.assert_allclose(np.array(row.probability, dtype=float), probability, atol=1e-5)
    assert [*found["prediction"].iloc[-1]][LENGTH - 2 :] == [None] * 5
    assert f"41 rows of task 'tags', {cut} cut at max_length {LENGTH}" in told


@pytest.mark.parametrize("name", TASKS)
def test_chunks_and_their_order_do_not_show(folders, predicted, tmp_path, monkeypatch, name):
    path = tmp_path / "x.jsonl"
    columns = {side: texts()[::step] for side, step in zip(TEXT.get(name, ["text"]), (1, -1), strict=False)}
    if name == "tags":
        columns = {"tokens": [text.split() for text in texts()]}
    put(path, **columns)
    whole, _, told = predicted(folders[name], path)
    monkeypatch.setattr(predicting, "CHUNK", 7)
    parts, _, again = predicted(folders[name], path)
    assert re.findall(r"\d+ cut", again) == re.findall(r"\d+ cut", told)
    assert int(re.search(r"(\d+) cut", told)[1]) > 0
    for column in whole:
        if column.startswith("p") and isinstance(whole[column][0], float):
            np.testing.assert_allclose(parts[column], whole[column], atol=1e-6)
        elif column != "probability":
            assert [str(one) for one in parts[column]] == [str(one) for one in whole[column]]


def test_every_format_holds_the_same(folders, predicted, tmp_path):
    """Numbers to the last bit; lists are joined in text, and what is missing is `_`."""
    for name, between in (("mood", ""), ("topics", "; "), ("number", ""), ("tags", " ")):
        path = tmp_path / f"{name}.jsonl"
        put(path, **({"tokens": [["dog"] * 15, ["a", "cat"]]} if name == "tags" else {"text": texts(9)}))
        whole = predicted(folders[name], path)[0]
        for suffix in ("jsonl", "json", "csv", "tsv"):
            found = predicted(folders[name], path, f"x.{suffix}")[0]
            assert list(found.columns) == list(whole.columns)
            for column in whole:
                expected = [[*one] if isinstance(one, np.ndarray) else one for one in whole[column]]
                if suffix in ("csv", "tsv"):
                    expected = [
                        between.join("_" if word is None or word != word else str(word) for word in one)
                        if isinstance(one, list)
                        else one
                        for one in expected
                    ]
                else:
                    expected = [
                        [None if word != word else word for word in one] if isinstance(one, list) else one
                        for one in expected
                    ]
                assert found[column].tolist() == expected, (name, suffix, column)


def test_a_model_for_a_gpu_is_exact_on_a_cpu(folders, predicted, tmp_path, monkeypatch):
    """Its recipe says bf16."""
    seen = []
    plainly = predicting.autocast
    monkeypatch.setattr(
        predicting, "autocast", lambda precision, device: seen.append(precision) or plainly("fp32", device)
    )
    monkeypatch.setattr(predicting, "pick_device", lambda: torch.device("cpu"))
    predicted(folders["mood"], put(tmp_path / "x.csv", text=texts()))
    assert {*seen} == {"fp32"}


# ------------------------------------------------------------------------------------------- reading


def test_shards_and_packed_files_are_read_in_their_order(folders, predicted, tmp_path):
    given = texts(30)
    (tmp_path / "parts").mkdir()
    for part in range(3):
        put(tmp_path / f"parts/{part}.csv.gz", text=given[10 * part : 10 * part + 10])
    whole = predicted(folders["mood"], put(tmp_path / "x.parquet", text=given))[0]
    for data in (tmp_path / "parts", tmp_path / "parts/*.csv.gz"):
        pd.testing.assert_frame_equal(predicted(folders["mood"], data)[0], whole)


def test_files_are_read_as_the_tasks_own(folders, predicted, tmp_path):
    """Positions of columns without a header, an encoding, other suffixes than the task's files."""
    origin = {"files": FILES, "columns": {"text": 0, "label": 1}, "encoding": "cp1252", "format": ".csv"}
    folder = edited(folders["mood"], tmp_path / "m", origin=origin)
    given = [f"{text} é" for text in texts(5)]
    expected = predicted(folders["mood"], put(tmp_path / "x.parquet", text=given))[0]
    (tmp_path / "x.csv").write_text("\n".join(given), encoding="cp1252")
    (tmp_path / "y.csv").write_text("\n".join(f"{text},good" for text in given), encoding="cp1252")
    (tmp_path / "z.csv").write_text("\n".join(["text", *given]), encoding="cp1252")
    (tmp_path / "x.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in given))
    for name in ("x.csv", "y.csv", "z.csv", "x.jsonl"):
        found, metrics, _ = predicted(folder, tmp_path / name)
        pd.testing.assert_frame_equal(found, expected)
        assert (metrics is not None) == (name == "y.csv")


def test_a_label_that_is_counted_from_the_end_is_no_word(folders, predicted, tmp_path):
    """Lines of a lone word have none; `#` is a word there."""
    (tmp_path / "x.conll").write_text("the\n#\ncat\n\ndog\n")
    found, metrics, _ = predicted(folders["tags"], tmp_path / "x.conll")
    assert [[*tokens] for tokens in found["tokens"]] == [["the", "#", "cat"], ["dog"]]
    assert metrics is None
    (tmp_path / "x.conll").write_text("the O\n# B-X\ncat I-X\n\ndog B-X\n")
    found, metrics, _ = predicted(folders["tags"], tmp_path / "x.conll")
    assert [[*tokens] for tokens in found["tokens"]] == [["the", "#", "cat"], ["dog"]]
    assert metrics["labelled"] == 2


def test_words_of_rows_and_texts_for_spans(folders, predicted, tmp_path):
    expected = [["the", "cat", "."], ["dog"]]
    rows = edited(folders["tags"], tmp_path / "rows", sentence="number", origin={"files": FILES})
    path = put(tmp_path / "x.csv", number=[1, 1, 1, 2], tokens=[*expected[0], *expected[1]])
    assert [[*one] for one in predicted(rows, path)[0]["tokens"]] == expected
    spans = edited(folders["tags"], tmp_path / "spans", text=["text"], origin={"files": FILES})
    for more in ({}, {"label": [[], []]}):
        path = put(tmp_path / "x.jsonl", text=["the cat.", "dog"], **more)
        found, metrics, _ = predicted(spans, path)
        assert [[*one] for one in found["tokens"]] == expected
        assert metrics is None
    put(path, text=["the cat.", "dog"], label=[[[4, 7, "X"]], []])
    found, metrics, _ = predicted(spans, path)
    tags = [[*one] for one in found["prediction"]]
    right = [one == true for one, true in zip([*tags[0], *tags[1]], ["O", "B-X", "O", "O"], strict=True)]
    assert metrics["metrics"] == {"token_accuracy": np.mean(right)}


def test_empty_texts_that_the_task_drops_have_no_prediction(folders, predicted, tmp_path):
    given = ["", *texts(3), " ", "dog"]
    path = put(tmp_path / "x.csv", text=given, label=["good", "bad", "fair", "good", "bad", "bad"])
    folder = edited(folders["mood"], tmp_path / "m", empty_text="drop")
    found, metrics, told = predicted(folder, path, "out.csv")
    assert found["row"].tolist() == [*range(6)]
    assert (found["prediction"] == "").tolist() == [True, False, False, False, True, False]
    assert (found["p_bad"] == "").tolist() == [True, False, False, False, True, False]
    assert (metrics["rows"], metrics["labelled"]) == (6, 4)
    assert "6 rows of task 'mood', 2 without a text, " in told
    kept = predicted(folder, put(tmp_path / "y.csv", text=[*texts(3), "dog"]), "out.csv")[0]
    assert found["prediction"][found["prediction"] != ""].tolist() == kept["prediction"].tolist()


def test_a_file_with_a_header_alone_has_no_predictions(folders, predicted, tmp_path):
    (tmp_path / "x.csv").write_text("text,label\n")
    found, metrics, _ = predicted(folders["mood"], tmp_path / "x.csv", "out.csv")
    assert (list(found.columns), len(found), metrics) == (
        ["row", "prediction", "p_bad", "p_fair", "p_good"],
        0,
        None,
    )


# ------------------------------------------------------------------------------------------- metrics


def test_metrics_of_labels_that_are_there(folders, predicted, tmp_path):
    given = texts()
    label = np.random.default_rng(1).choice(["bad", "fair", "good"], len(given))
    path = put(tmp_path / "x.csv", text=given, label=label)
    found, told, _ = predicted(folders["mood"], path)
    assert told == {
        "data": str(path),
        "task": "mood",
        "rows": 40,
        "labelled": 40,
        "metrics": {
            "macro_f1": pytest.approx(f1_score(label, found["prediction"], average="macro")),
            "mcc": pytest.approx(matthews_corrcoef(label, found["prediction"])),
        },
    }
    numbers = np.random.default_rng(1).normal(size=len(given))
    found, told, _ = predicted(folders["number"], put(tmp_path / "x.csv", text=given, label=numbers))
    assert told["metrics"]["rmse"] == pytest.approx(root_mean_squared_error(numbers, found["prediction"]))
    ranks = np.argsort(np.argsort(numbers)), np.argsort(np.argsort(found["prediction"]))
    assert told["metrics"]["spearman"] == pytest.approx(np.corrcoef(*ranks)[0, 1], abs=0.01)
    sets = [[label for label in ("dog", "cat", "saw") if label in text] for text in given]
    found, told, _ = predicted(
        folders["topics"], put(tmp_path / "x.csv", text=given, label=["; ".join(one) for one in sets])
    )
    hot = [
        [[label in one for label in ("dog", "cat", "saw")] for one in of]
        for of in (sets, found["prediction"])
    ]
    assert told["metrics"] == {"micro_f1": pytest.approx(f1_score(*hot, average="micro"))}


def test_words_beyond_the_limit_count_as_wrong(folders, predicted, tmp_path):
    (tmp_path / "x.conll").write_text("dog O\n" * 15)
    first = predicted(folders["tags"], tmp_path / "x.conll")[0]["prediction"][0]
    (tmp_path / "x.conll").write_text("".join(f"dog {tag or 'O'}\n" for tag in first))
    assert predicted(folders["tags"], tmp_path / "x.conll")[1]["metrics"] == {"token_accuracy": 10 / 15}


def test_rows_without_a_label_are_predicted_and_not_scored(folders, predicted, tmp_path):
    """What is missing, what the task drops, and -1, as test splits of the hub have it."""
    given, label = texts(), ["bad", None, "fair", "-1", "unsure", "good", " ", "positive"] * 5
    folder = edited(folders["mood"], tmp_path / "m", drop_labels=["unsure"], rename={"positive": "good"})
    found, told, _ = predicted(folder, put(tmp_path / "x.csv", text=given, label=label))
    scored = [one in ("bad", "fair", "good", "positive") for one in label]
    true = ["good" if one == "positive" else one for one, kept in zip(label, scored, strict=True) if kept]
    assert (told["rows"], told["labelled"]) == (40, 20)
    assert told["metrics"]["mcc"] == pytest.approx(matthews_corrcoef(true, found["prediction"][scored]))
    assert predicted(folder, put(tmp_path / "x.parquet", text=given, label=[-1] * 40))[1] is None
    assert predicted(folders["topics"], put(tmp_path / "x.csv", text=given, label=[""] * 40))[1] is None
    (tmp_path / "x.conll").write_text("the O\ncat B-X\n\ndog _\n")
    assert predicted(folders["tags"], tmp_path / "x.conll")[1]["labelled"] == 1


def test_minus_one_may_be_a_label_or_a_number(folders, predicted, tmp_path):
    folder = edited(folders["mood"], tmp_path / "m", rename={"-1": "bad", "1": "good"})
    told = predicted(folder, put(tmp_path / "x.csv", text=texts(2), label=["-1", "1"]))[1]
    assert told["labelled"] == 2
    told = predicted(folders["number"], put(tmp_path / "x.csv", text=texts(2), label=[-1, 2.5]))[1]
    assert told["labelled"] == 2


def test_an_undefined_metric_is_null(folders, predicted, tmp_path):
    told = predicted(folders["number"], put(tmp_path / "x.csv", text=texts(), label=[2.5] * 40))[1]
    assert told["metrics"]["spearman"] is None


# --------------------------------------------------------------------------------------------- errors


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
    hint = f"(of a model, the registry's keys are under spec.source in {model}/gradts.json)"
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
