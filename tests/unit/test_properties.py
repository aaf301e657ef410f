"""Properties of set names, τ and splits, over inputs that nobody chose."""

import dataclasses
import hashlib
import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from gradts.correlation.kendall import tau_b
from gradts.data.prepare import cap, hold_out
from gradts.members import Member, Subset, canonical, members_name
from gradts.names import MAX_NAME_BYTES, InputError
from tests.conftest import source_of

quick = settings(max_examples=60, deadline=None)

# --------------------------------------------------------------------------------------- set names

TASK = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
SHARE = st.floats(0, 1, exclude_min=True)
SAMPLE = st.builds(Subset, st.just("sample"), SHARE)
SUBSET = st.one_of(
    st.builds(Subset, st.just("tau"), st.floats(-1, 1), TASK, st.none() | SAMPLE),
    st.builds(Subset, st.just("keep"), SHARE, TASK, st.none() | SAMPLE),
    st.builds(Subset, st.just("ratio"), st.floats(0, 1e30, exclude_min=True), TASK),
    SAMPLE,
    st.builds(Subset, st.just("repeat"), st.integers(2, 10**30).map(float)),
    st.integers(2, 20).flatmap(
        lambda of: st.builds(
            Subset, st.just("fold"), st.integers(1, of), within=st.none() | SAMPLE, of=st.just(of)
        )
    ),
)
MEMBER = st.builds(Member, TASK, st.none() | SUBSET)
SET = st.lists(MEMBER, min_size=1, max_size=12, unique_by=lambda member: member.task)


@quick
@given(MEMBER)
def test_a_member_is_read_back_from_its_spelling(member):
    assert Member.parse(str(member)) == member


@quick
@given(SET, st.randoms())
def test_the_order_of_a_set_does_not_matter(members, random):
    shuffled = random.sample(members, len(members)) + members[:1]
    assert canonical(shuffled) == canonical(members)
    assert members_name(shuffled) == members_name(members)


@quick
@given(SET)
def test_a_set_is_read_back_from_its_canonical_spelling(members):
    assert set(map(Member.parse, canonical(members))) == set(members)
    name = members_name(members)
    if not name.startswith("set-"):
        assert set(map(Member.parse, name.split("+"))) == set(members)


@quick
@given(SET)
def test_a_name_is_short_and_safe_in_paths_and_shells(members):
    name = members_name(members)
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert re.fullmatch(r"[a-z][a-z0-9_.@+-]*", name)


@quick
@given(SET, SET, st.data())
def test_different_sets_have_different_names(members, others, data):
    # Beside unrelated sets, the nearest one: a member with another subset, or left out.
    place = data.draw(st.integers(0, len(members) - 1))
    subset = data.draw(st.none() | SUBSET)
    near = [*members[:place], Member(members[place].task, subset), *members[place + 1 :]]
    for other in (others, near, members[:place] + members[place + 1 :]):
        if other:
            assert (members_name(other) == members_name(members)) == (set(other) == set(members))


@quick
@given(SET, SUBSET)
def test_a_task_twice_is_refused(members, subset):
    again = Member(members[0].task, subset if members[0].subset != subset else None)
    with pytest.raises(InputError, match=f"task '{members[0].task}' occurs twice"):
        canonical([*members, again])


@quick
@given(st.text(max_size=20))
def test_any_text_is_a_member_or_refused(text):
    try:
        member = Member.parse(text)
    except InputError:
        return
    assert Member.parse(str(member)) == member
    assert re.fullmatch(r"[a-z0-9_.@-]+", text)


# ----------------------------------------------------------------------------------------------- τ


@st.composite
def two_rows(draw, low=2, high=24):
    """Two rows of equal length; few levels make ties, and constant rows come up."""
    size = draw(st.integers(low, high))
    value = draw(st.sampled_from([st.integers(0, 2), st.integers(-9, 9), st.floats(-1e6, 1e6)]))
    return [np.array(draw(st.lists(value, min_size=size, max_size=size)), dtype=float) for _ in range(2)]


def tau(one, other) -> float:
    return float(tau_b(one[None], other[None])[0, 0])


@quick
@given(two_rows())
def test_tau_is_scipys(rows):
    assert tau(*rows) == pytest.approx(kendalltau(*rows).statistic, nan_ok=True, abs=1e-12)


@quick
@given(two_rows())
def test_tau_is_symmetric_and_bounded(rows):
    one, other = rows
    found = tau(one, other)
    assert found == pytest.approx(tau(other, one), nan_ok=True, abs=0)
    constant = any(np.ptp(row) == 0 for row in rows)
    assert math.isnan(found) == constant
    assert constant or -1 <= found <= 1


@quick
@given(two_rows(), st.data())
def test_tau_sees_ranks_alone(rows, data):
    one, other = rows
    values, positions = np.unique(one, return_inverse=True)
    steps = data.draw(st.lists(st.floats(0.5, 9), min_size=len(values), max_size=len(values)))
    increasing = np.cumsum(steps)[positions]
    assert tau(increasing, other) == pytest.approx(tau(one, other), nan_ok=True, abs=0)
    assert tau(-one, other) == pytest.approx(-tau(one, other), nan_ok=True, abs=0)


@quick
@given(two_rows())
def test_a_row_agrees_wholly_with_itself(rows):
    for row in rows:
        assert math.isnan(tau(row, row)) if np.ptp(row) == 0 else tau(row, row) == 1


# ------------------------------------------------------------------------------------------ splits


