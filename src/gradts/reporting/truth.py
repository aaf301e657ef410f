"""What every method's answer was worth against all sets there are, and how well tasks are ranked."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gradts.artifacts import write_csv
from gradts.layout import below
from gradts.names import MEAN
from gradts.provenance import Job
from gradts.readings import read_answer, read_correlation, read_facts, read_measure, read_statistics
from gradts.reporting.advised import repeated
from gradts.reporting.comparison import COUNTED
from gradts.reporting.costs import ledger, minutes
from gradts.reporting.pages import write_page
from gradts.reporting.specs import GENERATED, RegretSpec, answers_of, counted, label
from gradts.selection.doors import finished_files
from gradts.specs import MEASURES, Task
from gradts.truth.ranking import another_seed, chance, quality
from gradts.truth.regret import DIFFERENCES, interval, judge
from gradts.truth.scores import Truth, read_truth, run_scores

# In place of a ranking: one seed of the truth itself, all orders against the other seeds, and against all.
ANOTHER_SEED, ITS_CHANCE, CHANCE = "another seed", "chance, other seeds", "chance"
PERCENT = ["score", "best", "best_apparent", *DIFFERENCES, "seed_deviation", "draw_deviation"]
# Of the page: column → its title.
TITLES = {
    "regret": "regret",
    "regret_percent": "% of the best",
    "instances": "dev rows",
    "percentile": "percentile",
    "over_random": "over random",
    "over_alone": "over alone",
    "over_repeated": "over as many updates",
    "over_all": "over all",
    "minutes": "minutes",
}


def regret(
    spec: RegretSpec, results: str, csv: str, markdown: str, ranking: str, ranking_markdown: str
) -> None:
    """Write what every answer was worth, and how well rankings foretell the gain of pairs."""
    job, truth = Job(__name__, spec), read_truth(below(results, "truth", **spec.place), spec.truth)
    answers = {
        below(results, "answer", **of): (of, read_answer(below(results, "answer", **of), **of))
        for of in spec.answers()
    }
    costs = ledger({path: answer["spec"] for path, (_, answer) in answers.items()}, results)
    members = {(of["method"], of["primary"]): answer["members"] for of, answer in answers.values()}
    tasks = [task.name for task in spec.truth.tasks]
    judged = {
        method: [
            _judged(
                spec,
                results,
                truth,
                task,
                counted(method, [members[one, task.name] for one in answers_of(method, spec.draws)]),
            )
            for task in spec.truth.tasks
        ]
        for method in spec.methods
    }
    undefined = {row["primary"] for own in judged.values() for row in own if np.isnan(row["score"])}
    rows: list[dict[str, Any]] = []
    for method, own in judged.items():
        took = minutes(costs, method, tasks)["minutes"]
        mean = _mean(own, DIFFERENCES, undefined)
        rows += [{"method": label(method), **row, "minutes": took} for row in [*own, mean]]
    frame = pd.DataFrame(rows)
    ranked = pd.DataFrame(_ranked(spec, results, truth))
    write_csv(csv, frame, job.record(), index=False, float_format="%.6g")
    write_csv(ranking, ranked, job.record(), index=False, float_format="%.6g")
    write_page(markdown, _page(spec, frame))
    write_page(ranking_markdown, _ranking_page(spec, ranked))


def _judged(
    spec: RegretSpec, results: str, truth: Truth, task: Task, sets: list[tuple[str, ...]]
) -> dict[str, Any]:
    """A row of the table, the mean over sets."""
    find, name = finished_files(results), task.name

    def scores(of: Iterable[Iterable[str]]) -> np.ndarray:
        return np.stack([_scores(spec, results, truth, task, [*one]) for one in of])

    own = scores(sets)
    again = np.full_like(own, np.nan)
    if spec.repeated:
        place = spec.truth
        again = scores(repeated([*one], name, place.backend, place.seeds[0], find) for one in sets)
    facts = read_facts(below(results, "facts", task=name), {"splits": dict}, {"spec.task": name})["splits"]
    sizes = np.array([facts[split]["rows"] for split in sorted(facts) if split.startswith("dev")])
    everything = "+".join(sorted(one.name for one in spec.truth.tasks))
    found = judge(truth[name], own, [*map(len, sets)], again, name, everything, sizes)
    percent = {key: 100 * found[key] for key in PERCENT}
    ends = {key: interval(percent[key]) for key in DIFFERENCES}
    row = {"primary": name, "sets": " / ".join(map("+".join, sets))} | found | percent
    for key, (low, high) in ends.items():
        row |= {key: percent[key].mean(), f"{key}_low": low, f"{key}_high": high}
    counted = task.decides in COUNTED
    share = 100 * row["regret"] / row["best"] if row["best"] > 0 else np.nan
    return row | {"regret_percent": share, "instances": row["instances"] if counted else np.nan}


def _scores(spec: RegretSpec, results: str, truth: Truth, task: Task, members: list[str]) -> np.ndarray:
    """[seeds, splits]: of a set of the lattice, or of a run beyond it."""
    if (known := truth[task.name].get("+".join(members))) is not None:
        return known
    place = spec.truth
    runs = [run_scores(results, place.backend, members, seed, task, place.decide_on) for seed in place.seeds]
    splits = sorted(set(runs[0]) - {"select"})
    return np.array([[run[split][task.decides] for split in splits] for run in runs])


def _mean(rows: list[dict[str, Any]], told: Iterable[str], without: Collection[str] = ()) -> dict[str, Any]:
    """The mean over primary tasks, without some, of what has one; and of `told` the interval over these."""
    frame = pd.DataFrame(rows)
    frame = frame[~frame["primary"].isin(without)]
    numbers = frame.select_dtypes("number")
    row: dict[str, Any] = {"primary": MEAN} | numbers.mean().to_dict()
    for key in told:
        row[f"{key}_low"], row[f"{key}_high"] = interval(frame[key].dropna().to_numpy())
    return row


def _ranked(spec: RegretSpec, results: str, truth: Truth) -> list[dict[str, Any]]:
    """Rows of the rankings' table: of every ranking and of chance, a task each and their mean.

    Without candidates that have no score under some seed, and tasks that have fewer than two others.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    for task in (one.name for one in spec.truth.tasks):
        pairs = {other: "+".join(sorted([task, other])) for other in sorted(truth) if other != task}
        known = {other: truth[task][pair].mean(1) for other, pair in pairs.items() if pair in truth[task]}
        known = {other: of_seeds for other, of_seeds in known.items() if not np.isnan(of_seeds).any()}
        of_seeds, alone_of_seeds = np.array([*known.values()]), truth[task][task].mean(1)
        if len(known) < 2 or np.isnan(alone_of_seeds).any():
            continue
        scores, alone = of_seeds.mean(1), alone_of_seeds.mean()
        found = {
            name: quality(np.array([values[other] for other in known]), scores, alone)
            for name, values in rankings(spec, results, task).items()
        }
        found[ANOTHER_SEED], found[ITS_CHANCE] = another_seed(of_seeds, alone_of_seeds)
        for name, measures in (found | {CHANCE: chance(scores, alone)}).items():
            rows.setdefault(name, []).append({"primary": task, "candidates": len(known), **measures})
    told = {name: [key for key in of[0] if key not in ("primary", "candidates")] for name, of in rows.items()}
    return [{"ranking": name, **row} for name, of in rows.items() for row in [*of, _mean(of, told[name])]]


