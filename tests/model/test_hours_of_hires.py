"""Hires work the hours of people like them, unless the settings say which."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.engine import Engine, rows_of, settings_with, write_census

HALF, MOST, FULL = Decimal(20), Decimal(32), Decimal(40)
STAFF = [
    *((1, 2023, hours) for hours in (HALF, HALF, HALF, MOST)),
    *((1, 2010, FULL) for _ in range(40)),
    *((2, 2010, hours) for hours in (MOST, FULL)),
]
"""Level, year of hire, weekly hours."""


def people(staff: list[tuple[int, int, Decimal]]) -> list[dict[str, Any]]:
    return [
        {
            "employee_id": f"E{place:03}",
            "birth_date": dt.date(1985, 6, 15),
            "hire_date": dt.date(hired, 7, 1),
            "annual_compensation": 60_000 + 30_000 * (level - 1),
            "job_level": level,
            "scheduled_hours_per_week": hours,
        }
        for place, (level, hired, hours) in enumerate(staff)
    ]


def hours_of_hires(engine: Engine, folder: Path, **changes: Any) -> dict[int, Counter[Decimal]]:
    """The hours of some two hundred hires by level, of three levels."""
    census = write_census(folder / "census.parquet", people(STAFF))
    settings = settings_with(
        simulation__end_year=2025,
        workforce__target_growth_rate=5,
        workforce__new_hires={"level_mix": {1: 0.4, 2: 0.3, 3: 0.3}, **changes},
    )
    database = engine.simulate(settings, census, folder)
    rows = rows_of(database, "select level_id, scheduled_hours_per_week as hours from int_hiring_events")
    found = {level: Counter(row["hours"] for row in rows if row["level_id"] == level) for level in (1, 2, 3)}
    assert min(map(Counter.total, found.values())) > 50
    return found


def test_hours_follow_recent_hires_of_the_level(engine: Engine, tmp_path: Path) -> None:
    found = hours_of_hires(engine, tmp_path)
    assert set(found[1]) == {HALF, MOST}
    # Three of four; four standard deviations of a hundred draws are 17 points.
    assert found[1][HALF] / found[1].total() == pytest.approx(0.75, abs=0.18)
    # Nobody of level 2 was hired lately: anybody of it. Nobody has level 3: recent hires of all levels.
    assert set(found[2]) == {MOST, FULL}
    assert found[2][FULL] / found[2].total() == pytest.approx(0.5, abs=0.25)
    assert set(found[3]) == {HALF, MOST}


def test_the_setting_gives_all_hires_the_same(engine: Engine, tmp_path: Path) -> None:
    found = hours_of_hires(engine, tmp_path, scheduled_hours_per_week=37.5)
    assert {hours for level in found.values() for hours in level} == {Decimal("37.5")}