@st.composite
def labelled(draw):
    """Rows of two to four classes, whose texts may occur several times, under one label or two."""
    counts = draw(st.lists(st.integers(6, 40), min_size=2, max_size=4))
    labels = np.repeat(np.arange(len(counts)), counts)
    generator = np.random.default_rng(draw(st.integers(0, 99)))
    generator.shuffle(labels)
    number = generator.integers(draw(st.integers(2, 200)), size=len(labels))
    of_class = np.where(generator.random(len(labels)) < draw(st.sampled_from([0, 0.3])), 0, labels)
    texts = [f"{one}: {other}" for one, other in zip(of_class, number, strict=True)]
    return pd.DataFrame({"instance": range(len(labels)), "text_a": texts, "label": labels})


LABELS = ["a", "b", "c", "d"]
SOURCE = source_of(labels=LABELS)
FRACTION = st.floats(0.02, 0.5)
SEED = st.integers(0, 2**31)
few = settings(max_examples=50, deadline=None)


def by_hand(rows: pd.DataFrame, fraction: float, seed: int) -> set[int]:
    """Instances of the selection split, in plain loops."""
    number, label_of = {}, {}
    for row in rows.itertuples():
        text = "".join(letter if letter.isalnum() else " " for letter in row.text_a)
        text = " ".join(text.split())
        digits = hashlib.sha256(f"{seed} select {text}".encode()).hexdigest()[:12]
        number[row.instance] = int(digits, 16) / 16**12
        label_of.setdefault(row.label, {})[number[row.instance]] = None
    held = {one for one in number.values() if one < fraction}
    both = [set(of) for of in label_of.values() if len(of) > 1]
    for of in [
        *[set(label_of[label]) for label in sorted(label_of) if len(label_of[label]) > 1],
        set(number.values()),
    ]:
        if not of & held:
            for one in sorted(of):
                if all(len(other - held) > 1 for other in both if one in other):
                    held.add(one)
                    break
        if not of - held:
            for one in sorted(of, reverse=True):
                if all(len(other & held) > 1 for other in both if one in other):
                    held.remove(one)
                    break
    return {instance for instance, one in number.items() if one in held}


@few
@given(labelled(), FRACTION, SEED, st.randoms())
def test_rows_are_held_out_by_their_texts(rows, fraction, seed, random):
    source = dataclasses.replace(SOURCE, select_fraction=fraction, seed=seed)
    train, select = hold_out(rows, source)
    assert sorted([*train["instance"], *select["instance"]]) == list(range(len(rows)))
    assert set(select["instance"]) == by_hand(rows, fraction, seed)
    assert not set(train["text_a"]) & set(select["text_a"])
    shuffled = hold_out(rows.loc[random.sample(range(len(rows)), len(rows))], source)
    pd.testing.assert_frame_equal(shuffled[0], train)
    pd.testing.assert_frame_equal(shuffled[1], select)


@few
@given(labelled(), FRACTION, SEED)
def test_both_sides_have_every_class_of_two_texts(rows, fraction, seed):
    """Where every text has one label; else a class may be had only at the cost of another."""
    rows["text_a"] = rows["label"].astype(str) + " " + rows["text_a"]
    train, select = hold_out(rows, dataclasses.replace(SOURCE, select_fraction=fraction, seed=seed))
    texts = rows.groupby("label")["text_a"].nunique()
    assert {*texts.index[texts > 1]} <= {*train["label"]} & {*select["label"]}
    assert len(train)
    assert len(select)


@few
@given(labelled(), labelled(), st.floats(0.1, 0.5), SEED)
def test_further_rows_move_no_row(rows, more, fraction, seed):
    """Of a task without classes; else a text that was moved for a class may no longer be needed."""
    source = dataclasses.replace(SOURCE, objective="multi_label", select_fraction=fraction, seed=seed)
    many = pd.DataFrame({"text_a": [f"text {i}" for i in range(400)], "label": [[0]] * 400})
    some, everything = (
        pd.concat([many, *of], ignore_index=True).assign(instance=lambda frame: frame.index)
        for of in ([rows], [rows, more])
    )
    before, after = (set(hold_out(frame, source)[1]["instance"]) for frame in (some, everything))
    assert before == {instance for instance in after if instance < len(some)}


@few
@given(labelled(), st.integers(2, 180), SEED)
def test_a_cap_keeps_some_of_the_rows(rows, limit, seed):
    source = dataclasses.replace(SOURCE, seed=seed)
    kept = cap(rows, limit, source)
    assert len(kept) == min(limit, len(rows))
    assert kept["instance"].is_monotonic_increasing
    assert kept["instance"].is_unique
    same = rows.set_index("instance").loc[kept["instance"], "label"]
    assert same.tolist() == kept["label"].tolist()
    pd.testing.assert_frame_equal(cap(rows, limit, source), kept)
    if rows["label"].nunique() <= min(limit, len(rows) - limit):
        for label, count in rows["label"].value_counts().items():
            assert abs((kept["label"] == label).sum() - limit / len(rows) * count) <= 1


@few
@given(labelled(), FRACTION, st.integers(2, 20), SEED)
def test_caps_do_not_move_the_selection_split(rows, fraction, limit, seed):
    source = dataclasses.replace(SOURCE, select_fraction=fraction, seed=seed)
    train, select = hold_out(rows, source)
    capped, same = hold_out(rows, dataclasses.replace(source, max_train=limit))
    pd.testing.assert_frame_equal(same, select)
    assert set(capped["instance"]) <= set(train["instance"])


@few
@given(labelled(), SEED)
def test_another_seed_is_another_split(rows, seed):
    splits = [
        set(hold_out(rows, dataclasses.replace(SOURCE, seed=seed + step))[1]["instance"]) for step in range(4)
    ]
    assert any(split != splits[0] for split in splits)
