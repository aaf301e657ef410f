"""Marks of cells, and what is said of methods, in tables of scores."""

import math
from pathlib import Path

import pytest

from gradts.artifacts import ArtifactError
from tests.unit.by_hand import put_answer, put_run
from tests.unit.reporting.scoring import MARKS, SCORES, A, M, made, put_results


@pytest.fixture
def results(tmp_path) -> Path:
    return put_results(tmp_path)


# ------------------------------------------------------------------------------------------- stuck runs

BOTH = ["single-task", "no-sel"]


def put_joint(results: Path, *best: float, seed: int = 1) -> None:
    """The joint run of both tasks by the selection scores of `a` after every epoch: Majority has 0 there."""
    put_answer(results, "no-sel", "a", {"m": 1.0})
    scores = {"a select accuracy": best, "a dev accuracy": [0.25] * len(best)}
    put_run(results, ["a", "m"], scores, seed)


@pytest.mark.parametrize(
    ("best", "single", "stuck"),
    [
        ([0.0, 0.03], 0.5, True),
        ([0.0], 0.1, True),
        ([0.0], 0.09, False),
        ([0.01, 0.04, 0.0], 0.5, False),
        ([math.nan], 0.5, False),
    ],
)
def test_a_stuck_cell_is_marked(results, best, single, stuck):
    put_joint(results, *best)
    put_run(results, ["a"], {"a select accuracy": [single], "a dev accuracy": [0.6125]})
    found = made(results, paper="method,a_accuracy\nNO-SEL,51.00\n", methods=BOTH)
    mark = " †" if stuck else ""
    assert found.cells["a_accuracy"] == {
        "Majority": "66.67",
        "Single-Task": "61.25",
        "NO-SEL": f"25.00 (51.00){mark}",
    }
    assert found.csv["stuck"].to_dict() == {"Majority": "", "Single-Task": "", "NO-SEL": "a" if stuck else ""}
    assert found.csv["a_accuracy"]["NO-SEL"] == "25.00"
    assert ("†: a run behind it is stuck" in found.text) == stuck


def test_only_the_stuck_tasks_columns_are_marked_and_all_of_them(results):
    for primary, other in (("a", "m"), ("m", "a")):
        put_answer(results, "no-sel", primary, {other: 1.0})
        put_answer(results, "single-task", primary)
    dev = {f"m dev_{split} accuracy": [0.4] for split in ("matched", "mismatched")}
    put_run(results, ["m"], {"m select accuracy": [0.9], **dev})
    put_run(results, ["a", "m"], {**SCORES, "m select accuracy": [0.0], **dev})
    found = made(results, tasks=[A, M], methods=BOTH)
    marked = {name for name, cells in found.cells.items() if cells["NO-SEL"].endswith(" †")}
    assert marked == {"m_accuracy_matched", "m_accuracy_mismatched"}
    assert found.csv["stuck"]["NO-SEL"] == "m"
    put_joint(results, 0.0)  # without a score of m
    put_run(results, ["a", "m"], {**SCORES, "a select accuracy": [0], "m select accuracy": [0], **dev})
    assert made(results, tasks=[A, M], methods=BOTH).csv["stuck"]["NO-SEL"] == "a m"


def test_one_stuck_seed_or_draw_marks_the_cell(results):
    for seed, best in ((1, 0.5), (2, 0.0)):
        put_run(results, ["a"], SCORES, seed)
        put_joint(results, best, seed=seed)
    found = made(results, methods=BOTH, seeds=[1, 2])
    assert found.cells["a_accuracy"]["NO-SEL"] == "25.00 ± 0.00 †"
    for draw, (task, best) in enumerate([("m", 0.5), ("n", 0.0)], 1):
        put_answer(results, f"random-k-{draw}", "a", {task: 1.0})
        put_run(results, ["a", task], {"a select accuracy": [best], "a dev accuracy": [0.25]})
    drawn = made(results, methods=["single-task", "random-k"], draws=2)
    assert drawn.csv["stuck"]["Random-k"] == "a"


def test_a_single_task_run_is_stuck_where_another_seed_is_not(results):
    put_run(results, ["a"], {"a select accuracy": [0.0], "a dev accuracy": [0.25]})
    assert made(results).csv["stuck"]["Single-Task"] == ""
    put_run(results, ["a"], SCORES, seed=2)
    put_answer(results, "gradts-fg", "a")  # which chose no task: the same run
    found = made(results, methods=["single-task", "gradts-fg"], seeds=[1, 2])
    assert found.csv["stuck"].to_dict() == {"Majority": "", "Single-Task": "a", "GradTS-fg": "a"}


