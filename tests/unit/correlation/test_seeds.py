"""Importance and instances under several seeds: their means, from files written by hand."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.stats import kendalltau

from gradts.artifacts import ArtifactError
from gradts.correlation.instances import correlate_instances
from gradts.correlation.matrix import correlation_matrix, mean_importance
from gradts.gradients.normalise import mean_over_seeds
from gradts.layout import inside
from gradts.specs import InstancesSpec
from tests.conftest import TWO_TASKS, gradient_job
from tests.unit.correlation.files import HEADS, LAYERS, TINY, put_gradients, put_importance

AUXILIARY, PRIMARY = ([gradient_job(task, TINY, seed=seed) for seed in (1, 2)] for task in TWO_TASKS)
ROWS = 9
RANDOM = np.random.default_rng(1)


@pytest.fixture
def matrices(tmp_path) -> dict[str, np.ndarray]:
    """Task → [seeds, layers, heads], written down."""
    made = {}
    for jobs in (AUXILIARY, PRIMARY):
        of_task = made[jobs[0].task.name] = RANDOM.random((len(jobs), LAYERS, HEADS)).astype(np.float32)
        for job, matrix in zip(jobs, of_task, strict=True):
            put_importance(tmp_path, job, matrix)
    return made


@pytest.mark.parametrize("shape", [(3,), (LAYERS, HEADS), (ROWS, LAYERS, HEADS)])
def test_the_mean_over_seeds_is_that_of_a_plain_loop(shape):
    seeds = RANDOM.random((3, *shape))
    seeds[0, 0], seeds[:, 1] = np.nan, np.nan  # one seed has no ranking; none has
    expected = np.empty(shape)
    for place in np.ndindex(shape):
        known = [float(one[place]) for one in seeds if one[place] == one[place]]
        expected[place] = sum(known) / len(known) if known else np.nan
    np.testing.assert_allclose(mean_over_seeds(iter(seeds)), expected, rtol=1e-12)
    assert np.isnan(expected[1]).all()
    assert not np.isnan(expected[0]).any()


def test_tasks_are_correlated_by_their_mean_matrices(tmp_path, matrices):
    jobs = {"demo_entail": PRIMARY, "demo_accept": AUXILIARY}
    folder = tmp_path / "importance/tiny"
    found = correlation_matrix({task: mean_importance(folder / task, of) for task, of in jobs.items()})
    first, second = (((one[0] + one[1]) / 2).reshape(-1) for one in matrices.values())
    assert [*found.index] == [*found.columns] == ["demo_accept", "demo_entail"]
    tau = kendalltau(first, second).statistic
    np.testing.assert_allclose(found, [[1, tau], [tau, 1]])


def test_a_seed_without_a_ranking_is_left_out(tmp_path, matrices):
    nothing = np.full((LAYERS, HEADS), np.nan)
    put_importance(tmp_path, PRIMARY[0], nothing, unranked="its head gradients sum to 0.0")
    folder = tmp_path / "importance/tiny/demo_entail"
    np.testing.assert_array_equal(mean_importance(folder, PRIMARY), matrices["demo_entail"][1])
    put_importance(tmp_path, PRIMARY[1], nothing, unranked="its head gradients sum to 0.0")
    assert np.isnan(mean_importance(folder, PRIMARY)).all()


def scaled(gradient: np.ndarray) -> np.ndarray:
    """An instance's matrix: each layer by its sum, then all heads to [0, 1]."""
    layers = gradient / gradient.sum(axis=1, keepdims=True)
    return (layers - layers.min()) / (layers.max() - layers.min())


def correlated(results: Path) -> list[float]:
    folders = results / "gradients/tiny/demo_accept", results / "importance/tiny/demo_entail"
    correlate_instances(InstancesSpec(AUXILIARY, PRIMARY), *folders, results / "tau.parquet")
    return pq.read_table(results / "tau.parquet")["tau"].to_pylist()


def test_instances_are_correlated_by_their_mean_matrices(tmp_path, matrices):
    gradients = RANDOM.random((2, ROWS, LAYERS, HEADS)).astype(np.float32)
    gradients[:, 3], gradients[0, 5] = 0, 0  # one without any gradient, one under the first seed alone
    for job, of_seed in zip(AUXILIARY, gradients, strict=True):
        put_gradients(tmp_path, job, of_seed, [*range(ROWS)])
    whole = matrices["demo_entail"].mean(axis=0, dtype=float).reshape(-1)
    for row, tau in enumerate(correlated(tmp_path)):
        each = [scaled(one.astype(float)) for one in gradients[:, row] if one.any()]
        expected = kendalltau(sum(each) / len(each), whole).statistic if each else np.nan
        assert tau == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("instances", "layers", "reason"),
    [
        ([*range(1, ROWS + 1)], LAYERS, "lists other instances than seed 1's table"),
        ([*range(ROWS)][::-1], LAYERS, "lists other instances than seed 1's table"),
        ([*range(ROWS - 1)], LAYERS, "lists other instances than seed 1's table"),
        ([*range(ROWS)], 3, "has 3 layers × 3 heads, importance has 2 × 3"),
    ],
)
@pytest.mark.usefixtures("matrices")
def test_a_table_that_does_not_fit_the_others_is_named(tmp_path, instances, layers, reason):
    put_gradients(tmp_path, AUXILIARY[0], RANDOM.random((ROWS, LAYERS, HEADS)), [*range(ROWS)])
    put_gradients(tmp_path, AUXILIARY[1], RANDOM.random((len(instances), layers, HEADS)), instances, layers)
    path = inside(tmp_path / "gradients/tiny/demo_accept", "gradients", seed=2)
    with pytest.raises(ArtifactError) as error:
        correlated(tmp_path)
    assert str(error.value) == f"{path} {reason}; remake it with: snakemake --cores 1 --force {path}"
