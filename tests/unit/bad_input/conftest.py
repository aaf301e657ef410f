"""A finished results folder, made once, and copies of it to be damaged."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gradts.artifacts import read_json, write_json
from gradts.layout import below
from gradts.training.specs import EmbeddingSpec
from tests.conftest import generated_source
from tests.unit.bad_input.world import AUXILIARY, PRIMARY, TASKS, World


@pytest.fixture(scope="session")
def world(tmp_path_factory, backend) -> World:
    made = World(tmp_path_factory.mktemp("bad") / "results", backend)
    results = made.results

    def make(command: str, **changes: Any) -> None:
        assert made.call(command, **changes) == 0, command

    for name, task in TASKS.items():
        make("prepare", spec=generated_source(name).to_json(), out=results / "data" / name)
        for job in made.gradients[name]:
            fields = {"backend": "tiny", "task": name, "seed": job.seed}
            files = {kind: below(results, kind, **fields) for kind in ("importance", "gradients")}
            make("gradients", spec=job.to_json(), **files)
        alone = replace(made.run, members=[name], tasks=[task])
        make("joint", spec=alone.to_json(), out=results / "runs/tiny" / name / "seed1")
        spec = EmbeddingSpec(task, backend, 32).to_json()
        path = results / f"embeddings/tiny/{name}.parquet"
        make("embed", spec=spec, out=path.with_suffix(".npy"), vectors=path)
        make("map", spec=made.tuned[name].to_json(), embedded=path, out=results / f"maps/tiny/{name}.npy")
    again = replace(made.run, members=[f"{PRIMARY}@repeat2"], tasks=[TASKS[PRIMARY]])  # for the advice
    make("joint", spec=again.to_json(), out=results / f"runs/tiny/{PRIMARY}@repeat2/seed1")
    for command in (
        "joint",
        "correlate",
        "correlate-shuffled",
        "esm",
        "logme",
        "instances",
        "statistics",
        "bandit",
        "mixing",
        "tune",
        "select",
    ):
        make(command)
    # Of so small runs all scores tie, and no task is chosen; but of an auxiliary there are files to damage.
    answer = Path(made.options("select")["out"])
    chosen = {"auxiliaries": {AUXILIARY: 1.0}, "members": [AUXILIARY, PRIMARY], "undecided": None}
    write_json(answer, read_json(answer) | chosen)
    make(
        "select",
        spec=replace(made.selection, method="autosem-p1").to_json(),
        out=results / f"selection/tiny/toy/autosem-p1/{PRIMARY}.json",
    )
    other = replace(made.selection, primary=TASKS[AUXILIARY], candidates=[PRIMARY])
    out = results / "selection/tiny/toy/gradts-trial" / f"{AUXILIARY}.json"
    make("select", spec=other.to_json(), out=out)
    make("costs")
    for command in ("table", "truth", "regret"):
        make(command)
    return made


@pytest.fixture
def copy(world, tmp_path) -> World:
    """The finished results, to be damaged."""
    return world.at(shutil.copytree(world.results, tmp_path / "results"))
