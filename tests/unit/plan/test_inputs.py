"""Which files a job needs, and which decide what else it needs."""

import re
from dataclasses import replace
from pathlib import Path
from shlex import quote

import pytest

from gradts.artifacts import read_json, write_json
from gradts.asked import Asked, NotYet
from gradts.jobs import TRUTH
from gradts.layout import below
from gradts.members import Member
from gradts.names import InputError
from gradts.selection.surrogate import designed
from tests.unit.by_hand import put_answer as put_answer_of
from tests.unit.by_hand import (
    put_answers,
    put_correlation,
    put_embedding,
    put_run,
    put_statistics,
    put_values,
)
from tests.unit.plan.toy import (
    MATRIX,
    NAMES,
    RECIPE,
    SEEDS,
    SETTINGS,
    TASK,
    answers,
    asks,
    call,
    runs,
    seeds,
    short,
    splits,
)

EMBEDDED = [f"embeddings/tiny/{task}.parquet" for task in NAMES]


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("gradient", splits("one")),
        ("correlation", [*seeds("importance", *NAMES), *seeds("gradients", *NAMES)]),
        ("shuffled", seeds("importance", *NAMES)),
        ("embedding", splits("one")),
        ("map", [*splits("one"), "embeddings/tiny/one.parquet"]),
        ("esm", [*splits(*NAMES), *EMBEDDED, *(f"maps/tiny/{task}.npy" for task in NAMES)]),
        ("logme", splits(*NAMES)),
        ("instances", [*seeds("gradients", "two"), *seeds("importance", "one")]),
        ("statistics", [*(f"data/{task}/statistics.json" for task in NAMES), *splits(*NAMES)]),
        ("run", splits("one", "two")),
        ("bandit", splits(*NAMES)),
    ],
)
def test_inputs_that_nothing_decides(plan, name, files):
    assert short(plan, call(plan, f"{name}_files")) == sorted(files)


def test_every_seeds_tables_of_a_suite_are_listed_once_in_order(planned):
    plan = planned(["two", "three", "one"], gradients={"seeds": [3, 1, 2]})
    files = [path.removeprefix(f"{plan.results}/") for path in plan.correlation_files("tiny", "toy")]
    assert files == [*seeds("importance", *NAMES), *seeds("gradients", *NAMES)]


def test_a_model_needs_the_answer_then_every_run_of_its_set_then_what_the_best_was_made_of(
    plan, put_answer, put_runs
):
    def asked():
        return call(plan, "model_files", method="no-sel")

    answer, scores = answers("no-sel", "one"), runs("one+two")
    assert asks(plan, asked(), [], answer)
    put_answer("no-sel", "two")
    assert asks(plan, asked(), answer, scores)
    put_runs("one+two", 0.5)
    rest = [scores[0].replace("metrics.csv", name) for name in ("run.json", "predictions.parquet")]
    assert asks(plan, asked(), [*answer, *scores, *rest, *splits("one", "two")], [])


def test_own_files_are_sources(plan):
    assert plan.source_files("one") == ["a.csv", "b.csv"]
    assert plan.source_files("drawn") == []


@pytest.mark.parametrize(
    ("members", "tables"),
    [
        ("one+two@one-0.42", ["two"]),
        ("one+two@one-keep0.5+three@one--1", ["two", "three"]),
        ("one+two@one-ratio1.5+three@sample0.1", []),
        ("one@sample0.1+three@one-0.4-sample0.1+two@one-keep0.5-sample0.1", ["three", "two"]),
    ],
)
def test_a_run_needs_tau_of_the_members_that_it_filters(plan, members, tables):
    expected = splits(*(part.partition("@")[0] for part in members.split("+")))
    expected += [f"instances/tiny/one/{auxiliary}.parquet" for auxiliary in tables]
    assert short(plan, plan.run_files("tiny", members, "1")) == sorted(expected)


