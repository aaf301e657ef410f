"""What jobs are made from that value candidates by their fine-tuned encoders. Read by the workflow."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from gradts.specs import Backend, Seed, Spec, Task, WarmUp


@dataclass(frozen=True)
class FineTuneSpec(Spec):
    """A candidate's fine-tune, which is the warm-up of its gradients."""

    task: Task
    backend: Backend
    recipe: WarmUp
    seed: Seed
    head: Literal["fitted", "random"]

    @property
    def tasks(self) -> list[Task]:
        """The one task, as joint runs have several."""
        return [self.task]


@dataclass(frozen=True)
class ValuesSpec(Spec):
    """The candidates' fine-tunes, and the tasks for which each candidate has a value."""

    jobs: Annotated[list[FineTuneSpec], Field(min_length=1)]
    tasks: Annotated[list[Task], Field(min_length=1)]
