"""ESM: maps of planted fine-tunes, and values that are LogME behind a map."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from gradts.artifacts import ArtifactError, write_array, write_table
from gradts.layout import below
from gradts.readings import read_values
from gradts.specs import Backend
from gradts.training.specs import EmbeddingSpec
from gradts.transfer.esm import linear_map, mapped, measure
from gradts.transfer.logme import logme
from gradts.transfer.specs import FineTuneSpec, ValuesSpec
from tests.conftest import RECIPE, yes_no
from tests.unit.by_hand import put_splits

WIDTH, POINTS = 3, 40
TINY = Backend("tiny", path="somewhere")
TASKS = [yes_no(name) for name in ("a", "b", "c")]
SPEC = ValuesSpec([FineTuneSpec(task, TINY, RECIPE, 1, "fitted") for task in TASKS], TASKS)


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("scale", [1e-3, 1, 1e3])
def test_a_planted_map_is_found(scale):
    before, planted = scale * normal(50, 8), normal(9, 8, seed=1)
    found = linear_map(before, mapped(before, planted))
    assert found == pytest.approx(planted, abs=1e-4)
    assert mapped(before, found) == pytest.approx(mapped(before, planted), abs=1e-5 * scale)


def test_what_the_points_tell_nothing_of_stays_as_it_is():
    """Fewer points than directions: their change is known, that of others is none."""
    before = np.hstack([normal(6, 3), np.zeros((6, 17))])
    after = 2 * before + 1
    found = linear_map(before, after)
    assert mapped(before, found) == pytest.approx(after, abs=1e-5)
    assert found[3:-1] == pytest.approx(np.eye(20)[3:], abs=1e-9)


def test_no_change_is_the_identity_and_noise_is_not_fitted():
    before = normal(40, 30)
    assert linear_map(before, before) == pytest.approx(np.vstack([np.eye(30), np.zeros(30)]), abs=1e-9)
    fitted, new = linear_map(before, before + normal(40, 30, seed=2)), normal(500, 30, seed=3)
    plain = np.linalg.lstsq(np.hstack([before, np.ones((40, 1))]), normal(40, 30, seed=2), rcond=None)[0]
    assert np.square(mapped(new, fitted) - new).mean() < 0.2 < 2 < np.square(mapped(new, plain)).mean()


def test_a_fine_tune_that_ends_in_infinity_has_no_map():
    before = normal(10, 4)
    for after in (before * np.inf, np.where(before > 1, np.nan, before)):
        assert np.isnan(linear_map(before, after)).all()
        assert linear_map(before, after).shape == (5, 4)


# ------------------------------------------------------------------------------------------- values

MAPS = {task.name: normal(WIDTH + 1, WIDTH, seed=seed) for seed, task in enumerate(TASKS, 10)}
VECTORS = {task.name: normal(POINTS, WIDTH, seed=seed) for seed, task in enumerate(TASKS, 20)}
LABELS = {"a": [0, 1] * 20, "b": [*map(int, normal(POINTS) > 0)], "c": [1] * POINTS}


def put_embedded(results: Path, job: FineTuneSpec, vectors: np.ndarray, first: int = 0, **told) -> None:
    columns = {"instance": range(first, first + POINTS), "word": [-1] * POINTS, "vector": vectors.tolist()}
    columns["vector"] = pa.array(vectors.tolist(), pa.list_(pa.float32(), vectors.shape[1]))
    spec = asdict(EmbeddingSpec(job.task, job.backend, job.recipe.max_length))
    path = below(results, "embedded", backend="tiny", task=job.task.name)
    write_table(path, pa.table(columns), {"spec": spec} | told)


def put_map(results: Path, job: FineTuneSpec, values: np.ndarray, **told) -> None:
    path = below(results, "map", backend="tiny", task=job.task.name)
    write_array(path, values.astype(np.float32), {"spec": asdict(job)} | told)


@pytest.fixture
def results(tmp_path) -> Path:
    for job in SPEC.jobs:
        name = job.task.name
        put_splits(tmp_path, name, LABELS[name], [0, 1], dev=[0, 1])
        put_embedded(tmp_path, job, VECTORS[name])
        put_map(tmp_path, job, MAPS[name])
    return tmp_path


def measured(results: Path) -> dict[str, dict[str, float]]:
    folders = (results / kind for kind in ("data", "embeddings/tiny", "maps/tiny"))
    measure(SPEC, *folders, out := below(results, "esm", backend="tiny", suite="toy"))
    return read_values(out, "tiny", ["a", "b", "c"], {})


def test_a_value_is_logme_behind_the_candidates_map(results):
    found = measured(results)
    assert [*found] == ["a", "b", "c"]
    for task in ("a", "b"):
        for candidate in {"a", "b", "c"} - {task}:
            matrix = MAPS[candidate]
            after = VECTORS[task] @ matrix[:3] + matrix[3]
            hot = np.eye(2)[LABELS[task]]
            assert found[task][candidate] == pytest.approx(logme(after, hot), abs=1e-5)
    # None for itself, and for a task of one label alone.
    assert np.isnan([found["a"]["a"], found["b"]["b"], *found["c"].values()]).all()


def test_a_map_that_is_not_finite_has_no_value(results):
    put_map(results, SPEC.jobs[1], np.full((WIDTH + 1, WIDTH), np.nan))
    found = pd.DataFrame(measured(results)).T
    assert found["b"].isna().all()
    assert found.notna().sum().sum() == 3  # of a and c for b, and of c for a


DAMAGES = {
    "embeddings of another length": (
        lambda results, job: put_embedded(
            results, replace(job, recipe=replace(RECIPE, max_length=64)), VECTORS["b"]
        ),
        r"b\.parquet was made with spec\.max_length = 64, this run needs 32",
    ),
    "embeddings of other instances": (
        lambda results, job: put_embedded(results, job, VECTORS["b"], 7),
        r"b\.parquet lists other instances than the training split of 'b'",
    ),
    "embeddings of another width": (
        lambda results, job: put_embedded(results, job, normal(POINTS, 5)),
        r"b\.parquet has vectors 5 wide, the map of 'a' 3; remake",
    ),
    "a map of another seed": (
        lambda results, job: put_map(results, replace(job, seed=2), MAPS["b"]),
        r"b\.npy was made with spec\.seed = 2, this run needs 1",
    ),
    "no map": (
        lambda results, job: put_map(results, job, np.eye(WIDTH)),
        r"b\.npy has shape \(3, 3\), not \(width \+ 1, width\); remake",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_of_another_job_is_noticed(results, damage):
    change, message = DAMAGES[damage]
    change(results, SPEC.jobs[1])
    with pytest.raises(ArtifactError, match=message):
        measured(results)


def test_maps_and_embeddings_by_different_commits_are_not_put_together(results):
    put_map(results, SPEC.jobs[0], MAPS["a"], hub_commit="a" * 40)
    put_embedded(results, SPEC.jobs[1], VECTORS["b"], hub_commit="b" * 40)
    with pytest.raises(ArtifactError, match=r"a\.npy was made with hub_commit = .*b\.parquet with"):
        measured(results)