def test_a_long_set_is_spelled_once_for_cluster_jobs_to_find(planned):
    names = [f"a_task_with_quite_a_long_name_{number}" for number in range(9)]
    plan = planned([*NAMES, *names])
    path = plan.path("metrics", backend="tiny", members=names, seed=1)
    name = short(plan, [path])[0].split("/")[2]
    assert not Path(plan.results, "runs").exists()  # naming a set writes nothing, asking for its run does
    assert plan.asked().run("tiny", names, 1) == path
    spelling = Path(plan.results, f"runs/members/{name}.json")
    assert read_json(spelling) == names
    assert plan.members(name) == [Member(task) for task in names]
    assert plan.run_spec("tiny", name, "1").members == names
    written = spelling.stat().st_mtime_ns
    assert plan.asked().run("tiny", names[::-1], 2).split("/")[-3] == name
    assert spelling.stat().st_mtime_ns == written


def test_a_short_set_is_spelled_by_its_name(plan):
    path = plan.path("metrics", backend="tiny", members=["two", "one@two-0.5"], seed=1)
    assert short(plan, [path]) == ["runs/tiny/one@two-0.5+two/seed1/metrics.csv"]
    assert plan.members("one@two-0.5+two") == [Member.parse("one@two-0.5"), Member("two")]
    assert not Path(plan.results).exists()


# ----------------------------------------------------------------------------- inputs that files decide

TAU = {"one": [1, 0.2, 0.6], "three": [0.2, 1, 0.1], "two": [0.6, 0.1, 1]}
FACTS = {"one": (9, 5, ""), "three": (50, 5, ""), "two": (20, 5, "")}
TRIAL = {"backend": "tiny", "suite": "toy", "method": "gradts-trial", "primary": "one"}


def test_trials_are_asked_for_step_by_step_each_under_all_seeds(plan, put, put_runs):
    def next_step() -> Asked:
        return plan.selection_files(**TRIAL)

    assert asks(plan, next_step(), [], [MATRIX])
    put(put_correlation, TAU)
    assert asks(plan, next_step(), [MATRIX], runs("one"))
    put_runs("one", 0.5)
    assert asks(plan, next_step(), [MATRIX, *runs("one")], runs("one+two"))  # two is nearer than three
    put_runs("one+two", 0.6)
    known = [MATRIX, *runs("one", "one+two")]
    assert asks(plan, next_step(), known, runs("one+three+two"))
    put_runs("one+three+two", 0.4)
    assert asks(plan, next_step(), [*known, *runs("one+three+two")], [])


def test_trials_end_where_the_score_falls(plan, put, put_runs):
    put(put_correlation, TAU)
    put_runs("one", 0.5)
    put_runs("one+two", 0.4)
    assert asks(plan, plan.selection_files(**TRIAL), [MATRIX, *runs("one", "one+two")], [])


def test_a_step_waits_for_the_seeds_that_are_missing(plan, put, put_runs):
    put(put_correlation, TAU)
    put_runs("one", 0.5, seeds=[1, 3])
    first, second, third = runs("one")
    assert asks(plan, plan.selection_files(**TRIAL), [MATRIX, first, third], [second])


def test_trials_on_a_share_of_the_data_ask_for_runs_of_their_own(planned, put):
    plan = planned(selection={"trial": {"train_fraction": 0.1, "primary_alone": False}})
    put(put_correlation, TAU)
    assert asks(plan, plan.selection_files(**TRIAL), [MATRIX], runs("one@sample0.1+two@sample0.1"))


FOLDS = {"select": {"folds": 2}}


def test_trials_by_folds_ask_for_all_folds_and_seeds_of_a_step_at_once(planned, put, put_runs):
    plan = planned(one=FOLDS)
    put(put_correlation, TAU)
    step = runs("one@fold1of2", "one@fold2of2")
    assert asks(plan, plan.selection_files(**TRIAL), [MATRIX], step)
    for fold, value in ((1, 0.2), (2, 0.8)):
        put_runs(f"one@fold{fold}of2", value)
    following = runs("one@fold1of2+two@fold1of2", "one@fold2of2+two@fold2of2")
    assert asks(plan, plan.selection_files(**TRIAL), [MATRIX, *step], following)
    assert short(plan, plan.run_files("tiny", "one@fold1of2", "1")) == sorted(splits("one"))
    # Trials of a task without folds are as they were, whoever else has some.
    asked = plan.selection_files("tiny", "toy", "gradts-trial", "two")
    assert asks(plan, asked, [MATRIX], runs("two"))