def test_without_a_single_task_row_nothing_is_marked_and_the_table_says_so(results):
    put_joint(results, 0.0)
    (results / "runs/tiny/a/seed1/metrics.csv").unlink()  # no run is asked for in order to tell
    found = made(results, methods=["no-sel"])
    assert found.csv["stuck"]["NO-SEL"] == ""
    assert "†" not in found.text
    assert "Without a Single-Task row stuck runs are not marked" in found.text
    put_run(results, ["a"], SCORES)
    assert "not marked" not in made(results, methods=BOTH).text


# ------------------------------------------------------------------------------------------- no evidence

TIED, STILL = "all 10 trials tied at 0.50", "the score never moved in 200 rounds"


def test_a_choice_without_evidence_is_marked(results):
    put_answer(results, "single-task", "m", undecided=None)
    put_answer(results, "autosem-p1", "a", undecided=STILL)
    put_answer(results, "autosem-p1", "m", undecided=STILL)
    put_answer(results, "autosem", "a", undecided=TIED)
    put_answer(results, "autosem", "m")
    dev = {"m dev_matched accuracy": [0.4], "m dev_mismatched accuracy": [0.4]}
    put_run(results, ["m"], {"m select accuracy": [0.9], **dev})
    methods = ["single-task", "autosem-p1", "autosem"]
    found = made(results, "method,a_accuracy\nAUTOSEM,51.00\n", tasks=[A, M], methods=methods)
    rows = ("Single-Task", "AUTOSEM-p1", "AUTOSEM")
    assert [found.cells["a_accuracy"][row] for row in rows] == ["61.25", "61.25 ‡", "61.25 (51.00) ‡"]
    for name in ("m_accuracy_matched", "m_accuracy_mismatched"):
        assert [found.cells[name][row] for row in rows] == ["40.00", "40.00 ‡", "40.00"]
    expected = {"Majority": "", "Single-Task": "", "AUTOSEM-p1": "a m", "AUTOSEM": "a"}
    assert found.csv["undecided"].to_dict() == expected
    reasons = f"{STILL} (AUTOSEM-p1 a, AUTOSEM-p1 m); {TIED} (AUTOSEM a)"
    note = f"‡: the method's evidence decides nothing: {reasons}; it recommends no task."
    assert note in found.text


def test_a_cell_may_have_several_marks(results):
    put_joint(results, 0.0)
    put_answer(results, "no-sel", "a", {"m": 1.0}, undecided=TIED)
    found = made(results, methods=BOTH)
    assert found.cells["a_accuracy"]["NO-SEL"] == "25.00 † ‡"
    assert [*found.csv.loc["NO-SEL", [*MARKS]]] == ["a", "", "a"]


def test_a_reason_that_is_no_text_is_refused(results):
    put_answer(results, "single-task", "a", undecided=True)
    with pytest.raises(ArtifactError, match=r"single-task/a\.json holds no undecided; remake it"):
        made(results)


# ------------------------------------------------------------------------------------------- cautions

NOISE, SINGLE = "the ranking cannot be told from chance", "one seed: another may rank otherwise"


def test_what_must_be_said_of_a_ranking_is_said_of_every_method_that_rests_on_it(results):
    said = {"single-task": None, "gradts-trial": NOISE, "gradts-thres": SINGLE, "gradts-fg": NOISE}
    for method, caution in said.items():
        put_answer(results, method, "a", caution=caution)
    text = made(results, methods=[*said]).text
    assert f"seeds 1.\n\n**GradTS-trial, GradTS-fg: {NOISE}.**\n\n**GradTS-thres: {SINGLE}.**\n\n|" in text


def test_every_backend_and_task_is_asked_for_its_caution(results):
    for backend, primary in (("tiny", "a"), ("tiny", "m"), ("small", "a"), ("small", "m")):
        noise = NOISE if (backend, primary) == ("small", "m") else None
        put_answer(results, "gradts-trial", primary, backend=backend, caution=noise)
        dev = {"m dev_matched accuracy": [0.5], "m dev_mismatched accuracy": [0.5]}
        scores = {"a": SCORES, "m": {"m select accuracy": [0.5], **dev}}[primary]
        put_run(results, [primary], scores, backend=backend)
    found = made(results, backends=["tiny", "small"], tasks=[A, M], methods=["gradts-trial"])
    assert f"\n\n**small+GradTS-trial: {NOISE}.**\n\n" in found.text
    assert found.text.count(NOISE) == 1


def test_a_random_control_is_as_doubtful_as_what_it_is_the_control_of(results):
    for draw in (1, 2):
        put_answer(results, f"random-k-{draw}", "a", caution=NOISE)
    found = made(results, methods=["single-task", "random-k"], draws=2)
    assert found.text.count(f"**Random-k: {NOISE}.**") == found.text.count(NOISE) == 1


def test_without_a_caution_nothing_is_said(results):
    assert "**" not in made(results).text
