"""Where rows come from: several files, a saved data set, a server, the hub; and the class names there."""

import gzip
import json
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import datasets
import pandas as pd
import pyarrow.parquet as pq
import pytest

from gradts import provenance
from gradts.config import resolve
from gradts.data.prepare import prepare
from gradts.data.sources import read_files, read_source
from gradts.names import InputError
from gradts.plan import Plan
from tests.conftest import source_of
from tests.unit.data.files import origin, put, read, rows

# ------------------------------------------------------------------------------------ several files


@pytest.fixture
def shards(tmp_path) -> Path:
    for number, row in enumerate(("a,no\nb,yes\n", "c,no\n", "d,yes\n")):
        put(tmp_path, f"train/part-{number}.csv{'.gz' * (number == 2)}", f"text,label\n{row}")
    last = tmp_path / "train/part-2.csv.gz"
    last.write_bytes(gzip.compress(last.read_bytes()))
    put(tmp_path, "train/_SUCCESS", "")
    put(tmp_path, "train/README.md", "no data")
    return tmp_path / "train"


def test_shards_are_read_one_after_the_other(shards):
    everything = [("a", "no"), ("b", "yes"), ("c", "no"), ("d", "yes")]
    for given in (
        shards,
        f"{shards}/part-*",
        f"{shards}/../**/part-*",
        sorted(map(str, shards.glob("part*"))),
    ):
        raw = read(given)
        assert rows(raw) == everything
        assert [raw.at(row).rpartition("/")[2] for row in range(4)] == [
            "part-0.csv line 2", "part-0.csv line 3", "part-1.csv line 2", "part-2.csv.gz line 2"
        ]  # fmt: skip
    backwards = sorted(map(str, shards.glob("part-[01]*")), reverse=True)
    assert [text for text, _ in rows(read(backwards))] == ["c", "a", "b"]


def test_shards_of_parquet(tmp_path):
    (tmp_path / "x.parquet").mkdir()
    for number in (1, 0):
        frame = pd.DataFrame({"text": [f"a{number}", f"b{number}"], "label": [number, None]})
        frame.astype({"label": "Int64"}).to_parquet(tmp_path / f"x.parquet/{number}.parquet")
    raw = read(tmp_path / "x.parquet")
    assert rows(raw) == [("a0", 0), ("b0", None), ("a1", 1), ("b1", None)]
    assert raw.at(3) == f"{tmp_path}/x.parquet/1.parquet row 1"


def test_shards_that_are_not_alike(shards):
    with pytest.raises(InputError, match=r"part-0\.csv is there twice"):
        read([str(shards / "part-0.csv"), f"{shards}/part-*.csv"])
    with pytest.raises(InputError, match=r"none\*: no file has a name of this pattern"):
        read(f"{shards}/none*")
    put(shards, "part-3.csv", "text,label,more\ne,no,x\n")
    with pytest.raises(InputError, match=r"part-3\.csv: its columns are not those of .*part-0\.csv.*more"):
        read(shards)
    put(shards, "part-4.json", "[]")
    with pytest.raises(InputError, match=r"train: a folder of files of one kind .*holds \.csv, \.json; name"):
        read(shards)
    put(shards, "sub/part-4.csv", "text,label\n")
    with pytest.raises(InputError, match=r"holds \.csv, \.json, sub/; name"):
        read(shards)


def test_a_path_may_look_like_a_pattern(tmp_path):
    put(tmp_path, "a1.csv", "text,label\nx,no\n")
    assert rows(read(put(tmp_path, "a[1].csv", "text,label\na,no\n"))) == [("a", "no")]


def test_a_saved_data_set(tmp_path):
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["yes", "no"])}
    )
    saved = datasets.Dataset.from_list(
        [{"text": f"t{i}", "label": i % 2} for i in range(4)], features=features
    )
    saved.save_to_disk(tmp_path / "one", num_shards=2)
    put(tmp_path, "one/data-old.arrow", "left by an earlier one")
    assert rows(read(tmp_path / "one")) == [("t0", "yes"), ("t1", "no"), ("t2", "yes"), ("t3", "no")]
    datasets.DatasetDict(train=saved, dev=saved).save_to_disk(tmp_path / "both")
    with pytest.raises(InputError, match="both holds the splits train, dev; name one"):
        read(tmp_path / "both")
    assert len(read(tmp_path / "both/train").frame) == 4


