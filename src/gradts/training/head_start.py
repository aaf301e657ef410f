"""An output head fitted to the encoder's frozen features, from where a fine-tune starts (docs/signal.md).

A random head sends the first steps anywhere, and with them what every fine-tune makes of its heads: two
fine-tunes of one task then agree little. The fitted head is the same in all of them (Kumar et al. 2022).
"""

import torch
from torch import Tensor

from gradts.models.multitask import MultiTaskModel
from gradts.training.encoding import Encoded
from gradts.training.sampler import by_length

STEPS = 200


def fit_head(model: MultiTaskModel, task: str, data: Encoded, batch_size: int = 64) -> None:
    """Fit a task's head, in place, to the frozen encoder's states of `data`, in fp32 and without dropout.

    Minimises the mean of n instances' losses + ‖W‖² / n (for two labels logistic regression with
    C = 1, for scaled numbers ridge regression with α = 1) by L-BFGS, from zero: no seed has a part in it.
    """
    head, (states, targets) = model.last_layer(task), frozen_states(model, task, data, batch_size)
    model.requires_grad_(False)
    head.requires_grad_(True)
    torch.nn.init.zeros_(head.weight)
    optimizer = torch.optim.LBFGS(head.parameters(), max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        losses = [
            model.losses(task, head(of_batch), labels).sum()
            for of_batch, labels in zip(states, targets, strict=True)
        ]
        mean = (torch.stack(losses).sum() + head.weight.square().sum()) / len(data)
        mean.backward()
        return mean

    optimizer.step(loss)
    model.requires_grad_(True)


@torch.no_grad()
def frozen_states(
    model: MultiTaskModel, task: str, data: Encoded, batch_size: int
) -> tuple[list[Tensor], list[Tensor]]:
    """By batch: states that the head's last layer reads, [instances, (length,) width], and labels."""
    device, states = next(model.parameters()).device, []
    model.eval()
    batches = [data.batch(positions, device) for positions in by_length(data.lengths, batch_size)]
    hook = model.last_layer(task).register_forward_pre_hook(lambda layer, inputs: states.append(*inputs))
    for batch in batches:
        model(task, batch.inputs)
    hook.remove()
    return states, [batch.labels for batch in batches]
