"""Runs and sweeps that the studio starts: processes of their own, which outlive it and are found by their folders.

One works at a time. Others wait in a file of the workspace, and if the studio ends, until it is opened again.
"""

import json
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from planalign_orchestrator.child_process import ask_to_stop, detached, isolated
from planalign_orchestrator.cli.interruption import quoted
from planalign_orchestrator.errors import ResultsError, RunLockedError
from planalign_orchestrator.json_text import parsed
from planalign_orchestrator.storage.durable import atomic_write_text
from planalign_orchestrator.studio.workspace import Workspace

_SHOWN = 40
"""Lines of what a run has said last."""
_PAUSE = 0.5
"""Seconds between two looks at whether the next run can start."""


class Jobs:
    """What the studio has started in a workspace, one at a time.

    Args:
        workspace: where it works.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._starting = threading.Lock()
        self._started: dict[str, subprocess.Popen[bytes]] = {}
        self._queue = workspace.private.joinpath("queue.json")
        self._waiting = _kept(self._queue)
        self._is_watching = False
        with self._starting:
            self._watch()

    def busy(self) -> str | None:
        """The name of the run that is being worked on, whoever has started it."""
        for name, process in [*self._started.items()]:
            if process.poll() is None:
                return name
        return next((name for name, run in self._workspace.runs().items() if run.holder() is not None), None)

    def waiting(self) -> list[str]:
        """The runs that wait, in their order."""
        return [*self._waiting]

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Start ``planalign`` with these arguments in the workspace, or let it wait while something else works.

        Args:
            name: of the run folder that it works in.
            arguments: of the command line.

        Raises:
            RunLockedError: it works or waits already.
        """
        self._workspace.create()
        with self._starting:
            other = self.busy()
            if name == other or name in self._waiting:
                raise RunLockedError.told("still running" if name == other else "waits already", name=name)
            if other is None and not self._waiting:
                self._begin(name, arguments)
            else:
                self._keep({**self._waiting, name: [*arguments]})
                self._watch()

    def _begin(self, name: str, arguments: Sequence[str]) -> None:
        with self._said(name).open("wb") as said:
            self._started[name] = subprocess.Popen(
                isolated("planalign_orchestrator", *arguments), cwd=self._workspace.root,
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, **detached(),
            )  # fmt: skip

    def _keep(self, waiting: dict[str, list[str]]) -> None:
        atomic_write_text(self._queue, json.dumps(waiting))
        self._waiting = waiting

    def _watch(self) -> None:
        """Start what waits, one after another, beside the studio's pages."""
        if self._waiting and not self._is_watching:
            self._is_watching = True
            threading.Thread(target=self._work_off, daemon=True).start()

    def _work_off(self) -> None:
        while self._next():
            time.sleep(_PAUSE)

    def _next(self) -> bool:
        """Start the next run if none works; false when none is left."""
        with self._starting:
            self._is_watching = False  # whatever fails here, the next start looks again
            if self._waiting and self.busy() is None:
                (name, arguments), *others = self._waiting.items()
                self._begin(name, arguments)
                self._keep(dict(others))
            self._is_watching = bool(self._waiting)
            return self._is_watching

    def stop(self, name: str) -> None:
        """Ask a run to stop as Ctrl-C does, or one that waits not to start; what it has completed is kept.

        Raises:
            ResultsError: nothing runs there, or it runs on another machine.
        """
        with self._starting:
            if name in self._waiting:
                self._keep({one: words for one, words in self._waiting.items() if one != name})
                return
        run = self._workspace.runs().get(name)
        holder = None if run is None else run.holder()
        if holder is None or not isinstance(holder.get("pid"), int):
            raise ResultsError(f"nothing runs in {name}", remedy="It has ended in the meantime; look at its page.")
        if holder.get("host") != socket.gethostname():
            raise ResultsError(f"{name} runs on {holder.get('host')}", remedy="Stop it there with Ctrl-C.")
        ask_to_stop(holder["pid"])

    def is_starting(self, name: str) -> bool:
        """Whether the studio's own process for a run lives."""
        process = self._started.get(name)
        return process is not None and process.poll() is None

    def said(self, name: str) -> str:
        """What the last run of this name that a studio has started said at its end, errors above all."""
        path = self._said(name)
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        return "\n".join(lines[-_SHOWN:])

    def _said(self, name: str) -> Path:
        return self._workspace.private.joinpath(f"{name}.log")


def command_line(*words: str) -> str:
    """A command as it is typed in the folder of the workspace."""
    return quoted(["planalign", *words])


def folder_of(result: str) -> str:
    """The folder of a result as it is typed there; the third earlier one of ``a`` is called ``a~3``."""
    run, _, number = result.partition("~")
    return f"runs/{run}/history/{number}" if number else f"runs/{run}"


def _kept(queue: Path) -> dict[str, list[str]]:
    """The runs that were waiting, with their flags; none where the file is not there or damaged."""
    try:
        found = parsed(queue.read_bytes())
        return {str(name): [*map(str, flags)] for name, flags in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
