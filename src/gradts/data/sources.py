"""Raw rows of a task from the hub, from local files, or generated."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gradts.data import conll
from gradts.data.files import files_behind, is_address, kind_of, local_files, read_text, tell
from gradts.data.objectives import OBJECTIVES
from gradts.data.table import Table
from gradts.data.tables import READERS, as_frame, read_table
from gradts.names import InputError
from gradts.provenance import digest
from gradts.specs import Source

# Kinds of files whose columns have names of their own, whatever the registry calls positions.
NAMED = (".parquet", ".arrow", ".json", ".jsonl", ".ndjson")


class Raw(NamedTuple):
    """A split as its source has it: where it came from, and the frame in the source's row order.

    `lines`: for text files the line of each row, or of each word of it, counted from 1. `names`: the class
    names that the source carries for the label column. `shards`: of each of its files the first row.
    """

    place: str
    frame: pd.DataFrame
    lines: Sequence[int] | Sequence[Sequence[int]] | None = None
    names: Sequence[str] | None = None
    shards: Sequence[tuple[int, str]] = ()

    def at(self, row: int, word: int = 0) -> str:
        """A row, or a word of it, for messages: its line where it is known, else its number, from 0."""
        first, place = 0, self.place
        if self.shards:
            first, place = self.shards[bisect_right(self.shards, row, key=lambda shard: shard[0]) - 1]
        if self.lines is None:
            return f"{place} row {row - first}"
        line = self.lines[row]
        return f"{place} line {line[word] if isinstance(line, Sequence) else line}"


def read_source(source: Source) -> tuple[dict[str, Raw], str | None]:
    """Our split name → every split of a source, and the commit of the hub that all are of, where it is known.

    Cells of text files are text; labels of columns that carry class names are names. Raises InputError where
    a split cannot be read.
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
        rows, commit = {ours: read_files(origin["files"][theirs], source) for ours, theirs in splits}, None
    else:
        rows, commit = _read_hub(source)
    _check_bytes(source)
    return rows, commit


def read_files(given: str | list[str], source: Source, *, labelled: bool = True) -> Raw:
    """The rows of all files behind what the registry names, one after the other.

    Without the column of labels where they are not `labelled` and have none. Raises InputError as
    `read_source`.
    """
    paths = files_behind(given)
    many = f"{paths[0]} and {len(paths) - 1} more"
    place = given if isinstance(given, str) else paths[0] if len(paths) == 1 else many
    wanted = [name for name in _wanted(source) if labelled or name != source.label]
    found = [_read_file(path, source, wanted) for path in paths]
    for path, one in zip(paths, found, strict=True):
        unlike = {*one.frame.columns} ^ {*found[0].frame.columns}
        if unlike:
            raise InputError(
                f"{path}: its columns are not those of {paths[0]} (only one has "
                f"{', '.join(sorted(map(str, unlike)))}); give files of the same columns"
            )
    starts = [0, *accumulate(len(one.frame) for one in found)]
    lines = [line for one in found for line in one.lines or ()]
    return Raw(
        place,
        pd.concat([one.frame for one in found], ignore_index=True) if len(found) > 1 else found[0].frame,
        lines if all(one.lines is not None for one in found) else None,
        list(dict.fromkeys(name for one in found for name in one.names or ())) or None,
        list(zip(starts, paths, strict=False)),
    )


def _read_file(path: str, source: Source, wanted: list[str]) -> Raw:
    origin, kind = source.origin, _kind(path, source)
    local = _fetched(path) if is_address(path) else path
    if kind is None:
        text = read_text(local, origin.get("encoding"))
        known = {*source.labels, *source.rename, *source.drop_labels, *map(str, range(len(source.labels)))}
        columns, header = origin.get("columns"), origin.get("header")
        return Raw(path, *conll.read_conll(text, path, columns, source.label, known, header, wanted))
    return _as_asked(path, read_table(local, kind, origin, wanted), source)


def _wanted(source: Source) -> list[str]:
    """The columns that are asked for."""
    return [*source.text, source.label, *([] if source.sentence is None else [source.sentence])]


def _kind(path: str, source: Source) -> str | None:
    """How a file is read: a key of READERS, or None for a word a line."""
    kind = source.origin.get("format") or kind_of(path)
    per_token = OBJECTIVES[source.objective].per_token
    if per_token and source.origin.get("columns") and source.sentence is None and kind not in NAMED:
        return None
    if kind in conll.SUFFIXES and (per_token or kind != ".txt"):
        return None
    if kind == ".txt" or (kind not in READERS and source.origin.get("separator")):
        return ".tsv"
    if kind not in READERS:
        raise InputError(
            f"{path}: unknown file type; use one of {', '.join((*READERS, *conll.SUFFIXES))}, or set the "
            "separator: of a table"
        )
    return kind


def _fetched(address: str) -> str:
    """A local copy of a file from a server, from the cache of `datasets` where it is there."""
    import datasets

    try:
        return datasets.DownloadManager().download(address)
    except Exception as error:  # as many kinds as there are ways to fetch
        raise InputError(
            f"{address} cannot be fetched: {error}; without a network, name a local copy "
            "in files: or data_root"
        ) from error


