"""What further correlations are made from. Read by the workflow, so nothing heavy."""

from dataclasses import dataclass

from gradts.specs import CorrelationSpec, Count


@dataclass(frozen=True)
class ShuffledSpec(CorrelationSpec):
    """The correlation of the same jobs, with every task's heads in another order, which a draw decides."""

    draw: Count
