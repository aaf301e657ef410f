"""From files to the registry entry of a task: guessed, tried out, and printed with what was noticed.

It stands on the floor of the registry, whose checks what it prints passes.
"""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import yaml

from gradts.artifacts import read_json
from gradts.config import EMBEDDED, Configuration, resolve
from gradts.data.guess import guess
from gradts.data.naming import splits_of
from gradts.data.objectives import OBJECTIVES
from gradts.data.opening import Look, look
from gradts.data.prepare import prepare
from gradts.data.splits import read_splits
from gradts.layout import SPLITS, inside
from gradts.models.location import locate
from gradts.names import InputError
from gradts.specs import CLASSIFICATION

# A configuration has a suite of two tasks or more.
DEMO, COMPANION = "config/tasks/demo.yaml", "demo_accept"
ORDER = (
    *("files", "splits", "dev_fraction", "encoding", "separator", "header", "quoting", "columns", "sentence"),
    *("text", "label", "labels", "drop_labels", "empty_text", "objective", "scheme", "metrics"),
)
SHOWN = 10  # labels whose rows are counted in a line
# The schema's own values are not printed.
DEFAULTS = {"label": "label", "objective": CLASSIFICATION}


def describe(files: list[str], /) -> None:
    """Print the registry entry of a task, guessed from its files: a file a split, shards or folders.

    Comments tell what was guessed and noticed; nothing is kept. Raises InputError where nothing fits, and,
    below the printed entry, where `prepare` refuses the files.
    """
    log, trouble = io.StringIO(), None
    with redirect_stderr(log), TemporaryDirectory() as folder:
        found = splits_of(files)
        looks = {split: look(paths) for split, paths in found.files.items()}
        entry, notes = _entry(found.files, looks)
        log.truncate(0)  # the second reading tells again what it guesses
        try:
            facts = _tried(found.name, entry, Path(folder))
        except InputError as error:
            facts, trouble = [], error
    told = [re.sub(r"^(warning: )?(task '\w+': )?", "", line) for line in log.getvalue().splitlines()]
    print("# Guessed by `gradts describe`: check columns, labels and their order, splits and metrics.")
    for note in dict.fromkeys([*found.notes, *notes, *facts, *told]):
        print("#", *note.replace("\0", "").split())
    shown = {key: entry[key] for key in ORDER if key in entry and entry[key] != DEFAULTS.get(key)}
    print(_yaml({found.name: shown}), end="", flush=True)
    if trouble is not None:
        raise trouble


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=None, sort_keys=False, allow_unicode=True, width=110)


def _entry(files: Mapping[str, list[str]], looks: Mapping[str, Look]) -> tuple[dict[str, Any], list[str]]:
    """The entry, and what was guessed."""
    train = looks["train"]
    made = guess({split: one.frame for split, one in looks.items()}, train.classes, words=train.words)
    notes = [note for one in looks.values() for note in one.notes]
    notes += [f"{', '.join(files[split])} is left out: {reason}" for split, reason in made.unfit.items()]
    kept = {split: paths for split, paths in files.items() if split not in made.unfit}
    if "select" in kept and "dev" not in kept:
        kept["dev"] = kept.pop("select")
    if "select" in kept:
        notes.append("decisions are made on the validation split (select), scores are of the test split")
    entry: dict[str, Any] = {"files": {ours: one[0] if len(one) == 1 else one for ours, one in kept.items()}}
    if {*kept} - {"train", "select", "dev"}:
        entry["splits"] = {ours: ours for ours in kept}
    if len(kept) == 1:
        entry["dev_fraction"] = 0.1
    how = {key: value for one in reversed(looks.values()) for key, value in one.how.items()}
    plain = [split for split, one in looks.items() if "encoding" not in one.how]
    if "encoding" in how and plain:
        notes.append(
            f"{', '.join(plain)}: read in that encoding, too, but it is UTF-8; write all files in one"
        )
    guessed = dict(made.entry)
    if "columns" in how:
        how["columns"] = _positions(guessed, how["columns"], train.words)
    return entry | how | guessed, [*notes, *made.notes]


