"""The dbt project as dbt sees it, schema tests included, and copies of it for tests that change or run it by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from planalign_orchestrator.resources import config_dir, dbt_project_dir

SLICE = ["cell", "scenario_id", "plan_design_id", "simulation_year"]
"""The part of a fact that a year, scenario and plan design own."""


def parse_project(work_folder: Path) -> Any:
    """The manifest of the project; the engine's own leaves the schema tests out."""
    from dbt.cli.main import dbtRunner

    project = str(dbt_project_dir())
    parsed = dbtRunner().invoke([
        "parse", "--project-dir", project, "--profiles-dir", project, "--target-path", str(work_folder),
        "--log-path", str(work_folder), "--no-partial-parse", "--quiet", "--log-level", "none",
        "--log-level-file", "none", "--no-send-anonymous-usage-stats",
    ])  # fmt: skip
    assert parsed.success, parsed.exception
    return parsed.result


def models_of(manifest: Any) -> dict[str, Any]:
    """The models by name."""
    return {node.name: node for node in manifest.nodes.values() if node.resource_type == "model"}


def schema_tests(manifest: Any) -> dict[str, list[Any]]:
    """The generic tests that stand under each model, by its name."""
    found: dict[str, list[Any]] = {}
    for node in manifest.nodes.values():
        if node.resource_type == "test" and getattr(node, "attached_node", None):
            found.setdefault(node.attached_node.rpartition(".")[2], []).append(node)
    return found


def copy_project(folder: Path) -> Path:
    """A checkout's ``dbt`` and ``config`` side by side; hands out the folder of the dbt project."""
    leave_out = shutil.ignore_patterns("target", "logs", "tmp", "*.duckdb", "*.duckdb.wal")
    shutil.copytree(dbt_project_dir(), folder / "dbt", ignore=leave_out)
    shutil.copytree(config_dir(), folder / "config", ignore=leave_out)
    return folder / "dbt"


def dbt_by_hand(project: Path, *arguments: str) -> str:
    """Run dbt as a process in the project's folder, with nothing set that `planalign` would set."""
    ours = ("PLANALIGN_", "DBT_", "PW_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--no-use-colors", *arguments],
        cwd=project, env=environment, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"dbt {' '.join(arguments)} failed:\n{done.stdout[-3000:]}\n{done.stderr[-1000:]}"
    return done.stdout
