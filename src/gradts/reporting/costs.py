"""What selections cost, from the records of the jobs behind them (Tables 3 and 10).

Every record names the files that its job read, so what an answer needs from nothing is a transitive closure
over records. The joint run of the chosen set is training, not selection: it is charged only to methods that
read it while they choose.
"""

from collections.abc import Collection, Iterable, Mapping
from os.path import relpath
from pathlib import Path
from typing import Any

import pandas as pd

from gradts.artifacts import ArtifactError, remake, write_csv
from gradts.layout import record_of, sidecar
from gradts.names import InputError
from gradts.provenance import Job, provenance
from gradts.readings import check_facts, read_facts, read_rows
from gradts.reporting.pages import write_page
from gradts.reporting.paper import beside, read_printed
from gradts.reporting.specs import GENERATED, CostTableSpec, label
from gradts.selection.methods import parsed

# What the record of a job tells that trained or took gradients.
COSTLY = {
    "stage": str,
    "spec": dict,
    "wall_seconds": int | float,
    "cpu_seconds": int | float,
    "device": str,
    "peak_memory_bytes": int,
    "instances_processed": int,
}
COLUMNS = ["artefact", "stage", "tasks", *list(COSTLY)[2:], "needed_by"]
Answer = tuple[str, str]  # method, primary task


class Records(dict[Path, tuple[dict[str, Any], list[Path]]]):
    """Record's path → the record, and those of the jobs that made what its job read; each is read once."""

    def __init__(self, results: str) -> None:
        self.results = results

    def __missing__(self, path: Path) -> tuple[dict[str, Any], list[Path]]:
        """Raises ArtifactError where one is missing, damaged, or does not say what its job read."""
        record = provenance(path)
        if not isinstance(record.get("reads"), list):
            raise ArtifactError(f"{path} does not say what its job read; {remake(path)}")
        self[path] = record, [record_of(Path(self.results, read)) for read in record["reads"]]
        return self[path]

    def behind(self, path: Path) -> set[Path]:
        """A record and those of all jobs that its job needed, from nothing."""
        found, waiting = set(), [path]
        while waiting:
            if (one := waiting.pop()) not in found:
                found.add(one)
                waiting += self[one][1]
        return found


