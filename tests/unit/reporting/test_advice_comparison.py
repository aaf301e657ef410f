"""What an advice compares, against values computed by hand or by another way."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from gradts.artifacts import ArtifactError, read_table, write_table
from gradts.data.splits import read_splits
from gradts.layout import below
from gradts.members import Member, Subset
from gradts.reporting import advice_page
from gradts.reporting.advised import advised, passes
from gradts.reporting.comparison import comparison
from gradts.selection.doors import finished_files, training_instances
from gradts.selection.heuristics import at_random
from gradts.specs import Task
from gradts.training.metrics import score
from gradts.truth.statistics import holm
from tests.conftest import yes_no
from tests.unit.by_hand import (
    put_answer,
    put_predictions,
    put_run,
    put_splits,
)
from tests.unit.reporting.advising import (
    LABELS,
    SPEC,
    WRONG,
    put_wrong,
)
from tests.unit.truth.arms import paired


@pytest.mark.parametrize(
    ("members", "rows", "expected"),
    [
        ("p", (40, 0, 0), 1),
        ("a+p", (40, 40, 0), 2),
        ("a+p", (40, 19, 0), 1),  # 1.475
        ("a@p-keep0.5+b+p", (40, 30, 75), 4),  # 3.625; the rows are those that take part
        ("a@p-ratio2+b+p", (40, 400, 40), 4),  # two batches for each of the primary, whatever rows there are
    ],
)
def test_passes_are_as_many_updates_as_a_set_has(members, rows, expected):
    assert passes(members.split("+"), dict(zip("pab", rows, strict=True)), "p") == expected


def rows_of(results: Path, *chosen: str, counts: tuple[int, ...] = (10, 10, 10, 10)) -> dict[str, Any]:
    put_answer(results, "gradts-trial", "p", dict.fromkeys(chosen, 1.0))
    put_run(results, [*chosen, "p"], {}, training_instances=dict(zip("pabc", counts, strict=True)))
    return dict(advised(SPEC, finished_files(results)))


def test_as_many_random_tasks_and_as_many_updates_are_compared(tmp_path):
    found = rows_of(tmp_path, "b", counts=(10, 0, 21, 0))
    drawn = [sorted(["p", *at_random(["a", "b", "c"], 1, "p", draw)]) for draw in (1, 2)]
    assert drawn[0] != drawn[1]
    expected = [("alone", [["p"]]), ("all", [["a", "b", "c", "p"]]), ("chosen", [["b", "p"]])]
    assert [*found.items()] == [*expected, ("random", drawn), ("repeated", [["p@repeat3"]])]


def test_instances_of_a_set_are_found_however_its_members_are_given(tmp_path):
    put_run(tmp_path, ["a", "p@repeat2"], {}, training_instances={"p": 20, "a": 10})
    find, given = finished_files(tmp_path), [Member("p", Subset("repeat", 2)), Member("a")]
    for members in (given, [*map(str, given)], ["a", "p@repeat2"]):
        assert training_instances(find, "tiny", members, 1) == {"p": 20, "a": 10}


def test_a_random_set_is_compared_once(tmp_path):
    put_answer(tmp_path, "gradts-trial", "p", {"a": 1.0})
    put_run(tmp_path, ["a", "p"], {}, training_instances={"p": 10, "a": 10})
    found = dict(advised(replace(SPEC, draws=5), finished_files(tmp_path)))
    assert sorted(found["random"]) == [["a", "p"], ["b", "p"], ["c", "p"]]


@pytest.mark.parametrize(("other", "expected"), [("a", [["a", "p"]]), ("", [["p"]]), ("b", None)])
def test_another_choice_is_compared_where_it_is_one(tmp_path, other, expected):
    put_answer(tmp_path, "gradts-fg", "p", dict.fromkeys(other, 1.0))
    put_answer(tmp_path, "gradts-trial", "p", {"b": 1.0})
    put_run(tmp_path, ["b", "p"], {}, training_instances={"p": 10, "b": 10})
    found = dict(advised(replace(SPEC, beside="gradts-fg"), finished_files(tmp_path)))
    assert found.get("beside") == expected
    assert found["chosen"] == [["b", "p"]]


@pytest.mark.parametrize(
    ("chosen", "counts", "missing"),
    [
        ("", (), {"random", "repeated"}),
        ("abc", (10, 10, 10, 10), {"random"}),
        ("a", (10, 4, 0, 0), {"repeated"}),
    ],
)
def test_what_is_no_comparison_is_left_out(tmp_path, chosen, counts, missing):
    put_answer(tmp_path, "gradts-trial", "p", dict.fromkeys(chosen, 1.0))
    if chosen:
        instances = dict(zip("pabc", counts, strict=True))
        put_run(tmp_path, [*chosen, "p"], {}, training_instances=instances)
    found = dict(advised(SPEC, finished_files(tmp_path)))
    assert {"alone", "all", "chosen", "random", "repeated"} - found.keys() == missing


SETS = {"alone": [["p"]], "chosen": [["a", "p"]], "all": [["a", "b", "c", "p"]]}


def compared(results: Path, task: Task = SPEC.primary, sets: dict = SETS, **changes: Any) -> dict[str, dict]:
    spec = replace(SPEC, primary=task, **changes)
    found = comparison(spec, str(results), sets, read_splits(results / "data", task))
    assert [row["row"] for row in found] == [*sets]
    return {row["row"]: row for row in found}


def answers_of(members: str) -> dict[int, dict[str, list[int]]]:
    """Seed → dev → answers, of a set of WRONG."""
    return {
        seed: {"dev": [1 - label if row in wrong else label for row, label in enumerate(LABELS)]}
        for seed, wrong in enumerate(WRONG[members], 1)
    }


def test_scores_and_differences_are_means_over_seeds(tmp_path):
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    put_wrong(tmp_path)
    rows = compared(tmp_path)
    assert rows["alone"]["seeds"] == pytest.approx({"1": 0.6, "2": 0.4})
    nothing = {"mean": 0, "instances": 0, "low": 0, "high": 0, "p": None, "told": 0}
    assert rows["alone"]["difference"] == nothing
    chosen = rows["chosen"]
    assert chosen["seeds"] == pytest.approx({"1": 1.0, "2": 0.9})
    assert chosen["score"]["mean"] == pytest.approx(0.95)
    assert chosen["difference"]["mean"] == pytest.approx(0.45)
    assert chosen["difference"]["instances"] == pytest.approx(4.5)
    assert chosen["deviation"] is None


@pytest.mark.parametrize("metric", ["accuracy", "mcc"])
def test_intervals_and_tests_are_those_of_all_tables(tmp_path, metric):
    task = yes_no("p", metric)
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    put_wrong(tmp_path, metric)
    rows = compared(tmp_path, task)
    found = [paired(task, {"dev": LABELS}, answers_of(name), answers_of("p")) for name in ("a+p", "a+b+c+p")]
    adjusted = holm([p for *_, p in found])
    for name, (mean, low, high, _), p in zip(("chosen", "all"), found, adjusted, strict=True):
        difference = rows[name]["difference"]
        assert [difference[key] for key in ("mean", "low", "high", "p")] == pytest.approx(
            [mean, low, high, p]
        )
        assert difference["told"] == (low > 0 and p <= 0.05)
        assert (difference["instances"] is None) == (metric == "mcc")


def test_rows_of_the_same_runs_are_one_test(tmp_path):
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    put_wrong(tmp_path)
    once, twice = compared(tmp_path), compared(tmp_path, sets=SETS | {"beside": SETS["chosen"]})
    assert twice["beside"]["difference"] == twice["chosen"]["difference"]
    assert {name: twice[name] for name in once} == once


def test_two_dev_splits_count_alike_and_their_rows_add_up(tmp_path):
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev_one=[0, 1, 1, 0], dev_two=[1, 0])
    right = {"dev_one": [0, 1, 1, 0], "dev_two": [1, 0]}
    for members, answers in {
        "p": {"dev_one": [0, 1, 1, 1], "dev_two": [0, 1]},  # 3/4 and 0
        "a+p": {"dev_one": [1, 1, 1, 1], "dev_two": [1, 1]},  # 2/4 and 1/2
        "a+b+c+p": right,
    }.items():
        put_predictions(tmp_path, members.split("+"), {f"p {split}": of for split, of in answers.items()})
    # Instance ids are those of the file, which holds both splits.
    write_instances(tmp_path, offset=4)
    found = compared(tmp_path, seeds=[1])
    assert found["alone"]["score"]["mean"] == 0.375
    assert found["chosen"]["difference"]["mean"] == pytest.approx(0.125)
    assert found["chosen"]["difference"]["instances"] == pytest.approx(-1 + 1)
    assert found["all"]["difference"]["instances"] == pytest.approx(3)


def write_instances(results: Path, offset: int) -> None:
    """In predictions the second split's ids go on from those of the first."""
    for path in results.rglob("predictions.parquet"):
        table, record = read_table(path)
        del record["rows"]
        frame = table.to_pandas()
        frame.loc[frame["split"] == "dev_two", "instance"] += offset
        write_table(path, pa.Table.from_pandas(frame, preserve_index=False), record)


