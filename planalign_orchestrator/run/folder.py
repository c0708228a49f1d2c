"""The folder of one run: what is where in it, and the lock that keeps a second run out."""

import datetime as dt
import json
import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from planalign_orchestrator.errors import RunLockedError
from planalign_orchestrator.json_text import parsed
from planalign_orchestrator.pipes import refuse_pipes
from planalign_orchestrator.storage.durable import DISK_FULL, PRIVATE_FILE, make_private_folder, named

_LOCKED_BYTE = 1 << 30
"""Windows keeps others from reading a locked range, so the lock sits far behind the text that says who holds it."""
_PATIENCE = 0.2
"""Seconds: `planalign status` takes the lock for a moment to see whether anybody holds it."""
_PATIENCE_FOR_REPORTS = 300.0
"""Seconds that a run waits with its result while somebody writes reports of the one before."""


class RunFolder:
    """The paths of a run folder; nothing is created until ``create`` or ``lock`` is called.

    The latest good result lies in the folder itself, earlier ones in ``history``. What a run in progress writes is in
    ``work``, under the names that it has as a result.

    Args:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.work = root / "work"
        """The folder of all that a run writes before it has succeeded."""
        self.database = root / "simulation.duckdb"
        """The result of the last run that succeeded."""
        self.partial_database = self.work / "simulation.duckdb"
        """The database a run works in until it has succeeded."""
        self.run_record = root / "run.json"
        """What was run, how, and what came of it."""
        self.partial_record = self.work / "run.json"
        """The same, of a run that has not succeeded (yet)."""
        self.partial_census = self.work / "census.parquet"
        """The checked census of a run that has not succeeded yet."""
        self.census = root / "census.parquet"
        """The checked census."""
        self.answers = root / "answers.json"
        """What the run costs without people's answers to its match, once a comparison has found that out."""
        self.checkpoints = root / "checkpoints"
        """The folder of the year copies."""
        self.journal = self.checkpoints / "journal.jsonl"
        """The completed stages, one a line."""
        self.logs = root / "logs"
        """The folder of the logs."""
        self.reports = root / "reports"
        """The folder of the reports."""
        self.snapshots = root / "snapshots"
        """The folder of the yearly workforce files."""
        self.partial_snapshots = self.work / "snapshots"
        """The same, of a run that is about to succeed."""
        self.announcement = self.work / "publish.json"
        """Says, while a new result takes the place of the latest one, what is to be renamed."""
        self.spill = self.work / "tmp"
        """Where the database of a run puts what does not fit into memory."""
        self.progress = self.work / "progress.jsonl"
        """The steps of the latest run, one a line."""
        self.history = root / "history"
        """The folder of the earlier results."""
        self.lock_file = root / "run.lock"
        """The file that the system locks while a command works on the folder."""
        self.result_lock_file = root / "result.lock"
        """The file that the system locks while the result is exchanged or reports of it are written."""

    def numbers(self) -> list[int]:
        """The numbers of the earlier results, those included of which a crash has left only a part."""
        return [int(path.name) for path in self.history.glob("*") if path.name.isdecimal()]

    def earlier_results(self) -> list["RunFolder"]:
        """The results before the latest one, newest first."""
        found = [RunFolder(self.history / str(number)) for number in sorted(self.numbers(), reverse=True)]
        # A link would have somebody else's result deleted when it is old.
        return [result for result in found if result.database.exists() and not result.root.is_symlink()]

    def create(self) -> None:
        """Create the folder and those in it, readable by their owner only."""
        for folder in (self.root, self.checkpoints, self.logs, self.work):
            make_private_folder(folder)
        refuse_pipes(self.root)

    def exists(self) -> bool:
        """Whether a run has left anything here."""
        return any(
            path.exists() for path in (self.checkpoints, self.database, self.partial_database, self.partial_record)
        )

    def lock(self, command: str) -> AbstractContextManager[None]:
        """Keep other commands out while the block runs.

        The system holds the lock and drops it when the process ends, however it ends; a file left behind means nothing.

        Raises:
            RunLockedError: another process has it.
        """
        return self._locked(self.lock_file, command, _PATIENCE)

    def lock_result(self, command: str) -> AbstractContextManager[None]:
        """Keep the result as it is while the block runs; a run may be under way, and waits when it has finished.

        Raises:
            RunLockedError: another process has had it for minutes.
        """
        return self._locked(self.result_lock_file, command, _PATIENCE_FOR_REPORTS)

    def holder(self) -> dict[str, Any] | None:
        """Who works on the folder now (pid, started, host, command), or None when nobody does."""
        if not self.lock_file.is_file():
            return None
        handle = os.open(self.lock_file, os.O_RDONLY if sys.platform != "win32" else os.O_RDWR)
        try:
            if _take(handle):
                _release(handle)
                return None
        finally:
            os.close(handle)
        return _read_holder(self.lock_file)

    @contextmanager
    def _locked(self, path: Path, command: str, patience: float) -> Iterator[None]:
        make_private_folder(self.root)
        refuse_pipes(self.root)
        with named(path):
            handle = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        try:
            deadline = time.monotonic() + patience
            while not _take(handle):
                if time.monotonic() > deadline:
                    holder = _read_holder(path)
                    does = holder.get("command", "planalign")
                    raise RunLockedError.told("in use", folder=self, who=who_is(holder), command=does)
                time.sleep(0.02)
            _write_holder(handle, command)
            try:
                yield
            finally:
                os.ftruncate(handle, 0)
                _release(handle)
        finally:
            os.close(handle)


def who_is(holder: Mapping[str, Any]) -> str:
    """Who works on a folder, in words."""
    where, since = holder.get("host", "this machine"), holder.get("started", "just now")
    return f"process {holder.get('pid', 'unknown')} on {where}, started {since}"


def find_run_folders(start: Path) -> list[RunFolder]:
    """The run folder that ``start`` is, else those in it or in its ``runs``, by name."""
    if RunFolder(start).exists():
        return [RunFolder(start)]
    for parent in (start, start / "runs"):
        children = sorted(parent.iterdir()) if parent.is_dir() else []
        if found := [RunFolder(child) for child in children if RunFolder(child).exists()]:
            return found
    return []


def _read_holder(path: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):  # the holder is just writing it, or had no room for it
        return holder if isinstance(holder := parsed(path.read_text(encoding="utf-8")), dict) else {}
    return {}


def _write_holder(handle: int, command: str) -> None:
    """Say who holds a lock. On a full disk nobody is told, but the lock holds: cleaning up must be possible there."""
    holder = {
        "pid": os.getpid(),
        "started": dt.datetime.now().astimezone().isoformat(timespec="seconds"),
        "host": socket.gethostname(),
        "command": command,
    }
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    try:
        os.write(handle, json.dumps(holder).encode("utf-8"))
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> bool:
        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        with suppress(OSError):
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            return True
        return False

    def _release(handle: int) -> None:
        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(handle: int) -> bool:
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    def _release(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)
