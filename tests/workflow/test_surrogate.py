"""Surrogate models, really run: what is made for two primary tasks, and what is not made again."""

import json

from gradts.selection.surrogate import designed
from tests.workflow.tiny import TASKS, checkout, configure, jobs, runs, snakemake, state


def test_the_designed_sets_are_made_once_for_all_primary_tasks(tmp_path, tiny_backend):
    folder, primaries = checkout(tmp_path, tiny_backend), TASKS[:2]
    configure(folder, TASKS, selection={"surrogate": {"sets": 2}})
    drawn = [*designed(tuple(TASKS), 2, 0.5)]
    alone, everything = [(task,) for task in primaries], tuple(TASKS)
    wanted = {"+".join(one) for one in [*alone, everything, *drawn] if {*one} & {*primaries}}

    def target(method: str, task: str) -> str:
        return f"results/selection/tiny/tiny/{method}/{task}.json"

    linear, kernel = ([target(name, task) for task in primaries] for name in ("surrogate", "surrogate-rbf"))
    planned = jobs(snakemake(folder, "-n", *linear))
    # All at once: nothing waits for a score.
    assert planned == {"joint": len(wanted), "prepare": 3, "select": 2, "total": len(wanted) + 5}
    snakemake(folder, *linear)
    assert runs(folder) == wanted
    before = state(folder)
    assert "Nothing to be done" in snakemake(folder, "-n", *linear)
    assert jobs(snakemake(folder, *kernel)) == {"select": 2, "total": 2}
    assert state(folder) == before

    answer = json.loads((folder / linear[0]).read_text())
    told = next(step for step in answer["evidence"] if "sets" in step)
    assert {*told["sets"]} == {name for name in wanted if primaries[0] in name.split("+")}
    assert told["extra"] == {}

    other = next(pair for pair in (f"{TASKS[0]}+{task}" for task in TASKS[1:]) if pair not in wanted)
    snakemake(folder, f"results/runs/tiny/{other}/seed1/metrics.csv")
    assert "Nothing to be done" in snakemake(folder, "-n", *linear)
    configure(folder, TASKS, selection={"surrogate": {"sets": 2, "extra": True}})
    snakemake(folder, linear[0])
    answer = json.loads((folder / linear[0]).read_text())
    assert [[*step["extra"]] for step in answer["evidence"] if "extra" in step] == [[other]]
