"""Highly compensated status from what a census says of the year before: estimated pay, and the top-paid group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine import Engine, rows_of, settings_with, write_census

Row = dict[str, Any]
NOBODY_MOVES = {"workforce__target_growth_rate": 0, "workforce__total_termination_rate": 0}


def people(number: int, prefix: str = "P", **more: Any) -> Iterator[Row]:
    """Many alike; those with higher numbers are paid more."""
    for place in range(number):
        yield {
            "employee_id": f"{prefix}{place:04d}",
            "birth_date": dt.date(1980, 6, 15),
            "hire_date": dt.date(2015, 3, 1),
            "annual_compensation": 200_000 + place,
            **more,
        }


def snapshot(engine: Engine, folder: Path, census: list[Row], **changes: Any) -> list[Row]:
    election = {"plan__compliance__top_paid_group_election": True}
    settings = settings_with(simulation__start_year=2025, **{**NOBODY_MOVES, **election, **changes})
    database = engine.simulate(settings, write_census(folder / "census.parquet", census), folder)
    return rows_of(database, "select * from fct_workforce_snapshot order by simulation_year, employee_id")


@pytest.mark.slow
def test_a_fifth_of_eight_hundred_of_a_thousand(engine: Engine, tmp_path: Path) -> None:
    left_out: list[Row] = [
        {"is_union_member": True},
        {"scheduled_hours_per_week": 17},
        {"hire_date": dt.date(2024, 7, 2), "prior_year_compensation": 250_000},
        {"birth_date": dt.date(2004, 1, 1)},
    ]
    census = [*people(800), *(one for kind, more in enumerate(left_out) for one in people(50, f"X{kind}", **more))]
    rows = snapshot(engine, tmp_path, census, simulation__end_year=2025)
    assert len(rows) == 1_000
    assert sum(row["is_hce"] for row in rows) == sum(row["is_in_top_paid_group"] for row in rows) == 160
    assert any(row["is_hce"] and row["hire_date"] == dt.date(2024, 7, 2) for row in rows)


def test_executives_hired_in_the_year_before_are_so_by_an_estimate(engine: Engine, tmp_path: Path) -> None:
    hired = {"P0000": dt.date(2024, 4, 1), "P0001": dt.date(2024, 12, 1)}
    census = [{**one, "annual_compensation": 300_000, "hire_date": hired[one["employee_id"]]} for one in people(2)]
    spring, december = snapshot(
        engine, tmp_path, census, simulation__end_year=2025, plan__compliance__top_paid_group_election=False
    )
    # 275 and 31 of the 366 days of 2024.
    assert (float(spring["prior_year_compensation"]), spring["is_hce"]) == (225_409.84, True)
    assert (float(december["prior_year_compensation"]), december["is_hce"]) == (25_409.84, False)
    assert spring["is_in_top_paid_group"] is None


@pytest.mark.slow
def test_after_many_exits_the_group_counts_last_years_workers(engine: Engine, tmp_path: Path) -> None:
    """Of 100 people 30 leave in 2025, and 10 of the census have left in 2024: the group of 2025 is a fifth of 110."""
    # With a full year's service, and nothing paid: they count, and nobody's place is taken.
    gone = people(10, "GONE", termination_date=dt.date(2024, 1, 1), prior_year_compensation=0)
    before = people(10, "BEFORE", termination_date=dt.date(2023, 12, 31))
    rows = snapshot(
        engine,
        tmp_path,
        [*people(100), *gone, *before],
        simulation__end_year=2026,
        workforce__total_termination_rate=0.3,
        workforce__target_growth_rate=-0.3,
    )
    first, second = ([row for row in rows if row["simulation_year"] == year] for year in (2025, 2026))
    assert (len(first), len(second)) == (100, 70)
    assert sum(row["is_in_top_paid_group"] for row in first) == 22
    # A fifth of the 100 who worked in 2025; who of them has left takes a place and is no employee of 2026.
    best_paid = sorted(first, key=lambda row: (-row["prorated_annual_compensation"], row["employee_id"]))[:20]
    stayed = {row["employee_id"] for row in best_paid if row["employment_status"] == "active"}
    assert {row["employee_id"] for row in second if row["is_in_top_paid_group"]} == stayed
