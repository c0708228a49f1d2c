"""`planalign status`: how far the runs have come; `planalign checkpoints`: the year copies that a run goes on from."""

import datetime as dt
from pathlib import Path

import typer

from planalign_orchestrator.cli.streams import answer, say, say_json, text_of
from planalign_orchestrator.config.settings import State
from planalign_orchestrator.errors import CheckpointError, ResultsError
from planalign_orchestrator.run.folder import RunFolder, find_run_folders

AS_JSON = typer.Option(False, "--json", help="One JSON document instead of text.")


def status(
    folder: Path = typer.Argument(Path(), metavar="[RUN_FOLDER]", help="A run folder, or a folder of them."),
    digests: bool = typer.Option(
        False, "--digests", help="Content digests of each result, equal wherever DuckDB is of one version."
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Show how far runs have come and where they can resume."""
    from planalign_orchestrator.run.record import read_record
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
        record = read_record(RunFolder(Path(shown.folder)).run_record) if digests and shown.result_bytes else None
        say(text_of("status", run=shown, digests=(record or {}).get("digests", {})))


FOLDER = typer.Argument(Path(), metavar="[RUN_FOLDER]", help="The run folder; default: the only one here.")
YEAR = typer.Option(None, "--year", help="Go back to the end of this year; default: the newest sound.")
FORCE = typer.Option(False, "--force", help="Discard completed stages after the checkpoint.")
KEEP = typer.Option(None, "--keep", min=0, help="Newest checkpoints to keep; default: the run's own number.")
DRY_RUN = typer.Option(False, "--dry-run", help="Only show what would be deleted.")

checkpoints = typer.Typer(help="List, verify, restore and clean the checkpoints of a run.", no_args_is_help=True)


@checkpoints.command("list")
def list_checkpoints(folder: Path = FOLDER, as_json: bool = AS_JSON) -> None:
    """Show the checkpoints of a run with their state, size and age."""
    from planalign_orchestrator.storage.overview import Overview

    found = Overview(_one(folder), dt.datetime.now().astimezone())
    answer(as_json, found.copies, text_of("checkpoints", found=found))


@checkpoints.command("verify")
def verify_checkpoints(folder: Path = FOLDER, as_json: bool = AS_JSON) -> None:
    """Check every file that a resume could use. Exit code 6 if one is not what was recorded."""
    from planalign_orchestrator.storage.overview import check_everything

    run = _one(folder)
    with run.lock("planalign checkpoints verify"):
        found = check_everything(run)
    document = [{"file": file, "faults": faults} for file, faults in found.items()]
    answer(as_json, document, text_of("checked_copies", found=found))
    if damaged := [file for file, faults in found.items() if faults]:
        raise CheckpointError.told("damaged copies", number=len(damaged), of=len(found), files=", ".join(damaged))


@checkpoints.command("restore")
def restore_checkpoint(
    folder: Path = FOLDER, year: int | None = YEAR, force: bool = FORCE, as_json: bool = AS_JSON
) -> None:
    """Go back to the end of a year. The next run with --resume-from-checkpoint goes on from there."""
    from planalign_orchestrator.storage.journal import Journal, fingerprints
    from planalign_orchestrator.storage.recovery import carry_out, plan_restore
    from planalign_orchestrator.storage.year_copy import list_copies

    run = _one(folder)
    with run.lock("planalign checkpoints restore"):
        copies = list_copies(run)
        wanted = [copy for copy in copies if (copy.year == year if year else copy.fault is None)]
        if not wanted:
            there = ", ".join(str(copy.year) for copy in copies) or "none"
            kind = "no sound copy" if year is None else "no such copy"
            raise CheckpointError.told(kind, run=run, year=year, there=there)
        copy = wanted[0]
        plan = plan_restore(copy)
        made_with = fingerprints(plan.history)
        if plan.after is None or made_with is None:
            raise CheckpointError(f"{copy.manifest_path} does not say what the checkpoint was made with")
        position = Journal(run.journal).completed()
        if position is not None and position.order > plan.after.order and not force:
            raise CheckpointError.told("further than the copy", position=position, copy=copy)
        carry_out(run, plan, made_with)
    answer(
        as_json, {"restored": copy.year, "file": str(copy.path)}, f"restored the end of {copy.year} from {copy.path}"
    )


@checkpoints.command("clean")
def clean_checkpoints(
    folder: Path = FOLDER, keep: int | None = KEEP, dry_run: bool = DRY_RUN, as_json: bool = AS_JSON
) -> None:
    """Delete checkpoints that are not needed. Those are damaged, superseded, beyond the number kept or half written."""
    from planalign_orchestrator.storage import durable
    from planalign_orchestrator.storage.journal import Journal
    from planalign_orchestrator.storage.year_copy import unneeded

    run = _one(folder)
    with run.lock("planalign checkpoints clean"):
        journal = Journal(run.journal)
        made_with = journal.fingerprints()
        own = made_with.settings.get("multi_year.state.checkpoints_kept") if made_with else None
        kept = own if isinstance(own, int) else State().checkpoints_kept  # a journal may not tell
        paths = unneeded(run, journal.entries, kept if keep is None else keep, damaged=True)
        size = sum(path.stat().st_size for path in paths)
        if not dry_run:
            durable.unlink(*paths)
    lines = [f"{'would delete' if dry_run else 'deleted'} {path}" for path in paths]
    lines.append(f"{len(paths)} files, {size / 1_000_000:.1f} MB")
    answer(as_json, {"files": [str(path) for path in paths], "bytes": size, "deleted": not dry_run}, "\n".join(lines))


def _one(folder: Path) -> RunFolder:
    """The one run folder that is meant."""
    from planalign_orchestrator.run.history import settle

    found = find_run_folders(folder)
    if len(found) == 1:
        settle(found[0])
        return found[0]
    if not found:
        raise CheckpointError(f"{folder.resolve()} is not a run folder", remedy="Start a run with `planalign run`.")
    names = ", ".join(str(run.root) for run in found)
    raise CheckpointError(f"there are several runs: {names}", remedy="Name one of them.")
