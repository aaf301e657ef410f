"""Batches, epochs, the record of a run, subsets of instances."""

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from sklearn.metrics import f1_score

from gradts.artifacts import ArtifactError, write_table
from gradts.data.objectives import OBJECTIVES
from gradts.data.subsets import kept, sampled, training_rows
from gradts.members import Member, Subset
from gradts.specs import METRICS_OF, Task
from gradts.training.metrics import METRICS, NO_WORD, score
from gradts.training.sampler import batch_counts, by_length, epoch_batches
from gradts.training.scores import Score, best_epoch, read_scores, reported, write_scores

TASK = Task("t", "classification", ["no", "yes"], ["accuracy", "f1"], "f1")
LENGTHS = {"a": list(range(5, 105)), "b": [7] * 33, "c": []}


MEMBERS = [Member(task) for task in LENGTHS]


def epoch(generator: torch.Generator | int, members: list[Member] = MEMBERS) -> list[tuple[str, list[int]]]:
    if isinstance(generator, int):
        generator = torch.Generator().manual_seed(generator)
    return epoch_batches(LENGTHS, batch_counts(LENGTHS, members, 8), 8, generator)


def test_an_epoch_holds_every_instance_once():
    for task, lengths in LENGTHS.items():
        seen = [position for name, batch in epoch(1) if name == task for position in batch]
        assert sorted(seen) == list(range(len(lengths)))


def test_epochs_differ_and_seeds_repeat():
    generator = torch.Generator().manual_seed(1)
    first, second = (epoch(generator) for _ in range(2))
    assert first == epoch(1)
    assert {frozenset(batch) for _, batch in first} != {frozenset(batch) for _, batch in second}
    assert [name for name, _ in first] != sorted(name for name, _ in first)


def test_a_ratio_sets_batches_for_each_batch_of_the_primary():
    b = Member("b", Subset("ratio", 2.5, "a"))
    batches = epoch(1, [Member("a"), b])
    assert sum(name == "a" for name, _ in batches) == 13  # one pass over 100 instances
    assert sum(name == "b" for name, _ in batches) == 32  # six passes of five batches and two more
    seen = [position for name, batch in batches if name == "b" for position in batch]
    assert 6 <= min(map(seen.count, range(33))) <= max(map(seen.count, range(33))) <= 7
    part = Member("a", Subset("ratio", 0.5, "b"))
    assert sum(name == "a" for name, _ in epoch(1, [part, Member("b")])) == 2


def test_a_repeated_task_has_whole_passes_each_in_its_own_order():
    batches = epoch(1, [Member("a"), Member("b", Subset("repeat", 3))])
    assert sum(name == "a" for name, _ in batches) == 13
    of_b = [batch for name, batch in batches if name == "b"]
    assert len(of_b) == 3 * 5
    seen = [position for batch in of_b for position in batch]
    assert {seen.count(position) for position in range(33)} == {3}
    assert all(len({*batch}) == len(batch) for batch in of_b)  # no instance twice in a batch
    assert len({frozenset(batch) for batch in of_b}) > 10  # another pass has other batches


def test_part_of_a_pass_is_not_the_longest_instances():
    part = Member("a", Subset("ratio", 0.2, "b"))  # one batch of a an epoch
    generator = torch.Generator().manual_seed(1)
    means = [
        np.mean([LENGTHS["a"][i] for i in batch])
        for _ in range(40)
        for name, batch in epoch(generator, [part, Member("b")])
        if name == "a"
    ]
    assert min(means) < 30 < 80 < max(means)


def test_batches_hold_similar_lengths():
    spread = [np.ptp([LENGTHS["a"][i] for i in batch]) for name, batch in epoch(1) if name == "a"]
    at_random = np.random.default_rng(0).permutation(100)[:96].reshape(-1, 8)
    assert np.mean(spread) < 0.6 * np.ptp(at_random, axis=1).mean()
    assert by_length([3, 1, 2], 2) == [[1, 2], [0]]


def record(values: dict[int, float], split: str = "select") -> list[Score]:
    return [Score(number, "t", split, "f1", value) for number, value in values.items()]


def test_best_epoch_is_the_earliest_best():
    assert best_epoch(record({1: 0.3, 2: 0.5, 3: 0.5, 4: math.nan}), TASK, "select") == (2, 0.5)


