"""What an error of the database means: a file in use, memory or disk that ran out, Ctrl-C, or a model that failed."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from planalign_orchestrator.errors import ModelError, OutOfResourcesError, PlanAlignError, RunLockedError

_IN_USE = ("could not set lock", "being used by another process")
_DISK_IS_FULL = ("no space left", "max_temp_directory_size", "disk full", "disk quota exceeded", "not enough space")
_MEMORY_IS_OUT = ("out of memory", "failed to allocate")
_INTERRUPTED = "query interrupted"
_HOLDER = re.compile(r"PID (\d+)")
_VALUE = re.compile(r"""\b((?:value|string)s? )(?:"[^"]*"|'[^']*'|[-+]?\d[\d.,]*)|(?<!\w)\d[\d.]{2,}""", re.IGNORECASE)
"""How the database quotes a value that it could not convert or calculate with: it may be somebody's pay."""


class OutOfMemoryInStage(OutOfResourcesError):
    """DuckDB ran out of memory in a stage; the stage can be repeated with a smaller batch."""


def says_interrupted(words: str) -> bool:
    """Whether a message of the database means that Ctrl-C stopped a statement."""
    return _INTERRUPTED in words.lower()


def _known(error: Exception, where: str, database: Path) -> PlanAlignError | None:
    """What an error of the database means, whatever it was doing; None when it is about something else.

    Raises:
        KeyboardInterrupt: it was Ctrl-C.
    """
    words = str(error).strip()
    if isinstance(error, duckdb.InterruptException) or says_interrupted(words):
        raise KeyboardInterrupt from error
    if _says(words, _IN_USE):
        holder = _HOLDER.search(words)
        who = f"process {holder[1]}" if holder else "another program"
        return RunLockedError(f"{database} is open in {who}", remedy="Close it there and repeat the command.")
    if _says(words, _MEMORY_IS_OUT) or isinstance(error, MemoryError):
        # What DuckDB advises here (less threads, no order) is for people who write SQL.
        return OutOfMemoryInStage.told(
            "out of memory", where=where, words=words.partition("Possible solutions")[0].strip()
        )
    if _says(words, _DISK_IS_FULL):
        return OutOfResourcesError.told("out of disk", where=where, words=words)
    return None


def _says(words: str, signs: Iterable[str]) -> bool:
    return any(sign in words.lower() for sign in signs)


def failure_of(where: str, error: Exception, database: Path) -> PlanAlignError:
    """The error that ends a stage, with the database's own words.

    Args:
        where: the stage, and the model if one was being built.
        error: what was raised.
        database: in which the stage was built.

    Raises:
        KeyboardInterrupt: it was Ctrl-C.
    """
    shown = _VALUE.sub(r"\1(not shown)", str(error).strip())
    return _known(error, where, database) or ModelError.told("failed", where=where, shown=shown)


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


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise what an error of DuckDB means for a file instead of the error itself, where that is known.

    Raises:
        KeyboardInterrupt: Ctrl-C came while a statement ran.
    """
    try:
        yield
    except (duckdb.Error, RuntimeError) as error:  # a statement that Ctrl-C has stopped gives one of the second
        if (known := _known(error, f"the work on {path}", path)) is not None:
            raise known from error
        raise
