"""Controls: what they choose, against values computed by hand."""

import itertools
import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gradts.artifacts import ArtifactError
from gradts.names import InputError
from gradts.reporting.specs import answers_of, label
from gradts.selection.decide import select
from gradts.selection.heuristics import at_random, of_any_size, passes
from gradts.selection.methods import Method, parsed
from gradts.selection.specs import SelectionSpec
from tests.conftest import yes_no
from tests.unit.by_hand import put_answer, put_correlation, put_embedding, put_run, put_values

ALL_TIE = "all 4 trials scored the same"
# The set a+c is best, and b spoils it.
SCORES = {"": 0.5, "c": 0.6, "a c": 0.7, "a b c": 0.4, "b": 0.5, "a b": 0.4}


@pytest.fixture
def results(tmp_path) -> Path:
    """The runs of some sets, by hand."""
    for chosen, value in SCORES.items():
        put_run(tmp_path, ["p", *chosen.split()], {"p select accuracy": [value]})
    return tmp_path


def answer(method: str, results: Path, **changes: Any) -> dict:
    fields = {"primary": yes_no("p"), "suite": "toy", "candidates": ["a", "b", "c"], "backend": "tiny"}
    fields |= {"seeds": [1], "decide_on": "select", "primary_alone": True, "train_fraction": 1.0}
    select(SelectionSpec(method, **fields | changes), results, results / "answer.json")
    return json.loads((results / "answer.json").read_text())


# --------------------------------------------------------------------------------------------- their names

SPELLED = {
    "gradts-fg": Method("gradts-fg", "gradts-fg"),
    "random-k": Method("random-k", "random-k"),
    "random-k-12": Method("random-k", "random-k", None, 12),
    "random-size3": Method("random-size3", "random-size", 3),
    "random-size12-2": Method("random-size12", "random-size", 12, 2),
    "null-trial-1": Method("null-trial", "null-trial", None, 1),
    "random-k3": Method("random-k3", "random-k3"),  # has no size
    "random-size0": Method("random-size0", "random-size0"),
    "random-any-0": Method("random-any-0", "random-any-0"),  # draws begin with 1
    "single-task-2": Method("single-task-2", "single-task-2"),  # is not drawn
    "gradts-trial": Method("gradts-trial", "gradts-trial"),
    "gradts-trial-one-se": Method("gradts-trial-one-se", "gradts-trial", rule="one_se"),
    "mine-trial-fall": Method("mine-trial-fall", "mine-trial", rule="fall"),
    "null-trial-paired": Method("null-trial-paired", "null-trial", rule="paired"),
    "null-trial-best-12": Method("null-trial-best", "null-trial", None, 12, "best"),
    "gradts-trial-2": Method("gradts-trial-2", "gradts-trial-2"),
    "gradts-trial-worst": Method("gradts-trial-worst", "gradts-trial-worst"),
    "gradts-trial-one_se": Method("gradts-trial-one_se", "gradts-trial-one_se"),  # as the config has it
    "gradts-fg-best": Method("gradts-fg-best", "gradts-fg-best"),  # tries nothing itself
    "null-trial-2-best": Method("null-trial-2-best", "null-trial-2-best"),
}


@pytest.mark.parametrize("name", SPELLED)
def test_what_a_methods_name_tells(name):
    assert parsed(name) == SPELLED[name]


def test_the_rows_and_answers_of_what_is_drawn():
    assert answers_of("random-size2", 2) == ["random-size2-1", "random-size2-2"]
    assert answers_of("null-trial", 1) == ["null-trial-1"]
    assert answers_of("null-trial-one-se", 2) == ["null-trial-one-se-1", "null-trial-one-se-2"]
    assert answers_of("random-any-7", 3) == ["random-any-7"]
    assert answers_of("single-task-repeat", 3) == ["single-task-repeat"]
    assert [label(name) for name in ("random-size12", "null-trial", "textsim-trial-one-se", "mine")] == [
        "Random-size12",
        "Null-trial",
        "TextSim-trial-one-se",
        "mine",
    ]


# -------------------------------------------------------------------------------------------- random sets


@pytest.mark.parametrize("size", [1, 2, 3])
def test_random_sets_of_a_size_whatever_was_chosen(results, size):
    """Nothing is asked for: GradTS-trial has no answer here."""
    draws = [tuple(answer(f"random-size{size}-{draw}", results)["auxiliaries"]) for draw in range(1, 4)]
    assert {len(one) for one in draws} == {size}
    assert set(draws) == set(itertools.combinations("abc", size))


def test_sets_of_one_size_are_those_of_random_k(results):
    put_answer(results, "gradts-trial", "p", {"b": 1.0, "c": 1.0})
    for draw in (1, 2):
        one, other = (answer(f"{method}-{draw}", results) for method in ("random-k", "random-size2"))
        assert one["members"] == other["members"]


def test_more_random_tasks_than_there_are(results):
    with pytest.raises(InputError, match="'random-size4-1': suite 'toy' has 3 candidates for 'p'"):
        answer("random-size4-1", results)


