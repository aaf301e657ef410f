"""`gradts describe`: what it prints of whole files, how it tells splits by names, and what it refuses."""

import subprocess
import sys
from pathlib import Path

import pytest

from gradts.cli import run
from gradts.data.naming import splits_of
from gradts.data.opening import look
from gradts.names import InputError
from tests.tickets import write_tickets
from tests.unit.data.files import table, text, write


def test_a_table_of_two_files_is_told_to_the_letter(tmp_path, monkeypatch, capsys):
    """An id is no text; what is repeated, shared and contradicted is counted."""
    monkeypatch.chdir(tmp_path)
    train = table("abc" * 20, id=range(60))
    train.loc[1, ["text", "label"]] = train.loc[0, "text"], "c"  # rows 0 and 1: a and c
    dev = table("abc" * 4, start=100, id=range(12))
    dev.loc[0, ["text", "label"]] = text(5), "c"
    write(tmp_path / "data/tickets.csv", train)
    write(tmp_path / "data/tickets-dev.csv", dev)
    assert run(["describe", "data/tickets.csv", "data/tickets-dev.csv"]) == 0
    out = capsys.readouterr().out
    assert out.endswith(
        "tickets:\n"
        "  files: {train: data/tickets.csv, dev: data/tickets-dev.csv}\n"
        "  text: [text]\n"
        "  labels: [a, b, c]\n"
        "  metrics: [accuracy, macro_f1]\n"
    )
    assert "# columns that are not used: id\n# train has 60 rows\n# dev has 12 rows\n" in out
    assert ", 1 repeated, 2 of conflicting labels\n" in out
    assert "# prepared as dev: 12 rows (a 3, b 4, c 5), 1 in train\n" in out
    assert "# dev has 1 of 12 rows whose text is in train or select, too: its scores profit\n" in out
    assert "# 0 of 72 texts are longer than 128 word pieces of minilm-l6\n" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]  # it writes nothing