def test_a_metric_that_is_never_defined_is_said_to_be_so():
    epoch, value = best_epoch(record({1: math.nan, 2: math.nan}), TASK, "select")
    assert (epoch, math.isnan(value)) == (2, True)
    with pytest.raises(ArtifactError, match="no f1 of task 't'"):
        best_epoch(record({1: 0.5})[:0], TASK, "select")


def test_reported_is_dev_at_the_best_epoch_of_the_selection_split():
    scores = record({1: 0.9, 2: 0.1}) + record({1: 0.2, 2: 0.8}, "dev")
    assert reported(scores, TASK, "select") == {("f1", "dev"): 0.2}
    assert reported(scores, TASK, "dev") == {("f1", "dev"): 0.8}


def test_decisions_average_both_dev_splits():
    scores = record({1: 0.2, 2: 0.5}, "dev_matched") + record({1: 0.8, 2: 0.4}, "dev_mismatched")
    assert best_epoch(scores, TASK, "dev") == (1, 0.5)


def test_record_round_trip_and_damage(tmp_path):
    path = tmp_path / "metrics.csv"
    scores = record({1: 1 / 3})
    write_scores(path, scores)
    assert list(read_scores(path)) == scores
    columns = "epoch,task,split,metric,value\n"
    for text, reason in [
        ("epoch,task\n1,", "has no column 'split'"),
        (f"{columns}1,t,sel", "is cut off after 1 rows"),
        (f"{columns}one,t,select,f1,0.5\n", "cannot be read"),
    ]:
        path.write_text(text)
        with pytest.raises(ArtifactError, match=rf"metrics\.csv {reason}"):
            read_scores(path)


def test_chosen_instances():
    tau = np.array([0.1, 0.5, math.nan, 0.5, 0.42])
    assert kept(tau, Subset("tau", 0.42, "p")).tolist() == [False, True, False, True, True]
    assert kept(tau, Subset("keep", 0.2, "p")).tolist() == [False, True, False, False, False]
    assert not kept(tau, Subset("tau", 0.9, "p")).any()
    half, more = (sampled(50, Subset("sample", share), 42) for share in (0.5, 0.8))
    assert (half.sum(), more.sum()) == (25, 40)
    assert (more | ~half).all()


TAUS = [0.9, 0.1, 0.8, math.nan, 0.3, 0.7, 0.2, 0.6, 0.5, 0.4]


@pytest.mark.parametrize(
    ("subset", "best"),  # how many of the sampled instances, by τ
    [("p-keep0.5-sample0.4", 2), ("p-keep1-sample0.4", 4), ("p-0.35-sample0.4", None), ("sample0.4", 4)],
)
def test_a_filter_keeps_its_part_of_the_sample(tmp_path, subset, best):
    made = {"spec": {"auxiliary": [{"task": {"name": "a"}}], "primary": [{"task": {"name": "p"}}]}}
    table = pa.table({"instance": range(20, 30), "tau": TAUS})
    write_table(tmp_path / "p/a.parquet", table, made)
    train = pd.DataFrame({"instance": range(20, 30)})
    drawn = np.flatnonzero(sampled(10, Subset("sample", 0.4), 1))
    assert (len(drawn), not np.isnan([TAUS[i] for i in drawn]).any()) == (4, True)
    if best is None:
        wanted = [i for i in drawn if TAUS[i] >= 0.35]
        assert 0 < len(wanted) < 4
    else:
        wanted = sorted(sorted(drawn, key=lambda i: -TAUS[i])[:best])
    rows = training_rows(train, Member("a", Subset.parse(subset)), tmp_path, 1)
    assert rows["instance"].tolist() == [20 + i for i in wanted]
    assert rows.index.tolist() == [*range(len(wanted))]


@pytest.mark.parametrize("subset", ["p-ratio0.5", "repeat3"])
def test_how_often_instances_come_changes_no_instance(subset):
    train = pd.DataFrame({"instance": range(20, 30)})
    rows = training_rows(train, Member("a", Subset.parse(subset)), None, 1)
    pd.testing.assert_frame_equal(rows, train)


