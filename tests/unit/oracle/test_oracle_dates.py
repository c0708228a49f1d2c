"""Anniversaries, birthdays, entry dates, leap years."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import pytest

from tests.oracle.dates import birthday, completed_years, days_in_year, entry_date, inclusive_days
from tests.oracle.eligibility import plan_entry
from tests.oracle.plan import EntryRule


@pytest.mark.parametrize(("year", "days"), [(2024, 366), (2025, 365), (2000, 366), (1900, 365), (2100, 365)])
def test_days_in_year(year: int, days: int) -> None:
    assert days_in_year(year) == days


def test_days_count_both_ends() -> None:
    assert inclusive_days(dt.date(2025, 12, 31), dt.date(2025, 12, 31)) == 1
    assert inclusive_days(dt.date(2024, 1, 1), dt.date(2024, 12, 31)) == 366
    assert inclusive_days(dt.date(2025, 1, 2), dt.date(2025, 1, 1)) == 0


@pytest.mark.parametrize(
    ("since", "on", "years"),
    [
        ("1975-06-15", "2025-06-14", 49),
        ("1975-06-15", "2025-06-15", 50),
        ("1975-12-31", "2025-12-31", 50),
        ("1976-01-01", "2025-12-31", 49),
        ("1976-02-29", "2025-02-28", 48),  # in a common year the birthday is 1 March
        ("1976-02-29", "2025-03-01", 49),
        ("1976-02-29", "2024-02-28", 47),
        ("1976-02-29", "2024-02-29", 48),
        ("2025-12-31", "2025-12-31", 0),
        ("2025-12-31", "2026-12-30", 0),
    ],
)
def test_completed_years(since: str, on: str, years: int) -> None:
    assert completed_years(dt.date.fromisoformat(since), dt.date.fromisoformat(on)) == years


@pytest.mark.parametrize(
    ("birth", "age", "on"),
    [
        ("2004-02-29", 21, "2025-03-01"),
        ("2004-02-29", 20, "2024-02-29"),
        ("2004-12-31", 21, "2025-12-31"),
    ],
)
def test_birthdays(birth: str, age: int, on: str) -> None:
    reached = birthday(dt.date.fromisoformat(birth), age)
    assert reached == dt.date.fromisoformat(on)
    assert completed_years(dt.date.fromisoformat(birth), reached) == age
    assert completed_years(dt.date.fromisoformat(birth), reached - dt.timedelta(days=1)) == age - 1


@pytest.mark.parametrize(
    ("kind", "met", "entry"),
    [
        ("immediate", "2025-05-17", "2025-05-17"),
        ("monthly", "2025-05-01", "2025-05-01"),
        ("monthly", "2025-05-02", "2025-06-01"),
        ("monthly", "2025-12-02", "2026-01-01"),
        ("quarterly", "2025-01-02", "2025-04-01"),
        ("quarterly", "2025-07-01", "2025-07-01"),
        ("quarterly", "2025-07-02", "2025-10-01"),
        ("quarterly", "2025-10-02", "2026-01-01"),
        ("semiannual", "2025-01-01", "2025-01-01"),
        ("semiannual", "2025-07-01", "2025-07-01"),
        ("semiannual", "2025-07-02", "2026-01-01"),
        ("annual", "2025-01-01", "2025-01-01"),
        ("annual", "2025-12-31", "2026-01-01"),
    ],
)
def test_entry_dates(kind: str, met: str, entry: str) -> None:
    """IRC 410(a)(4); the entry date coincident with or next following."""
    assert entry_date(kind, dt.date.fromisoformat(met)) == dt.date.fromisoformat(entry)


def test_hired_a_day_after_the_entry_date() -> None:
    """Source: benefitslink.com, 28 March 2014: hired on 2 July 2012, a year of service, entry 1 January and 1 July.

    The answers agree on 1 January 2014 for a year that is complete on 2 July 2013; a hire on 1 July enters on 1 July.
    """
    rule = EntryRule(minimum_age=21, waiting_days=365, entry_dates="semiannual")
    assert plan_entry(rule, dt.date(1980, 1, 1), dt.date(2012, 7, 2)) == dt.date(2014, 1, 1)
    assert plan_entry(rule, dt.date(1980, 1, 1), dt.date(2012, 7, 1)) == dt.date(2013, 7, 1)


@pytest.mark.parametrize(
    ("birth", "hire", "entry"),
    [
        ("2004-02-29", "2022-06-01", "2025-03-01"),  # 21 on 1 March
        ("2004-06-15", "2025-06-15", "2025-06-15"),  # both on one day
        ("1980-01-01", "2025-12-31", "2025-12-31"),
        ("1980-01-01", "2024-02-29", "2024-02-29"),
    ],
)
def test_age_and_service_both(birth: str, hire: str, entry: str) -> None:
    assert plan_entry(EntryRule(), dt.date.fromisoformat(birth), dt.date.fromisoformat(hire)) == (
        dt.date.fromisoformat(entry)
    )


def test_waiting_period_over_the_new_year_and_a_leap_day() -> None:
    rule = EntryRule(waiting_days=90)
    assert plan_entry(rule, dt.date(1980, 1, 1), dt.date(2023, 12, 31)) == dt.date(2024, 3, 30)
    assert plan_entry(rule, dt.date(1980, 1, 1), dt.date(2024, 12, 31)) == dt.date(2025, 3, 31)


@pytest.mark.parametrize(
    ("hired", "entry"), [("2022-07-02", "2024-01-01"), ("2023-07-02", "2025-01-01"), ("2024-07-02", "2026-01-01")]
)
def test_a_year_of_service_ends_before_its_anniversary_in_leap_years_too(hired: str, entry: str) -> None:
    rule = EntryRule(service=(1, 0, 0), entry_dates="semiannual")
    assert plan_entry(rule, dt.date(1980, 1, 1), dt.date.fromisoformat(hired)) == dt.date.fromisoformat(entry)


@pytest.mark.parametrize(
    ("weekly", "deferrals", "core"),
    [
        ("19.25", "2026-03-01", "2026-03-01"),
        ("19.20", "2027-03-01", None),
        ("9.62", "2027-03-01", None),
        ("9.60", None, None),
    ],
)
def test_part_time_people_defer_after_two_years_of_500_hours(weekly: str, deferrals: str, core: str | None) -> None:
    """IRC 401(k)(15); Milliman, client action bulletin of 9 May 2023."""
    rule = EntryRule(service=(1, 0, 0), hours=Fraction(1000))
    person = (dt.date(1980, 1, 1), dt.date(2025, 3, 1), Fraction(weekly))
    found = [plan_entry(replace(rule, long_term_part_time=part_time), *person) for part_time in (True, False)]
    assert found == [None if day is None else dt.date.fromisoformat(day) for day in (deferrals, core)]
