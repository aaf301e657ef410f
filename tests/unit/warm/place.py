"""Toy jobs, and processes that stand for `snakemake` and for `gradts`."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

from tests.conftest import processes_in

SOON = 2.0  # seconds within which everything ends
LATE = 30.0  # and a client, which may have to wait for its turn
COLD = 99

# Stands for `snakemake`, until its standard input ends.
CONTROLLER = """
import os, sys
from gradts import warm
warm.start()
print(os.environ.get("GRADTS_WARM"), flush=True)
sys.stdin.read()
"""

# Stands for `gradts`.
CLIENT = f"""
import sys
from gradts import warm
status = warm.call(*sys.argv[1:3], sys.argv[3:])
sys.exit({COLD} if status is None else status)
"""

TOYS = """
import json, os, signal, subprocess, sys, time
from pathlib import Path

def tell(arguments):
    mask = os.umask(0)
    only = [os.environ.get(name) for name in ("OF_THE_CLIENT", "OF_THE_CONTROLLER")]
    print(json.dumps([arguments, os.getcwd(), only, mask, sys.stdin.read()]))
    print("an error", file=sys.stderr)

def leave(arguments):
    return int(arguments[0])

def fail(arguments):
    raise RuntimeError("a mistake")

def die(arguments):
    os.kill(os.getpid(), int(arguments[0]))

def rest(arguments):
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    subprocess.Popen(["sleep", "60"])
    time.sleep(60)

def linger(arguments):
    begun, end = map(Path, arguments)
    begun.touch()
    while not end.exists():
        time.sleep(0.01)
    return 3

def fork(arguments):
    if os.fork() == 0:
        time.sleep(60)
    return 3

def interrupted(arguments):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    Path(arguments[0]).touch()
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        return 5

def library(arguments):
    from gradts.code import code_digest
    from gradts.correlation import kendall
    print(json.dumps([kendall.BLOCK, code_digest("gradts.correlation.kendall")]))

def record(arguments):
    from gradts.provenance import Job
    made = Job("gradts.correlation.kendall").record()
    print(json.dumps([made[name] for name in ("wall_seconds", "cpu_seconds", "peak_memory_bytes")]))

def threads(arguments):
    import torch, threadpoolctl
    from gradts import warm
    warm.set_threads(2)
    found = [library["num_threads"] for library in threadpoolctl.threadpool_info()]
    print(json.dumps([torch.cuda._is_in_bad_fork(), torch.get_num_threads(), found]))
"""

# Module → what it does when it is imported, after it has left a file beside it.
IMPORTS = {
    "slices": "for _ in range(600): time.sleep(0.1)",
    "stretch": "time.sleep(60)",
    "held": "while not os.path.exists(f'{__file__}.release'): time.sleep(0.01)",
    "broken": "raise RuntimeError('no import')",
}


class Place:
    """A folder of toy jobs; what is started there, and all that this starts, is known by its TMPDIR."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.temporary = folder, folder / "tmp"
        self.temporary.mkdir()
        (folder / "toys.py").write_text(TOYS)
        for name, text in IMPORTS.items():
            begun = "import os, time\nopen(f'{__file__}.begun', 'w').close()"
            (folder / f"{name}.py").write_text(f"{begun}\n{text}\nfrom toys import *\n")
        paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.environment = {**os.environ, "TMPDIR": str(self.temporary), "PYTHONPATH": os.pathsep.join(paths)}
        self.environment.pop("GRADTS_WARM", None)
        self.started: list[subprocess.Popen[str]] = []

    def start(self, code: str, *arguments: object, env: dict[str, str] | None = None, **more: Any) -> Any:
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        env, command = self.environment | (env or {}), [sys.executable, "-c", code, *map(str, arguments)]
        self.started.append(subprocess.Popen(command, env=env, text=True, **pipes | more))
        return self.started[-1]

    def controller(self, **more: Any) -> subprocess.Popen[str]:
        """One that has started its warm process, which clients from now on ask."""
        process = self.start(CONTROLLER, **{"stderr": None} | more)
        self.environment["GRADTS_WARM"] = process.stdout.readline().strip()
        return process

    def client(self, function: str, *arguments: object, module: str = "", **more: Any) -> Any:
        """One that asks for a function, and that its module, or another one, is imported before."""
        return self.start(CLIENT, module or function.partition(":")[0], function, *arguments, **more)

    def ask(self, function: str, *arguments: object, text: str = "", **more: Any) -> tuple[int, str, str]:
        """Exit status and output of a client."""
        process = self.client(function, *arguments, **more)
        output = process.communicate(text, timeout=30)
        return process.returncode, *output

    def processes(self, program: str = "") -> list[psutil.Process]:
        return processes_in(self.temporary, program)

    def is_left(self) -> bool:
        return not self.processes() and not list(self.temporary.iterdir())


def server_of(controller: subprocess.Popen[str]) -> psutil.Process:
    (server,) = psutil.Process(controller.pid).children()
    return server


def caught(process: subprocess.Popen[str]) -> set[int]:
    """The signals that it has a handler for."""
    mask = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{process.pid}/status").read_text())[1]
    return {number for number in range(1, 32) if int(mask, 16) >> number - 1 & 1}