# ------------------------------------------------------------------------- class names, bytes, pandas


def parquet(path: Path, feature, labels, texts=("a", "b", "c")) -> Path:
    features = datasets.Features({"text": datasets.Value("string"), "label": feature})
    datasets.Dataset.from_dict({"text": list(texts), "label": labels}, features=features).to_parquet(path)
    return path


def test_class_names_of_parquet_are_used(tmp_path):
    names = datasets.ClassLabel(names=["yes", "no"])
    raw = read(parquet(tmp_path / "a.parquet", names, [0, 1, -1]))
    assert (rows(raw), raw.names) == ([("a", "yes"), ("b", "no"), ("c", -1)], ["yes", "no"])
    other = read(parquet(tmp_path / "b.parquet", datasets.ClassLabel(names=["x", "y"]), [0, 1, None]))
    assert (rows(other), other.names) == ([("a", "x"), ("b", "y"), ("c", None)], ["x", "y"])
    assert rows(read(tmp_path / "a.parquet", label="LABEL"), "LABEL") == [("yes",), ("no",), (-1,)]
    listed = parquet(tmp_path / "c.parquet", datasets.List(names), [[0, 1], [1], []])
    assert rows(read(listed, objective="multi_label"), "label") == [(["yes", "no"],), (["no"],), ([],)]
    missing = parquet(tmp_path / "f.parquet", datasets.List(names), [[0, None], [1], []])
    assert rows(read(missing, objective="multi_label"), "label")[1:] == [(["no"],), ([],)]
    assert rows(read(missing, objective="multi_label"), "label")[0][0][0] == "yes"
    nested = parquet(
        tmp_path / "e.parquet", {"of": {"all": names}}, [{"of": {"all": one}} for one in (0, 1, -1)]
    )
    assert rows(read(nested, label="label.of.all"), "label.of.all") == [("yes",), ("no",), (-1,)]
    numbers = read(tmp_path / "a.parquet", objective="regression")
    assert (rows(numbers, "label"), numbers.names) == ([(0,), (1,), (-1,)], None)
    plain = read(parquet(tmp_path / "d.parquet", datasets.Value("int64"), [0, 1, 1]))
    assert (rows(plain, "label"), plain.names) == ([(0,), (1,), (1,)], None)


def test_shards_may_order_class_names_each_in_its_way(tmp_path):
    parquet(tmp_path / "x/0.parquet", datasets.ClassLabel(names=["yes", "no"]), [0, 0, 1])
    parquet(tmp_path / "x/1.parquet", datasets.ClassLabel(names=["no", "yes"]), [0, 0, 1])
    raw = read(tmp_path / "x")
    assert ([label for _, label in rows(raw)], raw.names) == (
        ["yes", "yes", "no", "no", "no", "yes"],
        ["yes", "no"],
    )


@pytest.mark.parametrize("way", ["files", "data_root", "hub"])
def test_class_names_are_used_whichever_way_a_file_is_reached(tmp_path, way):
    for split in ("train", "dev"):
        parquet(tmp_path / f"toy/{split}.parquet", datasets.ClassLabel(names=["yes", "no"]), [0, 1, None])
    entries = {
        "files": {"files": {split: f"{tmp_path}/toy/{split}.parquet" for split in ("train", "dev")}},
        "data_root": {"hub": "some/data"},
        "hub": {"hub": str(tmp_path / "toy"), "splits": {"train": "train", "dev": "validation"}},
    }
    if way == "hub":
        (tmp_path / "toy/dev.parquet").rename(tmp_path / "toy/validation.parquet")
    plan = planned(tmp_path, entries[way], data_root=str(tmp_path) if way == "data_root" else None)
    for raw in read_source(plan.source_spec("toy"))[0].values():
        assert rows(raw) == [("a", "yes"), ("b", "no"), ("c", None)]
        assert raw.names == ["yes", "no"]