def test_folds_take_the_share_of_the_data_that_trials_are_trained_on(planned, put):
    plan = planned(one=FOLDS, selection={"trial": {"train_fraction": 0.5}})
    put(put_correlation, TAU)
    step = runs("one@fold1of2-sample0.5", "one@fold2of2-sample0.5")
    assert asks(plan, plan.selection_files(**TRIAL), [MATRIX], step)


def test_a_heuristic_walks_by_folds_and_a_threshold_is_tuned_on_the_selection_split(planned, put):
    tune = {"tune": {"grid": [0.5], "tasks": ["one"]}}
    plan = planned(one=FOLDS, selection={"thres": {"threshold": tune}, "heuristics": {"steps": 1}})
    put(put_statistics, FACTS)
    put(put_correlation, TAU)
    walk = [one.replace("*", f"@fold{fold}of2") for one in ("one*", "one*+three*") for fold in (1, 2)]
    asked = plan.selection_files("tiny", "toy", "heu-size", "one")
    assert asks(plan, asked, ["statistics/toy.csv"], runs(*walk))
    assert asks(plan, plan.tuning_files("tiny", "toy", "gradts-thres"), [MATRIX], runs("one+two"))


def test_heu_size_asks_for_all_prefixes_at_once(plan, put):
    put(put_statistics, FACTS)
    asked = plan.selection_files("tiny", "toy", "heu-size", "one")
    assert asks(plan, asked, ["statistics/toy.csv"], runs("one", "one+three", "one+three+two"))


def of_name(rule: str) -> dict[str, str]:
    return TRIAL | {"method": f"gradts-trial-{rule}"}


def kept(*sets: str) -> list[str]:
    """What the runs of sets answer."""
    return [path.replace("metrics.csv", "predictions.parquet") for path in runs(*sets)]


@pytest.fixture
def put_trial(put, put_runs):
    """Makes the runs of a set, which are right on so many of twenty rows under every seed."""

    def make(members: str, right: int) -> None:
        put_runs(members, right / 20)
        for seed in SEEDS:
            answers = {"one select": [1] * right + [0] * (20 - right)}
            put(put_answers, members.split("+"), answers, seed)

    return make


@pytest.mark.parametrize("rule", ["best", "one-se"])
def test_rules_that_walk_through_all_ask_for_all_at_once(plan, put, put_trial, rule):
    put(put_correlation, TAU)
    walked = ("one", "one+two", "one+three+two")
    assert asks(plan, plan.selection_files(**of_name(rule)), [MATRIX], runs(*walked))
    for members, right in zip(walked, (10, 9, 12), strict=True):
        put_trial(members, right)
    rest = kept(*walked) if rule == "one-se" else []
    assert asks(plan, plan.selection_files(**of_name(rule)), [MATRIX, *runs(*walked), *rest], [])


@pytest.mark.parametrize(("fall", "ends"), [(8, True), (2, False)])
def test_a_paired_walk_goes_on_after_a_fall_that_is_not_credible(planned, put, put_trial, fall, ends):
    """Of twenty rows: 8 ± 2.2 rows fewer are credible, 2 ± 1.4 are not."""
    plan = planned(selection={"trial": {"rule": "paired"}})
    put(put_correlation, TAU)
    put_trial("one", 15)
    known = [MATRIX, *runs("one")]
    assert asks(plan, plan.selection_files(**TRIAL), known, runs("one+two"))
    put_trial("one+two", 15 - fall)
    known += [*runs("one+two"), *kept("one", "one+two")]
    assert asks(plan, plan.selection_files(**TRIAL), known, [] if ends else runs("one+three+two"))


def test_what_runs_answer_is_awaited_as_their_scores_are(planned, put, put_runs):
    plan = planned(selection={"trial": {"rule": "paired"}})
    put(put_correlation, TAU)
    put_runs("one", 0.5)
    put_runs("one+two", 0.4)
    known = [MATRIX, *runs("one", "one+two")]
    assert asks(plan, plan.selection_files(**TRIAL), known, kept("one", "one+two"))


