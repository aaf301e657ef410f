"""profiles/slurm on a real Slurm with slurmdbd and MariaDB."""

import pytest

from tests.slurm.cluster import call, controllers, lines, slurm, small_jobs


@pytest.fixture(scope="module")
def submit(tmp_path_factory):
    with slurm(tmp_path_factory.mktemp("slurm") / "state", "accounting"), controllers() as start:
        yield start


def test_jobs_are_followed_and_charged_by_accounting(submit, tmp_path):
    folder = small_jobs(tmp_path, account="test")
    controller = submit(folder, "gpus.txt", "grown.txt")
    output = controller.finish()
    assert len(lines(folder / "gpus.txt")) == 4
    assert "'FAILED'" in output  # grown.txt fails once, and sacct says so
    assert "status command is not 'sacct'" not in output
    rows = call("sacct", "-nXP", "--name", controller.run, "--format=Account,State").split()
    assert sorted(rows) == ["test|COMPLETED"] * 5 + ["test|FAILED"]
