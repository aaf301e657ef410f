"""From gradients to importance and τ: table and matrix agree, and foreign files are refused."""

import dataclasses

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.stats import kendalltau

from gradts.artifacts import ArtifactError, read_array, write_array
from gradts.correlation import instances, matrix
from gradts.data.prepare import prepare
from gradts.gradients import importance
from gradts.gradients.normalise import normalise
from gradts.specs import GradientSpec, InstancesSpec
from tests.conftest import RECIPE, generated_source, yes_no


@pytest.fixture(scope="module")
def made(tmp_path_factory, backend):
    """One demo task's artefacts under the tiny backend."""
    folder = tmp_path_factory.mktemp("made")
    source = generated_source("demo_sentiment", max_train=None)
    prepare(source, folder / "data" / source.task)
    spec = GradientSpec(yes_no(source.task), backend, RECIPE, 1, "head_gate", 7, "fp32")
    paths = {
        name: folder / f"{name}.{end}" for name, end in (("importance", "npy"), ("gradients", "parquet"))
    }
    importance.measure_importance(spec, folder / "data", **paths)
    return spec, folder, paths


def test_importance_is_the_normalised_column_sum(made):
    spec, _, paths = made
    _, table = instances.read_gradients(paths["gradients"], spec)
    assert table.shape == (64, 2, 3)
    found = matrix.read_importance(paths["importance"], spec)
    by_hand = table.sum(axis=0, dtype=np.float64)
    by_hand = by_hand / by_hand.sum(axis=1, keepdims=True)
    by_hand = (by_hand - by_hand.min()) / (by_hand.max() - by_hand.min())
    np.testing.assert_allclose(found, by_hand, rtol=1e-5, atol=1e-6)


def test_instance_tau_equals_scipy(made):
    spec, folder, paths = made
    out = folder / "tau.parquet"
    instances.correlate_instances(InstancesSpec(spec, spec), paths["gradients"], paths["importance"], out)
    found = pq.read_table(out).to_pandas()
    ids, table = instances.read_gradients(paths["gradients"], spec)
    whole = matrix.read_importance(paths["importance"], spec).reshape(-1)
    assert found["instance"].tolist() == ids.tolist()
    for tau, gradient in zip(found["tau"], table, strict=True):
        layers = gradient.astype(float) / gradient.sum(axis=1, keepdims=True, dtype=float)
        assert tau == pytest.approx(kendalltau(layers.reshape(-1), whole).statistic)


def test_another_backends_table_is_refused(made):
    spec, _, paths = made
    other = dataclasses.replace(spec, backend=dataclasses.replace(spec.backend, name="other"))
    with pytest.raises(ArtifactError, match=r"gradients\.parquet was made with spec\.backend.*--force"):
        instances.read_gradients(paths["gradients"], other)


def test_another_layer_count_is_refused(made, tmp_path):
    spec, _, paths = made
    values, record = read_array(paths["importance"])
    write_array(tmp_path / "three.npy", np.vstack([values, values[:1]]), record)
    with pytest.raises(ArtifactError, match=r"three\.npy has shape \(3, 3\), its record says 2 layers"):
        matrix.read_importance(tmp_path / "three.npy", spec)


def test_a_damaged_table_is_named(made, tmp_path):
    spec, _, paths = made
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(paths["gradients"].read_bytes()[:500])
    with pytest.raises(ArtifactError, match=r"broken\.parquet cannot be read.*--force"):
        instances.read_gradients(broken, spec)


def test_normalise_by_hand():
    found = normalise(np.array([[1.0, 3], [0, 0], [4, 4]]), "l1")
    np.testing.assert_allclose(found, np.array([[0.25, 0.75], [0, 0], [0.5, 0.5]]) / 0.75)
    assert np.isnan(normalise(np.ones((2, 2)), "l1")).all()
    np.testing.assert_allclose(normalise(np.array([[3.0, 4], [0, 1]]), "l2"), [[0.6, 0.8], [0, 1]])