BANDIT, MIXING = "autosem/tiny/toy/one/bandit.json", "autosem/tiny/toy/one/mixing.json"
EMBEDDINGS = [f"embeddings/tiny/{task}.npy" for task in NAMES]
FIRST = [
    ("single-task", [], []),
    ("no-sel", [], []),
    ("random-k-1", [], answers("gradts-trial", "one")),
    ("random-size2-1", [], []),
    ("random-any-1", [], []),
    ("single-task-repeat", [], answers("gradts-trial", "one")),
    ("textsim-trial", [], EMBEDDINGS),
    ("esm-trial", [], ["esm/tiny/toy.csv"]),
    ("logme-trial", [], ["logme/tiny/toy/three.csv", "logme/tiny/toy/two.csv"]),
    ("null-trial-4", [], ["correlation/tiny/toy/shuffled4.csv"]),
    ("heu-type", [], ["statistics/toy.csv"]),
    ("gradts-thres", [], [MATRIX]),
    ("gradts-fg", [], answers("gradts-trial", "one")),
    ("autosem-p1", [BANDIT], []),
    ("autosem", [], answers("autosem-p1", "one")),
    ("surrogate", runs("one", "one+three", "one+three+two", "one+two"), []),
    ("surrogate-rbf", runs("one", "one+three", "one+three+two", "one+two"), []),
]


@pytest.mark.parametrize(("method", "files", "awaited"), FIRST)
def test_what_a_method_asks_for_first(plan, method, files, awaited):
    assert asks(plan, plan.selection_files("tiny", "toy", method, "one"), files, awaited)


def test_trials_by_values_of_fine_tuned_encoders_are_chains_as_gradts_trials(plan, put, put_runs):
    put(put_values, "esm", {"one": [None, 0.1, 0.2], "three": [0, None, 0], "two": [0, 0, None]})
    put(put_values, "logme", {"one": [0.3], "three": [None], "two": [0]}, ["three"])
    put(put_values, "logme", {"one": [-0.3], "three": [0], "two": [None]}, ["two"])
    put_runs("one", 0.5)
    asked = plan.selection_files("tiny", "toy", "esm-trial", "one")
    assert asks(plan, asked, ["esm/tiny/toy.csv", *runs("one")], runs("one+two"))
    asked = plan.selection_files("tiny", "toy", "logme-trial", "one")
    values = [f"logme/tiny/toy/{task}.csv" for task in ("three", "two")]
    assert asks(plan, asked, [*values, *runs("one")], runs("one+three"))


def test_trials_by_texts_and_by_shuffled_heads_are_chains_as_gradts_trials(plan, put, put_runs):
    def asked(method: str) -> Asked:
        return plan.selection_files("tiny", "toy", method, "one")

    for task, vector in {"one": [1, 0], "two": [0, 1], "three": [1, 1]}.items():
        put(put_embedding, task, vector)
    put(put_correlation, TAU, draw=2)
    put_runs("one", 0.5)
    known = runs("one")
    assert asks(plan, asked("textsim-trial"), [*EMBEDDINGS, *known], runs("one+three"))
    shuffled = ["correlation/tiny/toy/shuffled2.csv"]
    assert asks(plan, asked("null-trial-2"), [*shuffled, *known], runs("one+two"))


def test_a_random_set_serves_every_task_in_it_and_nothing_waits_for_its_scores(planned, put_runs):
    plan = planned(selection={"surrogate": {"sets": 2}})
    drawn = ["+".join(one) for one in designed(("one", "three", "two"), 2, 0.5)]
    for primary in ("one", "two"):
        own = [primary, "one+three+two", *(name for name in drawn if primary in name.split("+"))]
        assert asks(plan, plan.selection_files("tiny", "toy", "surrogate", primary), runs(*own), [])
    put_runs("one", 0.5)  # nor is it read once it is there
    own = ["one", "one+three+two", *(name for name in drawn if "one" in name.split("+"))]
    assert asks(plan, plan.selection_files("tiny", "toy", "surrogate", "one"), runs(*own), [])


def test_random_sets_on_a_share_of_the_data_are_runs_of_their_own(planned):
    plan = planned(selection={"surrogate": {"sets": 1}, "trial": {"train_fraction": 0.1}})
    found = short(plan, plan.selection_files("tiny", "toy", "surrogate", "one").files)
    assert {*runs("one@sample0.1", "one@sample0.1+three@sample0.1+two@sample0.1")} <= {*found}


