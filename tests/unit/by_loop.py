"""Embeddings, as transformers' own classes have them of one text after the other."""

from typing import Any

import numpy as np
import pandas as pd
import torch


def looped(
    encoder: Any, tokenizer: Any, rows: pd.DataFrame, length: int
) -> tuple[list[np.ndarray], list[tuple]]:
    """Row by row the mean of all states, and of each word (instance, place, the state of its first piece)."""
    means, words = [], []
    for row in rows.to_dict("records"):
        texts = [row[side] for side in ("text_a", "text_b") if side in row] or [list(row["tokens"])]
        split = {"is_split_into_words": "tokens" in row}
        inputs = tokenizer(
            *texts, return_tensors="pt", truncation="longest_first", max_length=length, **split
        )
        with torch.no_grad():
            states = encoder(**inputs).last_hidden_state[0]
        means.append(states.double().mean(0).numpy())
        places = inputs.word_ids(0) if "tokens" in row else []
        for word in sorted({*places} - {None}):
            words.append((row["instance"], word, states[places.index(word)].numpy()))
    return means, words
