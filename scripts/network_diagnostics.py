"""The network part of ``planalign doctor``: which way out there is, and where it ends."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that a checkout works without being installed

from planalign_orchestrator.cli import show_error
from planalign_orchestrator.cli.doctor import network_diagnostics
from planalign_orchestrator.errors import PlanAlignError

if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command()(network_diagnostics)
    try:
        app()
    except PlanAlignError as error:
        show_error(error)
        sys.exit(error.exit_code)
