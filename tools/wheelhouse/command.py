"""``scripts/offline_bundle.py``: makes a folder from which another computer installs without a network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Optional

import typer

from planalign_orchestrator.cli import show_error
from planalign_orchestrator.errors import PlanAlignError
from tools.wheelhouse.building import Order, build_wheelhouse
from tools.wheelhouse.targets import PLATFORMS, target_for

CHECKOUT = Path(__file__).resolve().parents[2]


def bundle(
    folder: Path = typer.Argument(help="A new folder for the packages."),
    platform: Optional[str] = typer.Option(  # noqa: UP045
        None, "--platform", help=f"Of the other computer: {', '.join(PLATFORMS)}; this one's when left out."
    ),
    python: Optional[str] = typer.Option(None, "--python", help="Of the other computer, such as 3.12."),  # noqa: UP045
    extra: Optional[list[str]] = typer.Option(None, "--extra", help="keyring, ntlm or pac; may be repeated."),  # noqa: UP045
    program: Optional[Path] = typer.Option(  # noqa: UP045
        None, "--program", help="The program's wheel or source folder; this checkout when left out."
    ),
) -> None:
    """Collect everything that an installation needs, for a computer that reaches no package index."""
    order = Order(folder, target_for(platform, python), tuple(extra or ()), program or CHECKOUT)
    wheels = build_wheelhouse(order)
    size = sum(wheel.size for wheel in wheels) / 1e6
    typer.echo(f"{len(wheels)} packages, {size:.0f} MB in {folder}; INSTALL.txt says how to go on")


def main() -> None:
    """Run the command; an expected error is one message, never a traceback."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command()(bundle)
    try:
        app(prog_name="offline_bundle.py")
    except PlanAlignError as error:
        show_error(error)
        sys.exit(error.exit_code)
