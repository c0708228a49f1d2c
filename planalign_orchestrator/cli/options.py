"""Options that several commands take: declared once, as the fields of a dataclass."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any

import typer

from planalign_orchestrator.config.catalogue import value_of
from planalign_orchestrator.config.layers import FLAGS, path_settings
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import ConfigurationError

OVERWRITE = typer.Option(False, "--overwrite", help="Replace the file if it is there.")


def with_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take an option for each field of the dataclass that its parameter ``flags`` asks for."""
    signature = inspect.signature(command, eval_str=True)
    flags = signature.parameters["flags"].annotation
    options = inspect.signature(flags, eval_str=True).parameters

    @wraps(command)
    def spread(**given: Any) -> None:
        command(flags=flags(**{name: given.pop(name) for name in options}), **given)

    parameters = list(signature.parameters.values())
    place = list(signature.parameters).index("flags")
    parameters[place : place + 1] = options.values()
    spread.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return spread


def mapping_setting(mapping: Path | None) -> dict[str, str]:
    """The setting that ``--mapping`` means; a path in settings does not hang on the working folder."""
    return {"census.mapping": str(mapping.expanduser().resolve())} if mapping else {}


def refuse_overwriting(target: Path, overwrite: bool, *read: Path | None, settings: Settings | None = None) -> None:
    """Refuse to write over a file that is there.

    Args:
        target: the file to write.
        overwrite: whether the user has agreed to replace it.
        read: files that the command reads, which it never replaces; None and addresses do not count.
        settings: name more of them.

    Raises:
        ConfigurationError: the file is there.
    """
    if not target.exists():
        return
    named = [value_of(settings, key) for key in path_settings()] if settings else []
    if any(Path(file).exists() and target.samefile(file) for file in (*read, *named) if file):
        raise ConfigurationError(f"{target}: the command reads this file", remedy="Name another one.")
    if not overwrite:
        raise ConfigurationError(f"{target}: the file is already there", remedy="Name another one, or add --overwrite.")


@dataclass(frozen=True)
class ReadingFlags:
    """What any command that reads a census can be told about it."""

    config: Path | None = typer.Option(None, "--config", help="Configuration file (YAML).")
    sheet: str | None = typer.Option(None, "--sheet", help="Sheet of an Excel census; by default the first.")
    mapping: Path | None = typer.Option(None, "--mapping", help="Mapping file, as written by census map.")
    on_bad_rows: str | None = typer.Option(None, "--on-bad-rows", help="refuse or drop census rows with faults.")
    drop_at_most: int | None = typer.Option(None, "--drop-at-most", help="Most rows drop may leave out; else 5%.")

    def settings(self) -> dict[str, object]:
        """The settings that were given, by dotted name; the years as they are typed."""
        given = {key: getattr(self, flag[2:].replace("-", "_"), None) for key, flag in FLAGS.items()}
        return {**{key: value for key, value in given.items() if value is not None}, **mapping_setting(self.mapping)}


@dataclass(frozen=True)
class RunFlags(ReadingFlags):
    """What ``run`` and ``batch`` can be told about a run."""

    years: list[str] | None = typer.Option(None, "--years", metavar="YEARS", help="As 2025 2026 2027 or 2025-2029.")
    census: str | None = typer.Option(None, "--census", help="CSV, Parquet or Excel file, or https address.")
    output: Path = typer.Option(Path("runs"), "--output", help="Folder for run folders.")
    seed: int | None = typer.Option(None, "--seed", help="Seed of the random draws.")
    optimization: str | None = typer.Option(None, "--optimization", help="low, medium, high or auto.")
    threads: int | None = typer.Option(None, "--threads", help="Threads; 1 is stable everywhere.")
    memory_limit_gb: float | None = typer.Option(None, "--memory-limit-gb", help="Memory budget in GiB.")
    batch_size: int | None = typer.Option(None, "--batch-size", help="Thousands of employees at a time.")

    def as_arguments(self) -> list[str]:
        """The command line that gives them again."""
        arguments: list[str] = []
        for field in fields(self):
            if (value := getattr(self, field.name)) not in (None, []):
                words = value if isinstance(value, list | tuple) else [value]
                arguments += [f"--{field.name.replace('_', '-')}", *map(str, words)]
        return arguments
