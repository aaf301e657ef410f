"""Every path below the results folder, and whose record tells of it."""

from pathlib import Path

import pytest

from gradts.layout import FILES, below, inside, kind_of, local, place, record_of, sidecar
from gradts.names import InputError

# Kind of file → the file that tells how it was made.
RECORD = {
    "spec": "specs/{digest}.json",
    "train": "data/{task}/statistics.json",
    "select": "data/{task}/statistics.json",
    "dev": "data/{task}/statistics.json",
    "facts": "data/{task}/statistics.json",
    "importance": "importance/{backend}/{task}/seed{seed}.json",
    "gradients": "importance/{backend}/{task}/seed{seed}.json",
    "correlation": "correlation/{backend}/{suite}.json",
    "intervals": "correlation/{backend}/{suite}/intervals.json",
    "shuffled": "correlation/{backend}/{suite}/shuffled{draw}.json",
    "embedding": "embeddings/{backend}/{task}.json",
    "embedded": "embeddings/{backend}/{task}.json",
    "map": "maps/{backend}/{task}.json",
    "esm": "esm/{backend}/{suite}.json",
    "logme": "logme/{backend}/{suite}/{auxiliary}.json",
    "statistics": "statistics/{suite}.json",
    "instances": "instances/{backend}/{primary}/{auxiliary}.parquet",
    "model": "models/{backend}/{suite}/{method}/{primary}/gradts.json",
    "members": "runs/members/{members}.json",
    "run": "runs/{backend}/{members}/seed{seed}/run.json",
    "metrics": "runs/{backend}/{members}/seed{seed}/run.json",
    "predictions": "runs/{backend}/{members}/seed{seed}/run.json",
    "bandit": "autosem/{backend}/{suite}/{primary}/bandit.json",
    "mixing": "autosem/{backend}/{suite}/{primary}/mixing.json",
    "answer": "selection/{backend}/{suite}/{method}/{primary}.json",
    "threshold": "selection/{backend}/{suite}/{method}.threshold.json",
    "truth": "truth/{backend}/{suite}.json",
    "advice": "advice/{primary}.json",
    "costs": "costs.json",
    "stability": "stability.json",
    "table": "tables/table{number}.json",
    "figure": "figures/figure{number}.json",
    "regret": "tables/regret.json",
    "ranking": "tables/ranking.json",
    "regret_figure": "figures/regret.json",
    "affinity": "figures/affinity.json",
}
PLAIN = {
    "backend": "tiny",
    "suite": "toy",
    "method": "gradts-fg",
    "task": "one",
    "primary": "one",
    "auxiliary": "two",
    "members": "one+two@one-0.42",
    "seed": 1,
    "number": 2,
    "draw": 3,
    "digest": "0123456789abcdef",
}
AWKWARD = [
    {},
    {"backend": "data", "task": "train", "primary": "dev", "auxiliary": "train"},
    {"backend": "gradients", "suite": "importance", "members": "gradients"},
    {"backend": "correlation", "suite": "intervals"},
    {"backend": "runs", "suite": "runs", "method": "runs", "members": "members"},
    {"backend": "members", "members": "set-0123456789abcdef"},
    {"suite": "metrics", "task": "metrics", "primary": "metrics", "auxiliary": "run"},
    {"task": "train", "primary": "train", "auxiliary": "select", "members": "train+dev"},
    {"task": "costs", "suite": "costs", "primary": "costs", "auxiliary": "costs"},
    {"backend": "tables", "suite": "tables", "task": "table2", "primary": "table2", "auxiliary": "table2"},
    {"backend": "bert.v1.json", "suite": "a.b", "method": "x.threshold", "members": "a@b-keep0.5+b"},
]
FOLDERS = ["results/", "results/glue-mini/", "/scratch/me/results/", "../my results/v1.0/", "./results/", ""]


@pytest.mark.parametrize("kind", FILES)
def test_a_path_is_known_again_in_every_results_folder(kind):
    for names in AWKWARD:
        fields = PLAIN | names
        path, record = place(kind, fields), RECORD[kind].format(**fields)
        for folder in FOLDERS:
            assert local(folder + path) == local(Path(folder) / path) == path
            assert record_of(folder + path) == record_of(folder + record) == Path(folder + record)
            assert local(folder + record) == record


