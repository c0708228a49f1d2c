"""`planalign status`: how far the runs have come."""

from pathlib import Path

import typer

from planalign_orchestrator.cli.streams import say, say_json, text_of
from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.run.folder import RunFolder, find_run_folders

FOLDER = typer.Argument(Path(), metavar="[RUN_FOLDER]", help="A run folder, or a folder of them.")
DIGESTS = typer.Option(
    False, "--digests", help="Content digests of each result, equal wherever DuckDB is of one version."
)
AS_JSON = typer.Option(False, "--json", help="One JSON document instead of text.")


def status(folder: Path = FOLDER, digests: bool = DIGESTS, as_json: bool = AS_JSON) -> None:
    """Show how far runs have come and where they can resume."""
    import datetime as dt

    from planalign_orchestrator.storage.overview import Overview

    if not folder.exists():
        raise ResultsError.told("no such folder", folder=folder)
    now = dt.datetime.now().astimezone()
    found = [Overview(run, now) for run in find_run_folders(folder)]
    if as_json:
        say_json([run.to_json() for run in found])
        return
    if not found:
        say(f"no run in {folder.resolve()}: start one with `planalign run`")
    for shown in found:
        say(text_of("status", run=shown))
        if digests and shown.result_bytes is not None:
            say("\n".join(_digests(Path(shown.folder))))


def _digests(folder: Path) -> list[str]:
    from planalign_orchestrator.run.record import read_record

    found = (read_record(RunFolder(folder).run_record) or {}).get("digests", {})
    return [f"  {name:<24} {one['rows']:>10,} rows  {one['xor']:>16}" for name, one in found.items()]