def test_sets_and_seeds_are_not_mixed(tmp_path):
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    put_wrong(tmp_path)
    sets = {"alone": [["p"]], "random": [["a", "p"], ["a", "b", "c", "p"]]}
    random = compared(tmp_path, sets=sets)["random"]
    # Sets: 0.95 and 0.7; seeds: (1.0 + 0.6) / 2 and (0.9 + 0.8) / 2.
    assert random["seeds"] == pytest.approx({"1": 0.8, "2": 0.85})
    assert random["deviation"] == pytest.approx(np.std([0.95, 0.7], ddof=1))
    assert random["score"]["mean"] == pytest.approx(0.825)
    assert random["difference"]["mean"] == pytest.approx(0.325)


def test_a_run_that_diverged_leaves_its_row_undefined(tmp_path):
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    put_wrong(tmp_path)
    put_predictions(tmp_path, ["a", "p"], {}, seed=2)
    rows = compared(tmp_path)
    assert rows["chosen"]["seeds"] == {"1": 1.0, "2": None}
    nothing = {"mean": None, "low": None, "high": None}
    assert rows["chosen"]["score"] == nothing
    assert rows["chosen"]["difference"] == {**nothing, "instances": None, "p": None, "told": 0}
    assert rows["all"]["difference"]["low"] is not None


