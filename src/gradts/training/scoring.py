"""Predictions of a model, and their scores after every epoch."""

import math
from typing import Any

import numpy as np
import pyarrow as pa
import torch

from gradts.models.multitask import MultiTaskModel
from gradts.specs import Task
from gradts.training import parallel
from gradts.training.device import autocast
from gradts.training.encoding import Encoded
from gradts.training.metrics import NO_WORD, score
from gradts.training.sampler import by_length
from gradts.training.scores import Score, best_epoch

EVALUATION_BATCH = 64
PREDICTIONS = pa.schema(
    {
        "task": pa.string(),
        "split": pa.string(),
        "instance": pa.int64(),
        "label": pa.list_(pa.float64()),
        "prediction": pa.list_(pa.float64()),
    }
)


@torch.inference_mode()
def predict(model: MultiTaskModel, task: str, data: Encoded, precision: str) -> list[Any]:
    """Predictions of a split in its order, in the form of its labels.

    A word without a first piece (see Encoded) has the prediction NO_WORD.
    """
    device = next(model.parameters()).device
    model.eval()
    predictions: dict[int, Any] = {}
    for positions in parallel.share(by_length(data.lengths, EVALUATION_BATCH)):
        batch = data.batch(positions, device)
        with autocast(precision, device):
            logits = model(task, batch.inputs)
        for position, answer in zip(positions, model.answers(task, logits), strict=True):
            if data.per_token:
                answer = [answer[piece] if piece >= 0 else NO_WORD for piece in data.first_pieces[position]]
            predictions[position] = answer
    found = parallel.gathered(predictions)
    return [found[position] for position in range(len(data))]


class Scorer:
    """Scores every member on every split after every epoch; keeps each task's best predictions."""

    def __init__(
        self,
        model: MultiTaskModel,
        tasks: list[Task],
        splits: dict[str, dict[str, Encoded]],
        precision: str,
    ) -> None:
        self.model, self.tasks, self.splits, self.precision = model, tasks, splits, precision
        self.scores: list[Score] = []
        self.predictions: dict[str, dict[str, list[Any]]] = {}

    def __call__(self, epoch: int) -> list[Task]:
        """Score an epoch; answers the tasks whose best one it is so far, by the selection split."""
        best = []
        for task in self.tasks:
            predictions = {
                split: predict(self.model, task.name, data, self.precision)
                for split, data in self.splits[task.name].items()
            }
            self.scores += [
                Score(epoch, task.name, split, metric, score(task, metric, data.labels, predictions[split]))
                for split, data in self.splits[task.name].items()
                for metric in task.metrics
            ]
            if best_epoch(self.scores, task, "select")[0] == epoch:
                self.predictions[task.name] = predictions
                best.append(task)
        return best

    def undefined(self, epoch: int) -> None:
        """Record an epoch that a diverged training never reached: every score is NaN."""
        self.scores += [
            Score(epoch, task.name, split, metric, math.nan)
            for task in self.tasks
            for split in self.splits[task.name]
            for metric in task.metrics
        ]

    def table(self) -> pa.Table:
        """Predictions on every split at each task's best epoch (by the selection split).

        Label and prediction are lists: of one id or number, or of one id a word. Without any row where
        the first epoch diverged.
        """
        parts = [
            pa.table(
                {
                    "task": [task] * len(predicted),
                    "split": [split] * len(predicted),
                    "instance": self.splits[task][split].instances,
                    "label": _listed(self.splits[task][split].labels),
                    "prediction": _listed(predicted),
                },
                schema=PREDICTIONS,
            )
            for task, splits in sorted(self.predictions.items())
            for split, predicted in sorted(splits.items())
        ]
        return pa.concat_tables([PREDICTIONS.empty_table(), *parts])


def _listed(values: list[Any]) -> list[Any]:
    return [value if isinstance(value, (list, np.ndarray)) else [value] for value in values]
