"""The workflow also runs from another folder, and as a module of another workflow."""

import os

import pytest
import yaml

from tests.workflow.tiny import ROOT, checkout, jobs, read_rows, snakemake

CONFIG = """
suites: {tiny: [demo_accept, demo_entail]}
tables: {table2: {suite: tiny, backend: tiny, methods: [single-task]}}
data: {max_train: 16, max_select: 16, max_dev: 16}
training: {epochs: 1, batch_size: 8, max_length: 32, precision: fp32}
"""


@pytest.fixture
def workflow(tmp_path, tiny_backend):
    """The workflow's own folder, which has everything but results."""
    folder = tmp_path / "the workflow"
    folder.mkdir()
    return checkout(folder, tiny_backend)


def test_another_working_directory(workflow, tmp_path):
    """Registries, schemas and the paper's figures come from where the workflow is."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    (place / "mine.yaml").write_text(CONFIG)
    where = ["-s", str(workflow / "Snakefile"), "--directory", str(place)]
    where += ["--configfile", str(place / "mine.yaml"), "--", "results/tables/table2.csv"]
    snakemake(tmp_path, *where)
    assert read_rows(place / "results/tables/table2.csv")[1]["method"] == "Single-Task"
    assert not (workflow / "results").exists()
    assert "Nothing to be done" in snakemake(tmp_path, "-n", *where)


def test_another_working_directory_with_the_default_configuration(tmp_path):
    output = snakemake(tmp_path, "-n", "-s", f"{ROOT}/Snakefile", "--directory", str(tmp_path), "all")
    assert jobs(output)["prepare"] == 14


MODULE = """
configfile: "own.yaml"

module gradts:
    snakefile: "{snakefile}"
    config: config["gradts"]

use rule * from gradts

onstart:
    from gradts.warm import start; start()

rule mine:
    input: "results/tables/table2.csv"
    output: "mine.txt"
    shell: "test -S $GRADTS_WARM/* && cut -d, -f1 {{input:q}} > {{output:q}}"
"""


def test_a_module_of_another_workflow(workflow, tmp_path):
    """Only what the module is told counts: the schema's defaults, no config file nor the other's schema."""
    place = tmp_path / "outer"
    (place / "workflow/schemas").mkdir(parents=True)
    (place / "workflow/schemas/config.schema.yaml").write_text("required: [samples]")
    (place / "Snakefile").write_text(MODULE.format(snakefile=workflow / "workflow/Snakefile"))
    (place / "own.yaml").write_text(yaml.safe_dump({"gradts": yaml.safe_load(CONFIG)}))
    snakemake(place, "mine.txt")
    assert (place / "mine.txt").read_text().split() == ["method", "Majority", "Single-Task"]
    made = {path.parent.name for path in (place / "results/data").glob("*/train.parquet")}
    assert made == {"demo_accept", "demo_entail"}
    assert "Nothing to be done" in snakemake(place, "-n", "mine.txt")


# Stands for apptainer: tells what it was called with, and runs the command outside of any image.
APPTAINER = """#!/bin/sh
[ "$1" != --version ] || exec echo apptainer version 1.4.0
echo "$@" >> {told}
while [ "$1" != -c ]; do shift; done
exec bash -c "$2"
"""


def test_with_apptainer_a_job_runs_in_the_image_of_the_working_directory(workflow, tmp_path):
    program = tmp_path / "bin/singularity"
    program.parent.mkdir()
    program.write_text(APPTAINER.format(told=tmp_path / "told"))
    program.chmod(0o755)
    program.with_name("apptainer").symlink_to(program)
    path = os.pathsep.join([str(program.parent), *os.get_exec_path()])
    task = "results/data/demo_accept/dev.parquet"
    snakemake(workflow, "--sdm", "apptainer", "--", task, env={**os.environ, "PATH": path})
    assert (workflow / task).exists()
    told = (tmp_path / "told").read_text().split()
    assert told[0] == "exec"
    assert told[told.index("-c") - 2] == "gradts.sif"
    assert "gradts prepare" in " ".join(told)
