"""The command line. Each module holds one command; this one puts them together and turns errors into exit codes."""

from __future__ import annotations

import io
import sys
from importlib import import_module
from itertools import zip_longest

import typer
from rich.console import Console

from planalign_orchestrator import __version__
from planalign_orchestrator.errors import InterruptedRunError, PlanAlignError
from planalign_orchestrator.visible import visible

COMMANDS = (
    *("run", "status", "checkpoints", "batch", "compare", "report", "explain"),
    *("census", "config", "doctor", "memory", "stress"),
)
"""The modules of this package that hold a command, in the order of ``--help``; each has ``register(app)``."""

app = typer.Typer(
    name="planalign",
    help="Simulates a workforce and its 401(k) plan year by year.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"planalign {__version__}")
        raise typer.Exit


@app.callback()
def planalign(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    """Simulates a workforce and its 401(k) plan year by year."""


for _command in COMMANDS:
    import_module(f"{__name__}.{_command}").register(app)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with the documented code; an expected error is one message, never a traceback."""
    given = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console may lack letters that a name in a census has
            stream.reconfigure(errors="backslashreplace")
    try:
        app(args=spread_years(given), prog_name="planalign", obj=given)
    except PlanAlignError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:  # while the commands are made of their functions; from then on Typer hears it
        sys.exit(InterruptedRunError.exit_code)
    except RuntimeError as error:
        from planalign_orchestrator.database_errors import says_interrupted

        if not says_interrupted(str(error)):
            raise
        sys.exit(InterruptedRunError.exit_code)  # as when Ctrl-C comes while no statement of the database runs


def spread_years(arguments: list[str]) -> list[str]:
    """Let ``--years`` take several values, as in ``--years 2025 2026 2027``, which the option parser alone cannot."""
    spread: list[str] = []
    in_years = False
    for argument, following in zip_longest(arguments, arguments[1:], fillvalue="-"):
        if in_years and not argument.startswith("-"):
            spread += ["--years", argument]
            continue
        in_years = argument == "--years" and not following.startswith("-")
        if not in_years:  # without a value it stays as it is, for the option parser to complain about
            spread.append(argument)
    return spread


def show_error(error: PlanAlignError) -> None:
    """Print an error and its remedy on the error stream."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(visible(f"error: {error.message}", keep="\n"), style="bold red", markup=False)
    if error.remedy:
        console.print(visible(error.remedy, keep="\n"), markup=False)
