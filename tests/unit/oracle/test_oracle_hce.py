"""Highly compensated employees."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.oracle.hce import is_highly_compensated, top_paid_group
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
    group = top_paid_group(pay)

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
    assert len(top_paid_group({f"{number:03d}": Fraction(1) for number in range(people)})) == size


def test_ties_by_employee_id_and_unknown_pay_last() -> None:
    pay = {"B": Fraction(5), "A": Fraction(5), "D": None, "C": Fraction(5), "E": Fraction(1)}
    assert top_paid_group(pay) == {"A"}
