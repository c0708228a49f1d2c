"""`planalign status`: how far the runs have come."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from planalign_orchestrator.cli.streams import say, say_json
from planalign_orchestrator.cli.texts import text_of
from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.run.folder import RunFolder, find_run_folders

if TYPE_CHECKING:
    from planalign_orchestrator.storage.overview import Overview

FOLDER = typer.Argument(Path(), metavar="[RUN_FOLDER]", help="A run folder, or a folder of them.")
DIGESTS = typer.Option(False, "--digests", help="Content digests of each result, equal on every machine and version.")
AS_JSON = typer.Option(False, "--json", help="One JSON document instead of text.")


def status(folder: Path = FOLDER, digests: bool = DIGESTS, as_json: bool = AS_JSON) -> None:
    """Show how far runs have come and where they can resume."""
    import datetime as dt

    from planalign_orchestrator.run.history import settle
    from planalign_orchestrator.storage.overview import Overview

    if not folder.exists():
        raise ResultsError.told("no such folder", folder=folder)
    now = dt.datetime.now().astimezone()
    runs = find_run_folders(folder)
    for run in runs:
        settle(run)
    found = [Overview(run, now) for run in runs]
    if as_json:
        say_json([run.to_json() for run in found])
        return
    if not found:
        say(f"no run in {folder.resolve()}: start one with `planalign run`")
    for shown in found:
        say(text_of("status", run=shown, completed=_completed(shown)))
        if digests and shown.result_bytes is not None:
            say("\n".join(_digests(Path(shown.folder))))


def _digests(folder: Path) -> list[str]:
    from planalign_orchestrator.reports.results import readable
    from planalign_orchestrator.storage.digests import table_digests
    from planalign_orchestrator.warehouse import PUBLIC_TABLES, open_database

    database = RunFolder(folder).database
    with readable(database), open_database(database, read_only=True) as connection:
        found = table_digests(connection, PUBLIC_TABLES)
    return [f"  {name:<24} {digest.rows:>10,} rows  {digest.xor:032x}" for name, digest in found.items()]


def _completed(run: Overview) -> str:
    if run.completed_year is None:
        return "nothing yet"
    asked = f", of {run.last_year_asked_for} asked for" if run.last_year_asked_for else ""
    years = f"{run.years[0]} to {run.years[-1]}" if len(run.years) > 1 else "".join(map(str, run.years))
    if run.completed_year in run.years:
        return years + asked
    return f"{years + ', ' if years else ''}{run.completed_year} up to {run.completed_stage}{asked}"