@pytest.mark.parametrize("fraction", [1.0, 0.1])
def test_as_many_updates_are_told_by_the_record_of_the_chosen_sets_run(planned, put, put_answer, fraction):
    plan = planned(selection={"trial": {"train_fraction": fraction}})
    trial, record = answers("gradts-trial", "one"), "runs/tiny/one+two/seed1/run.json"
    put_answer("gradts-trial", "two")
    asked = plan.selection_files("tiny", "toy", "single-task-repeat", "one")
    assert asks(plan, asked, trial, [record])
    put(put_run, ["one", "two"], {}, training_instances={"one": 10, "two": 21})
    plan.readable.__self__.add(plan.path("run", backend="tiny", members="one+two", seed=1))
    asked = plan.selection_files("tiny", "toy", "single-task-repeat", "one")
    assert asks(plan, asked, [*trial, record], [])


def test_a_table_needs_the_runs_of_a_task_that_is_repeated(planned, put):
    plan = planned(tables={"table6": {"methods": ["single-task-repeat"], "tasks": ["one"]}})
    put(put_answer_of, "single-task-repeat", "one", members=["one@repeat3"])
    answer = answers("single-task-repeat", "one")
    wanted = [*splits("one"), *answer, *runs("one@repeat3")]
    assert asks(plan, plan.score_table_files("6"), wanted, [])
    assert short(plan, plan.run_files("tiny", "one@repeat3", "1")) == sorted(splits("one"))


def test_a_long_sets_record_is_asked_for_by_a_name_that_its_job_finds(planned, put):
    names = [f"a_task_with_quite_a_long_name_{number}" for number in range(9)]
    plan = planned([*NAMES, *names], selection={"trial": {"train_fraction": 0.1}})
    put(put_answer_of, "gradts-trial", "one", dict.fromkeys(names, 1.0))
    plan.selection_files("tiny", "toy", "single-task-repeat", "one")
    spelled = [read_json(path) for path in Path(plan.results, "runs/members").iterdir()]
    assert spelled == [[*names, "one"]]


@pytest.mark.parametrize(
    ("method", "before", "files"),
    [
        ("autosem", "autosem-p1", [MIXING]),
        (
            "gradts-fg",
            "gradts-trial",
            ["selection/tiny/toy/gradts-fg.threshold.json", "instances/tiny/one/two.parquet"],
        ),
        ("random-k-1", "gradts-trial", []),
    ],
)
def test_what_decides_nothing_is_asked_for_and_not_awaited(plan, put_answer, method, before, files):
    put_answer(before, "two")
    asked = plan.selection_files("tiny", "toy", method, "one")
    assert asks(plan, asked, [*answers(before, "one"), *files], [])


def test_given_thresholds_need_no_tuning(planned, put_answer):
    plan = planned(selection={"fg": {"threshold": 0.4}})
    put_answer("gradts-trial", "two", "three")
    tau = [f"instances/tiny/one/{task}.parquet" for task in ("three", "two")]
    asked = plan.selection_files("tiny", "toy", "gradts-fg", "one")
    assert asks(plan, asked, [*answers("gradts-trial", "one"), *tau], [])


def test_all_tuning_tasks_are_asked_for_side_by_side(planned, put):
    tune = {"tune": {"grid": [0.5, 0.0], "tasks": ["one", "three"]}}
    plan = planned(selection={"thres": {"threshold": tune}})
    assert asks(plan, plan.tuning_files("tiny", "toy", "gradts-thres"), [], [MATRIX])
    put(put_correlation, TAU)
    # one: two has 0.6, three 0.2; three: one has 0.2, two 0.1
    wanted = runs("one+two", "one+three+two", "three")
    assert asks(plan, plan.tuning_files("tiny", "toy", "gradts-thres"), [MATRIX], wanted)


