"""Nothing is computed twice: what reruns after a change, and what does not."""

import json
import os
import re
import shutil
from importlib import metadata
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.workflow.tiny import ROOT, TASKS, checkout, configure, jobs, runs, snakemake, state

TABLE = "results/tables/table2.csv"


def jobs_of(output: str, message: str) -> list[str]:
    """What the messages `… of X under …` of a run or dry-run name."""
    return re.findall(rf"{message} (\S+)", output)


# ---------------------------------------------------------------- what reruns, and what does not


def test_a_fresh_checkout_of_the_same_commit_reruns_nothing(copy):
    for path in [path for name in ("workflow", "config", "profiles") for path in (copy / name).rglob("*")]:
        if path.is_file():
            content = path.read_bytes()
            path.unlink()
            path.write_bytes(content)
    assert "Nothing to be done" in snakemake(copy, "all", "-n")


@pytest.fixture
def edited(tmp_path):
    """A copy of the library with one text replaced; returns the environment that uses it."""

    def edit(module: str, old: str, new: str) -> dict[str, str]:
        shutil.copytree(ROOT / "src", tmp_path / "src", dirs_exist_ok=True)
        path = tmp_path / "src/gradts" / module
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        known = os.environ.get("PYTHONPATH", "")
        return {**os.environ, "PYTHONPATH": f"{tmp_path / 'src'}{os.pathsep}{known}"}

    return edit


def test_an_edited_comment_or_docstring_reruns_nothing(copy, edited):
    edited("training/loop.py", '"""Train the model in place', '# a comment\n    """Teach the model in place')
    env = edited("gradients/estimators.py", '"""dL_i/dξ_lh of', '"""The derivative of')
    assert "Nothing to be done" in snakemake(copy, "all", "-n", env=env)


def test_an_edited_estimator_reruns_gradients_but_no_data_and_no_joint_run(copy, edited):
    env = edited("gradients/estimators.py", "gradients.transpose(0, 1)", "2 * gradients.transpose(0, 1)")
    output = snakemake(copy, "all", "-n", env=env)
    assert jobs(output)["gradients"] == len(TASKS)
    assert jobs(output)["correlation"] == 1
    assert "prepare" not in jobs(output)
    assert "bandit" not in jobs(output)
    # but for sets that are filtered by these gradients
    assert all("-keep" in name for name in jobs_of(output, "joint run of"))


def change_selection(folder: Path, part: str, **values) -> None:
    selection = yaml.safe_load((folder / "config/config.yaml").read_text())["selection"]
    configure(folder, TASKS, selection={**selection, part: {**selection.get(part, {}), **values}})


def test_an_edited_selector_reruns_answers_and_no_training(copy, edited):
    answers = [f"results/selection/tiny/tiny/autosem/{task}.json" for task in TASKS]
    mixing = {path: path.stat().st_mtime_ns for path in copy.glob("results/autosem/*/*/*/mixing.json")}
    env = edited("selection/selectors.py", "list(steps), threshold", "[*steps], threshold")
    output = snakemake(copy, *answers, env=env)
    assert sorted(jobs_of(output, "autosem-p1 chooses auxiliary tasks for")) == TASKS
    assert sorted(jobs_of(output, "autosem chooses auxiliary tasks for")) == TASKS
    assert len(mixing) == len(TASKS)
    assert {path: path.stat().st_mtime_ns for path in mixing} == mixing


def test_another_choice_of_stage_1_searches_the_ratios_anew(copy):
    mixing = copy / f"results/autosem/tiny/tiny/{TASKS[0]}/mixing.json"
    bandit = mixing.with_name("bandit.json")
    assert json.loads(mixing.read_text())["spec"]["auxiliaries"] == []  # a random encoder never moves
    game = json.loads(bandit.read_text())
    bandit.write_text(json.dumps(game | {"undecided": None}))
    output = snakemake(copy, str(mixing.relative_to(copy)))
    assert jobs_of(output, "autosem-p1 chooses auxiliary tasks for") == TASKS[:1]
    search = json.loads(mixing.read_text())
    useful = [task for task in TASKS[1:] if game["utilities"][task] > 0.5]
    assert [task["name"] for task in search["spec"]["auxiliaries"]] == useful != []
    assert len(search["trials"]) == search["spec"]["trials"] == 2
    change_selection(copy, "autosem", cut=0.99)  # no task is that useful
    output = snakemake(copy, str(mixing.relative_to(copy)))
    assert jobs_of(output, "autosem-p1 chooses auxiliary tasks for") == TASKS[:1]
    assert json.loads(mixing.read_text())["spec"]["auxiliaries"] == []