def _positions(guessed: dict[str, Any], places: Mapping[str, int], words: bool) -> dict[str, int]:
    """Positions of the columns that are read; those without a name get one."""
    used = [*guessed["text"], guessed["label"]]
    if not all(name.isdigit() for name in used):
        return {name: places[name] for name in used}
    texts = ["tokens"] if words else ["text"] if len(used) == 2 else ["text_a", "text_b"]
    names = [*texts, "tags" if words else "label"]
    guessed |= {"text": texts, "label": names[-1]}
    return dict(zip(names, (places[name] for name in used), strict=True))


# ------------------------------------------------------------------------------------------- trial


def _tried(name: str, entry: dict[str, Any], folder: Path) -> list[str]:
    """Prepare the task by its printed text, and tell what came of it; empty texts decide on `empty_text`.

    Raises InputError as the registry and `prepare` do.
    """
    configuration = _resolved(name, entry | {"empty_text": "drop"}, folder)
    prepare(configuration.sources[name], folder / name)
    facts = read_json(inside(folder / name, "facts"))
    if any(of["dropped_empty"] for of in facts["rows"].values()):
        entry["empty_text"] = "drop"
    return [*_facts(facts), _lengths(name, configuration, folder)]


def _resolved(name: str, entry: dict[str, Any], folder: Path) -> Configuration:
    registry = folder / "tasks.yaml"
    registry.write_text(_yaml({name: entry}), encoding="utf-8")
    try:
        return resolve({"tasks": [DEMO, str(registry)], "suites": {"described": [COMPANION, name]}}, _own)
    except InputError as error:
        raise InputError(str(error).replace(f"{registry}: ", "task ")) from error


def _own(path: str) -> str | Path:
    """A file of the workflow: beside this library; of `config/` the working directory's where it has one."""
    theirs = not path.startswith("workflow/") and Path(path).exists()
    return path if theirs else Path(__file__).parents[2] / path


def _facts(facts: Mapping[str, Any]) -> Iterator[str]:
    """What the source has, and what is prepared of it."""
    left = {"dropped_label": "without a label", "dropped_empty": "without a text"}
    for split in sorted(facts["rows"], key=_place):
        rows = facts["rows"][split]
        gone = [f"{rows[key]} {what}" for key, what in left.items() if rows[key]]
        yield f"{split} has {rows['source']} rows" + (f", left out are {' and '.join(gone)}" if gone else "")
    for split in sorted(facts["splits"], key=_place):
        of = facts["splits"][split]
        said = {"repeated": "repeated", "in_train": "in train", "conflicting": "of conflicting labels"}
        told = "".join(f", {of[key]} {what}" for key, what in said.items() if of[key])
        yield f"prepared as {split}: {of['rows']} rows ({_labels(of)}){told}"


def _place(split: str) -> tuple[int, str]:
    return [*SPLITS].index(split.partition("_")[0]), split


def _labels(of: Mapping[str, Any]) -> str:
    if "labels" not in of:
        low, high = of["range"]
        return f"{low:g} to {high:g}, mean {of['mean']:.4g}"
    counts = [f"{label} {count}" for label, count in of["labels"].items()]
    return ", ".join(counts[:SHOWN]) + (f" and {len(counts) - SHOWN} more" if len(counts) > SHOWN else "")


def _lengths(name: str, configuration: Configuration, folder: Path) -> str:
    """How many texts the length limit of the default recipe cuts, in the embedded backend's word pieces."""
    # Imported here: it takes a second. That of `models.backends` would import torch, which takes six.
    from transformers import PreTrainedTokenizerFast

    limit, task = configuration.recipe.max_length, configuration.tasks[name]
    backend = configuration.backends[EMBEDDED]
    try:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(locate(backend), revision=backend.revision)
    except (OSError, ValueError) as error:
        return f"lengths are not known: {error}"
    splits, kind = read_splits(folder, task), OBJECTIVES[task.objective]
    rows = pd.concat([splits.train, *splits.scored().values()])
    as_text = " ".join if kind.per_token else str
    texts = [rows[side].map(as_text).tolist() for side in kind.texts if side in rows]
    cut = sum(len(pieces) > limit for pieces in tokenizer(*texts, verbose=False)["input_ids"])
    of = f"{cut} of {len(rows)} texts are longer than {limit} word pieces of {EMBEDDED}"
    return of + (" and are cut (training.max_length)" if cut else "")
