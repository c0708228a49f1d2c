"""`planalign status` and `planalign checkpoints`."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from planalign_orchestrator.cli import app
from planalign_orchestrator.cli.streams import text_of
from planalign_orchestrator.errors import CheckpointError, RunLockedError
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.record import Announcer, Progress, last_progress
from planalign_orchestrator.run.stages import EVENT_GENERATION, FOUNDATION, Position
from planalign_orchestrator.storage import durable
from planalign_orchestrator.storage.journal import Journal, _seal as seal_of, read_manifest, write_manifest
from tests.checkpoints.tiny_run import FIRST, LAST, fingerprints, result, run


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def failure(outcome: Result) -> CheckpointError:
    assert isinstance(outcome.exception, CheckpointError)
    return outcome.exception


def test_status_of_a_finished_run(finished: Path) -> None:
    text = call("status", finished).stdout
    assert f"{finished}: finished" in text
    assert "completed    2025 to 2027" in text
    assert "2027 usable, 2026 usable" in text
    assert "next" not in text


def test_status_says_that_reports_are_pending_or_of_another_run(finished: Path) -> None:
    stamp = RunFolder(finished).reports / "made_from.json"
    text = stamp.read_text()
    stamp.unlink()
    shown = call("status", finished).stdout
    assert f"{finished}: reports pending" in shown and "reports      pending; `planalign report` writes them" in shown
    stamp.write_text(text.replace(json.loads(text)["run_id"], "another"))
    assert "reports      of another run" in call("status", finished).stdout


def test_status_names_earlier_results_and_a_changed_record(finished: Path) -> None:
    run(finished, from_year=2026)
    assert "history      history/1" in call("status", finished).stdout
    record = RunFolder(finished).run_record
    record.write_text(record.read_text().replace('"schema_version"', '"note": 1, "schema_version"'))
    assert "was changed after the run had written it" in call("status", finished).stdout


@pytest.mark.parametrize("command", [("status",), ("checkpoints", "verify")])
def test_commands_finish_an_exchange_of_results_that_was_cut_off(finished: Path, command: tuple[str, ...]) -> None:
    folder = RunFolder(finished)
    (folder.work / "publish.json").write_text('{"old": ["simulation.duckdb"], "to": 7}')
    shutil.copy(folder.database, folder.partial_database)
    folder.database.rename(finished / "aside")
    (folder.history / "7").mkdir(parents=True)
    (finished / "aside").rename(folder.history / "7" / "simulation.duckdb")
    assert call(*command, finished).exit_code == 0
    assert folder.database.exists() and not (folder.work / "publish.json").exists()


def test_status_says_how_far_a_run_is(stopped: Path) -> None:
    told: list[str] = []
    announcer = Announcer(RunFolder(stopped).progress, "an id", lambda progress: told.append(progress.line()))
    announcer.begin(2025, 2027)
    announcer(Progress("stage", "finished", 2026, FOUNDATION))
    announcer(Progress("stage", "started", 2026, EVENT_GENERATION))
    assert "progress     9 of 21 steps; 2026 EVENT_GENERATION started" in call("status", stopped).stdout
    written = RunFolder(stopped).progress.read_text().splitlines()
    assert [json.loads(line)["done"] for line in written] == [9, 9] and len(told) == 2
    with RunFolder(stopped).progress.open("a") as file:
        file.write('{"torn')
    assert last_progress(RunFolder(stopped).progress) == json.loads(written[-1])


def test_status_of_an_interrupted_run(stopped: Path) -> None:
    text = call("status", stopped).stdout
    assert "interrupted" in text
    assert "2025 to 2026, 2027 up to STATE_ACCUMULATION" in text
    assert "--resume-from-checkpoint" in text


def test_status_of_a_run_under_way(finished: Path) -> None:
    with RunFolder(finished).lock("planalign run"):
        assert f"running, process {os.getpid()} since" in call("status", finished).stdout


def test_status_says_which_years_were_made_with_other_settings(finished: Path) -> None:
    run(finished, from_year=2026, now=fingerprints(rate=0.2))
    assert "from 2026 on setting raise.rate: was 0.1, is 0.2" in call("status", finished).stdout


def test_status_finds_runs_in_the_present_folder(
    finished: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "runs").mkdir()
    finished.rename(tmp_path / "runs" / "baseline")
    monkeypatch.chdir(tmp_path)
    found = json.loads(call("status", "--json").stdout)
    assert [(Path(one["folder"]).name, one["state"], one["years"]) for one in found] == [
        ("baseline", "finished", [2025, 2026, 2027])
    ]


def test_status_without_a_run_says_how_to_start_one(tmp_path: Path) -> None:
    assert "planalign run" in call("status", tmp_path).stdout


def test_list_shows_state_size_and_age(finished: Path) -> None:
    (RunFolder(finished).checkpoints / "year_2026.duckdb").unlink()
    text = call("checkpoints", "list", finished).stdout
    assert "2027  usable" in text
    assert "2026  damaged" in text
    assert "year_2026.duckdb is not there" in text
    assert re.search(r"\d+ (s|min) old", text)


def test_list_bears_a_clock_that_jumps_back(finished: Path) -> None:
    path = RunFolder(finished).checkpoints / "year_2027.json"
    manifest = read_manifest(path)
    object.__setattr__(manifest, "created", manifest.created.replace(year=2099))
    write_manifest(path, manifest)
    assert "from the future" in call("checkpoints", "list", finished).stdout
    assert json.loads(call("checkpoints", "list", finished, "--json").stdout)[0]["age_seconds"] < 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "unknown age"),
        (-1.0, "from the future (the clock was set back)"),
        (0.2, "0 s old"),
        (59.0, "59 s old"),
        (90.0, "2 min old"),
        (7200.0, "2 h old"),
        (200_000.0, "2 days old"),
    ],
)
def test_ages(seconds: float | None, text: str) -> None:
    copy = {"year": 2027, "state": "usable", "file": "year_2027.duckdb", "bytes": 1_500_000, "age_seconds": seconds}
    found = {"copies": [{**copy, "compression_level": None, "fault": None}], "folder": "runs/baseline"}
    shown = f"2027  usable          1.5 MB  plain     {text}  year_2027.duckdb"
    assert text_of("checkpoints", found=found) == shown


def test_verify_reads_everything(finished: Path) -> None:
    outcome = call("checkpoints", "verify", finished)
    assert outcome.exit_code == 0
    assert outcome.stdout.count("sound") == 4
    copy = RunFolder(finished).checkpoints / "year_2026.duckdb"
    data = bytearray(copy.read_bytes())
    data[-1] ^= 1
    copy.write_bytes(data)
    error = failure(call("checkpoints", "verify", finished))
    assert error.message == f"1 of 4 files are damaged: {copy}"
    assert error.exit_code == 6


def test_verify_compares_the_database_with_the_journal(stopped: Path) -> None:
    RunFolder(stopped).partial_database.unlink()
    outcome = call("checkpoints", "verify", stopped, "--json")
    faults = [fault for finding in json.loads(outcome.stdout) for fault in finding["faults"]]
    assert faults == [f"{RunFolder(stopped).partial_database} is not there"]


def test_restore_goes_back_and_a_resume_gives_the_same_result(finished: Path, undisturbed: dict[str, Any]) -> None:
    folder = RunFolder(finished)
    refused = failure(call("checkpoints", "restore", finished, "--year", "2026"))
    assert "further than the checkpoint of 2026" in refused.message
    assert call("checkpoints", "restore", finished, "--year", "2026", "--force").exit_code == 0
    assert Journal(folder.journal).completed() == Position.end_of(2026)
    assert result(finished) == undisturbed
    run(finished, resume=True)
    assert result(finished) == undisturbed


def test_restore_takes_the_newest_sound_one(stopped: Path) -> None:
    RunFolder(stopped).partial_database.unlink()
    RunFolder(stopped).journal.unlink()
    outcome = call("checkpoints", "restore", stopped, "--json")
    assert json.loads(outcome.stdout)["restored"] == 2026


def test_restore_of_a_year_that_is_not_there_names_those_that_are(finished: Path) -> None:
    assert "(there: 2027, 2026)" in failure(call("checkpoints", "restore", finished, "--year", "2030")).message


def test_restore_of_a_damaged_copy_changes_nothing(finished: Path) -> None:
    copy = RunFolder(finished).checkpoints / "year_2026.duckdb"
    copy.write_bytes(copy.read_bytes()[:-8] + b"\0" * 7 + b"\1")
    before = RunFolder(finished).journal.read_bytes()
    assert "has changed" in failure(call("checkpoints", "restore", finished, "--year", "2026", "--force")).message
    assert RunFolder(finished).journal.read_bytes() == before


def test_clean_removes_what_is_not_needed(finished: Path) -> None:
    folder = RunFolder(finished).checkpoints
    (folder / "year_2026.duckdb").write_bytes(b"damaged")
    (folder / "year_2024.duckdb").write_bytes(b"without a manifest")
    (folder / "year_2027.duckdb.1.tmp").write_bytes(b"left over")
    names = {path.name for path in folder.iterdir()}
    assert "4 files" in call("checkpoints", "clean", finished, "--dry-run").stdout
    assert {path.name for path in folder.iterdir()} == names
    assert "4 files" in call("checkpoints", "clean", finished).stdout
    assert {path.name for path in folder.iterdir()} == {"journal.jsonl", "year_2027.json", "year_2027.duckdb"}


def test_clean_leaves_what_it_cannot_read(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = RunFolder(finished).checkpoints
    manifest = folder / "year_2026.json"
    manifest.unlink()
    manifest.mkdir()
    names = {path.name for path in folder.iterdir()}
    content_of = durable.content_of

    def unreadable(path: Path) -> durable.Content:
        if path.name == "year_2027.duckdb":
            raise OSError(errno.EIO, "Input/output error")
        return content_of(path)

    monkeypatch.setattr(durable, "content_of", unreadable)
    assert "0 files" in call("checkpoints", "clean", finished, "--keep", "0").stdout
    assert {path.name for path in folder.iterdir()} == names
    assert (
        "Input/output error"
        in failure(call("checkpoints", "verify", finished)).message + call("checkpoints", "verify", finished).stdout
    )


def test_clean_leaves_copies_of_another_version(finished: Path) -> None:
    path = RunFolder(finished).checkpoints / "year_2026.json"
    data = json.loads(path.read_text())["manifest"] | {"schema": 99}
    path.write_text(json.dumps({"seal": seal_of(data), "manifest": data}))
    assert "unreadable" in call("checkpoints", "list", finished).stdout
    call("checkpoints", "clean", finished)
    assert path.exists() and path.with_suffix(".duckdb").exists()


def test_a_journal_that_cannot_be_read_is_said_and_nothing_is_deleted(finished: Path) -> None:
    folder = RunFolder(finished)
    folder.journal.unlink()
    folder.journal.mkdir()
    names = sorted(folder.checkpoints.iterdir())
    assert "cannot be read" in failure(call("checkpoints", "clean", finished)).message
    assert sorted(folder.checkpoints.iterdir()) == names


def test_clean_works_on_a_full_disk(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    call("checkpoints", "clean", finished, "--keep", "0")
    assert [path.name for path in RunFolder(finished).checkpoints.iterdir()] == ["journal.jsonl"]


def test_clean_keeps_as_many_as_told(finished: Path) -> None:
    call("checkpoints", "clean", finished, "--keep", "0")
    assert [path.name for path in RunFolder(finished).checkpoints.iterdir()] == ["journal.jsonl"]


@pytest.mark.parametrize("command", ["verify", "restore", "clean"])
def test_commands_keep_out_while_a_run_is_under_way(finished: Path, command: str) -> None:
    with RunFolder(finished).lock("planalign run"):
        assert isinstance(call("checkpoints", command, finished).exception, RunLockedError)


def test_several_runs_have_to_be_told_apart(finished: Path, tmp_path: Path) -> None:
    run(tmp_path / "other", last=FIRST)
    assert "there are several runs" in failure(call("checkpoints", "list", tmp_path)).message
    assert f"up to {LAST}" not in call("status", tmp_path / "other").stdout
