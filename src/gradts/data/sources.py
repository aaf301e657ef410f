"""Raw rows of a task from the hub, from local files, or generated."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from gradts.data import conll
from gradts.data.objectives import OBJECTIVES
from gradts.names import InputError
from gradts.provenance import digest
from gradts.specs import Source

READERS = {
    ".parquet": pd.read_parquet,
    # A text may well be "None" or "NA": only parquet and json know a missing value.
    ".csv": lambda path: pd.read_csv(path, keep_default_na=False),
    ".tsv": lambda path: pd.read_csv(path, sep="\t", keep_default_na=False),
    ".json": pd.read_json,
    ".jsonl": lambda path: pd.read_json(path, lines=True),
}

# Formats whose columns have names of their own, whatever the registry calls positions.
TREES = (".parquet", ".json", ".jsonl")


class Raw(NamedTuple):
    """A split as its source has it: where it came from, and the frame in the source's row order.

    `lines`: the line in the file, as an editor counts, of each row, or of each word of each row.
    `names`: class names that the source itself carries for the label column, which then holds them.
    """

    place: str
    frame: pd.DataFrame
    lines: Sequence[int] | Sequence[Sequence[int]] | None = None
    names: Sequence[str] | None = None

    def at(self, row: int, word: int = 0) -> str:
        """A row, or a word of it, for messages."""
        if self.lines is None:
            return f"{self.place} row {row}"
        line = self.lines[row]
        return f"{self.place} line {line[word] if isinstance(line, Sequence) else line}"


def read_source(source: Source) -> tuple[dict[str, Raw], str | None]:
    """Our split name → every split of a source, and the commit of the hub that all are of, where it is known.

    Raises InputError where a split cannot be read.
    """
    origin, splits = source.origin, source.splits.items()
    if "generated" in origin:
        # Imported here: the grammar's digest is in the specifications of generated tasks alone.
        from gradts.demo.suite import generate

        try:
            frames = generate(source.task, origin["generated"], source.seed)
        except ValueError as error:
            raise InputError(f"generated task '{source.task}': {error}; mend the registry") from error
        place = f"generated task {source.task}, split"
        return {ours: Raw(f"{place} {theirs}", frames[theirs]) for ours, theirs in splits}, None
    if "files" in origin:
        files = {ours: origin["files"][theirs] for ours, theirs in splits}
        rows = {ours: _read_split(path, source) for ours, path in files.items()}
        _check_bytes(source)
        return rows, None
    return _read_hub(source)


def _check_bytes(source: Source) -> None:
    """Refuse files that changed between planning and reading: they were read as what they are not."""
    for path, planned in source.digests.items():
        if (found := digest(path)) != planned:
            raise InputError(
                f"task '{source.task}': {path} is another file (sha256 {found}) than when this run was "
                f"planned ({planned}); start it again, to make anew what depends on it"
            )


def _read_split(path: str, source: Source) -> Raw:
    columns, suffix = source.origin.get("columns"), Path(path).suffix
    lines_of_words = columns and OBJECTIVES[source.objective].per_token and source.sentence is None
    if suffix not in conll.SUFFIXES and not (lines_of_words and suffix not in TREES):
        return Raw(path, read_file(path))
    text = _read(path, lambda path: Path(path).read_text(encoding="utf-8-sig"))
    known = {*source.labels, *map(str, range(len(source.labels)))}
    header = source.origin.get("header")
    return Raw(path, *conll.read_conll(text, path, columns, source.label, known, header))


def read_file(path: str) -> pd.DataFrame:
    """Read a local table by its suffix; InputError where it is missing, damaged or of no known kind."""
    suffix = Path(path).suffix
    if suffix not in READERS:
        raise InputError(f"{path}: unknown file type; use one of {', '.join((*READERS, *conll.SUFFIXES))}")
    return _read(path, READERS[suffix])


def _read(path: str, reader: Callable[[str], Any]) -> Any:
    try:
        return reader(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(
            f"{path} cannot be read, it may be damaged or cut off ({error}); fetch it again"
        ) from error


def _read_hub(source: Source) -> tuple[dict[str, Raw], str | None]:
    """As `read_source`; one builder reads all splits, so that they are of one commit."""
    import datasets

    hub, config = source.origin["hub"], source.origin["config"]
    options = {key: source.origin[key] for key in ("revision", "data_files")}
    rows, split = {}, ", ".join(source.splits.values())
    try:
        builder = datasets.load_dataset_builder(hub, config, **options)
        builder.download_and_prepare()
        for ours, split in source.splits.items():
            data = builder.as_dataset(split=split)
            frame = _named(data.to_pandas(), data.features, source)
            rows[ours] = Raw(f"{hub} {config or ''} {split}", frame)
    except Exception as error:  # the hub client raises many kinds; all mean the same to the user
        raise InputError(
            f"hub data set {hub} ({config}), split {split}, cannot be loaded: "
            f"{error}; without the hub, set data_root to a folder of {{task}}/{{split}}.parquet"
        ) from error
    # Of a folder in the hub's layout this is no commit.
    return rows, builder.hash if re.fullmatch("[0-9a-f]{40}", str(builder.hash)) else None


def _named(frame: pd.DataFrame, features: Mapping[str, Any], source: Source) -> pd.DataFrame:
    """Label ids by the data set's own names, where these are the registry's: orders may differ."""
    feature = features.get(source.label)
    listed = hasattr(feature, "feature")
    names = getattr(feature.feature if listed else feature, "names", None)
    if names is None or not set(names) <= set(source.labels):
        return frame

    def spelled(label: Any) -> Any:
        if listed:
            return [names[one] for one in label]
        return names[label] if label >= 0 else label

    return frame.assign(**{source.label: frame[source.label].map(spelled)})
