"""A year copy is written over the oldest that is no longer kept, and is what a new one would have been."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from planalign_orchestrator import durable
from planalign_orchestrator.checkpoints.year_copy import list_copies
from planalign_orchestrator.run_folder import RunFolder
from tests.checkpoints.tiny_run import FIRST, LAST, operations_of, result, run


def renamed_to(root: Path, **named: Any) -> list[str]:
    """The names that copies get in a run, without the year; one that is written over another is a `.tmp` at first."""
    renames = [Path(name).name for operation, name in operations_of(root, **named) if operation == "rename"]
    return [name.split(".", 1)[1] for name in renames if name.startswith("year_") and ".duckdb" in name]


def copies_of(root: Path) -> dict[int, str | None]:
    """The years of the copies and what is wrong with each."""
    return {copy.year: copy.content_fault() for copy in list_copies(RunFolder(root))}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The copy whose turn is next, of a run that has come to the year before the last."""
    run(tmp_path, last=LAST - 1)
    (old,) = [copy.path for copy in list_copies(RunFolder(tmp_path)) if copy.year == FIRST]
    return old


def test_the_oldest_copy_becomes_the_newest(tmp_path: Path, old: Path, undisturbed: dict[str, Any]) -> None:
    inode = old.stat().st_ino
    run(tmp_path, resume=True)
    (new,) = [copy.path for copy in list_copies(RunFolder(tmp_path)) if copy.year == LAST]
    assert new.stat().st_ino == inode and not old.exists()
    assert copies_of(tmp_path) == {LAST: None, LAST - 1: None}
    assert new.read_bytes() == RunFolder(tmp_path).database.read_bytes()
    assert result(tmp_path) == undisturbed


@pytest.mark.parametrize(("keep", "over"), [(1, 0), (2, 1), (3, 0)])
def test_one_copy_at_least_stays_whole(tmp_path: Path, keep: int, over: int) -> None:
    run(tmp_path, last=LAST - 1, keep=keep)
    renames = renamed_to(tmp_path, resume=True, keep=keep)
    assert sum(name.endswith(".tmp") for name in renames) == over
    assert len(copies_of(tmp_path)) == keep and not any(copies_of(tmp_path).values())


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_a_file_with_further_names_is_left_as_it_is(tmp_path: Path, old: Path, link: Callable[..., None]) -> None:
    backup = tmp_path / "backup.duckdb"
    old.rename(backup)
    link(backup, old)
    content = backup.read_bytes()
    run(tmp_path, resume=True)
    assert backup.read_bytes() == content
    assert copies_of(tmp_path) == {LAST: None, LAST - 1: None}
    assert not any(copy.path.is_symlink() for copy in list_copies(RunFolder(tmp_path)))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not rename what is open")
def test_who_reads_an_old_copy_goes_on_reading_it(tmp_path: Path, old: Path) -> None:
    script = (
        "import duckdb, sys; held = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True)\n"
        "sys.stdin.read(); print(held.execute('select max(simulation_year) from fct_snapshot').fetchall())"
    )
    with subprocess.Popen([sys.executable, "-c", script, old], stdin=PIPE, stdout=PIPE, text=True) as reader:
        assert reader.stdout is not None and reader.stdout.readline() == "open\n"
        inode = old.stat().st_ino
        run(tmp_path, resume=True)
        out, _ = reader.communicate()
    assert out == f"[({FIRST},)]\n"
    assert copies_of(tmp_path) == {LAST: None, LAST - 1: None}
    assert inode not in {copy.path.stat().st_ino for copy in list_copies(RunFolder(tmp_path))}


def test_an_old_copy_that_cannot_be_opened_is_no_hindrance(
    tmp_path: Path, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path, mode: str = "r", opener: Any = None) -> FileIO:
        if mode == "rb+":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return FileIO(path, mode, opener=opener)

    monkeypatch.setattr(durable, "FileIO", refused)
    run(tmp_path, resume=True)
    assert copies_of(tmp_path) == {LAST: None, LAST - 1: None}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_new_copy_is_private_whatever_the_old_one_was(tmp_path: Path, old: Path) -> None:
    old.chmod(0o664)
    run(tmp_path, resume=True)
    assert {stat.S_IMODE(copy.path.stat().st_mode) for copy in list_copies(RunFolder(tmp_path))} == {0o600}


@pytest.mark.parametrize(("before", "now"), [(None, 1), (1, None)])
def test_compressed_copies_are_written_anew(tmp_path: Path, before: int | None, now: int | None) -> None:
    run(tmp_path, last=LAST - 1, level=before)
    assert not any(name.endswith(".tmp") for name in renamed_to(tmp_path, resume=True, level=now))
    assert copies_of(tmp_path) == {LAST: None, LAST - 1: None}
