"""README.md shows what people get today: its sample is of this model, its picture of these templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from planalign_orchestrator.cli.run_summary import _cells
from planalign_orchestrator.run.inputs import bundled_census
from tests.engine import Engine, rows_of, settings_with
from tools.readme import PICTURE, README, mark, sample_of

COMMAND = "python -m tools.readme makes it anew"


def test_the_picture_is_of_these_templates() -> None:
    assert mark() in README.read_text(encoding="utf-8"), COMMAND
    assert PICTURE.read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_sample_begins_as_a_run_does_today(engine: Engine, tmp_path: Path) -> None:
    database = engine.simulate(settings_with(simulation__end_year=2025), bundled_census(), tmp_path)
    (row,) = rows_of(database, "select * from fct_yearly_summary")
    shown = next(line for line in sample_of(README.read_text(encoding="utf-8")).splitlines() if "│ 2025 │" in line)
    assert [cell.strip() for cell in shown.strip().strip("│").split("│")] == ["2025", *_cells(row)], COMMAND
