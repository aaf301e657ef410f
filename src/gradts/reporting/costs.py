"""What selections cost, from the records of the jobs that they need (Tables 3 and 10).

A method is charged with every fine-tune, trial, bandit and search that it asks for. The joint run of the
chosen set is training, not selection: it is charged only to methods that ask for it while they choose.
"""

from collections.abc import Collection, Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd

from gradts.artifacts import Job, atomic, sidecar, write_json, write_text
from gradts.correlation.table import read_rows
from gradts.reporting.paper import read_printed
from gradts.reporting.specs import CostSpec, label
from gradts.selection.decide import tuning_sets
from gradts.selection.evidence import Evidence, finished, read_checked
from gradts.selection.selectors import selector
from gradts.selection.specs import SelectionSpec, TuningSpec
from gradts.specs import InputError, members_name

Answer = tuple[str, str]  # method, primary task
# What the record of a costly job tells.
RECORDED = {
    "stage": str,
    "spec": dict,
    "wall_seconds": int | float,
    "cpu_seconds": int | float,
    "device": str,
    "peak_memory_bytes": int,
    "instances_processed": int,
}


class Needs:
    """The records of the jobs that each answer needs from nothing."""

    def __init__(self, spec: CostSpec, results: str) -> None:
        self.results = results
        self.specs = {(one.method, one.primary.name): one for one in spec.selections()}
        self.records = {answer: self._of(one) for answer, one in self.specs.items()}

    def _of(self, spec: SelectionSpec) -> set[str]:
        records: set[str] = set()

        def find(kind: str, fields: dict[str, Any]) -> str:
            path = finished(self.results)(kind, fields)
            records.update(self._behind(kind, path, spec, fields, find))
            return path

        selector(spec.method)(Evidence(spec, find))
        return records

    def _behind(self, kind, path, spec, fields, find) -> Iterable[str]:
        """The records of costly jobs behind a file that a selector asked for."""
        if kind == "run":
            return [str(Path(path).with_name("run.json"))]
        if kind in ("correlation", "tau"):
            tasks = [*spec.candidates, spec.primary.name]
            return [f"{self.results}/importance/{spec.backend}/{task}.json" for task in tasks]
        if kind == "answer":
            other = replace(spec, method=fields["method"], threshold=None)
            return self._of(self.specs.get((other.method, spec.primary.name), other))
        if kind == "bandit":
            return [path]
        if kind == "mixing":
            return [path, *self._of(replace(spec, method="autosem-p1", threshold=None))]
        return self._tuning(spec, find) if kind == "threshold" else []

    def _tuning(self, spec: SelectionSpec, find) -> Iterable[str]:
        tune = spec.threshold["tune"]
        primaries = [self.specs[spec.method, task] for task in tune["tasks"]]
        known = [Evidence(one, find) for one in primaries]
        for sets in tuning_sets(TuningSpec(spec.method, tune["grid"], primaries), known):
            for members in sets:
                for seed in spec.seeds:
                    fields = {"backend": spec.backend, "members": members_name(members), "seed": seed}
                    find("run", fields)
        return []


def ledger(spec: CostSpec, results: str) -> pd.DataFrame:
    """One row a job: what it made, for which tasks, what it took, and the answers that need it."""
    needs = Needs(spec, results)
    suite = sorted({one.primary.name for one in spec.selections()})
    rows = []
    for path in sorted(set().union(*needs.records.values())):
        record = read_checked(path, RECORDED, {})
        users = sorted(" ".join(answer) for answer, paths in needs.records.items() if path in paths)
        rows.append(
            {
                "artefact": str(Path(path).relative_to(results)),
                "stage": record["stage"].removeprefix("gradts."),
                "tasks": " ".join(_tasks(record["spec"], suite)),
                "wall_seconds": record["wall_seconds"],
                "cpu_seconds": record["cpu_seconds"],
                "device": record["device"],
                "peak_memory_bytes": record["peak_memory_bytes"],
                "instances_processed": record["instances_processed"],
                "needed_by": "; ".join(users),
            }
        )
    return pd.DataFrame(rows)


