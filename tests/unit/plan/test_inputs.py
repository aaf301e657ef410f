"""Which files a job needs, and which decide what else it needs."""

import re
from dataclasses import replace
from pathlib import Path
from shlex import quote

import pytest

from gradts.artifacts import read_json, write_json
from gradts.jobs import TRUTH
from gradts.layout import below
from gradts.members import Member
from gradts.names import InputError
from gradts.truth.left import tell
from tests.unit.by_hand import (
    put_run,
)
from tests.unit.plan.toy import (
    NAMES,
    SETTINGS,
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
    without = planned(truth=truth | {"repeated": False})
    without.readable.__self__.update(plan.readable.__self__)
    assert asks(without, without.regret_files(), known, waiting)
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
    tell.cache_clear()  # another test of this process may have had the same told
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


def test_a_target_of_a_method_that_rests_on_fine_tunes_where_there_are_none(planned):
    plan, target = planned(gradients={"epochs": 0}), RIGHT["answer"]
    plan.check("answer", **target)
    with pytest.raises(InputError, match=r"^target: 'esm-trial' ranks by fine-tuned encoders, and gradien"):
        plan.check("answer", **target | {"method": "esm-trial"})


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
