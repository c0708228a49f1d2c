"""What a Windows desk brings: a cp1252 console, CRLF, drive letters. Long and foreign paths are in tests/security."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from planalign_orchestrator.census.source import resolve_source
from planalign_orchestrator.cli.run_summary import show_summary
from planalign_orchestrator.config.loading import load_settings
from planalign_orchestrator.run.folder import RunFolder

HEADER = "employee_id,birth_date,hire_date,annual_compensation,員工"


@pytest.mark.slow
@pytest.mark.parametrize(("hired", "code"), [("2015-03-02", 0), ("員工", 3)])
def test_a_console_without_the_letters_shows_their_numbers(tmp_path: Path, hired: str, code: int) -> None:
    census = tmp_path / "people.csv"
    census.write_bytes(f"{HEADER}\r\nA,1980-05-17,{hired},65000,x\r\n".encode())
    done = subprocess.run(
        [sys.executable, "-m", "planalign_orchestrator", "census", "validate", str(census)],
        cwd=tmp_path, env={**os.environ, "PYTHONIOENCODING": "cp1252"}, capture_output=True, check=False,
    )  # fmt: skip
    text = (done.stdout + done.stderr).decode("cp1252")
    assert done.returncode == code, text
    assert "\\u54e1\\u5de5" in text
    assert "Traceback" not in text


def test_the_summary_fits_a_cp1252_console(monkeypatch: pytest.MonkeyPatch) -> None:
    console = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", console)
    names = ["simulation_year", "closing_headcount", "hires", "experienced_exits", "new_hire_exits", "payroll"]
    names += ["participation_rate", "mean_deferral_rate", "employer_match", "employer_core", "cost_share_of_payroll"]
    record = SimpleNamespace(memory={"peak_mb": 250.0}, seconds=1.5, limits={"memory_limit_gb": 2.0}, data_quality=[])
    show_summary(
        SimpleNamespace(  # type: ignore[arg-type]
            folder=RunFolder(Path("C:/Users/José/runs/baseline")), years=[2025], summary=[dict.fromkeys(names, 1)],
            record=record,
        ),
        ["csv", "html"],
    )  # fmt: skip
    console.flush()
    shown = console.buffer.getvalue().decode("cp1252")  # type: ignore[attr-defined]
    assert "José" in shown and "Headcount" in shown and "report.html" in shown


def test_a_drive_letter_is_no_address(tmp_path: Path) -> None:
    assert resolve_source("C:\\people\\census.csv", tmp_path) == Path("C:\\people\\census.csv")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_configuration_from_a_windows_editor_is_read(tmp_path: Path, mark: bytes) -> None:
    path = tmp_path / "my settings.yaml"
    path.write_bytes(mark + b"simulation:\r\n  end_year: 2026\r\n  scenario_id: caf\r\n")
    effective = load_settings(config_file=path, scenario_file=None, environ={}, flags={})
    assert (effective.settings.simulation.end_year, effective.settings.simulation.scenario_id) == (2026, "caf")