def test_tuning_trains_on_the_share_of_the_data_that_trials_are_trained_on(planned, put, put_answer):
    tune = {"tune": {"grid": [0.5, 0.0], "tasks": ["one"]}}
    fg = {"tune": {"grid": [{"keep": 0.5}, 0.4, {"keep": 1}], "tasks": ["one"]}}
    settings = {"thres": {"threshold": tune}, "fg": {"threshold": fg}}
    plan = planned(selection=settings | {"trial": {"train_fraction": 0.1}})
    put(put_correlation, TAU)
    wanted = runs("one@sample0.1+two@sample0.1", "one@sample0.1+three@sample0.1+two@sample0.1")
    assert asks(plan, plan.tuning_files("tiny", "toy", "gradts-thres"), [MATRIX], wanted)
    put_answer("gradts-trial", "two")
    parts = ("two@one-keep0.5-sample0.1", "two@one-0.4-sample0.1", "two@sample0.1")
    wanted = runs(*(f"one@sample0.1+{part}" for part in parts))
    asked = plan.tuning_files("tiny", "toy", "gradts-fg")
    assert asks(plan, asked, answers("gradts-trial", "one"), wanted)


def test_tuning_goes_on_with_one_task_where_another_waits(plan, put_answer):
    trials = answers("gradts-trial", "one", "two")
    assert asks(plan, plan.tuning_files("tiny", "toy", "gradts-fg"), [], trials)
    put_answer("gradts-trial", "three")
    wanted = runs("one+three@one-keep0.5", "one+three@one-0.4")
    assert asks(plan, plan.tuning_files("tiny", "toy", "gradts-fg"), trials[:1], [*wanted, trials[1]])


def test_mixing_waits_for_stage_1_and_needs_what_it_chose(plan, put_answer):
    stage1 = answers("autosem-p1", "one")
    assert asks(plan, plan.mixing_files("tiny", "toy", "one"), [], stage1)
    with pytest.raises(NotYet) as first:
        plan.mixing_spec("tiny", "toy", "one")
    assert short(plan, first.value.args) == stage1
    put_answer("autosem-p1", "two")
    assert short(plan, plan.mixing_files("tiny", "toy", "one")) == sorted(splits("one", "two"))
    assert plan.mixing_spec("tiny", "toy", "one").auxiliaries == [TASK["two"]]


@pytest.mark.parametrize(("epochs", "expected"), [(4, 4), (None, 7)])
def test_mixing_trains_as_long_as_joint_runs_unless_it_is_told(planned, put_answer, epochs, expected):
    put_answer("autosem-p1")
    plan = planned(selection={"autosem": {"epochs": epochs}})
    assert plan.mixing_spec("tiny", "toy", "one").recipe == replace(RECIPE, epochs=expected)


ADVICE = {"method": "gradts-trial", "seeds": [4, 1]}


def test_advice_asks_for_its_task_alone_and_for_what_is_compared_as_it_is_known(planned, put, put_answer):
    plan = planned(advice=ADVICE, selection={**SETTINGS, "random": {"draws": 4}})

    def of_seeds(*sets: str) -> list[str]:
        return [f"runs/tiny/{members}/seed{seed}/metrics.csv" for members in sets for seed in (1, 4)]

    known = [*splits("one"), *of_seeds("one", "one+three+two")]
    assert asks(plan, plan.advice_files("one"), known, answers("gradts-trial", "one"))
    put_answer("gradts-trial", "two")
    known += [*answers("gradts-trial", "one"), *of_seeds("one+two", "one+three")]  # both sets of one
    record = "runs/tiny/one+two/seed1/run.json"
    assert asks(plan, plan.advice_files("one"), known, [record])
    rows = {"one": 10, "two": 21}
    put(put_run, ["one", "two"], {}, training_instances=rows)
    plan.readable.__self__.add(plan.path("run", backend="tiny", members="one+two", seed=1))
    assert asks(plan, plan.advice_files("one"), [*known, record, *of_seeds("one@repeat3")], [])


def test_advice_for_a_task_that_is_best_alone_compares_no_more(planned, put_answer):
    plan = planned(advice=ADVICE)
    put_answer("gradts-trial")
    files = [f"runs/tiny/{one}/seed{seed}/metrics.csv" for one in ("one", "one+three+two") for seed in (1, 4)]
    known = [*splits("one"), *answers("gradts-trial", "one"), *files]
    assert asks(plan, plan.advice_files("one"), known, [])


