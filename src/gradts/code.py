"""The library's own code: its texts, read once, so that what is digested is what a held copy runs."""

import ast
import hashlib
import sys
from collections.abc import Sequence
from functools import cache
from importlib.abc import ExecutionLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType

from gradts.names import InputError

# Floor 0 spells specs and files; a change of meaning there shows in params or in the readers' checks.
FLOOR_0 = ("names", "members", "specs", "layout", "artifacts", "code", "provenance", "readings", "warm")
NOT_DIGESTED = frozenset(f"gradts.{module}" for module in FLOOR_0)
# Module → its file and its text, as `sources` answers and JSON carries them.
Sources = dict[str, tuple[str, str]]
_SOURCES: Sources = {}


def sources() -> Sources:
    """Every module of the library, as it was when this process first asked or was told."""
    if not _SOURCES:
        package = Path(__file__).parent
        for path in package.rglob("*.py"):
            name = ".".join(["gradts", *path.relative_to(package).with_suffix("").parts])
            _SOURCES[name.removesuffix(".__init__")] = (str(path), path.read_text(encoding="utf-8"))
    return _SOURCES


def hold(texts: Sources) -> None:
    """Import the library from these texts from now on: a file that was edited since is not mixed in."""
    _SOURCES.update(texts)
    sys.meta_path.insert(0, _Importer())


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
    inside functions are not followed: what only some jobs need, their rules digest as well.
    """
    trees: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in trees or name in NOT_DIGESTED:
            continue
        if name not in sources():
            raise InputError(f"'{name}' is no module of gradts")
        tree = ast.parse(sources()[name][1])
        waiting += _imports(tree)
        trees[name] = ast.dump(_without_docstrings(tree))
    text = "\n".join(f"{name} {trees[name]}" for name in sorted(trees))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _imports(tree: ast.Module) -> list[str]:
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in names if name.startswith("gradts.") and name in sources()]


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if documented and ast.get_docstring(node) is not None:
            del node.body[0]
    return tree
