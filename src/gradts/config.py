"""Configuration and registries: checked against the schemas, then resolved to specifications."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from gradts.specs import (
    METRICS_OF,
    REGRESSION,
    TAGGING,
    TASK_NAME,
    Backend,
    GradientSpec,
    InputError,
    Member,
    Recipe,
    RunSpec,
    Source,
    Task,
    canonical,
    check_name,
    hint,
)


@dataclass(frozen=True)
class Plan:
    """The checked configuration with every name in it resolved."""

    config: dict[str, Any]
    tasks: dict[str, Task]
    sources: dict[str, Source]
    types: dict[str, str | None]
    backends: dict[str, Backend]
    gpus: dict[str, int]
    suites: dict[str, tuple[str, ...]]
    recipe: Recipe

    def gradient_spec(self, task: str, backend: str) -> GradientSpec:
        """What the gradient job of a task under a backend is made from."""
        settings = self.config["gradients"]
        recipe = Recipe(**{**self.config["training"], "epochs": settings["epochs"]})
        return GradientSpec(
            task=self.tasks[task],
            backend=self.backends[backend],
            recipe=recipe,
            seed=settings["seed"],
            estimator=settings["estimator"],
            batch_size=settings["batch_size"],
            precision=settings["precision"],
            dropout=settings["dropout"],
        )

    def run_spec(self, members: list[Member], backend: str, seed: int) -> RunSpec:
        """What a joint run is made from: its members in canonical order, backend, recipe, seed."""
        names = canonical(members)
        return RunSpec(
            members=names,
            tasks=[self.tasks[Member.parse(name).task] for name in names],
            backend=self.backends[backend],
            recipe=self.recipe,
            seed=seed,
            subset_seed=self.config["data"]["seed"],
        )

    def candidates(self, suite: str, primary: str) -> list[str]:
        """The suite without the primary task."""
        return [task for task in self.suites[suite] if task != primary]


def resolve(config: Mapping[str, Any], schemas: str | Path) -> Plan:
    """Check a configuration with its registries and resolve every name.

    `schemas` is the folder of the JSON schemas. Raises InputError that names the key, the value and
    the fix, before any job starts.
    """
    schemas = Path(schemas)
    config = checked(config, schemas / "config.schema.yaml", "config")
    for name in config["suites"]:
        check_name(name, "config: suites")
    entries = _task_entries(config["tasks"], schemas / "task.schema.yaml")
    registry = {
        name: checked(entry, schemas / "backend.schema.yaml", where)
        for name, entry, where in _entries(config["backends"])
    }
    gpus = {name: entry.pop("gpus") for name, entry in registry.items()}
    backends = {name: _backend(name, entry, config["backends"]) for name, entry in registry.items()}
    plan = Plan(
        config=config,
        tasks={name: _task(name, entry) for name, entry in entries.items()},
        sources={name: _source(name, entry, config) for name, entry in entries.items()},
        types={name: entry["type"] for name, entry in entries.items()},
        backends=backends,
        gpus=gpus,
        suites={name: tuple(sorted(_spread(name, config["suites"]))) for name in config["suites"]},
        recipe=Recipe(**config["training"]),
    )
    _check_names(plan)
    return plan


def _backend(name: str, entry: Mapping[str, Any], registry: str) -> Backend:
    check_name(name, f"{registry}: a backend")
    return Backend(name=name, **entry)


def _spread(suite: str, suites: Mapping[str, list[str]], within: tuple[str, ...] = ()) -> set[str]:
    """The tasks of a suite; a suite's name among them stands for its tasks."""
    if suite in within:
        raise InputError(f"config: suites.{suite}: contains itself; name each suite once")
    tasks = set()
    for name in suites[suite]:
        tasks |= _spread(name, suites, (*within, suite)) if name in suites else {name}
    return tasks


# ------------------------------------------------------------------------------- checks by schema


def _is_number(_: Any, value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


# YAML has .nan and .inf, which no bound would refuse, and 3.0, which JSON schema takes for an integer.
Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "number": _is_number,
            "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
        }
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
    filled = dict(values)
    for key, inner in schema.get("properties", {}).items():
        if key not in filled and "default" in inner:
            filled[key] = inner["default"]
        if key in filled:
            filled[key] = _with_defaults(filled[key], inner)
    return filled


# -------------------------------------------------------------------------------------- registry


def _entries(path: str) -> list[tuple[str, Any, str]]:
    try:
        text = Path(path).read_text(encoding="utf-8")
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


def _task_entries(paths: list[str], schema: Path) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = {}
    for path in paths:
        for name, entry, where in _entries(path):
            check_name(name, f"{path}: a task", TASK_NAME)
            if name in entries:
                raise InputError(f"{where}: this task is already defined; rename one of the two")
            entries[name] = checked(entry, schema, where)
            _check_task(entries[name], where)
    return entries


