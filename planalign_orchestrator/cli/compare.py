"""``planalign compare``: scenarios side by side."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from planalign_orchestrator.cli.streams import say, say_json
from planalign_orchestrator.storage.durable import make_private_folder

if TYPE_CHECKING:
    from planalign_orchestrator.reports.comparison import Comparison


def compare(
    runs: list[str] = typer.Argument(
        ..., metavar="RUN_A RUN_B …", help="Run folders, or names in runs/; the first is the base.", show_default=False
    ),
    output: Path | None = typer.Option(
        None, "--output", help="Folder for comparison.html and comparison.xlsx; without it, nothing is written."
    ),
    detail: bool = typer.Option(False, "--detail", help="Also years, groups of people and settings that differ."),
    as_json: bool = typer.Option(False, "--json", help="Print the comparison as JSON."),
) -> None:
    """Compare finished runs: cost, participation, who gains and who loses."""
    from planalign_orchestrator.reports.comparison import compare_runs

    comparison = compare_runs([run_folder_of(run) for run in runs], partial(say, err=True))
    print_comparison(comparison, as_json=as_json, detail=detail)
    if output is not None:
        write_files(comparison, output)


def print_comparison(comparison: Comparison, *, as_json: bool, detail: bool = False) -> None:
    """Print a comparison for people or for programs."""
    if as_json:
        say_json(comparison.to_json())
    else:
        from planalign_orchestrator.cli.compare_display import show_comparison

        show_comparison(comparison, detail=detail)


def write_files(comparison: Comparison, folder: Path) -> None:
    """Write the page and the workbook of a comparison, and say where they are."""
    from planalign_orchestrator.reports import comparison_page, comparison_workbook
    from planalign_orchestrator.reports.page import write_page

    make_private_folder(folder)
    for path in (
        write_page(comparison_page.comparison_page(comparison), folder / comparison_page.FILE_NAME),
        comparison_workbook.write_comparison_workbook(comparison, folder / comparison_workbook.FILE_NAME),
    ):
        say(f"wrote {path}", err=True)


def run_folder_of(run: str) -> Path:
    """The folder that is meant: a path, else the name of a run in ``runs``."""
    path = Path(run)
    among_runs = Path("runs") / run
    return among_runs if not path.exists() and among_runs.is_dir() else path
