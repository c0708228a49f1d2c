"""What DuckDB says when a file is in use, or disk or memory has run out, as the error that it means to a user."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from planalign_orchestrator.errors import OutOfResourcesError, PlanAlignError, RunLockedError

_IN_USE = ("could not set lock", "being used by another process")
_DISK_IS_FULL = ("no space left", "max_temp_directory_size", "disk full", "disk quota exceeded", "not enough space")
_MEMORY_IS_OUT = ("out of memory", "failed to allocate")
_INTERRUPTED = "query interrupted"
_HOLDER = re.compile(r"PID (\d+)")


def says_disk_is_full(words: str) -> bool:
    """Whether a message of the database means that the disk, or what may be spilled to it, is full."""
    return any(sign in words.lower() for sign in _DISK_IS_FULL)


def says_memory_is_out(words: str) -> bool:
    """Whether a message of the database means that it needs more memory than it may use."""
    return any(sign in words.lower() for sign in _MEMORY_IS_OUT)


def says_interrupted(words: str) -> bool:
    """Whether a message of the database means that Ctrl-C stopped a statement."""
    return _INTERRUPTED in words.lower()


def meaning(error: duckdb.Error, path: Path) -> PlanAlignError | None:
    """The error to show to a user; None when it is about something else."""
    words = str(error)
    first_line = words.splitlines()[0] if words else type(error).__name__
    if any(sign in words.lower() for sign in _IN_USE):
        holder = _HOLDER.search(words)
        who = f"process {holder[1]}" if holder else "another program"
        return RunLockedError(f"{path} is open in {who}", remedy="Close it there and repeat the command.")
    if says_disk_is_full(words):
        return OutOfResourcesError(
            f"the disk is full: {path} could not be written ({first_line})",
            remedy=f"Free some space where {path.parent} is, then go on with --resume-from-checkpoint.",
        )
    if says_memory_is_out(words):
        return OutOfResourcesError(
            f"there is too little memory to work on {path} ({first_line})",
            remedy="Raise --memory-limit-gb or close other programs, then go on with --resume-from-checkpoint.",
        )
    return None


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise a KeyboardInterrupt when Ctrl-C has become an error.

    DuckDB reports a statement that it has stopped as one; the reading of dbt's parsed models takes it for a value that
    cannot be read.
    """
    try:
        yield
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except Exception as error:
        stopped = isinstance(error, RuntimeError) and says_interrupted(str(error))
        if stopped or _came_of_an_interruption(error):
            raise KeyboardInterrupt from error
        raise


def _came_of_an_interruption(error: BaseException | None) -> bool:
    """Whether an error was raised while a KeyboardInterrupt was being dealt with, said so or not."""
    seen = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, KeyboardInterrupt):
            return True
        seen.add(id(error))  # an error can be the cause of itself
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise what an error of DuckDB means for a file instead of the error itself, where that is known.

    Raises:
        KeyboardInterrupt: Ctrl-C came while a statement ran.
    """
    try:
        with interruptible():
            yield
    except duckdb.Error as error:
        if (known := meaning(error, path)) is not None:
            raise known from error
        raise
