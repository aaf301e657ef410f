"""Every path below the results folder, and which record tells how a file was made."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradts.members import Member, members_name
from gradts.names import MEMBERS_NAME, PLAIN_NAME, check_name

SPLITS = ("train", "select", "dev")
# Kind of file → its place; design.md says what each holds.
FILES = {
    "spec": "specs/{digest}.json",
    "train": "data/{task}/train.parquet",
    "select": "data/{task}/select.parquet",
    "dev": "data/{task}/dev.parquet",
    "facts": "data/{task}/statistics.json",
    "importance": "importance/{backend}/{task}/seed{seed}.npy",
    "gradients": "gradients/{backend}/{task}/seed{seed}.parquet",
    "correlation": "correlation/{backend}/{suite}.csv",
    "intervals": "correlation/{backend}/{suite}/intervals.csv",
    "shuffled": "correlation/{backend}/{suite}/shuffled{draw}.csv",
    "embedding": "embeddings/{backend}/{task}.npy",
    "embedded": "embeddings/{backend}/{task}.parquet",
    "map": "maps/{backend}/{task}.npy",
    "esm": "esm/{backend}/{suite}.csv",
    "logme": "logme/{backend}/{suite}/{auxiliary}.csv",
    "statistics": "statistics/{suite}.csv",
    "instances": "instances/{backend}/{primary}/{auxiliary}.parquet",
    "members": "runs/members/{members}.json",
    "run": "runs/{backend}/{members}/seed{seed}/run.json",
    "metrics": "runs/{backend}/{members}/seed{seed}/metrics.csv",
    "predictions": "runs/{backend}/{members}/seed{seed}/predictions.parquet",
    "bandit": "autosem/{backend}/{suite}/{primary}/bandit.json",
    "mixing": "autosem/{backend}/{suite}/{primary}/mixing.json",
    "answer": "selection/{backend}/{suite}/{method}/{primary}.json",
    "model": "models/{backend}/{suite}/{method}/{primary}/gradts.json",
    "threshold": "selection/{backend}/{suite}/{method}.threshold.json",
    "truth": "truth/{backend}/{suite}.csv",
    "advice": "advice/{primary}.md",
    "costs": "costs.csv",
    "stability": "stability.csv",
    "table": "tables/table{number}.csv",
    "figure": "figures/figure{number}.png",
    "regret": "tables/regret.csv",
    "ranking": "tables/ranking.csv",
    "regret_figure": "figures/regret.png",
    "affinity": "figures/affinity.png",
}


def place(kind: str, fields: Mapping[str, Any]) -> str:
    """A file's path, relative to the results folder; `members` may be a name or the spelled set itself.

    Raises InputError for a name that would lead out of the folder.
    """
    names = dict(fields)
    if not isinstance(names.get("members", ""), str):
        names["members"] = members_name(map(Member.parse, names["members"]))
    for key, value in names.items():
        if isinstance(value, str):
            check_name(value, key, MEMBERS_NAME if key == "members" else PLAIN_NAME)
    return FILES[kind].format(**names)


def below(results: str | Path, kind: str, **fields: Any) -> str:
    """A file's path in a results folder (see `place`)."""
    return str(Path(results, place(kind, fields)))


def inside(folder: str | Path, kind: str, **fields: Any) -> Path:
    """A file's path in the folder that holds its like, such as that of a joint run or of a task's seeds."""
    return Path(folder) / Path(FILES[kind]).name.format(**fields)


# One job may make several files: kind of file → the kind whose record tells of it.
RECORDS = {"gradients": "importance", "embedded": "embedding", "metrics": "run", "predictions": "run"}
RECORDS |= dict.fromkeys(SPLITS, "facts")
# Or `.json`: a record has the name of what it tells of.
_MADE = {
    kind: re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", stem) + rf"\.(?:{suffix}|json)"
    for kind, (stem, _, suffix) in ((kind, pattern.rpartition(".")) for kind, pattern in FILES.items())
}


def _parsed(path: str | Path) -> tuple[str, str, dict[str, str]] | None:
    """Results folder (with /, or empty), kind and fields of a made file; None for any other path."""
    matches = {kind: re.fullmatch(f"(?P<folder>.*/)?{made}", str(path)) for kind, made in _MADE.items()}
    found = {kind: match.groupdict() for kind, match in matches.items() if match}
    if not found:
        return None
    # A backend may be called `data`: the longest place is the file's.
    kind = min(found, key=lambda kind: len(found[kind]["folder"] or ""))
    return found[kind].pop("folder") or "", kind, found[kind]


def kind_of(path: str | Path) -> str | None:
    """Kind of a made file, or of what a record beside it tells of; None for any other path."""
    parsed = _parsed(path)
    return None if parsed is None else parsed[1]


def local(path: str | Path) -> str:
    """A made file's path relative to its results folder; any other path as it is."""
    parsed = _parsed(path)
    return str(path) if parsed is None else str(path).removeprefix(parsed[0])


def sidecar(path: str | Path) -> Path:
    """`a/b.npy` has its record in `a/b.json`."""
    return Path(path).with_suffix(".json")


def record_of(path: str | Path) -> Path:
    """The file that holds the record of the job that made a file: itself where it can (JSON, parquet)."""
    if parsed := _parsed(path):
        folder, kind, fields = parsed
        if kind in RECORDS:
            return sidecar(folder + FILES[RECORDS[kind]].format(**fields))
    return Path(path) if Path(path).suffix in (".json", ".parquet") else sidecar(path)
