"""The graph, on a tiny configuration that is really run."""

import csv
import json
import os
import shutil
import subprocess
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from transformers import pipeline

from gradts.members import Member, members_name
from gradts.reporting.costs import ledger
from gradts.reporting.marks import MARKS
from tests.workflow.tiny import ROOT, TASKS, checkout, configure, jobs, read_rows, runs, snakemake, state

PROTOCOLS = ("corrected", "described", "released")


def test_dry_run_lists_every_known_joint_run_once(tmp_path, tiny_backend):
    output = snakemake(checkout(tmp_path, tiny_backend), "-n", "results/tables/table2.csv")
    assert jobs(output)["joint"] == 4  # three single tasks, and NO-SEL once for all of them
    assert jobs(output)["gradients"] == jobs(output)["prepare"] == 3


def test_make_plan_lists_what_all_would_compute(tmp_path, tiny_backend):
    recipes = subprocess.run(
        ["make", "--dry-run", "plan"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    command = next(line for line in recipes.splitlines() if line.startswith("snakemake"))
    folder = checkout(tmp_path, tiny_backend)
    plan = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=True)
    assert jobs(plan.stdout + plan.stderr)["joint"] >= 4


@pytest.mark.parametrize(
    "overlays", [["config"], ["glue-mini"], *(["paper", f"protocols/{p}"] for p in PROTOCOLS)]
)
def test_shipped_configurations_resolve(overlays):
    output = snakemake(
        ROOT, "-n", "--forceall", "--configfile", *(f"config/{name}.yaml" for name in overlays), "--", "all"
    )
    assert jobs(output)["prepare"] == 14  # every task of the paper, or its generated likeness
    assert jobs(output)["joint"] >= 9


def test_table2(finished):
    with open(finished / "results/tables/table2.csv", newline="") as file:
        rows = {row["method"]: row for row in csv.DictReader(file)}
    names = ["Majority", "Single-Task", "NO-SEL", "Random-k", "AUTOSEM-p1", "AUTOSEM"]
    assert list(rows) == [*names, "GradTS-thres", "GradTS-trial", "GradTS-fg"]
    assert all(row["suite"] == "tiny (with generated tasks)" for row in rows.values())
    columns = ["demo_accept_mcc", "demo_entail_accuracy", "demo_sentiment_accuracy"]
    assert [name for name in list(rows["Majority"])[2:] if not name.endswith("_sd")] == [*columns, *MARKS]
    assert rows["Majority"]["demo_accept_mcc"] == "0.00"
    assert all(0 <= float(row["demo_entail_accuracy"]) <= 100 for row in rows.values())
    assert "**generated**" in (finished / "results/tables/table2.md").read_text()


def test_costs(finished):
    ledger = read_rows(finished / "results/costs.csv")
    made = {row["artefact"] for row in ledger}
    assert {f"importance/tiny/{task}/seed1.json" for task in TASKS} <= made
    assert {f"autosem/tiny/tiny/{task}/bandit.json" for task in TASKS} <= made
    counted = {row["artefact"]: "cpu" if row["device"] == "cpu" else "wall" for row in ledger}
    seconds = {row["artefact"]: float(row[f"{counted[row['artefact']]}_seconds"]) for row in ledger}
    assert all(value > 0 for value in seconds.values())
    table = {row["method"]: row for row in read_rows(finished / "results/tables/table10.csv")}
    assert list(table) == ["AUTOSEM-p1", "AUTOSEM", "GradTS-thres", "GradTS-trial", "GradTS-fg"]
    bandits = sum(value for name, value in seconds.items() if name.endswith("bandit.json"))
    assert float(table["AUTOSEM-p1"]["minutes"]) == pytest.approx(bandits / 3 / 60, abs=0.01)
    passes = sum(value for name, value in seconds.items() if name.startswith("importance"))
    assert float(table["GradTS-trial"]["minutes"]) > passes / 3 / 60
    assert table["GradTS-fg"]["paper_minutes"] == "1547"  # as printed
    assert table["GradTS-fg"]["paper_slips"] == "paper_minutes"
    assert [row["method"] for row in read_rows(finished / "results/tables/table3.csv")][-1] == "GradTS-fg"


def test_stability(finished):
    """Every member of the joint runs behind Table 2, against its files and the rule in a few lines."""
    results = finished / "results"
    metrics = {task: "mcc" if task == "demo_accept" else "accuracy" for task in TASKS}

    def best(run: Path, task: str) -> float:
        wanted = {"task": task, "split": "select", "metric": metrics[task]}
        return max(
            float(row["value"]) for row in read_rows(run / "metrics.csv") if wanted.items() <= row.items()
        )

    def majority(task: str) -> float:
        train, select = (
            pd.read_parquet(results / f"data/{task}/{split}.parquet")["label"]
            for split in ("train", "select")
        )
        return 0 if metrics[task] == "mcc" else (select == train.mode()[0]).mean()

    rows = read_rows(results / "stability.csv")
    for row in rows:
        task, low = row["task"], majority(row["task"])
        score = best(results / Path(row["artefact"]).parent, task)
        single = best(results / f"runs/tiny/{task}/seed1", task)
        found = [float(row[key]) for key in ("score", "majority", "single")]
        assert found == pytest.approx([score, low, single])
        stuck = score - low < 0.03 + 1e-9 and single - low > 0.1 - 1e-9
        unknown = row["members"] == task and score - low < 0.03 + 1e-9  # there is one seed
        assert row["stuck"] == ("" if unknown else str(stuck).lower())
    names = (
        "tables/table2",
        "selection/tiny/tiny/gradts-fg.threshold",
        *(f"selection/tiny/tiny/gradts-trial/{task}" for task in TASKS),
    )
    reads = {read for name in names for read in json.loads((results / f"{name}.json").read_text())["reads"]}
    assert {read for read in reads if read.endswith("/run.json")} == {row["artefact"] for row in rows}
    assert len(rows) == sum(
        len(Path(artefact).parts[2].split("+")) for artefact in {row["artefact"] for row in rows}
    )
    assert (results / "stability.md").read_text().startswith("# Stability: the runs behind Table 2")


def test_heuristics_and_their_table(finished):
    table = read_rows(finished / "results/tables/table6.csv")
    assert [row["method"] for row in table][2:5] == ["HEU-Size", "HEU-Type", "HEU-Len"]
    facts = {row["task"]: row for row in read_rows(finished / "results/tables/table7.csv")}
    assert (facts["demo_accept"]["size"], facts["demo_accept"]["type"]) == ("2000", "single_sentence")
    answer = finished / "results/selection/tiny/tiny/heu-type/demo_accept.json"
    assert json.loads(answer.read_text())["members"] == ["demo_accept", "demo_sentiment"]
    walk = json.loads((finished / "results/selection/tiny/tiny/heu-size/demo_accept.json").read_text())
    assert [len(step["auxiliaries"]) for step in walk["evidence"]] == [0, 1]  # the configuration's cap
    assert "walk through 1 candidates at most" in (finished / "results/tables/table6.md").read_text()


def test_advice_for_one_task_asks_for_no_other_tasks_chain(tmp_path, tiny_backend):
    """One of eight tasks, from an empty start, while it runs, and after it."""
    folder, target = checkout(tmp_path, tiny_backend), "results/advice/demo_sentiment.md"
    more = ["demo_answer", "demo_duplicate", "demo_emotion", "demo_inference", "demo_paraphrase"]
    tasks = sorted([*TASKS, *more])
    configure(folder, tasks, selection={"random": {"draws": 1}}, advice={"seeds": [1, 2]})
    table = jobs(snakemake(folder, "-n", "results/tables/table2.csv"))
    advice = jobs(snakemake(folder, "-n", target))
    shared = {"prepare": 8, "gradients": 8, "correlation": 1}  # what the ranking is made from
    assert advice == {**shared, "joint": 4, "select": 2, "advice": 1, "total": 24}  # alone and all, twice
    assert {rule: table[rule] for rule in shared} == shared
    assert (table["joint"], table["select"]) == (9, 8 * 8)

    output = snakemake(folder, target)
    assert "Nothing to be done" in snakemake(folder, "-n", target)
    results = folder / "results"
    made = {tuple(member.partition("@")[0] for member in run.split("+")) for run in runs(folder)}
    assert all("demo_sentiment" in members for members in made)
    answers = {
        path.relative_to(results / "selection/tiny/tiny") for path in results.glob("selection/*/*/*/*")
    }
    assert answers == {Path(f"{one}/demo_sentiment.json") for one in ("gradts-trial", "gradts-trial-paired")}
    # At most seven trials of one seed; of two seeds alone, all, both choices, one random set, repeated.
    assert 4 <= output.count("joint run of") <= 7 + 2 * 6
    assert jobs(snakemake(folder, "-n", "results/tables/table2.csv"))["joint"] == 7  # singles of the others

    text = (folder / target).read_text()
    record = json.loads((folder / target).with_suffix(".json").read_text())
    assert text.startswith("# Advice for `demo_sentiment`\n\n**Train `demo_sentiment` ")
    assert "**Generated** by this project" in text
    for row in record["scores"]:  # predictions say what every epoch's metrics say
        values = [reported_dev(results, members, seed) for members in row["sets"] for seed in (1, 2)]
        assert row["score"]["mean"] == pytest.approx(sum(values) / len(values))


def test_a_task_that_is_decided_by_folds(tmp_path, tiny_backend):
    """Its trials are runs on every fold, what is trained in the end is a plain run; then nothing is left."""
    folder, task, target = checkout(tmp_path, tiny_backend), "demo_sentiment", "results/tables/table2.csv"
    registry = folder / "config/tasks/demo.yaml"
    entries = yaml.safe_load(registry.read_text())
    registry.write_text(yaml.safe_dump(entries | {task: entries[task] | {"select": {"folds": 2}}}))
    place = {"suite": "tiny", "backend": "tiny", "methods": ["gradts-trial"], "tasks": [task]}
    configure(folder, TASKS, tables={"table2": place})
    snakemake(folder, target)
    results = folder / "results"
    path = results / f"selection/tiny/tiny/gradts-trial/{task}.json"
    answer, trials = json.loads(path.read_text()), set()
    for step in answer["evidence"]:
        names = [[f"{one}@fold{fold}of2" for one in [task, *step["auxiliaries"]]] for fold in (1, 2)]
        made = [results / "runs/tiny" / members_name(map(Member.parse, one)) / "seed1" for one in names]
        rows = [read_rows(run / "metrics.csv") for run in made]
        wanted = {"task": task, "split": "select", "metric": "accuracy"}
        best = [max(float(row["value"]) for row in of if wanted.items() <= row.items()) for of in rows]
        assert step["score"] == pytest.approx(sum(best) / 2)
        trials |= {run.parent.name for run in made}
        decided = [pd.read_parquet(run / "predictions.parquet") for run in made]
        once = pd.concat(decided).query(f"task == '{task}' and split == 'select'")["instance"]
        known = [pd.read_parquet(results / f"data/{task}/{split}.parquet") for split in ("train", "select")]
        assert sorted(once) == sorted(pd.concat(known)["instance"])
    assert runs(folder) == trials | {"+".join(answer["members"])}
    assert "@" not in "".join(answer["members"])
    costly = ledger({str(path): answer["spec"]}, str(results))["artefact"]
    assert {Path(one).parts[2] for one in costly if one.startswith("runs")} == trials
    assert "Nothing to be done" in snakemake(folder, "-n", target)


def reported_dev(results: Path, members: list[str], seed: int) -> float:
    """Accuracy of demo_sentiment on dev at its best epoch on the selection split, the first of a tie."""
    rows = read_rows(results / f"runs/tiny/{members_name(map(Member.parse, members))}/seed{seed}/metrics.csv")
    mine = {"task": "demo_sentiment", "metric": "accuracy"}
    scores = {
        (row["split"], row["epoch"]): float(row["value"]) for row in rows if mine.items() <= row.items()
    }
    best = max("12", key=lambda epoch: scores["select", epoch])
    return scores["dev", best]


def test_a_model_is_made_of_a_finished_run_by_one_job(finished):
    folder = finished / "results/models/tiny/tiny/gradts-fg/demo_sentiment"
    target = str(folder.relative_to(finished) / "gradts.json")
    assert jobs(snakemake(finished, "-n", target)) == {"model": 1, "total": 1}
    snakemake(finished, target)
    assert "Nothing to be done" in snakemake(finished, "-n", target)
    answer = json.loads((finished / "results/selection/tiny/tiny/gradts-fg/demo_sentiment.json").read_text())
    name = members_name(map(Member.parse, answer["members"]))
    run = finished / f"results/runs/tiny/{name}/seed1"
    told = pd.read_parquet(run / "predictions.parquet").query("task == 'demo_sentiment' and split == 'dev'")
    texts = pd.read_parquet(finished / "results/data/demo_sentiment/dev.parquet")["text_a"].tolist()
    found = pipeline("text-classification", str(folder))(texts, truncation=True)
    labels = ["negative", "positive"]
    assert [labels.index(one["label"]) for one in found] == [int(one[0]) for one in told["prediction"]]
    assert not (run / "models").exists()  # nobody asked for weights


def test_kept_weights_are_a_setting_that_makes_nothing_anew(tmp_path, tiny_backend):
    folder, alone = checkout(tmp_path, tiny_backend), "results/runs/tiny/demo_accept/seed1/metrics.csv"
    target = "results/models/tiny/tiny/single-task/demo_accept/gradts.json"
    configure(folder, TASKS, advice={"seeds": [1]})
    snakemake(folder, alone)
    config = yaml.safe_load((folder / "config/config.yaml").read_text())
    config["training"]["keep_weights"] = True
    (folder / "config/config.yaml").write_text(yaml.safe_dump(config))
    assert "Nothing to be done" in snakemake(folder, "-n", alone)
    snakemake(folder, "--forcerun", "joint", "--", target)
    kept = folder / "results/runs/tiny/demo_accept/seed1/models/demo_accept/model.safetensors"
    assert kept.read_bytes() == (folder / target).with_name("model.safetensors").read_bytes()
    log = (folder / "results/logs/models/tiny/tiny/single-task/demo_accept.log").read_text()
    assert "training demo_accept" not in log


def test_every_artefact_has_a_record(finished):
    import pyarrow.parquet as pq

    results = finished / "results"
    for path in results.rglob("*.parquet"):
        assert b"gradts" in pq.read_schema(path).metadata
    patterns = ("importance/*/*/*.npy", "correlation/*/*.csv", "correlation/*/*/*.csv", "tables/*.csv")
    for pattern in (*patterns, "stability.csv", "figures/*.png"):
        found = list(results.glob(pattern))
        assert found
        assert all(path.with_suffix(".json").exists() for path in found)


def test_a_finished_run_has_nothing_to_do(finished):
    assert "Nothing to be done" in snakemake(finished, "all", "-n")


def test_touching_and_reordering_reruns_nothing(finished):
    for path in [finished / "Snakefile", *(finished / "workflow").rglob("*.smk")]:
        path.touch()
    configure(finished, TASKS[::-1])
    assert "Nothing to be done" in snakemake(finished, "all", "-n")


def test_a_recipe_change_reruns_joint_runs_and_no_gradients(finished):
    training = {"epochs": 3, "learning_rate": 1e-3, "batch_size": 8, "max_length": 32, "precision": "fp32"}
    try:
        configure(finished, TASKS, training=training)
        counts = jobs(snakemake(finished, "all", "-n"))
    finally:
        configure(finished, TASKS)
    assert counts["joint"] >= 4
    assert "gradients" not in counts
    assert "prepare" not in counts


def test_adding_a_task_computes_only_what_is_new(finished):
    before, old_runs = state(finished), runs(finished)
    configure(finished, [*TASKS, "demo_answer"])
    output = snakemake(finished, "all")
    after, new_runs = state(finished), runs(finished) - old_runs
    assert {path: after[path] for path in before} == before
    made = {str(path.relative_to(finished / "results")) for path in set(after) - set(before)}
    importance = {path for path in made if path.startswith("importance/")}
    assert importance == {"importance/tiny/demo_answer/seed1.npy"}
    gradients = {path for path in made if path.startswith("gradients/")}
    assert gradients == {"gradients/tiny/demo_answer/seed1.parquet"}
    assert {path.split("/")[1] for path in made if path.startswith("data/")} == {"demo_answer"}
    assert "demo_answer" in new_runs
    assert output.count("prepare the splits of") == 1
    assert output.count("head gradients of") == 1
    assert output.count("joint run of") == len(new_runs)


def test_the_page_on_adding_a_selector_works(finished, tmp_path):
    """Its ten lines, followed to the letter in a copy of the library and a finished run."""
    page = (ROOT / "docs/adding-a-selector.md").read_text()
    function = textwrap.dedent(page.split("```python\n")[1].split("   ```")[0])
    line = page.split("`SELECTORS` at the end of that file: `")[1].split("`")[0]
    shutil.copytree(ROOT / "src", tmp_path / "src")
    module = tmp_path / "src/gradts/selection/selectors.py"
    text = module.read_text().replace("SELECTORS: dict", f"{function}\n\nSELECTORS: dict")
    module.write_text(
        text.replace('    "single-task": single_task,\n', f'    "single-task": single_task,\n    {line}\n')
    )
    rows = {"suite": "tiny", "backend": "tiny", "methods": ["single-task", "gradts-pair"]}
    try:
        configure(finished, TASKS, tables={"table2": rows, "table6": {}, "table9": {}, "table10": {}})
        path = os.environ.get("PYTHONPATH", "")
        library = {**os.environ, "PYTHONPATH": f"{tmp_path / 'src'}{os.pathsep}{path}"}
        snakemake(finished, "results/tables/table2.csv", env=library)
        table = read_rows(finished / "results/tables/table2.csv")
        assert [row["method"] for row in table] == ["Majority", "Single-Task", "gradts-pair"]
        answer = json.loads(
            (finished / "results/selection/tiny/tiny/gradts-pair/demo_accept.json").read_text()
        )
        asked = [path for path in answer["reads"] if path.endswith("metrics.csv")]
        assert len(asked) == 2
        assert len(answer["members"]) == (1 if answer["undecided"] else 2)  # scores of so small runs may tie
    finally:
        configure(finished, TASKS)
        snakemake(finished, "all")


def test_controls_are_rows_of_a_table_as_any_other(finished):
    """What their answers hold, and that nothing else is made for them than their runs and readings."""
    methods = ["single-task", "single-task-repeat", "random-size1", "random-any"]
    methods += ["textsim-trial", "null-trial", "gradts-trial", "gradts-trial-one-se", "textsim-trial-paired"]
    before, results = state(finished), finished / "results"
    rows = {"suite": "tiny", "backend": "tiny", "methods": methods}
    try:
        configure(finished, TASKS, tables={"table2": rows, "table6": {}, "table9": {}, "table10": rows})
        snakemake(finished, "results/tables/table2.csv", "results/tables/table10.csv")
    finally:
        configure(finished, TASKS)

    def answer(method: str, task: str) -> dict:
        return json.loads((results / f"selection/tiny/tiny/{method}/{task}.json").read_text())

    labels = ["Single-Task", "Single-Task-repeat", "Random-size1", "Random-any"]
    labels += ["TextSim-trial", "Null-trial", "GradTS-trial", "GradTS-trial-one-se", "TextSim-trial-paired"]
    assert [row["method"] for row in read_rows(results / "tables/table2.csv")] == ["Majority", *labels]
    costs = {row["method"]: float(row["minutes"]) for row in read_rows(results / "tables/table10.csv")}
    assert [*costs] == labels
    assert costs["Random-size1"] == costs["Random-any"] == 0 < costs["TextSim-trial"]
    for task in TASKS:
        chosen, draws = answer("gradts-trial", task), range(1, 3)
        size = len(chosen["members"])  # all tasks have as many rows
        repeated = f"@repeat{size}" * (size > 1)
        assert answer("single-task-repeat", task)["members"] == [f"{task}{repeated}"]
        for method in ("random-size1", "random-any"):  # of two candidates one
            drawn = [tuple(answer(f"{method}-{draw}", task)["auxiliaries"]) for draw in draws]
            assert {*drawn} == {(other,) for other in TASKS if other != task}
        orders = [answer("textsim-trial", task), *(answer(f"null-trial-{draw}", task) for draw in draws)]
        likeness = [[step for step in one["evidence"] if "task" in step] for one in orders]
        for order, name in zip(likeness, ("similarity", "tau", "tau"), strict=True):
            assert {step["task"] for step in order} == {*TASKS} - {task}
            assert order[0][name] >= order[1][name]
        for method, most in (("gradts-trial-one-se", 3), ("textsim-trial-paired", 3)):
            walked = [step for step in answer(method, task)["evidence"] if "score" in step]
            assert len(walked) <= most
            assert max(step["gain"] for step in walked) == 0  # over the best
            assert all(step["error"] >= 0 for step in walked)
    vectors = {task: np.load(results / f"embeddings/tiny/{task}.npy") for task in TASKS}
    first, second = (vectors[task] for task in TASKS[:2])
    cosine = first @ second / np.sqrt((first @ first) * (second @ second))
    told = {step["task"]: step for step in answer("textsim-trial", TASKS[0])["evidence"] if "task" in step}
    assert told[TASKS[1]]["similarity"] == pytest.approx(float(cosine), abs=1e-6)
    after = state(finished)
    assert {path: after[path] for path in before} == before
    assert any("@repeat" in name for name in runs(finished))


def test_rankings_by_fine_tuned_encoders(copy):
    """Then the suite has a task more: ESM needs its embeddings and map alone, LogME every candidate anew."""
    primary, other = TASKS[:2]
    answers = [f"results/selection/tiny/few/{name}-trial/{primary}.json" for name in ("esm", "logme")]
    configure(copy, TASKS, suites={"tiny": TASKS, "few": [primary, other]})
    snakemake(copy, *answers)
    assert "Nothing to be done" in snakemake(copy, "--dry-run", *answers)
    values = [copy / f"results/{place}.csv" for place in ("esm/tiny/few", f"logme/tiny/few/{other}")]
    for name, path, answer in zip(("esm", "logme"), values, answers, strict=True):
        (value,) = [row[other] for row in read_rows(path) if row["task"] == primary]
        step = json.loads((copy / answer).read_text())["evidence"][0]
        assert step == {"task": other, name: float(value)}
    configure(copy, TASKS, suites={"tiny": TASKS, "few": TASKS})
    wanted = ["results/esm/tiny/few.csv", *(f"results/logme/tiny/few/{task}.csv" for task in TASKS)]
    made = jobs(snakemake(copy, "--dry-run", *wanted))
    assert made == {"embed": 1, "map": 1, "esm": 1, "logme": 3, "total": 6}