def test_metrics_by_hand():
    labels, guesses = [1, 1, 0, 0], [1, 0, 0, 0]
    assert score(TASK, "accuracy", labels, guesses) == 0.75
    assert score(TASK, "f1", labels, guesses) == pytest.approx(2 / 3)
    assert score(TASK, "macro_f1", labels, guesses) == pytest.approx((2 / 3 + 0.8) / 2)
    assert score(TASK, "mcc", labels, guesses) == pytest.approx(2 / math.sqrt(12))
    assert score(TASK, "weighted_f1", [0, 0, 0, 1], [0, 0, 0, 0]) == pytest.approx(0.75 * 6 / 7)
    assert OBJECTIVES[TASK.objective].majority([2, 1, 1, 2], range(3)) == [1, 1, 1]


TOPICS = Task("t", "multi_label", ["a", "b", "c"], ["micro_f1"], "micro_f1")


def test_metrics_of_several_labels_by_hand():
    labels, guesses = [[0, 1], [], [2]], [[0], [], [1, 2]]
    # two hits, one false alarm, one miss
    assert score(TOPICS, "micro_f1", labels, guesses) == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert score(TOPICS, "macro_f1", labels, guesses) == pytest.approx((1 + 0 + 1) / 3)
    assert score(TOPICS, "exact_match", labels, guesses) == pytest.approx(1 / 3)
    assert OBJECTIVES["multi_label"].majority([[1, 2], [0], [1, 2], [0]], range(2)) == [[0], [0]]


NAMES = ["O", "B-PER", "I-PER"]


def test_sequence_metrics_by_hand():
    labels, guesses = [[1, 2, 0], [0, 1]], [[1, 2, 0], [1, NO_WORD]]
    tags = Task("t", "sequence_labelling", NAMES, ["span_f1"], "span_f1")
    assert score(tags, "span_f1", labels, guesses) == 0.5  # one of two spans found, one of two right
    assert score(tags, "token_accuracy", labels, guesses) == 0.6
    # O: 1 of 2 found, precision 1; B: 1 of 2, precision 1/2; I: all
    assert score(tags, "token_macro_f1", labels, guesses) == pytest.approx((2 / 3 + 0.5 + 1) / 3)
    assert OBJECTIVES[tags.objective].majority(labels, labels) == [[0, 0, 0], [0, 0]]


def test_token_macro_f1_counts_classes_that_are_only_predicted():
    tags = Task("t", "sequence_labelling", NAMES, ["token_macro_f1"], "token_macro_f1")
    # O: 1 of 2 found, precision 1; B never occurs, and is predicted once; I: all
    assert score(tags, "token_macro_f1", [[0, 0], [2]], [[0, 1], [2]]) == pytest.approx((2 / 3 + 0 + 1) / 3)
    # NO_WORD misses an O, and is no class of its own
    assert score(tags, "token_macro_f1", [[0, 0], [2]], [[0, NO_WORD], [2]]) == pytest.approx((2 / 3 + 1) / 2)
    for labels, guesses in np.random.default_rng(0).integers(0, 3, (20, 2, 4)).tolist():
        wanted = f1_score(labels, guesses, average="macro", zero_division=0.0)
        assert score(tags, "token_macro_f1", [labels], [guesses]) == pytest.approx(wanted)


def test_regression_metrics_and_their_undefined_case():
    number = Task("t", "regression", [], ["pearson"], "pearson")
    assert score(number, "pearson", [1.0, 2.0, 3.0], [2.0, 4.0, 6.0]) == pytest.approx(1)
    assert score(number, "spearman", [1.0, 2.0, 3.0], [1.0, 5.0, 4.0]) == pytest.approx(0.5)
    constant = OBJECTIVES[number.objective].majority([1.0, 2.0], range(2))
    assert math.isnan(score(number, "pearson", [1.0, 2.0], constant))


def test_errors_are_in_the_units_of_the_labels():
    number = Task("t", "regression", [], ["pearson", "rmse", "mae"], "pearson")
    labels, guesses = [100.0, 200.0, 300.0], [101.0, 199.0, 307.0]  # off by 1, 1 and 7
    assert score(number, "rmse", labels, guesses) == pytest.approx(math.sqrt(17))
    assert score(number, "mae", labels, guesses) == pytest.approx(3)
    for wrong in (math.nan, math.inf):
        assert math.isnan(score(number, "rmse", labels, [1.0, wrong, 2.0]))
        assert math.isnan(score(number, "mae", labels, [1.0, wrong, 2.0]))


def test_every_metric_of_an_objective_is_computed():
    assert {objective: tuple(metrics) for objective, metrics in METRICS.items()} == METRICS_OF
