"""Costs from a graph of records written by hand: which jobs an answer needs."""

import re
from pathlib import Path

import pandas as pd
import pytest

from gradts.artifacts import ArtifactError, read_json, write_json
from gradts.layout import below, record_of
from gradts.reporting.costs import costs, minutes
from gradts.selection.decide import select, tune
from gradts.selection.specs import SelectionSpec, TuningSpec
from tests.conftest import yes_no
from tests.unit.by_hand import put_correlation, put_run
from tests.unit.reporting.ledger import ANY, SUITE, Graph, made, put_graph, tasks


@pytest.fixture
def results(tmp_path) -> Path:
    return put_graph(tmp_path)


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


def test_another_candidate_costs_a_map_under_esm_and_everything_anew_under_logme(results):
    """Jobs of 1.5 CPU seconds each; what is made serves all three primary tasks, or both old ones."""
    Graph(results).values()
    frame = made(results, *(f"{method}-trial/{task}" for method in ("esm", "logme") for task in SUITE))
    kinds = [artefact.split("/")[0] for artefact in frame["artefact"]]
    assert kinds == ["embeddings"] * 3 + ["logme"] * 3 + ["maps"] * 3
    found = {method: minutes(frame, f"{method}-trial", SUITE) for method in ("esm", "logme")}
    told = {method: (of["minutes"], of["minutes_one_more_candidate"]) for method, of in found.items()}
    assert told["esm"] == pytest.approx((6 * 1.5 / 3 / 60, 2 * 1.5 / 2 / 60))
    assert told["logme"] == pytest.approx((3 * 1.5 / 3 / 60, 3 * 1.5 / 2 / 60))


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


def test_minutes_of_a_drawn_method_are_those_of_one_draw():
    """A job of both draws counts in full, one of a single draw by half; whatever draw is asked for."""
    needed = ["null-trial-1 a; null-trial-2 a", "null-trial-1 a", "null-trial-2 a; gradts-trial a"]
    jobs = {"needed_by": needed, "tasks": "a b", "peak_memory_bytes": 0, "device": "cpu"}
    frame = pd.DataFrame(jobs | {"cpu_seconds": [60, 600, 6000], "wall_seconds": 0.0})
    for method in ("null-trial", "null-trial-1"):
        found = minutes(frame, method, ["a"])
        assert (found["minutes"], found["minutes_marginal"]) == pytest.approx((1 + 5 + 50, 1 + 5))
    assert minutes(frame, "gradts-trial", ["a"])["minutes"] == pytest.approx(100)
