"""Names of sets: spelled, read back, in one order."""

import pytest

from gradts.members import Member, Subset, canonical, members_name
from gradts.names import InputError

SPELLED = [
    "wnli@cola-0.42",
    "rte@cola-keep0.6",
    "mnli@sample0.1",
    "sst2",
    "qqp@rte--0.05",
    "rte@cola-ratio1.5",
    "rte@cola-keep0.6-sample0.1",
    "wnli@cola--0.42-sample0.00001",
]


@pytest.mark.parametrize("text", SPELLED)
def test_spelling_round_trip(text):
    assert str(Member.parse(text)) == text


def test_a_set_has_one_name():
    members = [Member("rte"), Member("cola", Subset("keep", 0.5, "rte")), Member("rte")]
    assert members_name(members) == members_name(members[::-1]) == "cola@rte-keep0.5+rte"


def test_long_names_become_digests():
    members = [Member(f"task_number_{i}") for i in range(20)]
    assert members_name(members).startswith("set-")
    assert members_name(members) == members_name(members[::-1]) != members_name(members[1:])


def test_a_task_may_not_occur_twice():
    with pytest.raises(InputError, match="'rte' occurs twice"):
        canonical([Member("rte"), Member("rte", Subset("tau", 0.1, "cola"))])
