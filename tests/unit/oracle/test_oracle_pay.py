"""Pay earned and deferrals from periods, in common and leap years."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from tests.oracle.exact import exact, round_cents, round_half_up
from tests.oracle.periods import Change, Period, clip, deferred, earned, tile

JANUARY_1, DECEMBER_31 = dt.date(2025, 1, 1), dt.date(2025, 12, 31)


def change(day: str, value: str) -> Change:
    return Change(dt.date.fromisoformat(day), Fraction(value))


def test_without_changes_the_year_pays_the_rate() -> None:
    for year in (2024, 2025):
        periods = tile(Fraction("98765.43"), (), dt.date(year, 1, 1), dt.date(year, 12, 31))
        assert earned(periods, year) == Fraction("98765.43")


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2024, "105027.32"),  # (100 000 × 182 + 110 000 × 184) / 366
        (2025, "105041.10"),  # (100 000 × 181 + 110 000 × 184) / 365
    ],
)
def test_raise_on_1_july(year: int, expected: str) -> None:
    periods = tile(Fraction(100_000), (change(f"{year}-07-01", "110000"),), dt.date(year, 1, 1), dt.date(year, 12, 31))
    assert [period.days for period in periods] == [182 if year == 2024 else 181, 184]
    assert earned(periods, year) == Fraction(expected)


def test_promotion_and_raise_on_one_day_leave_the_last_amount() -> None:
    periods = tile(
        Fraction(60_000), (change("2025-02-01", "72000"), change("2025-02-01", "74160")), JANUARY_1, DECEMBER_31
    )
    assert [(period.days, int(period.value)) for period in periods] == [(31, 60_000), (334, 74_160)]


def test_changes_on_the_first_and_the_last_day() -> None:
    periods = tile(Fraction(1), (change("2025-01-01", "2"), change("2025-12-31", "3")), JANUARY_1, DECEMBER_31)
    assert [(period.days, int(period.value)) for period in periods] == [(364, 2), (1, 3)]


def test_changes_after_the_exit_do_not_count() -> None:
    periods = tile(Fraction(1), (change("2025-02-01", "2"),), JANUARY_1, dt.date(2025, 1, 31))
    assert periods == [Period(JANUARY_1, dt.date(2025, 1, 31), Fraction(1))]


def test_changes_before_the_first_day_set_the_opening_value() -> None:
    periods = tile(Fraction(1), (change("2025-02-01", "2"),), dt.date(2025, 3, 1), DECEMBER_31)
    assert periods == [Period(dt.date(2025, 3, 1), DECEMBER_31, Fraction(2))]


def test_nobody_employed_has_no_periods() -> None:
    assert tile(Fraction(1), (), DECEMBER_31, JANUARY_1) == []


def test_hired_on_31_december_earns_one_day() -> None:
    assert earned(tile(Fraction(73_000), (), DECEMBER_31, DECEMBER_31), 2025) == 200


def test_exit_on_1_january_earns_one_day() -> None:
    assert earned(tile(Fraction(73_200), (), dt.date(2024, 1, 1), dt.date(2024, 1, 1)), 2024) == 200


def test_clip_keeps_what_lies_on_or_after_the_day() -> None:
    periods = tile(Fraction(100_000), (change("2025-07-01", "110000"),), JANUARY_1, DECEMBER_31)
    assert [period.days for period in clip(periods, dt.date(2025, 6, 30))] == [1, 184]
    assert [period.days for period in clip(periods, dt.date(2025, 7, 1))] == [184]
    assert clip(periods, dt.date(2026, 1, 1)) == []


def test_rounded_once_and_not_by_period() -> None:
    # 364.99 / 365 is .99997 a day: thirteen periods rounded one by one would lose a cent or more.
    changes = tuple(Change(dt.date(2025, month, 1), Fraction("364.99")) for month in range(2, 13))
    assert earned(tile(Fraction("364.99"), changes, JANUARY_1, DECEMBER_31), 2025) == Fraction("364.99")


def test_enrolment_in_june_defers_from_june() -> None:
    pay = tile(Fraction(73_000), (), JANUARY_1, DECEMBER_31)
    rates = tile(Fraction(0), (change("2025-06-01", "0.06"),), JANUARY_1, DECEMBER_31)
    # 200 a day, 214 days, 6%.
    assert deferred(pay, rates, 2025) == 2_568


def test_deferral_follows_pay_and_rate_day_by_day() -> None:
    pay = tile(Fraction(73_000), (change("2025-03-01", "80300"),), JANUARY_1, DECEMBER_31)
    rates = tile(Fraction("0.05"), (change("2025-02-01", "0.10"), change("2025-12-31", "0")), JANUARY_1, DECEMBER_31)
    # 31 days × 200 × 5% + 28 × 200 × 10% + 305 × 220 × 10%, the last day nothing.
    assert deferred(pay, rates, 2025) == 310 + 560 + 6_710


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        ("0.005", "0.01"),
        ("-0.005", "-0.01"),
        ("0.0049999", "0"),
        ("1.015", "1.02"),
        ("2.675", "2.68"),
    ],
)
def test_half_a_cent_goes_away_from_zero(amount: str, cents: str) -> None:
    assert round_cents(Fraction(amount)) == Fraction(cents)


def test_numbers_are_read_as_they_are_written() -> None:
    assert exact(0.1) == Fraction(1, 10)
    assert exact(0.3333) == Fraction(3333, 10_000)
    assert [round_half_up(Fraction(value)) for value in ("2.5", "2.49", "-2.5", "0.5")] == [3, 2, -2, 1]