OTHERS = [
    (Task("p", "regression", [], ["pearson"], "pearson"), [1.0, 2.0, 4.0, 3.0], [1.5, 1.0, 4.0, 2.5]),
    (
        Task("p", "multi_label", ["x", "y", "z"], ["micro_f1"], "micro_f1"),
        [[0, 1], [], [2], [1]],
        [[0], [1], [2], [1, 2]],
    ),
    (
        Task("p", "sequence_labelling", ["O", "B-X", "I-X"], ["span_f1"], "span_f1"),
        [[0, 1, 2], [1], [0, 0], [1, 2]],
        [[0, 1, 2], [0], [1, 0], [1, -1]],
    ),
]


@pytest.mark.parametrize(("task", "labels", "answers"), OTHERS)
def test_every_objective_is_scored_by_its_metric(tmp_path, task, labels, answers):
    put_splits(tmp_path, "p", labels, labels, dev=labels)
    put_predictions(tmp_path, ["p"], {"p dev": answers}, metric=task.decides)
    put_predictions(tmp_path, ["a", "p"], {"p dev": labels}, metric=task.decides)
    sets = {"alone": [["p"]], "chosen": [["a", "p"]]}
    found = compared(tmp_path, task, sets, seeds=[1])
    assert found["alone"]["score"]["mean"] == pytest.approx(score(task, task.decides, labels, answers))
    assert found["chosen"]["score"]["mean"] == pytest.approx(1)


