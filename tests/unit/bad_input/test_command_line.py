"""Wrong options end in one line that names the place, the value and the fix."""

import json
from importlib import import_module

import pytest

from gradts.cli import COMMANDS, options, run
from gradts.reporting.specs import CostTableSpec
from tests.unit.bad_input.world import SUB_COMMANDS, flag, one_line


def required(command: str) -> list[str]:
    module, name = COMMANDS[command].split(":")
    known = options(getattr(import_module(module), name))
    return [option.replace("_", "-") for option, (_, needed) in known.items() if needed]


def usage(capsys, words: list[str]) -> str:
    with pytest.raises(SystemExit) as stopped:
        run(words)
    assert stopped.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("command", SUB_COMMANDS)
def test_a_missing_option_is_named(world, capsys, command):
    assert required(command)
    for option in required(command):
        words = world.words(command, **{option: None})
        named = "".join(flag(command, option)) or option
        assert usage(capsys, words) == (
            f"gradts {command}: error: the following arguments are required: {named}"
        )


@pytest.mark.parametrize("command", SUB_COMMANDS)
def test_an_unknown_option_is_named(world, capsys, command):
    line = usage(capsys, world.words(command, frobnicate="1"))
    assert line == f"gradts {command}: error: unrecognized arguments: --frobnicate 1"


def test_help_shows_what_is_given_without_a_name(capsys):
    with pytest.raises(SystemExit):
        run(["describe", "--help"])
    assert "usage: gradts describe [-h] [--threads THREADS] files [files ...]\n" in capsys.readouterr().out


WRONG_CHOICES = {
    "no threads": ("joint", "threads", "0", "'0' is no number of threads; give 1 or more"),
    "threads below zero": ("joint", "threads", "-2", "'-2' is no number of threads"),
    "threads in words": ("joint", "threads", "two", "'two' is no number of threads"),
}


@pytest.mark.parametrize("name", WRONG_CHOICES)
def test_wrong_choices(world, capsys, name):
    command, option, value, message = WRONG_CHOICES[name]
    line = usage(capsys, [*world.words(command, **{option: None}), f"--{option}={value}"])
    assert line.startswith(f"gradts {command}: error: argument --{option}: {message}")


def test_a_specification_may_be_a_file(world, tmp_path, capsys):
    """Of its text, or a record that holds it; another sub-command's is refused as its text would be."""
    options = world.options("fact-table")
    alone, record = tmp_path / "alone.json", tmp_path / "record.json"
    alone.write_text(options["spec"])
    record.write_text(json.dumps({"spec": json.loads(options["spec"]), "stage": "x"}))
    made = {}
    for spec in (options["spec"], alone, record):
        assert world.call("fact-table", spec=spec, csv=tmp_path / "x.csv", markdown=tmp_path / "x.md") == 0
        made[str(spec)] = (tmp_path / "x.csv").read_bytes()
    assert len(made) == 3
    assert len({*made.values()}) == 1
    assert world.call("select", spec=alone) == 1
    one_line(capsys, "select", "SelectionSpec.method: Field required")


def test_an_unknown_sub_command_is_named(capsys):
    assert "invalid choice: 'trian'" in usage(capsys, ["trian"])
    assert "the following arguments are required: COMMAND" in usage(capsys, [])


# Command, option, wrong value, message.
WRONG_OPTIONS = [
    (
        "describe",
        "files",
        ["nowhere.csv"],
        "nowhere.csv cannot be read: No such file or directory; mend its path",
    ),
    (
        "describe",
        "files",
        ["LICENSE.pdf"],
        "LICENSE.pdf: unknown file type; describe reads .parquet, .csv, .tsv",
    ),
    ("joint", "spec", "nowhere.json", "nowhere.json cannot be read … remake it with"),
    ("joint", "spec", "README.md", "RunSpec: Invalid JSON … found 'README.md'"),
    ("statistics", "data", "nowhere", "nowhere/demo_accept/statistics.json cannot be read"),
    ("gradients", "data", "nowhere", "nowhere/demo_entail/train.parquet cannot be read"),
    ("correlate", "importance", "nowhere", "nowhere/demo_accept/seed1.npy cannot be read"),
    ("correlate", "gradients", "nowhere", "nowhere/demo_accept/seed1.parquet cannot be read"),
    ("correlate", "intervals", "/dev/null/x.csv", "cannot write /dev/null/x.csv"),
    (
        "correlate",
        "out",
        "/dev/null/x.csv",
        "cannot write /dev/null/x.csv: … or set results_dir to another one",
    ),
    ("instances", "gradients", "nowhere", "nowhere/seed1.parquet cannot be read"),
    ("instances", "gradients", "README.md", "README.md/seed1.parquet cannot be read"),
    ("instances", "importance", "README.md", "README.md/seed1.npy cannot be read"),
    ("joint", "data", "nowhere", "nowhere/demo_accept/train.parquet cannot be read"),
    ("bandit", "data", "nowhere", "nowhere/demo_accept/train.parquet cannot be read"),
    ("mixing", "data", "nowhere", "nowhere/demo_accept/train.parquet cannot be read"),
    ("tune", "results", "nowhere", "nowhere/correlation/tiny/toy.csv cannot be read"),
    ("select", "results", "nowhere", "nowhere/correlation/tiny/toy.csv cannot be read"),
    ("table", "results", "nowhere", "nowhere/data/demo_entail/train.parquet cannot be read"),
    ("table", "paper", "nowhere.csv", "nowhere.csv cannot be read … take it from the repository again"),
    ("table", "paper", "config/paper/table7.csv", "table7.csv has no column 'method'"),
    ("table", "slips", "nowhere.csv", "nowhere.csv cannot be read … take it from the repository again"),
    ("table", "slips", "config/paper/table2.csv", "table2.csv has no column 'table'; take it from"),
    ("fact-table", "statistics", "nowhere.csv", "nowhere.csv cannot be read"),
    ("fact-table", "paper", "config/paper/table2.csv", "table2.csv has no column 'task'; take it from"),
    ("costs", "answers", ["nowhere.json"], "nowhere.json cannot be read"),
    ("stability", "table", "nowhere.csv", "nowhere.json cannot be read"),
    ("stability", "results", "nowhere", "cannot be read"),
    (
        "cost-table",
        "ledger",
        "config/paper/minutes.csv",
        "config/paper/minutes.csv has no column 'needed_by'",
    ),
    (
        "cost-table",
        "spec",
        CostTableSpec("10", ["magic"], True).to_json(),
        "methods: … has no answer of 'magic'; choose from gradts-trial",
    ),
    ("cost-table", "paper", "config/paper/table7.csv", "table7.csv has no column 'method'"),
    ("chosen-sets", "results", "nowhere", "nowhere/correlation/tiny/toy.csv cannot"),
    ("chosen-sets", "out", "x.docx", "--out: x.docx is no figure; name a .png, .svg or .pdf file"),
    ("heatmap", "values", "nowhere.npy", "nowhere.npy cannot be read"),
    ("heatmap", "out", "/dev/null/x.png", "cannot write /dev/null/x.png"),
    ("heatmap", "values", "nowhere.csv", "nowhere.csv cannot be read"),
    ("heatmap", "values", "README.md", "--values: README.md; name .npy files, or a matrix and its intervals"),
]


@pytest.mark.parametrize(("command", "option", "value", "message"), WRONG_OPTIONS)
def test_wrong_options(world, capsys, command, option, value, message):
    assert world.call(command, **{option: value}) == 1
    one_line(capsys, command, message)
