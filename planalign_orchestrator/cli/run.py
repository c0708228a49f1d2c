"""``planalign run`` simulates years of a workforce and its plan, ``sweep`` many futures of one plan or of a book."""

import json
import re
from pathlib import Path
from typing import Literal

import typer

from planalign_orchestrator.cli.interruption import RESUME
from planalign_orchestrator.cli.options import RunFlags, with_flags
from planalign_orchestrator.cli.streams import say
from planalign_orchestrator.config.hardware import inspect_machine, resolve_limits
from planalign_orchestrator.config.layers import nested
from planalign_orchestrator.config.loading import find_settings
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.sweep.file import MOST_FUTURES, SweepFile, read_sweep_file

_UNTIL = re.compile(r"\s*(?:±|\+/?-)?\s*(\d+(?:\.\d+)?)\s*%\s*")
_YEARS = re.compile(r"(\d{4})(?:-(\d{4}))?")


@with_flags
def run(
    context: typer.Context,
    flags: RunFlags,
    scenario: str | None = typer.Option(None, "--scenario", help="Scenario: name of a bundled one, or a file."),
    enable_compression: bool = typer.Option(False, "--enable-compression", help="Compress year checkpoints."),
    resume_from_checkpoint: bool = typer.Option(False, RESUME, help="Resume after an interruption."),
    from_year: int | None = typer.Option(None, "--from-year", help="Rewind to the state before this year."),
    seeds: int | None = typer.Option(None, "--seeds", min=2, max=MOST_FUTURES, help="Simulate this many futures."),
    until: str | None = typer.Option(None, "--until", metavar="±P%", help="With --seeds: stop at this precision."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show what would be done."),
    quiet: bool = typer.Option(False, "--quiet", help="Print only errors."),
    verbose: bool = typer.Option(False, "--verbose", help="Print each model, all settings that differ, and memory."),
    progress: Literal["text", "jsonl"] = typer.Option("text", "--progress", help="text, or jsonl: one line per step."),
    as_json: bool = typer.Option(False, "--json", help="Print the run record as JSON."),
) -> None:
    """Simulate; without flags, five years of the bundled census."""
    from planalign_orchestrator.cli.simulation import RunRequest, plan_text, simulate

    if resume_from_checkpoint and from_year is not None:
        raise ConfigurationError.told("resume and rewind")
    settings = {**flags.settings(), **_year_range(flags.years)}
    if enable_compression:
        settings["multi_year.performance.enable_state_compression"] = True
    if seeds is not None or until is not None:
        _refuse_flags_of_one_run(context, seeds)
        from planalign_orchestrator.cli.futures import SweepRequest, perform

        file = SweepFile(config=flags.config, seeds=seeds or 0, scenarios=[scenario] if scenario else [])
        precision = None if until is None else precision_of(until)
        place = (flags.output / f"{Path(scenario).stem if scenario else 'baseline'}_seeds").resolve()
        perform(
            SweepRequest(
                file, Path(), place, nested(settings), until=precision, dry_run=dry_run, quiet=quiet, as_json=as_json
            )
        )
        return
    effective = find_settings(flags.config, scenario, settings)
    folder = RunFolder((flags.output / effective.settings.simulation.scenario_id).resolve())
    limits = resolve_limits(effective.settings.multi_year.optimization, inspect_machine(folder.root))
    request = RunRequest(effective, folder, limits, resume_from_checkpoint, from_year)
    if dry_run:
        say(plan_text(request))
        return
    lines, arguments = progress == "jsonl", context.obj or []
    result = simulate(request, arguments, lines=lines, silent=quiet or as_json, verbose=verbose)
    if as_json:
        say(json.dumps(result.record.to_json(), default=str))
    elif not quiet and not lines:
        from planalign_orchestrator.cli.run_summary import show_summary

        show_summary(result, effective.settings.reporting.formats, verbose=verbose)


_OF_ONE_RUN = ("resume_from_checkpoint", "from_year", "enable_compression", "verbose", "progress")
"""Flags that mean nothing to many futures in memory."""


def _refuse_flags_of_one_run(context: typer.Context, seeds: int | None) -> None:
    typed = context.get_parameter_source
    useless = [name for name in _OF_ONE_RUN if getattr(typed(name), "name", None) == "COMMANDLINE"]
    if seeds is None or useless:
        flag = useless[0].replace("_", "-") if useless else ""
        wrong = "--until needs --seeds" if seeds is None else f"--seeds and --{flag} exclude each other"
        raise ConfigurationError(wrong, remedy="As in: planalign run --seeds 1000 --until ±0.5%")


def _year_range(years: list[str] | None) -> dict[str, int]:
    """The first and last year of ``2025 2026 2027`` or ``2025-2029``."""
    if not years:
        return {}
    found: set[int] = set()
    for word in years:
        match = _YEARS.fullmatch(word.strip())
        if match is None:
            raise ConfigurationError.told("no year", word=word)
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise ConfigurationError(f"--years: {word} ends before it starts", remedy=f"Did you mean {last}-{first}?")
        found.update(range(first, last + 1))
    missing = sorted(set(range(min(found), max(found) + 1)) - found)
    if missing:
        raise ConfigurationError.told("years left out", years=", ".join(map(str, missing)))
    return {"simulation.start_year": min(found), "simulation.end_year": max(found)}


def sweep(
    file: Path = typer.Argument(..., metavar="FILE.yaml", help="The sweep file; docs/sweeps.md describes it."),
    output: Path = typer.Option(Path("runs"), "--output", help="Folder in which the sweep's own folder is made."),
    workers: int = typer.Option(1, "--workers", min=1, help="Processes on this machine."),
    scheduler: str | None = typer.Option(None, "--scheduler", metavar="ADDRESS", help="A running Dask cluster to use."),
    memory_limit_gb: float | None = typer.Option(None, "--memory-limit-gb", help="Budget of all workers, in GiB."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Cells, packs, people, expected time and memory."),
    quiet: bool = typer.Option(False, "--quiet", help="Print only errors."),
    as_json: bool = typer.Option(False, "--json", help="Print what was found as JSON."),
) -> None:
    """Simulate many futures: seeds, scenarios, grids, books of plans."""
    # A repeated command goes on where it was stopped.
    from planalign_orchestrator.cli.futures import SweepRequest, perform

    extra = {} if memory_limit_gb is None else {"multi_year": {"optimization": {"memory_limit_gb": memory_limit_gb}}}
    perform(SweepRequest(
        read_sweep_file(file), file.parent, (output / file.stem).resolve(), extra, workers, scheduler,
        dry_run=dry_run, quiet=quiet, as_json=as_json,
    ))  # fmt: skip


def precision_of(text: str) -> float:
    """The share that ``±0.5%`` means.

    Raises:
        ConfigurationError: it is no such thing.
    """
    match = _UNTIL.fullmatch(text)
    if match is None or not 0 < float(match[1]) < 100:
        raise ConfigurationError.told("no precision", text=text)
    return float(match[1]) / 100
