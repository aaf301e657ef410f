# The only place that touches Snakemake's own objects. What there is to ask and to make, gradts.plan knows.
from contextlib import suppress

from snakemake.exceptions import IncompleteCheckpointException
from snakemake.io import IOFile, checkpoint_target

from gradts import warm
from gradts.asked import NotYet
from gradts.code import code_version
from gradts.plan import Plan
from gradts.provenance import check_made, outdated
from gradts.readings import read_finding
from gradts.reporting.specs import COST_TABLES

# A checkpoint's output may be read once it is up to date; an older one may just be being remade.
PLAN = Plan(CONFIGURATION, lambda path: path in checkpoints.created_output and os.path.exists(path))
# All that the report's pages see. A copy: the configuration may be that of a workflow which has this as a module.
config = {**config, "report": {**PLAN.first_page(), "finding": read_finding}}


def stopping(function):
    """A mistake that a function finds stops the workflow: Snakemake would take the file for a source."""

    def stops(wildcards):
        try:
            return function(wildcards)
        except InputError as error:
            raise SystemExit(f"Error: {error}") from None

    return stops


def spec(name):
    """The specification of a job, as it is given it: what PLAN calls so, of the wildcards."""

    def argument(wildcards):
        try:
            return PLAN.argument(getattr(PLAN, f"{name}_spec")(**wildcards))
        except NotYet as first:
            raise IncompleteCheckpointException(None, first.args[0]) from None

    return stopping(argument)


def inputs(name, made):
    """The input function: what PLAN calls so, of the wildcards; `made`: kind of a file that is made from it.

    Files that decide which others are needed are checkpoint targets: Snakemake makes all of them and asks again,
    so that a greedy search is a chain of checkpoints over shared runs.
    """

    def files(wildcards):
        PLAN.check(made, **wildcards)
        path, asked = FILE[made].format(**wildcards), getattr(PLAN, f"{name}_files")(**wildcards)
        needed, awaited = (asked, []) if isinstance(asked, list) else (asked.files, asked.awaited)
        is_made, waits = os.path.exists(path), not all(map(os.path.exists, awaited))
        forgotten = is_made and workflow.persistence.metadata(IOFile(path)) is None
        with suppress(NotYet):
            today = getattr(PLAN, f"{name}_spec")(**wildcards).to_json() if forgotten or waits else ""
            # Snakemake no longer knows what it was made from: a change would go unnoticed.
            if forgotten:
                folder = Path(RESULTS) / Path(path).relative_to(RESULTS).parts[0]
                fix = f"Snakemake's memory of it (.snakemake) is gone: delete it and its like in {folder}"
                check_made(path, today, fix)
            if is_made and waits and outdated(path, today):
                # Of a file that waits for a checkpoint Snakemake does not ask this, and keeps it.
                return sorted({*needed, *awaited})
        return [*sorted(set(needed)), *map(checkpoint_target, sorted(set(awaited)))]

    return stopping(files)


def launcher(wildcards):
    """`gradts`, in several processes where the backend asks for several GPUs."""
    gpus = CONFIGURATION.gpus[wildcards.backend]
    return "gradts" if gpus == 1 else f"torchrun --standalone --no-python --nproc-per-node {gpus} gradts"


def attempts(amount):
    """A resource that grows with every attempt at a job."""
    return lambda wildcards, attempt: amount * attempt


os.environ |= {warm.VARIABLE: "0"} if workflow.remote_exec else {}  # a cluster's job keeps to its allocation


onstart:
    if workflow.is_main_process:
        warm.start()