def test_every_size_between_none_and_all_is_as_likely():
    """Of 2,000 primaries' first draws a third each; three standard deviations are 63."""
    sizes = Counter(len(of_any_size("abcd", f"p{number}", 1)) for number in range(2000))
    assert sorted(sizes) == [1, 2, 3]
    assert all(abs(count - 2000 / 3) < 64 for count in sizes.values())


@pytest.mark.parametrize("count", [1, 2, 4])
def test_no_set_of_any_size_comes_twice_before_all_have_come(count):
    names = "abcd"[:count]
    sets = {one for size in range(1, max(2, count)) for one in itertools.combinations(names, size)}
    draws = [tuple(of_any_size(names[::-1], "p", draw)) for draw in range(1, 2 * len(sets) + 1)]
    assert set(draws) == sets
    assert draws == draws[: len(sets)] * 2


def test_draws_are_those_of_before():
    """Other sets under an old name would cost their joint runs."""
    drawn = ["".join(at_random("abcdef", 2, "p", draw)) for draw in (1, 2, 3)]
    assert drawn == ["cd", "bf", "ad"]


def test_random_any_chooses_so(results):
    for draw in (1, 2):
        found = answer(f"random-any-{draw}", results)
        assert [*found["auxiliaries"]] == of_any_size("abc", "p", draw)
        assert found["members"] == sorted([*found["auxiliaries"], "p"])


# ------------------------------------------------------------------------------------ as many updates


@pytest.mark.parametrize(
    ("rows", "members"),
    [
        ({"p": 10, "b": 14, "c": 6}, ["p@repeat3"]),
        ({"p": 10, "b": 14, "c": 12}, ["p@repeat4"]),  # 3.6 epochs
        ({"p": 100, "b": 14, "c": 6}, ["p"]),  # 1.2 epochs: nearer to one than to two
    ],
)
@pytest.mark.parametrize("fraction", [1.0, 0.1])
def test_the_task_alone_with_as_many_updates(results, rows, members, fraction):
    put_answer(results, "gradts-trial", "p", {"b": 1.0, "c": 1.0})
    put_run(results, ["p", "b", "c"], {}, training_instances=rows)
    found = answer("single-task-repeat", results, train_fraction=fraction)
    assert (found["auxiliaries"], found["members"], found["undecided"]) == ({}, members, None)


@pytest.mark.parametrize("undecided", [None, ALL_TIE])
def test_as_many_updates_as_alone_are_those_alone(results, undecided):
    put_answer(results, "gradts-trial", "p", undecided=undecided)
    put_run(results, ["p"], {}, training_instances={"p": 10})
    found = answer("single-task-repeat", results)
    assert (found["members"], found["undecided"]) == (["p"], undecided)


def test_a_record_of_other_members_does_not_tell_how_often(results):
    put_answer(results, "gradts-trial", "p", {"b": 1.0})
    record = Path(put_run(results, ["p", "b"], {}, training_instances={"p": 1, "b": 1})).with_name("run.json")
    record.write_text(record.read_text().replace('"b",', '"c",'))
    with pytest.raises(InputError, match=r"run\.json was made with spec.members"):
        answer("single-task-repeat", results)


def test_passes_nearest_to_an_epoch_of_a_set():
    rows = {"a": 10, "b": 14, "c": 11}
    assert passes(["a", "b", "c"], rows, "a") == 4  # 3.5 rounds to even
    assert passes(["a", "b@a-ratio2.4"], rows, "a") == 3  # one pass and 2.4, whatever b's rows


# ----------------------------------------------------------------------------------- likeness of texts


def put_embeddings(results: Path, **others: list[float]) -> None:
    vectors = {"p": [2, 0], "a": [1, 1], "b": [0, 1], "c": [3, 1]} | others
    for task, vector in vectors.items():
        put_embedding(results, task, vector)


def test_trials_in_the_order_of_likeness_of_texts(results):
    put_embeddings(results)
    found = answer("textsim-trial", results)
    assert [*found["auxiliaries"]] == ["a", "c"]  # 0.5, 0.6, 0.7, then b: 0.4
    order = [(step["task"], step["similarity"]) for step in found["evidence"] if "task" in step]
    assert order == [
        ("c", pytest.approx(3 / math.sqrt(10))),
        ("a", pytest.approx(1 / math.sqrt(2))),
        ("b", 0),
    ]
    assert [step["score"] for step in found["evidence"][3:]] == [0.5, 0.6, 0.7, 0.4]
    assert found["caution"] is None


def test_likeness_does_not_depend_on_length(results):
    put_embeddings(results, b=[0, 9], c=[0.3, 0.1], p=[0.1, 0])
    assert [*answer("textsim-trial", results)["auxiliaries"]] == ["a", "c"]


