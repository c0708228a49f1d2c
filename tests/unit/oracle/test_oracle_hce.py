"""Highly compensated employees."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest

from tests.oracle.hce import Worker, is_highly_compensated, top_paid_group
from tests.oracle.published import PUBLISHED


def hce(prior_pay: str | None, *, owner: bool = False, hired: bool = False, top: bool = True, year: int = 2025) -> bool:
    return is_highly_compensated(
        owner=owner,
        hired_in_year=hired,
        prior_pay=None if prior_pay is None else Fraction(prior_pay),
        threshold=PUBLISHED[year - 1].hce_compensation,
        in_top_paid_group=top,
    )


@pytest.mark.parametrize(
    ("year", "at"),
    [
        # Newfront, "401(k)ology - Highly Compensated Employees": 135 000 in 2022 for 2023, 150 000 in 2023 for 2024.
        (2023, "135000"),
        (2024, "150000"),
        (2025, "155000"),
        (2026, "160000"),
        (2020, "125000"),
    ],
)
def test_above_and_not_at_the_amount_of_the_year_before(year: int, at: str) -> None:
    assert not hce(at, year=year)
    assert hce(f"{at}.01", year=year)


def test_owner_always() -> None:
    assert hce("0", owner=True) and hce(None, owner=True, hired=True) and hce("1", owner=True, top=False)


def test_hired_in_the_year_only_as_owner() -> None:
    assert not hce("900000", hired=True)
    assert not hce(None)


def test_top_paid_group_election_with_an_owner_outside_the_group() -> None:
    """Source: benefitslink.com, Mike Preston, 23 March 2008 (threshold 90 000).

    Ten employees, so the top 20% are two. Pay: 200 000 (an owner), 200 000, 150 000, 120 000 (an owner), six 50 000.
    With the election 1, 2 and 4 are HCEs, without it 1, 2, 3 and 4.
    """
    pay = {str(number): Fraction(50_000) for number in range(1, 10)} | {"10": Fraction(50_000)}
    pay |= {"1": Fraction(200_000), "2": Fraction(200_000), "3": Fraction(150_000), "4": Fraction(120_000)}
    group = top_paid_group([Worker(name, amount) for name, amount in pay.items()])

    def hces(election: bool) -> set[str]:
        return {
            person
            for person in pay
            if is_highly_compensated(
                owner=person in ("1", "4"),
                hired_in_year=False,
                prior_pay=pay[person],
                threshold=Fraction(90_000),
                in_top_paid_group=person in group or not election,
            )
        }

    assert hces(election=True) == {"1", "2", "4"}
    assert hces(election=False) == {"1", "2", "3", "4"}


@pytest.mark.parametrize(("people", "size"), [(0, 0), (2, 0), (3, 1), (7, 1), (8, 2), (12, 2), (13, 3), (100, 20)])
def test_size_of_the_group_is_rounded_half_up(people: int, size: int) -> None:
    assert len(top_paid_group([Worker(f"{number:03d}", Fraction(1)) for number in range(people)])) == size


def test_ties_by_employee_id() -> None:
    pay = {"B": 5, "A": 5, "D": 0, "C": 5, "E": 1}
    assert top_paid_group([Worker(name, Fraction(amount)) for name, amount in pay.items()]) == {"A"}


LEFT_OUT: dict[str, dict[str, Any]] = {
    "in a union": {"union": True},
    "less than 17.5 hours": {"weekly_hours": Fraction("17.49")},
    "less than six months": {"hire_date": dt.date(2024, 7, 2)},
    "less than six months at the exit": {"hire_date": dt.date(2023, 12, 1), "last_day": dt.date(2024, 5, 30)},
    "twenty on the last day": {"birth_date": dt.date(2004, 1, 1)},
}
COUNTED: dict[str, dict[str, Any]] = {
    "17.5 hours": {"weekly_hours": Fraction("17.5")},
    "six months": {"hire_date": dt.date(2024, 7, 1)},
    "six months at the exit": {"hire_date": dt.date(2023, 12, 1), "last_day": dt.date(2024, 5, 31)},
    "twenty-one on the last day": {"birth_date": dt.date(2003, 12, 31)},
}


@pytest.mark.parametrize("kind", [*LEFT_OUT, *COUNTED])
def test_whom_the_count_leaves_out(kind: str) -> None:
    worker = Worker("A", Fraction(1), **{**LEFT_OUT, **COUNTED}[kind])
    assert worker.counts is (kind in COUNTED)


def test_a_thousand_with_two_hundred_left_out_make_160_of_whom_anybody_can_be() -> None:
    """IRC 414(q)(5) leaves people out of the count, not of the group: a fifth of 800, the best paid of 1 000."""
    workers = [Worker(f"{number:04d}", Fraction(number), union=number >= 800) for number in range(1_000)]
    assert top_paid_group(workers) == {f"{number:04d}" for number in range(840, 1_000)}
