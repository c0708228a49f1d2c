"""A year copy is written over the oldest that is no longer kept, and is what a new one would have been."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

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


def test_the_oldest_copy_becomes_the_newest(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    run(tmp_path, last=LAST - 1)
    (old,) = [copy.path for copy in list_copies(RunFolder(tmp_path)) if copy.year == FIRST]
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


def test_a_copy_with_further_names_is_left_as_it_is(tmp_path: Path) -> None:
    run(tmp_path, last=LAST - 1)
    (old,) = [copy.path for copy in list_copies(RunFolder(tmp_path)) if copy.year == FIRST]
    backup = tmp_path / "backup.duckdb"
    os.link(old, backup)
    content = backup.read_bytes()
    run(tmp_path, resume=True)
    assert backup.read_bytes() == content
    assert copies_of(tmp_path) == {LAST: None, LAST - 1: None}


@pytest.mark.parametrize(("before", "now"), [(None, 1), (1, None)])
def test_compressed_copies_are_written_anew(tmp_path: Path, before: int | None, now: int | None) -> None:
    run(tmp_path, last=LAST - 1, level=before)
    assert not any(name.endswith(".tmp") for name in renamed_to(tmp_path, resume=True, level=now))
    assert copies_of(tmp_path) == {LAST: None, LAST - 1: None}


def test_damage_that_stays_is_found(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    """The checksums of the older copy tell what it was, not what it has become; a resume takes the other one."""
    run(tmp_path, last=LAST - 1)
    folder = RunFolder(tmp_path)
    (old,) = [copy for copy in list_copies(folder) if copy.year == FIRST]
    assert old.manifest is not None and old.manifest.pieces
    with old.path.open("r+b") as file:
        file.seek(20_000)
        byte = file.read(1)[0]
        file.seek(20_000)
        file.write(bytes([byte ^ 1]))
    run(tmp_path, resume=True)
    assert result(tmp_path) == undisturbed
    faults = copies_of(tmp_path)
    assert faults[LAST - 1] is None
    folder.database.unlink()
    run(tmp_path, resume=True)
    assert result(tmp_path) == undisturbed
