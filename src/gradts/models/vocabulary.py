"""An encoder whose embedding table holds only the word pieces in use.

A row that no instance uses has no gradient and is never read, but a dense optimizer visits it at every
step: for small encoders on a CPU a good part of the time.
"""

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel


class RowsInUse(nn.Module):
    """Embeds token ids by the rows of `ids` [rows, distinct] alone; any other id is an error."""

    def __init__(self, embedding: nn.Embedding, ids: Tensor) -> None:
        super().__init__()
        position = torch.full((embedding.num_embeddings,), -1)
        position[ids] = torch.arange(len(ids))
        self.register_buffer("position", position)
        padding = embedding.padding_idx
        self.rows = nn.Embedding.from_pretrained(
            embedding.weight.detach()[ids].clone(),
            freeze=False,
            padding_idx=None if padding is None or position[padding] < 0 else int(position[padding]),
        )

    def spread(self, embeddings: Tensor) -> Tensor:
        """A whole table [vocabulary, width] in which these rows are the ones kept here."""
        known = self.position >= 0
        return embeddings.index_put((known.nonzero().flatten(),), self.rows.weight[self.position[known]])

    def forward(self, ids: Tensor) -> Tensor:
        """Embeddings [instances, length, width] of token ids [instances, length]."""
        return self.rows(self.position[ids])


def keep_rows(encoder: PreTrainedModel, ids: Tensor) -> None:
    """Cut an encoder's embedding table, in place, to the rows of the token ids [any shape] in use."""
    encoder.set_input_embeddings(RowsInUse(encoder.get_input_embeddings(), torch.unique(ids)))
