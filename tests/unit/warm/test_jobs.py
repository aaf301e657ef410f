"""What a job that starts warm is given and gives, who serves whom, and what is run."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from gradts.code import code_digest
from tests.conftest import until
from tests.unit.warm.place import COLD, CONTROLLER, LATE, server_of

SOURCE = Path(__file__).parents[3] / "src"


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
    assert controller.stdout.readline() == "0\n"
    assert "jobs start cold: AF_UNIX path too long" in controller.communicate()[1]
    assert controller.returncode == 0
    assert place.is_left()


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
