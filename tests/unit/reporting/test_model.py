"""The model of a chosen set: its folder answers what the run wrote down, or is refused."""

import json
import math
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from huggingface_hub import ModelCard
from safetensors.torch import load_file, save_file
from transformers import pipeline

from gradts.artifacts import ArtifactError, read_table, write_table
from gradts.data.prepare import prepare
from gradts.data.splits import read_splits
from gradts.layout import below
from gradts.reporting.card import card
from gradts.reporting.model import make_model, unlike
from gradts.reporting.runs import Run, read_predictions
from gradts.reporting.specs import ModelSpec, pipeline_of
from gradts.specs import RunSpec, Source, Task
from gradts.training.joint import kept_model, train_jointly
from gradts.training.scores import Score, best_epoch, read_scores
from tests.conftest import RECIPE, source_of, yes_no

TAGS = ["O", "B-X", "I-X"]
ANIMAL = yes_no("animal")
TAGGED = Task("tagged", "sequence_labelling", TAGS, ["span_f1", "token_accuracy"], "span_f1", "IOB2")
TOPICS = Task("topics", "multi_label", ["dog", "cat", "saw"], ["micro_f1"], "micro_f1")
NUMBER = Task("number", "regression", [], ["pearson", "rmse"], "pearson")
TASKS = [ANIMAL, NUMBER, TAGGED, TOPICS]


def rows(count: int, random: np.random.Generator) -> pd.DataFrame:
    """Rows of which single words tell every task's label."""
    words = [["dog", "cat"][: random.integers(3)] + ["saw"] * random.integers(2) for _ in range(count)]
    words = [[*random.permutation([*of, "the", "a"]), f"n{i}"] for i, of in enumerate(words)]
    return pd.DataFrame(
        {
            "tokens": words,
            "text": [" ".join(of) for of in words],
            "animal": ["yes" if "dog" in of else "no" for of in words],
            "number": [1000.0 + 100 * ("dog" in of) for of in words],
            "tagged": [["B-X" if word in ("dog", "cat") else "O" for word in of] for of in words],
            "topics": [[topic for topic in TOPICS.labels if topic in of] for of in words],
        }
    )


def own_sources(folder: Path) -> dict[str, Source]:
    folder.mkdir()
    files = {split: str(folder / f"{split}.parquet") for split in ("train", "dev")}
    random = np.random.default_rng(1)
    for split, count in (("train", 120), ("dev", 20)):
        rows(count, random).to_parquet(files[split])
    return {
        task.name: source_of(
            task.name,
            objective=task.objective,
            origin={"files": files},
            text=["tokens" if task is TAGGED else "text"],
            label=task.name,
            labels=task.labels,
            select_fraction=0.2,
            scheme=task.scheme,
        )
        for task in TASKS
    }


@pytest.fixture(scope="module")
def made(backend, tmp_path_factory):
    """Results of one joint run of all objectives that kept its weights, its specification, the sources."""
    results = tmp_path_factory.mktemp("results")
    sources = own_sources(results / "own")
    for name, source in sources.items():
        prepare(source, results / "data" / name)
    tasks = sorted(TASKS, key=lambda task: task.name)
    recipe = replace(RECIPE, epochs=12, learning_rate=7e-3, max_length=12)
    run = RunSpec([task.name for task in tasks], tasks, backend, recipe, seed=1)
    train_jointly(run, results / "data", run_folder(results, run), keep="weights")
    return results, run, sources


def run_folder(results: Path, run: RunSpec) -> Path:
    fields = {"backend": run.backend.name, "members": run.members, "seed": run.seed}
    return Path(below(results, "run", **fields)).parent


def spec_of(task: Task, run: RunSpec, sources) -> ModelSpec:
    shares = dict.fromkeys((name for name in run.members if name != task.name), 1.0)
    return ModelSpec("mine", "no-sel", task, sources[task.name], run, "select", shares)


def apart(spec: ModelSpec, folder: Path, results: Path) -> float:
    """Share of a model's answers that are not those of its run."""
    dev = read_splits(results / "data", spec.task).dev
    run = Run(spec.run.backend.name, tuple(spec.run.members), spec.run.seed)
    return unlike(spec, folder, read_predictions(str(results), run, spec.task, dev), dev)


def stored(results: Path, run: RunSpec, task: Task) -> pd.DataFrame:
    frame = read_table(run_folder(results, run) / "predictions.parquet")[0].to_pandas()
    return frame[(frame["task"] == task.name) & (frame["split"] != "select")].reset_index(drop=True)


