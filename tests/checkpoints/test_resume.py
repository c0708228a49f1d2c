"""Whatever happened to the files: the result of an undisturbed run, or a refusal that names file and choices."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from planalign_orchestrator.errors import CheckpointError
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.stages import Position
from planalign_orchestrator.storage.fingerprints import Fingerprints
from planalign_orchestrator.storage.journal import Journal, StageEntry, stage_entry
from planalign_orchestrator.storage.recovery import carry_out, plan_resume
from planalign_orchestrator.storage.verify import connected
from planalign_orchestrator.storage.year_copy import write_ahead_log
from tests.checkpoints.tiny_run import FIRST, LAST, fingerprints, operations_of, result, run

NOW = fingerprints()


def plan(root: Path, now: Fingerprints = NOW, last: int = LAST) -> Any:
    return plan_resume(RunFolder(root), now, last)


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_nothing_to_resume_is_a_fresh_start(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    assert plan(tmp_path / "run").source == "nothing"
    run(tmp_path / "run", resume=True)
    assert result(tmp_path / "run") == undisturbed


def test_a_sound_database_goes_on_after_the_last_stage(stopped: Path, undisturbed: dict[str, Any]) -> None:
    found = plan(stopped)
    assert (found.source, found.after) == ("partial database", Position(2027, "STATE_ACCUMULATION"))
    before = RunFolder(stopped).journal.read_bytes()
    run(stopped, resume=True)
    assert RunFolder(stopped).journal.read_bytes().startswith(before)
    assert result(stopped) == undisturbed


def test_planning_changes_nothing(stopped: Path) -> None:
    before = {path: path.read_bytes() for path in stopped.rglob("*") if path.is_file()}
    plan(stopped)
    assert {path: path.read_bytes() for path in stopped.rglob("*") if path.is_file()} == before


def test_a_finished_run_has_nothing_left_to_do(finished: Path) -> None:
    assert plan(finished).finished
    before = RunFolder(finished).database.read_bytes()
    assert operations_of(finished, resume=True) == []
    assert RunFolder(finished).database.read_bytes() == before


def test_a_finished_run_can_be_prolonged(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    root = tmp_path / "run"
    run(root, last=LAST - 1)
    assert plan(root).source == "finished database"
    run(root, resume=True)
    assert result(root) == undisturbed


def test_fewer_years_than_there_are_is_refused(finished: Path) -> None:
    with pytest.raises(CheckpointError, match=f"already has years up to {LAST}"):
        plan(finished, last=LAST - 1)


def test_of_a_journal_that_has_only_its_first_stage_a_result_is_no_continuation(
    finished: Path, undisturbed: dict[str, Any]
) -> None:
    journal = RunFolder(finished).journal
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:2]))
    assert Journal(journal).completed() == Position(FIRST, "INITIALIZATION")
    assert plan(finished).source != "finished database"  # which has no census any more
    run(finished, resume=True)
    assert result(finished) == undisturbed


def test_a_torn_write_ahead_log_does_not_stay(stopped: Path) -> None:
    folder = RunFolder(stopped)
    log = write_ahead_log(folder.partial_database)
    with duckdb.connect(str(folder.partial_database)) as connection:
        connection.execute("pragma disable_checkpoint_on_shutdown")
        connection.execute("create table torn as select 1 as one")
    os.truncate(log, 61)
    carry_out(folder, plan(stopped), NOW)
    assert not log.exists()


def test_what_killed_reports_left_does_not_go_into_the_history(finished: Path) -> None:
    folder = RunFolder(finished)
    (folder.reports / "report.html.99999999.planalign.tmp").touch()
    run(finished)
    assert folder.earlier_results() and not list(finished.rglob("*.tmp"))


def cut_database(folder: RunFolder) -> None:
    data = folder.partial_database.read_bytes()
    folder.partial_database.write_bytes(data[: len(data) // 2])


def delete_database(folder: RunFolder) -> None:
    folder.partial_database.unlink()


def empty_database(folder: RunFolder) -> None:
    folder.partial_database.write_bytes(b"")


def flip_header(folder: RunFolder) -> None:
    flip(folder.partial_database, 4096 + 20)


def change_a_cell(folder: RunFolder, where: str = "simulation_year = 2026 and person = 'b'") -> None:
    with duckdb.connect(str(folder.partial_database)) as connection:
        connection.execute(f"update fct_snapshot set pay = pay + 0.01 where {where}")


def change_the_newest_cell(folder: RunFolder) -> None:
    change_a_cell(folder, "simulation_year = 2027 and person = 'a'")


def change_an_intermediate_cell(folder: RunFolder) -> None:
    with duckdb.connect(str(folder.partial_database)) as connection:
        connection.execute("update int_raises set more = more + 0.01 where person = 'a'")


def change_a_constant(folder: RunFolder) -> None:
    with duckdb.connect(str(folder.partial_database)) as connection:
        connection.execute("update seed_rates set rate = 0.3")


def drop_a_table(folder: RunFolder) -> None:
    with duckdb.connect(str(folder.partial_database)) as connection:
        connection.execute("drop table fct_summary")


def other_engine(folder: RunFolder) -> None:
    journal = Journal(folder.journal)
    journal.record(StageEntry(Position(2027, "STATE_ACCUMULATION"), "another engine", {}))


DAMAGES = [
    cut_database,
    delete_database,
    empty_database,
    flip_header,
    change_a_cell,
    change_the_newest_cell,
    change_an_intermediate_cell,
    change_a_constant,
    drop_a_table,
    other_engine,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_is_restored(
    stopped: Path, undisturbed: dict[str, Any], damage: Callable[[RunFolder], None]
) -> None:
    damage(RunFolder(stopped))
    found = plan(stopped)
    assert (found.source, found.after) == ("year copy", Position.end_of(2026))
    assert any(str(RunFolder(stopped).partial_database) in note for note in found.notes)
    run(stopped, resume=True)
    assert result(stopped) == undisturbed


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_shortened_write_ahead_log_is_noticed(stopped: Path, undisturbed: dict[str, Any], share: float) -> None:
    """DuckDB opens it without a word and with fewer rows."""
    folder = RunFolder(stopped)
    log = folder.partial_database.with_name("simulation.duckdb.wal")
    with duckdb.connect(str(folder.partial_database), config={"checkpoint_threshold": "1GB"}) as connection:
        connection.execute("pragma disable_checkpoint_on_shutdown")
        rows = "select 'x' || i as person, i::decimal(14, 2) as pay from range(2000) as r(i)"
        connection.execute(f"create or replace table int_opening as {rows}")
        connection.execute("create or replace table int_raises as select *, pay as more from int_opening")
        for stage, table in (("FOUNDATION", "int_opening"), ("EVENT_GENERATION", "int_raises")):
            Journal(folder.journal).record(stage_entry(connection, Position(2027, stage), {table: "replaced"}))
    assert plan(stopped).source == "partial database"
    whole = log.read_bytes()
    log.write_bytes(whole[: int(len(whole) * share)])
    assert plan(stopped).source == "year copy"
    run(stopped, resume=True)
    assert result(stopped) == undisturbed


@pytest.mark.parametrize("level", [None, 3])
@pytest.mark.parametrize("place", [0.0, 0.3, 0.7, 0.999])
def test_a_flipped_byte_in_a_copy_is_found_and_an_older_copy_used(
    stopped: Path, undisturbed: dict[str, Any], place: float, level: int | None
) -> None:
    folder = RunFolder(stopped)
    run(stopped, from_year=2026, level=level)
    folder.database.unlink()
    newest = folder.checkpoints / ("year_2027.duckdb" if level is None else "year_2027.duckdb.zst")
    flip(newest, int(newest.stat().st_size * place))
    found = plan(stopped)
    assert found.after == Position.end_of(2026)
    assert any("year_2027" in note and "has changed" in note for note in found.notes)
    run(stopped, resume=True, level=level)
    assert result(stopped) == undisturbed


@pytest.mark.parametrize("name", ["year_2026.json", "year_2026.duckdb"])
@pytest.mark.parametrize("how", ["deleted", "cut"])
def test_without_the_newest_copy_an_older_one_serves(
    stopped: Path, undisturbed: dict[str, Any], name: str, how: str
) -> None:
    folder = RunFolder(stopped)
    folder.partial_database.unlink()
    path = folder.checkpoints / name
    if how == "deleted":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-9])
    found = plan(stopped)
    assert found.after == Position.end_of(2025)
    run(stopped, resume=True)
    assert result(stopped) == undisturbed


def test_no_flipped_byte_of_a_manifest_is_trusted(stopped: Path) -> None:
    folder = RunFolder(stopped)
    folder.partial_database.unlink()
    path = folder.checkpoints / "year_2026.json"
    whole = path.read_bytes()
    for place in range(0, len(whole), 53):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        after = plan(stopped).after
        same = _parsed(path) == json.loads(whole)
        assert after == Position.end_of(2026 if same else 2025), place


def _parsed(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        return None


def test_without_any_copy_it_starts_again(stopped: Path, undisturbed: dict[str, Any]) -> None:
    folder = RunFolder(stopped)
    folder.partial_database.unlink()
    shutil.rmtree(folder.checkpoints)
    run(stopped, resume=True)
    assert result(stopped) == undisturbed


@pytest.mark.parametrize("lines", [0, 1, 8, 14])
def test_a_lost_journal_is_rebuilt_from_a_manifest(stopped: Path, undisturbed: dict[str, Any], lines: int) -> None:
    folder = RunFolder(stopped)
    folder.partial_database.unlink()
    kept = folder.journal.read_bytes().splitlines(keepends=True)[:lines]
    folder.journal.write_bytes(b"".join(kept) + b"rubbish\n")
    found = plan(stopped)
    assert found.after == Position.end_of(2026)
    run(stopped, resume=True)
    assert list(Journal(folder.journal).made_with()) == [2025, 2026, 2027]
    assert plan(stopped).finished
    assert result(stopped) == undisturbed


def test_an_old_write_ahead_log_is_not_replayed_into_a_restored_database(
    stopped: Path, undisturbed: dict[str, Any]
) -> None:
    folder = RunFolder(stopped)
    log = folder.partial_database.with_name("simulation.duckdb.wal")
    with duckdb.connect(str(folder.partial_database)) as connection:
        connection.execute("pragma disable_checkpoint_on_shutdown")
        connection.execute("insert into fct_snapshot values ('ghost', 2026, 1)")
    assert log.exists()
    assert plan(stopped).source == "year copy"
    run(stopped, resume=True)
    assert result(stopped) == undisturbed


def test_without_copies_the_sound_years_of_the_database_are_kept(stopped: Path, undisturbed: dict[str, Any]) -> None:
    folder = RunFolder(stopped)
    change_the_newest_cell(folder)
    for path in folder.checkpoints.glob("year_*"):
        path.unlink()
    found = plan(stopped)
    assert (found.source, found.after) == ("partial database", Position.end_of(2026))
    assert any("table fct_snapshot, 2027: the content has changed" in note for note in found.notes)
    run(stopped, resume=True)
    assert result(stopped) == undisturbed


CHANGES = [
    ({"rate": 0.2}, "setting raise.rate: was 0.1, is 0.2", True),
    ({"census": "d" * 64}, "census: was cccccccccccccccc, is dddddddddddddddd", False),
    ({"seed": 43}, "seed: was 42, is 43", True),
    ({"assumptions": {"levels": "e" * 64}}, "assumption table levels", True),
    ({"models": {}}, "model models/events/int_raises.sql", True),
    ({"versions": {"planalign": "2.0.0", "duckdb": duckdb.__version__}}, "version planalign: was 1.2.3", True),
]


@pytest.mark.parametrize("lost", ["nothing", "journal"])
@pytest.mark.parametrize(("change", "named", "rewindable"), CHANGES)
def test_a_change_is_refused_by_name_with_the_choices(
    stopped: Path, change: dict[str, Any], named: str, rewindable: bool, lost: str
) -> None:
    if lost == "journal":
        RunFolder(stopped).journal.unlink()
    with pytest.raises(CheckpointError) as caught:
        plan(stopped, fingerprints(**change))
    assert named in caught.value.message
    assert caught.value.remedy is not None
    assert ("--from-year" in caught.value.remedy.split("compute everything")[0]) is rewindable
    assert "--output" in caught.value.remedy


def test_a_patch_release_goes_on_with_a_note(stopped: Path, undisturbed: dict[str, Any]) -> None:
    now = fingerprints(versions={**NOW.versions, "planalign": "1.2.9"})
    notes = run(stopped, resume=True, now=now)
    assert any("goes on with another version" in note and "1.2.9" in note for note in notes)
    assert result(stopped) == undisturbed
    made_with = Journal(RunFolder(stopped).journal).made_with()
    assert made_with[FIRST].versions["planalign"] == "1.2.3"
    assert made_with[LAST].versions["planalign"] == "1.2.9"


def test_a_changed_assumption_table_in_the_result_is_noticed(finished: Path) -> None:
    with duckdb.connect(str(RunFolder(finished).database)) as connection:
        connection.execute("update seed_rates set rate = 0.3")
    assert plan(finished).source == "year copy"


def test_a_database_is_read_without_access_to_anything_else(finished: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with connected(RunFolder(finished).database) as connection, pytest.raises(duckdb.PermissionException):
        connection.execute(f"from read_csv('{(tmp_path / 'secret.csv').as_posix()}')")


@pytest.mark.parametrize(
    ("table", "fault"), [("fct_snapshot", "no run makes: fct_snapshot"), ("fct_ndt_person", "cannot be read")]
)
def test_a_copy_of_a_stranger_runs_no_code_and_reads_no_file(
    stopped: Path, tmp_path: Path, table: str, fault: str
) -> None:
    """Its tables, and the view that a run makes, may be views over anything: it is read without access to files."""
    folder = RunFolder(stopped)
    secret = tmp_path / "secret.csv"
    secret.write_text("person,simulation_year,pay\na,2026,1\n")
    with duckdb.connect(str(folder.partial_database)) as connection:
        connection.execute(f"drop table if exists {table}")
        connection.execute(f"create view {table} as select * from read_csv('{secret.as_posix()}')")
    found = plan(stopped)
    assert found.source == "year copy"
    assert any(fault in note for note in found.notes)
