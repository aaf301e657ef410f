"""What tables and figures are of, and what they ask for."""

import pytest

from gradts.reporting.specs import SCORE_TABLES
from tests.unit.plan.toy import NAMES, SEEDS, answers, asks, runs, short, splits


@pytest.mark.parametrize(
    ("configured", "more", "figures"),
    [
        ({}, "", "1 3 4"),
        ({"table1": {"suite": "toy"}}, "1", "1 3 4"),
        ({"table1": None, "table4": None, "table5": None, "table8": None}, "", "1 3 4"),
        ({"table5": {"suite": "other", "backend": "tiny"}}, "5", "1 2 3 4"),
        ({"table4": {"suite": "toy", "backend": "big"}}, "4", "1 3 4"),
        ({"table8": {"suite": "toy", "backends": ["big"]}}, "8", "1 3 4"),
    ],
)
def test_some_tables_are_made_only_where_they_are_configured(planned, configured, more, figures):
    plan = planned(tables=configured)
    assert sorted(plan.tables()) == sorted(["2", "3", "6", "7", "9", "10", *more.split()])
    assert sorted(plan.figures()) == figures.split()


OWN = {"suite": "other", "backend": "big", "tasks": ["two"], "methods": ["no-sel"]}
PLACES = [
    ("2", {}, "toy tiny one,three,two", SCORE_TABLES["2"]),
    ("9", {}, "toy tiny one,three,two", SCORE_TABLES["9"]),
    ("6", {"suite": "other"}, "other tiny three,two", SCORE_TABLES["6"]),
    ("6", {"backend": "big"}, "toy big one,three,two", SCORE_TABLES["6"]),
    ("6", {"tasks": ["two"]}, "toy tiny two", SCORE_TABLES["6"]),
    ("6", {"methods": ["heu-len", "no-sel"]}, "toy tiny one,three,two", "heu-len no-sel"),
    ("4", OWN, "other big two", "no-sel"),
    ("8", {"suite": "other", "backends": ["tiny", "big"]}, "other tiny,big three,two", SCORE_TABLES["8"]),
]


@pytest.mark.parametrize(("number", "own", "place", "methods"), PLACES)
def test_what_a_table_does_not_say_is_said_by_table_2(planned, number, own, place, methods):
    plan = planned(tables={f"table{number}": own} if own else {})
    suite, backends, tasks = place.split()
    spec = plan.score_table_spec(number)
    assert (spec.suite, ",".join(spec.backends)) == (suite, backends)
    assert (",".join(task.name for task in spec.tasks), " ".join(spec.methods)) == (tasks, methods)
    assert short(plan, plan.answer_files(number)) == sorted(
        f"selection/{row.backend}/{suite}/{method}/{task}.json"
        for row in spec.rows()
        for method in row.answers
        for task in tasks.split(",")
    )


def test_table_3_has_some_rows_of_table_10(planned):
    plan = planned(tables={"table10": {"methods": ["gradts-thres", "gradts-fg", "autosem", "heu-len"]}})
    assert plan.cost_table_spec("10").methods == ["gradts-thres", "gradts-fg", "autosem", "heu-len"]
    assert plan.cost_table_spec("3").methods == ["gradts-fg", "autosem"]


@pytest.mark.parametrize(
    ("advice", "some", "tasks"),
    [({}, None, NAMES), ({}, ["two", "one"], ["one", "two"]), ({"suite": "other"}, None, ["three", "two"])],
)
def test_advice_is_made_for_the_tasks_of_table_2(planned, advice, some, tasks):
    plan = planned(tables={"table2": {"suite": "toy", "backend": "tiny", "tasks": some}}, advice=advice)
    assert plan.advised() == tasks


@pytest.mark.parametrize(("number", "suite"), [("1", "toy"), ("2", "other")])
def test_a_figure_of_chosen_sets_needs_all_answers_that_it_shows_and_what_orders_them(planned, number, suite):
    plan = planned(tables={"table5": {"suite": "other", "backend": "tiny"}})
    spec = plan.chosen_sets_spec(number)
    tasks = [task.name for task in spec.tasks]
    shown = [f"selection/tiny/{suite}/{method}/{task}.json" for method in spec.methods for task in tasks]
    expected = sorted([f"correlation/tiny/{suite}.csv", *shown])
    assert short(plan, plan.chosen_sets_files(number)) == expected


def test_a_table_names_known_sets_at_once_and_chosen_ones_as_answers_come(planned, put_answer):
    rows = {"suite": "toy", "backend": "tiny", "methods": ["single-task", "no-sel", "gradts-trial"]}
    plan = planned(tables={"table2": rows})
    known = [*splits(*NAMES), *runs(*NAMES, "one+three+two")]
    waiting = [path for method in rows["methods"] for path in answers(method, *NAMES)]
    assert asks(plan, plan.score_table_files("2"), known, waiting)
    for primary, chosen in (("three", "two"), ("one", "two@one-0.4")):
        put_answer("gradts-trial", chosen, primary=primary)
        here = answers("gradts-trial", primary)[0]
        waiting.remove(here)
        known += [here, *runs("+".join(sorted([primary, chosen])))]
        assert asks(plan, plan.score_table_files("2"), known, waiting)


def test_a_table_of_several_backends_names_the_sets_of_each(planned):
    rows = {"suite": "other", "backends": ["tiny", "big"], "methods": ["no-sel"]}
    plan = planned(tables={"table8": rows})
    files = [*splits("three", "two"), *runs("three+two"), *runs("three+two", backend="big")]
    assert short(plan, plan.score_table_files("8").files) == sorted(files)


def test_the_reports_first_page_tells_what_is_resolved(planned):
    plan = planned(tables={"table8": {"suite": "mixed", "backends": ["tiny", "big"]}})
    told = plan.first_page()
    places = {("toy", "tiny"): ["2", "3", "6", "7", "9", "10"], ("mixed", "tiny", "big"): ["8"]}
    assert told["places"] == places
    assert told["suites"] == {"mixed": ("drawn", "one"), "toy": ("one", "three", "two")}
    assert told["generated"] == ["drawn"]
    read = dict.fromkeys(["one", "three", "two"], "classification, read from files")
    assert told["tasks"] == {"drawn": "classification, generated", **read}
    assert (told["main"]["tasks"], told["main"]["seeds"]) == (("one", "three", "two"), SEEDS)
    assert told["main"]["methods"][:3] == ["Single-Task", "NO-SEL", "Random-k"]
    assert (told["advice"]["method"], told["advice"]["suite"]) == ("GradTS-trial-paired", "toy")
    assert told["settings"]["gradients"]["seeds"] == SEEDS
    assert told["folds"] == {}
    assert planned(one={"select": {"folds": 5}}).first_page()["folds"] == {"one": 5}
