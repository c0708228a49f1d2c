"""Vesting and forfeitures."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from math import floor

import pytest

from tests.oracle.dates import completed_years
from tests.oracle.vesting import SCHEDULES, forfeited, vested_share, vesting_service


@pytest.mark.parametrize(
    ("schedule", "shares"),
    [
        # iradictionary.com, "Graded vesting" and "Cliff vesting", citing IRC 411(a)(2)(B); years 0 to 7.
        ("graded_2_6", "0 0 .2 .4 .6 .8 1 1"),
        ("cliff_3", "0 0 0 1 1 1 1 1"),
        # IRC 401(k)(13)(D)(iii)(I): not less than 100% after two years.
        ("qaca_2", "0 0 1 1 1 1 1 1"),
        ("cliff_2", "0 0 1 1 1 1 1 1"),
        ("immediate", "1 1 1 1 1 1 1 1"),
        ("graded_3", "0 .3333 .6667 1 1 1 1 1"),
        ("graded_4", "0 .25 .5 .75 1 1 1 1"),
        ("graded_5", "0 .2 .4 .6 .8 1 1 1"),
    ],
)
def test_schedules(schedule: str, shares: str) -> None:
    expected = [Fraction(share) for share in shares.split()]
    assert [vested_share(SCHEDULES[schedule], years) for years in range(8)] == expected


@pytest.mark.parametrize("schedule", sorted(SCHEDULES))
def test_every_schedule_is_one_that_the_law_allows(schedule: str) -> None:
    """IRC 411(a)(2)(B): at least as fast as the three-year cliff, or as two to six years, at every point."""
    own = SCHEDULES[schedule]
    allowed = [
        all(vested_share(own, years) >= vested_share(SCHEDULES[slowest], years) for years in range(8))
        for slowest in ("cliff_3", "graded_2_6")
    ]
    assert any(allowed)


@pytest.mark.parametrize(
    ("exit_date", "cliff", "graded"),
    [
        (dt.date(2024, 6, 14), 0, "0"),
        (dt.date(2024, 6, 15), 0, "0.2"),
        (dt.date(2025, 6, 14), 0, "0.2"),
        (dt.date(2025, 6, 15), 1, "0.4"),
        (dt.date(2028, 6, 14), 1, "0.8"),
        (dt.date(2028, 6, 15), 1, "1"),
    ],
)
def test_on_the_anniversary_and_the_day_before(exit_date: dt.date, cliff: int, graded: str) -> None:
    service = vesting_service(dt.date(2022, 6, 15), exit_date, None, dt.date(2024, 12, 31))
    assert vested_share(SCHEDULES["cliff_3"], service) == cliff
    assert vested_share(SCHEDULES["graded_2_6"], service) == Fraction(graded)


@pytest.mark.parametrize(("on", "years"), [("2027-02-28", 2), ("2027-03-01", 3), ("2028-02-28", 3), ("2028-02-29", 4)])
def test_hired_on_29_february(on: str, years: int) -> None:
    assert vesting_service(dt.date(2024, 2, 29), dt.date.fromisoformat(on), None, dt.date.min) == years


@pytest.mark.parametrize(
    ("on", "credited", "years"),
    [
        (dt.date(2025, 1, 1), "1.5", 1),
        (dt.date(2025, 6, 30), "1.5", 1),
        (dt.date(2025, 7, 1), "1.5", 2),
        (dt.date(2026, 6, 30), "1.5", 2),
        (dt.date(2026, 7, 1), "1.5", 3),
        (dt.date(2025, 12, 31), "0", 1),
        (dt.date(2025, 12, 31), "1.99", 2),
    ],
)
def test_service_of_the_census_goes_on_from_its_date(on: dt.date, credited: str, years: int) -> None:
    assert vesting_service(dt.date(2001, 6, 15), on, Fraction(credited), dt.date(2024, 12, 31)) == years


@pytest.mark.parametrize(
    "hired", [dt.date(2020, 2, 29), dt.date(2022, 8, 19), dt.date(2024, 12, 31), dt.date(1999, 1, 1)]
)
def test_completed_and_exact_years_and_none_say_the_same(hired: dt.date) -> None:
    eve = dt.date(2024, 12, 31)
    completed = Fraction(completed_years(hired, eve))
    years = Fraction((eve - hired).days) * 4 / 1461
    stated = [completed, *(Fraction(floor(years * 100 + part), 100) for part in (0, Fraction(1, 2)))]
    for days in range(0, 800, 7):
        on = eve + dt.timedelta(days=days)
        assert {vesting_service(hired, on, one, eve) for one in (None, *stated)} == {completed_years(hired, on)}


def test_forfeiture_of_the_rest() -> None:
    """Source: legalclarity.org, "What is a 401(k) forfeiture": 12 000 dollars, 40% vested, 7 200 forfeited."""
    assert forfeited(Fraction(12_000), Fraction("0.4")) == 7_200


def test_forfeiture_is_rounded_per_account() -> None:
    # One third of the match vested by the four-decimal schedule: 66.67% of 100.01 is 66.676667.
    assert forfeited(Fraction("100.01"), Fraction("0.3333")) == Fraction("66.68")


def test_fully_vested_forfeits_nothing() -> None:
    assert forfeited(Fraction("99999.99"), Fraction(1)) == 0
