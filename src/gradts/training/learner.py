"""One update of a model: forward, loss, backward, optimizer, schedule."""

import torch
from torch import nn
from transformers import get_linear_schedule_with_warmup

from gradts.models.multitask import MultiTaskModel, instance_losses
from gradts.specs import Recipe
from gradts.training.device import autocast
from gradts.training.encoding import Batch


class Learner:
    """A model with its optimizer and schedule (linear warm-up, linear decay): one call, one update."""

    def __init__(self, model: MultiTaskModel, recipe: Recipe, steps: int) -> None:
        self.model, self.recipe = model, recipe
        self.device = next(model.parameters()).device
        self.optimizer = torch.optim.AdamW(
            model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
        )
        self.schedule = get_linear_schedule_with_warmup(self.optimizer, round(recipe.warmup * steps), steps)

    def __call__(self, task: str, batch: Batch) -> None:
        """Update on one batch; FloatingPointError where its loss is NaN or infinite."""
        with autocast(self.recipe.precision, self.device):
            logits = self.model(task, batch.inputs)
        loss = instance_losses(logits, batch.labels).mean()
        if not torch.isfinite(loss):
            raise FloatingPointError(f"the loss of task '{task}' is {loss}; lower the learning rate")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip)
        self.optimizer.step()
        self.schedule.step()
