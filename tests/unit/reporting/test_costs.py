"""Costs from a graph of records written by hand: which jobs an answer needs, and minutes."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from gradts.artifacts import ArtifactError, read_json, write_array, write_json, write_table, write_text
from gradts.layout import below, record_of
from gradts.names import InputError
from gradts.reporting.costs import cost_table, costs, minutes
from gradts.reporting.specs import CostTableSpec
from gradts.selection.decide import select, tune
from gradts.selection.specs import SelectionSpec, TuningSpec
from tests.conftest import yes_no
from tests.unit.by_hand import put_answer, put_correlation, put_run
from tests.unit.reporting.markdown import tables

SUITE = ("a", "b", "p")
# Of every record; only jobs that train or take gradients count instances, too.
ANY = {"wall_seconds": 1, "cpu_seconds": 1.5, "device": "cpu", "peak_memory_bytes": 2**20}
TABLE = pa.table({"x": [1]})


def tasks(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


class Graph:
    """Artefacts with a record each; `reads` are relative to the results folder."""

    def __init__(self, results: Path) -> None:
        self.results = results

    def record(self, stage: str, spec: dict, reads: str, seconds: float | None = None) -> dict[str, Any]:
        paths = [str(self.results / path) for path in reads.split()]
        cost = {} if seconds is None else {"wall_seconds": seconds, "instances_processed": 10}
        return {"stage": f"gradts.{stage}", "spec": spec, "reads": paths, **ANY, **cost}

    def data(self, task: str) -> None:
        record = self.record("data.prepare", {"task": task}, "")
        write_table(self.results / f"data/{task}/train.parquet", TABLE, record)
        write_json(self.results / f"data/{task}/statistics.json", record)

    def gradients(self, task: str, seconds: float) -> None:
        spec, reads = {"task": {"name": task}}, f"data/{task}/train.parquet"
        record = self.record("gradients.importance", spec, reads, seconds)
        write_table(self.results / f"gradients/tiny/{task}/seed1.parquet", TABLE, record)
        write_array(self.results / f"importance/tiny/{task}/seed1.npy", np.zeros(1), record)

    def correlation(self) -> None:
        kinds = ("importance/tiny/{}/seed1.npy", "importance/tiny/{}/seed1.json")
        kinds += ("gradients/tiny/{}/seed1.parquet",)
        reads = " ".join(kind.format(task) for kind in kinds for task in SUITE)
        record = self.record("correlation.suite", {"jobs": []}, reads)
        write_text(self.results / "correlation/tiny/toy.csv", "task\n")
        write_json(self.results / "correlation/tiny/toy.json", record)

    def instances(self) -> None:
        reads = "gradients/tiny/a/seed1.parquet importance/tiny/p/seed1.npy importance/tiny/p/seed1.json"
        spec = {"auxiliary": [{"task": {"name": "a"}}], "primary": [{"task": {"name": "p"}}]}
        record = self.record("correlation.instances", spec, reads)
        write_table(self.results / "instances/tiny/p/a.parquet", TABLE, record)

    def run(self, members: str, seconds: float, reads: str = "") -> None:
        names = [member.partition("@")[0] for member in members.split("+")]
        reads += "".join(f" data/{task}/train.parquet" for task in names)
        record = self.record("training.joint", {"tasks": tasks(*names)}, reads, seconds)
        write_json(self.results / f"runs/tiny/{members}/seed1/run.json", record)

    def autosem(self, stage: str, auxiliaries: str, seconds: float) -> None:
        spec = {"primary": {"name": "p"}, "auxiliaries": tasks(*auxiliaries.split())}
        record = self.record(f"autosem.{stage}", spec, "data/p/train.parquet", seconds)
        write_json(self.results / f"autosem/tiny/toy/p/{stage}.json", record)

    def answer(self, method: str, reads: str, primary: str = "p") -> None:
        paths = [str(self.results / path) for path in reads.split()]
        candidates = [task for task in SUITE if task != primary]
        put_answer(self.results, method, primary, candidates=candidates, reads=paths, **ANY)


def scores(members: str) -> str:
    """What a job reads that looks up the scores of a joint run."""
    return " ".join(f"runs/tiny/{members}/seed1/{name}" for name in ("metrics.csv", "run.json"))


CORRELATION = "correlation/tiny/toy.csv correlation/tiny/toy.json"


@pytest.fixture
def results(tmp_path) -> Path:
    graph = Graph(tmp_path)
    for seconds, task in enumerate(SUITE, 1):
        graph.data(task)
        graph.gradients(task, seconds)
    graph.correlation()
    graph.instances()
    for seconds, members in enumerate(["a", "p", "a+p", "a+b+p"], 10):
        graph.run(members, seconds)
    graph.run("a@p-0.3+p", 20, "instances/tiny/p/a.parquet")
    graph.autosem("bandit", "a b", 30)
    graph.autosem("mixing", "a", 31)
    graph.answer("no-sel", "")
    graph.answer("gradts-trial", f"{CORRELATION} {scores('p')} {scores('a+p')}")
    graph.answer("gradts-trial", f"{CORRELATION} {scores('a')}", primary="a")
    trial = "selection/tiny/toy/gradts-trial/p.json"
    graph.answer("random-k-1", trial)
    tuned = "selection/tiny/toy/gradts-fg.threshold.json"
    record = graph.record("selection.decide", {"method": "gradts-fg"}, f"{trial} {scores('a@p-0.3+p')}")
    write_json(tmp_path / tuned, record)
    graph.answer("gradts-fg", f"{trial} {tuned} instances/tiny/p/a.parquet")
    graph.answer("autosem-p1", "autosem/tiny/toy/p/bandit.json")
    first = "selection/tiny/toy/autosem-p1/p.json"
    graph.answer("autosem", f"{first} autosem/tiny/toy/p/mixing.json")
    return tmp_path


def made(results: Path, *answers: str) -> pd.DataFrame:
    paths = [f"{results}/selection/tiny/toy/{answer}.json" for answer in answers]
    costs(paths, str(results), f"{results}/costs.csv")
    return pd.read_csv(results / "costs.csv")


GRADIENTS = [f"importance/tiny/{task}/seed1.json" for task in SUITE]
TRIAL = [*GRADIENTS, *(f"runs/tiny/{members}/seed1/run.json" for members in ("a+p", "p"))]
BANDIT, MIXING = (f"autosem/tiny/toy/p/{stage}.json" for stage in ("bandit", "mixing"))
# No row: prepared data, readings (correlation, τ of instances, thresholds, answers), and the joint runs of
# sets that nobody read while choosing: a+b+p of NO-SEL and Random-k.
NEEDED = {
    "no-sel/p": [],
    "gradts-trial/p": TRIAL,
    "gradts-trial/a": [*GRADIENTS, "runs/tiny/a/seed1/run.json"],
    "random-k-1/p": TRIAL,
    "gradts-fg/p": [*TRIAL, "runs/tiny/a@p-0.3+p/seed1/run.json"],
    "autosem-p1/p": [BANDIT],
    "autosem/p": [BANDIT, MIXING],
}


@pytest.mark.parametrize("answer", NEEDED)
def test_an_answer_needs_the_jobs_behind_it(results, answer):
    """Each once, though a gradient job wrote two files that different jobs read."""
    assert [*made(results, answer).get("artefact", [])] == sorted(NEEDED[answer])


def test_the_ledger_tells_who_needs_a_job_and_what_it_took(results):
    frame = made(results, *NEEDED).set_index("artefact")
    users = {answer.replace("/", " "): set(needed) for answer, needed in NEEDED.items()}
    assert frame["needed_by"].to_dict() == {
        artefact: "; ".join(sorted(user for user, needed in users.items() if artefact in needed))
        for artefact in set().union(*users.values())
    }
    assert frame["needed_by"][GRADIENTS[0]] == "gradts-fg p; gradts-trial a; gradts-trial p; random-k-1 p"
    assert frame.loc["runs/tiny/a@p-0.3+p/seed1/run.json"].to_dict() == {
        "stage": "training.joint",
        "tasks": "a p",
        **ANY,
        "wall_seconds": 20,
        "instances_processed": 10,
        "needed_by": "gradts-fg p",
    }
    assert frame["tasks"][GRADIENTS[1]] == "b"
    assert frame["tasks"][MIXING] == "a b p"  # its tasks are those that the bandit chose from the suite
    assert frame["stage"][MIXING] == "autosem.mixing"


def test_a_ledger_is_of_the_records_as_they_are(results):
    answer, out = results / "selection/tiny/toy/no-sel/p.json", results / "costs.csv"
    seen = []
    for reads in ([], [str(results / BANDIT)]):
        write_json(answer, {**read_json(answer), "reads": reads})
        costs([str(answer), f"{results}/selection/tiny/toy/gradts-trial/p.json"], str(results), str(out))
        seen.append(pd.read_csv(out)["artefact"].to_list())
        assert read_json(results / "costs.json")["rows"] == len(seen[-1])
    assert seen == [sorted(TRIAL), sorted([*TRIAL, BANDIT])]


@pytest.mark.parametrize(
    "path", ["selection/tiny/toy/gradts-trial/p.json", "runs/tiny/a+p/seed1/run.json", GRADIENTS[0]]
)
def test_a_record_that_does_not_say_what_its_job_read_is_refused(results, path):
    record = read_json(results / path)
    del record["reads"]
    write_json(results / path, record)
    with pytest.raises(
        ArtifactError, match=re.escape(f"{results / path} does not say what its job read; remake")
    ):
        made(results, "gradts-fg/p")


@pytest.mark.parametrize(
    "path",
    [
        "selection/tiny/toy/gradts-fg/p.json",
        "selection/tiny/toy/gradts-trial/p.json",
        "instances/tiny/p/a.parquet",
        "correlation/tiny/toy.json",
        GRADIENTS[1],
    ],
)
def test_a_missing_record_is_named(results, path):
    (results / path).unlink()
    with pytest.raises(ArtifactError, match=re.escape(f"{results / path} cannot be read")):
        made(results, "gradts-fg/p")


def test_a_costly_record_without_its_seconds_is_refused(results):
    record = read_json(results / BANDIT)
    write_json(results / BANDIT, {**record, "wall_seconds": None})
    with pytest.raises(ArtifactError, match=r"bandit\.json holds no wall_seconds"):
        made(results, "autosem/p")


# ------------------------------------------------------------------------- what a tuned threshold rests on

GRID = [{"keep": 0.5}, {"keep": 1.0}]
# Set → whose score in it is read, its score, and the CPU seconds that it took.
TRAINED = {
    "a": ("a", 0.5, 1),
    "a+b": ("a", 0.4, 2),  # falls: GradTS-trial chooses nothing for a
    "b": ("b", 0.5, 4),
    "b+c": ("b", 0.6, 8),
    "a+b+c": ("b", 0.4, 16),  # falls: c for b
    "b+c@b-keep0.5": ("b", 0.7, 32),
}


@pytest.fixture
def tuned(tmp_path) -> pd.DataFrame:
    """The ledger of answers for a, whose jobs have run: both thresholds are tuned on b alone."""
    put_correlation(tmp_path, {"a": [1, 0.6, 0.4], "b": [0.6, 1, 0.8], "c": [0.4, 0.8, 1]}, reads=[], **ANY)
    for members, (primary, value, seconds) in TRAINED.items():
        names = members.split("+")
        record = record_of(put_run(tmp_path, names, {f"{primary} select accuracy": [value]}))
        known = read_json(record)
        spec = known["spec"] | {"tasks": tasks(*(name[0] for name in names))}
        cost = ANY | {"cpu_seconds": seconds, "instances_processed": 1}
        write_json(record, known | {"stage": "gradts.training.joint", "spec": spec, "reads": [], **cost})

    def spec(method: str, primary: str) -> SelectionSpec:
        threshold = None if method == "gradts-trial" else {"tune": {"grid": GRID, "tasks": ["b"]}}
        others = [task for task in "abc" if task != primary]
        known = (method, yes_no(primary), "toy", others, "tiny", [1], "select", True, 1.0)
        return SelectionSpec(*known, threshold=threshold)

    def path(kind: str, method: str, primary: str = "a") -> str:
        return below(tmp_path, kind, backend="tiny", suite="toy", method=method, primary=primary)

    for primary in "ab":
        select(spec("gradts-trial", primary), tmp_path, path("answer", "gradts-trial", primary))
    for method in ("gradts-fg", "gradts-thres"):
        tune(TuningSpec(method, GRID, [spec(method, "b")]), tmp_path, path("threshold", method))
        select(spec(method, "a"), tmp_path, path("answer", method))
    return made(tmp_path, *(f"{method}/a" for method in ("gradts-fg", "gradts-thres", "gradts-trial")))


def test_a_tuned_threshold_needs_the_trials_of_its_tuning_tasks(tuned):
    needed = {Path(row.artefact).parts[2]: row.needed_by for row in tuned.itertuples()}
    assert needed == {
        "a": "gradts-fg a; gradts-trial a",
        "a+b": "gradts-fg a; gradts-trial a",
        "b": "gradts-fg a",
        "b+c": "gradts-fg a; gradts-thres a",
        "a+b+c": "gradts-fg a; gradts-thres a",
        "b+c@b-keep0.5": "gradts-fg a",
    }


@pytest.mark.parametrize(
    ("method", "seconds", "alone"), [("gradts-fg", 63, 36), ("gradts-thres", 24, 0), ("gradts-trial", 3, 0)]
)
def test_minutes_hold_the_trials_of_tuning_tasks(tuned, method, seconds, alone):
    found = minutes(tuned, method, ["a"])
    assert (found["minutes"], found["minutes_marginal"]) == pytest.approx((seconds / 60, alone / 60))


# ------------------------------------------------------------------------------------------- minutes

# tasks, seconds, MiB, who needs it
ROWS = [
    ("a", 60, 5, "trial a; trial b; trial p; thres p"),
    ("b", 120, 5, "trial a; trial b; trial p; thres p"),
    ("p", 180, 5, "trial a; trial b; trial p; thres p"),
    ("p", 30, 7, "trial p"),
    ("a p", 90, 9, "trial p"),
    ("a b p", 240, 6, "trial p; thres p"),
    ("a b p", 600, 4, "autosem p"),
]
LEDGER = pd.DataFrame(
    {
        "tasks": [row[0] for row in ROWS],
        # Only CPU seconds count on a CPU, only wall seconds on a GPU.
        "wall_seconds": [5000] * 6 + [600],
        "cpu_seconds": [row[1] for row in ROWS[:6]] + [7000],
        "device": ["cpu"] * 6 + ["cuda:0"],
        "peak_memory_bytes": [row[2] * 2**20 for row in ROWS],
        "needed_by": [row[3] for row in ROWS],
    }
)
# Seconds of all three primaries, and of one more candidate for the two others, which halves them:
#   trial: a (60 + 90 + 240) + b (120 + 240) + p (180) = 930; thres: a (60 + 240) + b (120 + 240) = 660;
#   autosem: a and b, 600 each.
MINUTES = {
    "trial": (720 / 180, (30 + 90) / 180, 930 / 2 / 180, 9),
    "thres": (600 / 180, 0, 660 / 2 / 180, 6),
    "autosem": (600 / 180, 600 / 180, 1200 / 2 / 180, 4),
}


@pytest.mark.parametrize("method", MINUTES)
def test_minutes_of_a_primary_task(method):
    columns = ("minutes", "minutes_marginal", "minutes_one_more_candidate", "peak_memory_mb")
    assert minutes(LEDGER, method, ["a", "b", "p"]) == pytest.approx(
        dict(zip(columns, MINUTES[method], strict=True))
    )


def test_one_primary_alone_has_no_other_to_be_a_candidate_for():
    assert minutes(LEDGER, "autosem", ["p"])["minutes_one_more_candidate"] == 0


PAPER = """method,minutes_table3,minutes_table10,memory_mb
AUTOSEM,3,10,1000
GradTS-trial,4,11,2000
GradTS-fg,5,12,3000
"""
SLIPS = "table,row,column,why\n10,GradTS-trial,minutes_table10,11 is 1 with footnote mark 1\n"
FILES = ("costs.csv", "paper.csv", "slips.csv", "t.csv", "t.md")


def put_paper(folder: Path) -> None:
    (folder / "paper.csv").write_text(PAPER)
    (folder / "slips.csv").write_text(SLIPS)


def table_of(tmp_path, number: str, methods: list[str]) -> tuple[pd.DataFrame, str]:
    names = {"trial": "gradts-trial", "thres": "gradts-thres"}
    renamed = LEDGER.assign(needed_by=LEDGER["needed_by"].replace(names, regex=True))
    paths = [tmp_path / name for name in FILES]
    renamed.to_csv(paths[0], index=False)
    answers = sorted({user for text in renamed["needed_by"] for user in text.split("; ")} | {"no-sel p"})
    write_json(paths[0].with_suffix(".json"), {"rows": len(renamed), "answers": answers})
    put_paper(tmp_path)
    cost_table(CostTableSpec(number, methods), *map(str, paths))
    return pd.read_csv(paths[3], index_col="method"), paths[4].read_text()


@pytest.mark.parametrize(("number", "minutes"), [("3", [4, 3]), ("10", [11, 10])])
def test_a_cost_table_has_the_papers_costs_beside_ours(tmp_path, number, minutes):
    frame, text = table_of(tmp_path, number, ["gradts-trial", "gradts-thres", "autosem"])
    assert frame["minutes"].to_dict() == {"GradTS-trial": 4, "GradTS-thres": 3.33, "AUTOSEM": 3.33}
    assert frame["minutes_marginal"].to_list() == [0.67, 0, 3.33]
    assert frame["minutes_one_more_candidate"].to_list() == [2.58, 1.83, 3.33]
    assert set(frame["device"]) == {"cpu, cuda:0"}
    assert frame["paper_minutes"].dropna().to_list() == minutes
    assert frame["paper_memory_mb"].dropna().to_dict() == {"GradTS-trial": 2000, "AUTOSEM": 1000}
    assert read_json(tmp_path / "t.json")["rows"] == 3
    assert text.startswith(f"# Table {number}\n")
    assert tables(text)[0]["GradTS-thres"]["peak_memory_mb"] == "6"


def test_a_slip_of_the_paper_is_shown_as_printed_and_marked_in_its_table_alone(tmp_path):
    note = "- `*` as printed; 11 is 1 with footnote mark 1.\n"
    for number, shown, slips in (("3", "4", "-"), ("10", "11*", "paper_minutes")):
        frame, text = table_of(tmp_path, number, ["gradts-trial", "autosem"])
        assert tables(text)[0]["GradTS-trial"]["paper_minutes"] == shown
        assert frame["paper_minutes"]["GradTS-trial"] == int(shown.strip("*"))
        assert frame["paper_slips"].fillna("-").to_list() == [slips, "-"]
        assert text.endswith(f"|\n\n{note}") == ("*" in shown)


def test_a_method_that_needs_no_job_costs_nothing(tmp_path):
    frame, _ = table_of(tmp_path, "10", ["no-sel"])
    assert frame.loc["NO-SEL", ["minutes", "peak_memory_mb"]].to_list() == [0, 0]


def test_where_nobody_needed_a_job_all_costs_are_zero(results):
    assert made(results, "no-sel/p").empty
    put_paper(results)
    paths = [str(results / name) for name in FILES]
    cost_table(CostTableSpec("10", ["no-sel"]), *paths)
    row = pd.read_csv(paths[3], index_col="method").loc["NO-SEL"].dropna()
    columns = ("minutes", "minutes_marginal", "minutes_one_more_candidate", "peak_memory_mb")
    assert row.to_dict() == dict.fromkeys(columns, 0)


@pytest.mark.parametrize("kept", [0, 1])
def test_a_ledger_that_lost_its_rows_is_refused(results, kept):
    made(results, "gradts-trial/p")
    ledger = results / "costs.csv"
    ledger.write_text("".join(ledger.read_text().splitlines(keepends=True)[:kept]))
    put_paper(results)
    paths = [str(results / name) for name in FILES]
    with pytest.raises(ArtifactError, match=r"costs\.csv has no rows; remake it"):
        cost_table(CostTableSpec("10", ["gradts-trial"]), *paths)


def test_draws_of_a_random_control_are_one_method():
    drawn = LEDGER.assign(needed_by="random-k-1 p; random-k-2 p")
    assert minutes(drawn, "random-k", ["p"])["minutes"] == pytest.approx(sum(row[1] for row in ROWS) / 60)


def test_a_method_without_an_answer_is_named(tmp_path):
    message = "methods: .*costs.csv has no answer of 'gradts-fg'; choose from autosem, gradts-thres"
    with pytest.raises(InputError, match=message):
        table_of(tmp_path, "10", ["gradts-fg"])
