"""What logic a result is made by: the library's own texts, read once, and the packages that they import."""

import ast
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import metadata
from importlib.abc import ExecutionLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from gradts.names import InputError

# These name, keep, check and start; they compute nothing (docs/reliability.md says what that leaves unseen).
FLOOR_0 = ("names", "layout", "artifacts", "code", "provenance", "readings", "warm")
NOT_DIGESTED = frozenset(f"gradts.{module}" for module in FLOOR_0)
# What computes: its name in imports → its names in the index. Others only read, write, check or show.
PACKAGES = {name: [name] for name in ("torch", "numpy", "pandas", "scipy", "seqeval", "optuna", "datasets")}
PACKAGES |= {"transformers": ["transformers", "tokenizers"], "sklearn": ["scikit-learn"]}
BEGUN = "GRADTS_BEGUN"  # digests of the library and the configurations that a `snakemake` call began with
# Module → its file and its text, as `sources` answers and JSON carries them.
Sources = dict[str, tuple[str, str]]
_SOURCES: Sources = {}
_BEGUN: set[str] = set()  # a workflow may have this one as a module twice


def sources() -> Sources:
    """Every module of the library, as it was when this process first asked or was told."""
    if not _SOURCES:
        package = Path(__file__).parent
        for path in package.rglob("*.py"):
            parts = path.relative_to(package).with_suffix("").parts
            if any(part.startswith(".") for part in parts):  # an editor's, not the library's
                continue
            name = ".".join(["gradts", *parts])
            _SOURCES[name.removesuffix(".__init__")] = (str(path), path.read_text(encoding="utf-8"))
    return _SOURCES


def hold(texts: Sources) -> None:
    """Import the library from these texts from now on: a file that was edited since is not mixed in."""
    _SOURCES.update(texts)
    sys.meta_path.insert(0, _Importer())


def note_beginning(configuration: str) -> None:
    """Note of what a `snakemake` call begins with, for those of its jobs that read it again."""
    _BEGUN.update([_library(), _digest_of(configuration)])
    os.environ[BEGUN] = " ".join(sorted(_BEGUN))


def check_beginning(configuration: str | None = None) -> None:
    """Raise InputError where a job reads another library or configuration than its `snakemake` call did."""
    if BEGUN not in os.environ:  # no job
        return
    begun, changed = os.environ[BEGUN].split(), []
    if _library() not in begun:
        changed.append("the library")
    if configuration is not None and _digest_of(configuration) not in begun:
        changed.append("the configuration (or a registry)")
    if changed:
        raise InputError(
            f"{' and '.join(changed)} is not what this run began with, and a table would mix both; undo what "
            "was edited since, or stop the run and start it again; an image of another version is built anew"
        )


def _library() -> str:
    return _digest_of(repr(sorted((name, text) for name, (_, text) in sources().items())))


class _Importer(MetaPathFinder, ExecutionLoader):
    """Finds and loads the library's modules by their texts."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A module of the library; the other finders know the rest."""
        return spec_from_loader(name, self) if name in sources() else None

    def get_filename(self, name: str) -> str:
        """Where the text was read from."""
        return sources()[name][0]

    def get_source(self, name: str) -> str:
        """The text that was read there."""
        return sources()[name][1]

    def is_package(self, name: str) -> bool:
        """Whether it is the `__init__` of a folder."""
        return Path(sources()[name][0]).stem == "__init__"


@cache
def code_digest(module: str) -> str:
    """Digest of a module and all gradts modules it imports, taken over their syntax trees.

    Comments, docstrings and layout do not count, so that only a change of logic changes it. Imports
    inside functions are not followed: what only some jobs need, their specifications name.
    """
    texts = [f"{name} {one.logic}" for name, one in sorted(_closure(module).items())]
    return _digest_of("\n".join(texts))


@cache
def packages(module: str) -> dict[str, str]:
    """Versions of the packages that compute in a module and in those that its digest is taken over.

    Imports inside functions count. The build of a version does not.
    """
    imported = set().union(*(one.packages for one in _closure(module).values()))
    named = sorted(name for package in imported & set(PACKAGES) for name in PACKAGES[package])
    found = {name: installed(name) for name in named}
    return {name: release(version) for name, version in found.items() if version}


def release(version: str) -> str:
    """A version without its build: 2.13.0 of 2.13.0+cu126."""
    return str(version).partition("+")[0]


def code_version(module: str) -> str:
    """Digest and packages of a module in one line, such as `0f1e… numpy 2.4.6`: what rules have as `code`."""
    versions = (f"{name} {version}" for name, version in packages(module).items())
    return " ".join([code_digest(module), *versions])


@cache
def installed(package: str) -> str | None:
    """The version of a package, None where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def git_commit() -> str | None:
    """The commit of the checkout that the library is run from, as it first was; None outside of one."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


class _Module(NamedTuple):
    """Of a module's text: what it does, what it imports at its top, and what packages anywhere."""

    logic: str
    imports: list[str]
    packages: set[str]


def _closure(module: str) -> dict[str, _Module]:
    """A module and all gradts modules that it imports, at their tops."""
    found: dict[str, _Module] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found or name in NOT_DIGESTED:
            continue
        if name not in sources():
            raise InputError(f"'{name}' is no module of gradts")
        found[name] = _read(sources()[name][1])
        waiting += [one for one in found[name].imports if one.startswith("gradts.") and one in sources()]
    return found


@cache
def _read(text: str) -> _Module:
    tree = ast.parse(text)
    nodes = [*ast.walk(tree)]
    for node in nodes:
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if documented and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    anywhere = {name.partition(".")[0] for name in _imports(nodes)}
    return _Module(ast.dump(tree), _imports(tree.body), anywhere)


def _imports(nodes: Iterable[ast.AST]) -> list[str]:
    names: list[str] = []
    for node in nodes:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names
