"""What jobs of the small configuration are made from, written down by hand."""

from dataclasses import asdict, replace
from typing import Any

from gradts.config import ADVISES
from gradts.correlation.specs import ShuffledSpec
from gradts.reporting.specs import (
    COST_TABLES,
    SCORE_TABLES,
    AdviceSpec,
    CostTableSpec,
    FactTableSpec,
    HeatmapSpec,
    ModelSpec,
    RegretSpec,
    StatisticsSpec,
    TableSpec,
)
from gradts.selection.specs import BanditSpec, Designed, MixingSpec, SelectionSpec, TuningSpec
from gradts.specs import Backend, CorrelationSpec, GradientSpec, InstancesSpec, RunSpec, WarmUp
from gradts.training.specs import EmbeddingSpec
from gradts.transfer.specs import FineTuneSpec, ValuesSpec
from gradts.truth.lattice import TruthSpec
from tests.conftest import source_of
from tests.unit.plan.toy import GRID, NAMES, RECIPE, SEEDS, TASK, TUNE

TASKS = list(TASK.values())
TINY = Backend("tiny", path="somewhere")
TRUTH = TruthSpec("toy", TASKS, "tiny", ["pairs"], [1, 3], "select")
JUDGED = [*SCORE_TABLES["2"].split(), "heu-size", "heu-type", "heu-len"]


WARM_UP = WarmUp(**{**asdict(RECIPE), "epochs": 3})


def gradient(task: str, seed: int) -> GradientSpec:
    head, estimator, pooling = "fitted", "head_gate", "shares"
    return GradientSpec(TASK[task], TINY, WARM_UP, seed, head, estimator, pooling, 32, "fp32", "l1", False)


def gradients(*tasks: str) -> list[GradientSpec]:
    return [gradient(task, seed) for task in tasks for seed in SEEDS]


# The warm-up of the first seed's gradients.
TUNED = {task: FineTuneSpec(TASK[task], TINY, WARM_UP, 1, "fitted") for task in NAMES}


def choice(method: str, primary: str = "one", **more: Any) -> SelectionSpec:
    others = [name for name in NAMES if name != primary]
    return SelectionSpec(method, TASK[primary], "toy", others, "tiny", SEEDS, "select", True, 1.0, **more)


def table(number: str, methods: str) -> TableSpec:
    rows = methods.split()
    steps = 2 if "heu-size" in rows else None
    return TableSpec(number, "toy", ["tiny"], TASKS, rows, 3, SEEDS, "select", False, steps)


SOURCE = source_of(
    "one", origin={"files": {"train": "a.csv", "dev": "b.csv"}, "columns": None}, decides="accuracy"
)
BANDIT_SPEC = BanditSpec(
    "toy", TASK["one"], [TASK["three"], TASK["two"]], TINY, RECIPE, 1, "select", 200, 10, 0.3
)
LONGER = replace(RECIPE, epochs=4)
SPECS = [
    ("source", {}, SOURCE),
    ("gradient", {}, gradient("one", 2)),
    ("correlation", {}, CorrelationSpec(gradients(*NAMES))),
    ("shuffled", {}, ShuffledSpec(gradients(*NAMES), 3)),
    ("embedding", {}, EmbeddingSpec(TASK["one"], TINY, 128)),
    ("map", {}, TUNED["one"]),
    ("esm", {}, ValuesSpec([*TUNED.values()], TASKS)),
    ("logme", {}, ValuesSpec([TUNED["two"]], TASKS)),
    ("instances", {}, InstancesSpec(auxiliary=gradients("two"), primary=gradients("one"))),
    ("run", {}, RunSpec(["one@sample0.5", "two"], [TASK["one"], TASK["two"]], TINY, RECIPE, 2, 42)),
    ("selection", {"method": "gradts-trial"}, choice("gradts-trial")),
    ("selection", {"method": "gradts-thres"}, choice("gradts-thres", threshold=0.3)),
    ("selection", {"method": "gradts-fg"}, choice("gradts-fg", threshold=TUNE)),
    ("selection", {"method": "heu-size", "primary": "two"}, choice("heu-size", "two", steps=2)),
    ("selection", {"method": "heu-len"}, choice("heu-len", steps=2)),
    ("selection", {"method": "surrogate"}, choice("surrogate", surrogate=Designed(None, 0.5, False))),
    ("selection", {"method": "surrogate-rbf"}, choice("surrogate-rbf", surrogate=Designed(None, 0.5, False))),
    ("selection", {"method": "heu-type"}, choice("heu-type")),
    ("selection", {"method": "random-k-2"}, choice("random-k-2")),
    (
        "tuning",
        {"method": "gradts-fg"},
        TuningSpec("gradts-fg", GRID, [choice("gradts-fg", name, threshold=TUNE) for name in ("one", "two")]),
    ),
    ("bandit", {}, BANDIT_SPEC),
    ("mixing", {}, MixingSpec("toy", TASK["one"], [TASK["two"]], TINY, LONGER, 1, "select", 10, 9)),
    ("score_table", {"number": "2"}, table("2", SCORE_TABLES["2"])),
    ("score_table", {"number": "6"}, table("6", SCORE_TABLES["6"])),
    ("fact_table", {"number": "7"}, FactTableSpec("7", "toy", False)),
    ("cost_table", {"number": "10"}, CostTableSpec("10", COST_TABLES["10"].split(), False)),
    ("cost_table", {"number": "3"}, CostTableSpec("3", COST_TABLES["3"].split(), False)),
    ("statistics", {}, StatisticsSpec("toy", TASKS, {"one": "pair"})),
    ("chosen_sets", {"number": "1"}, table("3", COST_TABLES["3"])),
    ("chosen_sets", {"number": "2"}, table("5", "gradts-trial gradts-fg")),
    (
        "advice",
        {},
        AdviceSpec(TASK["one"], "toy", ["three", "two"], "tiny", ADVISES, 3, [1, 2, 3], beside="gradts-fg"),
    ),
    ("truth", {}, TRUTH),
    ("regret", {}, RegretSpec(TRUTH, JUDGED, 3, False)),
    ("regret_figure", {}, RegretSpec(TRUTH, JUDGED, 3, False)),
    ("affinity", {}, RegretSpec(TRUTH, JUDGED, 3, False)),
    ("heatmap", {"number": "3"}, HeatmapSpec("3", "one, tiny")),
    (
        "model",
        {"method": "no-sel"},
        ModelSpec(
            "toy",
            "no-sel",
            TASK["one"],
            SOURCE,
            RunSpec(["one", "two"], [TASK["one"], TASK["two"]], TINY, RECIPE, SEEDS[0], 42),
            "select",
            {"two": 1.0},
        ),
    ),
    ("heatmap", {"number": "4"}, HeatmapSpec("4", "toy, tiny")),
]
