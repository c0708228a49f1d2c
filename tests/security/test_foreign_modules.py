"""Files of the working folder are data: none is imported, whatever it is called and whichever command is run there."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import httpx
import pytest

from planalign_orchestrator.child_process import isolated
from tests import exits

pytestmark = pytest.mark.slow

PLANTED = "import os; open(os.environ['PLANTED'], 'a').write(__name__ + '\\n')\n"
NAMES = sorted({*packages_distributions(), *sys.stdlib_module_names, "dbt_planted", "sitecustomize", "usercustomize"})
OURS = "planalign_orchestrator"
SMALL = "--years 2025 --threads 1"
COMMANDS = [
    f"run {SMALL}",
    "run --dry-run",
    f"batch --scenarios scenarios {SMALL}",
    "status --digests",
    "census generate new.csv --employees 10",
    "sweep many.yaml --workers 2",
    "checkpoints list",
    "checkpoints verify",
    "checkpoints clean",
    "checkpoints restore --force",
    "report --export csv --people",
    "show --by level",
    "test",
    "explain nobody",
    "compare one two",
    "census validate new.csv",
    "census describe new.csv",
    "census map new.csv --output new.mapping.yaml",
    "census history new.csv",
    "fit new.csv --output fitted",
    "backtest new.csv --output tested",
    "calibrate --target exit_rate=0.1 --census missing.csv",
    "config show",
    "config validate many.yaml",
    "config recommend",
    "doctor",
    "memory report runs/one",
    "memory monitor",
    "stress --sizes 100 --levels low",
    "studio nowhere",
]


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with a module of every name that Python could look for."""
    folder = tmp_path_factory.mktemp("trap")
    for name in NAMES:
        (folder / f"{name}.py").write_text(PLANTED, encoding="utf-8")
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "one.yaml").write_text("simulation:\n  random_seed: 1\n", encoding="utf-8")
    (folder / "many.yaml").write_text("set: {census.path: new.csv, simulation.end_year: 2025}\nseeds: 2\n", "utf-8")
    (folder / "scenarios" / "two.yaml").write_text("plan:\n  match:\n    formula: tiered\n", encoding="utf-8")
    return folder


def run(folder: Path, command: list[str]) -> list[str]:
    """Run a command in a folder; the planted modules that were imported."""
    planted = folder / "imported.txt"
    planted.unlink(missing_ok=True)
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    environment = {**inherited, "PLANTED": str(planted), "PIP_INDEX_URL": "http://127.0.0.1:9/"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return planted.read_text(encoding="utf-8").splitlines() if planted.exists() else []


def test_every_command_is_tried() -> None:
    assert [name for name in exits.commands() if not any(f"{line} ".startswith(f"{name} ") for line in COMMANDS)] == []


def test_the_studio_imports_nothing_from_there_to_serve_a_page(trap: Path) -> None:
    planted = trap / "imported.txt"
    planted.unlink(missing_ok=True)
    command = isolated(OURS, "studio", "--no-browser")
    environment = {**os.environ, "PLANTED": str(planted), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=trap, env=environment, stdout=subprocess.PIPE, text=True) as studio:
        assert studio.stdout is not None
        address = next(word for line in studio.stdout for word in line.split() if word.startswith("http://127"))
        answer = httpx.get(address, follow_redirects=True)
        studio.terminate()
    assert answer.status_code == 200 and not planted.exists()


def test_a_planted_module_is_found_without_protection(trap: Path) -> None:
    assert run(trap, [sys.executable, "-c", "import duckdb"]) == ["duckdb"]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_imports_from_the_working_folder(trap: Path, command: str) -> None:
    (trap / f"{OURS}.py").write_text(PLANTED, encoding="utf-8")
    assert run(trap, isolated(OURS, *command.split())) == []
    (trap / f"{OURS}.py").unlink()


@pytest.mark.parametrize("command", ["status", "config show", "doctor --offline", f"run {SMALL}"])
def test_called_by_its_module_it_imports_no_library_from_there(tmp_path: Path, command: str) -> None:
    """Python itself has then looked for a few of its own modules already, before the program begins."""
    for name in set(packages_distributions()) - {OURS}:
        (tmp_path / f"{name}.py").write_text(PLANTED, encoding="utf-8")
    assert run(tmp_path, [sys.executable, "-m", OURS, *command.split()]) == []
