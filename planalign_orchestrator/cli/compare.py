"""``planalign compare``: scenarios side by side."""

from functools import partial
from pathlib import Path

import typer

from planalign_orchestrator.cli.streams import say, say_json


def compare(
    runs: list[str] = typer.Argument(..., metavar="RUN_A RUN_B …", help="Folders, or names in runs/; the base first."),
    output: Path | None = typer.Option(None, "--output", help="Folder for comparison.html and .xlsx; else none."),
    detail: bool = typer.Option(False, "--detail", help="Also years, groups of people and settings that differ."),
    as_json: bool = typer.Option(False, "--json", help="Print the comparison as JSON."),
) -> None:
    """Compare finished runs: cost, participation, who gains or loses."""
    from planalign_orchestrator.cli.compare_display import show_comparison, write_files
    from planalign_orchestrator.reports.comparison import compare_runs

    comparison = compare_runs([run_folder_of(run) for run in runs], partial(say, err=True))
    if as_json:
        say_json(comparison.to_json())
    else:
        show_comparison(comparison, detail=detail)
    if output is not None:
        write_files(comparison, output)


def run_folder_of(run: str) -> Path:
    """The folder that is meant: a path, else the name of a run in ``runs``."""
    path = Path(run)
    among_runs = Path("runs") / run
    return among_runs if not path.exists() and among_runs.is_dir() else path
