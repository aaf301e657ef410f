"""Folds: every row of train and select is decided on once, by a model that saw no equal text of any task."""

from dataclasses import replace

import numpy as np
import pandas as pd

from gradts.data.drawing import keys, uniform
from gradts.data.splits import Prepared
from gradts.members import Member
from gradts.names import InputError


def folded(prepared: Prepared, member: Member, seed: int) -> Prepared:
    """The rows of train and select that are in the member's fold as `select`, all others as `train`.

    A text is in the same fold in every task. A fold may hold none of a task; raises InputError where it holds
    all. Without a fold the splits stay as they are.
    """
    fold = member.subset
    if fold is None or fold.kind != "fold":
        return prepared
    rows = pd.concat([prepared.train, prepared.select]).sort_values("instance", kind="stable")
    places = np.array([int(fold.of * uniform(seed, "fold", key)) + 1 for key in keys(rows)])
    inside = places == fold.value
    train, select = (rows[mask].reset_index(drop=True) for mask in (~inside, inside))
    if train.empty:
        raise InputError(
            f"task '{member.task}': all {len(rows)} rows of train and select are in fold {fold.value:g} of "
            f"{fold.of}, so that none is left to train on; add rows of other texts, or decide by more folds"
        )
    return replace(prepared, train=train, select=select)
