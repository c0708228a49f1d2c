"""``planalign doctor``: looks at everything a run needs and says how to mend what is wrong."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from planalign_orchestrator.cli.options import OVERWRITE, refuse_overwriting
from planalign_orchestrator.cli.streams import say, say_json
from planalign_orchestrator.config.loading import find_config_file
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.storage.durable import atomic_write_text

if TYPE_CHECKING:
    from planalign_orchestrator.doctor import Check, Patient

_COLOURS = {"ok": typer.colors.GREEN, "warning": typer.colors.YELLOW, "fault": typer.colors.RED}


def doctor(
    host: list[str] = typer.Option([], "--host", metavar="HOST", help="Also check the way to this server."),
    config: Path | None = typer.Option(None, "--config", help="Configuration file (YAML)."),
    output: Path = typer.Option(Path("runs"), "--output", help="Folder for run folders."),
    offline: bool = typer.Option(False, "--offline", help="Skip the network checks."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
    export: Path | None = typer.Option(None, "--export", metavar="FILE", help="Also write a report without secrets."),
    overwrite: bool = OVERWRITE,
) -> None:
    """Check everything a run needs, and say how to fix what is wrong."""
    from planalign_orchestrator.doctor import Patient

    if offline and host:
        raise ConfigurationError.told("offline with a host")
    report(Patient(output, config, tuple(host), "offline" if offline else "everything"), as_json, export, overwrite)


def report(patient: "Patient", as_json: bool, export: Path | None, overwrite: bool) -> None:
    """Make the checks, show them, and end with 1 when there are faults.

    Args:
        patient: what is looked at.
        as_json: print JSON instead of lines.
        export: where a report without secrets goes.
        overwrite: replace what is there.
    """
    from planalign_orchestrator import doctor
    from planalign_orchestrator.doctor.inputs import load
    from planalign_orchestrator.doctor.report import line, summary

    settings = None
    if export is not None:
        settings, _ = load(patient.config)
        refuse_overwriting(export, overwrite, find_config_file(patient.config), settings=settings)
    checks = []
    for check in doctor.examine(patient):
        checks.append(check)
        if not as_json:
            _show(check, line(check))
    if as_json:
        say_json(doctor.as_json(checks))
    else:
        say(summary(checks))
    if export is not None:
        _write(export, checks, settings.network.proxy_username if settings else None)
    if any(check.status == "fault" for check in checks):
        raise typer.Exit(1)


def _show(check: "Check", line: str) -> None:
    typer.secho(line[: len("warning")], fg=_COLOURS[check.status], nl=False)
    say(line[len("warning") :])


def _write(export: Path, checks: list["Check"], proxy_username: str | None) -> None:
    from planalign_orchestrator.doctor import as_json, as_text, redacted

    clean = redacted(checks, proxy_username)
    text = json.dumps(as_json(clean), indent=2) + "\n" if export.suffix.lower() == ".json" else as_text(clean)
    atomic_write_text(export, text)
    say(f"wrote {export}", err=True)
