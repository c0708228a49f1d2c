"""A batch and the runs that it starts: a signal reaches both, none outlives the other, and a killed run is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from planalign_orchestrator.child_process import isolated, supervise
from planalign_orchestrator.cli import batch as batch_module
from planalign_orchestrator.run.folder import RunFolder
from tests.security.conftest import say

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="sends signals that Windows has not")]

PATIENCE = 60


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    for name in ("one", "two"):
        (folder / f"{name}.yaml").write_text("simulation:\n  end_year: 2050\n", encoding="utf-8")
    return folder


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def has_saved_a_stage(journal: Path) -> bool:
    return journal.exists() and journal.read_bytes().count(b"\n") > 2


def begun(scenarios: Path) -> tuple[subprocess.Popen[str], psutil.Process]:
    """A batch whose first run has saved a stage; started as a shell starts what ends with &, without Ctrl-C."""
    command = isolated("planalign_orchestrator", "batch", "--scenarios", str(scenarios), "--output", "runs")
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    process = subprocess.Popen(command, cwd=scenarios.parent, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    signal.signal(signal.SIGINT, before)
    journal = RunFolder(scenarios.parent / "runs" / "one").journal
    wait_for(lambda: has_saved_a_stage(journal))
    return process, psutil.Process(process.pid).children()[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_batch_stops_its_run_cleanly(scenarios: Path, number: signal.Signals) -> None:
    process, child = begun(scenarios)
    process.send_signal(number)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, said
    assert not child.is_running()
    assert "stopped; saved up to" in said and "the batch was stopped in scenario one" in said
    assert RunFolder(scenarios.parent / "runs" / "one").holder() is None


def test_a_run_stops_cleanly_when_its_batch_is_killed(scenarios: Path) -> None:
    process, child = begun(scenarios)
    process.kill()
    process.wait()
    wait_for(lambda: not child.is_running())
    assert "stopped; saved up to" in (process.stderr.read() if process.stderr else "")


def test_a_run_that_the_system_kills_is_told_as_want_of_memory(scenarios: Path) -> None:
    process, child = begun(scenarios)
    child.kill()
    wait_for(lambda: (scenarios.parent / "runs" / "two" / "checkpoints" / "journal.jsonl").exists())
    psutil.Process(process.pid).children()[0].kill()
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 5
    assert "one: the system ended it, most likely as memory ran out; lower --memory-limit-gb" in said
    assert "failed: one (exit code 5), two (exit code 5)" in said


def test_a_run_hears_the_end_of_its_terminal(tmp_path: Path) -> None:
    command = isolated("planalign_orchestrator", "run", "--years", "2025-2050", "--output", "runs")
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    journal = RunFolder(tmp_path / "runs" / "baseline").journal
    wait_for(lambda: has_saved_a_stage(journal))
    process.send_signal(signal.SIGHUP)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "stopped; " in said and "--resume-from-checkpoint" in said


def test_what_ends_a_run_in_another_way_is_told_too(monkeypatch: pytest.MonkeyPatch, scenarios: Path) -> None:
    monkeypatch.setattr(batch_module, "supervise", lambda command: -11)
    said = say("batch", "--scenarios", scenarios)
    assert said.code == 1
    assert "one: it broke off (-11)" in said.err


def test_a_child_gets_nothing_to_read_and_its_code_comes_back() -> None:
    assert supervise([sys.executable, "-c", "import sys; sys.exit(7)"]) == 7
