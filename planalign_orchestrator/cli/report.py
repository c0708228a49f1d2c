"""`planalign report`: rebuilds the reports of a finished run from its folder."""

from contextlib import nullcontext
from enum import Enum
from pathlib import Path

import typer

from planalign_orchestrator.cli.streams import say, say_json
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.storage.durable import make_private_folder

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
    from planalign_orchestrator.reports.rebuilding import export_tables, write_reports, write_workbook_with_people
    from planalign_orchestrator.reports.results import open_results, sole_run_folder
    from planalign_orchestrator.run.history import mark_reported
    from planalign_orchestrator.scratch import remove_leftovers

    run = RunFolder(sole_run_folder(folder))
    target = run.reports if output is None else output.resolve()
    tables = target / "tables"
    inside = run.database.exists() and output is None
    lock = run.lock_result("planalign report") if inside else nullcontext()
    with lock, open_results(run.root, exports=tables) as results:
        make_private_folder(target)
        for place in (target, tables):
            remove_leftovers(place)
        written = write_reports(results, target, [form.value for form in formats])
        if people:
            written.append(write_workbook_with_people(results, target))
        for export in exports:
            written += export_tables(results, tables, export.value)
        if inside:
            mark_reported(run, results.record["run_id"], written)
        lines = [f"  {path}  {path.stat().st_size / 1000:,.0f} kB" for path in written]
        if as_json:
            say_json({"years": results.years, "files": [str(path) for path in written]})
        else:
            say("\n".join([f"{results.name}: {results.period}", *lines]))
