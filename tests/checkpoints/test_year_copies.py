"""Year copies: when they are made, which stay, and what is no copy."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.errors import CheckpointError
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.stages import STAGE_NAMES, Position
from planalign_orchestrator.storage import durable
from planalign_orchestrator.storage.journal import Journal
from planalign_orchestrator.storage.verify import database_faults
from planalign_orchestrator.storage.year_copy import (
    compressed,
    decompressed,
    list_copies,
    make_copy,
    restore_copy,
)
from tests.checkpoints.tiny_run import (
    FIRST,
    KILLED,
    LAST,
    copies_of,
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


def test_a_database_with_a_log_that_is_not_merged_is_not_copied(tmp_path: Path) -> None:
    run(tmp_path, last=FIRST)
    folder = RunFolder(tmp_path)
    folder.database.with_name("simulation.duckdb.wal").write_text("rows")
    with pytest.raises(CheckpointError, match="not merged"):
        make_copy(folder, folder.database, Journal(folder.journal).entries, None, 1)
    assert copies_of(tmp_path) == {FIRST: None}


def stopped_after(root: Path, year: int, stage: str, **named: Any) -> RunFolder:
    """A run killed just before the journal entry of the stage that follows."""
    names = [name for _, name in operations_of(root / "count", **named)]
    entries = [number for number, name in enumerate(names, start=1) if name == "journal.before_append"]
    # The first one says what the run is made with.
    order = 1 + (year - FIRST) * len(STAGE_NAMES) + STAGE_NAMES.index(stage)
    assert in_process(run_killed_at, entries[order + 1], root / "run", **named) == KILLED
    folder = RunFolder(root / "run")
    assert Journal(folder.journal).completed() == Position(year, stage)
    return folder


@pytest.mark.parametrize("level", [None, 1])
def test_the_copy_of_a_year_is_there_when_the_next_begins(tmp_path: Path, level: int | None) -> None:
    assert copies_of(stopped_after(tmp_path, FIRST + 1, "INITIALIZATION", level=level).root) == {FIRST: None}


def test_a_run_killed_while_it_makes_a_copy_repeats_the_last_stage_and_makes_it(tmp_path: Path) -> None:
    names = [name for _, name in operations_of(tmp_path / "count")]
    root = tmp_path / "run"
    assert in_process(run_killed_at, names.index("checkpoint.before_manifest") + 1, root) == KILLED
    assert Journal(RunFolder(root).journal).completed() == Position(FIRST, STAGE_NAMES[-2])
    run(root, resume=True, last=FIRST)
    assert copies_of(root) == {FIRST: None}
    (copy,) = list_copies(RunFolder(root))
    assert copy.manifest is not None
    restored = tmp_path / "restored.duckdb"
    restore_copy(copy, restored)
    assert database_faults(restored, copy.manifest.entries) == []


def test_a_copy_that_would_fill_the_disk_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "_LARGE_UNPACKED", 2 << 20)
    packed = tmp_path / "year_2025.duckdb.zst"
    (tmp_path / "zeros").write_bytes(bytes(100 << 20))
    packed.write_bytes(b"".join(compressed(tmp_path / "zeros", 3)))
    taken = 0
    with pytest.raises(CheckpointError, match="unpacks to 200 times its size"):
        for chunk in decompressed(packed):
            taken += len(chunk)
    assert taken < 10 << 20
