"""`python -m snakemake` for tests: imported once, which takes longer than to plan, and forked for every call.

A line of JSON on standard input asks for one, a line on standard output tells its exit status.
"""

import json
import os
import runpy
import sys
from collections.abc import Mapping, Sequence

import snakemake.cli  # noqa: F401


def call(folder: str, environment: Mapping[str, str], arguments: Sequence[str], printed: str) -> None:
    """Do it there, in this environment, and print to a file."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = [place for place in environment.get("PYTHONPATH", "").split(os.pathsep) if place]
    with open(os.devnull) as nothing, open(printed, "a") as file:
        for opened, stream in ((nothing, 0), (file, 1), (file, 2)):
            os.dup2(opened.fileno(), stream)
    sys.argv[1:] = arguments
    runpy.run_module("snakemake", run_name="__main__", alter_sys=True)


for line in sys.stdin:
    if child := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    else:
        call(**json.loads(line))
