"""A suite's correlation with its intervals and its signal, from files written by hand."""

import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau

from gradts.artifacts import ArtifactError, read_json, write_json
from gradts.correlation.kendall import tau_b
from gradts.correlation.measures import LIKENESS
from gradts.correlation.signal import Draws, caution, ends, spearman_brown, suite_signal
from gradts.correlation.specs import ShuffledSpec
from gradts.correlation.suite import correlate_shuffled, correlate_tasks, shuffle
from gradts.layout import below, inside
from gradts.readings import read_correlation, read_intervals, read_measure, read_signal
from gradts.specs import MEASURES, CorrelationSpec, GradientSpec
from tests.conftest import gradient_job, yes_no
from tests.unit.correlation.files import HEADS, LAYERS, TINY, put_gradients, put_importance

ROWS, SEEDS = 8, (1, 2)
JOBS = {name: [gradient_job(yes_no(name), TINY, seed=seed) for seed in SEEDS] for name in "abc"}
IN_ORDER = [job for jobs in JOBS.values() for job in jobs]
PAIRS = [("a", "b"), ("a", "c"), ("b", "c")]


def pooled_shares(table: np.ndarray) -> np.ndarray:
    """A task's matrix under one seed: instances count alike, each layer by its sum, all heads to [0, 1]."""
    total = sum(one / one.sum() for one in table.astype(float))
    layers = total / total.sum(axis=1, keepdims=True)
    return (layers - layers.min()) / (layers.max() - layers.min())


@pytest.fixture
def tables(tmp_path) -> dict[str, np.ndarray]:
    """Task → gradients [seeds, rows, layers, heads], written down with their importance."""
    random, made = np.random.default_rng(3), {}
    for name, jobs in JOBS.items():
        pattern = random.random((LAYERS, HEADS))
        made[name] = (pattern * random.lognormal(0, 0.3, (len(jobs), ROWS, LAYERS, HEADS))).astype(np.float32)
        for job, table in zip(jobs, made[name], strict=True):
            put_gradients(tmp_path, job, table, [*range(ROWS)])
            put_importance(tmp_path, job, pooled_shares(table))
    return made


def correlated(results: Path, jobs: list[GradientSpec] = IN_ORDER, measure: str = "tau") -> Path:
    """The CSV of the suite `toy`."""
    folders = results / "importance/tiny", results / "gradients/tiny"
    out, intervals = (
        below(results, kind, backend="tiny", suite="toy") for kind in ("correlation", "intervals")
    )
    correlate_tasks(CorrelationSpec(jobs, measure=measure), *folders, out, intervals)
    return Path(out)


@pytest.mark.parametrize(
    ("key", "values", "fix"),
    [
        ("hub_commit", ("a" * 40, "b" * 40), "set the backend's revision in its registry to one of them"),
        ("precision", ("bf16", "fp32"), "set training.precision to one of them"),
        ("gradient_precision", ("fp32", "bf16"), "set gradients.precision to one of them"),
    ],
)
def test_importance_that_was_made_unlike_is_not_correlated(tmp_path, tables, key, values, fix):
    for name, value in zip("ab", values, strict=True):  # what c's record does not tell is no difference
        put_importance(tmp_path, JOBS[name][0], pooled_shares(tables[name][0]), **{key: value})
    first, second = (f"{tmp_path}/importance/tiny/{name}/seed1.npy" for name in "ab")
    message = (
        f"{first} was made with {key} = '{values[0]}', {second} with '{values[1]}', and one decision or "
        f"table is to rest on both; {fix}, or delete one and make it anew as the other"
    )
    with pytest.raises(ArtifactError, match=f"^{re.escape(message)}$"):
        correlated(tmp_path)


def intervals_of(out: Path) -> Path:
    return inside(out.with_suffix(""), "intervals")


# Of one task after the other, and in turn: a job's place says nothing.
@pytest.mark.parametrize("jobs", [IN_ORDER, IN_ORDER[::2] + IN_ORDER[1::2], IN_ORDER[::-2] + IN_ORDER[::2]])
def test_tau_is_that_of_the_mean_matrices(tmp_path, tables, jobs):
    found = read_correlation(correlated(tmp_path, jobs), "tiny")
    means = {name: sum(map(pooled_shares, of_seeds)).reshape(-1) for name, of_seeds in tables.items()}
    for one, row in found.items():
        expected = {other: kendalltau(means[one], mean).statistic for other, mean in means.items()}
        assert row == pytest.approx(expected)


def test_every_pair_has_its_interval_once(tmp_path, tables):
    out = correlated(tmp_path)
    frame, tau = pd.read_csv(intervals_of(out)), read_correlation(out)
    assert [*zip(frame["task"], frame["other"], strict=True)] == PAIRS
    assert frame["tau"].to_list() == [tau[one][other] for one, other in PAIRS]
    draws = {name: Draws(shares_of(table), "l1") for name, table in tables.items()}
    low, high = ends(draws, np.array([[*row.values()] for row in tau.values()]))
    places = (0, 0, 1), (1, 2, 2)
    expected = zip(PAIRS, zip(low[places], high[places], strict=True), strict=True)
    assert read_intervals(intervals_of(out)) == {pair: pytest.approx(both) for pair, both in expected}