def _as_asked(place: str, table: Table, source: Source) -> Raw:
    """A table with the columns that are asked for: none is there twice, nested ones, bytes as text, names."""
    wanted = _wanted(source)
    columns = [str(name) for name in table.frame.columns]
    spelled = {}
    for name in wanted:
        found = [name] * columns.count(name) or [one for one in columns if one.lower() == name.lower()]
        if len(found) > 1:
            raise InputError(
                f"{place}: column '{name}' of task '{source.task}' may be any of {', '.join(found)}; leave "
                "one of them, or name one in the registry as it is spelled"
            )
        spelled |= dict.fromkeys(found, name)
    # Of other columns, such as nameless ones, the first is as good as any.
    frame = table.frame.loc[:, ~pd.Index(columns).duplicated()].rename(columns=spelled)
    features = {spelled.get(name, name): feature for name, feature in (table.features or {}).items()}
    for name in wanted:
        head, *path = name.split(".")
        if path and name not in frame and head in frame:
            frame[name] = _as_they_are(_inside(value, path) for value in frame[head])
        if name in frame:
            frame[name] = decoded(frame[name], place, source.origin.get("encoding"))
    feature = features.get(source.label) or _inside(features, source.label.split("."))
    names = class_names(feature)
    if names is not None and source.label in frame and OBJECTIVES[source.objective].named:
        frame[source.label] = _as_they_are(_named(value, names) for value in frame[source.label])
        shared = {*names} & {*source.labels}
        if [one for one in names if one in shared] != [one for one in source.labels if one in shared]:
            carried, ours = ", ".join(names), ", ".join(source.labels)
            tell(place, f"its ids name {carried}; those of files without names count as labels do: {ours}")
    else:
        names = None
    return Raw(place, frame, table.lines, names)


def _as_they_are(values: Iterable[Any]) -> pd.Series:
    """Values of which pandas makes no others, such as floats of integers where one is missing."""
    return pd.Series(list(values), dtype=object)


def _inside(value: Any, path: Sequence[str]) -> Any:
    """What an object holds by the names of a dotted path, None where it has no such."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def decoded(column: pd.Series, place: str, encoding: str | None) -> pd.Series:
    """A column's bytes as text, in lists of words, too; InputError where they are none in the encoding."""
    encoding = encoding or "utf-8"
    if column.dtype != object:
        return column

    def text(value: Any) -> Any:
        if isinstance(value, list | np.ndarray):
            return [text(one) for one in value]
        return value.decode(encoding) if isinstance(value, bytes) else value

    listed = (value if isinstance(value, list | np.ndarray) else (value,) for value in column)
    if not any(isinstance(one, bytes) for values in listed for one in values):
        return column
    try:
        return _as_they_are(map(text, column))
    except (UnicodeError, LookupError) as error:
        raise InputError(
            f"{place}: column '{column.name}' holds bytes that are no {encoding} ({error}); name their "
            "encoding: in the registry"
        ) from error


def class_names(feature: Any) -> list[str] | None:
    """Names of a ClassLabel, or of a list of such, as `datasets` describes a column; None of others."""
    while isinstance(feature, list) or (isinstance(feature, Mapping) and "feature" in feature):
        feature = feature[0] if isinstance(feature, list) else feature["feature"]
    is_named = isinstance(feature, Mapping) and feature.get("_type") == "ClassLabel"
    return feature.get("names") if is_named else None


def _named(label: Any, names: Sequence[str]) -> Any:
    """The names of ids; what is none, such as -1 where a row has no label, stays as it is."""
    if isinstance(label, list | tuple | np.ndarray):
        return [_named(one, names) for one in label]
    # In a list with a missing one, ids are floats.
    is_id = isinstance(label, int | float | np.number) and 0 <= label < len(names)
    return names[int(label)] if is_id else label


def _check_bytes(source: Source) -> None:
    """Refuse files that changed between planning and reading: they were read as what they are not."""
    if not source.digests:  # nothing was planned
        return
    found = {path: digest(path) for path in local_files(source.origin, source.splits.values())}
    for path in sorted({*found, *source.digests}):
        if found.get(path) != source.digests.get(path):
            raise InputError(
                f"task '{source.task}': {path} is another file (sha256 {found.get(path)}) than when this run "
                f"was planned ({source.digests.get(path)}); start it again, to make anew what depends on it"
            )


def _read_hub(source: Source) -> tuple[dict[str, Raw], str | None]:
    """As `read_source`; one builder reads all splits, so that they are of one commit."""
    import datasets

    hub, config = source.origin["hub"], source.origin["config"]
    options = {key: source.origin[key] for key in ("revision", "data_files")}
    tables, split = {}, ", ".join(source.splits.values())
    try:
        builder = datasets.load_dataset_builder(hub, config, **options)
        builder.download_and_prepare()
        for ours, split in source.splits.items():
            data = builder.as_dataset(split=split)
            frame = as_frame(data.with_format("arrow")[:])
            tables[ours] = Table(frame, None, data.features.to_dict())
    except Exception as error:  # the hub client raises many kinds; all mean the same to the user
        raise InputError(
            f"hub data set {hub} ({config}), split {split}, cannot be loaded: "
            f"{error}; without the hub, set data_root to a folder of {{task}}/{{split}}.parquet"
        ) from error
    rows = {
        ours: _as_asked(f"{hub} {config or ''} {source.splits[ours]}", table, source)
        for ours, table in tables.items()
    }
    # Of a folder in the hub's layout this is no commit.
    return rows, builder.hash if re.fullmatch("[0-9a-f]{40}", str(builder.hash)) else None
