"""docs/configurations.md tells what the shipped configurations resolve to, and what the protocols change."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gradts.config import resolve
from tests.configurations import configuration, shipped

PAGE = Path("docs/configurations.md")
BASES = {"demo": "config", "glue-mini": "glue-mini", "paper": "paper", "truth-real": "truth-real"}
REGISTRIES = ("tasks", "backends")


def spelled(values: Any, key: str = "") -> dict[str, str]:
    """Dotted key → value as the page spells it. A threshold is one value, whatever its form."""
    if not isinstance(values, Mapping) or key.endswith(".threshold"):
        return {key: json.dumps(values).replace('"', "")}
    parts = [spelled(value, f"{key}.{name}".lstrip(".")) for name, value in values.items()]
    return {name: text for part in parts for name, text in part.items()}


def resolved(values: Mapping[str, Any], left_out: tuple[str, ...] = REGISTRIES) -> dict[str, str]:
    return spelled({key: value for key, value in resolve(values).values.items() if key not in left_out})


def of_protocol(name: str) -> dict[str, str]:
    """What a protocol sets, which is the same over every base."""
    found, pairs = {}, {}
    for base in BASES.values():
        before, after = resolved(shipped(base)), resolved(shipped(base, f"protocols/{name}"))
        after["results_dir"] = after["results_dir"].replace(before["results_dir"], "{results_dir}", 1)
        pairs[base] = before | {"results_dir": "{results_dir}"}, after
        found |= {key: text for key, text in after.items() if pairs[base][0].get(key) != text}
    for base, (before, after) in pairs.items():
        assert after == before | found, f"{name} sets over {base} what it does not set over another"
    return found


def check_page(columns: Mapping[str, Mapping[str, str]]) -> None:
    """The page has this table, where what differs from the default is bold."""
    default = columns.get("default", {})
    rows = [["key", *columns], [":--"] * (len(columns) + 1)]
    for key in sorted({key for column in columns.values() for key in column}):
        texts = [column.get(key, "") for column in columns.values()]
        bold = [f"**{text}**" if text and text != default.get(key, text) else text for text in texts]
        rows.append([f"`{key}`", *bold])
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    if f"\n\n{table}\n" not in PAGE.read_text() + "\n":
        pytest.fail(f"{PAGE} does not have this table; put it in place of its own:\n\n{table}", pytrace=False)


def test_the_page_has_every_value_of_every_configuration():
    smallest = configuration(["rte", "mrpc"], "minilm-l6")  # suites and tables have no default
    default = resolved(smallest, (*REGISTRIES, "suites", "tables"))
    check_page({"default": default} | {name: resolved(shipped(base)) for name, base in BASES.items()})


def test_the_page_has_what_every_protocol_changes():
    check_page({name: of_protocol(name) for name in ("described", "released", "corrected")})
