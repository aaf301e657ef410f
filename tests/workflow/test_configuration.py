"""What reaches the rules: of the demo, only where no file or value that is given has suites."""

import json
from typing import Any

import pytest
import yaml
from snakemake.cli import parse_config
from snakemake.common import dict_to_key_value_args
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


def test_nested_values_of_the_command_line_are_merged_into_the_files(tmp_path):
    """They reach a cluster's job as Snakemake passes them on."""
    (tmp_path / "Snakefile").write_text(WORKFLOW)
    demo = shipped("config")
    given = [
        "training={epochs: 1, learning_rate: 1e-4}",
        "selection={thres: {threshold: {keep: 0.3, tune: null}}}",
    ]
    for one in (given, dict_to_key_value_args(parse_config([*given, "seeds=[3,4]"]), repr_obj=True)):
        snakemake(tmp_path, "--list-rules", "--config", *one)
        values = json.loads((tmp_path / "values.json").read_text())
        assert values["training"] == {
            **resolve(demo).values["training"],
            "epochs": 1,
            "learning_rate": 1e-4,
        }
        assert values["training"]["batch_size"] == demo["training"]["batch_size"] != 32
        assert values["selection"]["thres"]["threshold"] == {"keep": 0.3}
    assert values["seeds"] == [3, 4]
