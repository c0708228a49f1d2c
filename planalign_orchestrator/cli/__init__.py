"""The command line: commands of a kind stand in one module; this one collects them and turns errors into exit codes."""

import gc
import os
import sys
import warnings
from contextlib import suppress
from importlib import import_module
from itertools import zip_longest

import typer

from planalign_orchestrator import __version__
from planalign_orchestrator.child_process import end_with_parent
from planalign_orchestrator.cli.interruption import stopping_cleanly
from planalign_orchestrator.cli.last_resort import foreseen, output_lost
from planalign_orchestrator.cli.streams import lasting_streams
from planalign_orchestrator.config.secrecy import secrets_hidden, secrets_in
from planalign_orchestrator.errors import InterruptedRunError, PlanAlignError
from planalign_orchestrator.visible import visible

_MODULES = {
    "run": ("run", "sweep"),
    "state": ("status", "checkpoints"),
    "batch": ("batch",),
    "results": ("compare", "report", "show", "explain", "test"),
    "learning": ("fit", "backtest", "calibrate"),
    **{name: (name,) for name in ("census", "config", "doctor", "memory", "stress", "studio")},
}
COMMANDS = {name: module for module, names in _MODULES.items() for name in names}
"""The module of this package with each command, or group of commands, of the same name, in the order of ``--help``."""

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


for _name, _module in COMMANDS.items():
    _command = getattr(import_module(f"{__name__}.{_module}"), _name)
    if isinstance(_command, typer.Typer):
        app.add_typer(_command, name=_name)
    else:
        app.command(_name)(_command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with the documented code; an error is one message, never a traceback."""
    given = sys.argv[1:] if arguments is None else arguments
    if arguments is None:  # this is the process's own command: what libraries start must not import from here either
        os.environ.setdefault("PYTHONSAFEPATH", "1")
        gc.set_threshold(50_000)  # little that a command makes is garbage, and to look for it takes 3% of a small run
        if not sys.warnoptions:  # a library's remark about its caller, with a line of code, helps no user
            warnings.simplefilter("ignore")
    secrets = [secret for argument in given for secret in secrets_in(argument)]
    code = InterruptedRunError.exit_code
    # Typer hears Ctrl-C too, but not before the commands are made of their functions, nor while an error is shown.
    with suppress(KeyboardInterrupt), lasting_streams(secrets) as outlets, stopping_cleanly() as is_stopping:
        end_with_parent(is_stopping)
        code = _exit_code(given)
        sys.stdout.flush()
        for outlet in outlets:
            if outlet.error is not None and (lost := output_lost(outlet.error)) is not None:
                show_error(lost)
                code = code or lost.exit_code
    sys.exit(code)


def _exit_code(arguments: list[str]) -> int:
    try:
        app(args=spread_years(arguments), prog_name="planalign", obj=arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    except Exception as error:
        meant = foreseen(error)
        if error is meant or not isinstance(meant, InterruptedRunError):  # Ctrl-C in a statement is no error
            show_error(meant)
        return meant.exit_code
    return 0


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
    """Print an error and its remedy on the error stream; that the user has stopped a command is no error."""
    from rich.console import Console  # only what draws needs it

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    start, style = ("", "bold") if isinstance(error, InterruptedRunError) else ("error: ", "bold red")
    console.print(visible(f"{start}{secrets_hidden(error.message)}", keep="\n"), style=style, markup=False)
    if error.remedy:
        console.print(visible(secrets_hidden(error.remedy), keep="\n"), markup=False)