# Answers that need runs which do not exist yet: Snakemake would keep the old ones, had it its way.


def test_other_trials_make_the_answer_anew(copy):
    change_selection(copy, "trial", train_fraction=0.5)
    answer = f"results/selection/tiny/tiny/gradts-trial/{TASKS[0]}.json"
    snakemake(copy, answer)
    assert json.loads((copy / answer).read_text())["spec"]["train_fraction"] == 0.5
    assert f"{TASKS[0]}@sample0.5" in runs(copy)
    assert "Nothing to be done" in snakemake(copy, answer, "-n")


def test_the_seeds_of_a_step_are_asked_for_together(copy):
    configure(copy, TASKS, seeds=[1, 2, 3])
    answer = f"results/selection/tiny/tiny/gradts-trial/{TASKS[0]}.json"
    assert jobs(snakemake(copy, answer, "-n"))["joint"] == 2  # the task alone, under the new seeds


def test_an_edited_selector_that_asks_for_other_trials_makes_the_answer_anew(copy, edited):
    answer = f"results/selection/tiny/tiny/gradts-trial/{TASKS[0]}.json"
    before = json.loads((copy / answer).read_text())["code"]
    env = edited("selection/trials.py", "self.spec.train_fraction == 1", "self.spec.train_fraction == 2")
    snakemake(copy, answer, env=env)
    assert json.loads((copy / answer).read_text())["code"] != before
    assert f"{TASKS[0]}@sample1" in runs(copy)


def test_a_newer_ranking_that_asks_for_other_trials_makes_the_answer_anew(copy):
    primary = TASKS[0]
    answer = f"results/selection/tiny/tiny/gradts-trial/{primary}.json"
    (first,) = json.loads((copy / answer).read_text())["evidence"][1]["auxiliaries"]
    (other,) = set(TASKS) - {primary, first}
    shutil.rmtree(copy / "results/runs/tiny" / "+".join(sorted([primary, other])), ignore_errors=True)
    path = copy / "results/correlation/tiny/tiny.csv"
    tau = pd.read_csv(path, index_col="task")
    for task, value in ((first, -0.9), (other, 0.9)):
        tau.loc[primary, task] = tau.loc[task, primary] = value
    tau.to_csv(path)
    snakemake(copy, answer)
    assert json.loads((copy / answer).read_text())["evidence"][1]["auxiliaries"] == [other]


def test_another_draw_makes_the_table_anew(copy):
    change_selection(copy, "random", draws=3)
    output = snakemake(copy, TABLE)
    assert sorted(jobs_of(output, "random-k-3 chooses auxiliary tasks for")) == TASKS
    assert json.loads((copy / TABLE).with_suffix(".json").read_text())["spec"]["draws"] == 3
    assert "head gradients of" not in output


def test_another_slip_of_the_paper_makes_every_table_with_printed_figures_anew(copy):
    with (copy / "config/paper/slips.csv").open("a") as file:
        file.write("3,AUTOSEM,memory_mb,a slip\n")
    made = jobs(snakemake(copy, "all"))
    del made["total"]
    # Tables 2, 6, 9; 7; 3, 10. What counts stuck runs reads Table 2.
    assert made == {"all": 1, "score_table": 3, "fact_table": 1, "cost_table": 2, "stability": 1}
    assert "46361*" in (copy / "results/tables/table3.md").read_text()


@pytest.mark.parametrize("place", ["registry", "configuration"])
def test_a_tasks_own_cap_reruns_its_nodes_and_the_sets_that_hold_it(copy, place):
    if place == "registry":
        registry = copy / "config/tasks/demo.yaml"
        tasks = yaml.safe_load(registry.read_text())
        tasks["demo_sentiment"]["max_train"] = 30
        registry.write_text(yaml.safe_dump(tasks))
    else:
        caps = {"max_train": 32, "max_train_of": {"demo_sentiment": 30}}
        configure(copy, TASKS, data={**caps, "max_select": 24, "max_dev": 24})
    output = snakemake(copy, "all", "-n")
    assert jobs_of(output, "prepare the splits of") == ["demo_sentiment"]
    assert jobs_of(output, "head gradients of") == ["demo_sentiment"]
    remade = set(jobs_of(output, "joint run of"))  # those that are known before the answers are made again
    assert {"demo_sentiment", "+".join(TASKS)} <= remade
    assert remade <= {name for name in runs(copy) if "demo_sentiment" in name}


