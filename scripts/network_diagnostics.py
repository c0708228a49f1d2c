"""The network part of ``planalign doctor``: which way out there is, and where it ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that a checkout works without being installed

from planalign_orchestrator.cli import show_error
from planalign_orchestrator.cli.doctor import report
from planalign_orchestrator.doctor import Patient
from planalign_orchestrator.errors import PlanAlignError

Hosts = Annotated[Optional[list[str]], typer.Option("--host", metavar="HOST", help="Check the way to this server too.")]  # noqa: UP045
Config = Annotated[Optional[Path], typer.Option("--config", help="Configuration file (YAML).")]  # noqa: UP045
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Export = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--export", metavar="FILE", help="Also write a report fit for mail, without passwords, user names and homes."
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")]


def network_diagnostics(
    host: Hosts = None, config: Config = None, as_json: Json = False, export: Export = None,
    overwrite: Overwrite = False,
) -> None:  # fmt: skip
    """Look at the way out alone: proxy, names, connections, certificates, package index."""
    report(Patient(config=config, hosts=tuple(host or ()), part="network"), as_json, export, overwrite)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command()(network_diagnostics)
    try:
        app()
    except PlanAlignError as error:
        show_error(error)
        sys.exit(error.exit_code)