def test_bytes_are_text(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"text": ["é".encode(), None], "label": [b"no", b"yes"]}).to_parquet(path)
    assert rows(read(path)) == [("é", "no"), (None, "yes")]
    pd.DataFrame({"text": ["é".encode("cp1252")], "label": [b"no"]}).to_parquet(path)
    assert rows(read(path, encoding="cp1252")) == [("é", "no")]
    with pytest.raises(
        InputError, match=r"a\.parquet: column 'text' holds bytes that are no utf-8.*encoding:"
    ):
        read(path)
    pd.DataFrame({"tokens": [[], [b"a", "é".encode()]], "tags": [[], [b"no", b"yes"]]}).to_parquet(path)
    words = read(path, text=("tokens",), label="tags", objective="sequence_labelling")
    assert rows(words, "tokens", "tags") == [([], []), (["a", "é"], ["no", "yes"])]


def test_an_index_of_pandas_is_a_column(tmp_path):
    frame = pd.DataFrame({"text": ["a", "b"], "label": ["no", "yes"]}, index=[7, 7])
    frame.to_parquet(tmp_path / "a.parquet")
    frame.set_index("text").to_parquet(tmp_path / "b.parquet")
    for name in ("a", "b"):
        raw = read(tmp_path / f"{name}.parquet")
        assert (rows(raw), list(raw.frame.index)) == ([("a", "no"), ("b", "yes")], [0, 1])


# --------------------------------------------------------------------------- from the configuration


def planned(folder: Path, entry: dict, **values) -> Plan:
    entry = {"text": ["text"], "labels": ["no", "yes"], **entry}
    registry = {"toy": entry, "twin": entry}
    (folder / "tasks.yaml").write_text(json.dumps(registry))
    tables = {"table2": {"suite": "mine", "backend": "minilm-l3"}}
    config = {"tasks": [f"{folder}/tasks.yaml"], "suites": {"mine": ["toy", "twin"]}, "tables": tables}
    config["selection"] = {way: {"threshold": 0.5} for way in ("thres", "fg")}
    return Plan(resolve(config | values))


def test_local_files_of_the_hubs_loaders_are_read_as_files_are(tmp_path):
    put(tmp_path, "tr-0.csv", "text,label\nNone,no\nNA,yes\n")
    put(tmp_path, "tr-1.data", "text,label\n007,no\n")
    put(tmp_path, "dev.csv.gz", gzip.compress(b"text,label\nnull,no\n"))
    files = {"train": f"{tmp_path}/tr-*", "dev": f"{tmp_path}/dev.csv.gz"}
    plan = planned(tmp_path, {"hub": "csv", "data_files": files})
    raw, commit = read_source(plan.source_spec("toy"))
    assert rows(raw["train"]) == [("None", "no"), ("NA", "yes"), ("007", "no")]
    assert (rows(raw["dev"]), commit) == ([("null", "no")], None)
    assert plan.source_files("toy") == sorted(
        f"{tmp_path}/{name}" for name in ("tr-0.csv", "tr-1.data", "dev.csv.gz")
    )


