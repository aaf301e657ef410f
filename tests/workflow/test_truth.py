"""All sets of a suite, really run: what a wider truth makes anew, and what is told of the answers."""

from pathlib import Path

import pytest

from tests.workflow.tiny import TASKS, checkout, configure, jobs, read_rows, snakemake, state

METHODS = ["single-task", "random-k", "gradts-trial"]
TRUTH = {"sets": {"up_to": 1}, "seeds": [1, 2], "methods": METHODS}
TARGETS = [f"results/{name}" for name in ("tables/regret.csv", "figures/regret.png", "figures/affinity.png")]


def configured(folder: Path, **changes) -> None:
    configure(folder, TASKS, truth=TRUTH | changes)


def test_a_wider_truth_makes_only_what_is_new(tmp_path, tiny_backend):
    folder, target = checkout(tmp_path, tiny_backend), "results/truth/tiny/tiny.csv"
    table = jobs(snakemake(folder, "-n", "results/tables/table2.csv"))
    configured(folder)
    assert jobs(snakemake(folder, "-n", "results/tables/table2.csv")) == table  # nothing asks for the truth
    output = snakemake(folder, target)
    assert jobs(output) == {"prepare": 3, "joint": 4 * 2, "truth": 1, "total": 12}  # alone and all
    assert "truth of tiny under tiny: 8 runs, 0 made" in output
    before, singles = state(folder), read_rows(folder / target)
    assert "Nothing to be done" in snakemake(folder, "-n", target)

    configured(folder, seeds=[1, 3, 2])
    output = snakemake(folder, "-n", target)
    assert jobs(output) == {"joint": 4, "truth": 1, "total": 5}
    assert "12 runs, 8 made, about 0 minutes of the others to go" in output
    configured(folder, sets=[{"up_to": 1}, {"random": 2, "size": 2}])
    assert jobs(snakemake(folder, "-n", target)) == {"joint": 2 * 2, "truth": 1, "total": 5}
    configured(folder, sets="pairs")
    assert jobs(snakemake(folder, "-n", target)) == {"joint": 3 * 2, "truth": 1, "total": 7}

    snakemake(folder, *TARGETS)
    after = state(folder)
    assert {path: after[path] for path in before} == before
    assert "Nothing to be done" in snakemake(folder, "-n", *TARGETS, target)
    rows = read_rows(folder / target)
    assert {tuple(row.values()) for row in singles} < {tuple(row.values()) for row in rows}
    assert len(rows) == 2 * 2 * (
        3 + 3 * 2 + 3
    )  # seeds, splits, members of all sets; each task has one metric
    told = read_rows(folder / "results/tables/regret.csv")
    assert [row["primary"] for row in told] == [*TASKS, "mean"] * 3
    truth = {
        (row["members"], row["task"], row["seed"]): 100 * float(row["score"])
        for row in rows
        if row["split"] == "dev" and row["score"]
    }
    for row in told:
        sets = row["sets"].split(" / ")
        if row["primary"] != "mean" and all((one, row["primary"], "1") in truth for one in sets):
            values = [truth[one, row["primary"], seed] for one in sets for seed in "12"]
            assert float(row["score"]) == pytest.approx(sum(values) / len(values), rel=1e-4)
    snakemake(folder, *TARGETS, "--report", "report.html")
    report = (folder / "report.html").read_text()
    assert all(name in report for name in ("regret.html", "ranking.html", "regret.png", "affinity.png"))
