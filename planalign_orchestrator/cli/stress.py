"""``planalign stress``: many sizes, levels and years in one table, judged from outside."""

import json
from itertools import product
from pathlib import Path

import typer

from planalign_orchestrator.census.options import ShapeName
from planalign_orchestrator.cli.streams import say, say_json
from planalign_orchestrator.errors import ConfigurationError, instead_of
from planalign_orchestrator.storage.durable import atomic_write_text, make_folder

_LEVELS = ("low", "medium", "high", "auto")


def stress(
    sizes: str | None = typer.Option(None, "--sizes", metavar="N,N", help="Employees; default 1000,10000."),
    levels: str | None = typer.Option(None, "--levels", metavar="LEVEL,LEVEL", help="low, medium, high, auto."),
    years: str | None = typer.Option(None, "--years", metavar="N,N", help="Number of years; default 1."),
    batch_sizes: str | None = typer.Option(None, "--batch-sizes", metavar="N,N", help="Thousands at a time."),
    shape: ShapeName = typer.Option("balanced", "--shape", help="Kind of company."),
    limit_gib: float | None = typer.Option(None, "--limit-gib", min=0.3, help="Most memory; the kernel ends the rest."),
    proof: bool = typer.Option(False, "--proof", help="The sizes that must fit, each within its memory."),
    folder: Path | None = typer.Option(None, "--folder", help="Folder to work in; else a temporary one."),
    output: Path | None = typer.Option(None, "--output", help="Also write the measurements to this JSON file."),
    as_json: bool = typer.Option(False, "--json", help="Print the measurements as JSON."),
) -> None:
    """Run made-up censuses of many sizes; show time and memory."""
    # Ends with exit code 5 when one did not fit, with 1 when one failed or results differ.
    from planalign_orchestrator.cli.stress_display import heading, judge, lines_of
    from planalign_orchestrator.measurement.cases import PROOFS, Case, Measurement, run_all, workshop
    from planalign_orchestrator.measurement.outside import GroupUnavailableError

    if proof:
        given = {"--levels": levels, "--years": years, "--batch-sizes": batch_sizes, "--limit-gib": limit_gib}
        for flag in (flag for flag, value in given.items() if value is not None):
            raise ConfigurationError(f"--proof has its own {flag}", remedy=f"Leave {flag} out; --sizes chooses.")
        chosen = _numbers("--sizes", sizes)
        wanted = [case for case in PROOFS if not chosen or case.employees in chosen]
    else:
        batches: list[int | None] = [*_numbers("--batch-sizes", batch_sizes)]
        combined = product(
            _numbers("--sizes", sizes) or [1_000, 10_000],
            _numbers("--years", years) or [1],
            _levels(levels),
            batches or [None],
        )
        wanted = [Case(*parts, shape, limit_gib) for parts in combined]
    if not wanted:
        raise ConfigurationError("there is nothing to run", remedy="`--proof` has 100000, 250000 and 1000000.")
    if output is not None:
        make_folder(output.parent)  # what cannot be written is told before the measuring, not after it
    results: list[Measurement] = []
    show = (lambda text: None) if as_json else say
    show(heading())
    with instead_of(GroupUnavailableError, ConfigurationError.told, "no limit here"), workshop(folder) as place:
        for result in run_all(place, wanted):
            results.append(result)
            show(lines_of(result))
            if output is not None:  # after every run, so that an interruption loses none of them
                atomic_write_text(output, json.dumps([one.to_json() for one in results], indent=2) + "\n")
    if as_json:
        say_json([one.to_json() for one in results])
    judge(results)


def _numbers(flag: str, text: str | None) -> list[int]:
    """The numbers that were given; none when nothing was."""
    if text is None:
        return []
    words = [word.replace("_", "") for word in text.split(",")]
    if not all(word.isdecimal() and int(word) for word in words):
        raise ConfigurationError(f"{flag}: {text!r} is no list of numbers", remedy="Write them as 1000,10000.")
    return [int(word) for word in words]


def _levels(text: str | None) -> list[str]:
    names = (text or "low").split(",")
    for unknown in (name for name in names if name not in _LEVELS):
        raise ConfigurationError(f"--levels: there is no level {unknown!r}", remedy=f"Choose {', '.join(_LEVELS)}.")
    return names
