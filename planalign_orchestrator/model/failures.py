"""What an error of the database means: a file in use, memory or disk that ran out, Ctrl-C, or a model that failed."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from planalign_orchestrator.errors import ModelError, OutOfResourcesError, PlanAlignError, RunLockedError

_IN_USE = ("could not set lock", "being used by another process")
_DISK_IS_FULL = ("no space left", "max_temp_directory_size", "disk full", "disk quota exceeded", "not enough space")
_MEMORY_IS_OUT = ("out of memory", "failed to allocate")
_INTERRUPTED = "query interrupted"
_HOLDER = re.compile(r"PID (\d+)")
_VALUE = re.compile(r"""\b(value|string)s? (?:"[^"]*"|'[^']*'|[-+]?\d[\d.,]*)""", re.IGNORECASE)
"""How the database quotes a value that it could not convert: it may be somebody's pay."""


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
    if (locked := _locked(words, path)) is not None:
        return locked
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


def _locked(words: str, path: Path) -> RunLockedError | None:
    if not any(sign in words.lower() for sign in _IN_USE):
        return None
    holder = _HOLDER.search(words)
    who = f"process {holder[1]}" if holder else "another program"
    return RunLockedError(f"{path} is open in {who}", remedy="Close it there and repeat the command.")


def failure_of(where: str, error: Exception, database: Path) -> PlanAlignError:
    """The error that ends a stage, with the database's own words.

    Args:
        where: the stage, and the model if one was being built.
        error: what was raised.
        database: in which the stage was built.

    Raises:
        KeyboardInterrupt: it was Ctrl-C.
    """
    words = str(error).strip()
    if says_interrupted(words):
        raise KeyboardInterrupt from error
    if (locked := _locked(words, database)) is not None:
        return locked
    if says_memory_is_out(words) or isinstance(error, MemoryError):
        # What DuckDB advises here (less threads, no order) is for people who write SQL.
        return OutOfMemoryInStage(f"{where} ran out of memory: {words.partition('Possible solutions')[0].strip()}")
    if says_disk_is_full(words):
        return OutOfResourcesError.told("out of disk", where=where, words=words)
    shown = _VALUE.sub(r"\1 (not shown)", words)
    return ModelError.told("failed", where=where, shown=shown)


@contextmanager
def told_of(where: str, database: Path) -> Iterator[None]:
    """Raise the error that a failure means to a user, named with its stage and model.

    Raises:
        PlanAlignError: see ``failure_of``.
        KeyboardInterrupt: Ctrl-C stopped a statement.
    """
    try:
        yield
    except PlanAlignError:
        raise
    except Exception as error:
        raise failure_of(where, error, database) from error


class OutOfMemoryInStage(OutOfResourcesError):
    """DuckDB ran out of memory in a stage; the stage can be repeated with a smaller batch."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise a KeyboardInterrupt when Ctrl-C has become an error of a statement."""
    try:
        yield
    except (duckdb.InterruptException, RuntimeError) as error:
        if isinstance(error, duckdb.InterruptException) or says_interrupted(str(error)):
            raise KeyboardInterrupt from error
        raise


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