def ledger(answers: Mapping[str, Mapping[str, Any]], results: str) -> pd.DataFrame:
    """One row a costly job: what it made, for which tasks, what it took, and the answers that need it.

    It has wall and CPU seconds; `taken` tells which count.
    `answers`: an answer's path → its specification.
    """
    records, needed_by = Records(results), {}
    for answer, spec in answers.items():
        for path in records.behind(Path(answer)):
            needed_by.setdefault(path, []).append(_spelled(spec))
    suite = {task for spec in answers.values() for task in (spec["primary"]["name"], *spec["candidates"])}
    rows = []
    for path in sorted(needed_by):
        record, _ = records[path]
        if "instances_processed" not in record:
            continue  # a reading, or prepared data
        check_facts(path, record, COSTLY)
        rows.append(
            {
                "artefact": relpath(path, results),
                "stage": record["stage"].removeprefix("gradts."),
                "tasks": " ".join(_tasks(record["spec"], suite)),
                **{key: record[key] for key in COLUMNS[3:-1]},
                "needed_by": "; ".join(sorted(needed_by[path])),
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def _spelled(spec: Mapping[str, Any]) -> str:
    return f"{spec['method']} {spec['primary']['name']}"


def _tasks(spec: dict[str, Any], suite: Iterable[str]) -> list[str]:
    """The tasks that a job's result depends on: those of AUTOSEM's two stages on the whole suite."""
    if "auxiliaries" in spec:
        return sorted(suite)
    return sorted(task["name"] for task in spec.get("tasks") or [spec["task"]])


def costs(answers: list[str], results: str, out: str) -> None:
    """Sum up what every job cost that these answers need: write the ledger as CSV."""
    job = Job(__name__)
    specs = {answer: read_facts(answer, {"spec": dict, "members": list}, {})["spec"] for answer in answers}
    frame = ledger(specs, results)
    write_csv(out, frame, job.record(answers=sorted(map(_spelled, specs.values()))), index=False)


def taken(frame: pd.DataFrame) -> pd.Series:
    """Seconds that every job of a ledger took: of CPU in all its threads, on a GPU of wall time.

    On a CPU the wall time depends on what else ran.
    """
    return frame["cpu_seconds"].where(frame["device"] == "cpu", frame["wall_seconds"])


def minutes(frame: pd.DataFrame, method: str, primaries: Collection[str]) -> dict[str, float]:
    """A method's mean minutes a primary task: from nothing, beyond the others', for one more candidate.

    The last is exact where the rest is cached: a job that does not involve the new candidate was needed
    before it came, too. Of a method that is drawn several times the mean over its draws.
    """
    seconds = marginal = added = 0.0
    peak, own = 0, parsed(method).row
    users = [[user.split() for user in of.split("; ")] for of in frame["needed_by"]]
    draws = {name for of in users for name, _ in of if parsed(name).row == own}
    for row, of in zip(frame.assign(taken=taken(frame)).itertuples(), users, strict=True):
        served = {(name, primary) for name, primary in of if name in draws}
        if not served:
            continue
        took = row.taken * len({name for name, _ in served}) / len(draws)
        seconds += took
        peak = max(peak, row.peak_memory_bytes)
        if len(served) == len(of):
            marginal += took
        # As a new candidate, every task that the job involves: it comes for the other primary tasks.
        tasks = {task for _, task in served}
        added += took * sum(tasks != {task} for task in {*row.tasks.split()} & {*primaries})
    total = len(primaries) * 60
    return {
        "minutes": seconds / total,
        "minutes_marginal": marginal / total,
        "minutes_one_more_candidate": added / max(1, len(primaries) - 1) / total,
        "peak_memory_mb": peak / 2**20,
    }


def _answer(text: str) -> Answer:
    """`random-k-2 rte` → (random-k, rte): the draws of a control are one method."""
    method, primary = text.split()
    return parsed(method).row, primary


NOTE = """Mean minutes of selection for one primary task, from the jobs' own records, start-up included. A
job on a GPU counts by its wall time, one on a CPU by the CPU time of all its threads: there wall time depends
on what else ran.

- `minutes`: everything that the method needs from nothing; fine-tunes, gradient passes and threshold
  tuning serve all primary tasks and are divided among them.
- `minutes_marginal`: only what no other method of the ledger needs.
- `minutes_one_more_candidate`: what one more candidate task would cost, where everything else is cached.
- `peak_memory_mb`: resident memory on a CPU, allocated device memory on a GPU.
- In the last two columns the figures printed in the paper: other hardware, other size; only their order
  compares.
"""


def read_ledger(path: str) -> tuple[pd.DataFrame, list[Answer]]:
    """`costs.csv`, and the answers that it is of, some of which may have needed no job.

    Raises ArtifactError where it is missing, damaged or another file.
    """
    read_rows(path, ["needed_by", "tasks", "wall_seconds", "cpu_seconds", "peak_memory_bytes", "device"])
    answers = read_facts(sidecar(path), {"answers": list}, {})["answers"]
    return pd.read_csv(path), [_answer(text) for text in answers]


def cost_table(spec: CostTableSpec, ledger: str, paper: str, slips: str, csv: str, markdown: str) -> None:
    """Write Table 3 or 10: methods × costs."""
    job = Job(__name__, spec)
    columns = {f"minutes_table{spec.number}": "paper_minutes", "memory_mb": "paper_memory_mb"}
    printed = read_printed(paper, slips, spec.number, "method", *columns)
    frame, answers = read_ledger(ledger)
    known, primaries = (sorted({answer[part] for answer in answers}) for part in (0, 1))
    for method in spec.methods:
        if parsed(method).row not in known:
            raise InputError(f"methods: {ledger} has no answer of '{method}'; choose from {', '.join(known)}")
    rows = {label(method): minutes(frame, method, primaries) for method in spec.methods}
    ours = pd.DataFrame.from_dict(rows, orient="index").round(2)
    ours["device"] = ", ".join(sorted(set(frame["device"])))
    table, text = beside(ours, printed, columns)
    write_csv(csv, table, job.record(), index_label="method")
    notes = [NOTE.strip(), *[GENERATED] * spec.generated]
    write_page(markdown, "\n\n".join([f"# Table {spec.number}", *notes, text]) + "\n")