@pytest.mark.parametrize("measure", MEASURES)
def test_all_follows_the_measure(tmp_path, tables, measure):
    """Matrix, intervals, ceilings and what shuffled heads have; the record says which."""
    out, alike = correlated(tmp_path, measure=measure), LIKENESS[measure]
    means = [np.mean([pooled_shares(one) for one in tables[name]], axis=0) for name in "abc"]
    rows = np.array(means, np.float32).reshape(3, -1)
    found = read_correlation(out, "tiny")
    np.testing.assert_allclose([[*row.values()] for row in found.values()], alike(rows, rows), atol=1e-6)
    assert read_measure(out) == measure
    frame = pd.read_csv(intervals_of(out))
    assert frame.columns.to_list() == ["task", "other", measure, "low", "high"]
    draws = {name: Draws(shares_of(table), "l1") for name, table in tables.items()}
    low, high = ends(draws, alike(rows, rows), alike)
    np.testing.assert_allclose(
        frame[["low", "high"]], np.transpose([low, high])[[0, 0, 1], [1, 2, 2]].reshape(-1, 2), atol=1e-5
    )
    halves = [
        np.array([pooled_shares(tables[name][seed]) for name in "abc"]).reshape(3, -1) for seed in (0, 1)
    ]
    agreement = np.diag(alike(*halves))  # of two seeds there is one way to halve
    expected = [spearman_brown(one, 2) for one in agreement]
    assert [*read_signal(out)[0]["ceiling"].values()] == pytest.approx(expected, abs=1e-6)
    orders = [
        shuffle(of.astype(np.float32), name, 1).reshape(-1) for name, of in zip("abc", means, strict=True)
    ]
    path = below(tmp_path, "shuffled", backend="tiny", suite="toy", draw=1)
    correlate_shuffled(ShuffledSpec(IN_ORDER, 1, measure=measure), tmp_path / "importance/tiny", path)
    values = pd.DataFrame(read_correlation(path, "tiny"))
    np.testing.assert_allclose(values, alike(np.array(orders), np.array(orders)), atol=1e-6)
    assert read_measure(path) == measure


def test_seeds_of_an_encoder_that_nothing_trained_are_one_draw(tmp_path, tables):
    """Their agreement is no ceiling, and nothing is said of other fine-tunes."""
    untrained = []
    for name, jobs in JOBS.items():
        for job in jobs:
            untrained.append(replace(job, recipe=replace(job.recipe, epochs=0)))
            put_gradients(tmp_path, untrained[-1], tables[name][0], [*range(ROWS)])
            put_importance(tmp_path, untrained[-1], pooled_shares(tables[name][0]))
    signal, said = read_signal(correlated(tmp_path, untrained))
    assert signal["halves"] == "instances"
    assert max(signal["ceiling"].values()) < 1
    assert "fine-tune" not in (said or "")


def test_an_unknown_measure_of_a_record_is_named(tmp_path, tables):
    out = correlated(tmp_path)
    record = read_json(out.with_suffix(".json"))
    write_json(out.with_suffix(".json"), record | {"spec": record["spec"] | {"measure": "taux"}})
    with pytest.raises(
        ArtifactError, match=r"toy\.json: 'taux' is no measure of tau, weighted_tau, .*; remake it with"
    ):
        read_measure(out)


def shares_of(tables: np.ndarray) -> np.ndarray:
    """Gradients of instances as shares: [seeds, rows, layers, heads]."""
    return tables.astype(float) / tables.sum(axis=(2, 3), keepdims=True, dtype=float)


def test_the_record_tells_the_signal_and_what_must_be_said(tmp_path, tables):
    out = correlated(tmp_path)
    expected = suite_signal({name: Draws(shares_of(table), "l1") for name, table in tables.items()})
    for record in map(read_json, (out.with_suffix(".json"), intervals_of(out).with_suffix(".json"))):
        assert record["stage"] == "gradts.correlation.suite"
        assert record["signal"].pop("ceiling") == pytest.approx(expected.ceiling)
        assert record["signal"] == pytest.approx(
            {key: value for key, value in asdict(expected).items() if key != "ceiling"}
        )
        assert record["caution"] == caution(expected)
        ends_of_files = {path.rpartition(".")[2] for path in record["reads"]}
        assert (len(record["reads"]), ends_of_files) == (3 * len(IN_ORDER), {"npy", "json", "parquet"})
    # Three tasks have six orders: no p is less than 1/6.
    assert read_signal(out)[1].startswith("the ranking cannot be told from chance")


@pytest.mark.usefixtures("tables")
def test_the_order_of_tasks_says_nothing(tmp_path):
    out = correlated(tmp_path)
    seen = out.read_bytes(), intervals_of(out).read_bytes(), read_signal(out)
    correlated(tmp_path, [job for name in "cab" for job in JOBS[name]])
    assert (out.read_bytes(), intervals_of(out).read_bytes(), read_signal(out)) == seen


