"""From prepared rows to batches of tensors."""

from dataclasses import dataclass

import pandas as pd
import torch
from torch import Tensor
from transformers import DataCollatorWithPadding
from transformers.tokenization_utils_base import PreTrainedTokenizerBase


@dataclass(frozen=True)
class Batch:
    """Padded tensors of some instances: model inputs [instances, length], labels [instances]."""

    inputs: dict[str, Tensor]
    labels: Tensor


class Encoded:
    """A split in word pieces, pairs as `[CLS] a [SEP] b [SEP]`; batches are padded when drawn.

    `token_ids`: the distinct word pieces in use, special ones included.
    """

    def __init__(self, rows: pd.DataFrame, tokenizer: PreTrainedTokenizerBase, max_length: int) -> None:
        sides = [rows[side].tolist() for side in ("text_a", "text_b") if side in rows]
        encoding = tokenizer(*sides, truncation="longest_first", max_length=max_length)
        self.features = [
            dict(zip(encoding.keys(), values, strict=True)) for values in zip(*encoding.values(), strict=True)
        ]
        self.lengths = [len(feature["input_ids"]) for feature in self.features]
        self.instances = rows["instance"].to_numpy()
        self.labels = torch.tensor(rows["label"].to_numpy())
        self.collate = DataCollatorWithPadding(tokenizer)
        special = torch.tensor(tokenizer.all_special_ids)
        pieces = [torch.tensor(feature["input_ids"]) for feature in self.features]
        self.token_ids = torch.unique(torch.cat([special, *pieces]))

    def __len__(self) -> int:
        return len(self.features)

    def batch(self, positions: list[int], device: torch.device) -> Batch:
        """The instances at `positions`, padded to the longest of them."""
        inputs = self.collate([self.features[position] for position in positions])
        inputs = {name: values.to(device, non_blocking=True) for name, values in inputs.items()}
        return Batch(inputs, self.labels[positions].to(device, non_blocking=True))