def _check_task(entry: Mapping[str, Any], where: str) -> None:
    origins = [key for key in ("hub", "files", "generated") if key in entry]
    if len(origins) != 1:
        raise InputError(
            f"{where}: exactly one of hub, files and generated is needed, "
            f"found {', '.join(origins) or 'none'}"
        )
    own_dev = any(split.startswith("dev") for split in entry["splits"])
    if own_dev == (entry["dev_fraction"] is not None):
        fix = "leave dev_fraction out" if own_dev else "name a dev split, or hold out a dev_fraction of train"
        raise InputError(f"{where}: scores are reported on one dev split; {fix}")
    objective = entry["objective"]
    if (objective == REGRESSION) == bool(entry["labels"]):
        wanted = "a regression task has no labels" if entry["labels"] else "labels are missing"
        raise InputError(f"{where}: {wanted} (objective: {objective})")
    if objective == TAGGING and len(entry["text"]) != 1:
        raise InputError(f"{where}: text of a sequence labelling task is one column of word lists")
    entry["metrics"] = entry["metrics"] or [METRICS_OF[objective][0]]
    for metric in entry["metrics"]:
        if metric not in METRICS_OF[objective]:
            raise InputError(
                f"{where}: metric '{metric}' is not for objective {objective}; "
                f"it has {', '.join(METRICS_OF[objective])}"
            )
    decides = entry["decides"]
    if decides is not None and decides not in entry["metrics"]:
        raise InputError(f"{where}: decides '{decides}' is not among its metrics")
    if "f1" in entry["metrics"] and len(entry["labels"]) != 2:
        raise InputError(f"{where}: f1 is for two labels; use macro_f1")
    available = entry.get("files") or entry.get("generated")
    for ours, theirs in entry["splits"].items():
        if available is not None and theirs not in available:
            raise InputError(
                f"{where}: split {ours} comes from '{theirs}', which the source does not list "
                f"(it lists {', '.join(available)})"
            )


def _task(name: str, entry: Mapping[str, Any]) -> Task:
    return Task(
        name=name,
        objective=entry["objective"],
        labels=entry["labels"],
        metrics=entry["metrics"],
        decides=entry["decides"] or entry["metrics"][0],
    )


def _source(name: str, entry: Mapping[str, Any], config: Mapping[str, Any]) -> Source:
    data, root = config["data"], config["data_root"]
    splits = entry["splits"]
    caps = {cap: entry.get(cap, data[cap]) for cap in ("max_train", "max_select", "max_dev")}
    if "generated" in entry:
        origin: dict[str, Any] = {"generated": entry["generated"]}
    elif "files" in entry:
        origin = {"files": entry["files"], "columns": entry["columns"]}
    elif root is not None:
        paths = {theirs: str(Path(root) / name / f"{theirs}.parquet") for theirs in splits.values()}
        origin = {"files": paths, "columns": None}
    else:
        origin = {key: entry[key] for key in ("hub", "config", "revision", "data_files")}
    return Source(
        task=name,
        objective=entry["objective"],
        origin=origin,
        splits=splits,
        text=entry["text"],
        label=entry["label"],
        labels=entry["labels"],
        empty_text=entry["empty_text"],
        seed=data["seed"],
        select_fraction=data["select_fraction"],
        dev_fraction=entry["dev_fraction"],
        max_train=caps["max_train"],
        max_select=caps["max_select"],
        max_dev=caps["max_dev"],
    )


# ----------------------------------------------------------------------------------------- names


def _check_names(plan: Plan) -> None:
    for suite, tasks in plan.suites.items():
        for task in tasks:
            _known(task, plan.tasks, f"config: suites.{suite}", "task")
    for name, table in plan.config["tables"].items():
        table = table or {}
        for key, known in (("suite", plan.suites), ("backend", plan.backends)):
            if key in table:
                _known(table[key], known, f"config: tables.{name}.{key}", key)
        for backend in table.get("backends", []):
            _known(backend, plan.backends, f"config: tables.{name}.backends", "backend")
        for task in table.get("tasks") or []:
            suite = table.get("suite", plan.config["tables"]["table2"]["suite"])
            _known(task, plan.suites[suite], f"config: tables.{name}.tasks", "task of the suite")
    if plan.config["figure3_task"] is not None:
        _known(plan.config["figure3_task"], plan.tasks, "config: figure3_task", "task")
    for method in ("thres", "fg"):
        threshold = plan.config["selection"][method]["threshold"]
        if isinstance(threshold, Mapping) and "tune" in threshold:
            for task in threshold["tune"]["tasks"]:
                where = f"config: selection.{method}.threshold.tune.tasks"
                suite = plan.config["tables"]["table2"]["suite"]
                _known(task, plan.suites[suite], where, "task of the suite")


def _known(name: str, known: Any, where: str, kind: str) -> None:
    if name not in known:
        raise InputError(f"{where}: {name!r} is no {kind}; {hint(name, known)}")
