"""Ctrl-C: what is saved, and the command that goes on."""

import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.errors import InterruptedRunError

RESUME = "--resume-from-checkpoint"
REWIND = "--from-year"
_REQUESTS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""The signals that ask a program to stop; no system has all of them."""


def interrupted_run(arguments: list[str], completed: str | None) -> InterruptedRunError:
    """What to tell after an interruption.

    Args:
        arguments: of the command line, as they were given.
        completed: the last stage that is saved; None when the run had not come that far, so that it starts again.
    """
    command = quoted(["planalign", *arguments]) if completed is None else command_to_resume(arguments)
    saved = f"saved up to {completed}" if completed else "no stage was complete yet"
    return InterruptedRunError(f"stopped; {saved}. The last good result is untouched.", remedy=f"Go on with: {command}")


def command_to_resume(arguments: list[str]) -> str:
    """The command line that goes on where one with these arguments has stopped."""
    # What --from-year asked for has been done; a second time would throw away what came after it.
    asked = pairwise(["planalign", *arguments])
    kept = [word for before, word in asked if REWIND not in (before, word.partition("=")[0]) and word != RESUME]
    return quoted(["planalign", *kept, RESUME])


@contextmanager
def stopping_cleanly() -> Iterator[Callable[[], bool]]:
    """Treat requests to terminate, and the end of the terminal, like Ctrl-C, so that what is open is put away.

    What whoever started the command has switched off, as `nohup` does, stays so.

    Yields:
        Says whether such a request has come.
    """
    heard: list[int] = []

    def stop(number: int, frame: object) -> None:
        heard.append(number)
        raise KeyboardInterrupt

    in_main = threading.current_thread() is threading.main_thread()
    numbers = [getattr(signal, name) for name in _REQUESTS if in_main and hasattr(signal, name)]
    before = {number: handler for number in numbers if (handler := signal.getsignal(number)) != signal.SIG_IGN}
    for number in before:
        signal.signal(number, stop)
    try:
        yield lambda: bool(heard)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


def quoted(words: list[str]) -> str:
    """A command line as it is typed on this system, without secrets."""
    command: list[str] = without_secrets(words)
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)
