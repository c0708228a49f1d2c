"""What a command that was killed has left is removed by the next one, and nothing else is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from planalign_orchestrator.storage.durable import remove_leftovers, scratch_folder, temporary_name

PRODUCT = Path(sys.modules["planalign_orchestrator"].__path__[0])


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
    written = [temporary_name(tmp_path / name) for name in ("a.xlsx", "my report é.html")]
    mine = [tmp_path / name for name in ("mine.tmp", f"{dead}.csv", f"budget.{dead}.tmp")]
    for path in (*written, *mine):
        path.touch()
        path.with_name(path.name.replace(str(os.getpid()), str(dead))).touch()
    remove_leftovers(tmp_path)
    left = {f".planalign-{os.getpid()}-abc", "folder", *(path.name for path in (*written, *mine))}
    assert {path.name for path in tmp_path.iterdir()} == left


def test_of_the_systems_folder_only_our_folders_go(tmp_path: Path, dead: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / f"planalign-{dead}-x1").mkdir()
    (tmp_path / f"others.{dead}.tmp").touch()
    with scratch_folder() as folder:
        assert folder.parent == tmp_path
    assert [path.name for path in tmp_path.iterdir()] == [f"others.{dead}.tmp"]


@pytest.mark.parametrize("path", sorted(PRODUCT.rglob("*.py")), ids=lambda path: path.stem)
def test_every_temporary_folder_is_one_that_the_next_command_removes(path: Path) -> None:
    own = {"durable.py": 1, "cases.py": 1}  # the second holds the made-up people of a measurement
    made = re.findall(r"tempfile\.(?:TemporaryDirectory|mkdtemp|NamedTemporaryFile)\b", path.read_text("utf-8"))
    assert len(made) == own.get(path.name, 0)