def test_regret_asks_for_answers_then_their_sets_then_as_many_updates(planned, put, put_answer):
    truth = {"sets": "pairs", "seeds": [1, 2], "suite": "other", "methods": ["single-task", "gradts-fg"]}
    plan = planned(truth=truth)
    known = ["truth/tiny/other.csv", "correlation/tiny/other.csv", "statistics/other.csv"]
    known += [f"data/{task}/statistics.json" for task in ("three", "two")]
    waiting = [
        f"selection/tiny/other/{method}/{task}.json"
        for method in truth["methods"]
        for task in ("three", "two")
    ]
    assert asks(plan, plan.regret_files(), known, waiting)

    def of_seeds(members: str) -> list[str]:
        return [f"runs/tiny/{members}/seed{seed}/metrics.csv" for seed in (1, 2)]

    def answered(method: str, task: str, *members: str) -> None:
        answer = {"method": method, "suite": "other", "backend": "tiny", "primary": {"name": task}}
        place = f"selection/tiny/other/{method}/{task}.json"
        put(write_answer, place, {"spec": answer, "auxiliaries": {}, "members": [*members]})
        waiting.remove(place)
        known.append(place)

    answered("single-task", "two", "two")
    assert asks(plan, plan.regret_files(), [*known, *of_seeds("two")], waiting)
    answered("gradts-fg", "two", "three@two-keep0.5", "two")
    known += [*of_seeds("two"), *of_seeds("three@two-keep0.5+two")]
    record = "runs/tiny/three@two-keep0.5+two/seed1/run.json"
    assert asks(plan, plan.regret_files(), known, [*waiting, record])
    taken = {"three": 45, "two": 40}
    put(put_run, ["three@two-keep0.5", "two"], {}, 1, training_instances=taken)
    put(run_record, ["three@two-keep0.5", "two"])
    assert asks(plan, plan.regret_files(), [*known, record, *of_seeds("two@repeat2")], waiting)


def write_answer(results: Path, place: str, content: dict) -> str:
    write_json(results / place, content)
    return str(results / place)


def run_record(results: Path, members: list[str]) -> str:
    return below(results, "run", backend="tiny", members=members, seed=1)


def test_the_truth_asks_for_every_run_at_once_and_tells_how_many_are_missing(planned, put, capsys):
    plan = planned(truth={"sets": ["pairs"], "seeds": [2, 1]})
    sets = [*NAMES, "one+three", "one+two", "three+two", "one+three+two"]
    known = [f"runs/tiny/{one}/seed{seed}/metrics.csv" for one in sets for seed in (1, 2)]
    assert short(plan, plan.truth_files("tiny", "toy")) == sorted(known)
    assert capsys.readouterr().err == "truth of toy under tiny: 14 runs, 0 made\n"
    costs = {"device": "cpu", "cpu_seconds": 60.0, "wall_seconds": 7.0}
    put(put_run, ["one"], {}, 2, **costs)
    put(put_run, ["one", "two"], {}, 1, **costs | {"device": "cuda", "cpu_seconds": 7, "wall_seconds": 90})
    assert short(plan, plan.truth_files("tiny", "toy")) == sorted(known)
    # 150 seconds for three members; of 2·(3·1 + 3·2 + 3) members 21 are missing
    assert "14 runs, 2 made, about 18 minutes of the others to go" in capsys.readouterr().err
    plan.truth_files("tiny", "toy")
    assert capsys.readouterr().err == ""


RIGHT = {
    "facts": {"task": "drawn"},
    "gradients": {"backend": "big", "task": "one", "seed": "77"},
    "instances": {"backend": "tiny", "primary": "one", "auxiliary": "drawn"},
    "run": {"backend": "tiny", "members": "one@sample0.5+two", "seed": "0"},
    "answer": {"backend": "tiny", "suite": "other", "method": "random-k-2", "primary": "two"},
    "threshold": {"backend": "tiny", "suite": "toy", "method": "gradts-fg"},
    "table": {"number": "10"},
    "figure": {"number": "4"},
    "shuffled": {"backend": "tiny", "suite": "toy", "draw": "1"},
    "embedding": {"backend": "tiny", "task": "one"},
    "logme": {"backend": "tiny", "suite": "toy", "auxiliary": "one"},
    "advice": {"primary": "one"},
    "truth": {"backend": "big", "suite": "other"},
}


