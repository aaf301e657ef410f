"""Two arms of runs, compared."""

from collections.abc import Mapping, Sequence
from typing import Any

from gradts.specs import Task
from gradts.truth.statistics import Answers, compared


def paired(
    task: Task,
    labels: Mapping[str, Sequence[Any]],
    a: Mapping[int, Answers],
    b: Mapping[int, Answers],
    metric: str | None = None,
) -> tuple[float, float, float, float]:
    """How much `a` is above `b`: the difference, both ends of its interval, p of the test.

    `labels`: split → labels; the mean over splits is compared. `a`, `b`: seed → split → answers, under the
    same seeds; with one seed all is over instances alone. `metric`: the one that decides where None; of
    errors a positive difference is a larger error. NaN: undefined.
    """
    if a.keys() != b.keys():
        raise ValueError(f"arms of other seeds: {sorted(a)} and {sorted(b)}")
    runs = {(name, seed): of[seed] for name, of in (("a", a), ("b", b)) for seed in of}
    arms = [[[(name, seed) for seed in sorted(a)]] for name in "ba"]
    _, found = compared(task, metric or task.decides, labels, runs, arms, base=0)
    return *found.difference, found.p
