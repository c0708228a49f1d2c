"""A reduction in force of a fifth vests who leaves (IRC 411(d)(3)); what is forfeited never makes a profit."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.engine import Engine, rows_of, settings_with, write_census

pytestmark = pytest.mark.slow


def census(folder: Path, number: int) -> Path:
    """People with a year of service and employer money of which nothing is vested."""
    people: list[dict[str, Any]] = [
        {
            "employee_id": f"P{place:04d}",
            "birth_date": dt.date(1985, 6, 15),
            "hire_date": dt.date(2024, 3, 1),
            "annual_compensation": 60_000,
            "employer_account_balance": 1_000,
        }
        for place in range(number)
    ]
    return write_census(folder / "census.parquet", people)


@pytest.mark.parametrize(("exits", "is_partial"), [(199, False), (200, True)])
def test_a_fifth_of_participants_is_a_partial_termination(
    engine: Engine, tmp_path: Path, exits: int, is_partial: bool
) -> None:
    """Rev. Rul. 2007-43: turnover of 20% or more is presumed to be one; 19.9% is not. Deaths do not count toward it."""
    healthy = [{"age": age, "death_rate": 0, "disability_rate": 0} for age in (30, 40)]
    chosen = settings_with(
        simulation__end_year=2025, workforce__total_termination_rate=0, workforce__target_growth_rate=-exits / 1000,
        plan__match__family="none", assumptions__overrides={"death_and_disability_rates": healthy},
    )  # fmt: skip
    database = engine.simulate(chosen, census(tmp_path, 1_000), tmp_path)
    (summary,) = rows_of(database, "select * from fct_yearly_summary")
    assert (summary["turnover_rate"], summary["is_partial_termination"]) == (Decimal(exits) / 1000, is_partial)
    assert summary["forfeitures"] == (0 if is_partial else 1_000 * exits)


def test_forfeitures_wait_for_contributions_that_they_can_pay(engine: Engine, tmp_path: Path) -> None:
    """Without contributions nothing is used, the account grows, and the cost stays at zero."""
    chosen = settings_with(
        simulation__end_year=2026, workforce__total_termination_rate=0.1, workforce__involuntary_share=0,
        plan__match__family="none",
    )  # fmt: skip
    database = engine.simulate(chosen, census(tmp_path, 100), tmp_path)
    first, second = rows_of(database, "select * from fct_yearly_summary order by simulation_year")
    assert first["forfeitures"] == 10_000 == first["forfeiture_account"]
    assert second["forfeiture_account"] == 10_000 + second["forfeitures"]
    assert first["net_employer_cost"] == second["net_employer_cost"] == second["forfeitures_used"] == 0
