"""What a release promises: the image's folder, the catalog's entry."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

DOCKERFILE = Path("Dockerfile").read_text()


def test_the_image_holds_what_its_default_command_needs(tmp_path):
    """The command is asked for, in dry-run, of the files alone that .dockerignore lets pass."""
    image, work = tmp_path / "gradts", tmp_path / "work"
    image.mkdir(), work.mkdir()
    kept = re.findall(r"^!(.+)$", Path(".dockerignore").read_text(), re.MULTILINE)
    for name in kept:
        (shutil.copytree if Path(name).is_dir() else shutil.copy)(name, image / name)
    copied = re.findall(r"^COPY (\S+) (\S+)$", DOCKERFILE, re.MULTILINE)
    assert copied == [(".", "/gradts")]
    installed = re.findall(r"/gradts/(\S+)", DOCKERFILE)
    assert installed
    assert all((image / name.strip('",')).exists() for name in installed)
    command = json.loads(
        re.search(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)[1].replace("/gradts/", f"{image}/")
    )
    assert command[0] == "snakemake"
    dry = [sys.executable, "-m", *command, "--dry-run", "--quiet=rules"]
    done = subprocess.run(dry, cwd=work, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "score_table" in done.stdout + done.stderr
    assert "profiles/default" in done.stdout + done.stderr


def test_the_catalog_is_told_what_rules_have():
    told = yaml.safe_load(Path(".snakemake-workflow-catalog.yml").read_text())["usage"]
    rules = "".join(
        path.read_text() for path in [*Path("workflow").rglob("*.smk"), Path("workflow/Snakefile")]
    )
    has = {word.strip() for word in re.findall(r"^ *\w+:", rules, re.MULTILINE)}
    deployment = told["software-stack-deployment"]
    assert deployment["conda"] == ("conda:" in has)
    assert deployment["apptainer"] == ("container:" in has)
