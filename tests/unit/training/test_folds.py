"""Joint runs on folds: what they train on, what they score, where a fold holds nothing of a member."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from gradts.artifacts import read_json, write_table
from gradts.data.drawing import keys
from gradts.data.prepare import prepare
from gradts.members import Member
from gradts.names import InputError
from gradts.specs import RunSpec
from gradts.training.joint import train_jointly
from gradts.training.loop import prepare_training
from gradts.training.scores import best_epoch, read_scores
from tests.conftest import TWO_TASKS, generated_source, joint_run, source_of
from tests.unit.by_hand import put_splits
from tests.unit.training.test_regression import NUMBER

NAMES = [task.name for task in TWO_TASKS]


def on_fold(backend, fold: int, of: int, part: str = "") -> RunSpec:
    spec = joint_run(backend, epochs=2)
    return replace(spec, members=[f"{name}@fold{fold}of{of}{part}" for name in NAMES])


def prepared_for(spec: RunSpec, data: Path):
    members = [Member.parse(name) for name in spec.members]
    return prepare_training(spec, members, data, scored=NAMES, subset_seed=spec.subset_seed)


def rows_of(data: Path, task: str, *splits: str) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(data / task / f"{split}.parquet") for split in splits])


def test_folds_part_the_rows_of_every_member(backend, data):
    """Whatever is trained on shares no text with what is scored, in no member; every row is scored once."""
    scored: dict[str, list[int]] = {name: [] for name in NAMES}
    for fold in (1, 2, 3):
        training = prepared_for(on_fold(backend, fold, 3), data)
        trained, decided = set(), set()
        for name in NAMES:
            rows = rows_of(data, name, "train", "select").set_index("instance")
            inside, outside = (
                [*encoded.instances] for encoded in (training.scored[name]["select"], training.data[name])
            )
            assert sorted([*inside, *outside]) == sorted(rows.index)
            assert training.instances[name] == len(outside) > 0
            assert training.data[name].labels == rows.loc[outside, "label"].tolist()
            trained |= {*keys(rows.loc[outside])}
            decided |= {*keys(rows.loc[inside])}
            scored[name] += inside
            dev = rows_of(data, name, "dev")
            assert [*training.scored[name]["dev"].instances] == [*dev["instance"]]
        assert not trained & decided
    for name, instances in scored.items():
        assert sorted(instances) == sorted(rows_of(data, name, "train", "select")["instance"])


def test_a_sample_is_drawn_outside_the_fold(backend, data):
    whole, half = (prepared_for(on_fold(backend, 2, 3, part), data) for part in ("", "-sample0.5"))
    for name in NAMES:
        assert {*half.data[name].instances} < {*whole.data[name].instances}
        assert half.instances[name] == (whole.instances[name] + 1) // 2
        assert [*half.scored[name]["select"].instances] == [*whole.scored[name]["select"].instances]


def test_a_run_on_a_fold_tells_its_scores_and_answers_on_it(backend, data, tmp_path):
    spec = on_fold(backend, 1, 2)
    train_jointly(spec, data, tmp_path / "run")
    answers = pd.read_parquet(tmp_path / "run/predictions.parquet")
    training, scores = prepared_for(spec, data), read_scores(tmp_path / "run/metrics.csv")
    for task in TWO_TASKS:
        found = answers[(answers["task"] == task.name) & (answers["split"] == "select")]
        assert [*found["instance"]] == [*training.scored[task.name]["select"].instances]
        if task.decides == "accuracy":
            right = (found["label"].str[0] == found["prediction"].str[0]).mean()
            for decide_on in ("select", {"folds": 2}):
                assert best_epoch(scores, task, decide_on)[1] == pytest.approx(right)
    assert read_json(tmp_path / "run/run.json")["training_instances"] == training.instances


@pytest.fixture
def small(tmp_path, data) -> Path:
    """One task of many rows, and one whose rows have two texts, in folds 1 and 4 of 4."""
    folder = tmp_path / "data"
    prepare(generated_source(NAMES[0]), folder / NAMES[0])
    texts = pd.DataFrame({"text": ["red", "green"] * 2, "label": ["no", "yes"] * 2})
    for split in ("train", "dev"):
        texts.to_csv(tmp_path / f"{split}.csv", index=False)
    files = {split: str(tmp_path / f"{split}.csv") for split in ("train", "dev")}
    source = source_of(NAMES[1], origin={"files": files, "columns": None})
    prepare(source, folder / NAMES[1])
    return folder


def test_a_member_without_a_row_in_the_fold_is_trained_on_and_has_no_score(backend, small, tmp_path):
    folds = {fold: prepared_for(on_fold(backend, fold, 4), small) for fold in (1, 2, 3, 4)}
    counts = {fold: len(of.scored[NAMES[1]].get("select", [])) for fold, of in folds.items()}
    assert sorted(counts.values()) == [0, 0, 2, 2]
    empty = next(fold for fold, count in counts.items() if not count)
    assert folds[empty].instances[NAMES[1]] == 4
    train_jointly(on_fold(backend, empty, 4), small, tmp_path / "run")
    scores = read_scores(tmp_path / "run/metrics.csv")
    assert {row.split for row in scores if row.task == NAMES[1]} == {"dev"}
    assert {row.split for row in scores if row.task == NAMES[0]} == {"select", "dev"}
    epoch, score = best_epoch(scores, TWO_TASKS[1], "select")
    assert (epoch, np.isnan(score)) == (2, True)


def test_a_fold_that_leaves_nothing_to_train_on_is_an_error_that_names_it(backend, small, tmp_path):
    (small / NAMES[1] / "select.parquet").write_bytes((small / NAMES[1] / "train.parquet").read_bytes())
    with pytest.raises(InputError, match=rf"task '{NAMES[1]}': all \d rows of train and select are in fold"):
        for fold in (1, 2, 3, 4):
            prepared_for(on_fold(backend, fold, 4), small)


def test_numbers_are_scaled_by_what_a_fold_may_train_on(backend, tmp_path):
    put_splits(tmp_path, "number", [1.0, 2.0], [3.0, 4.0], dev=[1.0, 2.0])
    for split in ("train", "select"):
        path = tmp_path / f"data/number/{split}.parquet"
        rows = pd.read_parquet(path)
        rows["text_a"] = [f"{split} {i}" for i in range(len(rows))]
        write_table(path, pa.Table.from_pandas(rows, preserve_index=False), {"spec": {"task": "number"}})
    spec = replace(joint_run(backend), members=["number@fold1of2"], tasks=[NUMBER])
    training = prepare_training(spec, [Member.parse("number@fold1of2")], tmp_path / "data", scored=["number"])
    assert training.data["number"].labels == [3.0, 2.0, 4.0]  # `train 0` is in the fold
    assert training.model.scales["number"].mean.item() == pytest.approx(3)
