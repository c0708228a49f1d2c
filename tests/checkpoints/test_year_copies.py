"""A year copy is written over the oldest that is no longer kept, and is what a new one would have been."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Sequence
from io import FileIO
from pathlib import Path
from subprocess import PIPE
from typing import Any

import duckdb
import pytest

from planalign_orchestrator import durable
from planalign_orchestrator.checkpoints import STAGES, Journal, Position, YearCopies, carry_out, plan_resume
from planalign_orchestrator.checkpoints.verification import database_faults
from planalign_orchestrator.checkpoints.year_copy import YearCopy, list_copies, restore_copy
from planalign_orchestrator.errors import LawBrokenError, OutOfResourcesError
from planalign_orchestrator.run_folder import RunFolder
from tests.checkpoints.tiny_run import (
    FIRST,
    KILLED,
    LAST,
    copies_of,
    fingerprints,
    in_process,
    operations_of,
    result,
    run,
    run_killed_at,
)


def renamed_to(root: Path, **named: Any) -> list[str]:
    """The names that copies get in a run, without the year; one that is written over another is a `.tmp` at first."""
    renames = [Path(name).name for operation, name in operations_of(root, **named) if operation == "rename"]
    return [name.split(".", 1)[1] for name in renames if name.startswith("year_") and ".duckdb" in name]


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


def stopped_after(root: Path, year: int, stage: str, **named: Any) -> RunFolder:
    """A run killed just before the journal entry of the stage that follows."""
    names = [name for _, name in operations_of(root / "count", **named)]
    entries = [number for number, name in enumerate(names, start=1) if name == "journal.before_append"]
    order = 1 + (year - FIRST) * len(STAGES) + STAGES.index(stage)  # the first one says what the run is made with
    assert in_process(run_killed_at, entries[order + 1], root / "run", **named) == KILLED
    folder = RunFolder(root / "run")
    assert Journal(folder.journal).completed() == Position(year, stage)
    return folder


def made_up(folder: RunFolder, statement: str = "select 1", notes: Sequence[str] = ()) -> dict[int, str | None]:
    """The copies that a resumed run begins with and says so; the statement comes before."""
    plan = plan_resume(folder, fingerprints(), LAST)
    journal = carry_out(folder, plan, fingerprints())
    with duckdb.connect(str(folder.partial_database)) as connection:
        connection.execute(statement)
    assert plan.after is not None and plan.copy is None
    with YearCopies(folder, journal, compression_level=None, keep=2) as copies:
        said = copies.make_up(folder.partial_database, plan.after)
    assert len(said) == len(notes) and all(note in text for note, text in zip(notes, said, strict=True))
    return copies_of(folder.root)


@pytest.mark.parametrize("stage", ["INITIALIZATION", "FOUNDATION", "EVENT_GENERATION"])
def test_the_copy_of_a_year_is_finished_while_the_next_is_computed(tmp_path: Path, stage: str) -> None:
    folder = stopped_after(tmp_path, FIRST + 1, stage)
    assert copies_of(folder.root) == ({} if stage == "INITIALIZATION" else {FIRST: None})


def test_a_compressed_copy_is_finished_at_once(tmp_path: Path) -> None:
    assert copies_of(stopped_after(tmp_path, FIRST + 1, "INITIALIZATION", level=1).root) == {FIRST: None}


def disk_full(operation: str, name: str) -> None:
    """No file can be begun any more."""
    if operation == "create":
        raise OSError(errno.ENOSPC, "full")


@pytest.fixture
def begun(tmp_path: Path) -> YearCopies:
    """A copy of the first year, begun and not finished."""
    run(tmp_path, last=FIRST)
    folder = RunFolder(tmp_path)
    durable.unlink(YearCopy(folder.checkpoints, FIRST, None, None).manifest_path)
    copies = YearCopies(folder, Journal(folder.journal), compression_level=None, keep=2)
    copies.begin(folder.database, FIRST)
    assert "has no manifest" in str(copies_of(tmp_path)[FIRST])
    return copies


@pytest.mark.parametrize("point", ["checkpoint.after_copy", "checkpoint.after_manifest", "checkpoint.before_retention"])
def test_leaving_the_block_finishes_what_ctrl_c_has_interrupted(tmp_path: Path, begun: YearCopies, point: str) -> None:
    presses = iter([KeyboardInterrupt])

    def press(operation: str, name: str) -> None:
        if name == point:
            for error in presses:
                raise error

    with durable.observing(press), pytest.raises(KeyboardInterrupt), begun:
        begun.finish()
    assert copies_of(tmp_path) == {FIRST: None}
    assert not any(tmp_path.rglob("*.tmp"))


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, LawBrokenError])
def test_the_error_that_ends_a_run_is_not_hidden_by_a_copy_that_fails(
    begun: YearCopies, error: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    with durable.observing(disk_full), pytest.raises(error, match="the first"), begun:
        raise error("the first")
    assert "the disk is full" in caplog.text


def test_a_copy_that_fails_ends_a_run_that_went_well(begun: YearCopies) -> None:
    with durable.observing(disk_full), pytest.raises(OutOfResourcesError, match="the disk is full"), begun:
        pass


@pytest.mark.parametrize("stage", ["INITIALIZATION", "STATE_ACCUMULATION", "VALIDATION"])
def test_a_missing_copy_is_made_up_for_from_a_database_that_is_further(tmp_path: Path, stage: str) -> None:
    folder = stopped_after(tmp_path, FIRST + 1, stage)
    durable.unlink(YearCopy(folder.checkpoints, FIRST, None, None).manifest_path)
    assert made_up(folder) == {FIRST: None}
    (copy,) = list_copies(folder)
    assert copy.manifest is not None
    restored = tmp_path / "restored.duckdb"
    restore_copy(copy, restored)
    assert database_faults(restored, copy.manifest.entries) == []


def test_in_the_first_year_no_copy_is_missing(tmp_path: Path) -> None:
    assert made_up(stopped_after(tmp_path, FIRST, "STATE_ACCUMULATION")) == {}


def test_a_sound_copy_is_not_made_again_but_a_damaged_one_is(tmp_path: Path) -> None:
    folder = stopped_after(tmp_path, FIRST + 1, "FOUNDATION")
    (copy,) = list_copies(folder)
    before = copy.path.stat()
    assert made_up(folder) == {FIRST: None}
    assert copy.path.stat().st_mtime_ns == before.st_mtime_ns
    with copy.path.open("r+b") as file:
        file.seek(before.st_size // 2)
        file.write(b"damage")
    assert made_up(folder, notes=["has changed since it was written (its hash differs); it is made again"]) == {
        FIRST: None
    }


def test_no_copy_is_made_of_a_database_that_does_not_hold_the_year(tmp_path: Path) -> None:
    folder = stopped_after(tmp_path, FIRST + 1, "INITIALIZATION")
    assert made_up(folder, f"delete from fct_summary where simulation_year = {FIRST}") == {}


@pytest.mark.parametrize("keep", [1, 2])
def test_what_is_no_longer_kept_goes_also_when_the_run_was_stopped_before(tmp_path: Path, keep: int) -> None:
    run(tmp_path, last=FIRST + 1, keep=2)
    journal = Journal(RunFolder(tmp_path).journal)
    with YearCopies(RunFolder(tmp_path), journal, compression_level=None, keep=keep) as copies:
        copies.make_up(RunFolder(tmp_path).database, Position.end_of(FIRST + 1))
    assert len(copies_of(tmp_path)) == keep
