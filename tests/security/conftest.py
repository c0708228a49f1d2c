"""One simulation of a hostile census, as the command line makes it."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from planalign_orchestrator.cli import main
from planalign_orchestrator.run.folder import RunFolder
from tests.security.people import hostile_rows, write_rows


@dataclass(frozen=True)
class Said:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def everything(self) -> str:
        """Both streams."""
        return self.out + self.err


def say(*arguments: str | Path) -> Said:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = ended.code or 0
    assert isinstance(code, int)
    return Said(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def command() -> Callable[..., Said]:
    """Runs a command in this process."""
    return say


@dataclass(frozen=True)
class HostileRun:
    """A finished run of the hostile census, and what it printed."""

    folder: RunFolder
    census: Path
    said: Said


@pytest.fixture(scope="session")
def hostile_run(tmp_path_factory: pytest.TempPathFactory) -> HostileRun:
    """2025 of the hostile census, with all reports; treat it as read-only."""
    root = tmp_path_factory.mktemp("hostile") / "José's runs 員工"  # a name of a user, with a space
    root = root / ("d" * 100) / ("e" * 100) if os.name != "nt" else root  # past 260 characters
    root.mkdir(parents=True)
    census = write_rows(
        root / ("=1+1 <b>x & 'y'.csv" if os.name == "nt" else "=1+1 <b>x &\x1b[31m 'y'.csv"), hostile_rows()
    )
    usual = os.umask(0o022)  # what most systems have: others may read
    try:
        said = say("run", "--census", census, "--years", "2025", "--output", root / "runs")
        assert said.code == 0, said.everything
        folder = RunFolder(root / "runs" / "baseline")
        assert say("report", folder.root, "--people", "--export", "csv").code == 0
    finally:
        os.umask(usual)
    return HostileRun(folder, census, said)