def test_an_added_seed_of_importance_computes_that_seed_alone(copy):
    before = state(copy)
    configure(copy, TASKS, gradients={"epochs": 1, "seeds": [1, 2]})
    output = snakemake(copy, "results/figures/figure3.png", "results/figures/figure4.png")
    assert jobs(output) == {"gradients": len(TASKS), "correlation": 1, "heatmap": 2, "total": len(TASKS) + 3}
    assert sorted(jobs_of(output, "head gradients of")) == TASKS
    after = state(copy)
    assert {path: after[path] for path in before} == before
    new = {str(path.relative_to(copy / "results")) for path in set(after) - set(before)}
    kinds = (("importance", "npy"), ("gradients", "parquet"))
    assert new == {f"{kind}/tiny/{task}/seed2.{end}" for kind, end in kinds for task in TASKS}
    rest = snakemake(copy, "all", "-n")
    assert not {"gradients", "prepare", "bandit", "correlation"} & set(jobs(rest))
    assert jobs(rest)["instances"] > 0


def test_removing_an_added_task_reruns_only_readings(copy):
    before = state(copy)
    configure(copy, TASKS[:2])
    snakemake(copy, "results/figures/figure4.png")
    configure(copy, TASKS)
    output = snakemake(copy, "results/figures/figure4.png")
    assert set(jobs(output)) <= {"correlation", "heatmap", "total"}
    assert state(copy) == before


TRAINING = {"learning_rate": 1e-3, "batch_size": 8, "max_length": 32, "precision": "fp32"}


@pytest.mark.parametrize(
    ("suite", "changes", "costly"),
    [
        ([*TASKS, "demo_pronoun"], {}, {"prepare": 1, "gradients": 1, "joint": 2, "bandit": 4}),
        (TASKS[:2], {}, {"bandit": 2}),
        (TASKS[::-1], {}, {}),
        (TASKS, {"training": {**TRAINING, "epochs": 3}}, {"joint": None, "bandit": 3}),
        (
            TASKS,
            {"training": {**TRAINING, "epochs": 2, "batch_size": 4}},
            {"gradients": 3, "bandit": 3, "joint": 7},
        ),
    ],
)
def test_what_costs_reruns_where_the_page_says_so(copy, suite, changes, costly):
    """The joint runs are those that can be named before answers are made again.

    Where the ranking stays (None), all that were made, but those which a chosen set's run decides.
    """
    if costly.get("joint", 0) is None:
        costly = costly | {"joint": len([name for name in runs(copy) if "@repeat" not in name])}
    configure(copy, suite, **changes)
    found = jobs(snakemake(copy, "all", "-n"))
    trained = ("prepare", "gradients", "joint", "bandit", "mixing")
    assert {rule: found[rule] for rule in trained if rule in found} == costly


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (
            {"training": {"epochs": 3, "batch_size": 8, "max_length": 32, "precision": "fp32"}},
            "spec.recipe.epochs = 2, this run needs 3",
        ),
        ({"data": {"max_train": 31, "max_select": 24, "max_dev": 24}}, "spec.max_train = 32"),
        (
            {"seeds": [1], "gradients": {"epochs": 1, "seeds": [1], "estimator": "kv_weight"}},
            "spec.jobs.0.estimator = 'head_gate'",
        ),
        (
            {"gradients": {"epochs": 1, "seeds": [1], "layer_norm": "l2"}},
            "spec.jobs.0.layer_norm = 'l1'",
        ),
    ],
)
def test_without_snakemakes_memory_a_changed_value_is_still_noticed(copy, changes, named):
    shutil.rmtree(copy / ".snakemake")
    assert "Nothing to be done" in snakemake(copy, "all", "-n")
    configure(copy, TASKS, **changes)
    output = snakemake(copy, "all", ok=False)
    assert named in output
    assert "delete it and its like in results/" in output


@pytest.mark.parametrize(
    ("module", "old", "new", "named"),
    [
        (
            "gradients/estimators.py",
            "gradients.transpose(0, 1)",
            "2 * gradients.transpose(0, 1)",
            ["seed1.npy was made by other code of gradts.gradients.importance", "results/importance"],
        ),
        (
            "demo/texts.py",
            "rng.integers(2, 4)",
            "rng.integers(2, 3)",
            ["statistics.json was made with spec.digests.gradts.demo.suite = ", "results/data"],
        ),
    ],
)
def test_without_snakemakes_memory_changed_logic_is_still_noticed(copy, edited, module, old, new, named):
    shutil.rmtree(copy / ".snakemake")
    output = snakemake(copy, "all", ok=False, env=edited(module, old, new))
    assert named[0] in output
    assert f"delete it and its like in {named[1]}" in output


