"""How a file was made, and whether it is out of date: records and versions."""

import contextlib
import hashlib
import json
import os
import platform
import resource
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import psutil

from gradts.artifacts import FILES_READ, ArtifactError, expect, read_embedded, read_json, remake
from gradts.code import PACKAGES, code_digest, git_commit, installed, packages, release, sources
from gradts.layout import local, record_of
from gradts.names import InputError
from gradts.specs import Spec

# Files of a model's folder that loading never reads: pages, programs, and other libraries' weights.
NEVER_LOADED = (".md", ".py", ".bin", ".pt", ".pth", ".h5", ".msgpack", ".ot", ".onnx")


class Job:
    """Describes a job in the records of what it makes; costs count from the start of the process.

    `before`: costs of earlier processes of the same job, which this one goes on from.
    """

    def __init__(self, stage: str, spec: Spec | None = None) -> None:
        self.stage, self.spec = stage, {} if spec is None else asdict(spec)
        self.before = Counter()
        FILES_READ.clear()

    def follows_from(self) -> dict[str, Any]:
        """All that the job's result follows from, once it has read everything: what JSON can hold.

        A state that was left with any other value here belongs to another job.
        """
        read = {local(path): digest(path) for path in sorted(FILES_READ)}
        code = {"code": code_digest(self.stage), "packages": packages(self.stage)}
        return json.loads(json.dumps({**code, "spec": self.spec, "data": read}))

    def seconds(self) -> dict[str, float]:
        """Wall and CPU seconds of this process and of those before it, CPU over all threads."""
        now = {"wall_seconds": _age(), "cpu_seconds": time.process_time()}
        return {name: round(self.before[name] + value, 3) for name, value in now.items()}

    def record(self, device: str = "cpu", **facts: Any) -> dict[str, Any]:
        """Spec, code, what was read, versions, device and cost so far, with further facts of the stage."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        if device.startswith("cuda"):
            import torch

            torch.cuda.synchronize()  # or seconds would miss what is still queued
            peak = torch.cuda.max_memory_allocated()
        return {
            "stage": self.stage,
            "spec": self.spec,
            "code": code_digest(self.stage),
            "reads": sorted(map(local, FILES_READ)),
            "packages": versions(),
            "git_commit": git_commit(),
            "device": device,
            **self.seconds(),
            "peak_memory_bytes": int(peak),
            **facts,
        }


def _age() -> float:
    """Seconds since this process began, forked from a warm one or not."""
    begun = psutil.Process().create_time()
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return time.time() - begun
    # The kernel counts from the boot, whose time of day is known to the second.
    return time.clock_gettime(time.CLOCK_BOOTTIME) - (begun - psutil.boot_time())


def digest(path: str | Path) -> str:
    """The sha256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_digest(folder: str | Path) -> str:
    """The sha256 of the lines that `sha256sum` prints of a model's files, sorted by name; of no others."""
    files = (path for path in sorted(Path(folder).iterdir()) if path.suffix not in NEVER_LOADED)
    lines = (f"{digest(path)}  {path.name}\n" for path in files if path.is_file() and path.name[0] != ".")
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@cache
def _known_digest(of: Callable[[str], str], path: str) -> str:
    return of(path)


def digest_once(of: Callable[[str], str], path: str) -> str | None:
    """The digest that this process found first; None of what cannot be read, of which others tell."""
    with contextlib.suppress(OSError):
        return _known_digest(of, path)
    return None


def provenance(path: str | Path) -> dict[str, Any]:
    """How a file was made, by its record; ArtifactError where there is none or it is damaged."""
    path = record_of(path)
    record = read_embedded(path) if path.suffix == ".parquet" else read_json(path)
    if not isinstance(record, dict):
        raise ArtifactError(f"{path} is no record; {remake(path)}")
    return record


def differences(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """What two jobs follow from differently (see Job.follows_from), by name; empty where nothing."""
    return ", ".join(key for key in sorted({*found, *wanted}) if found.get(key) != wanted.get(key))


def check_made(path: str | Path, spec: str, fix: str | None = None) -> None:
    """Raise ArtifactError, with the `fix`, where a file was made otherwise than it would be today.

    That is: from another specification (JSON), by other code, or with other versions of packages.
    """
    record = provenance(path)
    expect(path, record, {"spec": json.loads(spec)}, fix)
    stage = str(record.get("stage"))
    if stage not in sources() or record.get("code") != code_digest(stage):
        raise ArtifactError(
            f"{path} was made by other code of {stage} than this run has; {fix or remake(path)}"
        )
    known, today = record.get("packages"), packages(stage)
    known = known if isinstance(known, dict) else {}
    built = {name: release(known[name]) for name in today if name in known}
    expect(path, {"packages": built}, {"packages": today}, fix)


def outdated(path: str | Path, spec: str) -> bool:
    """Whether a file may be out of date.

    It is made otherwise than today (see `check_made`), is older than what its job read, or has no record
    that tells.
    """
    try:
        check_made(path, spec)
        record = provenance(path)
        results = str(path).removesuffix(local(path))
        # What lies outside of the results is named as it is.
        read = [one for name in record["reads"] for one in (f"{results}{name}", name) if os.path.exists(one)]
    except (InputError, KeyError, TypeError):
        return True
    return any(os.path.getmtime(one) > os.path.getmtime(path) for one in read)


@cache
def versions() -> dict[str, str]:
    """Versions of Python, of gradts and of the packages that can change a result."""
    found = {package: installed(package) for package in ("gradts", *chain(*PACKAGES.values()))}
    return {"python": platform.python_version(), **{name: one for name, one in found.items() if one}}
