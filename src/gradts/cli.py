"""`gradts`: one sub-command a stage. The workflow's rules call these; each also runs alone from a shell.

A specification is given as one line of JSON, as a file of it, or as a made file whose record holds it:
`gradts joint --spec results/…/run.json …` repeats that run.
"""

import argparse
import ast
import inspect
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Literal, get_args, get_origin, get_type_hints

from gradts import warm
from gradts.code import check_beginning, sources
from gradts.names import InputError

# Sub-command → its function: its docstring begins with what it does, its signature are the options.
COMMANDS = {
    "describe": "gradts.describe:describe",
    "prepare": "gradts.data.prepare:prepare",
    "gradients": "gradts.gradients.importance:measure_importance",
    "correlate": "gradts.correlation.suite:correlate_tasks",
    "correlate-shuffled": "gradts.correlation.suite:correlate_shuffled",
    "embed": "gradts.training.embedding:embed",
    "map": "gradts.transfer.tuned:map_candidate",
    "esm": "gradts.transfer.esm:measure",
    "logme": "gradts.transfer.tuned:value_candidates",
    "instances": "gradts.correlation.instances:correlate_instances",
    "joint": "gradts.training.joint:train_jointly",
    "predict": "gradts.training.predicting:predict",
    "bandit": "gradts.autosem.bandit:play",
    "mixing": "gradts.autosem.mixing:search",
    "tune": "gradts.selection.decide:tune",
    "select": "gradts.selection.decide:select",
    "truth": "gradts.truth.scores:measure",
    "regret": "gradts.reporting.truth:regret",
    "regret-figure": "gradts.reporting.truth_figures:draw_regret",
    "affinity": "gradts.reporting.truth_figures:draw_affinity",
    "export": "gradts.reporting.model:make_model",
    "statistics": "gradts.reporting.facts:statistics",
    "table": "gradts.reporting.tables:score_table",
    "fact-table": "gradts.reporting.facts:fact_table",
    "costs": "gradts.reporting.costs:costs",
    "cost-table": "gradts.reporting.costs:cost_table",
    "stability": "gradts.reporting.stability:stability",
    "advise": "gradts.reporting.advice:advise",
    "chosen-sets": "gradts.reporting.figures:chosen_sets",
    "heatmap": "gradts.reporting.figures:heatmap",
}


def options(function: Callable[..., None]) -> dict[str, tuple[Any, bool]]:
    """Parameter → its type, and whether it must be given; a keyword-only one is no option."""
    hints, parameters = get_type_hints(function), inspect.signature(function).parameters.values()
    asked = (one for one in parameters if one.kind is not one.KEYWORD_ONLY)
    return {one.name: (hints[one.name], one.default is one.empty) for one in asked}


def positional(function: Callable[..., None]) -> list[str]:
    """Parameters before a `/`, which a command takes without their names."""
    parameters = inspect.signature(function).parameters.values()
    return [one.name for one in parameters if one.kind is one.POSITIONAL_ONLY]


def _parser(command: str, function: Callable[..., None]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(f"gradts {command}", description=inspect.getdoc(function))
    parser.add_argument("--threads", type=_threads, help="threads of the job (all cores)")
    for name, (kind, required) in options(function).items():
        more: dict[str, Any] = {"nargs": "+"} if get_origin(kind) is list else {}
        more |= {"choices": get_args(kind)} if get_origin(kind) is Literal else {}
        if name in positional(function):
            parser.add_argument(name, **more)
        else:
            parser.add_argument(f"--{name.replace('_', '-')}", dest=name, required=required, **more)
    return parser


def _threads(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of threads; give 1 or more")
    return int(text)


def _value(kind: Any, text: Any) -> Any:
    if not hasattr(kind, "from_json"):
        return text
    if Path(text).suffix in (".json", ".parquet", ".npy", ".csv"):
        from gradts.provenance import provenance  # not on the way of a command that a warm process does

        record = provenance(text)
        text = json.dumps(record.get("spec", record))
    return kind.from_json(text)


def _overview() -> argparse.ArgumentParser:
    """All sub-commands; their modules, some of them slow to import, are only looked at."""
    parser = argparse.ArgumentParser("gradts", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command, place in COMMANDS.items():
        module, name = place.split(":")
        tree = ast.parse(sources()[module][1])
        function = next(one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == name)
        commands.add_parser(command, help=ast.get_docstring(function).splitlines()[0].rstrip("."))
    return parser


def main() -> int:
    """Have a sub-command done by the warm process of this `snakemake` call, or do it where there is none."""
    words = sys.argv[1:]
    module = COMMANDS.get(words[0] if words else "", "").partition(":")[0]
    status = warm.call(module, "gradts.cli:run", words) if module else None
    return run(words) if status is None else status


def run(arguments: Sequence[str]) -> int:
    """Do a sub-command; a user's mistake is one line on standard error and exit status 1."""
    command, *words = arguments or [""]
    if command not in COMMANDS:
        _overview().parse_args([command, *words] if command else [])
    first = argparse.ArgumentParser(f"gradts {command}", add_help=False)
    first.add_argument("--threads", type=_threads)
    threads = first.parse_known_args(words)[0].threads
    # Read by torch and numpy when the stage's module imports them.
    os.environ |= {} if threads is None else dict.fromkeys(warm.THREADS, str(threads))
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    function = resolve_name(COMMANDS[command])
    if threads is not None:
        warm.set_threads(threads)
    given = _parser(command, function).parse_args(words)
    try:
        check_beginning()
        known = {name: (kind, getattr(given, name)) for name, (kind, _) in options(function).items()}
        values = {name: _value(*one) for name, one in known.items() if one[1] is not None}
        function(*[values.pop(name) for name in positional(function)], **values)
    except (InputError, FloatingPointError) as error:
        # Libraries explain themselves over several lines.
        print(f"gradts {command}: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0
