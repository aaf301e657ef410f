"""What jobs are made from that train nothing. Read by the workflow, so nothing heavy."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from gradts.specs import Backend, Spec, Task


@dataclass(frozen=True)
class EmbeddingSpec(Spec):
    """A task's mean embedding under a backend as it is, of inputs as long as training takes them."""

    task: Task
    backend: Backend
    max_length: Annotated[int, Field(ge=8)]
