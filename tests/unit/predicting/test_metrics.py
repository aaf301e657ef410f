"""Labels of a file that is predicted, and what is scored by them."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, matthews_corrcoef, root_mean_squared_error

from tests.unit.predicting.models import edited, put, texts


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
    numbers = put(tmp_path / "x.csv", text=texts(3), label=["_", "-1", "2.5"])
    assert predicted(folders["number"], numbers)[1]["labelled"] == 2  # of numbers -1 is one
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
