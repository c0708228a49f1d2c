"""What a run folder holds, for people: how far the run has come, which copies are sound, sizes and ages."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from planalign_orchestrator.config.description import describe_settings
from planalign_orchestrator.errors import CheckpointError
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.history import reported_run, settle
from planalign_orchestrator.run.record import last_progress, read_record
from planalign_orchestrator.storage.journal import Journal, changes_by_year
from planalign_orchestrator.storage.verify import database_faults
from planalign_orchestrator.storage.year_copy import YearCopy, list_copies

RunState = Literal["empty", "running", "interrupted", "reports pending", "finished"]
Reports = Literal["written", "pending", "of another run"]


class Overview:
    """How a run stands, seen without opening a database; the attributes are what ``planalign status --json`` prints.

    Args:
        folder: of the run.
        now: from which the age of copies counts.
    """

    def __init__(self, folder: RunFolder, now: dt.datetime) -> None:
        settle(folder)
        journal = Journal(folder.journal)
        completed, made_with, fingerprints = journal.completed(), journal.made_with(), journal.fingerprints()
        run_id, fault = _record(folder)
        self.folder = str(folder.root)
        self.holder = folder.holder()
        self.reports = _reports(folder, run_id)
        """Of the result: ``written``, ``pending`` (also when they are only there in part), or ``of another run``."""
        self.state = _state(folder, self.holder, self.reports)
        self.record_fault = fault
        """What is wrong with ``run.json``."""
        self.earlier_results = [result.root.name for result in folder.earlier_results()]
        """The numbers of the results before, newest first."""
        self.progress = last_progress(folder.progress) if self.state in ("running", "interrupted") else None
        self.completed_year = completed.year if completed else None
        self.completed_stage = completed.stage if completed else None
        self.years = sorted(year for year in made_with if completed and (year < completed.year or completed.ends_year))
        self.last_year_asked_for = fingerprints.settings.get("simulation.end_year") if fingerprints else None
        self.plan = describe_settings(fingerprints.settings) if fingerprints else {}
        """What the plan does, by subject."""
        self.changed_settings = changes_by_year(made_with)
        self.journal_damaged = journal.damaged
        self.last_stage_at = journal.last_written.isoformat() if journal.last_written else None
        self.result_bytes = _size(folder.database)
        self.partial_bytes = _size(folder.partial_database)
        self.copies = [_line(copy, journal, now) for copy in list_copies(folder)]
        """The year copies, newest first; ``age_seconds`` is negative when the clock has jumped back since."""

    def to_json(self) -> dict[str, Any]:
        """The overview as plain data."""
        return dict(vars(self))


def check_everything(folder: RunFolder) -> dict[str, list[str]]:
    """Read every file that a resume could use and compare it with what was recorded; nobody may have it open.

    Returns:
        What is wrong with each.
    """
    journal, found = Journal(folder.journal), {}
    if folder.journal.exists():
        damaged = [f"is damaged after {journal.completed() or 'its beginning'}"]
        found[str(folder.journal)] = damaged if journal.damaged else []
    for copy in list_copies(folder):
        found[str(copy.path)] = [fault] if (fault := copy.checked().fault) else []
    # While a run is under way, the journal is about the partial database; the finished one is an earlier result.
    under_way = folder.partial_database.exists() or not folder.database.exists()
    subject = folder.partial_database if under_way else folder.database
    if journal.completed() is not None:
        found[str(subject)] = database_faults(subject, journal.entries)
    return found


def _state(folder: RunFolder, holder: Mapping[str, Any] | None, reports: Reports | None) -> RunState:
    if holder is not None:
        return "running"
    if folder.partial_database.exists() or (folder.journal.exists() and not folder.database.exists()):
        return "interrupted"
    if not folder.database.exists():
        return "empty"
    return "finished" if reports == "written" else "reports pending"


def _record(folder: RunFolder) -> tuple[str | None, str | None]:
    """The id of the run that has made the result; or what is wrong with its record."""
    try:
        return (read_record(folder.run_record) or {}).get("run_id"), None
    except CheckpointError as error:
        return None, error.message


def _reports(folder: RunFolder, run_id: str | None) -> Reports | None:
    if not folder.database.exists():
        return None
    shown = reported_run(folder)
    if shown is None or run_id is None:
        return "pending"
    return "written" if shown == run_id else "of another run"


def _line(copy: YearCopy, journal: Journal, now: dt.datetime) -> dict[str, Any]:
    manifest = copy.manifest
    return {
        "year": copy.year,
        "state": copy.state(journal.entries),
        "file": copy.path.name,
        "bytes": copy.size,
        "compression_level": manifest.compression_level if manifest else None,
        "created": manifest.created.isoformat() if manifest else None,
        "age_seconds": (now - manifest.created).total_seconds() if manifest else None,
        "fault": copy.fault,
    }


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.exists() else None
