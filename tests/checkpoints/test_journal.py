"""The journal: what counts, and what is trusted."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from planalign_orchestrator.run.stages import STAGE_NAMES, Position
from planalign_orchestrator.storage.journal import Journal, OpenedEntry, StageEntry, TableDigest, Written
from tests.checkpoints.tiny_run import fingerprints

A, B = fingerprints(rate=0.1), fingerprints(rate=0.2)


def record(journal: Journal, position: Position, rows: int = 1) -> None:
    journal.record(StageEntry(position, "probe", {"t": Written("year", TableDigest(rows, 2**80, 3))}))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal(tmp_path / "journal.jsonl")
    made.record(OpenedEntry(None, A))
    for year in (2025, 2026):
        for stage in STAGE_NAMES:
            record(made, Position(year, stage))
    return made


def test_an_absent_journal_is_empty(tmp_path: Path) -> None:
    empty = Journal(tmp_path / "none")
    assert empty.completed() is None
    assert empty.fingerprints() is None
    assert not empty.damaged


def test_it_is_read_as_it_was_written(journal: Journal) -> None:
    again = Journal(journal.path)
    assert again.entries == journal.entries
    assert again.completed() == Position(2026, "REPORTING")
    assert again.made_with() == {2025: A, 2026: A}
    assert not again.damaged


def test_a_rewind_voids_what_came_later_and_remembers_who_made_what(journal: Journal) -> None:
    journal.record(OpenedEntry(Position.end_of(2025), B))
    assert journal.completed() == Position.end_of(2025)
    record(journal, Position(2026, STAGE_NAMES[0]))
    again = Journal(journal.path)
    assert again.entries == journal.entries
    assert again.made_with() == {2025: A, 2026: B}
    assert again.fingerprints() == B


def test_a_fresh_start_voids_everything(journal: Journal) -> None:
    journal.record(OpenedEntry(None, B))
    assert journal.completed() is None
    assert len(journal.entries) == 1


def test_a_repeated_stage_counts_once(journal: Journal) -> None:
    record(journal, Position.end_of(2026), rows=9)
    assert len(Journal(journal.path).entries) == 15


def test_every_torn_end_is_noticed_and_the_rest_counts(journal: Journal) -> None:
    whole = journal.path.read_bytes()
    start_of_last = whole[:-1].rindex(b"\n") + 1
    for length in range(start_of_last + 1, len(whole)):
        journal.path.write_bytes(whole[:length])
        torn = Journal(journal.path)
        assert torn.damaged
        assert torn.completed() == Position(2026, "VALIDATION")


def test_an_entry_after_a_torn_one_is_not_lost(journal: Journal) -> None:
    journal.path.write_bytes(journal.path.read_bytes()[:-5])
    torn = Journal(journal.path)
    record(torn, Position.end_of(2026), rows=7)
    again = Journal(journal.path)
    assert not again.damaged
    assert again.completed() == Position.end_of(2026)


def test_no_flipped_byte_is_trusted(journal: Journal) -> None:
    whole = journal.path.read_bytes()
    for place in range(0, len(whole), 97):
        journal.path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        damaged = Journal(journal.path)
        assert damaged.damaged
        assert len(damaged.entries) == whole[:place].count(b"\n")


def test_a_missing_line_is_noticed(journal: Journal) -> None:
    lines = journal.path.read_bytes().splitlines(keepends=True)
    journal.path.write_bytes(b"".join(lines[:5] + lines[6:]))
    assert len(Journal(journal.path).entries) == 5


def test_somebody_elses_journal_cannot_name_a_stage_that_is_none(journal: Journal) -> None:
    line = json.dumps({"entry": {"position": {"year": 2027, "stage": "__import__"}, "engine": "", "tables": {}}})
    journal.path.write_text(line + "\n")
    assert Journal(journal.path).entries == ()


def test_a_clock_that_jumps_back_changes_nothing(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    class Past(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Past:
            return cls(2001, 1, 1, tzinfo=tz)

    monkeypatch.setattr(dt, "datetime", Past)
    record(journal, Position(2027, STAGE_NAMES[0]))
    monkeypatch.undo()
    assert Journal(journal.path).completed() == Position(2027, STAGE_NAMES[0])
