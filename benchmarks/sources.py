"""Where the rows of a benchmark's task of two texts come from."""

from typing import Any

from gradts.specs import Source, Task


def pairs(task: Task, origin: dict[str, Any], select_fraction: float, **caps: int) -> Source:
    """A task of pairs with a dev split."""
    return Source(
        task.name,
        objective=task.objective,
        origin=origin,
        splits={"train": "train", "dev": "dev"},
        text=["text_a", "text_b"],
        label="label",
        labels=task.labels,
        empty_text="error",
        seed=42,
        select_fraction=select_fraction,
        dev_fraction=None,
        **caps,
    )
