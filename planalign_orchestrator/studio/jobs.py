"""Runs and sweeps that the studio starts: processes of their own, which outlive it and are found by their folders."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from planalign_orchestrator.child_process import ask_to_stop, detached, isolated
from planalign_orchestrator.cli.interruption import quoted
from planalign_orchestrator.errors import ResultsError, RunLockedError
from planalign_orchestrator.studio.workspace import Workspace

_SHOWN = 40
"""Lines of what a run has said last."""


class Jobs:
    """What the studio has started in a workspace, one at a time.

    Args:
        workspace: where it works.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._starting = threading.Lock()
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def busy(self) -> str | None:
        """The name of the run that is being worked on, whoever has started it."""
        for name, process in self._started.items():
            if process.poll() is None:
                return name
        return next((name for name, run in self._workspace.runs().items() if run.holder() is not None), None)

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Start ``planalign`` with these arguments in the workspace.

        Args:
            name: of the run folder that it works in.
            arguments: of the command line.

        Raises:
            RunLockedError: something else is being worked on.
        """
        self._workspace.create()
        with self._starting:
            if (other := self.busy()) is not None:
                raise RunLockedError(
                    f"{other} is still running; one run at a time keeps the machine usable",
                    remedy="Wait until it has finished, or stop it first.",
                )
            with self._said(name).open("wb") as said:
                self._started[name] = subprocess.Popen(
                    [*isolated("planalign_orchestrator", *arguments), "--quiet"], cwd=self._workspace.root,
                    stdin=subprocess.DEVNULL, stdout=said, stderr=said, **detached(),
                )  # fmt: skip

    def stop(self, name: str) -> None:
        """Ask a run to stop as Ctrl-C does; what it has completed is kept.

        Raises:
            ResultsError: nothing runs there, or it runs on another machine.
        """
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