def copied(results: Path, folder: Path) -> Path:
    """The results of the run, without the weights that it kept."""
    for name in ("data", "runs"):
        (folder / name).mkdir(parents=True)
        for path in (results / name).rglob("*.*"):
            if path.is_file() and "models" not in path.parts:
                place = folder / path.relative_to(results)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(path.read_bytes())
    return folder


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_trained_again_or_kept_the_weights_are_the_same(task, made, tmp_path):
    results, run, sources = made
    again = copied(results, tmp_path / "again")
    make_model(spec_of(task, run, sources), results, tmp_path / "kept")
    make_model(spec_of(task, run, sources), again, tmp_path / "trained")
    weights = [(tmp_path / one / "model.safetensors").read_bytes() for one in ("kept", "trained")]
    assert weights[0] == weights[1]
    assert apart(spec_of(task, run, sources), tmp_path / "kept", results) == 0
    assert weights[0] == (kept_model(run_folder(results, run), task.name) / "model.safetensors").read_bytes()


def test_the_pipeline_answers_the_classes_that_the_run_wrote_down(made, tmp_path):
    results, run, sources = made
    make_model(spec_of(ANIMAL, run, sources), results, tmp_path)
    dev = pd.read_parquet(results / "data" / ANIMAL.name / "dev.parquet")
    found = pipeline("text-classification", str(tmp_path))(dev["text_a"].tolist(), truncation=True)
    expected = [ANIMAL.labels[int(one[0])] for one in stored(results, run, ANIMAL)["prediction"]]
    assert [one["label"] for one in found] == expected
    assert len({*expected}) == 2  # or any model would do


def test_the_pipeline_answers_the_sets_and_the_numbers_that_the_run_wrote_down(made, tmp_path):
    results, run, sources = made
    for task in (TOPICS, NUMBER):
        make_model(spec_of(task, run, sources), results, tmp_path / task.name)
        texts = pd.read_parquet(results / "data" / task.name / "dev.parquet")["text_a"].tolist()
        asked = pipeline("text-classification", str(tmp_path / task.name))
        found = asked(texts, truncation=True, top_k=None)
        expected = stored(results, run, task)["prediction"].tolist()
        if task is NUMBER:
            assert [one[0]["score"] for one in found] == pytest.approx([one[0] for one in expected], rel=1e-4)
            assert max(one[0] for one in expected) - min(one[0] for one in expected) > 1
            continue
        sets = [sorted(task.labels.index(one["label"]) for one in of if one["score"] > 0.5) for of in found]
        assert sets == [sorted(map(int, one)) for one in expected]
        assert any(sets)


def test_the_pipeline_answers_the_tags_that_the_run_wrote_down(made, tmp_path):
    results, run, sources = made
    make_model(spec_of(TAGGED, run, sources), results, tmp_path)
    dev = pd.read_parquet(results / "data" / "tagged" / "dev.parquet")
    tagger = pipeline("token-classification", str(tmp_path), ignore_labels=[])
    as_shown = eval(pipeline_of(TAGGED, str(tmp_path)), {"pipeline": pipeline})
    expected, seen = stored(results, run, TAGGED)["prediction"].tolist(), set()
    for words, tags in zip(dev["tokens"], expected, strict=True):
        pieces = {piece["start"]: piece["entity"] for piece in tagger(" ".join(words))}
        groups = as_shown(" ".join(words))
        place = 0
        for word, tag in zip(words, tags, strict=True):
            if tag >= 0:  # else it is cut off
                assert pieces[place] == TAGS[int(tag)]
                kinds = [one["entity_group"] for one in groups if one["start"] <= place < one["end"]]
                assert kinds == [TAGS[int(tag)][2:]] * (TAGS[int(tag)] != "O")
                seen.add(pieces[place])
            place += len(word) + 1
    assert len(seen) > 1


def test_other_answers_than_the_run_wrote_down_are_refused(made, tmp_path):
    results, run, sources = made
    wrong = copied(results, tmp_path / "wrong")
    path = run_folder(wrong, run) / "predictions.parquet"
    table, record = read_table(path)
    frame = table.to_pandas()
    of_dev = (frame["task"] == ANIMAL.name) & (frame["split"] != "select")
    first = frame.index[of_dev][0]
    frame.at[first, "prediction"] = [1.0 - frame.at[first, "prediction"][0]]
    write_table(path, pa.Table.from_pandas(frame, schema=table.schema.remove_metadata()), record)
    share = 1 / of_dev.sum()
    out = tmp_path / "model"
    with pytest.raises(ArtifactError, match=rf"{share:.2%} of its answers .*--force.*keep_weights"):
        make_model(spec_of(ANIMAL, run, sources), wrong, out)
    assert not (out / "gradts.json").exists()


@pytest.mark.parametrize("elsewhere", [{"device": "cuda"}, {"precision": "bf16"}])
def test_a_run_of_another_device_or_precision_may_differ_in_a_few_answers(
    made, monkeypatch, elsewhere, tmp_path
):
    results, run, sources = made
    there = copied(results, tmp_path / "there")
    path = run_folder(there, run) / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | elsewhere))
    monkeypatch.setattr("gradts.reporting.model.unlike", lambda *_: 0.005)
    with pytest.raises(ArtifactError, match=r"0\.50% of its answers .* \(allowed: 0%\)"):
        make_model(spec_of(ANIMAL, run, sources), results, tmp_path / "strict")
    make_model(spec_of(ANIMAL, run, sources), there, tmp_path / "model")
    assert (tmp_path / "model/gradts.json").exists()


