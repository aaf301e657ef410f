"""Real signals to jobs that start warm, and kill -9 of every process that is part in it."""

import signal

import pytest

from tests.conftest import until
from tests.unit.warm.place import COLD, CONTROLLER, LATE, SOON, caught, server_of


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
