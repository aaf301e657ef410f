"""One update of a model: forward, loss, backward, optimizer, schedule."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from transformers import get_constant_schedule_with_warmup, get_linear_schedule_with_warmup

from gradts.models.multitask import MultiTaskModel
from gradts.specs import Recipe
from gradts.training import parallel
from gradts.training.device import autocast
from gradts.training.encoding import Encoded


class Learner:
    """A model with its optimizer and schedule: one call, one update.

    The learning rate rises linearly over the warm-up, then falls linearly to 0 at `steps`, or stays where it
    does not `decay`. `pieces`: into how many parts a batch is cut, since the whole did not fit the device's
    memory; the update is that of the whole batch.
    """

    def __init__(self, model: MultiTaskModel, recipe: Recipe, steps: int, *, decay: bool = True) -> None:
        self.model, self.recipe, self.pieces = model, recipe, 1
        self.device = next(model.parameters()).device
        self.optimizer = torch.optim.AdamW(
            model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
        )
        warmup = round(recipe.warmup * steps)
        self.schedule = (
            get_linear_schedule_with_warmup(self.optimizer, warmup, steps)
            if decay
            else get_constant_schedule_with_warmup(self.optimizer, warmup)
        )
        self.unchecked: tuple[str, Tensor] | None = None

    def __call__(self, task: str, data: Encoded, positions: Sequence[int]) -> None:
        """Update on the instances at `positions`; FloatingPointError where a loss is NaN or infinite."""
        loss = self._backward(task, data, positions)
        gradients = [parameter.grad for parameter in self.model.parameters() if parameter.grad is not None]
        parallel.add_up([loss, *gradients])
        nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip)
        self.optimizer.step()
        self.schedule.step()
        self.check()
        self.unchecked = (task, loss)

    def check(self) -> None:
        """Look at the last loss: after the next step has been queued, so that a GPU never waits for it."""
        if self.unchecked is None:
            return
        task, loss = self.unchecked
        self.unchecked = None
        if not torch.isfinite(loss):
            raise FloatingPointError(f"the loss of task '{task}' is {loss}; lower the learning rate")

    def _backward(self, task: str, data: Encoded, positions: Sequence[int]) -> Tensor:
        """Gradients of the weighted mean loss of a batch, in as many pieces as fit; returns the loss."""
        while True:
            self.optimizer.zero_grad(set_to_none=True)
            try:
                return self._in_pieces(task, data, positions)
            except torch.OutOfMemoryError:
                if self.pieces >= len(positions):
                    raise
                self.pieces *= 2
                torch.cuda.empty_cache()

    def _in_pieces(self, task: str, data: Encoded, positions: Sequence[int]) -> Tensor:
        # A process without an instance of a short batch takes the first one, and counts it for nothing.
        mine, weight = parallel.share(positions), 1.0
        if not mine:
            mine, weight = list(positions[:1]), 0.0
        size, total = -(-len(mine) // self.pieces), torch.zeros((), device=self.device)
        for start in range(0, len(mine), size):
            batch = data.batch(mine[start : start + size], self.device)
            with autocast(self.recipe.precision, self.device):
                logits = self.model(task, batch.inputs)
            losses = self.model.losses(task, logits, batch.labels) * batch.weights
            loss = losses.sum() * weight / len(positions)
            loss.backward()
            total += loss.detach()
        return total
