"""The results of a run folder: a new one takes the place of the latest, which is kept among the earlier ones.

A result is several files. They are exchanged by renames which a small file announces: from the moment it is there, the
new result counts, and whoever opens the folder next (``settle``) does what a crash has left undone.
"""

from pathlib import Path

from planalign_orchestrator.errors import CheckpointError, instead_of
from planalign_orchestrator.json_text import parsed
from planalign_orchestrator.pipes import refuse_pipes
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.storage import durable
from planalign_orchestrator.storage.year_copy import refuse_unmerged_log, write_ahead_log

_PARTS = ("reports", "snapshots", "simulation.duckdb.wal", "simulation.duckdb", "census.parquet", "answers.json",
          "run.json")  # fmt: skip
"""What a result consists of, first what others are likely to have open: if the system then refuses, nothing moves."""

_REPORTED = "made_from.json"


def publish(folder: RunFolder, keep: int) -> None:
    """Make what lies in ``work`` the result, and keep the one before as the newest of the earlier ones.

    Args:
        folder: of a run that has succeeded; its databases are closed.
        keep: how many earlier results stay.

    Raises:
        CheckpointError: the write-ahead log of the new database is not merged.
        RunLockedError: somebody writes reports of the result for minutes.
    """
    refuse_unmerged_log(folder.partial_database)
    with folder.lock_result("publishing a result"):
        durable.unlink(*folder.reports.glob("*.tmp"))  # of reports in which a command was killed
        old = [name for name in _PARTS if (folder.root / name).exists()]
        durable.fault_point("finish.before_rename")
        durable.atomic_write_json(folder.announcement, {"old": old, "to": max(folder.numbers(), default=0) + 1})
        _exchange(folder)
        durable.fault_point("finish.after_rename")
        for result in folder.earlier_results()[keep:]:
            _remove(result)


def settle(folder: RunFolder) -> None:
    """Finish an exchange of results in which a command was killed; everybody who opens a result calls this first."""
    refuse_pipes(folder.root)
    if folder.announcement.exists():
        with folder.lock_result("publishing a result"):
            if folder.announcement.exists():
                _exchange(folder)


def mark_reported(folder: RunFolder, run_id: str, written: list[Path]) -> None:
    """Write down beside the reports of a result which run they show; without this they count as not written.

    Args:
        folder: the run folder; the caller has its result locked.
        run_id: of the run whose reports they are.
        written: the reports; those of the same run that were written before stay listed.
    """
    before, listed = _reported(folder)
    names = {path.relative_to(folder.reports).as_posix() for path in written}
    names |= set(listed) if before == run_id else set()
    durable.unlink(*folder.reports.glob("*.tmp"))
    durable.atomic_write_json(folder.reports / _REPORTED, {"run_id": run_id, "files": sorted(names)})


def reported_run(folder: RunFolder) -> str | None:
    """The id of the run that the reports in the folder show; None when they are not there or not complete."""
    return _reported(folder)[0]


def _reported(folder: RunFolder) -> tuple[str | None, list[str]]:
    try:
        data = parsed((folder.reports / _REPORTED).read_bytes())
        return str(data["run_id"]), [str(name) for name in data["files"]]
    except (OSError, ValueError, KeyError, TypeError):  # then they are to be written again
        return None, []


def _exchange(folder: RunFolder) -> None:
    """Rename what has not been renamed yet: first all that is old out of the way, then what is new into its place."""
    with instead_of((ValueError, KeyError, TypeError), CheckpointError.told, "damaged announcement", folder=folder):
        announced = parsed(folder.announcement.read_bytes())
        old = [name for name in _PARTS if name in announced["old"]]
        aside = folder.history / str(int(announced["to"]))
    if old:
        durable.make_private_folder(aside)
    for name in old:
        if not (aside / name).exists():
            durable.replace(folder.root / name, aside / name)
    for name in _PARTS:
        if (folder.work / name).exists():
            durable.replace(folder.work / name, folder.root / name)
    durable.make_private_folder(folder.reports)
    durable.unlink(folder.announcement)


def _remove(result: RunFolder) -> None:
    """Delete an earlier result, the database last: until then it counts, so a crash leaves nothing forgotten.

    What somebody else has put into its folders stays.
    """
    listed = [(result.reports / name).resolve() for name in _reported(result)[1]]
    ours = [path for path in listed if path.is_relative_to(result.reports.resolve())]  # the list may be a stranger's
    ours += [*result.reports.glob("*.tmp"), result.reports / _REPORTED, *result.snapshots.glob("workforce_*.parquet")]
    ours += [result.run_record, result.census, result.answers, result.lock_file, result.result_lock_file]
    durable.unlink(*ours, write_ahead_log(result.database), result.database)
    for folder in (result.reports / "tables", result.reports, result.snapshots, result.root):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
