"""Records of jobs, and when a file is out of date."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gradts.artifacts import (
    ArtifactError,
    read_array,
    read_json,
    read_table,
    write_array,
    write_json,
    write_table,
    write_text,
)
from gradts.code import code_digest
from gradts.layout import sidecar
from gradts.provenance import Job, check_made, folder_digest, outdated, provenance
from gradts.readings import (
    check_run,
    read_answer,
    read_correlation,
    read_facts,
    read_intervals,
    read_numbers,
    read_rows,
    read_signal,
    read_statistics,
)
from gradts.training.scores import read_scores
from tests.unit.by_hand import put_answer, put_correlation, put_intervals, put_run, put_statistics

STAGE = "gradts.correlation.kendall"
SPEC = {"suite": "toy", "tasks": [{"name": "one", "epochs": 3}]}
MADE, READ = "correlation/tiny/toy.csv", "importance/tiny/one/seed1.npy"
# A build of the one package that computes in STAGE, and one that does not.
PACKAGES = {"numpy": f"{np.__version__}+cu126", "torch": "1.0"}
RECORD = {"stage": STAGE, "spec": SPEC, "code": code_digest(STAGE), "packages": PACKAGES, "reads": [READ]}
LATER = 4e9


@pytest.fixture
def results(tmp_path) -> Path:
    """A file with its record, and the older file that its job read."""
    folder = tmp_path / "results"
    write_text(folder / READ, "")
    os.utime(folder / READ, (1, 1))
    write_text(folder / MADE, "")
    write_json(sidecar(folder / MADE), RECORD)
    return folder


def is_outdated(results: Path | str, spec: Any = SPEC) -> bool:
    return outdated(os.path.join(results, MADE), json.dumps(spec))


# ------------------------------------------------------------------------------------- out of date


def test_what_today_would_be_made_the_same_is_up_to_date(results):
    assert not is_outdated(results)


TODAY = {
    "another value": SPEC | {"suite": "other"},
    "another value deep within": SPEC | {"tasks": [{"name": "one", "epochs": 4}]},
    "a field more": SPEC | {"seed": 1},
    "a field more that is null": SPEC | {"seed": None},
    "a field fewer": {"suite": "toy"},
    "a field more deep within": SPEC | {"tasks": [{"name": "one", "epochs": 3, "seed": None}]},
    "a field fewer deep within": SPEC | {"tasks": [{"name": "one"}]},
}


@pytest.mark.parametrize("spec", TODAY.values(), ids=TODAY)
def test_another_specification_makes_it_out_of_date(results, spec):
    assert is_outdated(results, spec)


RECORDS = {
    "other code": RECORD | {"code": "0123456789abcdef"},
    "another version of a package": RECORD | {"packages": {"numpy": "1.0"}},
    "packages that are no mapping": RECORD | {"packages": ["numpy"]},
    "a stage that is gone": RECORD | {"stage": "gradts.correlation.table"},
    "a stage whose package is gone": RECORD | {"stage": "gradts.ranking.table"},
    "no mapping": [RECORD],
    "null": None,
    "a spec that is no mapping": RECORD | {"spec": "toy"},
    **{f"no {key}": {k: v for k, v in RECORD.items() if k != key} for key in RECORD},
}


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_a_record_that_tells_otherwise_makes_it_out_of_date(results, record):
    write_json(sidecar(results / MADE), record)
    assert is_outdated(results)


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text('{"stage": ')])
def test_without_a_whole_record_it_is_out_of_date(results, damage):
    damage(sidecar(results / MADE))
    assert is_outdated(results)


def test_a_newer_read_file_makes_it_out_of_date(results):
    os.utime(results / READ, (LATER, LATER))
    assert is_outdated(results)


def test_a_newer_read_file_outside_the_results_makes_it_out_of_date(results, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_text("paper/table2.csv", "")
    write_json(sidecar(results / MADE), RECORD | {"reads": ["paper/table2.csv"]})
    os.utime("paper/table2.csv", (LATER, LATER))
    assert is_outdated("results")


def test_a_read_file_that_vanished_does_not_make_it_out_of_date(results):
    (results / READ).unlink()
    assert not is_outdated(results)


def test_a_parquet_file_is_asked_for_its_own_record(results):
    path, table = results / "instances/tiny/one/two.parquet", pa.table({"tau": [0.5]})
    write_table(path, table, RECORD)
    assert not outdated(path, json.dumps(SPEC))
    assert outdated(path, json.dumps(SPEC | {"suite": "other"}))
    os.utime(results / READ, (LATER, LATER))
    assert outdated(path, json.dumps(SPEC))


@pytest.mark.parametrize("damage", [lambda path: pq.write_table(pa.table({"x": [1]}), path), Path.touch])
def test_a_parquet_file_without_a_record_is_out_of_date(tmp_path, damage):
    damage(tmp_path / "two.parquet")
    assert outdated(tmp_path / "two.parquet", "{}")


@pytest.mark.parametrize(
    "spelled", ["elsewhere/moved", "./elsewhere/moved", "../here/elsewhere/moved", "", None]
)
def test_moved_results_still_find_what_was_read(results, tmp_path, monkeypatch, spelled):
    moved = tmp_path / "here/elsewhere/moved"
    shutil.move(results, moved)
    monkeypatch.chdir(tmp_path / "here" if spelled else moved)
    place = moved if spelled is None else spelled
    assert not is_outdated(place)
    os.utime(moved / READ, (LATER, LATER))
    assert is_outdated(place)


# ------------------------------------------------------------------------------------- specifications


def test_check_made_passes_what_would_be_made_the_same(results):
    check_made(results / MADE, json.dumps(SPEC))


@pytest.mark.parametrize(
    ("fix", "told"), [("ask Ann", "ask Ann"), (None, "remake it with: snakemake .*toy.csv")]
)
@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        ({"spec": {**SPEC, "suite": "other"}}, "was made with spec.suite = 'other', this run needs 'toy'"),
        ({"code": "0123456789abcdef"}, f"was made by other code of {STAGE} than this run has"),
        ({"stage": "gradts.gone"}, "was made by other code of gradts.gone than this run has"),
        (
            {"packages": {"numpy": "1.0"}},
            f"was made with packages.numpy = '1.0', this run needs '{np.__version__}'",
        ),
    ],
)
def test_check_made_names_the_difference_and_the_fix(results, changed, difference, fix, told):
    write_json(sidecar(results / MADE), RECORD | changed)
    with pytest.raises(ArtifactError, match=rf"toy\.csv {re.escape(difference)}; {told}$"):
        check_made(results / MADE, json.dumps(SPEC), fix)


def test_a_folders_digest_is_that_of_what_sha256sum_prints_of_a_models_files(tmp_path):
    for name in ("vocab.txt", "config.json", "README.md", ".hidden", "pytorch_model.bin", "sub/config.json"):
        write_text(tmp_path / name, name)
    printed = subprocess.run(
        ["sha256sum", "config.json", "vocab.txt"], cwd=tmp_path, capture_output=True, check=True
    ).stdout
    assert folder_digest(tmp_path) == hashlib.sha256(printed).hexdigest()


def test_what_is_no_record_is_named_with_its_remedy(results):
    write_json(sidecar(results / MADE), [RECORD])
    with pytest.raises(ArtifactError, match=r"toy\.json is no record; remake it with: snakemake .*toy\.json"):
        provenance(results / MADE)


# ----------------------------------------------------------------------------------- what a job read


ARRAY, TABLE, METRICS = READ, "instances/tiny/one/two.parquet", "runs/tiny/one/seed1/metrics.csv"
INTERVALS = "correlation/tiny/toy/intervals.csv"
FACTS, ROWS, ANSWER = "data/one/statistics.json", "statistics/toy.csv", "selection/tiny/toy/no-sel/one.json"
ANSWERED = {"backend": "tiny", "suite": "toy", "method": "no-sel", "primary": "one"}
READERS = {
    "read_json": (lambda at: read_json(at(FACTS)), [FACTS]),
    "read_array": (lambda at: read_array(at(ARRAY)), [sidecar(ARRAY), ARRAY]),
    "read_table": (lambda at: read_table(at(TABLE)), [TABLE]),
    "provenance of a sidecar": (lambda at: provenance(at(ARRAY)), [sidecar(ARRAY)]),
    "provenance of a table": (lambda at: provenance(at(TABLE)), [TABLE]),
    "read_rows": (lambda at: read_rows(at(ROWS), ["task"]), [ROWS, sidecar(ROWS)]),
    "read_facts": (lambda at: read_facts(at(FACTS), {"utilities": dict}, {}), [FACTS]),
    "read_numbers": (lambda at: read_numbers(at(FACTS), "utilities", {}, 0, 1), [FACTS]),
    "read_correlation": (lambda at: read_correlation(at(MADE)), [MADE, sidecar(MADE)]),
    "read_signal": (lambda at: read_signal(at(MADE)), [sidecar(MADE)]),
    "read_intervals": (lambda at: read_intervals(at(INTERVALS)), [INTERVALS, sidecar(INTERVALS)]),
    "read_statistics": (lambda at: read_statistics(at(ROWS)), [ROWS, sidecar(ROWS)]),
    "read_answer": (lambda at: read_answer(at(ANSWER), **ANSWERED), [ANSWER]),
    "check_run": (
        lambda at: check_run(at(METRICS), "tiny", ["one"], 1),
        [Path(METRICS).with_name("run.json")],
    ),
    "read_scores": (lambda at: read_scores(at(METRICS)), [METRICS]),
}


@pytest.fixture(scope="module")
def readable(tmp_path_factory) -> Path:
    """One small file for every reader."""
    results = tmp_path_factory.mktemp("readable")
    write_json(results / FACTS, {"utilities": {"one": 0.5}})
    write_array(results / ARRAY, np.zeros(1), {})
    write_table(results / TABLE, pa.table({"tau": [0.5]}), {})
    put_statistics(results, {"one": (3, 2.5, "pair")})
    put_correlation(results, {"one": [1.0]})
    put_intervals(results, [("one", "two", 0.5, 0.4, 0.6)])
    put_answer(results, "no-sel", "one")
    put_run(results, ["one"], {"one dev accuracy": [0.5]})
    return results


@pytest.mark.parametrize(("read", "files"), READERS.values(), ids=READERS)
def test_a_record_lists_what_its_job_read(readable, read, files):
    for _ in range(2):  # also what the process remembers from an earlier job
        job = Job(STAGE)
        assert job.record()["reads"] == []
        read(readable.joinpath)
        assert job.record()["reads"] == list(map(str, files))


def test_a_missing_file_was_read_too(tmp_path):
    job = Job(STAGE)
    for read in (read_json, read_array, read_table, read_scores, lambda path: read_rows(path, [])):
        with pytest.raises(ArtifactError):
            read(tmp_path / FACTS)
    assert job.record()["reads"] == [FACTS]


def test_a_record_tells_stage_code_and_further_facts():
    record = Job(STAGE).record(rows=3)
    assert (record["stage"], record["code"], record["rows"]) == (STAGE, code_digest(STAGE), 3)
    assert record["spec"] == {}
    assert {"python", "gradts", "numpy", "torch", "scipy", "optuna", "datasets"} <= set(record["packages"])
    assert record["wall_seconds"] > 0
