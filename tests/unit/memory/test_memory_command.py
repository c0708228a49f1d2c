"""``planalign memory`` on a recorded run and on a running process."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from planalign_orchestrator.cli import app
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.record import sealed
from tests.unit.memory.scripted import Run


def planalign(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["memory", *arguments])


def refusal(*arguments: str) -> ConfigurationError:
    error = planalign(*arguments).exception
    assert isinstance(error, ConfigurationError), error
    return error


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    run = Run(budget_gb=2, batch_size=250)
    for year in (2025, 2026):
        run.memory.mark("EVENT_GENERATION", year)
        run.memory.mark("EVENT_GENERATION", year, "int_merit_events")
        run.sees(0.3 if year == 2025 else 0.93)
    folder = RunFolder(tmp_path / "runs" / "baseline")
    folder.root.mkdir(parents=True)
    record = {"schema_version": 1, "started": "2026-01-01", "memory": run.memory.summary().to_dict()}
    folder.run_record.write_text(json.dumps(sealed(record)))
    folder.database.touch()
    return folder.root


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_the_report_shows_where_memory_went_and_what_to_change(finished: Path) -> None:
    shown = planalign("report", str(finished)).output
    assert "peak 1905 MiB of 2048 after 2 of 2 s (2026 EVENT_GENERATION int_merit_events)" in shown
    assert "heaviest models: int_merit_events 1905" in shown
    assert "Raise the level to medium" in shown
    assert "setting: multi_year.optimization.level: medium" in shown
    assert "alert: memory is short (1905 MiB)" in shown


def test_a_report_needs_a_run_folder(tmp_path: Path) -> None:
    assert "is not a run folder" in refusal("report", str(tmp_path)).message


def test_a_report_needs_a_memory_record(finished: Path) -> None:
    RunFolder(finished).run_record.write_text(json.dumps(sealed({"schema_version": 1})))
    assert "has no memory record" in refusal("report", str(finished)).message


def test_a_process_is_watched_for_a_while(sleeper: subprocess.Popen[bytes]) -> None:
    lines = planalign(
        "monitor", "--pid", str(sleeper.pid), "--interval", "0.1", "--seconds", "0.35"
    ).output.splitlines()
    assert 2 <= len(lines) <= 6
    assert f"process {sleeper.pid}" in lines[0] and "MiB" in lines[0] and "normal" in lines[0]
    assert lines[-1].startswith("peak ")


def test_watching_ends_with_the_process(sleeper: subprocess.Popen[bytes]) -> None:
    sleeper.kill()  # it may take a moment, in which it is still seen
    output = planalign("monitor", "--pid", str(sleeper.pid), "--interval", "0.1").output
    assert output.splitlines()[-1].startswith("peak ")


def test_the_running_simulation_is_found_with_its_budget(finished: Path) -> None:
    folder = RunFolder(finished)
    folder.work.mkdir()
    folder.partial_record.write_text(json.dumps(sealed({"schema_version": 1, "limits": {"memory_limit_gb": 2}})))
    with folder.lock("planalign run"):
        arguments = ("monitor", "--output", str(finished.parent), "--interval", "0.1", "--seconds", "0")
        shown = planalign(*arguments).output
    assert "baseline" in shown and "of 2048 MiB" in shown
    assert f"process {os.getpid()}" not in shown


def test_without_a_running_simulation_it_says_so(finished: Path) -> None:
    assert "no simulation is running" in refusal("monitor", "--output", str(finished.parent)).message


def test_an_unknown_process_is_refused() -> None:
    assert "cannot be watched" in refusal("monitor", "--pid", "99999999").message


def test_the_script_is_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr("planalign_orchestrator.cli.main", called.append)
    monkeypatch.setattr(sys, "argv", ["memory_monitor_cli.py", "monitor", "--pid", "1"])
    runpy.run_path(str(Path(__file__).parents[3] / "scripts" / "memory_monitor_cli.py"), run_name="__main__")
    assert called == [["memory", "monitor", "--pid", "1"]]
