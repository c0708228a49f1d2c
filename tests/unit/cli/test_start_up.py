"""What only shows something starts without the parts that cost time: told by the modules, not by the clock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("dbt", "duckdb", "httpx", "agate", "networkx")
SHOW = """
import sys
from pathlib import Path
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


@pytest.mark.slow
def test_a_library_warns_nobody(tmp_path: Path) -> None:
    """An anchor that stands twice is sound YAML, of which the library that reads it warns with a line of its code."""
    (tmp_path / "twice.yaml").write_text("simulation: {start_year: &a 2025, end_year: &a 2027}\n", encoding="utf-8")
    command = [sys.executable, "-m", "planalign_orchestrator", "config", "validate", "twice.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "twice.yaml: valid\n", "")
