"""Ctrl-C: what is saved, and the command that goes on."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess

from planalign_orchestrator.errors import InterruptedRunError

RESUME = "--resume-from-checkpoint"
REWIND = "--from-year"


def interrupted_run(arguments: list[str], completed: str | None) -> InterruptedRunError:
    """What to tell after an interruption.

    Args:
        arguments: of the command line, as they were given.
        completed: the last stage that is saved; None when the run had not come that far, so that it starts again.
    """
    command = _quoted(["planalign", *arguments]) if completed is None else command_to_resume(arguments)
    saved = f"saved up to {completed}" if completed else "no stage was complete yet"
    return InterruptedRunError(f"stopped; {saved}. The last good result is untouched.", remedy=f"Go on with: {command}")


def command_to_resume(arguments: list[str]) -> str:
    """The command line that goes on where one with these arguments has stopped."""
    # What --from-year asked for has been done; a second time would throw away what came after it.
    return _quoted(["planalign", *(word for word in _without_rewind(arguments) if word != RESUME), RESUME])


def stop_on_terminate() -> None:
    """Treat a request to terminate like Ctrl-C, so that a reboot stops a run as cleanly."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)


def _without_rewind(words: list[str]) -> list[str]:
    kept = list(words)
    while REWIND in kept:
        place = kept.index(REWIND)
        del kept[place : place + 2]
    return [word for word in kept if not word.startswith(f"{REWIND}=")]


def _quoted(command: list[str]) -> str:
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)
