"""What only shows something starts without the parts that cost time: told by the modules, not by the clock."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("dbt", "duckdb", "httpx", "agate", "networkx")
SHOW = """
import sys
from planalign_orchestrator.cli import main
try:
    main({arguments!r})
except SystemExit as end:
    assert not end.code, end.code
print("imported:", *sorted(set(sys.modules) & set({heavy!r})))
"""


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["run", "--help"], ["status", "--help"]])
def test_nothing_heavy_is_imported(arguments: list[str]) -> None:
    code = SHOW.format(arguments=arguments, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.splitlines()[-1].strip() == "imported:"
