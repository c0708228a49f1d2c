"""Elective deferrals, catch-up and Roth, with published examples."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tests.oracle.contributions import Contributions, contribute
from tests.oracle.published import LIMITS


def contributions(deferral: str, **changes: Any) -> Contributions:
    arguments: dict[str, Any] = {
        "year": 2025,
        "age": 40,
        "pay": Fraction(200_000),
        "prior_pay": None,
        "roth_share": Fraction(0),
        **changes,
    }
    return contribute(Fraction(deferral), limits=LIMITS.of(arguments["year"]), **arguments)


# Source of the examples: retirementplanners.com, "2025 contribution limits".
@pytest.mark.parametrize(
    ("born", "catch_up"),
    [
        (1976, 0),  # turns 49
        (1975, 7_500),  # example 1: turns 50 on 1 December 2025
        (1966, 7_500),  # turns 59
        (1965, 11_250),  # example 2: turns 60 on 1 December 2025
        (1962, 11_250),  # example 3: turns 63 on 1 December 2025
        (1961, 7_500),  # example 4: turned 63 on 1 December 2024, turns 64
    ],
)
def test_catch_up_follows_the_age_reached_in_the_year(born: int, catch_up: int) -> None:
    result = contributions("60000", age=2025 - born)
    assert result.total == 23_500 + catch_up and result.catch_up == catch_up


@pytest.mark.parametrize(("age", "total"), [(49, 23_500), (55, 31_000), (61, 34_750), (64, 31_000)])
def test_total_limits_of_2025(age: int, total: int) -> None:
    """Source: Greenbush Financial Group, "401(k) age 60-63 catch-up": 23,500, 31,000, 34,750 and 31,000 dollars."""
    assert contributions("60000", age=age).total == total


@pytest.mark.parametrize(
    ("year", "total"),
    [
        (2020, 26_000),
        (2021, 26_000),
        (2022, 27_000),
        (2023, 30_000),
        (2024, 30_500),
        (2025, 31_000),
        (2026, 32_500),
    ],
)
def test_total_limit_at_fifty_by_year(year: int, total: int) -> None:
    """Source: the two limits of IRS Notices 2019-59, 2020-79, 2021-61, 2022-55, 2023-75, 2024-80 and 2025-67, added."""
    assert contributions("60000", year=year, age=50).total == total


def test_deferral_up_to_the_limit_is_no_catch_up() -> None:
    result = contributions("23500", age=55)
    assert result.total == 23_500 and result.catch_up == 0 and result.limited is False


def test_first_cent_above_the_limit_is_catch_up() -> None:
    result = contributions("23500.01", age=55)
    assert result.total == Fraction("23500.01") and result.catch_up == Fraction("0.01") and result.limited is False


def test_first_cent_above_the_limit_is_cut_without_catch_up() -> None:
    result = contributions("23500.01", age=49)
    assert result.total == 23_500 and result.catch_up == 0 and result.limited is True


def test_catch_up_above_its_own_limit_is_cut() -> None:
    assert contributions("31000", age=55).limited is False
    assert contributions("31000.01", age=55).limited is True


def test_nobody_contributes_more_than_pay() -> None:
    assert contributions("1000.01", pay=Fraction(1000)).total == 1000


def test_elected_roth_is_rounded_for_both_parts() -> None:
    # 15% of 23 500.00 is 3 525.00; 15% of 99.99 is 14.9985, in cents 15.00.
    result = contributions("23599.99", age=55, roth_share=Fraction("0.15"))
    assert result.roth == Fraction("3540.00")


@pytest.mark.parametrize(
    ("year", "prior_pay", "catch_up_is_roth"),
    [
        (2025, "500000", False),  # transition until 2026: Notice 2023-62
        (2026, "150000", False),  # at the threshold, not above it
        (2026, "150000.01", True),  # Notice 2025-67: 150 000 decides on 2025 wages for catch-up of 2026
        (2026, "145000.01", False),
        (2026, None, False),  # no wages from this employer in the year before
    ],
)
def test_catch_up_of_high_earners_is_roth_from_2026(year: int, prior_pay: str | None, catch_up_is_roth: bool) -> None:
    result = contributions("60000", year=year, age=50, prior_pay=None if prior_pay is None else Fraction(prior_pay))
    assert result.roth == (result.catch_up if catch_up_is_roth else 0)
    assert result.catch_up > 0


@pytest.mark.parametrize(
    ("prior_pay", "available", "total", "catch_up"),
    # IRC 414(v)(7)(B); methodology 9: 52 years old in 2026, the threshold is 150 000 of pay in 2025.
    [("160000", True, 32_500, 8_000), ("160000", False, 24_500, 0), ("150000", False, 32_500, 8_000)],
)
def test_a_plan_without_roth_takes_no_catch_up_that_must_be_roth(
    prior_pay: str, available: bool, total: int, catch_up: int
) -> None:
    found = contributions("32500", year=2026, age=52, prior_pay=Fraction(prior_pay), roth_available=available)
    assert (found.total, found.catch_up) == (total, catch_up)
    assert available or found.roth == 0
