"""Configuration and registries: checked against the schemas, then resolved to specifications."""

import copy
import json
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache, reduce
from operator import getitem
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from gradts.data.files import kind_of
from gradts.data.labels import spelled
from gradts.data.objectives import OBJECTIVES
from gradts.data.schemes import fits, scheme_of
from gradts.names import TASK_NAME, InputError, check_known, check_name, hint
from gradts.selection.selectors import selector
from gradts.selection.specs import tuning_of
from gradts.specs import ERRORS, METRICS_OF, READING, Backend, Recipe, Source, Spec, Task, no_decision

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

SHARES = [{"keep": 0.2}, {"keep": 0.4}, {"keep": 0.6}, {"keep": 0.8}]  # a grid where none is given
EMBEDDED = "minilm-l6"  # the backend that needs no hub
# A path of the workflow's own files, relative to its root → where it is.
Locate = Callable[[str], str | Path]


@dataclass(frozen=True)
class Configuration:
    """The checked configuration with every name in it resolved."""

    values: dict[str, Any]
    tasks: dict[str, Task]
    sources: dict[str, Source]
    types: dict[str, str | None]
    backends: dict[str, Backend]
    gpus: dict[str, int]
    suites: dict[str, tuple[str, ...]]
    recipe: Recipe


def resolve(values: Mapping[str, Any], locate: Locate = str) -> Configuration:
    """Check a configuration with its registries and resolve every name.

    `locate` finds schemas and registries (by default in the working directory). Raises InputError
    that names the key, the value and the fix, before any job starts.
    """

    def valid(value: Any, schema: str, where: str) -> dict[str, Any]:
        return checked(value, Path(locate(f"workflow/schemas/{schema}.schema.yaml")), where)

    values = _with_main_table(values)
    values = valid(_typed(values, Path(locate("workflow/schemas/config.schema.yaml"))), "config", "config")
    for method in ("thres", "fg"):
        settings = values["selection"][method]
        settings["threshold"] = _one_kind(settings["threshold"], f"config: selection.{method}.threshold")
    if values["protocol"] is not None:
        check_name(values["protocol"], "config: protocol")
    values["results_dir"] = _as_targets(Path(values["results_dir"], values["protocol"] or ""))
    for name in values["suites"]:
        check_name(name, "config: suites")
    entries: dict[str, dict[str, Any]] = {}
    for path in values["tasks"]:
        for name, entry, where in _entries(path, locate):
            check_name(name, f"{path}: a task", TASK_NAME)
            if name in entries:
                raise InputError(f"{where}: this task is already defined; rename one of the two")
            entries[name] = valid(entry, "task", where)
            _check_task(entries[name], where)
    backends, gpus = {}, {}
    for name, entry, where in _entries(values["backends"], locate):
        check_name(name, f"{values['backends']}: a backend")
        known = valid(entry, "backend", where)
        gpus[name] = known.pop("gpus")
        backends[name] = Backend(name=name, **known)
    configuration = Configuration(
        values=values,
        tasks={name: Task(**_of(Task, {**entry, "name": name})) for name, entry in entries.items()},
        sources={name: _source(name, entry, values) for name, entry in entries.items()},
        types={name: entry["type"] for name, entry in entries.items()},
        backends=backends,
        gpus=gpus,
        suites={name: tuple(sorted(_spread(name, values["suites"]))) for name in values["suites"]},
        recipe=Recipe(**values["training"]),
    )
    _check_names(configuration)
    return configuration


