"""Which files a method's answer needs, step by step as others come to be there."""

from dataclasses import replace
from pathlib import Path

import pytest

from gradts.artifacts import read_json
from gradts.asked import Asked, NotYet
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
    TASK,
    answers,
    asks,
    runs,
    short,
    splits,
)

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


def test_a_threshold_is_tuned_on_tasks_of_the_suite_that_it_is_for(planned):
    plan = planned(selection={"fg": {"threshold": {"tune": {"grid": [0.5], "tasks": ["drawn"]}}}})
    assert plan.selection_files("tiny", "mixed", "gradts-fg", "one").awaited
    foreign = r"selection.fg.threshold.tune.tasks: 'drawn' is no task of the suite 'toy'; known: one, three, "
    with pytest.raises(InputError, match=foreign):
        plan.selection_files("tiny", "toy", "gradts-fg", "one")


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


@pytest.mark.parametrize(
    ("lengths", "steps", "sets"),
    [
        ({"one": 5, "three": 9, "two": 2}, None, ("one", "one+two", "one+three+two")),
        ({"one": 5, "three": 6, "two": 4}, None, ("one", "one+three", "one+three+two")),  # a tie, by name
        ({"one": 5, "three": 9, "two": 2}, 1, ("one", "one+two")),
    ],
)
def test_heu_len_takes_the_nearest_in_length_first(planned, put, lengths, steps, sets):
    plan = planned(selection={"heuristics": {"steps": steps}})
    put(put_statistics, {task: (9, length, "") for task, length in lengths.items()})
    asked = plan.selection_files("tiny", "toy", "heu-len", "one")
    assert asks(plan, asked, ["statistics/toy.csv"], runs(*sets))


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


def test_the_graph_reads_only_what_is_settled(plan, put, made):
    """An older matrix may just be being remade."""
    put(put_correlation, TAU)
    made.clear()
    assert asks(plan, plan.selection_files(**TRIAL), [], [MATRIX])
