"""README.md shows what people get today: its sample is of this model, its picture of the same run."""

from __future__ import annotations

from pathlib import Path

import pytest

from planalign_orchestrator.cli.run_summary import COLUMNS, _cells
from planalign_orchestrator.resources import bundled_census
from tests.engine import Engine, rows_of, settings_with
from tools.readme import PICTURE, README, pictured, sample_of

COMMAND = "python -m tools.readme makes it anew"


def _sample(year: int) -> list[str]:
    text = sample_of(README.read_text(encoding="utf-8"))
    (line,) = [line for line in text.splitlines() if f"│ {year} │" in line]
    return [cell.strip() for cell in line.strip().strip("│").split("│")][1:]


def test_the_picture_is_of_the_same_run_as_the_sample() -> None:
    shown = dict(zip(COLUMNS, _sample(2029), strict=True))
    _, share, participation, deferral, payroll, headcount = pictured()
    assert [share, deferral, headcount] == [
        shown[name] for name in ("cost_share_of_payroll", "mean_deferral_rate", "closing_headcount")
    ], COMMAND
    assert payroll == f"${float(shown['payroll']):.1f}M" and float(participation[:-1]) == pytest.approx(
        float(shown["participation_rate"][:-1]), abs=0.051
    ), COMMAND
    assert PICTURE.read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_sample_begins_as_a_run_does_today(engine: Engine, tmp_path: Path) -> None:
    database = engine.simulate(settings_with(simulation__end_year=2025), bundled_census(), tmp_path)
    (row,) = rows_of(database, "select * from fct_yearly_summary")
    assert _sample(2025) == _cells(row), COMMAND
