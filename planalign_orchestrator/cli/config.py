"""``planalign config``: which settings are in force, is a file right, which level suits this machine."""

from pathlib import Path
from typing import Annotated

import typer

from planalign_orchestrator.cli.streams import say, say_json, text_of
from planalign_orchestrator.config.assumptions import check_tables
from planalign_orchestrator.config.catalogue import commented_yaml, yaml_value
from planalign_orchestrator.config.description import settings_warnings
from planalign_orchestrator.config.hardware import inspect_machine, recommended_settings, resolve_limits
from planalign_orchestrator.config.loading import find_settings, load_settings
from planalign_orchestrator.config.settings import Optimization
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.storage.durable import atomic_write_text, make_folder

_ConfigFile = Annotated[Path | None, typer.Option("--config", help="Configuration file (YAML).")]
_Scenario = Annotated[str | None, typer.Option("--scenario", help="Scenario: name of a bundled one, or a file.")]


config = typer.Typer(help="Show, check and recommend settings.", no_args_is_help=True)


@config.command()
def show(
    config: _ConfigFile = None,
    scenario: _Scenario = None,
    year: Annotated[int | None, typer.Option(help="The settings in force in this year, with amendments.")] = None,
    changed: Annotated[bool, typer.Option("--changed", help="Only settings that differ from their defaults.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Print each setting in force and where it comes from."""
    effective = find_settings(config, scenario)
    in_force = effective if year is None else effective.in_force(year)
    rows = [row for row in in_force.listing() if not (changed and row.is_default)]
    warnings = settings_warnings(effective.settings)
    if as_json:
        told = [{**vars(row), "source": row.source.kind, "place": row.source.detail or None} for row in rows]
        say_json({"settings": told, "warnings": warnings})
        return
    say(text_of("settings", rows=[(row.key, yaml_value(row.value), row.source) for row in rows]))
    _print_warnings(warnings)


@config.command()
def validate(
    files: Annotated[list[Path], typer.Argument(help="Configuration or scenario files.", metavar="FILE")],
) -> None:
    """Check configuration and scenario files; all faults at once."""
    faulty: list[ConfigurationError] = []
    for file in files:
        try:
            effective = load_settings(config_file=file)
            check_tables(effective)
        except ConfigurationError as error:
            faulty.append(error)
            continue
        say(f"{file}: valid")
        _print_warnings(settings_warnings(effective.settings))
    if faulty:
        raise ConfigurationError("\n".join(error.message for error in faulty), remedy=faulty[0].remedy)


@config.command()
def recommend(
    config: _ConfigFile = None,
    output: Annotated[Path, typer.Option(help="Folder for run folders; its disk is looked at.")] = Path("runs"),
    write: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a configuration file with it.")] = None,
) -> None:
    """Explain which level suits this machine; --write keeps it."""
    settings = load_settings(config_file=config).settings
    machine = inspect_machine(output)
    limits = resolve_limits(Optimization(max_workers=settings.multi_year.optimization.max_workers), machine)
    say(limits.reason)
    _print_warnings(list(limits.messages))
    if config is not None:
        say(f"with {config}: {resolve_limits(settings.multi_year.optimization, machine).reason}")
    if write is None:
        say("Write it to a file with --write FILE, or leave level: auto, which looks again before each run.")
        return
    if write.exists():
        raise ConfigurationError(f"{write} exists", remedy=f"Name another; --config {write} takes its settings over.")
    make_folder(write.parent)
    atomic_write_text(write, commented_yaml(recommended_settings(settings, limits), preface=limits.reason, schema=None))
    say(f"wrote {write}; use it with: planalign run --config {write}")


def _print_warnings(warnings: list[str]) -> None:
    for warning in warnings:
        say(f"warning: {warning}", err=True)
