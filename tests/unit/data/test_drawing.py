"""Which rows are held out: equal texts, in every task alike; both sides of small data; what is refused."""

import hashlib

import pandas as pd
import pytest

from gradts.data.drawing import held_out, keys, uniform
from gradts.names import InputError
from gradts.specs import REGRESSION, TAGGING
from tests.conftest import source_of

SINGLE = {
    "case and punctuation": (["It's  so, SO good!", "it s so so good"], True),
    "compatible characters": (["\ufb01ne \uff21\u2460", "fine a1"], True),
    "sharp s": (["Stra\u00dfe", "STRASSE"], True),
    "composed accents": (["cafe\u0301", "caf\u00e9"], True),
    "accents": (["cafe", "caf\u00e9"], False),
    "vowel signs": (["वह जाता है", "वह जाती है"], False),
    "an accent for an apostrophe": (["I\u00b4m", "I'm"], True),
    "other words": (["so good", "sogood"], False),
    "other order": (["good so", "so good"], False),
    "no word": (["?!", "!?"], False),
    "no word but for case and blanks": ([" ?!\n\n\u2160 ", "?! \u2170"], True),
}


@pytest.mark.parametrize("name", SINGLE)
def test_which_texts_are_equal(name):
    texts, equal = SINGLE[name]
    one, other = keys(pd.DataFrame({"text_a": texts}))
    assert (one == other) == equal


def test_pairs_are_equal_in_either_order_and_are_no_single_texts():
    pairs = pd.DataFrame({"text_a": ["A b.", "c!", "a", "?\n"], "text_b": ["c", "a B", "b c", "!"]})
    one, other, shifted, wordless = keys(pairs)
    assert one == other == "a b\nc"
    assert shifted == "a\nb c"
    assert wordless == "!\n?"
    singles = pd.DataFrame({"text_a": ["a b\nc", "a b c", "!\n?"]})
    assert not {one, shifted, wordless} & set(keys(singles))


def test_a_sentence_in_words_is_equal_to_its_text():
    assert keys(pd.DataFrame({"tokens": [["The", "end", "."]]})) == keys(
        pd.DataFrame({"text_a": ["the end"]})
    )


def rows(texts, labels=(0, 1)) -> pd.DataFrame:
    """Rows of texts, with these labels by turns."""
    taken = [labels[i % len(labels)] for i in range(len(texts))]
    return pd.DataFrame({"instance": range(len(texts)), "text_a": texts, "label": taken})


def drawn(frame: pd.DataFrame, fraction: float = 0.1, split: str = "select", **changes) -> list[int]:
    rest, held = held_out(frame, split, fraction, source_of(labels=["no", "yes", "maybe"], **changes))
    assert sorted([*rest["instance"], *held["instance"]]) == [*frame["instance"]]
    return [*held["instance"]]


TEXTS = [f"text number {i}" for i in range(1000)]
NUMBERS = [int(hashlib.sha256(f"42 select {text}".encode()).hexdigest()[:12], 16) / 16**12 for text in TEXTS]


def test_a_text_is_held_out_by_its_hash():
    assert [uniform(42, "select", text) for text in TEXTS] == NUMBERS
    for fraction in (0.05, 0.1, 0.5):
        held = drawn(rows(TEXTS), fraction)
        assert held == [i for i in range(1000) if NUMBERS[i] < fraction]
        assert len(held) == pytest.approx(1000 * fraction, abs=3 * (1000 * fraction) ** 0.5)


def test_another_split_or_seed_is_drawn_apart():
    chosen = set(drawn(rows(TEXTS), 0.5))
    for other in (drawn(rows(TEXTS), 0.5, "dev"), drawn(rows(TEXTS), 0.5, seed=7)):
        assert len(chosen & {*other}) == pytest.approx(250, abs=50)


