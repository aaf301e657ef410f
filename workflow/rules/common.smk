# Resolves the configuration and names things. Nothing heavy is imported: every cluster job parses this again.
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from gradts.code import check_beginning, note_beginning
from gradts.config import resolve
from gradts.layout import FILES
from gradts.names import InputError
from gradts.registry import check_keys


def own(path):
    """A file of the workflow: beside the Snakefile, but of `config/` the working directory's where it has one."""
    theirs = not path.startswith("workflow/") and os.path.exists(path)
    return path if theirs or os.path.isabs(path) else workflow.source_path(f"../../{path}")


if "suites" not in config:  # the demo; what has suites of its own inherits the schema's defaults alone

    configfile: own("config/config.yaml")


os.environ.update(
    PATH=os.pathsep.join([os.path.dirname(sys.executable), *os.get_exec_path()]),  # jobs find `gradts`
    MALLOC_TRIM_THRESHOLD_="-1",  # a step's largest gradients stay with the process: 10 % faster (glibc)
    MALLOC_MMAP_THRESHOLD_="4000000000",
)

try:
    check_keys(workflow.configfiles)
    CONFIGURATION = resolve(config, own)
    (note_beginning if workflow.is_main_process else check_beginning)(repr(CONFIGURATION))
except InputError as error:
    raise WorkflowError(str(error)) from None
RESULTS = CONFIGURATION.values["results_dir"]
FILE = {kind: str(Path(RESULTS, pattern)) for kind, pattern in FILES.items()}


def beside(kind, suffix):
    """A file of the same name as one of that kind."""
    return os.path.splitext(FILE[kind])[0] + suffix


wildcard_constraints:  # what is no name reaches its rule all the same, and Plan.check tells
    **dict.fromkeys("task auxiliary primary backend suite members method seed number draw".split(), "[^/]+"),
