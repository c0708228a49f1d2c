"""Back to the state before a year, with the same or with other settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from planalign_orchestrator.errors import CheckpointError
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.stages import Position
from planalign_orchestrator.storage.journal import Journal
from planalign_orchestrator.storage.recovery import plan_resume, plan_rewind
from planalign_orchestrator.storage.year_copy import list_copies
from tests.checkpoints.tiny_run import (
    FIRST,
    KILLED,
    LAST,
    fingerprints,
    in_process,
    operations_of,
    result,
    run,
    run_killed_at,
)

OTHER = fingerprints(rate=0.2, assumptions={"levels": "f" * 64})


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The result with other settings from the second year on, from a run that nothing disturbed."""
    root = tmp_path_factory.mktemp("mixed") / "run"
    run(root)
    run(root, from_year=FIRST + 1, now=OTHER)
    return result(root)


@pytest.mark.parametrize("from_year", [FIRST, FIRST + 1, LAST, LAST + 1])
def test_with_the_same_settings_the_result_is_the_same(
    finished: Path, undisturbed: dict[str, Any], from_year: int
) -> None:
    run(finished, from_year=from_year)
    assert result(finished) == undisturbed


def test_it_needs_no_copy_while_a_database_is_sound(finished: Path, mixed: dict[str, Any]) -> None:
    for copy in list_copies(RunFolder(finished)):
        copy.path.unlink()
    run(finished, from_year=FIRST + 1, now=OTHER)
    assert result(finished) == mixed


def test_other_settings_count_from_that_year_on_and_are_remembered(
    finished: Path, undisturbed: dict[str, Any], mixed: dict[str, Any]
) -> None:
    notes = run(finished, from_year=FIRST + 1, now=OTHER)
    assert "from 2026 on, setting raise.rate: was 0.1, is 0.2" in notes
    assert result(finished) == mixed != undisturbed
    made_with = Journal(RunFolder(finished).journal).made_with()
    assert [made_with[year].settings["raise.rate"] for year in (2025, 2026, 2027)] == [0.1, 0.2, 0.2]
    with duckdb.connect(str(RunFolder(finished).database), read_only=True) as connection:
        assert connection.execute("select count(*) from fct_snapshot").fetchall() == [(9,)]


def test_years_beyond_the_last_one_asked_for_do_not_stay(finished: Path, tmp_path: Path) -> None:
    run(finished, from_year=FIRST + 1, last=FIRST + 1)
    run(tmp_path / "short", last=FIRST + 1)
    assert result(finished) == result(tmp_path / "short")


def test_an_interrupted_rewind_is_resumed_with_the_new_settings_only(finished: Path, mixed: dict[str, Any]) -> None:
    operations = operations_of_rewind(finished)
    killed = finished.parent / "killed"
    run(killed)
    middle = len(operations) // 2
    assert in_process(run_killed_at, middle, killed, from_year=FIRST + 1, now=OTHER) == KILLED
    with pytest.raises(CheckpointError, match=r"raise\.rate: was 0\.2, is 0\.1"):
        plan_resume(RunFolder(killed), fingerprints(), LAST)
    run(killed, resume=True, now=OTHER)
    assert result(killed) == mixed


def operations_of_rewind(root: Path) -> list[tuple[str, str]]:
    return operations_of(root, from_year=FIRST + 1, now=OTHER)


def test_the_last_good_result_stays_until_the_new_one_is_there(finished: Path, undisturbed: dict[str, Any]) -> None:
    names = [name for _, name in operations_of_rewind(finished)]
    for number in (5, names.index("finish.before_rename") + 1):
        run(finished)
        assert in_process(run_killed_at, number, finished, from_year=FIRST + 1, now=OTHER) == KILLED
        assert result(finished) == undisturbed


def test_copies_of_the_former_history_are_not_used(finished: Path, mixed: dict[str, Any]) -> None:
    folder = RunFolder(finished)
    names = [name for _, name in operations_of_rewind(finished)]
    run(finished)
    in_process(run_killed_at, names.index("checkpoint.before_copy"), finished, from_year=FIRST + 1, now=OTHER)
    folder.partial_database.unlink()
    history = Journal(folder.journal).entries
    assert {copy.year: copy.state(history) for copy in list_copies(folder)} == {2026: "superseded", 2027: "superseded"}
    plan = plan_resume(folder, OTHER, LAST)
    assert (plan.source, plan.after) == ("finished database", Position.end_of(FIRST))
    run(finished, resume=True, now=OTHER)
    assert result(finished) == mixed


def test_the_newest_copies_of_the_new_history_are_kept(finished: Path) -> None:
    run(finished, from_year=FIRST + 1, now=OTHER, keep=1)
    folder = RunFolder(finished)
    copies = list_copies(folder)
    assert [(copy.year, copy.state(Journal(folder.journal).entries)) for copy in copies] == [(LAST, "usable")]


def test_a_lost_first_part_made_with_other_settings_is_not_made_up(finished: Path) -> None:
    run(finished, from_year=LAST, now=OTHER, keep=1)
    folder = RunFolder(finished)
    folder.database.unlink()
    (folder.checkpoints / f"year_{LAST}.duckdb").unlink()
    with pytest.raises(CheckpointError, match="made with other settings"):
        plan_resume(folder, OTHER, LAST)


@pytest.mark.parametrize(
    "changed",
    [{"census": "d" * 64}, {"settings": {**fingerprints().settings, "simulation.start_year": 2024}}],
)
def test_what_earlier_years_depend_on_cannot_change(finished: Path, changed: dict[str, Any]) -> None:
    with pytest.raises(CheckpointError, match="not everything is as it was"):
        plan_rewind(RunFolder(finished), fingerprints(**changed), FIRST, LAST)


def test_from_the_first_year_everything_may_change(finished: Path) -> None:
    plan = plan_rewind(RunFolder(finished), fingerprints(census="d" * 64), FIRST, FIRST)
    assert plan.after is None


def test_a_year_that_was_never_reached_is_refused(stopped: Path) -> None:
    with pytest.raises(CheckpointError, match="the run has come to 2027 STATE_ACCUMULATION"):
        plan_rewind(RunFolder(stopped), OTHER, FIRST, LAST + 1)


def test_when_the_state_is_lost_it_goes_back_further(stopped: Path, undisturbed: dict[str, Any]) -> None:
    folder = RunFolder(stopped)
    folder.partial_database.unlink()
    (folder.checkpoints / "year_2026.duckdb").unlink()
    notes = run(stopped, from_year=LAST)
    assert any("goes back to 2025 REPORTING" in note for note in notes)
    assert result(stopped) == undisturbed
    with pytest.raises(CheckpointError, match="cannot be brought back"):
        folder.database.unlink()
        (folder.checkpoints / "year_2026.json").unlink()
        (folder.checkpoints / "year_2027.json").unlink()
        plan_rewind(folder, OTHER, FIRST, LAST)
