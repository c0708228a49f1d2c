"""docs/results.md mentions each public table, sheet, report and option."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from planalign_orchestrator.cli import app
from planalign_orchestrator.warehouse import PUBLIC_TABLES

PAGE = (Path(__file__).parents[2] / "docs" / "results.md").read_text(encoding="utf-8")


def test_every_table_and_workbook_is_mentioned() -> None:
    for name in (*PUBLIC_TABLES, "results.xlsx", "results_with_people.xlsx", "report.html"):
        assert f"`{name}`" in PAGE, name


@pytest.mark.parametrize("command", ["report", "explain"])
def test_every_option_is_mentioned_under_its_command(command: str) -> None:
    section = PAGE.split(f"## `planalign {command}`")[1].split("\n## ")[0]
    found = typer.main.get_command(app).commands[command]  # type: ignore[attr-defined]
    for parameter in found.params:
        name = (parameter.metavar or "").strip("[]") or max(parameter.opts, key=len)
        if parameter.opts[0].startswith("-"):
            name = max(parameter.opts, key=len)
        assert f"`{name}`" in section, name
