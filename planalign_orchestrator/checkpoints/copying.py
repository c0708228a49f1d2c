"""The year copies that a run makes: begun when a year is complete, finished while the next one is being computed.

A disk takes several times as long to write a copy as the system to read the database for it. Until it is finished a
copy counts for nothing: what is complete is in the database and, from the second year on, in an older copy.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from planalign_orchestrator import durable
from planalign_orchestrator.checkpoints.compression import compressed
from planalign_orchestrator.checkpoints.journal import Entry, Journal, completed, entries_through
from planalign_orchestrator.checkpoints.manifest import Manifest, write_manifest
from planalign_orchestrator.checkpoints.position import STAGES, Position
from planalign_orchestrator.checkpoints.verification import database_faults
from planalign_orchestrator.checkpoints.year_copy import (
    YearCopy,
    has_unmerged_log,
    list_copies,
    read_copy,
    retain,
)
from planalign_orchestrator.durable import Content, Tally, fault_point
from planalign_orchestrator.errors import CheckpointError
from planalign_orchestrator.run_folder import RunFolder

log = logging.getLogger(__name__)

_TIME_ENOUGH = STAGES.index("FOUNDATION")
"""After this stage of the next year a disk has had the time to write a copy."""

_AHEAD = 64
_FULL_BUDGET = 4.0
"""Mebibytes that are read before the disk has written them, with a budget of so many GiB; with a smaller one fewer."""


class YearCopies:
    """Makes the year copies of a run; leaving its block finishes the last one.

    Args:
        folder: of the run.
        journal: of the run; it has every stage of a year when the copy of that year is begun.
        compression_level: 1 to 9 for Zstandard, None for plain copies.
        keep: how many of the newest copies stay.
        memory_gib: the budget of the run, of which a sixty-fourth at most holds what the disk has yet to write.
    """

    def __init__(
        self,
        folder: RunFolder,
        journal: Journal,
        *,
        compression_level: int | None,
        keep: int,
        memory_gib: float = _FULL_BUDGET,
    ) -> None:
        self._folder, self._journal = folder, journal
        self._compression_level, self._keep = compression_level, keep
        self._pieces_ahead = max(2, int(_AHEAD * min(1, memory_gib / _FULL_BUDGET)))
        self._ahead: list[memoryview] = []
        self._finish: Callable[[], None] | None = None

    def __enter__(self) -> YearCopies:
        return self

    def __exit__(self, kind: object, raised: BaseException | None, traceback: object) -> None:
        try:
            self.finish()
        except Exception as error:
            if raised is None:
                raise
            log.warning("a year copy could not be finished either: %s", error)

    def begin(self, database: Path, year: int) -> None:
        """Copy a database after the last stage of a year; afterwards it may be opened again.

        A plain copy is written over the oldest one that is no longer kept: most of the database is what it was then.

        Args:
            database: the file, with no connection open and its write-ahead log merged.
            year: the year just completed.

        Raises:
            CheckpointError: the write-ahead log is not merged.
        """
        self.finish()
        if has_unmerged_log(database):
            raise CheckpointError(f"{database} has a write-ahead log that is not merged; it cannot be copied as it is")
        durable.make_private_folder(self._folder.checkpoints)
        copy = YearCopy(self._folder.checkpoints, year, None, None)
        fault_point("checkpoint.before_copy")
        durable.unlink(copy.manifest_path)  # until the new one is there, the older copies and the database count
        if self._compression_level is None:
            self._begin_plain(database, copy)
        else:
            self._write_compressed(database, copy, self._compression_level)

    def completed(self, position: Position) -> None:
        """Take note of a completed stage: by the second one of a year the copy of the year before is finished."""
        if STAGES.index(position.stage) >= _TIME_ENOUGH:
            self.finish()

    def finish(self) -> None:
        """Finish the copy that was begun, if one was, and delete older ones that are no longer kept."""
        if self._finish is None:
            return
        try:
            self._finish()
        except Exception:
            self._finish = None
            raise  # after Ctrl-C there is still something to finish
        self._finish = None

    def make_up(self, database: Path, after: Position) -> list[str]:
        """Do what is missing of the copy of the last complete year: the run was stopped before it was finished.

        Args:
            database: closed, sound, and as it is after ``after``: the next year may have begun in it.
            after: the last completed stage.

        Returns:
            Sentences for the user: what was found damaged and is made again.
        """
        end = Position.end_of(after.year if after.ends_year else after.year - 1)
        history = entries_through(self._journal.entries, end)
        if completed(history) != end:  # the first year is not complete
            return []
        copy = read_copy(self._folder.checkpoints, end.year)
        state = copy.state(history)
        fault = copy.content_fault() if state in ("usable", "damaged") else None
        if state == "usable" and fault is None:
            retain(self._folder, self._journal.entries, self._keep)
            return []
        if after != end and database_faults(database, history):
            return []
        self.begin(database, end.year)
        return [f"{fault}; it is made again"] if fault else []

    def _begin_plain(self, database: Path, copy: YearCopy) -> None:
        over = _given_up(self._folder, self._journal.entries, copy.year, self._keep)
        self._ahead = self._ahead or durable.pieces_in_memory(self._pieces_ahead)
        under_way = durable.begin_copy(database, copy.plain_path, over=over, memory=self._ahead)

        def finish() -> None:
            copied = under_way.finish()
            fault_point("checkpoint.after_copy")
            self._complete(copy, None, copied.content, copied.content, copied.pieces)

        self._finish = finish

    def _write_compressed(self, database: Path, copy: YearCopy, level: int) -> None:
        """Compressing takes longer than the disk: there is nothing to wait for."""
        taken = Tally()
        stored = durable.atomic_write_stream(copy.compressed_path, compressed(database, level, taken))
        fault_point("checkpoint.after_copy")
        self._complete(copy, level, stored, taken.content(), ())

    def _complete(
        self, copy: YearCopy, level: int | None, stored: Content, database: Content, pieces: tuple[int, ...]
    ) -> None:
        entries = tuple(entries_through(self._journal.entries, Position.end_of(copy.year)))
        created = dt.datetime.now().astimezone()
        fault_point("checkpoint.before_manifest")
        write_manifest(copy.manifest_path, Manifest(copy.year, created, level, stored, database, entries, pieces))
        fault_point("checkpoint.after_manifest")
        durable.unlink(copy.compressed_path if level is None else copy.plain_path)
        fault_point("checkpoint.before_retention")
        retain(self._folder, self._journal.entries, self._keep)
        fault_point("checkpoint.after_retention")


def _given_up(folder: RunFolder, history: Sequence[Entry], year: int, keep: int) -> durable.Copy | None:
    """The oldest plain copy beyond ``keep``, no copy any more from now on; a newer one stays meanwhile."""
    others = [copy for copy in list_copies(folder) if copy.year != year and copy.state(history) == "usable"]
    for copy in reversed(others[max(keep - 1, 1) :]):
        manifest = copy.manifest
        if manifest is not None and manifest.pieces:
            durable.unlink(copy.manifest_path)
            return durable.Copy(copy.path, manifest.stored, manifest.pieces)
    return None