# ------------------------------------------------------------------- what changes without a word


OWN = ["results/importance/tiny/own/seed1.npy", "results/runs/tiny/own/seed1/metrics.csv"]


@pytest.fixture(scope="module")
def files_of_its_own(tmp_path_factory, tiny_backend) -> Path:
    """A task of local files under a local backend, with its importance and its joint run."""
    folder = checkout(tmp_path_factory.mktemp("own"), Path("model"))
    shutil.copytree(tiny_backend, folder / "model")
    for split in ("train", "dev"):
        rows = [f"{('good', 'evil')[row % 2]} thing {row},{('no', 'yes')[row % 2]}" for row in range(40)]
        (folder / f"{split}.csv").write_text("\n".join(["text,label", *rows, ""]))
    entry = {"files": {"train": "train.csv", "dev": "dev.csv"}, "text": ["text"], "labels": ["no", "yes"]}
    (folder / "config/tasks/own.yaml").write_text(yaml.safe_dump({"own": entry, "other": entry}))
    configure(folder, ["other", "own"], tasks=["config/tasks/own.yaml"], selection={})
    snakemake(folder, *OWN)
    return folder


@pytest.fixture
def own(files_of_its_own, tmp_path) -> Path:
    folder = shutil.copytree(files_of_its_own, tmp_path / "copy")
    assert "Nothing to be done" in snakemake(folder, *OWN, "-n")
    return folder


@pytest.mark.parametrize("seconds", [0, -(10**8)], ids=["of the same time", "of an older time"])
@pytest.mark.parametrize(
    ("file", "old", "new", "rules"),
    [
        ("train.csv", b"good", b"dull", ["prepare", "gradients", "joint"]),
        ("model/config.json", b"gelu", b"relu", ["gradients", "joint"]),
        ("model/model.safetensors", b"\x3f", b"\x3e", ["gradients", "joint"]),
    ],
)
def test_a_replaced_file_of_the_same_size_is_noticed(own, file, old, new, rules, seconds):
    path = own / file
    before, content = path.stat(), path.read_bytes()
    path.write_bytes(content.replace(old, new))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + seconds * 10**9))
    assert path.stat().st_size == before.st_size
    assert path.read_bytes() != content
    assert jobs(snakemake(own, *OWN, "-n")) == {**dict.fromkeys(rules, 1), "total": len(rules)}


def test_logic_of_the_specifications_reruns_what_knows_them(copy, edited):
    found = jobs(snakemake(copy, "all", "-n", env=edited("specs.py", "give exactly one", "give one")))
    assert found["prepare"] == found["gradients"] == len(TASKS)


@pytest.fixture
def installed(tmp_path):
    """The environment in which a package has another version, as far as its metadata tell."""

    def pretend(package: str, version: str) -> dict[str, str]:
        place = tmp_path / "packages"
        (place / f"{package}-{version}.dist-info").mkdir(parents=True)
        text = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
        (place / f"{package}-{version}.dist-info/METADATA").write_text(text)
        return {**os.environ, "PYTHONPATH": f"{place}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}

    return pretend


def test_another_torch_reruns_what_trains_and_says_so(copy, installed):
    output = snakemake(copy, "all", "-n", env=installed("torch", "99.1"))
    found = jobs(output)
    assert (found["gradients"], found["bandit"]) == (len(TASKS), len(TASKS))
    assert set(jobs_of(output, "joint run of")) >= {*TASKS, "+".join(TASKS)}
    assert not {"prepare", "statistics", "fact_table"} & set(found)
    assert "torch 99.1" in output


def test_another_build_of_torch_reruns_nothing(copy, installed):
    version = f"{metadata.version('torch').partition('+')[0]}+cu999"
    assert "Nothing to be done" in snakemake(copy, "all", "-n", env=installed("torch", version))


def test_without_snakemakes_memory_another_torch_is_still_noticed(copy, installed):
    shutil.rmtree(copy / ".snakemake")
    output = snakemake(copy, "all", ok=False, env=installed("torch", "99.1"))
    assert re.search(r"was made with packages\.torch = '[\d.]+', this run needs '99\.1'", output)
    assert "delete it and its like in results/" in output