def test_stuck_runs_are_counted(tmp_path):
    """Majority has half of the selection split; the task alone learns it, under one seed at least."""
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    for members, of_seeds in {"p": (0.9, 0.52), "a+p": (0.53, 0.5), "a+b+c+p": (0.54, 0.5)}.items():
        for seed, select in enumerate(of_seeds, 1):
            put_predictions(tmp_path, members.split("+"), {"p dev": LABELS}, seed, select=select)
    rows = compared(tmp_path)
    # Alone is judged by its other seed, the rest by alone under the same one, which learnt nothing under 2.
    assert {name: row["stuck"] for name, row in rows.items()} == {"alone": 1, "chosen": 1, "all": 0}


def test_equal_scores_differ_by_nothing(tmp_path):
    """Means of four runs and of two that are the same, whose last digits may differ."""
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    sets = {"alone": [["p"]], "random": [["a", "p"], ["b", "p"], ["c", "p"]]}
    for members in [["p"], *sets["random"]]:
        for seed in (1, 2, 3):
            answers = [1 - label if row < seed else label for row, label in enumerate(LABELS)]
            put_predictions(tmp_path, members, {"p dev": answers}, seed)
    random = compared(tmp_path, sets=sets, seeds=[1, 2, 3])["random"]
    assert random["difference"] == {"mean": 0, "instances": 0, "low": 0, "high": 0, "p": 1, "told": 0}
    assert random["deviation"] == 0


def test_predictions_of_other_rows_are_refused(tmp_path):
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    put_wrong(tmp_path)
    path = put_predictions(tmp_path, ["a", "p"], {"p dev": LABELS[:9]}, seed=2)
    with pytest.raises(ArtifactError, match=re.escape(f"{path} is of other rows than dev of 'p'; remake it")):
        compared(tmp_path)


def test_predictions_of_another_run_are_refused(tmp_path):
    put_splits(tmp_path, "p", [0, 1], [0, 1], dev=LABELS)
    put_wrong(tmp_path)
    first, second = (
        Path(below(tmp_path, "predictions", backend="tiny", members=["a", "p"], seed=seed)) for seed in (1, 2)
    )
    second.write_bytes(first.read_bytes())
    message = f"{second} was made with spec.seed = 1, this run needs 2; remake it"
    with pytest.raises(ArtifactError, match=re.escape(message)):
        compared(tmp_path)


# ------------------------------------------------------------------------------------- what the data can tell


def told(better: int, low: float | None = 0.001, mean: float = 0.02, **changes: Any) -> str:
    difference = {"mean": mean, "instances": 3.0, "low": low, "high": low, "told": better}
    row = {"row": "chosen", "sets": [["a", "p"]], "difference": difference, "stuck": 0} | changes
    alone = {"row": "alone", "sets": [["p"]], "stuck": 0}
    return advice_page.told(SPEC, {"scores": [alone, row], "dev": {"dev_one": 100, "dev_two": 50}}, row)


def test_what_interval_and_test_tell_is_said():
    end = "(+2.00 points, +3.0 of 150 instances)."
    better = "This data can tell: the chosen set is better than `p` alone "
    assert told(1) == better + end
    assert told(0) == f"This data cannot tell them apart: the chosen set and `p` alone {end}"
    worse = told(-1, mean=-0.02)
    assert worse.startswith("This data can tell: the chosen set is worse than `p` alone (-2.00 points")
    no_rows = {"difference": {"mean": 0.02, "instances": None, "low": 0.001, "high": 0.04, "told": 1}}
    assert told(1, **no_rows) == f"{better}(+2.00 points)."
    assert told(0, sets=[["p"]]) == "The same runs: the chosen set is `p` alone."
    assert told(1, stuck=2).endswith(
        " instances); mind: 2 of the runs are stuck, which says nothing of the set (docs/stability.md)."
    )
    assert told(0, low=None).startswith("This data cannot tell of the chosen set: a score is undefined")
