"""What names of files tell of a task: its own name, and which of its splits each file is."""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gradts.data.files import kind_of
from gradts.names import MAX_NAME_BYTES, TASK_NAME, InputError

SPLIT_OF = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(("dev", "devel", "development", "valid", "validation", "val", "eval"), "dev"),
    **dict.fromkeys(("test", "testing", "tst"), "test"),
}
# Folders that are not named for a task.
PLAIN = ("data", "dataset", "datasets", "raw", "files", "root", "csv", "splits")


class Named(NamedTuple):
    """Our splits → files, the task's name, and what is to be said of both."""

    files: dict[str, list[str]]
    name: str
    notes: list[str]


def splits_of(given: Sequence[str]) -> Named:
    """Files by our splits: train, and what is there of select and dev…; a test split is dev where both are.

    Shards, whose names differ in numbers alone, are one split. Raises InputError for no file.
    """
    groups: dict[tuple[str | None, str], list[str]] = {}
    for path in [file for one in given for file in _expanded(one)]:
        groups.setdefault(_named(path), []).append(path)
    notes, files = [], {}

    def called(split: str | None) -> list[str]:
        return [rest for of, rest in groups if of == split]

    def take(ours: str, split: str | None, rest: str) -> None:
        files[ours] = groups.pop((split, rest))

    trains = [("train", rest) for rest in sorted(called("train"), key=len)]
    first = next(iter([*trains, *((None, rest) for rest in called(None)), *groups]))
    name = _task_name(first[1], groups[first][0])
    take("train", *first)
    if not called("dev") and not called("test") and called(None):
        notes.append(f"{', '.join(groups[None, called(None)[0]])}: dev, since it is the second file")
        take("dev", None, called(None)[0])
    # Those of another task, or of a part, are left out where one is called as train is.
    dev, test = ([first[1]] if (of, first[1]) in groups else called(of) for of in ("dev", "test"))
    if len(dev) == len(test) == 1:
        take("select", "dev", dev[0])
        take("dev", "test", test[0])
    else:
        for split, rests in (("dev", dev), ("test", test)):
            for rest in rests:
                prefix = "dev" if split == "dev" or not dev else "dev_test"
                take(prefix if len(rests) == 1 else f"{prefix}_{rest or 'all'}".rstrip("_"), split, rest)
    notes += [
        f"{', '.join(paths)}: left out, other files are these splits by their names"
        for paths in groups.values()
    ]
    return Named(files, name, notes)


def _expanded(path: str) -> list[str]:
    """The splits in a folder of `datasets`, or the files of a folder whose names tell several splits."""
    folder = Path(path)
    if not folder.is_dir() or (folder / "state.json").exists():
        return [path]
    if (folder / "dataset_dict.json").exists():
        try:
            listed = json.loads((folder / "dataset_dict.json").read_text(encoding="utf-8"))["splits"]
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise InputError(
                f"{folder}: its list of splits is damaged ({error}); save the data set again"
            ) from error
        return [str(folder / split) for split in listed]
    inside = sorted(str(one) for one in folder.iterdir() if one.name[0] not in "._" and one.suffix != ".md")
    return inside if len({_named(one)[0] for one in inside} - {None}) > 1 else [path]


def _words(path: str) -> list[str]:
    stem = Path(path.removesuffix(".gz")).stem if kind_of(path) else Path(path).name
    stem = re.sub(r"\d+[-_]of[-_]\d+", "", stem)
    return re.findall("[a-z]+|[0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", stem).lower())


def _named(path: str) -> tuple[str | None, str]:
    """The split that a file's name tells, or else its folder's, and the rest of its name, numbers aside."""
    words = _words(path)
    split = next((SPLIT_OF[word] for word in words if word in SPLIT_OF), None)
    rest = "_".join(word for word in words if word not in SPLIT_OF and not word.isdigit())
    return (split or SPLIT_OF.get(Path(path).absolute().parent.name.lower()), rest)


def _task_name(rest: str, path: str) -> str:
    """A valid name of what a file is called, but for its split, or of the folder that it is in."""
    folders = [one.name for one in Path(os.path.abspath(path)).parents]
    for text in (rest, *folders):
        name = re.sub("[^a-z]*", "", re.sub(r"[^a-z0-9]+", "_", text.lower()), count=1).strip("_")
        if re.fullmatch(TASK_NAME, name) and name not in (*PLAIN, *SPLIT_OF):
            return name[:MAX_NAME_BYTES]
    return "mine"