@pytest.mark.parametrize("spoilt", ["other weights", "a part of a file", "other labels"])
def test_kept_weights_that_are_not_the_runs_are_trained_again(made, spoilt, tmp_path):
    results, run, sources = made
    again, spec = copied(results, tmp_path / "again"), spec_of(ANIMAL, run, sources)
    kept = kept_model(run_folder(again, run), ANIMAL.name)
    make_model(spec_of(TOPICS if spoilt == "other labels" else ANIMAL, run, sources), results, kept)
    weights = kept / "model.safetensors"
    if spoilt == "other weights":
        tensors = load_file(weights)
        save_file({name: -tensor for name, tensor in tensors.items()}, weights, {"format": "pt"})
    elif spoilt == "a part of a file":
        weights.write_bytes(weights.read_bytes()[:1000])
    make_model(spec, again, tmp_path / "model")
    assert apart(spec, tmp_path / "model", again) == 0


def test_a_diverged_run_has_no_model(made, tmp_path):
    results, run, sources = made
    wrong = copied(results, tmp_path / "wrong")
    path = run_folder(wrong, run) / "predictions.parquet"
    table, record = read_table(path)
    write_table(path, table.slice(0, 0), record)
    record = run_folder(wrong, run) / "run.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "diverged": "epoch 1: the loss is nan"}))
    with pytest.raises(ArtifactError, match=r"no model of 'number': it diverged \(epoch 1"):
        make_model(spec_of(NUMBER, run, sources), wrong, tmp_path / "model")


def test_the_card_says_what_it_is_and_its_head_is_read_by_the_hub(made, tmp_path):
    results, run, sources = made
    make_model(spec_of(ANIMAL, run, sources), results, tmp_path)
    made_card = ModelCard.load(tmp_path / "README.md")
    scores = read_scores(run_folder(results, run) / "metrics.csv")
    epoch, best = best_epoch(scores, ANIMAL, "select")
    told = {(one.metric_type, one.dataset_split): one.metric_value for one in made_card.data.eval_results}
    assert told["accuracy", "select"] == best
    assert {split for _, split in told} == {"select", "dev"}
    assert made_card.data.pipeline_tag == "text-classification"
    for text in (
        f"After epoch {epoch}",
        "`tagged` (100% of its rows)",
        "seed: 1",
    ):
        assert text in made_card.text
    record = json.loads((tmp_path / "gradts.json").read_text())
    assert record["scores"]["accuracy"]["select"] == best
    assert record["unlike"] == 0


def test_a_score_that_is_undefined_is_called_so_and_is_no_result(made):
    _, run, sources = made
    spec = spec_of(NUMBER, run, sources)
    scores = [
        Score(1, "number", split, "pearson", value) for split, value in (("dev", math.nan), ("select", 0.5))
    ]
    found = card(spec, scores, {"epoch": 1, "packages": {}, "spec": asdict(spec)}, [])
    cells = [[cell.strip() for cell in line.split("|")] for line in found.text.splitlines()]
    assert ["", "pearson", "dev", "undefined", ""] in cells
    assert ["", "pearson", "select", "0.5000", ""] in cells
    assert [(one.dataset_split, one.metric_value) for one in found.data.eval_results] == [("select", 0.5)]


def test_the_card_of_a_generated_task_says_so(made):
    _, run, sources = made
    spec = spec_of(ANIMAL, run, sources)
    scores, record = (
        [Score(1, "animal", "dev", "accuracy", 0.5)],
        {"epoch": 1, "packages": {}, "spec": asdict(spec)},
    )
    assert "is generated" not in card(spec, scores, record, []).text
    assert (
        "\n\n- dev has 1 of 2 rows\n\n## Training" in card(spec, scores, record, ["dev has 1 of 2 rows"]).text
    )
    generated = replace(spec, source=replace(spec.source, origin={"generated": {"train": 4, "dev": 4}}))
    assert "**This task is generated**" in card(generated, scores, record, []).text
    assert "times over" not in card(spec, scores, record, []).text
    little = card(replace(spec, shares={"tagged": 0.004}), scores, record, []).text
    assert "`tagged` (0.4% of its rows)" in little
    run = replace(spec.run, members=[f"{spec.task.name}@repeat3"], tasks=[spec.task])
    repeated = card(replace(spec, run=run, shares={}), scores, record, []).text
    assert "no other task, which " in repeated
    assert "; an epoch goes 3 times over its own rows." in repeated
