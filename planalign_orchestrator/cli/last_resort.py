"""Errors that nobody has foreseen, in a sentence; what happened in detail goes into a log for its owner only."""

import errno
import os
import platform
import re
import tempfile
import traceback
from contextlib import suppress
from pathlib import Path

from planalign_orchestrator import __version__, errors
from planalign_orchestrator.config.secrecy import secrets_hidden
from planalign_orchestrator.errors import ConfigurationError, PlanAlignError

_FULL = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
_TOO_MANY = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN})
"""Files open or processes at a time, and memory for them."""
_MEMORY_IS_OUT = re.compile(r"cannot allocate memory|can't start new thread|bad_alloc|out of memory", re.IGNORECASE)
_NO_PATH = re.compile(r"symlink loop|embedded null", re.IGNORECASE)
_CLOSE_OTHERS = "Close other programs, or raise the limit that is set for this one (`ulimit -a` shows it)."


def foreseen(error: Exception) -> PlanAlignError:
    """What an error means to a user: a limit of the system, a path that is none, or a fault of the program."""
    return next(filter(None, map(_meaning, errors.causes_of(error))), None) or _own_fault(error)


def output_lost(error: OSError) -> PlanAlignError | None:
    """The error that lost output means; None when nobody wanted to read more of it."""
    return errors.OutOfResourcesError.told("output lost") if error.errno in _FULL else None


def _meaning(error: BaseException) -> PlanAlignError | None:
    if isinstance(error, PlanAlignError):
        return error
    words = str(error)
    if isinstance(error, MemoryError) or _MEMORY_IS_OUT.search(words):
        return errors.OutOfResourcesError("memory ran out", remedy=_CLOSE_OTHERS)
    if isinstance(error, OSError) and not isinstance(error, ConnectionError):
        return _of_the_system(error)
    if isinstance(error, RuntimeError | ValueError) and _NO_PATH.search(words):
        return ConfigurationError("a path leads in a circle or is none", remedy="Check the paths that were given.")
    if isinstance(error, UnicodeEncodeError) and error.reason.startswith("surrogates"):
        return ConfigurationError.told("name of no text", name=error.object)
    if isinstance(error, RuntimeError):
        from planalign_orchestrator.warehouse import says_interrupted  # the database is loaded if it is one of its

        return errors.InterruptedRunError("stopped") if says_interrupted(words) else None
    return None


def _of_the_system(error: OSError) -> PlanAlignError:
    if not _working_folder_is_there():
        return ConfigurationError("the working folder has been deleted", remedy="Change to another folder first.")
    name = error.filename if isinstance(error.filename, str) else "a file"
    said = error.strerror or type(error).__name__
    if error.errno in _FULL:
        return errors.OutOfResourcesError.told("file not written", name=name, said=said)
    if error.errno in _TOO_MANY:
        return errors.OutOfResourcesError(f"a limit of the system is reached: {said}", remedy=_CLOSE_OTHERS)
    return ConfigurationError(f"{name} cannot be used: {said}", remedy="Check the path, and that you may use it.")


def _working_folder_is_there() -> bool:
    with suppress(OSError):
        return Path.cwd().is_dir()
    return False


def _own_fault(error: Exception) -> PlanAlignError:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    log = _log(error)
    send = f"Send {log}, which holds no person's data, to whoever maintains the program." if log else ""
    place = {"kind": type(error).__name__, "file": Path(frame.filename).name, "line": frame.lineno}
    return PlanAlignError.told("own fault", send=send, **place)


def _log(error: Exception) -> Path | None:
    """Where the way to the error is written down; numbers in its words may be pay and are left out."""
    lines = [f"planalign {__version__}, Python {platform.python_version()}, {platform.platform()}\n"]
    for cause in errors.causes_of(error):
        lines += traceback.format_tb(cause.__traceback__)
        words = re.sub(r"\d", "#", secrets_hidden(str(cause)))
        lines.append(f"{type(cause).__qualname__}: {words[:2000]}\n\n")
    with suppress(OSError):  # without room for it, the sentence has to do
        handle, name = tempfile.mkstemp(prefix="planalign-error-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(lines)
        return Path(name)
    return None
