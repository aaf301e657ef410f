"""From prepared rows to batches of tensors."""

from dataclasses import dataclass
from functools import partial

import pandas as pd
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import DataCollatorWithPadding
from transformers.tokenization_utils_base import BatchEncoding, PreTrainedTokenizerBase

from gradts.models.objectives import IGNORED, OUTPUTS
from gradts.names import InputError
from gradts.specs import Task


@dataclass(frozen=True)
class Batch:
    """Padded tensors of some instances: model inputs [instances, length], labels, and weights [instances].

    Labels are ids or numbers [instances], for multi-label 0 or 1 [instances, labels], for sequence
    labelling ids [instances, length]. Weights say how much each counts in training (see Encoded).
    """

    inputs: dict[str, Tensor]
    labels: Tensor
    weights: Tensor


class Encoded:
    """A split of a task in word pieces, pairs as `[CLS] a [SEP] b [SEP]`; batches are padded when drawn.

    `token_ids`: the distinct word pieces in use, special ones included; `cut`: how many texts are longer
    than `max_length`. For sequence labelling `first_pieces` has, for every instance, the position of each
    word's first piece: a word that the length limit cuts off, or of which the tokenizer keeps nothing, has
    none (-1). Rows without a column `label`, which are to be predicted, have `inputs` and no batches. Raises
    InputError where the tokenizer cannot take words.

    In training an instance of sequence labelling counts by its words, on average once, so that all words
    count alike: were a long sentence's loss that of a short one, its words would be learnt less.
    """

    def __init__(
        self, rows: pd.DataFrame, task: Task, tokenizer: PreTrainedTokenizerBase, max_length: int
    ) -> None:
        self.instances = rows["instance"].to_numpy()
        self.labels = rows["label"].tolist() if "label" in rows else []
        self.per_token = OUTPUTS[task.objective].per_token
        if self.per_token:
            before = before_words(tokenizer)
            words = [[before + token for token in tokens] for tokens in rows["tokens"]]
            sides, encode = [words], partial(tokenizer, is_split_into_words=True)
        else:
            sides, encode = [rows[side].tolist() for side in ("text_a", "text_b") if side in rows], tokenizer
        encoding = encode(*sides, truncation="longest_first", max_length=max_length)
        if self.per_token:
            self.first_pieces = [_first_pieces(encoding, i, len(of)) for i, of in enumerate(words)]
        self.features = [
            dict(zip(encoding.keys(), values, strict=True)) for values in zip(*encoding.values(), strict=True)
        ]
        self.lengths = [len(feature["input_ids"]) for feature in self.features]
        # Those that just fit are as long: without the limit they stay so.
        full = [i for i, length in enumerate(self.lengths) if length >= max_length]
        whole = encode(*([of[i] for i in full] for of in sides), verbose=False)["input_ids"] if full else []
        self.cut = sum(len(pieces) > max_length for pieces in whole)
        self.targets = [OUTPUTS[task.objective].targets(label, len(task.labels)) for label in self.labels]
        self.weights = torch.ones(len(self.targets))
        if self.per_token and self.labels:
            self.targets = self._spread()
            words = torch.tensor([float((target != IGNORED).sum()) for target in self.targets])
            self.weights = words / words.mean().clamp(min=1)
        self.collate = DataCollatorWithPadding(tokenizer)
        special = torch.tensor(tokenizer.all_special_ids)
        pieces = [torch.tensor(feature["input_ids"]) for feature in self.features]
        self.token_ids = torch.unique(torch.cat([special, *pieces]))

    def __len__(self) -> int:
        return len(self.features)

    def _spread(self) -> list[Tensor]:
        """Every word's label at its first piece, and none elsewhere."""
        spread = []
        for length, firsts, target in zip(self.lengths, self.first_pieces, self.targets, strict=True):
            of_pieces, firsts = torch.full((length,), IGNORED), torch.tensor(firsts)
            of_pieces[firsts[firsts >= 0]] = target[firsts >= 0]
            spread.append(of_pieces)
        return spread

    def inputs(self, positions: list[int], device: torch.device) -> dict[str, Tensor]:
        """What a model takes of the instances at `positions`, padded to the longest of them."""
        inputs = self.collate([self.features[position] for position in positions])
        return {name: _moved(values, device) for name, values in inputs.items()}

    def batch(self, positions: list[int], device: torch.device) -> Batch:
        """The instances at `positions`, padded to the longest of them."""
        targets = [self.targets[position] for position in positions]
        if self.per_token:
            side = self.collate.tokenizer.padding_side
            labels = pad_sequence(targets, batch_first=True, padding_value=IGNORED, padding_side=side)
        else:
            labels = torch.stack(targets)
        return Batch(
            self.inputs(positions, device), _moved(labels, device), _moved(self.weights[positions], device)
        )


def _moved(values: Tensor, device: torch.device) -> Tensor:
    """To a GPU from pinned memory, so that the copy runs while the GPU still computes."""
    return values if device.type == "cpu" else values.pin_memory().to(device, non_blocking=True)


def before_words(tokenizer: PreTrainedTokenizerBase) -> str:
    """What each word of a list needs before it to have the pieces of running text: nothing, or a blank.

    Byte-level BPE knows a word by its blank, and transformers gives listed words none. Raises InputError
    where neither helps.
    """
    for before in ("", " "):
        words = tokenizer([f"{before}hello", f"{before}world"], is_split_into_words=True)
        if words["input_ids"] == tokenizer(f"{before}hello world")["input_ids"]:
            return before
    raise InputError(
        f"backend {tokenizer.name_or_path}: its tokenizer gives words of a list other pieces than in running "
        "text, so it cannot be used for sequence labelling; take another backend, or leave these tasks out"
    )


def _first_pieces(encoding: BatchEncoding, instance: int, words: int) -> list[int]:
    firsts = [-1] * words
    for position, word in enumerate(encoding.word_ids(instance)):
        if word is not None and firsts[word] < 0:
            firsts[word] = position
    return firsts
