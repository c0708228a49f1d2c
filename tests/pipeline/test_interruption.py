"""Ctrl-C in the middle of a run: it stops cleanly, says what is saved, and the command that it names goes on."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from planalign_orchestrator.cli import main
from planalign_orchestrator.cli.interruption import interrupted_run
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.inputs import RunInputs
from planalign_orchestrator.run.stages import STAGES

SCRIPT = Path(__file__).parents[2] / "orchestrator_dbt" / "run_multi_year.py"
HEARING_CTRL_C = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Runs a script as a terminal would: what a shell starts in the background is deaf to Ctrl-C, with all its children."""
PATIENCE = 300
"""Seconds after which a run counts as hanging."""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl-C to one process alone")
def test_ctrl_c_saves_and_says_how_to_go_on(small_census: Path, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "a folder" / "baseline")
    arguments = ["--years", "2025", "2026", "--census", str(small_census), "--output", "a folder"]
    run = subprocess.Popen(
        [sys.executable, "-c", HEARING_CTRL_C, SCRIPT, *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _wait_for_stages(folder, 2, run)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=PATIENCE)

    assert run.returncode == 130
    assert not out and "Traceback" not in err and "error" not in err
    saved = re.search(r"stopped; saved up to (\d{4} [A-Z_]+)\. The last good result is untouched\.", err)
    command = re.search(r"^Go on with: (planalign run .*)$", err, re.MULTILINE)
    assert saved and command, err
    record = json.loads(folder.partial_record.read_text(encoding="utf-8"))
    assert record["outcome"] == "interrupted"
    before = record["stages"]
    assert f"{before[-1]['year']} {before[-1]['stage']}" == saved[1]

    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    again = subprocess.run(
        command[1],
        shell=True,
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 0, again.stderr
    stages = json.loads(folder.run_record.read_text(encoding="utf-8"))["stages"]
    assert [entry["stage"] for entry in stages] == [stage.name for stage in STAGES] * 2
    assert stages[: len(before)] == before  # taken over, not built again


def _wait_for_stages(folder: RunFolder, count: int, run: subprocess.Popen[str]) -> None:
    """Wait until the journal holds so many stages; the run has ten more to go then."""
    deadline = time.monotonic() + PATIENCE
    while not folder.journal.exists() or folder.journal.read_text(encoding="utf-8").count('"position"') < count:
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_ctrl_c_in_another_command_is_no_traceback(tmp_path: Path) -> None:
    script = """
import os, signal
from planalign_orchestrator import cli
signal.signal(signal.SIGINT, signal.default_int_handler)
@cli.app.command()
def slow() -> None:
    os.kill(os.getpid(), signal.SIGINT)
cli.main(["slow"])
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl-C to one process alone")
def test_ctrl_c_while_the_program_is_loaded_is_no_traceback(tmp_path: Path) -> None:
    script = """
import os, runpy, signal, sys
class Stops:
    @staticmethod
    def find_spec(name, *more):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Stops)
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("planalign_orchestrator", run_name="__main__", alter_sys=True)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "")


def test_ctrl_c_before_there_are_commands_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*arguments: object, **named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("typer.main.get_params_from_function", stopped)
    with pytest.raises(SystemExit) as ended:
        main(["status"])
    assert ended.value.code == 130


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl-C to one process alone")
def test_ctrl_c_while_the_database_works_is_no_traceback(tmp_path: Path) -> None:
    script = """
import os, signal, threading, duckdb
from planalign_orchestrator import cli
signal.signal(signal.SIGINT, signal.default_int_handler)
@cli.app.command()
def slow() -> None:
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    # On one thread, as the program works: another thread would go on to the end of its task.
    duckdb.connect(config={"threads": 1}).execute("select sum(sin(i)) from range(1000000000000) as r(i)").fetchall()
cli.main(["slow"])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert (done.returncode, done.stderr) == (130, "")


def test_ctrl_c_while_the_census_is_read_says_how_to_go_on(
    small_census: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(inputs: RunInputs, **named: Path) -> None:
        raise RuntimeError("Query interrupted")  # as DuckDB says it

    monkeypatch.setattr(RunInputs, "take_in_census", stopped)
    with pytest.raises(SystemExit) as ended:
        main(["run", "--quiet", "--census", str(small_census), "--output", str(tmp_path)])
    assert ended.value.code == 130
    assert capsys.readouterr().err.startswith("stopped; no stage was complete yet.")
    record = json.loads(RunFolder(tmp_path / "baseline").partial_record.read_text(encoding="utf-8"))
    assert record["outcome"] == "interrupted"


@pytest.mark.parametrize(
    ("given", "completed", "command"),
    [
        ("run", "2025 FOUNDATION", "planalign run --resume-from-checkpoint"),
        ("run", None, "planalign run"),
        ("run --resume-from-checkpoint", None, "planalign run --resume-from-checkpoint"),
        ("run --resume-from-checkpoint --quiet", "2026 EVENTS", "planalign run --quiet --resume-from-checkpoint"),
        ("run --from-year 2027 --seed 1", "2027 EVENTS", "planalign run --seed 1 --resume-from-checkpoint"),
        ("run --from-year=2027", "2026 REPORTING", "planalign run --resume-from-checkpoint"),
        ("run --from-year 2027", None, "planalign run --from-year 2027"),
    ],
)
def test_the_command_that_goes_on(given: str, completed: str | None, command: str) -> None:
    assert interrupted_run(given.split(), completed).remedy == f"Go on with: {command}"
