"""What a command that was killed has left is removed by the next one, and nothing else is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from planalign_orchestrator.storage.durable import remove_leftovers, scratch_folder


@pytest.fixture
def dead() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_folder_is_gone_afterwards(tmp_path: Path) -> None:
    with scratch_folder(tmp_path) as folder:
        (folder / "pay.csv").write_text("1")
    assert list(tmp_path.iterdir()) == []


def test_what_dead_processes_left_goes_and_the_rest_stays(tmp_path: Path, dead: int) -> None:
    for name in (f".planalign-{dead}-abc", f".planalign-{os.getpid()}-abc", "folder"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "spill").touch()
    for name in (f"a.xlsx.{dead}.tmp", f"a.xlsx.{os.getpid()}.tmp", "mine.tmp", f"{dead}.csv"):
        (tmp_path / name).touch()
    remove_leftovers(tmp_path)
    left = {f".planalign-{os.getpid()}-abc", "folder", f"a.xlsx.{os.getpid()}.tmp", "mine.tmp", f"{dead}.csv"}
    assert {path.name for path in tmp_path.iterdir()} == left


def test_of_the_systems_folder_only_our_folders_go(tmp_path: Path, dead: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / f"planalign-{dead}-x1").mkdir()
    (tmp_path / f"others.{dead}.tmp").touch()
    with scratch_folder() as folder:
        assert folder.parent == tmp_path
    assert [path.name for path in tmp_path.iterdir()] == [f"others.{dead}.tmp"]
