"""What a release promises: the image's folder, the catalog's entry, one version."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml

from gradts import code, provenance
from gradts.code import code_version
from gradts.provenance import Job

DOCKERFILE = Path("Dockerfile").read_text()
NEXT = {"gradts": "9.9.9"}


def forget():
    for function in (code.installed, code.packages, code.code_digest, provenance.versions):
        function.cache_clear()


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


def test_the_version_is_one_everywhere():
    citation = yaml.safe_load(Path("CITATION.cff").read_text())
    newest = re.search(r"^## \[(\d.*)\] - (.*)$", Path("CHANGELOG.md").read_text(), re.MULTILINE)
    deployed = re.findall(r"--tag v(\S+)", Path("docs/deploy.md").read_text())
    version = tomllib.loads(Path("pyproject.toml").read_text())["project"]["version"]
    assert {newest[1], citation["version"], *deployed} == {version}
    assert newest[2] == str(citation["date-released"])


def test_a_version_makes_nothing_stale(monkeypatch):
    """Records tell it; what jobs are compared by does not hold it."""
    rules = "".join(path.read_text() for path in Path("workflow/rules").glob("*.smk"))
    stages = sorted(set(re.findall(r'code_version\("(.+?)"\)', rules)))
    assert len(stages) > 10
    before = [(code_version(stage), Job(stage).follows_from()) for stage in stages]
    with monkeypatch.context() as patched:
        real = code.metadata.version
        patched.setattr(code.metadata, "version", lambda name: NEXT.get(name) or real(name))
        forget()
        assert provenance.versions()["gradts"] == NEXT["gradts"]
        assert [(code_version(stage), Job(stage).follows_from()) for stage in stages] == before
    forget()
