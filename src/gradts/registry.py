"""Registries of tasks and backends: read, and entries of tasks checked for what no schema can say."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml

from gradts.data.files import kind_of
from gradts.data.labels import spelled
from gradts.data.objectives import OBJECTIVES
from gradts.data.schemes import fits, scheme_of
from gradts.names import InputError, check_known
from gradts.specs import ERRORS, METRICS_OF, READING, Source, Spec, no_decision

# The hub's loaders of plain files, which are read as `files:` are.
PLAIN_LOADERS = ("csv", "json", "parquet")
# Keys of a task that apply to text files alone → kinds of files that they do not apply to.
COLUMNAR = (".parquet", ".arrow")
NO_TABLE = (*COLUMNAR, ".json", ".jsonl", ".ndjson")
UNREAD_IN = {
    "encoding": COLUMNAR[1:],
    "columns": NO_TABLE,
    "separator": NO_TABLE,
    "header": NO_TABLE,
    "quoting": NO_TABLE,
}
# A path of the workflow's own files, relative to its root → where it is.
Locate = Callable[[str], str | Path]


def read_entries(path: str, locate: Locate) -> list[tuple[str, Any, str]]:
    content = _content(f"registry {path}", path, locate)
    if not isinstance(content, Mapping):
        raise InputError(f"registry {path} must map names to entries; it holds {type(content).__name__}")
    return [(str(name), entry, f"{path}: {name}") for name, entry in content.items()]


def check_keys(paths: Iterable[str | Path]) -> None:
    """Refuse configuration files of which a key would silently be lost."""
    for path in map(str, paths):
        if path.endswith((".yaml", ".yml")):
            _content(path, path)


def _content(name: str, path: str, locate: Locate = str) -> Any:
    """What a YAML file holds; InputError where it is none, or has a key twice."""
    try:
        loader = yaml.SafeLoader(Path(locate(path)).read_text(encoding="utf-8"))
        node = loader.get_single_node()
        twice = _twice(node)
        content = None if node is None else loader.construct_document(node)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{name} cannot be read: {reason}; mend the file or its path") from error
    if twice is not None:
        raise InputError(
            f"{name} line {twice.start_mark.line + 1}: '{twice.value}' is there twice; leave one out"
        )
    return content


def _twice(node: yaml.Node | None) -> yaml.Node | None:
    """The first key that its mapping has twice: YAML would silently keep the later one."""
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    return key
                seen.add(key.value)
            if (found := _twice(value)) is not None:
                return found
    return None


def check_backend(entry: Mapping[str, Any], where: str) -> None:
    """Refuse a key that says nothing of the place that an entry names; InputError as check_task."""
    for key, place in (("revision", "hub"), ("folder", "package")):
        if entry[key] is not None and entry[place] is None:
            raise InputError(f"{where}: {key} is of a model that {place} names, and none is; leave it out")


def check_task(entry: dict[str, Any], where: str) -> None:
    """Refuse an entry that means nothing, and fill in what follows from its other keys.

    Raises InputError naming `where`, the key, the value and the fix.
    """
    check_known(entry["objective"], OBJECTIVES, where, "objective")
    _check_origin(entry, where)
    _check_columns(entry, where)
    _check_labels(entry, where)
    _check_metrics(entry, where)
    _check_scheme(entry, where)


def _check_origin(entry: dict[str, Any], where: str) -> None:
    origins = [key for key in ("hub", "files", "generated") if key in entry]
    if len(origins) != 1:
        raise InputError(
            f"{where}: exactly one of hub, files and generated is needed, "
            f"found {', '.join(origins) or 'none'}"
        )
    for key in ("config", "revision", "data_files"):
        if entry[key] is not None and "hub" not in entry:
            raise InputError(
                f"{where}: {key} is of a data set on the hub, and it has {origins[0]}; leave it out"
            )
    listing, listed = next(
        ((key, entry[key]) for key in ("files", "generated", "data_files") if entry.get(key)), ("", {})
    )
    if entry["splits"] is None:
        own_dev = entry["dev_fraction"] is None or "dev" in listed
        own = [name for name, there in (("select", "select" in listed), ("dev", own_dev)) if there]
        entry["splits"] = {name: name for name in ("train", *own)}
    own_dev = any(split.startswith("dev") for split in entry["splits"])
    if own_dev == (entry["dev_fraction"] is not None):
        fix = "leave dev_fraction out" if own_dev else "name a dev split, or hold out a dev_fraction of train"
        raise InputError(f"{where}: scores are reported on one dev split; {fix}")
    if entry["select"] and "select" in entry["splits"]:
        raise InputError(
            f"{where}: select: {{folds: {entry['select']['folds']}}} decides on every row of train, but "
            f"splits names '{entry['splits']['select']}' to decide on; leave one out, or read both as train"
        )
    _check_files(entry, where)
    whole = listing in ("files", "generated") or entry.get("hub") in PLAIN_LOADERS
    _check_splits(entry["splits"], listing, listed, whole, where)


def _check_columns(entry: Mapping[str, Any], where: str) -> None:
    per_token = OBJECTIVES[entry["objective"]].per_token
    if per_token and len(entry["text"]) != 1:
        raise InputError(f"{where}: text of a sequence labelling task is one column of word lists")
    if len(entry["text"]) > 2:
        raise InputError(
            f"{where}: text names {len(entry['text'])} columns ({', '.join(entry['text'])}), but a model "
            "reads one text or a pair; join them in the file to two columns at most"
        )
    place = (entry["columns"] or {}).get
    if (label := entry["label"]) in entry["text"] or place(label, label) in map(place, entry["text"]):
        raise InputError(
            f"{where}: column '{label}' is the label and a text (label: {label}, text: "
            f"{', '.join(entry['text'])}), so the answer would stand in the input; leave it out of text"
        )
    if entry["sentence"] is not None and not per_token:
        raise InputError(
            f"{where}: sentence is for sequence labelling, where a row may be a word; leave it out"
        )


def _check_labels(entry: dict[str, Any], where: str) -> None:
    objective = entry["objective"]
    if OBJECTIVES[objective].named != bool(entry["labels"]):
        wanted = f"a {objective} task has no labels" if entry["labels"] else "labels are missing"
        raise InputError(f"{where}: {wanted} (objective: {objective})")
    entry["drop_labels"] = [spelled(value) for value in entry["drop_labels"]]
    entry["rename"] = {spelled(theirs): ours for theirs, ours in entry["rename"].items()}
    for ours in entry["rename"].values():
        check_known(ours, entry["labels"], f"{where}: rename", "label")
    for label in entry["drop_labels"]:
        if label in entry["labels"]:
            raise InputError(
                f"{where}: drop_labels leaves out '{label}', which is a label; leave it out of one"
            )


def _check_metrics(entry: dict[str, Any], where: str) -> None:
    objective, known = entry["objective"], METRICS_OF[entry["objective"]]
    unspanned = OBJECTIVES[objective].per_token and scheme_of(entry["labels"]) is None
    first = "token_accuracy" if unspanned and entry["scheme"] is None else known[0]
    entry["metrics"] = entry["metrics"] or [first]
    entry["decides"] = entry["metrics"][0] if entry["decides"] is None else entry["decides"]
    for metric in entry["metrics"]:
        if metric not in known:
            raise InputError(
                f"{where}: metric '{metric}' is not for objective {objective}; it has {', '.join(known)}"
            )
    if entry["decides"] not in entry["metrics"]:
        raise InputError(f"{where}: decides '{entry['decides']}' is not among its metrics")
    if entry["decides"] in ERRORS:
        raise InputError(f"{where}: {no_decision(entry['decides'], objective)}")
    if "f1" in entry["metrics"] and len(entry["labels"]) != 2:
        raise InputError(f"{where}: f1 is for two labels; use macro_f1")


def _check_splits(
    splits: Mapping[str, str], listing: str, listed: Mapping[str, Any], whole: bool, where: str
) -> None:
    """Every split comes from one that the source lists, where it lists them, and each of these is read.

    `whole`: splits are read as they are listed, not in parts.
    """
    otherwise = {"dev": ", or hold out a dev_fraction of train", "select": ", or leave select out"}
    for ours, theirs in splits.items():
        if whole and theirs not in listed:
            held_out = otherwise.get(ours.partition("_")[0], "")
            raise InputError(
                f"{where}: split {ours} comes from '{theirs}', which the source does not list "
                f"(it lists {', '.join(listed)}); name another in splits{held_out}"
            )
    # Of the hub a split may be a part, or several: train[:90%]+extra.
    read = {name for theirs in splits.values() for name in (theirs, *re.split(r"[+[]", theirs))}
    for name in listed:
        if name not in read:
            raise InputError(
                f"{where}: {listing} lists '{name}', which splits does not name (it names "
                f"{', '.join(splits.values())}), so it would not be read; report it, such as dev_{name}: "
                f"{name} in splits, decide on it (select: {name}), or leave it out"
            )


def _check_scheme(entry: dict[str, Any], where: str) -> None:
    """Spans are scored by the scheme of their tags: the one given, or the one that the labels show."""
    labels, scheme = entry["labels"], entry["scheme"]
    if "span_f1" not in entry["metrics"]:
        if scheme is not None:
            raise InputError(f"{where}: scheme is for span_f1, which is not among its metrics; leave it out")
        return
    entry["scheme"] = scheme or scheme_of(labels)
    if entry["scheme"] is None or not fits(labels, entry["scheme"]):
        of = scheme or "IOB1, IOB2, IOBES or BILOU"
        raise InputError(
            f"{where}: labels ({', '.join(labels)}) are no tags of scheme {of}, as B-PER, I-PER and O are of "
            "IOB2, so span_f1 cannot score them; set metrics: [token_macro_f1], or mend labels or scheme"
        )


def _check_files(entry: Mapping[str, Any], where: str) -> None:
    """Refuse what says how files are read where no file is, or is none that it applies to."""
    plain = entry.get("hub") in PLAIN_LOADERS
    if plain and not entry["data_files"]:
        raise InputError(f"{where}: hub: {entry['hub']} reads the files of data_files; give them by split")
    files = entry.get("files") or (entry["data_files"] if plain else {})
    paths = [path for given in files.values() for path in ([given] if isinstance(given, str) else given)]
    kinds = {f".{entry['hub']}"} if plain else {kind_of(path) for path in paths}
    for key in READING:
        if entry[key] is not None and kinds <= {*UNREAD_IN[key]}:
            found = f"files of kind {', '.join(sorted(kinds))}" if kinds else "no files"
            raise InputError(f"{where}: {key} says how text files are read, and it has {found}; leave it out")
    if entry["header"] is not None and entry["columns"] is None and not entry["header"]:
        raise InputError(
            f"{where}: header: false needs the positions of columns, such as columns: {{{entry['label']}: 0}}"
        )


def fields_of(kind: type[Spec], known: Mapping[str, Any]) -> dict[str, Any]:
    """What a specification holds of all that is known."""
    return {field.name: known[field.name] for field in fields(kind) if field.name in known}


def source_of(name: str, entry: Mapping[str, Any], config: Mapping[str, Any]) -> Source:
    root = config["data_root"]
    # What says nothing is no part of a specification.
    how = {"columns": None} | {key: entry[key] for key in READING if entry[key] is not None}
    if "generated" in entry:
        origin: dict[str, Any] = {"generated": entry["generated"]}
    elif "files" in entry:
        origin = {"files": entry["files"], **how}
    elif root is not None:
        paths = {theirs: str(Path(root) / name / f"{theirs}.parquet") for theirs in entry["splits"].values()}
        origin = {"files": paths, "columns": None}
    elif entry["hub"] in PLAIN_LOADERS:
        origin = {"files": entry["data_files"], "format": f".{entry['hub']}", **how}
    else:
        origin = {key: entry[key] for key in ("hub", "config", "revision", "data_files")}
    known = {**config["data"], **entry, "task": name, "origin": origin}
    known["max_train"] = config["data"]["max_train_of"].get(name, known["max_train"])
    known["select_fraction"] = None if "select" in entry["splits"] else known["select_fraction"]
    return Source(**fields_of(Source, known))