def test_the_kind_of_a_made_file_is_known():
    assert kind_of("results/runs/tiny/one+two/seed1/run.json") == "run"
    assert kind_of(Path("runs/tiny/answer/seed1/metrics.csv")) == "metrics"
    assert kind_of("selection/tiny/toy/gradts-trial/one.json") == "answer"
    assert kind_of("results/stability.json") == "stability"
    assert kind_of("results/correlation/tiny/toy/intervals.csv") == "intervals"
    assert kind_of("results/correlation/tiny/intervals.csv") == "correlation"
    assert kind_of("config/paper/table2.csv") is None


def test_a_results_folder_may_be_called_like_a_part_of_it():
    assert record_of("data/runs/gradients/tiny/one/seed1.parquet") == Path(
        "data/runs/importance/tiny/one/seed1.json"
    )
    assert local("runs/importance/tables/table2/seed1.npy") == "importance/tables/table2/seed1.npy"


@pytest.mark.parametrize(
    "path", ["config/paper/table2.csv", "config/paper/minutes.csv", "mine/rows.parquet", "x"]
)
def test_a_path_that_is_not_of_the_results_stays_as_it_is(path):
    assert local(path) == local(Path(path)) == path


@pytest.mark.parametrize(
    ("path", "record"),
    [("mine/rows.csv", "mine/rows.json"), ("mine/a.parquet", "mine/a.parquet"), ("a.json", "a.json")],
)
def test_any_other_file_has_its_record_inside_or_beside(path, record):
    assert record_of(path) == Path(record)


@pytest.mark.parametrize(
    ("path", "beside"), [("a/b.npy", "a/b.json"), ("a.b/c.csv", "a.b/c.json"), ("a/b.c.png", "a/b.c.json")]
)
def test_a_sidecar_has_the_name_of_what_it_tells_of(path, beside):
    assert sidecar(path) == Path(beside)


# ---------------------------------------------------------------------------------------- making paths

BAD = ["../x", "a/b", "/etc", "", ".", "..", "-x", "x.", "a b", "a;b", "$(x)", "x\n", "a" * 181]


@pytest.mark.parametrize("name", BAD)
def test_a_name_that_leads_out_of_the_folder_is_refused(name):
    for key, kind in (("backend", "metrics"), ("task", "dev"), ("method", "threshold"), ("number", "table")):
        with pytest.raises(InputError, match=f"{key}: .* is no name"):
            place(kind, PLAIN | {key: name})


@pytest.mark.parametrize("name", [*BAD, "a+../b", "@a"])
def test_a_set_that_leads_out_of_the_folder_is_refused(name):
    with pytest.raises(InputError, match=r"members: .* is no name"):
        place("metrics", PLAIN | {"members": name})


@pytest.mark.parametrize("name", ["a+b", "a@b-0.5"])
def test_only_sets_are_spelled_like_sets(name):
    with pytest.raises(InputError, match=r"backend: .* is no name"):
        place("importance", PLAIN | {"backend": name})


@pytest.mark.parametrize("members", [["b", "a@b-0.50"], ("a@b-0.5", "b"), "a@b-0.5+b"])
def test_a_spelled_set_becomes_its_name(members):
    path = below("out", "metrics", backend="tiny", members=members, seed=3)
    assert path == "out/runs/tiny/a@b-0.5+b/seed3/metrics.csv"


def test_a_long_set_becomes_a_digest_whatever_its_order():
    tasks = [f"a_task_with_a_long_name_{number}" for number in range(9)]
    path = place("metrics", PLAIN | {"members": tasks})
    assert path == place("metrics", PLAIN | {"members": tasks[::-1]})
    assert path != place("metrics", PLAIN | {"members": tasks[1:]})
    assert path.split("/")[2].startswith("set-")
    assert len(path.split("/")[2]) == 20


def test_a_file_of_the_folder_that_one_job_writes_to():
    assert inside("runs/tiny/one/seed1", "metrics") == Path("runs/tiny/one/seed1/metrics.csv")
    assert inside(Path("out"), "facts") == Path("out/statistics.json")
