"""What the census says about the opening of the first year, and what follows where it is silent."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.oracle.census_people import Member, opening_members
from tests.oracle.plan import EntryRule

MINIMUM_PAY = {1: Fraction(56_000), 2: Fraction(81_000), 3: Fraction(121_000)}
RULE = EntryRule(waiting_days=30)


def opening(**changes: Any) -> dict[str, Member]:
    row = {
        "employee_id": "E1",
        "birth_date": dt.date(1990, 9, 1),
        "hire_date": dt.date(2024, 8, 1),
        "annual_compensation": Decimal("90000.00"),
        **changes,
    }
    return opening_members([row], first_year=2025, entry=RULE, minimum_pay=MINIMUM_PAY)


def member(**changes: Any) -> Member:
    return opening(**changes)["E1"]


@pytest.mark.parametrize(
    ("left", "employed"),
    [
        (None, True),
        (dt.date(2025, 1, 1), True),
        (dt.date(2024, 12, 31), False),
        (dt.date(2024, 1, 1), False),
    ],
)
def test_employed_on_the_as_of_date(left: dt.date | None, employed: bool) -> None:
    assert ("E1" in opening(termination_date=left)) is employed


def test_level_from_the_census_or_from_pay() -> None:
    assert member(job_level=3).level == 3
    assert member(job_level=9).level == 3
    assert member().level == 2
    assert member(annual_compensation=Decimal("10000")).level == 1
    assert member(annual_compensation=Decimal("999999")).level == 3


@pytest.mark.parametrize(
    ("hired", "given", "prior"),
    [
        (dt.date(2024, 1, 1), None, 90_000),
        (dt.date(2024, 1, 2), None, Fraction("89754.10")),
        (dt.date(2024, 12, 31), None, Fraction("245.90")),
        (dt.date(2024, 1, 2), Decimal("1.50"), Fraction("1.5")),
        (dt.date(2010, 1, 1), Decimal(0), 0),
    ],
)
def test_prior_pay_is_stated_or_the_rate_for_the_days_employed(
    hired: dt.date, given: Decimal | None, prior: Fraction | None
) -> None:
    assert member(hire_date=hired, prior_year_compensation=given).prior_pay == prior


def test_a_participant_of_the_census_is_in_the_plan() -> None:
    young = dt.date(2005, 9, 1)
    for given, since in (
        (None, dt.date(2024, 12, 31)),
        (dt.date(2024, 10, 1), dt.date(2024, 10, 1)),
        (dt.date(2025, 10, 1), dt.date(2024, 12, 31)),
    ):
        found = member(birth_date=young, deferral_rate=Decimal("0.05"), enrollment_date=given)
        assert (found.enrolled_on, found.person.known_entry, found.deferral_rate) == (since, since, Fraction("0.05"))


def test_a_participant_without_a_date_takes_part_since_entry() -> None:
    found = member(deferral_rate=Decimal("0.05"))
    assert found.enrolled_on == found.person.known_entry == dt.date(2024, 8, 31)


def test_entry_date_of_the_census_stands() -> None:
    found = member(deferral_rate=Decimal("0.05"), eligibility_date=dt.date(2020, 1, 1))
    assert found.person.known_entry == dt.date(2020, 1, 1)


def test_people_outside_the_plan_do_not_contribute() -> None:
    found = member(deferral_rate=Decimal("0.05"), plan_eligible=False)
    assert found.deferral_rate == 0 and found.enrolled_on is None and found.person.excluded


def test_defaults() -> None:
    found = member()
    assert found.person.weekly_hours == 40 and not found.person.owner and not found.person.excluded
    assert found.deferral_rate == found.match_balance == found.core_balance == 0
    assert found.person.credited_service is None and found.enrolled_on is None
