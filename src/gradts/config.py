"""Configuration and registries: checked against the schemas, then resolved to specifications."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradts.names import MEAN, TASK_NAME, InputError, check_known, check_name
from gradts.registry import Locate, check_backend, check_task, fields_of, read_entries, source_of
from gradts.schema import checked, typed
from gradts.selection.methods import CONTROLS, TUNED, parsed
from gradts.selection.selectors import selector
from gradts.selection.specs import tuning_of
from gradts.specs import Backend, Recipe, Source, Task
from gradts.truth.lattice import lattice

SHARES = [{"keep": 0.2}, {"keep": 0.4}, {"keep": 0.6}, {"keep": 0.8}]  # a grid where none is given
EMBEDDED = "minilm-l6"  # the backend that needs no hub
ADVISES = "gradts-trial-paired"  # loses least for its cost (docs/choosing.md)


@dataclass(frozen=True)
class Configuration:
    """The checked configuration with every name in it resolved."""

    values: dict[str, Any]
    tasks: dict[str, Task]
    sources: dict[str, Source]
    types: dict[str, str | None]
    folds: dict[str, int | None]
    backends: dict[str, Backend]
    gpus: dict[str, int]
    suites: dict[str, tuple[str, ...]]
    recipe: Recipe
    advice: dict[str, Any]
    truth: dict[str, Any] | None


def resolve(values: Mapping[str, Any], locate: Locate = str) -> Configuration:
    """Check a configuration with its registries and resolve every name.

    `locate` finds schemas and registries (by default in the working directory). Raises InputError
    that names the key, the value and the fix, before any job starts.
    """

    def valid(value: Any, schema: str, where: str) -> dict[str, Any]:
        return checked(value, Path(locate(f"workflow/schemas/{schema}.schema.yaml")), where)

    given = typed(_with_main_table(values), Path(locate("workflow/schemas/config.schema.yaml")))
    values = valid(given, "config", "config")
    for method in ("thres", "fg"):
        settings = values["selection"][method]
        settings["threshold"] = _one_kind(settings["threshold"], f"config: selection.{method}.threshold")
    if values["protocol"] is not None:
        check_name(values["protocol"], "config: protocol")
    values["results_dir"] = _as_targets(Path(values["results_dir"], values["protocol"] or ""))
    for name, tasks in values["suites"].items():
        check_name(name, "config: suites")
        values["suites"][name] = sorted(tasks)  # no order of tasks matters anywhere
    entries: dict[str, dict[str, Any]] = {}
    for path in values["tasks"]:
        for name, entry, where in read_entries(path, locate):
            check_name(name, f"{path}: a task", TASK_NAME)
            if name == MEAN:
                raise InputError(f"{where}: '{MEAN}' is what tables call a mean over tasks; rename the task")
            if name in entries:
                raise InputError(f"{where}: this task is already defined; rename one of the two")
            entries[name] = valid(entry, "task", where)
            check_task(entries[name], where)
    backends, gpus = {}, {}
    for name, entry, where in read_entries(values["backends"], locate):
        check_name(name, f"{values['backends']}: a backend")
        known = valid(entry, "backend", where)
        check_backend(known, where)
        gpus[name] = known.pop("gpus")
        backends[name] = Backend(name=name, **known)
    configuration = Configuration(
        values=values,
        tasks={name: Task(**fields_of(Task, {**entry, "name": name})) for name, entry in entries.items()},
        sources={name: source_of(name, entry, values) for name, entry in entries.items()},
        types={name: entry["type"] for name, entry in entries.items()},
        folds={name: (entry["select"] or {}).get("folds") for name, entry in entries.items()},
        backends=backends,
        gpus=gpus,
        suites={name: tuple(sorted(_spread(name, values["suites"]))) for name in values["suites"]},
        recipe=Recipe(**fields_of(Recipe, values["training"])),
        advice=_advice(values, "threshold" in given.get("selection", {}).get("fg", {})),
        truth=_truth(values),
    )
    _check_names(configuration)
    return configuration


def _with_main_table(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A configuration of one suite and no tables shows that suite, under the embedded backend."""
    suites = values.get("suites")
    if "tables" in values or not isinstance(suites, Mapping) or len(suites) != 1:
        return values
    return {**values, "tables": {"table2": {"suite": next(iter(suites)), "backend": EMBEDDED}}}


