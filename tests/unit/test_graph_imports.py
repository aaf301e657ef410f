"""Every cluster job parses the workflow again, so what it imports must be light."""

import re
import subprocess
import sys
from pathlib import Path


def test_the_graph_imports_nothing_heavy():
    text = Path("workflow/rules/common.smk").read_text()
    lines = re.findall(r"^from gradts\..*$", text, flags=re.MULTILINE)
    assert lines
    code = "; ".join([*lines, "import sys", "print(*sys.modules)"])
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    heavy = {"torch", "transformers", "datasets", "sklearn", "pandas", "optuna"}
    assert not heavy & set(loaded.split())
