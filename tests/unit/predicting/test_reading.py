"""Files that are predicted are read as the task's own."""

import json

import numpy as np
import pandas as pd

from tests.unit.predicting.models import FILES, edited, put, texts


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
    dropped = edited(spans, tmp_path / "dropped", empty_text="drop")
    put(path, text=["the cat.", None, "dog"])
    assert [one is None for one in predicted(dropped, path)[0]["tokens"]] == [False, True, False]
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
