"""`gradts`: one sub-command a stage. The workflow's rules call these; each also runs alone from a shell."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from gradts.specs import TASK_NAME, GradientSpec, InputError, RunSpec, Source, check_name


def prepare(args: argparse.Namespace) -> None:
    from gradts.data.prepare import prepare

    prepare(Source.from_json(args.spec), args.out)


def gradients(args: argparse.Namespace) -> None:
    from gradts.gradients.importance import run

    run(GradientSpec.from_json(args.spec), args.layer_norm, args.data, args.importance, args.gradients)


def correlate(args: argparse.Namespace) -> None:
    from gradts.correlation.matrix import run

    run([GradientSpec.from_json(text) for text in args.spec], args.layer_norm, args.importance, args.out)


def instances(args: argparse.Namespace) -> None:
    from gradts.correlation.instances import run

    auxiliary, primary = GradientSpec.from_json(args.auxiliary), GradientSpec.from_json(args.primary)
    run(auxiliary, primary, args.layer_norm, args.gradients, args.importance, args.out)


def joint(args: argparse.Namespace) -> None:
    from gradts.training.joint import run

    run(RunSpec.from_json(args.spec), args.data, args.instances, args.out)


def bandit(args: argparse.Namespace) -> None:
    from gradts.autosem.bandit import run
    from gradts.selection.specs import BanditSpec

    run(BanditSpec.from_json(args.spec), args.data, args.out)


def mixing(args: argparse.Namespace) -> None:
    from gradts.autosem.mixing import run
    from gradts.selection.specs import MixingSpec

    run(MixingSpec.from_json(args.spec), args.data, args.out)


def tune(args: argparse.Namespace) -> None:
    from gradts.selection.decide import tune
    from gradts.selection.specs import TuningSpec

    tune(TuningSpec.from_json(args.spec), args.results, args.out)


def select(args: argparse.Namespace) -> None:
    from gradts.selection.decide import select
    from gradts.selection.specs import SelectionSpec

    select(SelectionSpec.from_json(args.spec), args.results, args.out)


def statistics(args: argparse.Namespace) -> None:
    from gradts.reporting.tables import statistics

    statistics(_facts(args.facts), args.data, args.out)


def _facts(text: str) -> dict[str, dict[str, Any]]:
    wanted = 'give {"task": {"objective": …, "labels": …, "type": …}}'
    try:
        facts = json.loads(text)
    except ValueError as error:
        raise InputError(f"--facts: {text[:60]!r} is no JSON ({error}); {wanted}") from error
    if not isinstance(facts, dict) or not facts or not all(isinstance(one, dict) for one in facts.values()):
        raise InputError(f"--facts: {text[:60]!r} does not tell what tasks are; {wanted}")
    for task in facts:
        check_name(task, "--facts: a task", TASK_NAME)
    return facts


def table(args: argparse.Namespace) -> None:
    from gradts.reporting.specs import TableSpec
    from gradts.reporting.tables import score_table

    score_table(TableSpec.from_json(args.spec), args.results, args.paper, args.csv, args.markdown)


def fact_table(args: argparse.Namespace) -> None:
    from gradts.reporting.tables import fact_table

    generated = args.generated == "True"
    fact_table(args.number, args.statistics, args.paper, generated, args.csv, args.markdown)


def costs(args: argparse.Namespace) -> None:
    from gradts.reporting.costs import costs
    from gradts.reporting.specs import CostSpec

    costs(CostSpec.from_json(args.spec), args.results, args.out)


def cost_table(args: argparse.Namespace) -> None:
    from gradts.reporting.costs import cost_table

    cost_table(args.number, args.methods, args.ledger, args.paper, args.csv, args.markdown)


def chosen_sets(args: argparse.Namespace) -> None:
    from gradts.reporting.figures import chosen_sets
    from gradts.reporting.specs import TableSpec

    chosen_sets(TableSpec.from_json(args.spec), args.results, args.note, args.out)


def figure3(args: argparse.Namespace) -> None:
    from gradts.reporting.figures import figure3

    figure3(args.importance, args.title, args.note, args.out)


def figure4(args: argparse.Namespace) -> None:
    from gradts.reporting.figures import figure4

    figure4(args.matrix, args.title, args.note, args.out)


# Sub-command → (what it does, its required options, its optional ones). `*`: one or more; `=`: one of.
COMMANDS: dict[Callable[[argparse.Namespace], None], tuple[str, str, str]] = {
    prepare: ("write the prepared splits of a task", "spec out", ""),
    gradients: (
        "fine-tune on a task, then take its gradients and head importance",
        "spec layer-norm=l1|l2 data importance gradients",
        "",
    ),
    correlate: ("correlate the head importance of tasks", "spec* layer-norm=l1|l2 importance out", ""),
    instances: (
        "correlate an auxiliary task's instances with a primary task",
        "auxiliary primary layer-norm=l1|l2 gradients importance out",
        "",
    ),
    joint: ("train and score a set of tasks jointly", "spec data out", "instances"),
    bandit: ("play AUTOSEM-p1's bandit for a primary task", "spec data out", ""),
    mixing: ("search AUTOSEM's mixing ratios for a primary task", "spec data out", ""),
    tune: ("choose a threshold from a grid by finished joint runs", "spec results out", ""),
    select: ("choose auxiliary tasks by one method", "spec results out", ""),
    statistics: ("sum up size, sentence length and type of a suite's tasks", "facts data out", ""),
    table: ("write a table of methods × tasks", "spec results paper csv markdown", ""),
    fact_table: (
        "write Table 1 or 7",
        "number=1|7 statistics paper generated=True|False csv markdown",
        "",
    ),
    costs: ("sum up what every job cost", "spec results out", ""),
    cost_table: ("write Table 3 or 10", "number=3|10 methods* ledger paper csv markdown", ""),
    chosen_sets: ("draw the chosen auxiliary tasks", "spec results out*", "note"),
    figure3: ("draw the head importance of a task", "importance title out*", "note"),
    figure4: ("draw the correlation between tasks", "matrix title out*", "note"),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gradts", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for function, (text, required, optional) in COMMANDS.items():
        command = commands.add_parser(function.__name__.replace("_", "-"), help=text, description=text)
        for options, needed in ((required, True), (optional, False)):
            for option in options.split():
                name, _, choices = option.rstrip("*").partition("=")
                more: dict[str, Any] = {"nargs": "+"} if option.endswith("*") else {}
                more |= {"choices": choices.split("|")} if choices else {}
                command.add_argument(f"--{name}", required=needed, **more)
        command.add_argument("--threads", type=_threads, help="threads of the job (all cores)")
        command.set_defaults(function=function, command=command.prog)
    return parser


def _threads(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of threads; give 1 or more")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sub-command; a user's mistake is one line on standard error and exit status 1."""
    args = _parser().parse_args(arguments)
    if args.threads:
        # Read by torch and numpy when a stage imports them.
        os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(args.threads)
        os.environ["OPENBLAS_NUM_THREADS"] = str(args.threads)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        args.function(args)
    except (InputError, FloatingPointError) as error:
        # Libraries explain themselves over several lines.
        print(f"{args.command}: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0
