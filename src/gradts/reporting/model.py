"""The model of a chosen set for its primary task: a folder that transformers loads, with its model card."""

import math
import shutil
from contextlib import suppress
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from gradts.artifacts import ArtifactError, expect, read_json, read_table, remake, write_json, write_text
from gradts.data.splits import read_splits
from gradts.layout import inside
from gradts.models.export import export, load_exported
from gradts.models.multitask import MultiTaskModel
from gradts.provenance import Job
from gradts.reporting.card import card
from gradts.reporting.specs import ModelSpec
from gradts.selection.evidence import Wanted, finished_files
from gradts.specs import REGRESSION, TAGGING, Task
from gradts.training import parallel
from gradts.training.device import pick_device, used
from gradts.training.encoding import Encoded
from gradts.training.joint import fit, kept_model
from gradts.training.predicting import answers_of
from gradts.training.scores import Score, best_epoch, read_scores
from gradts.training.scoring import listed

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
    made = {"backend": spec.run.backend.name, "members": spec.run.members, "seed": spec.run.seed}
    metrics = finished_files(results)(Wanted("metrics", made))[0]
    scores, run, data = read_scores(metrics), Path(metrics).parent, Path(results, "data")
    epoch, _ = best_epoch(scores, task, "select")
    known = _answers(spec, run)
    kept = kept_model(run, task.name)
    if _is_right(spec, kept, known, data):
        shutil.copytree(kept, out, dirs_exist_ok=True)
    else:

        def exported(model: MultiTaskModel, of: Task) -> None:
            if of.name == task.name:
                export(model, of, spec.run.backend, spec.run.recipe.max_length, out)

        fit(spec.run, data, Path(results, "instances", spec.run.backend.name), keep=exported)
    if not parallel.is_main():
        return
    found, allowed = unlike(spec, out, known, data), _allowed(spec)
    if found > allowed:
        raise ArtifactError(
            f"{out}: {found:.2%} of its answers on the dev splits are not those of {run} (allowed: "
            f"{allowed:.0%}), which was made on another kind of processor or with other threads; "
            f"{remake(inside(run, 'run'))} (training.keep_weights: true saves the second training)"
        )
    figures = [row for row in scores if row.task == task.name and row.epoch == epoch]
    facts = {"epoch": epoch, "unlike": found, "scores": _nested(figures)}
    record = job.record(device=str(pick_device()), **facts)
    write_text(Path(out, "README.md"), str(card(spec, figures, record)))
    write_json(inside(out, "model"), record)


def _answers(spec: ModelSpec, run: str | Path) -> pd.DataFrame:
    """The primary's predictions in the run; ArtifactError where it has none, as it diverged."""
    path = inside(run, "predictions")
    table, record = read_table(path)
    expect(path, record, {"spec": asdict(spec.run)})
    frame = table.to_pandas()
    frame = frame[frame["task"] == spec.task.name]
    if frame.empty:
        why = read_json(inside(run, "run")).get("diverged")
        raise ArtifactError(f"{run} has no model of '{spec.task.name}': it diverged ({why})")
    return frame


def _is_right(spec: ModelSpec, kept: Path, known: pd.DataFrame, data: Path) -> bool:
    """Whether there are weights that answer as the run did, not damaged ones or those of an earlier run."""
    with suppress(ArtifactError):
        return kept.is_dir() and unlike(spec, kept, known, data) <= _allowed(spec)
    return False


def unlike(spec: ModelSpec, folder: str | Path, known: pd.DataFrame, data: str | Path) -> float:
    """Share of answers (of words, of sequence labelling) of the model in `folder` that are not the run's."""
    task, recipe = spec.task, spec.run.recipe
    model, tokenizer = load_exported(task, folder)
    model.to(pick_device()).eval()
    theirs, ours = [], []
    for split, rows in sorted(read_splits(data, task).dev.items()):
        of_split = known[known["split"] == split].set_index("instance")["prediction"]
        theirs += of_split.loc[rows["instance"]].tolist()
        encoded = Encoded(rows, task, tokenizer, recipe.max_length)
        found = {row: answer for row, (answer, _) in answers_of(model, task, encoded, recipe.precision)}
        ours += listed([found[row] for row in range(len(rows))])
    if task.objective == REGRESSION:
        first, second = np.concatenate(theirs), np.concatenate(ours)
        return float((~np.isclose(first, second, rtol=ROUNDED, atol=CLOSE * first.std())).mean())
    if task.objective == TAGGING:
        theirs, ours = ([*chain(*answers)] for answers in (theirs, ours))
        return float((np.array(theirs) != np.array(ours)).mean())
    return float(np.mean([[*first] != [*second] for first, second in zip(theirs, ours, strict=True)]))


def _allowed(spec: ModelSpec) -> float:
    device = pick_device()
    exact = device.type == "cpu" and used(spec.run.recipe.precision, device) == "fp32"
    return 0.0 if exact else MAY_DIFFER


def _nested(scores: list[Score]) -> dict[str, dict[str, float | None]]:
    """Metric → split → score, None where it is undefined."""
    nested: dict[str, dict[str, float | None]] = {}
    for row in scores:
        nested.setdefault(row.metric, {})[row.split] = row.value if math.isfinite(row.value) else None
    return nested
