"""A small valid configuration with its registries, for tests to change, and the shipped ones."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from snakemake.utils import update_config

ENTRY = {"files": {"train": "a.csv", "dev": "b.csv"}, "text": ["text"], "labels": ["no", "yes"]}
NOTHING: Mapping[str, Any] = MappingProxyType({})
LEFT_OUT = object()  # in place of a value: the key is not there


def changed(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**values, **changes}.items() if value is not LEFT_OUT}


def configuration(suite: Iterable[str], backend: str, **changes: Any) -> dict[str, Any]:
    """The suite `toy` of tasks of the shipped registries, and Table 2 of it; with other values."""
    small = {"suites": {"toy": [*suite]}, "tables": {"table2": {"suite": "toy", "backend": backend}}}
    return changed(small, changes)


def written(
    folder: Path,
    config: Mapping[str, Any] = NOTHING,
    tasks: Mapping[str, Any] = NOTHING,
    backends: Mapping[str, Any] = NOTHING,
    suite: Iterable[str] = ("two", "one", "three"),
) -> dict[str, Any]:
    """A configuration with registries of its own in a folder: these tasks under the backend `tiny`.

    `config`, `backends` and the entries of `tasks` have other or further values.
    """
    registries = {
        "tasks": dict.fromkeys(suite, ENTRY) | {name: changed(ENTRY, entry) for name, entry in tasks.items()},
        "backends": {"tiny": {"path": "somewhere"}, **backends},
    }
    paths = {name: folder / f"{name}.yaml" for name in registries}
    for name, path in paths.items():
        path.write_text(yaml.safe_dump(registries[name], sort_keys=False))
    files = {"tasks": [str(paths["tasks"])], "backends": str(paths["backends"])}
    return configuration(suite, "tiny", **{**files, **config})


def shipped(*names: str) -> dict[str, Any]:
    """These files of `config/`, each over those before it and all over the demo where none has suites.

    As workflow/rules/common.smk merges them; a test of the workflow holds the two in step.
    """
    given = [yaml.safe_load(Path(f"config/{name}.yaml").read_text()) for name in names]
    if not any("suites" in values for values in given):
        return shipped("config", *names)
    merged: dict[str, Any] = {}
    for values in given:
        update_config(merged, values)
    return merged
