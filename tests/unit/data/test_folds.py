"""Folds: every row decides once, no text is on both sides in any task, what small tasks do."""

import hashlib

import pandas as pd
import pytest

from gradts.data.folds import folded
from gradts.data.splits import Prepared
from gradts.members import Member
from gradts.names import InputError


def prepared(train: list, select: list, column: str = "text_a") -> Prepared:
    """Splits of these texts (or lists of words), instances counted over both; dev is out of the matter."""
    rows = pd.DataFrame({"instance": range(len(train) + len(select)), column: train + select})
    rows["label"] = [number % 2 for number in range(len(rows))]
    sides = rows[: len(train)], rows[len(train) :].reset_index(drop=True)
    return Prepared(*sides, {"dev": rows[:1]}, [])


def cut(splits: Prepared, fold: int, of: int, seed: int = 42) -> Prepared:
    return folded(splits, Member.parse(f"a@fold{fold}of{of}"), seed)


TEXTS = [f"text number {i}" for i in range(300)]


def fold_of(text: str, of: int) -> int:
    """By hand: the first 48 bits of the hash are a number in [0, 1), which has `of` equal parts."""
    number = int(hashlib.sha256(f"42 fold {text}".encode()).hexdigest()[:12], 16) / 16**12
    return 1 + sum(number >= part / of for part in range(1, of))


@pytest.mark.parametrize("of", [2, 5, 20])
def test_every_row_of_train_and_select_is_in_one_fold(of):
    splits = prepared(TEXTS[:270], TEXTS[270:])
    for fold in range(1, of + 1):
        found = cut(splits, fold, of)
        inside = [i for i, text in enumerate(TEXTS) if fold_of(text, of) == fold]
        assert [*found.select["instance"]] == inside
        assert [*found.train["instance"]] == [i for i in range(300) if i not in inside]
        assert [*found.select["text_a"]] == [TEXTS[i] for i in inside]
        assert [*found.select["label"]] == [i % 2 for i in inside]
        assert len(inside) == pytest.approx(300 / of, abs=4 * (300 / of) ** 0.5)
        assert found.dev is splits.dev
        # Of those that the selection split held out about as many as of all others.
        assert sum(i >= 270 for i in inside) == pytest.approx(30 / of, abs=4 * (30 / of) ** 0.5)


def test_folds_are_drawn_apart_from_the_selection_split_and_under_another_seed():
    splits = prepared(TEXTS, [])
    one, other = ({*cut(splits, 1, 2, seed).select["instance"]} for seed in (42, 7))
    held = {
        i
        for i, text in enumerate(TEXTS)
        if int(hashlib.sha256(f"42 select {text}".encode()).hexdigest(), 16) < 16**64 / 2
    }
    for second in (other, held):
        assert len(one & second) == pytest.approx(75, abs=30)


def test_equal_texts_of_all_tasks_are_in_one_fold():
    texts, words = prepared(TEXTS[:90], TEXTS[90:]), [text.upper().split() for text in TEXTS]
    tagged = prepared(words[50:], words[:50] + words[:9], "tokens")
    for fold in range(1, 6):
        one, other = cut(texts, fold, 5), cut(tagged, fold, 5)
        assert [*one.select["text_a"]] == [text for text in TEXTS if fold_of(text, 5) == fold]
        trained = {" ".join(row).lower() for row in other.train["tokens"]}
        decided = {" ".join(row).lower() for row in other.select["tokens"]}
        assert not trained & decided
        assert not trained & {*one.select["text_a"]}
        assert not decided & {*one.train["text_a"]}


def test_of_a_source_that_names_its_select_split_the_instances_may_be_equal():
    splits = prepared(TEXTS[:50], TEXTS[50:80])
    splits.select["instance"] -= 50
    found = [cut(splits, fold, 3) for fold in (1, 2, 3)]
    assert sorted(text for one in found for text in one.select["text_a"]) == sorted(TEXTS[:80])


def test_a_fold_may_hold_nothing_of_a_task_and_is_not_scored_then():
    text, other = (next(text for text in TEXTS if fold_of(text, 3) == fold) for fold in (1, 2))
    splits = prepared([text, other], [text])
    empty = cut(splits, 3, 3)
    assert [*empty.train["instance"]] == [0, 1, 2]
    assert [*empty.scored()] == ["dev"]
    assert [*cut(splits, 1, 3).scored()] == ["select", "dev"]


def test_a_fold_that_holds_all_of_a_task_is_refused():
    text = next(text for text in TEXTS if fold_of(text, 3) == 2)
    message = "task 'a': all 3 rows of train and select are in fold 2 of 3, so that none is left to train on"
    with pytest.raises(InputError, match=message):
        cut(prepared([text, text.upper()], [f"{text}!"]), 2, 3)


@pytest.mark.parametrize("member", ["a", "a@sample0.5", "a@b-0.4", "a@b-ratio2", "a@repeat2"])
def test_without_a_fold_the_splits_stay(member):
    splits = prepared(TEXTS[:9], TEXTS[9:12])
    assert folded(splits, Member.parse(member), 42) is splits
