"""Tiny runs to damage, kill and resume."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.run.stages import STAGES
from tests.checkpoints import tiny_run
from tests.operations import observing


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The result of a run that nothing disturbed."""
    root = tmp_path_factory.mktemp("undisturbed") / "run"
    tiny_run.run(root)
    return tiny_run.result(root)


@pytest.fixture(scope="session")
def _stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("stopped") / "run"
    seen: list[str] = []

    def stop(operation: str, name: str) -> None:
        seen.append(name)
        if seen.count("journal.after_append") == 1 + 2 * len(STAGES) + 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), observing(stop):
        tiny_run.run(root)
    return root


@pytest.fixture
def stopped(_stopped: Path, tmp_path: Path) -> Path:
    """A run that was interrupted after STATE_ACCUMULATION of its third and last year."""
    return Path(shutil.copytree(_stopped, tmp_path / "run"))


@pytest.fixture(scope="session")
def _finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("finished") / "run"
    tiny_run.run(root)
    return root


@pytest.fixture
def finished(_finished: Path, tmp_path: Path) -> Path:
    """A run that has succeeded."""
    return Path(shutil.copytree(_finished, tmp_path / "run"))
