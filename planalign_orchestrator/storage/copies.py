"""The year copies that a run makes: one when a year is complete, and on a resume the one that is missing."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from planalign_orchestrator.errors import CheckpointError
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.storage import durable
from planalign_orchestrator.storage.durable import fault_point
from planalign_orchestrator.storage.journal import Journal, completed, entries_through
from planalign_orchestrator.storage.manifest import Manifest, write_manifest
from planalign_orchestrator.storage.position import Position
from planalign_orchestrator.storage.verify import database_faults
from planalign_orchestrator.storage.year_copy import YearCopy, compressed, has_unmerged_log, read_copy, retain


@dataclass(frozen=True)
class YearCopies:
    """Makes the year copies of a run.

    Args:
        folder: of the run.
        journal: of the run; it has every stage of a year when the copy of that year is made.
        compression_level: 1 to 9 for Zstandard, None for plain copies.
        keep: how many of the newest copies stay.
    """

    folder: RunFolder
    journal: Journal
    compression_level: int | None
    keep: int

    def make(self, database: Path, year: int) -> None:
        """Copy a database after the last stage of a year, and delete older copies that are no longer kept.

        Args:
            database: the file, with no connection open and its write-ahead log merged.
            year: the year just completed.

        Raises:
            CheckpointError: the write-ahead log is not merged.
        """
        if has_unmerged_log(database):
            raise CheckpointError(f"{database} has a write-ahead log that is not merged; it cannot be copied as it is")
        durable.make_private_folder(self.folder.checkpoints)
        copy, level = YearCopy(self.folder.checkpoints, year, None, None), self.compression_level
        path, other = copy.plain_path, copy.compressed_path
        if level is not None:
            path, other = other, path
        fault_point("checkpoint.before_copy")
        durable.unlink(copy.manifest_path)  # until the new one is there, the older copies and the database count
        chunks = durable.read_chunks(database)
        stored = durable.atomic_write_stream(path, chunks if level is None else compressed(chunks, level))
        fault_point("checkpoint.after_copy")
        entries = tuple(entries_through(self.journal.entries, Position.end_of(year)))
        created = dt.datetime.now().astimezone()
        fault_point("checkpoint.before_manifest")
        write_manifest(copy.manifest_path, Manifest(year, created, level, stored, entries))
        fault_point("checkpoint.after_manifest")
        durable.unlink(other)
        fault_point("checkpoint.before_retention")
        retain(self.folder, self.journal.entries, self.keep)
        fault_point("checkpoint.after_retention")

    def make_up(self, database: Path, after: Position) -> list[str]:
        """Do what is missing of the copy of the last complete year: the run was stopped meanwhile, or it was damaged.

        Args:
            database: closed, sound, and as it is after ``after``: the next year may have begun in it.
            after: the last completed stage.

        Returns:
            Sentences for the user: what was found damaged and is made again.
        """
        end = Position.end_of(after.year if after.ends_year else after.year - 1)
        history = entries_through(self.journal.entries, end)
        if completed(history) != end:  # the first year is not complete
            return []
        copy = read_copy(self.folder.checkpoints, end.year)
        state = copy.state(history)
        fault = copy.checked().fault if state in ("usable", "damaged") else None
        if state == "usable" and fault is None:
            retain(self.folder, self.journal.entries, self.keep)
            return []
        if after != end and database_faults(database, history):
            return []
        self.make(database, end.year)
        return [f"{fault}; it is made again"] if fault else []
