"""A source that names the split on which decisions are made: it is read as it is, and train stays whole."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gradts.artifacts import read_json
from gradts.cli import run
from gradts.config import resolve
from gradts.data.prepare import prepare
from gradts.data.splits import Prepared, read_splits
from gradts.demo.suite import generate
from gradts.names import InputError
from gradts.reporting.facts import statistics
from gradts.reporting.specs import StatisticsSpec
from tests.configurations import LEFT_OUT, written
from tests.conftest import source_of, yes_no

SPLITS = {"train": "train", "select": "validation", "dev": "test"}
SIZES = {"train": 40, "validation": 20, "test": 12}


def frame(rows: int, prefix: str) -> pd.DataFrame:
    labels = ["no" if i % 4 else "yes" for i in range(rows)]
    return pd.DataFrame({"text": [f"{prefix} {i}" for i in range(rows)], "label": labels})


FRAMES = {split: frame(rows, split) for split, rows in SIZES.items()}


def put(folder: Path, suffix: str, frames: dict[str, pd.DataFrame]) -> dict[str, str]:
    """Split → the file that has its rows."""
    folder.mkdir(exist_ok=True)
    files = {split: str(folder / f"{split}{suffix}") for split in frames}
    for split, rows in frames.items():
        rows.to_csv(files[split], index=False) if suffix == ".csv" else rows.to_parquet(files[split])
    return files


def of_files(folder: Path) -> dict[str, Any]:
    return {"files": put(folder, ".csv", FRAMES)}


def of_data_root(folder: Path) -> dict[str, Any]:
    put(folder / "root" / "one", ".parquet", FRAMES)
    return {"hub": "some/where"}


def of_the_hub(folder: Path) -> dict[str, Any]:
    """A local folder in the hub's layout."""
    files = put(folder / "hub", "-00000-of-00001.parquet", FRAMES)
    listed = "".join(f"\n  - {{split: {split}, path: {Path(path).name}}}" for split, path in files.items())
    card = f"---\nconfigs:\n- config_name: default\n  data_files:{listed}\n---\n"
    (folder / "hub/README.md").write_text(card)
    return {"hub": str(folder / "hub"), "config": "default"}


@pytest.mark.parametrize("kind", [of_files, of_data_root, of_the_hub])
def test_a_given_split_decides_and_nothing_is_held_out_of_train(tmp_path, kind: Callable):
    (tmp_path / "root").mkdir()
    entry = {"files": LEFT_OUT, "splits": SPLITS, **kind(tmp_path)}
    root = str(tmp_path / "root") if kind is of_data_root else None
    config = written(tmp_path, {"data_root": root}, {"one": entry}, suite=["one", "two"])
    source = resolve(config).sources["one"]
    assert run(["prepare", "--spec", source.to_json(), "--out", str(tmp_path / "out/one")]) == 0
    splits = read_splits(tmp_path / "out", yes_no("one"))
    for ours, found in {"train": splits.train, **splits.scored()}.items():
        raw = FRAMES[SPLITS[ours]]
        assert found["text_a"].tolist() == raw["text"].tolist()
        assert found["instance"].tolist() == [*range(len(raw))]
        assert found["label"].tolist() == raw["label"].eq("yes").astype(int).tolist()
    facts = read_json(tmp_path / "out/one/statistics.json")
    counted = {split: of["source"] for split, of in facts["rows"].items()}
    assert counted == {"train": 40, "select": 20, "dev": 12}
    assert facts["splits"]["select"]["labels"] == {"no": 15, "yes": 5}


def test_a_generated_split_decides(tmp_path):
    rows = {"train": 40, "select": 20, "dev": 12}
    entry = {"files": LEFT_OUT, "generated": rows, "text": ["text_a"], "labels": ["bad", "good"]}
    suite = ["demo_sentiment", "two"]
    source = resolve(written(tmp_path, tasks={"demo_sentiment": entry}, suite=suite)).sources[suite[0]]
    prepare(source, tmp_path / "out" / suite[0])
    splits = read_splits(tmp_path / "out", yes_no(suite[0]))
    made = generate(suite[0], rows, source.seed)
    for name, found in {"train": splits.train, **splits.scored()}.items():
        assert found["text_a"].tolist() == made[name]["text_a"].tolist()


def read(folder: Path, frames: dict[str, pd.DataFrame], task: str = "toy", **changes: Any) -> Prepared:
    """The prepared splits of these frames."""
    files = put(folder / task, ".csv", frames)
    fields = {"origin": {"files": files}, "splits": SPLITS, "select_fraction": None, "decides": "accuracy"}
    prepare(source_of(task, **fields | changes), folder / "out" / task)
    return read_splits(folder / "out", yes_no(task))


def test_dev_may_be_held_out_of_train_all_the_same(tmp_path):
    without = {split: rows for split, rows in FRAMES.items() if split != "test"}
    given = {"train": "train", "select": "validation"}
    splits = read(tmp_path, without, splits=given, dev_fraction=0.3)
    assert splits.select["text_a"].tolist() == FRAMES["validation"]["text"].tolist()
    held, rest = splits.dev["dev"]["text_a"], splits.train["text_a"]
    assert sorted([*held, *rest]) == sorted(FRAMES["train"]["text"])
    assert 6 <= len(held) <= 18


def test_a_given_split_is_capped_by_its_own_cap_and_by_class(tmp_path):
    splits = read(tmp_path, FRAMES, max_select=8)
    assert (len(splits.train), len(splits.select), len(splits.dev["dev"])) == (40, 8, 12)
    assert splits.select["label"].sum() == 2


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("maybe", r"validation\.csv line 2: label 'maybe' is not among"),
        ("no", r"validation\.csv: its 20 rows of task 'toy' hold one class only"),
        (
            "0",
            r"label 'yes' .*train\.csv line 2\) is a name, but label '0' .*validation\.csv line 2\) only",
        ),
    ],
)
def test_a_given_split_is_checked_as_any_other(tmp_path, label, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, {**FRAMES, "validation": FRAMES["validation"].assign(label=label)})


def test_texts_on_both_sides_are_counted_within_a_task_and_across_tasks(tmp_path, capsys):
    """Three rows of select are in train, one in another task's; one of dev is in train, two in select."""
    select = pd.concat([FRAMES["validation"], FRAMES["train"].head(3)])
    dev = pd.concat([FRAMES["test"], FRAMES["train"].tail(1), FRAMES["validation"].head(2)])
    read(tmp_path, {**FRAMES, "validation": select, "test": dev})
    facts = read_json(tmp_path / "out/toy/statistics.json")
    counted = {name: of["in_train"] for name, of in facts["splits"].items()}
    assert counted == {"train": 0, "select": 3, "dev": 3}
    lines = [
        "select has 3 of 23 rows whose text is in train, too: its scores profit",
        "dev has 3 of 15 rows whose text is in train or select, too: its scores profit",
    ]
    assert facts["warnings"] == lines
    assert capsys.readouterr().err == "".join(f"warning: task 'toy': {line}\n" for line in lines)

    other = {split: rows.assign(text="o" + rows["text"]) for split, rows in FRAMES.items()}
    other["train"] = pd.concat([other["train"], FRAMES["validation"].head(1)])
    read(tmp_path, other, task="other")
    spec = StatisticsSpec("both", [yes_no("toy"), yes_no("other")], {})
    statistics(spec, tmp_path / "out", tmp_path / "both.csv")
    assert read_json(tmp_path / "both.json")["leaks"] == {"toy": {"toy": 3, "other": 1}}
    assert "1 of toy in other, 3 of toy in toy; " in capsys.readouterr().err