def test_what_takes_seconds_to_import_is_not_waited_for(tmp_path):
    path = write(tmp_path / "tickets.csv", table("abc" * 20))
    code = "import sys; from gradts.cli import run; run(sys.argv[1:]); print('torch' in sys.modules)"
    command = [sys.executable, "-c", code, "describe", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "word pieces of minilm-l6" in done.stdout
    assert done.stdout.endswith("\nFalse\n")


def test_the_readme_shows_what_is_printed(tmp_path, monkeypatch, capsys):
    """Also beside another workflow, whose schema stands where Snakemake's template has it."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "workflow/schemas/config.schema.yaml", "required: [samples]")
    write_tickets(tmp_path / "data")
    assert run(["describe", "data/tickets.csv", "data/tickets-dev.csv"]) == 0
    shown = capsys.readouterr().out
    readme = (Path(__file__).parents[3] / "README.md").read_text()
    assert "".join(f"    {line}\n" for line in shown.splitlines()) in readme, shown
    for line in (tmp_path / "data/tickets.csv").read_text().splitlines()[:3]:
        assert f"    {line}\n" in readme


def test_a_validation_split_decides_where_there_is_a_test_split(tmp_path, described):
    sizes = {"train": 60, "validation": 15, "test": 18}
    paths = [write(tmp_path / f"data/{name}.csv", table("abc" * (n // 3), n)) for name, n in sizes.items()]
    _, entry, comments = described(*paths)
    assert entry["files"] == {
        "train": "data/train.csv",
        "select": "data/validation.csv",
        "dev": "data/test.csv",
    }
    told = [line for line in comments if line.startswith("prepared as")]
    assert [line.split(" rows")[0] for line in told] == [
        "prepared as train: 60",
        "prepared as select: 15",
        "prepared as dev: 18",
    ]


def test_one_file_holds_dev_out_and_long_texts_are_counted(tmp_path, described):
    rows = table("ab" * 20)
    rows.loc[3, "text"] = "word " * 127  # and two special pieces
    rows.loc[4, "text"] = "word " * 126
    name, entry, comments = described(write(tmp_path / "mine/train.csv", rows))
    assert name == "mine"
    assert entry["files"] == {"train": "mine/train.csv"}
    assert entry["dev_fraction"] == 0.1
    assert any(line.startswith("1 of 40 texts are longer than 128 word pieces") for line in comments)


def test_long_sentences_of_words_are_counted(tmp_path, described):
    sentences = [["word"] * length for length in (*[3] * 20, 126, 127)]  # and two special pieces
    path = tmp_path / "tags.conll"
    path.write_text(
        "\n".join("".join(f"{word} {'OB'[i % 2]}\n" for i, word in enumerate(of)) for of in sentences)
    )
    _, _, comments = described(path)
    assert any(line.startswith("1 of 22 texts are longer than 128 word pieces") for line in comments)


def test_rows_without_a_label_or_a_text_are_left_out_and_counted(tmp_path, described):
    rows = table("ab" * 20)
    rows.loc[3, "label"] = ""
    rows.loc[[6, 7], "text"] = " "
    _, entry, comments = described(write(tmp_path / "mine.csv", rows))
    assert entry["drop_labels"] == [""]
    assert entry["empty_text"] == "drop"
    assert "train has 40 rows, left out are 1 without a label and 2 without a text" in comments


def test_what_the_reader_refuses_is_told_below_the_guess(tmp_path, described):
    rows = table("ab" * 20)
    rows["Text"] = rows["text"]
    path = write(tmp_path / "mine.csv", rows.rename(columns={"label": "Label"}).assign(LABEL="x"))
    described(path)  # twins in case are two columns
    path.write_text(path.read_text().replace("LABEL", "Label"))
    refused = "mine.csv: column 'Label' of task 'mine' may be any of Label, Label; leave one of them, or name"
    _, entry, _ = described(path, refused=f"{refused} one in the registry as it is spelled")
    assert entry["label"] == "Label"


def test_a_test_split_without_labels_is_left_out(tmp_path, described):
    train, dev, test = table("ab" * 20), table("ab" * 10, start=50), table("ab" * 10, start=90)
    files = [write(tmp_path / f"m/{name}.csv", one) for name, one in (("train", train), ("valid", dev))]
    files.append(write(tmp_path / "m/test.csv", test.drop(columns="label")))
    _, entry, comments = described(*files)
    assert entry["files"] == {"train": "m/train.csv", "dev": "m/valid.csv"}
    assert "m/test.csv is left out: it has no column 'label'" in comments
    write(files[2], test.assign(label=""))
    assert "m/test.csv is left out: its rows have no label" in described(*files)[2]


# ------------------------------------------------------------------------------------------- splits


@pytest.mark.parametrize(
    ("given", "name", "splits"),
    [
        ("x/t.csv", "t", {"train": "x/t.csv"}),
        ("x/train.tsv x/dev.tsv", "x", {"train": "x/train.tsv", "dev": "x/dev.tsv"}),
        ("d/Faq_val.csv d/Faq_trn.csv", "faq", {"train": "d/Faq_trn.csv", "dev": "d/Faq_val.csv"}),
        ("a.csv a-dev.csv", "a", {"train": "a.csv", "dev": "a-dev.csv"}),
        ("a.csv b.csv", "a", {"train": "a.csv", "dev": "b.csv"}),
        ("trainData.csv testData.csv", None, {"train": "trainData.csv", "dev": "testData.csv"}),
        (
            "t/train.csv t/validation.csv t/test.csv",
            "t",
            {"train": "t/train.csv", "select": "t/validation.csv", "dev": "t/test.csv"},
        ),
        (
            "n/train.csv n/validation_matched.csv n/validation_mismatched.csv n/extra_train_more.csv",
            "n",
            {
                "train": "n/train.csv",
                "dev_matched": "n/validation_matched.csv",
                "dev_mismatched": "n/validation_mismatched.csv",
            },
        ),
        (
            "9h/train-00000-of-00002.parquet 9h/train-00001-of-00002.parquet 9h/test-00000-of-00001.parquet",
            "h",
            {
                "train": "9h/train-00000-of-00002.parquet 9h/train-00001-of-00002.parquet",
                "dev": "9h/test-00000-of-00001.parquet",
            },
        ),
        ("k/train/0.csv k/dev/0.csv", "k", {"train": "k/train/0.csv", "dev": "k/dev/0.csv"}),
        (
            "io-train.conll bi-train.conll io-dev.conll bi-dev.conll",
            "io",
            {"train": "io-train.conll", "dev": "io-dev.conll"},
        ),
    ],
)
def test_names_of_files_tell_splits_and_the_task(given, name, splits):
    found = splits_of(given.split())
    assert {ours: " ".join(paths) for ours, paths in found.files.items()} == splits
    assert name in (None, found.name)


def test_a_folder_may_hold_several_splits_or_the_shards_of_one(tmp_path):
    for name in ("train", "dev"):
        write(tmp_path / f"faq/{name}.csv", "x")
        write(tmp_path / f"shards/{name[0]}.csv", "x")
    assert splits_of([str(tmp_path / "faq")]).files == {
        name: [str(tmp_path / f"faq/{name}.csv")] for name in ("train", "dev")
    }
    assert splits_of([str(tmp_path / "shards")]).files == {"train": [str(tmp_path / "shards")]}


# ----------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.pdf", "a", "x.pdf: unknown file type; describe reads .parquet, .csv"),
        ("x.csv", "", "x.csv is empty"),
        ("x.csv", "text,label\n", "no column can be the label (columns: text, label)"),
        (
            "x.csv",
            "text\na b c\nd e f\n",
            "no column can be the label (columns: text): none has two values",
        ),
        ("x.csv", "text,label\na,b,c\n", "x.csv line 2: 3 fields, but line 1 has 2; mend the line"),
        (
            "x.csv",
            "id,text\n7,a b c\n9,d e f\n",
            "no column can be the label (columns: id, text): none",
        ),
        ("x.csv", "id,label\n7,a\n9,b\n", "no column can be the text of label 'label' (columns: id, label)"),
        ("x.jsonl", '{"text": "a", "label": ["b"]}\n' * 9, "column 'label' holds one label only (b); give"),
        ("x.conll", "anna\nruns\n\n", "x.conll: its lines have one column; give every word a tag"),
        ("x.jsonl", "[1, 2]", "x.jsonl line 1: a row is an object with named fields, found 1"),
    ],
)
def test_what_nothing_can_be_guessed_of_is_one_line(tmp_path, monkeypatch, capsys, name, content, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(content)
    assert run(["describe", name]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"gradts describe: error: {message}")
    assert err.count("\n") == 1


def test_a_missing_file_is_named():
    with pytest.raises(InputError, match=r"nowhere\.csv cannot be read: No such file"):
        look("nowhere.csv")
