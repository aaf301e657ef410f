"""From prepared rows to batches of tensors."""

from dataclasses import dataclass

import pandas as pd
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import DataCollatorWithPadding
from transformers.tokenization_utils_base import BatchEncoding, PreTrainedTokenizerBase

from gradts.models.multitask import IGNORED


@dataclass(frozen=True)
class Batch:
    """Padded tensors of some instances: model inputs [instances, length] and labels.

    Labels are ids [instances], numbers [instances] or, for sequence labelling, ids [instances, length].
    """

    inputs: dict[str, Tensor]
    labels: Tensor


class Encoded:
    """A split in word pieces, pairs as `[CLS] a [SEP] b [SEP]`; batches are padded when drawn.

    `token_ids`: the distinct word pieces in use, special ones included. For sequence labelling
    `first_pieces` has, for every instance, the position of each word's first piece: a word that the
    length limit cuts off, or of which the tokenizer keeps nothing, has none (-1).
    """

    def __init__(self, rows: pd.DataFrame, tokenizer: PreTrainedTokenizerBase, max_length: int) -> None:
        self.instances = rows["instance"].to_numpy()
        self.labels = rows["label"].tolist()
        tagged = "tokens" in rows
        if tagged:
            words = [list(tokens) for tokens in rows["tokens"]]
            encoding = tokenizer(words, is_split_into_words=True, truncation=True, max_length=max_length)
            self.first_pieces = [_first_pieces(encoding, i, len(of)) for i, of in enumerate(words)]
        else:
            sides = [rows[side].tolist() for side in ("text_a", "text_b") if side in rows]
            encoding = tokenizer(*sides, truncation="longest_first", max_length=max_length)
        self.features = [
            dict(zip(encoding.keys(), values, strict=True)) for values in zip(*encoding.values(), strict=True)
        ]
        self.lengths = [len(feature["input_ids"]) for feature in self.features]
        self.targets = self._tagged() if tagged else torch.tensor(self.labels)
        if not tagged and self.targets.is_floating_point():
            self.targets = self.targets.float()
        self.collate = DataCollatorWithPadding(tokenizer)
        special = torch.tensor(tokenizer.all_special_ids)
        pieces = [torch.tensor(feature["input_ids"]) for feature in self.features]
        self.token_ids = torch.unique(torch.cat([special, *pieces]))

    def __len__(self) -> int:
        return len(self.features)

    def _tagged(self) -> list[Tensor]:
        targets = []
        for length, firsts, labels in zip(self.lengths, self.first_pieces, self.labels, strict=True):
            target = torch.full((length,), IGNORED)
            for position, label in zip(firsts, labels, strict=True):
                if position >= 0:
                    target[position] = label
            targets.append(target)
        return targets

    def batch(self, positions: list[int], device: torch.device) -> Batch:
        """The instances at `positions`, padded to the longest of them."""
        inputs = self.collate([self.features[position] for position in positions])
        inputs = {name: _moved(values, device) for name, values in inputs.items()}
        if isinstance(self.targets, list):
            targets = [self.targets[position] for position in positions]
            side = self.collate.tokenizer.padding_side
            labels = pad_sequence(targets, batch_first=True, padding_value=IGNORED, padding_side=side)
        else:
            labels = self.targets[positions]
        return Batch(inputs, _moved(labels, device))


def _moved(values: Tensor, device: torch.device) -> Tensor:
    """To a GPU from pinned memory, so that the copy runs while the GPU still computes."""
    return values if device.type == "cpu" else values.pin_memory().to(device, non_blocking=True)


def _first_pieces(encoding: BatchEncoding, instance: int, words: int) -> list[int]:
    firsts = [-1] * words
    for position, word in enumerate(encoding.word_ids(instance)):
        if word is not None and firsts[word] < 0:
            firsts[word] = position
    return firsts
