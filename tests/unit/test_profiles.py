"""profiles/slurm says what every submitted job takes, and docs/cluster.md what they load."""

import re
from pathlib import Path

import yaml

PROFILE = yaml.safe_load(Path("profiles/slurm/config.yaml").read_text())
SNAKEFILE = Path("workflow/Snakefile").read_text()
TEXTS = "".join(path.read_text() for path in Path("workflow/rules").glob("*.smk"))
_, *PARTS = re.split(r"^(?:rule|checkpoint|use rule \w+ as) (\w+).*:\n", TEXTS, flags=re.MULTILINE)
RULES = dict(zip(PARTS[::2], PARTS[1::2], strict=True))
SUBMITTED = {*RULES} - {*re.findall(r"^    (\w+),$", SNAKEFILE.split("localrules:")[1], re.MULTILINE)}


def test_every_rule_that_is_submitted_is_there():
    assert {*PROFILE["set-resources"]} == SUBMITTED
    assert {*PROFILE["set-threads"]} == SUBMITTED - {"prepare"}


def test_the_gpus_of_a_run_are_left_to_its_backend():
    """A number there would win over `gpus`, and as many processes would share fewer GPUs."""
    own = {rule for rule in SUBMITTED if "gpu=lambda wc: CONFIGURATION.gpus" in RULES[rule]}
    assert own == {"joint", "model"}
    assert not own & {rule for rule, takes in PROFILE["set-resources"].items() if "gpu" in takes}


def test_the_model_that_is_fetched_first_is_the_one_that_jobs_load():
    """Under another of its names the hub's cache would not have it."""
    fetched = re.findall(r"from_pretrained\('(.+?)'\)", Path("docs/cluster.md").read_text())
    table = yaml.safe_load(Path("config/paper.yaml").read_text())["tables"]["table2"]
    assert fetched == [yaml.safe_load(Path("config/backends.yaml").read_text())[table["backend"]]["hub"]]
