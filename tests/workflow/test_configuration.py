"""What reaches the rules: of the demo, only where no file or value that is given has suites."""

import json
from typing import Any

import pytest
import yaml
from snakemake.utils import update_config

from gradts.config import resolve
from tests.configurations import shipped
from tests.workflow.tiny import ROOT, snakemake

WORKFLOW = f"""
import json

include: "{ROOT}/workflow/rules/common.smk"

with open("values.json", "w") as file:
    json.dump(CONFIGURATION.values, file)
"""
GIVEN = {"results_dir": "x/", "data_root": "/data"}


@pytest.mark.parametrize(
    ("files", "given", "merged"),
    [
        ([], {}, ["config"]),
        ([], GIVEN, ["config"]),
        (["protocols/described"], GIVEN, ["config", "protocols/described"]),
        (["config", "protocols/released"], {}, ["config", "protocols/released"]),
        (["glue-mini"], {}, ["glue-mini"]),
        (["paper"], {}, ["paper"]),
        (["paper", "protocols/described"], GIVEN, ["paper", "protocols/described"]),
    ],
)
def test_the_demo_is_read_where_no_suites_are_given(tmp_path, files, given, merged):
    (tmp_path / "Snakefile").write_text(WORKFLOW)
    options = ["--configfile", *(f"{ROOT}/config/{name}.yaml" for name in files)] if files else []
    options += ["--config", *(f"{key}={value}" for key, value in given.items())] if given else []
    snakemake(tmp_path, "--list-rules", *options)
    expected: dict[str, Any] = {}
    for name in merged:
        update_config(expected, yaml.safe_load((ROOT / f"config/{name}.yaml").read_text()))
    assert shipped(*files) == expected
    values = json.loads((tmp_path / "values.json").read_text())
    assert values == resolve(expected | given).values