@pytest.fixture
def server(tmp_path, monkeypatch) -> Iterator[str]:
    """The address of a server of the folder; what is fetched from it is kept apart."""
    monkeypatch.setattr(datasets.config, "DOWNLOADED_DATASETS_PATH", tmp_path / "fetched")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    handler = partial(SimpleHTTPRequestHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as serving:
        Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()


def test_files_of_a_server_are_read_as_files_are(tmp_path, server):
    put(tmp_path, "raw/train.csv", "text,label\nNone,no\n")
    address = f"{server}/raw/train.csv?download=1"
    for entry in ({"hub": "csv", "data_files": {"train": address}}, {"files": {"train": address}}):
        plan = planned(tmp_path, entry | {"splits": {"train": "train"}, "dev_fraction": 0.1})
        assert plan.source_files("toy") == []
        assert rows(read_source(plan.source_spec("toy"))[0]["train"]) == [("None", "no")]
    put(tmp_path, "x.conllu", "1-2\tcan't\t_\t_\n1\tca\t_\tAUX\n2\tn't\t_\tPART\n")
    tagged = source_of(
        origin=origin(f"{server}/x.conllu?raw=1", columns={"tokens": 1, "tags": 3}),
        objective="sequence_labelling",
        text=["tokens"],
        label="tags",
        labels=["AUX", "PART"],
        splits={"train": "train"},
        dev_fraction=0.1,
    )
    raw = read_source(tagged)[0]["train"]
    assert rows(raw, "tokens", "tags") == [(["ca", "n't"], ["AUX", "PART"])]
    assert raw.at(0, 1) == f"{server}/x.conllu?raw=1 line 3"
    with pytest.raises(InputError, match=r"/raw/dev\.csv cannot be fetched: .*name a local copy"):
        read(f"{server}/raw/dev.csv")


def put_named(path: Path, names: list[str]) -> None:
    """A table of `datasets` whose labels 0, 1, … carry names."""
    kinds = {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=names)}
    columns = {"text": [f"text {name}" for name in names], "label": [*range(len(names))]}
    datasets.Dataset.from_dict(columns, datasets.Features(kinds)).to_parquet(path)


def test_class_names_in_another_order_than_labels_are_told(tmp_path, capsys):
    for names in (["no", "yes"], ["yes", "no"]):
        assert "its ids name" not in capsys.readouterr().err
        put_named(tmp_path / "a.parquet", names)
        assert rows(read(tmp_path / "a.parquet")) == [(f"text {name}", name) for name in names]
    told = "a.parquet: its ids name yes, no; those of files without names count as labels do: no, yes\n"
    assert capsys.readouterr().err.endswith(told)


def test_a_column_of_labels_that_is_gone_takes_its_names_along(tmp_path):
    put_named(tmp_path / "a.parquet", ["no"])
    pq.write_table(pq.read_table(tmp_path / "a.parquet").drop_columns(["label"]), tmp_path / "a.parquet")
    given = {"text": ["text"], "label": "label", "splits": {"train": "train"}, "dev_fraction": 0.1}
    source = source_of(origin=origin(tmp_path / "a.parquet"), **given)
    raw = read_files(str(tmp_path / "a.parquet"), source, labelled=False)
    assert rows(raw, "text") == [("text no",)]


@pytest.mark.parametrize("given", ["train", "train/*.csv", ["train/a.csv", "train/b.csv"]])
def test_a_changed_shard_is_noticed(tmp_path, given):
    for name in "ab":
        put(tmp_path, f"train/{name}.csv", f"text,label\n{name},no\n")
    given = [f"{tmp_path}/{one}" for one in given] if isinstance(given, list) else f"{tmp_path}/{given}"
    plan = planned(tmp_path, {"files": {"train": given}, "splits": {"train": "train"}, "dev_fraction": 0.1})
    before = plan.source_spec("toy")
    assert (
        sorted(before.digests)
        == plan.source_files("toy")
        == [f"{tmp_path}/train/{name}.csv" for name in "ab"]
    )
    read_source(before)
    put(tmp_path, "train/b.csv", "text,label\nother,no\n")
    with pytest.raises(InputError, match=r"b\.csv is another file .*planned.*start it again"):
        read_source(before)
    if isinstance(given, str):
        put(tmp_path, "train/b.csv", "text,label\nb,no\n")
        put(tmp_path, "train/c.csv", "text,label\nc,no\n")
        assert len(plan.source_files("toy")) == 3
        with pytest.raises(InputError, match=r"c\.csv is another file"):
            read_source(before)


