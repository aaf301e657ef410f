"""Mistakes in a configuration, a target or a folder are one clear error, on a tiny configuration."""

import os

import pytest

from tests.workflow.tiny import checkout, configure, jobs, snakemake


def test_results_that_cannot_be_written(tmp_path, tiny_backend):
    folder = checkout(tmp_path, tiny_backend)
    (folder / "results").write_text("a file where the folder should be")
    output = snakemake(folder, "results/data/demo_entail/train.parquet", ok=False)
    assert "results" in output


def test_a_mistake_in_the_config_is_one_clear_error(tmp_path, tiny_backend):
    folder = checkout(tmp_path, tiny_backend)
    configure(folder, ["demo_accept", "demo_sentimnt"])
    output = snakemake(folder, "-n", ok=False)
    assert "suites.tiny: 'demo_sentimnt' is no task; did you mean 'demo_sentiment'?" in output


def test_a_registry_that_is_not_there_is_named(tmp_path, tiny_backend):
    """Which Snakemake itself is asked for: it may lie beside the Snakefile."""
    checkout(tmp_path, tiny_backend)
    output = snakemake(tmp_path, "-n", "--config", "tasks=['nowhere.yaml']", ok=False)
    assert "registry nowhere.yaml cannot be read: " in output
    assert "mend the file or its path" in output


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("data/demo_acept/train.parquet", "'demo_acept' is no task; did you mean 'demo_accept'?"),
        ("data/Demo/train.parquet", "'Demo' is no task; known: "),
        ("importance/tiny/demo_accept/seed.x.npy", "'.x' is no seed; give a number such as 1"),
        ("correlation/tinny/tiny.csv", "'tinny' is no backend; did you mean 'tiny'?"),
        ("statistics/tony.csv", "'tony' is no suite; did you mean 'tiny'?"),
        ("runs/tiny/demo_accept+demo_x/seed1/metrics.csv", "'demo_x' is no task; did you mean"),
        (
            "selection/tiny/tiny/gradts-trail/demo_accept.json",
            "'gradts-trail' is no method of selection; did",
        ),
        ("selection/tiny/tiny/gradts-trial/x.json", "'x' is no task of the suite 'tiny'; known: demo_accept"),
        ("selection/tiny/tiny/gradts-trial.threshold.json", "the configuration does not tune a threshold of"),
        ("tables/table99.csv", "'99' is no table; did you mean '9'?"),
        ("figures/figure5.png", "'5' is no figure; known: 1, 2, 3, 4"),
    ],
)
def test_an_unknown_name_in_a_target_is_one_clear_error(tmp_path, tiny_backend, target, message):
    folder = checkout(tmp_path, tiny_backend)
    output = snakemake(folder, "-n", f"results/{target}", ok=False)
    last = output.strip().splitlines()[-1]
    assert last.startswith(f"Error: target: {message}"), output
    assert "Exception" not in output


@pytest.mark.parametrize("folder", ["x/", "./x", "x//y/", "x/../y", "."])
def test_results_may_be_spelled_in_any_way(tmp_path, tiny_backend, folder):
    """In the configuration and in a target."""
    checkout(tmp_path, tiny_backend)
    for spelled in (folder, f"./{folder}/", os.path.normpath(folder)):
        target = f"{spelled}/data/demo_accept/train.parquet"
        output = snakemake(tmp_path, "-n", "--config", f"results_dir={folder}", "--", target)
        assert jobs(output)["prepare"] == 1
