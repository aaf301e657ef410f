"""A task's mean embedding under a backend that nothing has trained on it: what its texts are like."""

from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedModel

from gradts.artifacts import write_array
from gradts.data.splits import read_splits
from gradts.models.backends import commit_of, load_encoder, load_tokenizer
from gradts.provenance import Job
from gradts.training.device import pick_device
from gradts.training.encoding import Encoded
from gradts.training.loop import progress
from gradts.training.sampler import by_length
from gradts.training.scoring import EVALUATION_BATCH
from gradts.training.specs import EmbeddingSpec


@torch.inference_mode()
def mean_embedding(encoder: PreTrainedModel, data: Encoded, batch_size: int) -> np.ndarray:
    """The mean over instances of each one's mean last hidden state, padding left out: float32 [width]."""
    device, total = encoder.device, 0
    encoder.eval()
    with progress(total=len(data), unit="instance", desc="embedding") as bar:
        for positions in by_length(data.lengths, batch_size):
            inputs = data.inputs(positions, device)
            states = encoder(**inputs).last_hidden_state.double()
            real = inputs["attention_mask"].unsqueeze(-1)
            total += ((states * real).sum(1) / real.sum(1)).sum(0).cpu().numpy()
            bar.update(len(positions))
    return (total / len(data)).astype(np.float32)


def embed(spec: EmbeddingSpec, data: str | Path, out: str | Path) -> None:
    """Embed a task's training texts with the backend as it is, in fp32: write their mean as a vector.

    `out`: the `.npy` path, [width]. Reads `{data}/{task}/{split}.parquet`.
    """
    job = Job(__name__, spec)
    rows, tokenizer = read_splits(data, spec.task).train, load_tokenizer(spec.backend)
    encoded = Encoded(rows, spec.task, tokenizer, spec.max_length)
    encoder = load_encoder(spec.backend).to(pick_device())
    mean = mean_embedding(encoder, encoded, EVALUATION_BATCH)
    record = job.record(
        device=str(encoder.device),
        hub_commit=commit_of(spec.backend),
        threads=torch.get_num_threads(),
        instances_processed=len(encoded),
        cut=encoded.cut,
    )
    write_array(out, mean, record)
