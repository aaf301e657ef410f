"""profiles/slurm on a real Slurm without accounting: jobs go wrong, and the results are right."""

import re
import socket
from collections import Counter
from itertools import combinations

import pytest
import yaml

from tests.slurm.cluster import (
    PROFILE,
    call,
    controllers,
    edit_profile,
    lines,
    slurm,
    small_jobs,
    wait_for,
)
from tests.workflow.tiny import ROOT, TASKS, checkout, configure

METHODS = ["single-task", "no-sel", "gradts-trial"]
CONFIG = {
    "tables": {"table2": {"suite": "tiny", "backend": "tiny", "methods": METHODS, "tasks": TASKS[-1:]}},
    # Trained for long enough that scores differ between runs, and a wrong one would show.
    "data": {"max_train": 64, "max_select": 24, "max_dev": 24},
    "training": {
        "epochs": 8,
        "learning_rate": 0.01,
        "batch_size": 8,
        "max_length": 32,
        "precision": "fp32",
    },
}


@pytest.fixture(scope="module")
def submit(tmp_path_factory):
    with slurm(tmp_path_factory.mktemp("slurm") / "state"), controllers() as start:
        yield start


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return small_jobs(tmp_path_factory.mktemp("small jobs"))  # a path with a space


@pytest.fixture(scope="module")
def background(submit, tmp_path_factory, tiny_backend):
    """Long runs, which go on while other tests do their work."""
    more = small_jobs(tmp_path_factory.mktemp("more"))
    runs = {"more": (more, submit(more, "more.txt"))}
    threads = yaml.safe_load((ROOT / PROFILE).read_text())["set-threads"]
    alone = ("--cores", "2", "--set-threads", *(f"{rule}={n}" for rule, n in threads.items()), "--")
    for name, options in (("cluster", {}), ("local", {"options": alone})):
        place = checkout(tmp_path_factory.mktemp(name), tiny_backend)
        configure(place, TASKS, **CONFIG)
        edit_profile(place, account=None)
        runs[name] = (place, submit(place, "results/tables/table2.csv", **options))
    return runs


def test_no_more_jobs_run_at_a_time_than_there_are_gpus(submit, folder):
    submit(folder, "gpus.txt").finish()
    jobs = [line.split() for line in lines(folder / "gpus.txt")]
    assert len(jobs) == 4
    assert {device for device, _, _ in jobs} == {"0", "1"}  # CUDA_VISIBLE_DEVICES, as a job saw it
    together = [(a, b) for a, b in combinations(jobs, 2) if a[1] < b[2] and b[1] < a[2]]
    assert together
    assert all(a[0] != b[0] for a, b in together)


@pytest.mark.usefixtures("background")
def test_a_cancelled_job_is_submitted_again(submit, folder):
    controller = submit(folder, "cancelled.slow.txt")
    wait_for(lambda: lines(folder / "cancelled.log") == ["started"])
    call("scancel", "--name", controller.run)
    assert "SLURM status is: 'CANCELLED'" in controller.finish()
    assert lines(folder / "cancelled.log") == ["started", "started", "ended"]
    assert lines(folder / "cancelled.slow.txt") == ["whole"]


@pytest.mark.usefixtures("background")
def test_orphans_of_a_killed_controller_are_cancelled_and_its_work_is_resumed(submit, tmp_path):
    folder = small_jobs(tmp_path)
    controller = submit(folder, "orphan.slow.txt")
    wait_for(lambda: lines(folder / "orphan.log") == ["started"])
    run = controller.run
    controller.process.kill()
    assert controller.queue() == ["RUNNING"]  # it would write beside a second one
    call("scancel", "--name", run)
    wait_for(lambda: not controller.queue())
    assert "cannot be locked" in submit(folder, "orphan.slow.txt").finish(ok=False)
    submit(folder, "--unlock").finish()
    submit(folder, "orphan.slow.txt").finish()
    assert lines(folder / "orphan.log") == ["started", "started", "ended"]
    assert lines(folder / "orphan.slow.txt") == ["whole"]


@pytest.mark.usefixtures("background")
def test_a_drained_node_finishes_its_job_and_takes_the_next_when_resumed(submit, folder):
    node = f"nodename={socket.gethostname().split('.')[0]}"
    controller = submit(folder, "drained.next.txt")
    wait_for(lambda: lines(folder / "drained.log") == ["started"])
    call("scontrol", "update", node, "state=drain", "reason=test")
    try:
        wait_for(lambda: lines(folder / "drained.log") == ["started", "ended"])
        wait_for(lambda: controller.queue() == ["PENDING"])
        assert not (folder / "drained.next.txt").exists()
    finally:
        call("scontrol", "update", node, "state=resume")
    controller.finish()
    assert lines(folder / "drained.log") == ["started", "ended"]
    assert lines(folder / "drained.next.txt") == ["whole", "next"]


def test_a_job_that_ran_out_gets_more_on_its_second_attempt(background):
    folder, controller = background["more"]
    output = controller.finish()
    assert "SLURM status is: 'TIMEOUT'" in output
    assert lines(folder / "long.txt") == ["2 minutes"]
    [log] = (folder / ".snakemake/slurm_logs/rule_large").glob("*.log")
    assert "exceeded memory limit" in log.read_text()
    assert lines(folder / "large.txt") == ["2000 MB"]
    first, second = ([int(number) for number in line.split()] for line in lines(folder / "grown.txt"))
    assert second == [2 * number for number in first]  # as the profile says of a real rule


def test_table2_is_that_of_a_local_run_and_readings_are_not_submitted(background):
    cluster, controller = background["cluster"]
    output = controller.finish()
    local, alone = background["local"]
    alone.finish()
    for pattern in ("tables/table2.csv", "runs/*/*/*/metrics.csv", "importance/*/*/*.npy"):
        files = sorted(path.relative_to(local) for path in (local / "results").glob(pattern))
        assert files == sorted(path.relative_to(cluster) for path in (cluster / "results").glob(pattern))
        assert files
        assert all((cluster / file).read_bytes() == (local / file).read_bytes() for file in files)
    submitted = Counter(re.findall(r"has been submitted with .*/slurm_logs/(\w+)/", output))
    runs = len(list((cluster / "results").glob("runs/*/*/*/metrics.csv")))
    assert submitted == {"group_prepare_prepare": 1, "rule_gradients": len(TASKS), "rule_joint": runs}