def test_a_local_folder_of_the_hubs_layout_is_noticed(tmp_path):
    path = parquet(tmp_path / "hub/train.parquet", datasets.Value("string"), ["no", "yes", "no"])
    entry = {"hub": str(tmp_path / "hub"), "splits": {"train": "train"}, "dev_fraction": 0.1}
    assert planned(tmp_path, entry).source_files("toy") == [str(path)]


def test_a_mistake_is_found_before_prepared_rows_make_way_for_it(tmp_path):
    """Snakemake deletes the outputs of a job that is to run, and makes anew what rests on them."""
    good = "text,label\n" + "".join(f"{n},{'no' if n % 2 else 'yes'}\n" for n in range(40))
    for name in ("a", "b"):
        put(tmp_path, f"{name}.csv", good)
    entry = {"files": {"train": f"{tmp_path}/a.csv", "dev": f"{tmp_path}/b.csv"}}
    settings = {"results_dir": f"{tmp_path}/results"}
    wrong = {**entry, "labels": ["no", "maybe"]}
    files = planned(tmp_path, wrong, **settings).source_files("toy")  # nothing is there that could be lost
    plan = planned(tmp_path, entry, **settings)
    prepare(plan.source_spec("toy"), Path(plan.path("facts", task="toy")).parent)
    assert plan.source_files("toy") == files
    assert planned(tmp_path, entry, data={"max_train": 9}, **settings).source_files("toy") == files
    with pytest.raises(InputError, match=r"csv line 2: label 'yes' is not among the labels of task 'toy'"):
        planned(tmp_path, wrong, **settings).source_files("toy")
    put(tmp_path, "a.csv", good.replace("12,yes", "12,yess"))
    provenance._known_digest.cache_clear()  # as in another process
    with pytest.raises(InputError, match=r"a\.csv line 14: label 'yess' is not among"):
        planned(tmp_path, entry, **settings).source_files("toy")
    put(tmp_path, "a.csv", good)
    provenance._known_digest.cache_clear()
    assert planned(tmp_path, entry, **settings).source_files("toy") == files
    Path(plan.path("facts", task="toy")).write_text("{")
    assert planned(tmp_path, wrong, **settings).source_files("toy") == files


WRONG_ENTRIES = {
    "encoding of the hub": (
        {"hub": "x/y", "encoding": "cp1252"},
        "toy: encoding says how text files are read, and it has no",
    ),
    "columns of parquet": (
        {"files": {"train": "a.parquet"}, "columns": {"text": 0}},
        r"toy: columns .*kind \.parquet; leave it",
    ),
    "separator of json": (
        {"hub": "json", "data_files": {"train": "a"}, "separator": ";"},
        r"separator .*kind \.json",
    ),
    "two characters": ({"files": {"train": "a.csv"}, "separator": "||"}, "separator: '||' is too long"),
    "no columns": (
        {"files": {"train": "a.csv"}, "header": False},
        "header: false needs the positions of columns",
    ),
    "no data_files": ({"hub": "csv"}, "toy: hub: csv reads the files of data_files; give them by split"),
    "an empty list": ({"files": {"train": []}}, r"files.train: \[\]"),
}


@pytest.mark.parametrize("name", WRONG_ENTRIES)
def test_what_says_nothing_is_refused(tmp_path, name):
    entry, message = WRONG_ENTRIES[name]
    with pytest.raises(InputError, match=message.replace("||", r"\|\|")):
        planned(tmp_path, {"splits": {"train": "train"}, "dev_fraction": 0.1} | entry)


@pytest.mark.parametrize("text", ["\u200b\u200b", "\ufeff", "\u00ad \u2060", "\u3000\u00a0", "\x00\x07"])
def test_a_text_that_shows_nothing_is_empty(tmp_path, text):
    path = put(
        tmp_path, "a.jsonl", "".join(json.dumps({"text": one, "label": "no"}) + "\n" for one in ("a", text))
    )
    source = source_of(origin=origin(path), splits={"train": "train"}, dev_fraction=0.1)
    with pytest.raises(InputError, match=r"a\.jsonl line 2: column 'text' of task 'toy' is .*, not a text"):
        prepare(source, tmp_path / "out")
