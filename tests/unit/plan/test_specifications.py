"""What jobs are made from, and what does not change it."""

import hashlib
import inspect
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gradts.artifacts import write_text
from gradts.code import code_digest
from gradts.config import resolve
from gradts.layout import FILES
from gradts.plan import Plan
from tests.configurations import LEFT_OUT, written
from tests.unit.plan.expected import SPECS
from tests.unit.plan.toy import MATRIX, SEEDS, call, seeds, short


@pytest.mark.parametrize(("name", "more", "expected"), SPECS)
def test_a_specification_is_what_its_job_needs(plan, decided, name, more, expected):
    spec = call(plan, f"{name}_spec", **more)
    assert spec == expected
    assert type(spec).from_json(spec.to_json()) == spec


def sha256(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def test_correlations_are_of_the_configured_measure(planned):
    for kind in ("correlation", "shuffled"):
        own, usual = (
            call(plan, f"{kind}_spec") for plan in (planned(correlation={"measure": "cosine"}), planned())
        )
        assert own == replace(usual, measure="cosine")


def test_specifications_tell_what_files_and_weights_are(tmp_path):
    paths = {split: str(tmp_path / f"{split}.csv") for split in ("train", "dev")}
    write_text(paths["train"], "text,label\n")  # that dev is missing, Snakemake says
    write_text(tmp_path / "model/config.json", "{}")
    entries = {"one": {"files": paths}, "drawn": {"files": LEFT_OUT, "generated": {"train": 8, "dev": 4}}}
    values = written(tmp_path, {}, entries, {"tiny": {"path": str(tmp_path / "model")}})
    plan = Plan(resolve(values))
    assert plan.source_spec("one").digests == {paths["train"]: sha256("text,label\n")}
    assert plan.source_spec("drawn").digests == {"gradts.demo.suite": code_digest("gradts.demo.suite")}
    jobs = [plan.gradient_spec("one", "tiny", "1"), plan.run_spec("tiny", "one", "1")]
    jobs += [*plan.correlation_spec("tiny", "toy").jobs, plan.bandit_spec("tiny", "toy", "one")]
    assert {job.backend.digest for job in jobs} == {sha256(f"{sha256('{}')}  config.json\n")}


BOTH = ["accuracy", "macro_f1"]
THREE = {"files": {"train": "a.csv", "select": "b.csv", "dev": "c.csv"}}


@pytest.mark.parametrize(
    ("entry", "config", "changed"),
    [
        ({"max_train": 9}, {}, {"source"}),
        (THREE, {}, {"source"}),
        ({"labels": ["yes", "no"]}, {}, {"source", "gradient", "run"}),
        ({"metrics": BOTH}, {}, {"gradient", "run"}),
        ({"metrics": BOTH, "decides": "macro_f1"}, {}, {"source", "gradient", "run"}),
        ({"type": "pair"}, {}, set()),
        ({}, {"data": {"select_fraction": 0.2}}, {"source", "others"}),
        ({}, {"data": {"max_select": 9}}, {"source", "others"}),
    ],
)
def test_what_a_value_of_an_entry_makes_anew(tmp_path, entry, config, changed):
    """As docs/reliability.md says; `others`: the data of another task."""

    def specs(config, entry) -> dict[str, Any]:
        plan = Plan(resolve(written(tmp_path, config, {"one": entry})))
        found = {name: call(plan, f"{name}_spec") for name in ("source", "gradient", "run")}
        return found | {"others": plan.source_spec("two")}

    before, after = specs({}, {}), specs(config, entry)
    assert {name for name in before if before[name] != after[name]} == changed


def test_a_share_or_cap_of_all_tasks_leaves_those_alone_that_have_their_own(tmp_path):
    def source(**data) -> Any:
        entry = {**THREE, "max_select": 5}
        return Plan(resolve(written(tmp_path, {"data": data}, {"one": entry}))).source_spec("one")

    assert source() == source(select_fraction=0.3, max_select=9)


def test_what_no_folder_holds_has_no_digest(planned):
    plan = planned(
        backends="config/backends.yaml", tables={"table2": {"suite": "toy", "backend": "minilm-l6"}}
    )
    for backend in ("minilm-l6", "roberta-base"):
        assert plan.run_spec(backend, "one", "1").backend == plan.config.backends[backend]


@pytest.mark.parametrize(
    ("scores", "best"),
    [((0.5, 0.7, 0.6), 2), ((0.7, 0.5, 0.7), 1), ((math.nan, 0.1, 0.0), 2), ((math.nan,) * 3, 1)],
)
def test_a_model_is_that_of_the_seed_that_decides_best(plan, put_answer, put_runs, scores, best):
    put_answer("no-sel", "two")
    for seed, score in zip(SEEDS, scores, strict=True):
        put_runs("one+two", score, [seed])
    assert call(plan, "model_spec", method="no-sel").run.seed == best


def test_no_specification_is_forgotten_here():
    made = {name.removesuffix("_spec") for name in dir(Plan) if name.endswith("_spec")}
    assert made == {name for name, _, _ in SPECS}


def test_methods_of_the_plan_take_the_wildcards_of_their_rules(plan):
    rules = "".join(path.read_text() for path in Path("workflow/rules").glob("*.smk"))
    pairs = re.findall(r'\binputs\("(\w+)", "(\w+)"\)', rules)
    assert len(pairs) > 8
    for name, kind in pairs:
        wildcards = set(re.findall(r"\{(\w+)\}", FILES[kind]))
        for method in (getattr(plan, f"{name}_files"), getattr(plan, f"{name}_spec")):
            taken = inspect.signature(method).parameters.values()
            assert {one.name for one in taken if one.default is one.empty} == wildcards, (name, kind)


def test_generated_tasks_are_told_of(planned):
    """A suite of both kinds is called neither generated nor not."""
    tables = {"table2": {"suite": "mixed", "backend": "tiny"}}
    plan = planned(tables=tables, selection={}, figure3_task="one")
    assert plan.score_table_spec("2").generated
    assert plan.fact_table_spec("7").generated
    assert plan.heatmap_spec("4").title == "mixed, tiny (with generated tasks)"
    assert plan.heatmap_spec("3").title == "one, tiny"
    assert not plan.has_generated(["one", "two", "three"])
    assert plan.advice_spec("one").generated == ["drawn"]


def test_figure_3_shows_the_configured_task(planned):
    plan = planned(figure3_task="two")
    assert plan.heatmap_spec("3").title == "two, tiny"
    assert short(plan, plan.heatmap_files("3")) == seeds("importance", "two")
    assert short(plan, plan.heatmap_files("4")) == [MATRIX, MATRIX.replace(".csv", "/intervals.csv")]
