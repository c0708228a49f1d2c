"""``planalign sweep``: many futures, of one plan or of a book of plans."""

import re
from pathlib import Path

import typer

from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.sweep.file import read_sweep_file

_UNTIL = re.compile(r"\s*(?:±|\+/?-)?\s*(\d+(?:\.\d+)?)\s*%\s*")


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
    request = SweepRequest(
        read_sweep_file(file), file.parent, (output / file.stem).resolve(), extra, workers, scheduler,
        dry_run=dry_run, quiet=quiet, as_json=as_json,
    )  # fmt: skip
    perform(request)


def precision_of(text: str) -> float:
    """The share that ``±0.5%`` means.

    Raises:
        ConfigurationError: it is no such thing.
    """
    match = _UNTIL.fullmatch(text)
    if match is None or not 0 < float(match[1]) < 100:
        raise ConfigurationError.told("no precision", text=text)
    return float(match[1]) / 100