@pytest.mark.usefixtures("tables")
def test_equal_files_give_equal_bytes(tmp_path):
    seen = []
    for _ in range(2):
        out = correlated(tmp_path)
        record = read_json(out.with_suffix(".json"))
        for cost in ("wall_seconds", "cpu_seconds", "peak_memory_bytes"):
            del record[cost]
        seen.append((out.read_bytes(), intervals_of(out).read_bytes(), json.dumps(record)))
        out.unlink()
    assert seen[0] == seen[1]


@pytest.mark.usefixtures("tables")
def test_a_task_without_a_ranking_has_no_ceiling_and_no_interval(tmp_path):
    for job in JOBS["b"]:
        put_gradients(tmp_path, job, np.zeros((ROWS, LAYERS, HEADS)), [*range(ROWS)])
        nothing = np.full((LAYERS, HEADS), np.nan)
        put_importance(tmp_path, job, nothing, unranked="its head gradients sum to 0.0")
    out = correlated(tmp_path)
    signal, said = read_signal(out)
    assert signal["ceiling"]["b"] is None
    assert signal["ceiling"]["a"] > 0
    assert said == "the ranking cannot be told from chance: fewer than three tasks have one"
    known = {pair for pair, both in read_intervals(intervals_of(out)).items() if not np.isnan(both).any()}
    assert known == {("a", "c")}


@pytest.mark.usefixtures("tables")
def test_a_missing_gradient_table_is_named(tmp_path):
    path = Path(below(tmp_path, "gradients", backend="tiny", task="b", seed=2))
    path.unlink()
    with pytest.raises(ArtifactError) as error:
        correlated(tmp_path)
    assert str(error.value).startswith(f"{path} cannot be read (")
    assert str(error.value).endswith(f"; remake it with: snakemake --cores 1 --force {path}")
    assert not (tmp_path / "correlation").exists()


@pytest.mark.parametrize(
    ("rows", "layers", "reason"),
    [
        (ROWS - 1, LAYERS, "lists other instances than seed 1's table"),
        (ROWS, 3, "has 3 layers × 3 heads, importance has 2 × 3"),
    ],
)
@pytest.mark.usefixtures("tables")
def test_a_table_that_does_not_fit_the_others_is_named(tmp_path, rows, layers, reason):
    put_gradients(tmp_path, JOBS["b"][1], np.ones((rows, layers, HEADS)), [*range(rows)], layers)
    with pytest.raises(ArtifactError, match=f"b/seed2.parquet {reason}; remake it with"):
        correlated(tmp_path)


# ---------------------------------------------------------------------------------------- heads shuffled


def shuffled(results: Path, draw: int, jobs: list[GradientSpec] = IN_ORDER) -> pd.DataFrame:
    path = below(results, "shuffled", backend="tiny", suite="toy", draw=draw)
    correlate_shuffled(ShuffledSpec(jobs, draw), results / "importance/tiny", path)
    return pd.DataFrame(read_correlation(path, "tiny"))


def test_every_task_has_its_own_order_of_all_heads_in_every_draw():
    matrix = np.arange(24.0).reshape(4, 6)
    orders = {(task, draw): shuffle(matrix, task, draw) for task in "abc" for draw in (1, 2)}
    assert len({order.tobytes() for order in orders.values()} | {matrix.tobytes()}) == 7
    for (task, draw), order in orders.items():
        assert order.shape == (4, 6)
        assert sorted(order.flat) == [*range(24)]
        assert any({*order[layer]} != {*matrix[layer]} for layer in range(4))  # over layers, too
        assert (order == shuffle(matrix, task, draw)).all()


def test_tau_of_shuffled_heads_is_that_of_the_mean_matrices(tmp_path, tables):
    means = {name: np.mean([pooled_shares(table) for table in tables[name]], axis=0) for name in tables}
    for draw in (1, 2):
        found = shuffled(tmp_path, draw)
        for a, b in PAIRS:
            one, other = (shuffle(means[name].astype(np.float32), name, draw).flat for name in (a, b))
            assert found[a][b] == found[b][a] == pytest.approx(kendalltau(one, other).statistic)
    assert not shuffled(tmp_path, 1).equals(shuffled(tmp_path, 2))


def test_a_shuffled_task_is_the_same_whatever_the_suite(tmp_path, tables):
    pair = shuffled(tmp_path, 1, JOBS["a"] + JOBS["b"])
    assert pair["a"]["b"] == shuffled(tmp_path, 1)["a"]["b"]


def test_a_ranking_by_shuffled_heads_is_a_random_one():
    """What docs/controls.md says: with all heads shuffled every candidate comes first as often."""
    random = np.random.default_rng(0)
    matrices = {name: random.random((3, 6)) for name in "pabc"}
    matrices["a"] = matrices["p"] + 0.01 * matrices["a"]  # as near as can be
    first = []
    for draw in range(1200):
        own, *rows = (shuffle(of, name, draw).flatten() for name, of in matrices.items())
        first.append(int(np.argmax(tau_b(own[None], np.array(rows)))))
    counts = np.bincount(first)  # 400 each; three standard deviations are 49
    assert all(abs(count - 400) < 50 for count in counts)