def _tasks(spec: dict[str, Any], suite: list[str]) -> list[str]:
    """The tasks that a job's result depends on; a mixing search follows a bandit over the whole suite."""
    if "auxiliaries" in spec:
        return suite
    return sorted(task["name"] for task in spec.get("tasks") or [spec["task"]])


def costs(spec: CostSpec, results: str, out: str | Path) -> None:
    """Write the ledger as `costs.csv`."""
    job = Job(__name__, asdict(spec))
    frame = ledger(spec, results)
    with atomic(out) as part:
        frame.to_csv(part, index=False)
    write_json(sidecar(out), job.record(rows=len(frame)))


def minutes(frame: pd.DataFrame, method: str, primaries: Collection[str]) -> dict[str, float]:
    """A method's mean minutes a primary task: from nothing, beyond the others', for one more candidate.

    The last is exact where the rest is cached: a job that does not involve the new candidate was needed
    before it came, too.
    """
    users = frame["needed_by"].map(lambda text: [tuple(user.split()) for user in text.split("; ")])
    mine = users.map(lambda answers: any(name == method for name, _ in answers))
    only = users.map(lambda answers: all(name == method for name, _ in answers))
    involved = frame["tasks"].str.split()
    added = 0.0
    for candidate in primaries:
        for_others = users.map(
            lambda answers, new=candidate: any(m == method and p != new for m, p in answers)
        )
        touched = involved.map(lambda tasks, new=candidate: new in tasks)
        added += frame["wall_seconds"][for_others & touched].sum() / max(1, len(primaries) - 1)
    total = len(primaries) * 60
    return {
        "minutes": frame["wall_seconds"][mine].sum() / total,
        "minutes_marginal": frame["wall_seconds"][mine & only].sum() / total,
        "minutes_one_more_candidate": added / total,
        "peak_memory_mb": frame["peak_memory_bytes"][mine].max() / 2**20,
    }


NOTE = """Mean minutes of selection for one primary task, from the jobs' own records, start-up included.

- `minutes`: everything that the method needs from nothing; fine-tunes, gradient passes and threshold
  tuning serve all primary tasks and are divided among them.
- `minutes_marginal`: only what no other method of the ledger needs.
- `minutes_one_more_candidate`: what one more candidate task would cost, where everything else is cached.
- `peak_memory_mb`: resident memory on a CPU, allocated device memory on a GPU.
- In the last two columns the figures printed in the paper: other hardware, other size; only their order
  compares.
"""


def read_ledger(path: str) -> pd.DataFrame:
    """`costs.csv`; ArtifactError where it is missing, damaged or another file."""
    read_rows(path, ["needed_by", "tasks", "wall_seconds", "peak_memory_bytes", "device"])
    return pd.read_csv(path)


def cost_table(
    number: str, methods: list[str], ledger_file: str, paper: str, csv: str, markdown: str
) -> None:
    """Write Table 3 or 10: methods × costs."""
    job = Job(__name__, {"table": number, "methods": methods})
    printed = read_printed(paper, "method", f"minutes_table{number}", "memory_mb")
    frame = read_ledger(ledger_file)
    users = [user.split() for text in frame["needed_by"] for user in text.split("; ")]
    known, primaries = (sorted({user[part] for user in users}) for part in (0, 1))
    for method in methods:
        if method not in known:
            raise InputError(
                f"--methods: no job of {ledger_file} was needed by '{method}'; choose from {', '.join(known)}"
            )
    rows = {label(method): minutes(frame, method, primaries) for method in methods}
    table = pd.DataFrame.from_dict(rows, orient="index").round(2)
    table.insert(len(table.columns), "device", ", ".join(sorted(set(frame["device"]))))
    printed = printed.reindex(table.index)
    table["paper_minutes"] = printed[f"minutes_table{number}"]
    table["paper_memory_mb"] = printed["memory_mb"]
    with atomic(csv) as part:
        table.to_csv(part, index_label="method")
    write_json(sidecar(csv), job.record(rows=len(table)))
    write_text(markdown, f"# Table {number}\n\n{NOTE}\n{table.to_markdown()}\n")