def _advice(values: Mapping[str, Any], has_threshold: bool) -> dict[str, Any]:
    """Where advice is taken from; what is null is Table 2's, and the usual method beside the paper's."""
    given, table = values["advice"], values["tables"]["table2"]
    paper = "gradts-fg" if has_threshold else "gradts-trial"
    # Its rule needs answers on the split that decides; runs keep those of the epoch that is best on select.
    method = ADVISES if values["selection"]["decide_on"] == "select" else paper
    usual = {"suite": table["suite"], "backend": table["backend"], "method": method}
    if given["method"] is None:
        usual["beside"] = paper
    found = given | {key: value for key, value in usual.items() if given[key] is None}
    return found | {"beside": None if found["beside"] == found["method"] else found["beside"]}


def _truth(values: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the truth is measured of; what is null is Table 2's, and its kinds of sets are a list."""
    truth = values["truth"]
    if truth is None:
        return None
    place = {key: values["tables"]["table2"][key] for key in ("suite", "backend") if truth[key] is None}
    return truth | place | {"sets": truth["sets"] if isinstance(truth["sets"], list) else [truth["sets"]]}


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


def check_method(method: str, where: str, values: Mapping[str, Any]) -> None:
    """Raise InputError for what is no method, or rests on fine-tunes that the configuration leaves out."""
    selector(method, where)
    if parsed(method).name in TUNED and not values["gradients"]["epochs"]:
        raise InputError(
            f"{where}: '{method}' ranks by fine-tuned encoders, and gradients.epochs: 0 leaves all of them "
            "as they are; set 1 epoch or more, or choose another method"
        )


def _check_columns(suite: str, tasks: Iterable[Task]) -> None:
    """Refuse tasks of which two have one name of a column in tables."""
    of: dict[str, str] = {}
    for task in tasks:
        for metric in task.metrics:
            other = of.setdefault(column := f"{task.name}_{metric}", task.name)
            if other != task.name:
                raise InputError(
                    f"config: suites.{suite}: tables would call a metric of '{other}' and one of "
                    f"'{task.name}' {column}; rename one of the two tasks"
                )


def _check_names(configuration: Configuration) -> None:
    values, suites = configuration.values, configuration.suites
    main = values["tables"]["table2"]["suite"]
    check_known(main, suites, "config: tables.table2.suite", "suite")
    for suite, tasks in suites.items():
        for task in tasks:
            check_known(task, configuration.tasks, f"config: suites.{suite}", "task")
        _check_columns(suite, [configuration.tasks[task] for task in tasks])
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
            check_method(method, f"{where}.methods", values)
    advice, where = configuration.advice, "config: advice"
    check_known(advice["suite"], suites, f"{where}.suite", "suite")
    check_known(advice["backend"], configuration.backends, f"{where}.backend", "backend")
    for key in ("method", "beside"):
        if (method := advice[key]) is not None:
            check_method(method, f"{where}.{key}", values)
            if parsed(method).name in CONTROLS:
                raise InputError(f"{where}.{key}: '{method}' is a control; choose a method that advises")
    if (truth := configuration.truth) is not None:
        where = "config: truth"
        check_known(truth["suite"], suites, f"{where}.suite", "suite")
        check_known(truth["backend"], configuration.backends, f"{where}.backend", "backend")
        for method in truth["methods"] or []:
            check_method(method, f"{where}.methods", values)
        lattice(truth["sets"], suites[truth["suite"]], f"{where}.sets")
    if not values["gradients"]["epochs"] and values["gradients"]["head"] == "random":
        raise InputError(
            "config: gradients.epochs: 0 leaves the head as it is, and head: random has learnt nothing of "
            "the task; set gradients.head: fitted, or 1 epoch or more"
        )
    for task in values["data"]["max_train_of"]:
        check_known(task, configuration.tasks, "config: data.max_train_of", "task")
    if values["figure3_task"] is not None:
        check_known(values["figure3_task"], configuration.tasks, "config: figure3_task", "task")
    for method in ("thres", "fg"):
        for task in (tuning_of(values["selection"][method]["threshold"]) or {}).get("tasks", []):
            where = f"config: selection.{method}.threshold.tune.tasks"
            check_known(task, configuration.tasks, where, "task")
