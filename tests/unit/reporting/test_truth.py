"""What answers were worth, as a table tells it: on runs by hand."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradts.artifacts import ArtifactError, write_json
from gradts.layout import below
from gradts.reporting.specs import RegretSpec
from gradts.reporting.truth import regret
from gradts.reporting.truth_figures import draw_affinity, draw_regret
from gradts.truth.lattice import TruthSpec
from gradts.truth.scores import measure
from tests.conftest import yes_no
from tests.unit.by_hand import put_answer, put_correlation, put_run, put_statistics

NAN = float("nan")
NAMES = ["a", "b", "p"]
TASKS = [yes_no("a"), yes_no("b", "mcc"), yes_no("p")]
METHODS = ["single-task", "random-k", "gradts-fg"]
TRUTH = TruthSpec("toy", TASKS, "tiny", ["all"], [1, 2], "select")
SPEC = RegretSpec(TRUTH, METHODS, 2, True)
# Set → dev scores of p under both seeds; the others score 0.5 everywhere.
P = {"p": [0.50, 0.52], "a+p": [0.70, 0.60], "b+p": [0.60, 0.80], "a+b+p": [0.58, 0.56]}
BEYOND = {"a@p-keep0.5+p": [0.66, 0.64], "p@repeat2": [0.55, 0.57], "p@repeat3": [0.61, 0.63]}
INSTANCES = {"a": 30, "b": 50, "p": 40}  # of training


@pytest.fixture
def results(tmp_path) -> Path:
    """All runs, answers and facts; of a and b every answer is none."""
    for name in ("a", "b", "a+b", *P, *BEYOND):
        members = name.split("+")
        mine = [member.partition("@")[0] for member in members]
        for place, seed in enumerate((1, 2)):
            scores = {}
            for task in mine:
                metric = "mcc" if task == "b" else "accuracy"
                value = {**P, **BEYOND}[name][place] if task == "p" else 0.5
                scores |= {f"{task} select {metric}": [0.4], f"{task} dev {metric}": [value]}
            taken = {
                task: INSTANCES[task] // (2 if "keep" in member else 1)
                for task, member in zip(mine, members, strict=True)
            }
            put_run(tmp_path, members, scores, seed, training_instances=taken)
    for method in ("single-task", "random-k-1", "random-k-2", "gradts-fg"):
        for task in NAMES:
            others = [other for other in NAMES if other != task]
            put_answer(tmp_path, method, task, candidates=others, reads=[])
    for method, chosen in (("random-k-1", ["a"]), ("random-k-2", ["b"]), ("gradts-fg", ["a@p-keep0.5"])):
        members = sorted([*chosen, "p"])
        put_answer(
            tmp_path,
            method,
            "p",
            dict.fromkeys(chosen, 1.0),
            candidates=["a", "b"],
            members=members,
            reads=[],
        )
    for task, rows in (("a", 10), ("b", 20), ("p", 200)):
        splits = {"train": {"rows": 7}, "select": {"rows": 8}, "dev": {"rows": rows}}
        write_json(below(tmp_path, "facts", task=task), {"spec": {"task": task}, "splits": splits})
    put_correlation(tmp_path, {"a": [1, 0.1, 0.4], "b": [0.1, 1, 0.2], "p": [0.4, 0.2, 1]})
    put_statistics(tmp_path, {"a": (30, 5.0, "x"), "b": (50, 9.0, "x"), "p": (40, 8.0, "y")})
    measure(TRUTH, str(tmp_path), below(tmp_path, "truth", backend="tiny", suite="toy"))
    return tmp_path


def made(results: Path, spec: RegretSpec = SPEC) -> tuple[dict, dict]:
    """Rows of both tables, by their first two columns."""
    csvs = [below(results, kind) for kind in ("regret", "ranking")]
    pages = [path.replace(".csv", ".md") for path in csvs]
    regret(spec, str(results), csvs[0], pages[0], csvs[1], pages[1])
    found = []
    for path in csvs:
        with open(path, newline="") as file:
            rows = [*csv.DictReader(file)]
        found.append({(row.get("method", row.get("ranking")), row["primary"]): row for row in rows})
    return tuple(found)


def numbers(row: dict[str, str], *keys: str) -> list[float]:
    return [float(row[key] or "nan") for key in keys]


REPEATED = ("over_repeated", "over_repeated_low", "over_repeated_high")
DIFFERENCES = ("regret", "over_random", "over_alone", "over_repeated", "over_all")


def test_an_answer_in_the_lattice_and_one_beyond_it(results):
    found, _ = made(results)
    # Of p a+p is best on seed 1, and has 0.60 on seed 2; b+p is best on seed 2, and has 0.60 on seed 1.
    row = found["GradTS-fg", "p"]
    assert row["sets"] == "a@p-keep0.5+p"
    assert numbers(row, "score", "best", "best_apparent") == pytest.approx([65, 60, 70])
    # 15 of a and 40 of p are 1.4 epochs of p, a pass: the same as alone
    assert numbers(row, *DIFFERENCES) == pytest.approx([-5, -2.5, 14, 14, 8])
    assert numbers(row, "regret_percent", "instances") == pytest.approx(
        [-100 * 5 / 60, -0.05 * 200], rel=1e-4
    )
    assert numbers(row, "percentile") == pytest.approx([62.5])  # 0.65 is that of a+p, too: 2.5 of 4
    low, high = numbers(row, "regret_low", "regret_high")
    half = 12.706204736174694 * np.std([-6, -4], ddof=1) / 2**0.5  # t of one degree of freedom
    assert (low, high) == (pytest.approx(-5 - half, rel=1e-4), pytest.approx(-5 + half, rel=1e-4))
    alone = found["Single-Task", "p"]
    assert numbers(alone, *DIFFERENCES) == pytest.approx([9, 0, 0, 0, -6])
    assert float(found["Single-Task", "b"]["regret"]) == 0
    assert found["Single-Task", "b"]["instances"] == ""  # mcc is no share of rows


def test_random_sets_are_averaged_and_held_against_their_own_updates(results):
    row = made(results)[0]["Random-k", "p"]
    assert row["sets"] == "a+p / b+p"
    assert numbers(row, "score", "regret") == pytest.approx([67.5, -7.5])
    # 70 of 40 are two passes, and so are 90 of 40: 0.55 and 0.57 of both
    assert numbers(row, "over_repeated") == pytest.approx([67.5 - 56])
    assert numbers(row, "draw_deviation") == pytest.approx([np.std([65, 70], ddof=1)], rel=1e-4)
    assert numbers(row, "seed_deviation") == pytest.approx([np.std([65, 70], ddof=1)], rel=1e-4)


@pytest.mark.parametrize(
    ("method", "counted", "shown"),
    [("random-k", [65, 70], "a+p / b+p"), ("null-trial", [65, 70, 70], "a+p / b+p / b+p")],
)
def test_sets_that_draws_share(results, method, counted, shown):
    for draw, chosen in enumerate("abb", 1):
        for task in NAMES:
            told = {"candidates": [], "members": sorted({chosen, task} if task == "p" else {task})}
            put_answer(results, f"{method}-{draw}", task, reads=[], **told)
    row = made(results, replace(SPEC, draws=3, methods=[method]))[0][method.capitalize(), "p"]
    assert row["sets"] == shown
    assert numbers(row, "score") == pytest.approx([np.mean(counted)], rel=1e-4)
    assert numbers(row, "draw_deviation") == pytest.approx([np.std(counted, ddof=1)], rel=1e-4)


def test_a_task_that_is_repeated_is_its_own_longer_training(results):
    for task in NAMES:
        repeated = f"{task}@repeat3" if task == "p" else task
        put_answer(results, "single-task-repeat", task, candidates=[], members=[repeated], reads=[])
    row = made(results, replace(SPEC, methods=["single-task", "single-task-repeat"]))[0]
    assert numbers(row["Single-Task-repeat", "p"], "score", "over_repeated") == pytest.approx([62, 0])


@pytest.mark.parametrize("split", ["select", "dev"])
def test_epochs_that_were_taken_on_dev_are_told(results, split):
    truth = replace(TRUTH, decide_on=split)
    measure(truth, str(results), below(results, "truth", backend="tiny", suite="toy"))
    made(results, replace(SPEC, truth=truth))
    for page in ("regret", "ranking"):
        text = (results / f"tables/{page}.md").read_text()
        assert ("epochs were taken on `dev`" in text) == (split == "dev")


def test_the_mean_is_over_tasks_and_so_is_its_interval(results):
    found, _ = made(results)
    row = found["GradTS-fg", "mean"]
    assert numbers(row, "regret", "over_alone") == pytest.approx([-5 / 3, 14 / 3], rel=1e-4)
    half = 4.302652729911275 * np.std([0, 0, 14], ddof=1) / 3**0.5
    assert numbers(row, "over_alone_low", "over_alone_high") == pytest.approx(
        [14 / 3 - half, 14 / 3 + half], rel=1e-4
    )
    assert numbers(row, "instances") == pytest.approx([-5])  # of two tasks that count rows
    assert [key for key in found if key[0] == "GradTS-fg"] == [
        ("GradTS-fg", task) for task in [*NAMES, "mean"]
    ]
    page = (results / "tables/regret.md").read_text()
    assert "-1.67 [" in page.split("## By task")[0]
    assert "**generated**" in page


def test_means_of_all_methods_are_over_the_same_tasks(results):
    """Where GradTS-fg's answer for p diverged, p is in nobody's mean."""
    put_run(
        results,
        ["a@p-keep0.5", "p"],
        {"a dev accuracy": [0.5], "p select accuracy": [0.4], "p dev accuracy": [NAN]},
        1,
        training_instances={"a": 15, "p": 40},
    )
    found, _ = made(results)
    assert found["GradTS-fg", "p"]["regret"] == ""
    assert float(found["Single-Task", "p"]["regret"]) == 9
    assert float(found["Single-Task", "mean"]["regret"]) == 0
    assert "Means are without p" in (results / "tables/regret.md").read_text()


def test_rankings_are_held_against_gains_of_pairs(results):
    _, found = made(results)
    assert [*dict.fromkeys(name for name, _ in found)] == [
        "τ",
        "size",
        "length",
        "another seed",
        "chance, other seeds",
        "chance",
    ]
    # a gives 0.65 and b 0.70: τ has them the wrong way, size and length do not
    assert numbers(found["τ", "p"], "regret_1", "spearman") == pytest.approx([0.05 / 0.7, -1], rel=1e-4)
    assert numbers(found["size", "p"], "regret_1", "spearman", "ndcg") == pytest.approx([0, 1, 1])
    assert numbers(found["length", "p"], "regret_1", "spearman") == pytest.approx([0, 1])
    # Seed 1 has a first, which has 0.60 to 0.80 under seed 2; seed 2 has b first: 0.60 to 0.70 under seed 1.
    again = numbers(found["another seed", "p"], "regret_1", "spearman")
    assert again == pytest.approx([(0.2 / 0.8 + 0.1 / 0.7) / 2, -1], rel=1e-4)
    assert numbers(found["chance", "p"], "regret_1", "spearman") == pytest.approx([0.025 / 0.7, 0], rel=1e-4)
    assert found["τ", "p"]["regret_3"] == found["τ", "a"]["spearman"] == ""
    assert float(found["τ", "mean"]["spearman"]) == -1  # of a and b nothing is to be ranked


def test_a_ranking_and_its_picture_are_called_by_their_measure(results):
    put_correlation(results, {task: [1.0, 0.1, 0.4] for task in NAMES}, measure="cosine")
    assert {name for name, _ in made(results)[1]} == {
        "cosine",
        "size",
        "length",
        "another seed",
        "chance, other seeds",
        "chance",
    }
    draw_affinity(SPEC, str(results), [f"{results}/affinity.svg"])
    drawn = (results / "affinity.svg").read_text()
    assert "<!-- cosine -->" in drawn
    assert "<!-- τ -->" not in drawn


def test_without_pairs_nothing_is_ranked(results):
    truth = TruthSpec("toy", TASKS, "tiny", [{"up_to": 1}], [1, 2], "select")
    measure(truth, str(results), below(results, "truth", backend="tiny", suite="toy"))
    _, found = made(results, RegretSpec(truth, METHODS, 2, True))
    assert found == {}
    told = "fewer than two candidates have such a score (`truth.sets` needs `pairs`): a, b, p"
    assert told in (results / "tables/ranking.md").read_text()


def test_a_candidate_that_diverged_is_left_out_of_rankings(results):
    scores = {"a select accuracy": [0.4], "a dev accuracy": [0.5], "p select accuracy": [0.4]}
    taken = {"a": 30, "p": 40}
    put_run(results, ["a", "p"], scores | {"p dev accuracy": [NAN]}, 1, training_instances=taken)
    measure(TRUTH, str(results), below(results, "truth", backend="tiny", suite="toy"))
    _, found = made(results)
    assert {task for _, task in found} == {"a", "b", "mean"}
    assert "(`truth.sets` needs `pairs`): p." in (results / "tables/ranking.md").read_text()


def test_as_many_updates_may_be_left_out(results):
    with_them, _ = made(results)
    for path in (results / "runs").rglob("p@repeat*/seed*/*"):
        path.unlink()
    found, _ = made(results, replace(SPEC, repeated=False))
    for key, row in found.items():
        assert row == with_them[key] | dict.fromkeys(row.keys() & {*REPEATED}, "")
    assert "updates |" not in (results / "tables/regret.md").read_text()


def test_pictures_are_of_the_table_and_the_truth_that_are_meant(results):
    made(results)
    table = below(results, "regret")
    for suffix in ("png", "svg"):
        draw_regret(SPEC, table, [f"{results}/figures/regret.{suffix}"])
        draw_affinity(SPEC, str(results), [f"{results}/figures/affinity.{suffix}"])
    assert all(
        f"-- {name} --" in (results / "figures/regret.svg").read_text() for name in ("GradTS-fg", "Random-k")
    )
    drawn = (results / "figures/affinity.svg").read_text()
    assert "<!-- 19.0 -->" in drawn  # p with b: 0.70 less 0.51
    assert "<!-- 0.40 -->" in drawn
    other = RegretSpec(TRUTH, METHODS[:1], 2, True)
    with pytest.raises(ArtifactError, match=r"was made with spec\.methods"):
        draw_regret(other, table, [f"{results}/figures/regret.png"])