@pytest.mark.parametrize("kind", RIGHT)
def test_right_targets(plan, kind):
    plan.check(kind, **RIGHT[kind])


@pytest.mark.parametrize("kind", TRUTH)
def test_without_a_truth_nothing_that_rests_on_it_is_made(planned, kind):
    with pytest.raises(InputError, match=r"^target: the configuration measures no truth; give it truth: "):
        planned(truth=None).check(kind, **RIGHT.get(kind, {}))


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        ("facts", {"task": "drown"}, "'drown' is no task; did you mean 'drawn'?"),
        ("facts", {"task": "One"}, "'One' is no task; did you mean 'one'?"),
        ("gradients", {"backend": "tinny"}, "'tinny' is no backend; did you mean 'tiny'?"),
        ("gradients", {"seed": "x"}, "'x' is no seed; give a number such as 1"),
        ("gradients", {"seed": "01"}, "'01' is no seed; give a number such as 1"),
        ("shuffled", {"draw": "0"}, "'0' is no draw; give a number such as 1"),
        ("logme", {"auxiliary": "tow"}, "'tow' is no task; did you mean 'two'?"),
        ("embedding", {"task": "tow"}, "'tow' is no task; did you mean 'two'?"),
        (
            "answer",
            {"method": "random-size"},
            "method 'random-size' has no size; give one, such as random-size3",
        ),
        ("answer", {"method": "single-task-2"}, "'single-task-2' is no method of selection; did you mean"),
        ("instances", {"auxiliary": "tow"}, "'tow' is no task; did you mean 'two'?"),
        ("instances", {"primary": "tow"}, "'tow' is no task; did you mean 'two'?"),
        ("run", {"members": "one+tow@sample0.5"}, "'tow' is no task; did you mean 'two'?"),
        ("answer", {"suite": "mixd"}, "'mixd' is no suite; did you mean 'mixed'?"),
        ("answer", {"primary": "one"}, "'one' is no task of the suite 'other'; known: three, two"),
        ("answer", {"method": "gradts-trail"}, "'gradts-trail' is no method of selection; did you mean"),
        (
            "threshold",
            {"method": "gradts-thres"},
            "the configuration does not tune a threshold of gradts-thres",
        ),
        ("table", {"number": "99"}, "'99' is no table; did you mean '9'?"),
        ("table", {"number": "x"}, "'x' is no table; known: 1, 10, 2, 3, 4, 5, 6, 7, 8, 9"),
        ("figure", {"number": "5"}, "'5' is no figure; known: 1, 2, 3, 4"),
        ("advice", {"primary": "drawn"}, "'drawn' is no task of the suite 'toy'; known: one, three, two"),
    ],
)
def test_a_name_in_a_target_that_stands_for_nothing(plan, kind, wrong, message):
    with pytest.raises(InputError, match="^target: " + re.escape(message)):
        plan.check(kind, **RIGHT[kind] | wrong)


@pytest.mark.parametrize("letters", ["x", "'", "é"])
def test_a_specification_too_long_for_a_command_is_written_down(plan, letters):
    """A quote or an accent is several letters to a shell; Linux takes 131,071 bytes."""
    made = {
        count: replace(plan.config.sources["one"], labels=[letters * count, "no"])
        for count in (10, 10_000, 50_000, 90_000)
    }
    given = {count: plan.argument(spec) for count, spec in made.items()}
    for count, argument in given.items():
        text = made[count].to_json()
        assert argument == text or Path(argument).read_text() == text
        assert len(quote(argument)) < 100_000
    assert given[10] == made[10].to_json()
    assert Path(given[90_000]).parent == Path(plan.results, "specs")
    times = Path(given[90_000]).stat().st_mtime_ns
    assert plan.argument(made[90_000]) == given[90_000] != plan.argument(replace(made[90_000], seed=7))
    assert Path(given[90_000]).stat().st_mtime_ns == times


def test_the_graph_reads_only_what_is_settled(plan, put, made):
    """An older matrix may just be being remade."""
    put(put_correlation, TAU)
    made.clear()
    assert asks(plan, plan.selection_files(**TRIAL), [], [MATRIX])
