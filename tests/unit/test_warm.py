"""Jobs that start warm: real processes, real signals, kill -9 of every one of them."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from gradts.code import code_digest
from tests.conftest import kill_all_in, processes_in, until

SOURCE = Path(__file__).parents[2] / "src"
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


@pytest.fixture
def place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as folder:  # a short one: a socket's address is
        place = Place(Path(folder))
        yield place
        kill_all_in(place.temporary)
        for process in place.started:
            with process:  # its pipes are closed
                pass


def server_of(controller: subprocess.Popen[str]) -> psutil.Process:
    (server,) = psutil.Process(controller.pid).children()
    return server


# ------------------------------------------------------------------------- what a job is given and gives


def test_a_job_has_what_its_command_was_given(place):
    place.controller(env={"OF_THE_CONTROLLER": "yes"})
    elsewhere = place.folder / "else where"
    elsewhere.mkdir()
    given = {"cwd": elsewhere, "umask": 0o027, "env": {"OF_THE_CLIENT": "Zoë"}}
    status, output, errors = place.ask("toys:tell", "a b", "", "ü", text="a line\n", **given)
    assert json.loads(output) == [["a b", "", "ü"], str(elsewhere), ["Zoë", None], 0o027, "a line\n"]
    assert (status, errors) == (0, "an error\n")


@pytest.mark.parametrize(
    ("function", "argument", "status", "error"),
    [
        ("leave", 0, 0, ""),
        ("leave", 3, 3, ""),
        ("fail", "", 1, "RuntimeError: a mistake\n"),
        ("die", 15, -15, ""),
        ("die", 9, -9, ""),
    ],
)
def test_a_command_ends_as_its_job_does(place, function, argument, status, error):
    place.controller()
    ended = place.ask(f"toys:{function}", argument)
    assert (ended[0], ended[2][-len(error) :] if error else ended[2]) == (status, error)


def test_what_a_job_has_forked_may_outlive_it(place):
    place.controller()
    assert place.client("toys:fork").wait(LATE) == 3


def test_a_module_that_cannot_be_imported_is_left_to_its_command(place):
    server = server_of(place.controller())
    assert place.ask("broken:leave", 3)[0] == COLD
    assert place.ask("missing:leave", 3)[0] == COLD
    assert place.ask("toys:missing", 3)[0] == COLD
    assert place.ask("toys:leave", 3)[0] == 3
    assert server.is_running()


def test_an_import_that_fails_shows_no_environment(place):
    controller = place.controller(stderr=subprocess.PIPE)
    place.ask("broken:leave", 3, env={"PASSWORD": "of the client"})
    errors = controller.communicate()[1]
    assert "no import" in errors
    assert "of the client" not in errors


# ------------------------------------------------------------------------------------------ signals


def caught(process: subprocess.Popen[str]) -> set[int]:
    """The signals that it has a handler for."""
    mask = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{process.pid}/status").read_text())[1]
    return {number for number in range(1, 32) if int(mask, 16) >> number - 1 & 1}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_reaches_the_job_and_what_it_has_started(place, number):
    place.controller()
    client = place.client("toys:rest")
    until(lambda: place.processes("sleep"))
    client.send_signal(number)
    assert client.wait(LATE) == -number
    until(lambda: not place.processes("sleep"), SOON)


def test_a_job_may_answer_a_signal(place):
    place.controller()
    client = place.client("toys:interrupted", place.folder / "begun")
    until((place.folder / "begun").exists)
    client.send_signal(signal.SIGINT)
    assert client.wait(LATE) == 5


def test_a_signal_before_the_job_has_begun_is_not_lost(place):
    place.controller()
    clients = [place.client("held:rest") for _ in range(5)]
    until((place.folder / "held.py.begun").exists)
    until(lambda: all(signal.SIGTERM in caught(client) for client in clients))
    for client in clients:
        client.send_signal(signal.SIGTERM)
    (place.folder / "held.py.release").touch()
    assert [client.wait(LATE) for client in clients] == [-signal.SIGTERM] * len(clients)


def test_a_signal_after_the_job_has_ended_does_not_start_it_again(place):
    server = server_of(place.controller())
    client = place.client("toys:linger", place.folder / "begun", place.folder / "end")
    until((place.folder / "begun").exists)
    client.send_signal(signal.SIGSTOP)
    (place.folder / "end").touch()
    until(lambda: not server.children())
    client.send_signal(signal.SIGTERM)
    client.send_signal(signal.SIGCONT)
    assert client.wait(LATE) == 3


# ------------------------------------------------------------------------------------- who is killed


def test_a_killed_command_takes_its_job_with_it(place):
    server = server_of(place.controller())
    client = place.client("toys:rest")
    until(lambda: place.processes("sleep"))
    client.kill()
    until(lambda: not server.children() and not place.processes("sleep"), SOON)
    assert place.ask("toys:leave", 3)[0] == 3


def test_a_killed_controller_takes_all_with_it(place):
    controller = place.controller()
    client = place.client("toys:rest")
    until(lambda: place.processes("sleep"))
    controller.kill()
    until(place.is_left, SOON)
    assert client.wait() == -signal.SIGKILL


@pytest.mark.parametrize("module", ["slices", "stretch"])
def test_a_controller_killed_during_an_import_leaves_nothing(place, module):
    controller = place.controller()
    clients = [place.client(f"{module}:leave", 3)]
    until((place.folder / f"{module}.py.begun").exists)
    clients.append(place.client("toys:leave", 3))  # which waits
    until(lambda: all(signal.SIGTERM in caught(client) for client in clients))
    controller.kill()
    until(place.is_left, SOON)
    for client in clients:
        assert client.wait() == 1
        assert client.stderr.read() == "snakemake has ended\n"


def test_a_controller_killed_while_it_starts_leaves_nothing(place):
    controller = place.start(CONTROLLER)
    until(lambda: len(place.processes()) == 2)
    controller.kill()
    until(place.is_left, SOON)


def test_a_controller_that_ends_leaves_nothing(place):
    controller = place.controller()
    assert place.ask("toys:leave", 3)[0] == 3
    controller.stdin.close()
    assert controller.wait(LATE) == 0
    until(place.is_left, SOON)


def test_without_the_warm_process_jobs_go_on_and_others_start_cold(place):
    controller = place.controller()
    client = place.client("toys:linger", place.folder / "begun", place.folder / "end")
    until((place.folder / "begun").exists)
    server_of(controller).kill()
    until(lambda: place.ask("toys:leave", 3)[0] == COLD)
    assert client.poll() is None
    (place.folder / "end").touch()
    assert client.wait(LATE) == 3
    controller.stdin.close()
    until(place.is_left, SOON)


def test_a_job_does_not_outlive_who_watches_it(place):
    """Its command starts cold: the job would be done twice at a time."""
    server = server_of(place.controller())
    client = place.client("toys:linger", place.folder / "begun", place.folder / "end")
    until((place.folder / "begun").exists)
    (watcher,) = server.children()
    (job,) = watcher.children()
    watcher.kill()
    assert client.wait(LATE) == COLD
    until(lambda: not job.is_running(), SOON)


# ------------------------------------------------------------------------------------ who serves whom


def test_each_controller_has_its_own(place):
    controllers, folders = [], []
    for _ in range(2):
        controllers.append(place.controller())
        folders.append(place.environment["GRADTS_WARM"])
    assert len({server_of(controller).pid for controller in controllers}) == 2
    assert sorted(folders) == sorted(map(str, place.temporary.iterdir()))
    controllers[0].kill()
    until(lambda: [str(path) for path in place.temporary.iterdir()] == folders[1:])
    assert place.ask("toys:leave", 3)[0] == 3
    assert place.ask("toys:leave", 3, env={"GRADTS_WARM": folders[0]})[0] == COLD


def test_a_file_of_the_working_directory_is_no_module(place):
    elsewhere = place.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "numpy.py").write_text("raise RuntimeError")
    place.controller(cwd=elsewhere)
    assert place.ask("toys:library", cwd=elsewhere)[0] == 0


def test_nobody_else_can_ask(place):
    place.controller()
    assert Path(place.environment["GRADTS_WARM"]).stat().st_mode & 0o777 == 0o700


def test_who_wants_none_starts_none_and_asks_none(place):
    place.controller()
    assert place.ask("toys:leave", 3, env={"GRADTS_WARM": "0"})[0] == COLD
    controller = place.controller(env={"GRADTS_WARM": "0"})
    assert place.environment["GRADTS_WARM"] == "0"
    assert psutil.Process(controller.pid).children() == []


def test_an_address_too_long_for_a_socket_stops_nobody(place):
    place.temporary /= "x" * 120
    place.temporary.mkdir()
    controller = place.start(CONTROLLER, env={"TMPDIR": str(place.temporary)})
    assert controller.stdout.readline() == "None\n"
    assert "jobs start cold: AF_UNIX path too long" in controller.communicate()[1]
    assert controller.returncode == 0
    assert place.is_left()


# ------------------------------------------------------------------------------- what is run, and how


def test_an_edited_library_is_not_mixed_in(place):
    shutil.copytree(SOURCE, place.folder / "src")
    place.environment["PYTHONPATH"] = f"{place.folder / 'src'}{os.pathsep}{place.environment['PYTHONPATH']}"
    place.controller()
    path = place.folder / "src/gradts/correlation/kendall.py"
    text = path.read_text()
    path.write_text(text.replace("BLOCK = 1024", "BLOCK = 7"))
    block, digest = json.loads(place.ask("toys:library")[1])
    assert (block, digest) == (1024, code_digest("gradts.correlation.kendall"))
    new = json.loads(place.start("import toys; toys.library([])").communicate()[0])
    assert new[0] == 7
    assert new[1] != digest


def test_a_stages_imports_leave_one_thread_and_jobs_have_as_many_as_they_ask_for(place):
    server = server_of(place.controller())
    output = place.ask("toys:threads", module="gradts.training.joint")[1]
    assert "libtorch" in Path(f"/proc/{server.pid}/maps").read_text()
    assert server.num_threads() == 1
    without_cuda, of_torch, of_libraries = json.loads(output)
    assert not without_cuda
    assert of_torch == 2
    assert of_libraries
    assert set(of_libraries) == {2}


def test_costs_count_from_the_fork(place):
    server = server_of(place.controller())
    assert place.ask("toys:record", module="gradts.provenance")[0] == 0
    until(lambda: time.time() - server.create_time() > 1.5)
    began = time.monotonic()
    wall, cpu, peak = json.loads(place.ask("toys:record", module="gradts.provenance")[1])
    assert 0 < wall < time.monotonic() - began
    assert 0 <= cpu < sum(server.cpu_times()[:2])
    assert peak > 2**20
