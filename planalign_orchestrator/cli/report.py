"""`planalign report`: rebuilds the reports of a finished run from its folder."""

from enum import Enum
from pathlib import Path

import typer

from planalign_orchestrator.cli.streams import say, say_json
from planalign_orchestrator.run.folder import RunFolder

Format = Enum("Format", {"csv": "csv", "html": "html", "xlsx": "xlsx", "pptx": "pptx", "pdf": "pdf"})
"""The reports that need no person-level data."""

Export = Enum("Export", {"csv": "csv", "parquet": "parquet"})
"""The forms in which tables are exported."""


def report(
    folder: Path = typer.Argument(Path(), metavar="[RUN_FOLDER]", help="A run folder, or a folder with one run in it."),
    formats: list[Format] = typer.Option(["csv", "html", "xlsx"], "--format", help="Repeat for several."),
    exports: list[Export] = typer.Option([], "--export", help="Also every public table; repeat for both."),
    people: bool = typer.Option(False, "--people", help="Also results_with_people.xlsx: people and events, with pay."),
    output: Path | None = typer.Option(None, "--output", help="Folder to write to; default: the run folder's reports."),
    as_json: bool = typer.Option(False, "--json", help="The files as one JSON document instead of text."),
) -> None:
    """Rebuild the reports of a finished run, from its folder alone."""
    from planalign_orchestrator.reports.rebuilding import report_run
    from planalign_orchestrator.reports.results import sole_run_folder
    from planalign_orchestrator.reports.wording import period_of

    run = RunFolder(sole_run_folder(folder))
    forms = [form.value for form in formats] + (["people"] if people else [])
    forms += [f"{form.value} tables" for form in exports]
    years, written = report_run(run, forms, "planalign report", output)
    if as_json:
        say_json({"years": years, "files": [str(path) for path in written]})
    else:
        lines = [f"  {path}  {path.stat().st_size / 1000:,.0f} kB" for path in written]
        say("\n".join([f"{run.root.resolve().name}: {period_of(years)}", *lines]))
