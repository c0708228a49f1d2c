"""The table of exit codes: whole, as documented, and each code is reached."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from planalign_orchestrator import cli
from planalign_orchestrator.cli import batch, main
from planalign_orchestrator.errors import LawBrokenError
from tests import exits
from tests.security.conftest import say

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = exits.commands()
BEFORE_ANYTHING_RUNS = {
    ("run", 3): "run --census missing.csv",
    ("run", 7): "run --census ftp://h/x",
    ("sweep", 3): "sweep sweeps/missing.yaml",
    ("sweep", 7): "sweep scenarios/one.yaml --scheduler tcp://127.0.0.1:9",
    ("fit", 3): "fit missing.csv --output fitted",
    ("fit", 7): "fit ftp://h/x --output fitted",
    ("backtest", 3): "backtest missing.csv --output backtest",
    ("backtest", 7): "backtest ftp://h/x --output backtest",
    ("calibrate", 3): "calibrate --target exit_rate=0.1 --census missing.csv",
    ("calibrate", 7): "calibrate --target exit_rate=0.1 --census ftp://h/x",
    ("census validate", 3): "census validate missing.csv",
    ("census validate", 7): "census validate ftp://h/x",
    ("census describe", 3): "census describe missing.csv",
    ("census map", 3): "census map missing.csv",
    ("census map", 7): "census map ftp://h/x",
    ("census describe", 7): "census describe ftp://h/x",
    ("status", 6): "status unreadable",
    ("checkpoints list", 6): "checkpoints list folder",
    ("checkpoints verify", 6): "checkpoints verify folder",
    ("checkpoints restore", 6): "checkpoints restore folder",
    ("checkpoints clean", 6): "checkpoints clean folder",
    ("memory report", 6): "memory report damaged",
    ("doctor", 1): "doctor --offline --config broken.yaml",
}
IN_A_RUN = {("run", 4), ("run", 6), ("explain", 4)}
IN_FUTURES = {("backtest", 4), ("calibrate", 4), ("census history", 4)}
"""tests/learning/test_ensemble.py"""
IN_A_SWEEP = {("sweep", 1), ("sweep", 4)}
OF_A_CHILD = {("batch", code) for code in (3, 4, 6, 7)}
OF_A_MEASUREMENT = {("stress", 1)}


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "damaged" / "checkpoints").mkdir(parents=True)
    (tmp_path / "damaged" / "run.json").write_text("[", encoding="utf-8")
    (tmp_path / "unreadable" / "checkpoints" / "journal.jsonl").mkdir(parents=True)
    (tmp_path / "broken.yaml").write_text("a: b: c\n", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "one.yaml").touch()
    (tmp_path / "sweeps").mkdir()
    (tmp_path / "sweeps" / "missing.yaml").write_text("set: {census.path: missing.csv}\n", encoding="utf-8")
    return tmp_path


def test_the_page_is_what_the_code_says() -> None:
    assert (ROOT / "docs" / "exits.md").read_text(encoding="utf-8") == exits.page()


def test_every_code_of_a_command_has_a_test() -> None:
    own = {(command, code) for command, codes in exits.OWN.items() for code in codes}
    assert own == {*BEFORE_ANYTHING_RUNS, *IN_A_RUN, *IN_A_SWEEP, *IN_FUTURES, *OF_A_CHILD, *OF_A_MEASUREMENT}
    assert {command for command, _ in own} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_knows_0_and_2(command: str) -> None:
    assert say(*command.split(), "--help").code == 0
    assert say(*command.split(), "--nonsense").code == 2


@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyError("x"), 1), (PermissionError(13, "no", "f"), 2), (MemoryError(), 5), (KeyboardInterrupt(), 130)],
)
def test_what_any_command_can_end_with(error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(arguments: list[str]) -> list[str]:
        raise error

    monkeypatch.setattr(cli, "spread_years", fail)
    assert say("status").code == code


def test_ctrl_c_while_an_error_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(error: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "show_error", stopped)
    assert say("status", "nowhere").code == 130


@pytest.mark.parametrize("case", BEFORE_ANYTHING_RUNS, ids=lambda case: f"{case[0]} {case[1]}")
@pytest.mark.slow
def test_a_code_of_its_own(case: tuple[str, int]) -> None:
    said = say(*BEFORE_ANYTHING_RUNS[case].split())
    assert said.code == case[1], said.everything
    assert said.code in exits.exits_of(case[0])


@pytest.mark.parametrize("case", sorted(OF_A_CHILD), ids=str)
def test_a_batch_ends_like_its_first_run_that_failed(case: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "supervise", lambda command: case[1])
    assert say("batch", "--scenarios", "scenarios").code == case[1]


@pytest.mark.slow
@pytest.mark.parametrize("command", ["stress --sizes 20 --years 1"])
def test_a_measurement_that_fails(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = ("python", "-c", "raise SystemExit(1)")
    monkeypatch.setattr("planalign_orchestrator.measurement.cases.PROGRAM", failing)
    monkeypatch.setattr("planalign_orchestrator.measurement.cases.workshop.__wrapped__.__defaults__", (failing,))
    assert say(*command.split()).code == 1


@pytest.mark.slow
def test_codes_of_runs_and_of_what_they_leave(
    small_census: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ("run", "--census", small_census, "--years", "2025")
    assert say(*run).code == 0
    assert say(*run, "--seed", "7", "--resume-from-checkpoint").code == 6

    shutil.copytree("runs/baseline", "changed")
    with duckdb.connect("changed/simulation.duckdb") as connection:
        (someone,) = connection.execute("select employee_id from fct_workforce_snapshot limit 1").fetchall()[0]
        connection.execute("update fct_workforce_snapshot set hours_worked = hours_worked + 1")
    assert say("explain", "--run", "changed", "--", someone).code == 4

    def broken(*arguments: object, **more: object) -> None:
        raise LawBrokenError("a law")

    monkeypatch.setattr("planalign_orchestrator.pipeline.PipelineOrchestrator.execute_multi_year_simulation", broken)
    assert say(*run).code == 4


def test_the_command_ends_the_process_with_the_code() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["status", "nowhere"])
    assert ended.value.code == 2
