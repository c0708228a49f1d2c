"""Year copies: when they are made, which stay, and what is made up for on a resume."""

from __future__ import annotations

import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from planalign_orchestrator.errors import CheckpointError
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.storage import durable
from planalign_orchestrator.storage.copies import YearCopies
from planalign_orchestrator.storage.journal import Journal
from planalign_orchestrator.storage.position import STAGES, Position
from planalign_orchestrator.storage.recovery import carry_out, plan_resume
from planalign_orchestrator.storage.verify import database_faults
from planalign_orchestrator.storage.year_copy import (
    YearCopy,
    compressed,
    decompressed,
    list_copies,
    restore_copy,
)
from tests.checkpoints.tiny_run import (
    FIRST,
    KILLED,
    LAST,
    copies_of,
    fingerprints,
    in_process,
    operations_of,
    run,
    run_killed_at,
)


@pytest.mark.parametrize(("before", "now"), [(None, 1), (1, None)])
def test_the_form_of_copies_may_change_in_a_run(tmp_path: Path, before: int | None, now: int | None) -> None:
    run(tmp_path, last=LAST - 1, level=before)
    run(tmp_path, resume=True, level=now)
    assert copies_of(tmp_path) == {LAST: None, LAST - 1: None}


@pytest.mark.parametrize("keep", [1, 2, 3])
def test_the_newest_copies_stay(tmp_path: Path, keep: int) -> None:
    run(tmp_path, keep=keep)
    assert list(copies_of(tmp_path)) == [LAST - number for number in range(keep)]
    assert not any(copies_of(tmp_path).values())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_copy_is_private(tmp_path: Path) -> None:
    run(tmp_path, last=FIRST)
    assert {stat.S_IMODE(copy.path.stat().st_mode) for copy in list_copies(RunFolder(tmp_path))} == {0o600}


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
    said = YearCopies(folder, journal, None, keep=2).make_up(folder.partial_database, plan.after)
    assert len(said) == len(notes) and all(note in text for note, text in zip(notes, said, strict=True))
    return copies_of(folder.root)


@pytest.mark.parametrize("level", [None, 1])
def test_the_copy_of_a_year_is_there_when_the_next_begins(tmp_path: Path, level: int | None) -> None:
    assert copies_of(stopped_after(tmp_path, FIRST + 1, "INITIALIZATION", level=level).root) == {FIRST: None}


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
    durable.unlink(*list_copies(folder)[0].files())
    assert made_up(folder, f"delete from fct_summary where simulation_year = {FIRST}") == {}


@pytest.mark.parametrize("keep", [1, 2])
def test_what_is_no_longer_kept_goes_also_when_the_run_was_stopped_before(tmp_path: Path, keep: int) -> None:
    run(tmp_path, last=FIRST + 1, keep=2)
    journal = Journal(RunFolder(tmp_path).journal)
    copies = YearCopies(RunFolder(tmp_path), journal, None, keep)
    copies.make_up(RunFolder(tmp_path).database, Position.end_of(FIRST + 1))
    assert len(copies_of(tmp_path)) == keep


def test_a_copy_that_would_fill_the_disk_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "_LARGE_UNPACKED", 2 << 20)
    packed = tmp_path / "year_2025.duckdb.zst"
    packed.write_bytes(b"".join(compressed([bytes(1 << 20)] * 100, 3)))
    taken = 0
    with pytest.raises(CheckpointError, match="unpacks to 200 times its size"):
        for chunk in decompressed(packed):
            taken += len(chunk)
    assert taken < 10 << 20