def rankings(spec: RegretSpec, results: str, primary: str) -> dict[str, Mapping[str, float]]:
    """Ranking → candidate → its value, the higher the better."""
    path = below(results, "correlation", **spec.place)
    correlation = read_correlation(path, spec.truth.backend)
    facts = read_statistics(below(results, "statistics", **spec.place))
    own = facts[primary].mean_length
    return {
        MEASURES[read_measure(path)]: correlation[primary],
        "size": {task: float(known.rows) for task, known in facts.items()},
        "length": {task: -abs(known.mean_length - own) for task, known in facts.items()},
    }


# -------------------------------------------------------------------------------------------- the pages

NOTE = """Points of the deciding metric on dev, the mean over dev splits and over seeds {seeds}, at the epoch
that is best on `{decide_on}`; {sets} sets. In brackets 95 % intervals: of a task Student's t over seeds, of a
mean Student's t over the means of tasks.

- regret: the best set's score less the answer's. The best set is taken on one half of the seeds and scored on
  the other, all ways: below 0, half the seeds find no better set than the answer. `% of the best` and
  `dev rows` (of metrics that are a share of rows) are the same.
- percentile: where the answer stands among all sets that hold the task; a random set has 50 on average.
- over …: the answer's score less the mean of all sets of as many tasks, that of the task alone, alone with as
  many updates as the answer's run, and with all tasks.
- minutes: of selection for all tasks from nothing, divided by their number, as in Table 10. Random-k takes
  its size from GradTS-trial, and costs what that does.

"""
ON_DEV = """**Mind: epochs were taken on `dev`, which these scores are of: they flatter.**

"""
UNDEFINED = """- Means are without {}, where an answer has no score: of all methods over the same tasks.

"""
BEST = """The set that is best over all seeds; what the best of half the seeds has on the others; and what the
best over all seeds seems to have, which is too much: the largest of noisy scores was lucky, too."""
RANKING_NOTE = """Against the scores of each task trained with one candidate, the mean over seeds {seeds}:
NDCG of all candidates, Spearman with the gain over training alone, F1 of telling gains below 0 by a value
below the median; and, in percent of the best candidate's score, what the largest (`regret@k`) and the mean
(`mean@k`) of the first k lack. `{chance}`: the mean over all orders. `{again}`: one seed's own scores as the
ranking, against the other seeds; where that is no better than `{its}`, one seed shows no order of
these tasks. Candidates are those that have a score under every seed. Empty: undefined, or there are no more
than k candidates. In brackets 95 % intervals of the mean over tasks, Student's t over tasks.

"""


