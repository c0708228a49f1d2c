"""Hires of the oracle, draw by draw, and the tables they come from."""

from __future__ import annotations

import csv
import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest

from tests.oracle.forecast import MERIT, RAISE_MONTHS
from tests.oracle.hiring import (
    NEW_HIRE_AGES,
    PAY_BANDS,
    HiringRules,
    PayBand,
    birth_dates_of_age,
    by_weight,
    hire_dates,
    hires_of,
)

SEEDS = Path(__file__).parents[3] / "dbt" / "seeds"


def rows(table: str) -> list[dict[str, str]]:
    with (SEEDS / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def constant(**draws: float) -> object:
    """A draw that is the same for everybody."""
    return lambda stream, person, year: draws.get(stream, 0.5)


def test_tables_are_the_bundled_ones() -> None:
    assert {int(row["age"]): Fraction(row["weight"]) for row in rows("new_hire_ages")} == NEW_HIRE_AGES
    assert {int(row["month"]): Fraction(row["weight"]) for row in rows("raise_months")} == RAISE_MONTHS
    levels = rows("levels")
    assert {int(row["level_id"]): Fraction(row["merit_rate"]) for row in levels} == MERIT
    assert {
        int(row["level_id"]): PayBand(
            int(row["min_pay"]), int(row["max_pay"]), float(row["new_hire_pay_percentile"]), float(row["market_factor"])
        )
        for row in levels
    } == PAY_BANDS


@pytest.mark.parametrize(
    ("draw", "age"), [(0.0, 22), (0.0499, 22), (0.0501, 25), (0.1999, 25), (0.2001, 28), (0.999, 50)]
)
def test_a_draw_falls_into_the_share_of_an_age(draw: float, age: int) -> None:
    assert by_weight(NEW_HIRE_AGES, draw) == age


@pytest.mark.parametrize(
    ("on", "earliest", "latest"),
    [
        ("2025-07-15", "1999-07-16", "2000-07-15"),
        ("2028-02-29", "2002-03-01", "2003-02-28"),
        ("2025-02-28", "1999-03-01", "2000-02-28"),
        ("2025-03-01", "1999-03-02", "2000-03-01"),
        ("2026-02-28", "2000-02-29", "2001-02-28"),
    ],
)
def test_birth_dates_of_somebody_who_is_25(on: str, earliest: str, latest: str) -> None:
    expected = (dt.date.fromisoformat(earliest), dt.date.fromisoformat(latest))
    assert birth_dates_of_age(25, dt.date.fromisoformat(on)) == expected


def test_only_as_many_as_stay_are_hired_on_the_last_day() -> None:
    dates = hire_dates(["a", "b", "c"], 2025, 1, constant(hire_date=0.9999))  # type: ignore[arg-type]
    assert dates == [dt.date(2025, 12, 31), dt.date(2025, 12, 30), dt.date(2025, 12, 30)]


def test_a_hire_by_hand() -> None:
    draws = constant(
        hire_date=0.0, hire_age=0.3, birthday=0.0, hire_pay_radius=0.0, hire_pay_angle=0.0, eligibility_exclusion=0.1
    )
    hires = hires_of({2: 1, 1: 1}, {1: 1, 2: 1}, 2025, 2, HiringRules(excluded_share=0.2), draws)  # type: ignore[arg-type]
    assert [(hire.employee_id, hire.level) for hire in hires] == [("NH_2025_000001", 1), ("NH_2025_000002", 2)]
    # 56 000 + 30% of 25 000; 81 000 + 30% of 40 000.
    assert [hire.pay for hire in hires] == [63_500, 93_000]
    assert hires[0].hired_on == dt.date(2025, 1, 1)
    assert hires[0].birth_date == dt.date(1996, 1, 2)
    assert hires[0].excluded


def test_the_pay_percentile_stays_in_its_bounds() -> None:
    draws = constant(hire_pay_radius=0.99, hire_pay_angle=0.0)
    hires = hires_of({1: 1}, {1: 1}, 2025, 1, HiringRules(spread=0.5, pay_factor=2), draws)  # type: ignore[arg-type]
    assert hires[0].pay == 2 * (56_000 + 25_000 * Fraction("0.9"))