def _with_main_table(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A configuration of one suite and no tables shows that suite, under the embedded backend."""
    suites = values.get("suites")
    if "tables" in values or not isinstance(suites, Mapping) or len(suites) != 1:
        return values
    return {**values, "tables": {"table2": {"suite": next(iter(suites)), "backend": EMBEDDED}}}


def _as_targets(folder: Path) -> str:
    """A folder's path as Snakemake spells the targets below it, however either was given."""
    return str(folder) if folder.is_absolute() else os.path.relpath(folder)


def _one_kind(threshold: Any, where: str) -> Any:
    """A threshold without what is null in it, and with the grid where only tasks to tune it on are given.

    Raises InputError where both keep and tune are left, since Snakemake merges files key by key.
    """
    if not isinstance(threshold, Mapping):
        return threshold
    given = {kind: value for kind, value in threshold.items() if value is not None}
    if len(given) != 1:
        raise InputError(
            f"{where}: one of keep and tune is needed, found {' and '.join(given) or 'none'}; files are "
            "merged key by key: a later one sets what it replaces to null, as in {keep: 0.5, tune: null}"
        )
    return {kind: {"grid": SHARES, **value} if kind == "tune" else value for kind, value in given.items()}


def _spread(suite: str, suites: Mapping[str, list[str]], within: tuple[str, ...] = ()) -> set[str]:
    """The tasks of a suite; a suite's name among them stands for its tasks."""
    if suite in within:
        raise InputError(f"config: suites.{suite}: contains itself; name each suite once")
    tasks = set()
    for name in suites[suite]:
        tasks |= _spread(name, suites, (*within, suite)) if name in suites else {name}
    return tasks


def _finite(kind: Any) -> Callable[[Any, Any], bool]:
    return lambda _, value: isinstance(value, kind) and not isinstance(value, bool) and abs(value) < math.inf


# YAML has .nan and .inf, which no bound would refuse, and 3.0, which JSON schema takes for an integer.
Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"number": _finite(int | float), "integer": _finite(int)}
    ),
)


def checked(values: Any, schema_file: Path, where: str) -> dict[str, Any]:
    """Validate `values` and fill in the schema's defaults.

    Raises InputError naming `where`, the key, the value and what is allowed.
    """
    schema = _schema(schema_file)
    error = jsonschema.exceptions.best_match(Validator(schema).iter_errors(values))
    if error is not None:
        raise InputError(_explain(error, where, schema_file))
    return _with_defaults(values, schema)


def _typed(values: Any, schema_file: Path) -> Any:
    """Text that is JSON, where the schema has no text: within braces `--config` gives text alone."""
    values = copy.deepcopy(values)
    for error in _innermost(Validator(_schema(schema_file)).iter_errors(values)):
        if isinstance(error.instance, str) and (place := [*error.absolute_path]):
            within = reduce(getitem, place[:-1], values)
            with suppress(ValueError):
                within[place[-1]] = json.loads(error.instance)
    return values


def _innermost(errors: Iterable[jsonschema.ValidationError]) -> Iterator[jsonschema.ValidationError]:
    """Errors, and those of every alternative that a value fits as little."""
    for error in errors:
        yield error
        yield from _innermost(error.context)


def _explain(error: jsonschema.ValidationError, where: str, schema_file: Path) -> str:
    key = ".".join(str(part) for part in error.absolute_path)
    place = f"{where}: {key}" if key else where
    if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = list(error.schema.get("properties", {}))
        unknown = next(name for name in error.instance if name not in known)
        return f"{place}: unknown key {unknown!r}; {hint(str(unknown), known)}"
    text = str(error.schema.get("description", "")).strip()
    fix = f" ({text})" if text and not error.validator.endswith("Of") else ""
    message = error.message if len(error.message) < 300 else error.message[:300] + "…"
    return f"{place}: {message}{fix}; see {schema_file.name}"


@cache
def _schema(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _with_defaults(values: Any, schema: Mapping[str, Any]) -> Any:
    if not isinstance(values, Mapping):
        return values
    known = schema.get("properties", {})
    filled = {**{key: inner["default"] for key, inner in known.items() if "default" in inner}, **values}
    return filled | {key: _with_defaults(filled[key], inner) for key, inner in known.items() if key in filled}


def _entries(path: str, locate: Locate) -> list[tuple[str, Any, str]]:
    try:
        text = Path(locate(path)).read_text(encoding="utf-8")
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        twice = _twice(node)
        content = None if node is None else loader.construct_document(node)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"registry {path} cannot be read: {reason}; mend the file or its path") from error
    if twice is not None:
        raise InputError(
            f"registry {path} line {twice.start_mark.line + 1}: '{twice.value}' is there twice; leave one out"
        )
    if not isinstance(content, Mapping):
        raise InputError(f"registry {path} must map names to entries; it holds {type(content).__name__}")
    return [(str(name), entry, f"{path}: {name}") for name, entry in content.items()]


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


