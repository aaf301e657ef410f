"""Embeddings of a task's texts: what they are like under a backend, as it is or fine-tuned."""

from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from transformers import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from gradts.artifacts import write_array, write_table
from gradts.data.splits import read_splits
from gradts.models.backends import commit_of, load_encoder, load_tokenizer
from gradts.provenance import Job
from gradts.specs import Task
from gradts.training.device import pick_device
from gradts.training.encoding import Encoded
from gradts.training.loop import progress
from gradts.training.sampler import by_length
from gradts.training.scoring import EVALUATION_BATCH
from gradts.training.specs import EmbeddingSpec

MOST = 10_000  # texts of a task that stand for all of them, and words of tagged ones
WHOLE = -1  # in place of a word: the text as a whole


@dataclass(frozen=True)
class Points:
    """What stands for a task: training texts, or single words of them where each word has a label.

    `data`: the texts, encoded; `row`, `word` [points]: the place of the text in `data` and of the word in it
    (WHOLE: none), in order.
    """

    data: Encoded
    row: np.ndarray
    word: np.ndarray

    @property
    def instance(self) -> np.ndarray:
        """The text of every point as its table calls it [points]."""
        return self.data.instances[self.row]


def choose_points(
    train: pd.DataFrame, task: Task, tokenizer: PreTrainedTokenizerBase, max_length: int
) -> Points:
    """All of a task's training texts, or MOST of them; of tagged ones the words, or MOST of them.

    The draw follows from the task's name. Words of which the length limit leaves nothing are none.
    """
    random = np.random.default_rng(crc32(task.name.encode()))
    data = Encoded(train.iloc[_some(len(train), random)], task, tokenizer, max_length)
    if not data.per_token:
        return Points(data, np.arange(len(data)), np.full(len(data), WHOLE))
    words = [np.flatnonzero(np.array(firsts) >= 0) for firsts in data.first_pieces]
    row = np.repeat(np.arange(len(data)), [len(of_text) for of_text in words])
    some = _some(len(row), random)
    return Points(data, row[some], np.concatenate(words)[some])


def _some(count: int, random: np.random.Generator) -> np.ndarray:
    return np.sort(random.permutation(count)[:MOST])


@torch.inference_mode()
def embeddings(encoder: PreTrainedModel, points: Points, batch_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings of texts [texts, width] and of points [points, width], float32, without dropout.

    A text's is the mean of its last hidden states, padding left out, a word's the state of its first piece:
    what a head that tags reads.
    """
    device, data = encoder.device, points.data
    texts = np.empty((len(data), encoder.config.hidden_size), dtype=np.float32)
    words = np.empty((len(points.row), encoder.config.hidden_size), dtype=np.float32)
    begin = np.searchsorted(points.row, np.arange(len(data) + 1))
    encoder.eval()
    with progress(total=len(data), unit="instance", desc="embedding") as bar:
        for positions in by_length(data.lengths, batch_size):
            inputs = data.inputs(positions, device)
            states, real = encoder(**inputs).last_hidden_state, inputs["attention_mask"].unsqueeze(-1)
            texts[positions] = ((states.double() * real).sum(1) / real.sum(1)).cpu().numpy()
            for position, of_text, mask in zip(positions, states, real, strict=True):
                if data.per_token:
                    pieces = of_text[mask[:, 0].bool()].cpu().numpy()
                    mine = slice(begin[position], begin[position + 1])
                    words[mine] = pieces[np.array(data.first_pieces[position])[points.word[mine]]]
            bar.update(len(positions))
    return texts, words if data.per_token else texts


def embed(spec: EmbeddingSpec, data: str | Path, out: str | Path, vectors: str | Path) -> None:
    """Embed a task's training texts with the backend as it is, in fp32: write their mean, and each one's.

    `out`: the `.npy` path of the mean [width]; `vectors`: the `.parquet` path of a table of points (see
    Points): `instance`, `word`, `vector` [width]. Reads `{data}/{task}/{split}.parquet`.
    """
    job = Job(__name__, spec)
    rows, tokenizer = read_splits(data, spec.task).train, load_tokenizer(spec.backend)
    points = choose_points(rows, spec.task, tokenizer, spec.max_length)
    encoder = load_encoder(spec.backend).to(pick_device())
    texts, found = embeddings(encoder, points, EVALUATION_BATCH)
    record = job.record(
        device=str(encoder.device),
        hub_commit=commit_of(spec.backend),
        threads=torch.get_num_threads(),
        instances_processed=len(points.data),
        cut=points.data.cut,
    )
    lists = pa.FixedSizeListArray.from_arrays(pa.array(found.reshape(-1)), found.shape[1])
    write_table(
        vectors, pa.table({"instance": points.instance, "word": points.word, "vector": lists}), record
    )
    write_array(out, texts.mean(axis=0, dtype=np.float64).astype(np.float32), record)
