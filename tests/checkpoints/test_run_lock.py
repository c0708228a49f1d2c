"""One command at a time works on a run folder."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from planalign_orchestrator.errors import RunLockedError
from planalign_orchestrator.run.folder import RunFolder
from tests.checkpoints.tiny_run import KILLED, in_process


def _try(root: Path, answer: Path) -> None:
    try:
        with RunFolder(root).lock("second"):
            answer.write_text("locked")
    except RunLockedError as error:
        answer.write_text(error.message)


def _die_with_lock(root: Path) -> None:
    with RunFolder(root).lock("first"):
        os._exit(KILLED)


def test_the_second_is_refused_with_pid_and_start_of_the_first(tmp_path: Path) -> None:
    folder, answer = RunFolder(tmp_path / "run"), tmp_path / "answer"
    with folder.lock("planalign run"):
        holder = folder.holder()
        assert holder is not None
        in_process(_try, folder.root, answer)
    message = answer.read_text()
    assert f"process {os.getpid()}" in message
    assert holder["started"] in message
    assert "planalign run" in message


def test_the_lock_is_free_afterwards(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    with pytest.raises(ZeroDivisionError), folder.lock("fails"):
        raise ZeroDivisionError
    assert folder.holder() is None
    with folder.lock("again"):
        pass


def test_the_lock_of_a_killed_process_means_nothing(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    assert in_process(_die_with_lock, folder.root) == KILLED
    assert json.loads(folder.lock_file.read_text())["command"] == "first"
    assert folder.holder() is None
    with folder.lock("next"):
        pass


def test_looking_does_not_create_anything(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    assert folder.holder() is None
    assert not folder.exists()
    assert not folder.root.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_the_folders_are_private(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "runs" / "baseline")
    folder.create()
    assert all(path.stat().st_mode & 0o077 == 0 for path in (folder.root, folder.checkpoints, folder.logs))