def test_texts_without_an_embedding_are_not_tried(results):
    put_embeddings(results, c=[math.nan, 1])
    put_run(results, ["p", "a"], {"p select accuracy": [0.6]})
    assert [*answer("textsim-trial", results)["auxiliaries"]] == ["a"]  # then a+b falls


def test_embeddings_by_different_commits_of_a_backend_are_not_compared(results):
    put_embeddings(results)
    for task, commit in (("p", "a" * 40), ("c", "b" * 40)):
        put_embedding(results, task, [1, 1], hub_commit=commit)
    message = r"p\.npy was made with hub_commit = 'a{40}', .*c\.npy with 'b{40}'"
    with pytest.raises(ArtifactError, match=message):
        answer("textsim-trial", results)


# ------------------------------------------------------------------- values by fine-tuned encoders


def put_all_values(results: Path, of_p: dict[str, float | None], **record: Any) -> None:
    """Of ESM, and of LogME; those for other primary tasks are not read."""
    rows = {task: [of_p.get(other) if task == "p" else 0.5 for other in "abcp"] for task in "abcp"}
    put_values(results, "esm", rows, **record)
    for task in "abc":
        values = {other: [of_p[task] if other == "p" else 0.5] for other in "abcp"}
        put_values(results, "logme", values, [task], **record)


@pytest.mark.parametrize("name", ["esm", "logme"])
def test_trials_in_the_order_of_values_by_fine_tuned_encoders(results, name):
    put_all_values(results, {"a": -0.6, "b": -0.7, "c": -0.5})
    found = answer(f"{name}-trial", results)
    assert [*found["auxiliaries"]] == ["a", "c"]  # 0.5, 0.6, 0.7, then b: 0.4
    order = [{"task": task, name: value} for task, value in (("c", -0.5), ("a", -0.6), ("b", -0.7))]
    assert found["evidence"][:3] == order
    assert [step["score"] for step in found["evidence"][3:]] == [0.5, 0.6, 0.7, 0.4]
    assert found["caution"] is None


@pytest.mark.parametrize("name", ["esm", "logme"])
def test_candidates_without_a_value_are_not_tried(results, name):
    put_all_values(results, {"a": None, "b": None, "c": -0.5})
    found = answer(f"{name}-trial", results)
    assert [*found["auxiliaries"]] == ["c"]
    assert [step for step in found["evidence"] if "task" in step] == [{"task": "c", name: -0.5}]
    put_all_values(results, dict.fromkeys("abc"))
    assert answer(f"{name}-trial", results)["members"] == ["p"]


def test_values_of_another_suite_or_candidate_are_noticed(results):
    put_all_values(results, dict.fromkeys("abc", 0.1))
    put_values(results, "logme", {"a": [None], "p": [0.1]}, ["a"])
    with pytest.raises(ArtifactError, match=r"toy/a\.csv is of tasks a, p, this run needs a, b, c, p"):
        answer("logme-trial", results)
    path = Path(put_values(results, "logme", {task: [0.1] for task in "abcp"}, ["b"]))
    path.rename(path.with_name("a.csv"))
    with pytest.raises(ArtifactError, match=r"toy/a\.csv has no column 'a'"):
        answer("logme-trial", results)


def test_values_by_different_precisions_are_not_compared(results):
    put_all_values(results, dict.fromkeys("abc", 0.1), precision="bf16")
    put_values(results, "logme", {task: [0.1] for task in "abcp"}, ["b"], precision="fp32")
    with pytest.raises(ArtifactError, match=r"a\.csv was made with precision = 'bf16', .*b\.csv with 'fp32'"):
        answer("logme-trial", results)


# ----------------------------------------------------------------------------------------- heads shuffled


@pytest.mark.parametrize(("draw", "first"), [(1, "c"), (2, "b")])
def test_trials_in_the_order_of_a_draw_of_shuffled_heads(results, draw, first):
    tau = {1: [1, 0.1, -0.3, 0.2], 2: [1, 0.1, 0.3, -0.2]}[draw]
    measure = {1: "tau", 2: "overlap"}[draw]
    put_correlation(results, dict.fromkeys("pabc", tau), draw=draw, measure=measure)
    found = answer(f"null-trial-{draw}", results)
    assert found["evidence"][0] == {"task": first, measure: max(tau[1:])}
    # c, then a, then b falls; b ties, then a falls
    assert [*found["auxiliaries"]] == {1: ["a", "c"], 2: ["b"]}[draw]
    assert found["caution"] is None  # nobody takes it for a ranking


@pytest.mark.parametrize("method", ["textsim-trial", "null-trial-1"])
def test_trials_in_any_order_that_all_tie_choose_nothing(results, method):
    put_embeddings(results)
    put_correlation(results, {task: [1, 0.1, -0.3, 0.2] for task in "pabc"}, draw=1)
    for chosen in ("", "c", "a c", "a b c"):
        put_run(results, ["p", *chosen.split()], {"p select accuracy": [0.5]})
    found = answer(method, results)
    assert (found["members"], found["undecided"]) == (["p"], ALL_TIE)
