"""Values against a JSON schema: checked, explained, and with its defaults."""

import copy
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache, reduce
from operator import getitem
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from gradts.names import InputError, hint


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


def typed(values: Any, schema_file: Path) -> Any:
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
    fix = f" ({text})" if text else ""
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