def _check_task(entry: Mapping[str, Any], where: str) -> None:
    origins = [key for key in ("hub", "files", "generated") if key in entry]
    if len(origins) != 1:
        raise InputError(
            f"{where}: exactly one of hub, files and generated is needed, "
            f"found {', '.join(origins) or 'none'}"
        )
    listing, listed = next(
        ((key, entry[key]) for key in ("files", "generated", "data_files") if entry.get(key)), ("", None)
    )
    if entry["splits"] is None:
        own_dev = entry["dev_fraction"] is None or "dev" in (listed or ())
        entry["splits"] = {"train": "train"} | ({"dev": "dev"} if own_dev else {})
    own_dev = any(split.startswith("dev") for split in entry["splits"])
    if own_dev == (entry["dev_fraction"] is not None):
        fix = "leave dev_fraction out" if own_dev else "name a dev split, or hold out a dev_fraction of train"
        raise InputError(f"{where}: scores are reported on one dev split; {fix}")
    objective = entry["objective"]
    if objective not in OBJECTIVES:
        raise InputError(f"{where}: '{objective}' is no objective; {hint(objective, OBJECTIVES)}")
    kind, known = OBJECTIVES[objective], METRICS_OF[objective]
    if kind.named != bool(entry["labels"]):
        wanted = f"a {objective} task has no labels" if entry["labels"] else "labels are missing"
        raise InputError(f"{where}: {wanted} (objective: {objective})")
    if kind.per_token and len(entry["text"]) != 1:
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
    entry["drop_labels"] = [spelled(value) for value in entry["drop_labels"]]
    entry["rename"] = {spelled(theirs): ours for theirs, ours in entry["rename"].items()}
    for ours in entry["rename"].values():
        check_known(ours, entry["labels"], f"{where}: rename", "label")
    for label in entry["drop_labels"]:
        if label in entry["labels"]:
            raise InputError(
                f"{where}: drop_labels leaves out '{label}', which is a label; leave it out of one"
            )
    if entry["sentence"] is not None and not kind.per_token:
        raise InputError(
            f"{where}: sentence is for sequence labelling, where a row may be a word; leave it out"
        )
    unspanned = kind.per_token and scheme_of(entry["labels"]) is None and entry["scheme"] is None
    entry["metrics"] = entry["metrics"] or ["token_accuracy" if unspanned else known[0]]
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
    _check_scheme(entry, where)
    _check_files(entry, where)
    whole = listing in ("files", "generated") or entry.get("hub") in PLAIN_LOADERS
    _check_splits(entry["splits"], listing, listed or {}, whole, where)


def _check_splits(
    splits: Mapping[str, str], listing: str, listed: Mapping[str, Any], whole: bool, where: str
) -> None:
    """Every split comes from one that the source lists, where it lists them, and each of these is read.

    `whole`: splits are read as they are listed, not in parts.
    """
    for ours, theirs in splits.items():
        if whole and theirs not in listed:
            held_out = "" if ours == "train" else ", or hold out a dev_fraction of train"
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
                f"{name} in splits, or leave it out"
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


def _of(kind: type[Spec], known: Mapping[str, Any]) -> dict[str, Any]:
    """What a specification holds of all that is known."""
    return {field.name: known[field.name] for field in fields(kind) if field.name in known}


def _source(name: str, entry: Mapping[str, Any], config: Mapping[str, Any]) -> Source:
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
    return Source(**_of(Source, known))


def _check_names(configuration: Configuration) -> None:
    values, suites = configuration.values, configuration.suites
    main = values["tables"]["table2"]["suite"]
    check_known(main, suites, "config: tables.table2.suite", "suite")
    for suite, tasks in suites.items():
        for task in tasks:
            check_known(task, configuration.tasks, f"config: suites.{suite}", "task")
    for name, table in values["tables"].items():
        table, where = table or {}, f"config: tables.{name}"
        for key, known in (("suite", suites), ("backend", configuration.backends)):
            if key in table:
                check_known(table[key], known, f"{where}.{key}", key)
        for backend in table.get("backends", []):
            check_known(backend, configuration.backends, f"{where}.backends", "backend")
        for task in table.get("tasks") or []:
            check_known(task, suites[table.get("suite", main)], f"{where}.tasks", "task of the suite")
        for method in table.get("methods") or []:
            selector(method, f"{where}.methods")
    for task in values["data"]["max_train_of"]:
        check_known(task, configuration.tasks, "config: data.max_train_of", "task")
    if values["figure3_task"] is not None:
        check_known(values["figure3_task"], configuration.tasks, "config: figure3_task", "task")
    for method in ("thres", "fg"):
        for task in (tuning_of(values["selection"][method]["threshold"]) or {}).get("tasks", []):
            where = f"config: selection.{method}.threshold.tune.tasks"
            check_known(task, suites[main], where, "task of the suite")
