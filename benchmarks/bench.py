"""How long whole runs take, how that grows with size, and whether it has become worse.

python benchmarks/bench.py 1000x5 100000x5 book:100x5 --repeat 3
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import typer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # started as a script, it finds its neighbours

from benchmarks import benchmark, display
from benchmarks.benchmark import run_benchmark
from benchmarks.book import Book
from benchmarks.display import show_comparison, show_run
from benchmarks.regression import TOLERANCE, Comparison, compare
from benchmarks.scaling_picture import scaling_picture
from planalign_orchestrator.cli import show_error
from planalign_orchestrator.errors import ConfigurationError, PlanAlignError
from planalign_orchestrator.measurement.cases import PROGRAM, Case, workshop
from planalign_orchestrator.storage.durable import atomic_write_text, make_folder

_SIZE = re.compile(r"(book:)?([\d_]+)x(\d+)")
_DEFAULT_SIZES = ["1000x5", "10000x5"]


def bench(
    sizes: list[str] | None = typer.Argument(
        None, metavar="[SIZES]...", help="Employees x years, or book:plans x years; 1000x5 10000x5."
    ),
    repeat: int = typer.Option(3, "--repeat", min=1, help="Runs of each size."),
    level: str | None = typer.Option(None, "--optimization", help="low, medium, high or auto."),
    program: str | None = typer.Option(None, "--program", help="Measure this instead: another installation's command."),
    folder: Path | None = typer.Option(None, "--folder", help="Work below this folder; else the system's temporary."),
    output: Path | None = typer.Option(None, "--output", help="Also write the report to this JSON file."),
    picture: Path | None = typer.Option(None, "--picture", help="Also draw time and memory against size: an SVG file."),
    report_file: Path | None = typer.Option(None, "--from", help="Show an earlier report; measure nothing."),
    baseline: Path | None = typer.Option(None, "--compare", help="An earlier report: exit code 1 when now is slower."),
    tolerance: float | None = typer.Option(None, "--tolerance", min=0.0, help="How much slower is still the same."),
    as_json: bool = typer.Option(False, "--json", help="Print the report as JSON."),
) -> None:
    """Measure whole runs, each a process of its own beside a reference computation; compare ratios, not seconds."""

    for path in (output, picture):
        if path is not None:
            make_folder(path.parent)  # what cannot be written is told before the measuring, not after it
    earlier = benchmark.read_report(baseline) if baseline else None
    if report_file is not None:
        report = benchmark.read_report(report_file)
    else:
        wanted = [_case(size, level) for size in sizes or _DEFAULT_SIZES]
        report = _measured(wanted, repeat, program, folder, silent=as_json)
    _write(output, json.dumps(report, indent=1) + "\n")
    _write(picture, scaling_picture(report))
    if as_json:
        print(json.dumps(report, indent=1))
    else:
        display.show_benchmark(report)
    if earlier is not None:
        limit = TOLERANCE if tolerance is None else tolerance
        slower = _slower(compare(earlier, report, limit), silent=as_json)
        if slower and report_file is None:
            # Whatever else the machine does may have slowed the runs and not the reference: is it so again?
            names = {comparison.name for comparison in slower}
            again = [case for case in wanted if str(case) in names]
            report = _measured(again, repeat, program, folder, silent=as_json)
            slower = _slower(compare(earlier, report, limit), silent=as_json)
        if slower:
            raise PlanAlignError(
                "slower than the baseline: " + ", ".join(f"{c.name} by {c.change:.0%}" for c in slower),
                remedy="Measure again when the machine is quiet. If the time is wanted, write a new baseline with "
                "--output.",
            )


def _measured(
    wanted: list[Case], repeat: int, program: str | None, folder: Path | None, *, silent: bool
) -> dict[str, Any]:

    tell = (lambda run: None) if silent else show_run
    with workshop(folder, command_of(program) if program else PROGRAM) as place:
        return run_benchmark(place, wanted, repeat, tell)


def _slower(compared: list[Comparison], *, silent: bool) -> list[Comparison]:

    if not silent:
        show_comparison(compared)
    return [comparison for comparison in compared if comparison.is_slower]


def _case(size: str, level: str | None) -> Case:

    match = _SIZE.fullmatch(size)
    if match is None or int(match[2]) < 1 or int(match[3]) < 1:
        raise ConfigurationError(
            f"{size!r} is no size", remedy="Write employees x years, as 10000x5, or plans x years, as book:100x5."
        )
    number, years = int(match[2]), int(match[3])
    return Book.of(number, years) if match[1] else Case(number, years, level)


def _write(path: Path | None, text: str) -> None:
    if path is not None:
        atomic_write_text(path, text)


def command_of(program: str) -> list[str]:
    """The words of a command; files that it names are found from every folder, for each run has one of its own."""
    return [str(Path(word).absolute()) if Path(word).is_file() else word for word in shlex.split(program)]


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit; an expected error is one message, never a traceback."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command()(bench)
    try:
        app(args=arguments, prog_name="bench")
    except PlanAlignError as error:
        show_error(error)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
