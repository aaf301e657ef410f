"""Plans of the small configuration, and files that they may read."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from gradts.config import resolve
from gradts.members import Member
from gradts.plan import Plan
from tests.configurations import LEFT_OUT, written
from tests.unit import by_hand
from tests.unit.plan.toy import SEEDS, SETTINGS


@pytest.fixture
def made() -> set[str]:
    """Files that the graph may read by now."""
    return set()


@pytest.fixture
def planned(tmp_path, made) -> Callable[..., Plan]:
    """Plans a small configuration with other values, of tasks in any order; `one`: more of that task."""

    def plan(tasks: Iterable[str] = ("two", "one", "three"), **changes: Any) -> Plan:
        drawn, one = {"files": LEFT_OUT, "generated": {"train": 8, "dev": 4}}, changes.pop("one", {})
        config = {
            "results_dir": str(tmp_path / "results"),
            "suites": {"toy": [*tasks], "other": ["two", "three"], "mixed": ["drawn", "one"]},
            "tables": {"table2": {"suite": "toy", "backend": "tiny"}, **changes.pop("tables", {})},
            "seeds": SEEDS,
            "selection": SETTINGS,
            "truth": {"sets": "pairs", "seeds": [3, 1]},
        }
        entries, backends = {"one": {"type": "pair"} | one, "drawn": drawn}, {"big": {"path": "somewhere"}}
        values = written(tmp_path, config | changes, entries, backends, tasks)
        return Plan(resolve(values), made.__contains__)

    return plan


@pytest.fixture
def plan(planned) -> Plan:
    return planned()


@pytest.fixture
def put(tmp_path, made) -> Callable[..., None]:
    """Writes a file by hand, which the graph may read from now on."""

    def make(write: Callable[..., str], *content: Any, **fields: Any) -> None:
        made.add(write(tmp_path / "results", *content, **fields))

    return make


@pytest.fixture
def put_runs(put) -> Callable[..., None]:
    """Makes the runs of a set under seeds, and their score."""

    def make(members: str, value: float, seeds: Iterable[int] = SEEDS) -> None:
        for seed in seeds:
            put(by_hand.put_run, members.split("+"), {"one select accuracy": [value]}, seed)

    return make


@pytest.fixture
def put_answer(put) -> Callable[..., None]:
    """Makes a method's answer: these auxiliaries, as members."""

    def make(method: str, *chosen: str, primary: str = "one") -> None:
        shares = {Member.parse(one).task: 1.0 for one in chosen}
        put(by_hand.put_answer, method, primary, shares, members=sorted([primary, *chosen]))

    return make


@pytest.fixture
def decided(put_answer, put_runs):
    """What some specifications follow from: stage 1's tasks, and a set that a model is of."""
    put_answer("autosem-p1", "two")
    put_answer("no-sel", "two")
    put_runs("one+two", 0.5)
