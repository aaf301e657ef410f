"""The model of a chosen set for its primary task: a folder that transformers loads, with its model card."""

import math
import shutil
from collections.abc import Mapping
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gradts.artifacts import ArtifactError, read_json, remake, write_json, write_text
from gradts.data.splits import read_splits
from gradts.layout import inside
from gradts.models.export import export, load_exported
from gradts.models.multitask import MultiTaskModel
from gradts.provenance import Job
from gradts.reporting.card import card
from gradts.reporting.runs import Run, metrics_of, read_predictions
from gradts.reporting.specs import ModelSpec
from gradts.specs import REGRESSION, TAGGING, Task
from gradts.training import parallel
from gradts.training.device import pick_device, used
from gradts.training.encoding import Encoded
from gradts.training.joint import fit, kept_model
from gradts.training.predicting import answers_of
from gradts.training.scores import Score, at_best_epoch, read_scores

# Of answers by bf16 or on a GPU, whose sums have no fixed order, so many may differ.
MAY_DIFFER = 0.01
# Numbers are the same within this share of their standard deviation, or what float32 leaves of large ones.
CLOSE, ROUNDED = 1e-3, 1e-6


def make_model(spec: ModelSpec, results: str | Path, out: str | Path) -> None:
    """Write the primary's model at its best epoch of a joint run into the folder `out`.

    Weights that the run kept are taken, else it is trained again under the same seed. Raises ArtifactError
    where the model's answers on the dev splits are not those that the run wrote down.
    """
    job, task = Job(__name__, spec), spec.task
    made = Run(spec.run.backend.name, tuple(spec.run.members), spec.run.seed)
    metrics = metrics_of(str(results), made)
    scores, run, data = read_scores(metrics), Path(metrics).parent, Path(results, "data")
    best = at_best_epoch(scores, task, "select")
    splits = read_splits(data, task)
    dev = splits.dev
    known = read_predictions(str(results), made, task, dev)
    if not known:
        why = read_json(inside(run, "run")).get("diverged")
        raise ArtifactError(f"{run} has no model of '{task.name}': it diverged ({why})")
    kept, allowed = kept_model(run, task.name), _allowed(spec, read_json(inside(run, "run")))
    found = _unlike_kept(spec, kept, known, dev)
    if found <= allowed and parallel.is_main():
        shutil.copytree(kept, out, dirs_exist_ok=True)
    elif found > allowed:

        def exported(model: MultiTaskModel, of: Task) -> None:
            if of.name == task.name:
                export(model, of, spec.run.backend, spec.run.recipe.max_length, out)

        fit(spec.run, data, Path(results, "instances", spec.run.backend.name), keep=exported)
        found = unlike(spec, out, known, dev) if parallel.is_main() else math.nan
    if not parallel.is_main():
        return
    if found > allowed:
        hint = "" if kept.is_dir() else " (training.keep_weights: true saves the second training)"
        raise ArtifactError(
            f"{out}: {found:.2%} of its answers on the dev splits are not those of {run} (allowed: "
            f"{allowed:.0%}), which was made on another kind of processor or with other threads; "
            f"{remake(inside(run, 'run'))}{hint}"
        )
    facts = {"epoch": best[0].epoch, "unlike": found, "scores": _nested(best)}
    record = job.record(device=str(pick_device()), **facts)
    write_text(Path(out, "README.md"), str(card(spec, best, record, splits.warnings)))
    write_json(inside(out, "model"), record)


def _unlike_kept(
    spec: ModelSpec, kept: Path, known: Mapping[str, list[Any]], dev: Mapping[str, pd.DataFrame]
) -> float:
    """As `unlike`; infinite where no weights are kept, or damaged ones."""
    with suppress(ArtifactError):
        return unlike(spec, kept, known, dev) if kept.is_dir() else math.inf
    return math.inf


def unlike(
    spec: ModelSpec, folder: str | Path, known: Mapping[str, list[Any]], dev: Mapping[str, pd.DataFrame]
) -> float:
    """Share of answers of the model in `folder` that are not the run's; of words, of sequence labelling.

    `known`: dev split → the run's answers to the rows of `dev`.
    """
    task, recipe = spec.task, spec.run.recipe
    model, tokenizer = load_exported(task, folder)
    model.to(pick_device()).eval()
    theirs, ours = [], []
    for split, rows in dev.items():
        encoded = Encoded(rows, task, tokenizer, recipe.max_length)
        found = {row: answer for row, (answer, _) in answers_of(model, task, encoded, recipe.precision)}
        theirs += known[split]
        ours += [found[row] for row in range(len(rows))]
    if task.objective == REGRESSION:
        first, second = np.array(theirs), np.array(ours)
        return float((~np.isclose(first, second, rtol=ROUNDED, atol=CLOSE * first.std())).mean())
    if task.objective == TAGGING:
        theirs, ours = ([*chain(*answers)] for answers in (theirs, ours))
    return float(np.mean([first != second for first, second in zip(theirs, ours, strict=True)]))


def _allowed(spec: ModelSpec, run: Mapping[str, Any]) -> float:
    """Which share of answers may differ from those of a run with this record, made here or elsewhere."""
    device = pick_device()
    here = (device.type, used(spec.run.recipe.precision, device))
    return 0.0 if here == (run["device"], run["precision"]) == ("cpu", "fp32") else MAY_DIFFER


def _nested(scores: list[Score]) -> dict[str, dict[str, float | None]]:
    """Metric → split → score, None where it is undefined."""
    nested: dict[str, dict[str, float | None]] = {}
    for row in scores:
        nested.setdefault(row.metric, {})[row.split] = row.value if math.isfinite(row.value) else None
    return nested