def _page(spec: RegretSpec, frame: pd.DataFrame) -> str:
    by_task = frame[frame["primary"] != MEAN]
    of_mean = frame[frame["primary"] == MEAN].set_index("method")
    undefined = sorted({*by_task["primary"][by_task["score"].isna()]})
    shown = {key: title for key, title in TITLES.items() if of_mean[key].notna().any()}
    columns = {title: [_text(row, key) for _, row in of_mean.iterrows()] for key, title in shown.items()}
    cells = by_task.assign(text=[_text(row, "regret") for _, row in by_task.iterrows()])
    best = by_task.drop_duplicates("primary").set_index("primary")
    found = best[["best_set", "best", "best_apparent"]]
    note = NOTE.format(
        seeds=", ".join(map(str, spec.truth.seeds)),
        decide_on=spec.truth.decide_on,
        sets=len(spec.truth.lattice()),
    )
    parts = [
        f"# Regret: suite `{spec.truth.suite}`, backend `{spec.truth.backend}`",
        note
        + UNDEFINED.format(", ".join(undefined)) * bool(undefined)
        + ON_DEV * (spec.truth.decide_on == "dev")
        + GENERATED * spec.generated,
        pd.DataFrame(columns, of_mean.index).to_markdown(disable_numparse=True),
        "## By task",
        _wide(cells, "text").to_markdown(disable_numparse=True),
        "## The best sets",
        BEST,
        found.to_markdown(floatfmt=".2f"),
        "## The answers",
        _wide(by_task, "sets").to_markdown(disable_numparse=True),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _wide(frame: pd.DataFrame, values: str) -> pd.DataFrame:
    """Tasks × methods, both in their order."""
    wide = frame.pivot(index="primary", columns="method", values=values)
    return wide.loc[frame["primary"].unique(), frame["method"].unique()].rename_axis(columns=None)


def _text(row: pd.Series, key: str) -> str:
    """`1.20 [0.31, 2.09]`; empty where undefined."""
    if np.isnan(row[key]):
        return ""
    low, high = row.get(f"{key}_low", np.nan), row.get(f"{key}_high", np.nan)
    return f"{row[key]:.2f}" + ("" if np.isnan(low) else f" [{low:.2f}, {high:.2f}]")


def _ranking_page(spec: RegretSpec, frame: pd.DataFrame) -> str:
    seeds, left = ", ".join(map(str, spec.truth.seeds)), [task.name for task in spec.truth.tasks]
    note = RANKING_NOTE.format(seeds=seeds, again=ANOTHER_SEED, its=ITS_CHANCE, chance=CHANCE)
    if not frame.empty:
        left = [name for name in left if name not in {*frame["primary"]}]
    why = "fewer than two candidates have such a score (`truth.sets` needs `pairs`)"
    told = f"Left out, since {why}: {', '.join(left)}.\n\n"
    parts = [
        f"# Ranking: suite `{spec.truth.suite}`, backend `{spec.truth.backend}`",
        note + told * bool(left) + ON_DEV * (spec.truth.decide_on == "dev") + GENERATED * spec.generated,
    ]
    if not frame.empty:
        regrets = [name for name in frame if "regret" in name]
        frame = frame.assign(**100 * frame[regrets])
        names = ["ndcg", "spearman", "f1", *(name for name in regrets if name.count("_") < 3)]
        shown = [name for name in names if not name.endswith(("_low", "_high"))]
        mean, tasks = frame[frame["primary"] == MEAN], frame[frame["primary"] != MEAN]
        tasks = tasks.sort_values("primary", kind="stable")
        for title, part, index in (
            ("Mean over tasks", mean, ["ranking"]),
            ("By task", tasks, ["primary", "ranking", "candidates"]),
        ):
            texts = {_title(name): [_text(row, name) for _, row in part.iterrows()] for name in shown}
            table = part[index].reset_index(drop=True).join(pd.DataFrame(texts))
            parts += [f"## {title}", table.to_markdown(index=False, disable_numparse=True)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _title(name: str) -> str:
    """`mean_regret_3` → mean@3."""
    stem, _, depth = name.rpartition("_")
    return f"{stem.removesuffix('_regret')}@{depth}" if stem else name
