"""How long many tasks take to plan."""

import json
import os
import subprocess
import sys
import time

import yaml

from tests.workflow.tiny import TASKS, checkout, configure, jobs


def test_sixty_tasks_and_three_backends_are_planned_in_seconds(tmp_path, tiny_backend):
    folder = checkout(tmp_path, tiny_backend)
    names = [f"task_with_a_long_name_{number:02}" for number in range(60)]
    entry = {"files": {"train": "a.csv", "dev": "b.csv"}, "text": ["text"], "labels": ["no", "yes"]}
    (folder / "config/tasks/many.yaml").write_text(yaml.safe_dump(dict.fromkeys(names, entry)))
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text("text,label\n")
    backends = {name: {"path": str(tiny_backend)} for name in ("first", "second", "third")}
    (folder / "config/backends.yaml").write_text(yaml.safe_dump(backends))
    configure(
        folder,
        TASKS,
        tasks=["config/tasks/many.yaml"],
        suites={"many": names},
        tables={
            "table2": {"suite": "many", "backend": "first"},
            "table8": {"suite": "many", "backends": list(backends)},
        },
        selection={},
    )
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "all", "-n", "--quiet", "rules"]
    began = time.monotonic()
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as planning:
        output = planning.stdout.read()
        _, status, usage = os.wait4(planning.pid, 0)  # of this child alone: other tests' were larger
        planning.returncode = os.waitstatus_to_exitcode(status)
    seconds, peak = time.monotonic() - began, usage.ru_maxrss / 2**10
    assert planning.returncode == 0, output
    print(f"{seconds:.1f} s, {peak:.0f} MB")
    assert jobs(output)["gradients"] == 180
    assert jobs(output)["joint"] == 60 + 3  # the tasks alone for Table 2, NO-SEL for every backend
    assert seconds < 60  # 30 s on an idle machine
    assert peak < 1024
    (named,) = (folder / "results/runs/members").glob("set-*.json")  # NO-SEL's 60 names do not fit a path
    assert json.loads(named.read_text()) == names