def test_equal_texts_of_all_tasks_are_on_one_side():
    """Single texts, words, numbers; pairs the other way round; texts that a task has twice, or has alone."""
    single = rows([*TEXTS[:600], *map(str.upper, TEXTS[:300])])
    numbers = rows([f"{text}!" for text in TEXTS[500:0:-1]], labels=(0.5, 4.0))
    words = rows(TEXTS[200:800]).assign(tokens=lambda frame: frame["text_a"].str.split())
    words = words.drop(columns="text_a").assign(label=[[0, 1, 1]] * 600)
    held = set(drawn(single))
    assert {i % 600 for i in held} == {i for i in range(600) if NUMBERS[i] < 0.1}
    assert held >= {i + 600 for i in held if i < 300}
    assert {500 - i for i in drawn(numbers, objective=REGRESSION)} == {i for i in held if 0 < i <= 500}
    assert {i + 200 for i in drawn(words, objective=TAGGING) if i < 400} == {
        i for i in held if 200 <= i < 600
    }
    pair = single.assign(text_b="Another text.")
    turned = single.assign(text_a="another text", text_b=single["text_a"])
    assert drawn(pair) == drawn(turned)


def nearest(instances, last: bool = False) -> int:
    """The instance whose text has the smallest number, or the largest."""
    return (max if last else min)(instances, key=lambda i: NUMBERS[i])


def test_a_class_that_would_miss_has_its_text_nearest_to_the_line_moved():
    below = [i for i in range(1000) if NUMBERS[i] < 0.1]
    above = [i for i in range(1000) if NUMBERS[i] >= 0.1]
    # Class 2 would be in train alone: its smallest goes, with all rows of its text.
    rare = above[:3]
    frame = rows(TEXTS[:300]).assign(label=lambda f: f["label"].mask(f["instance"].isin(rare), 2))
    twice = pd.concat([frame, frame.loc[rare].assign(instance=range(300, 303))])
    moved = nearest(rare)
    held = [i for i in below if i < 300]
    assert drawn(twice) == sorted([*held, moved, 300 + rare.index(moved)])
    # It would be in select alone: its largest stays.
    rare = below[:3]
    frame = rows(TEXTS[:300]).assign(label=lambda f: f["label"].mask(f["instance"].isin(rare), 2))
    assert drawn(frame) == [i for i in held if i != nearest(rare, last=True)]


def test_no_class_is_mended_at_the_cost_of_another():
    """The smallest of class 2 is all that class 1 has left in train."""
    above = sorted((i for i in range(1000) if NUMBERS[i] >= 0.1), key=lambda i: NUMBERS[i])
    below = [i for i in range(1000) if NUMBERS[i] < 0.1]
    both, alone, own, *others = above[:20]
    labels = [(both, 1), (both, 2), (own, 2), (below[0], 1), (below[1], 0), *((i, 0) for i in others)]
    frame = rows([TEXTS[i] for i, _ in labels]).assign(label=[label for _, label in labels])
    assert {frame["text_a"][i] for i in drawn(frame)} == {TEXTS[i] for i in (*below[:2], own)}
    assert alone not in dict(labels)


def test_a_class_of_one_text_stays_where_it_is():
    frame = rows([*TEXTS[:12], "Rare.", "rare"]).assign(label=[0, 1] * 6 + [2, 2])
    held = drawn(frame, 0.3)
    assert {i in held for i in (12, 13)} == {uniform(42, "select", "rare") < 0.3}


@pytest.mark.parametrize("count", [2, 4, 12, 40])
@pytest.mark.parametrize("seed", range(5))
def test_small_data_have_both_sides_and_all_classes(count, seed):
    frame = rows(TEXTS[:count])
    held = frame["instance"].isin(drawn(frame, seed=seed))
    for side in (held, ~held):
        assert {*frame.loc[side, "label"]} == {0, 1} if count >= 4 else side.any()
    assert 1 <= len(drawn(frame, seed=seed, objective=TAGGING)) < count
    if count >= 4:
        assert 2 <= len(drawn(frame, seed=seed, objective=REGRESSION)) <= count - 2


@pytest.mark.parametrize(
    ("texts", "objective", "message"),
    [
        (["Yes."] * 20 + ["yes"] * 20, "classification", r"its 40 training rows hold 1 distinct .* 2 are"),
        (
            ["a", "b", "c"],
            REGRESSION,
            "its 3 training rows hold 3 distinct .* 4 are needed to hold out a dev",
        ),
    ],
)
def test_too_few_texts_for_two_sides_are_refused(texts, objective, message):
    with pytest.raises(InputError, match=rf"task 'toy': {message}.*add rows of other texts"):
        drawn(rows(texts), split="dev", objective=objective)
