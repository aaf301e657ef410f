"""An encoder whose last layer goes on with the first token alone, where no output head reads another.

The feed-forward part is two thirds of a layer's work, and mixes no tokens: what it makes of the others
is never read, and has no gradient. Of an encoder of two layers this is a third of its products. Where a
residual of all tokens is added afterwards (modernbert), the other positions hold what means nothing.
"""

import re

from torch import Tensor, nn
from transformers import PreTrainedModel

# Model type → what comes between a layer's attention and its feed-forward part. Others compute it all.
BETWEEN = {
    **dict.fromkeys(
        ("bert", "roberta", "xlm-roberta", "electra", "deberta-v2"),
        r"encoder\.layer\.(\d+)\.attention\.output\.LayerNorm",
    ),
    "distilbert": r"transformer\.layer\.(\d+)\.sa_layer_norm",
    "mpnet": r"encoder\.layer\.(\d+)\.attention\.LayerNorm",
    "modernbert": r"layers\.(\d+)\.mlp_norm",
}


class FirstToken:
    """A hook that keeps [instances, 1, width] of states [instances, length, width] while `alone`."""

    alone = False

    def __call__(self, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        return output[:, :1] if self.alone else output


def keep_first_token(encoder: PreTrainedModel) -> FirstToken:
    """Place the hook in an encoder's last layer; the caller says when the first token is alone."""
    hook, last = FirstToken(), encoder.config.num_hidden_layers - 1
    pattern = BETWEEN.get(encoder.config.model_type, r"(?!)")
    for name, module in encoder.named_modules():
        found = re.fullmatch(pattern, name)
        if found and int(found[1]) == last:
            module.register_forward_hook(hook)
    return hook
