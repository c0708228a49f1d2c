"""The core contribution with permitted disparity, and the limit on annual additions."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.oracle.employer import Standing, core, largest_excess_rate, limit_additions
from tests.oracle.plan import CoreBand, CoreTerms
from tests.oracle.published import PUBLISHED

ANYBODY = Standing(age=40, service=5)


def flat(rate: str, excess: str = "0", level: Fraction = Fraction(1)) -> CoreTerms:
    return CoreTerms(kind="flat", rate=Fraction(rate), excess_rate=Fraction(excess), integration_level=level)


def test_base_and_excess_of_2021() -> None:
    """Source: ebgsystems.net, "Integrated Profit Sharing Plan" (2021).

    10% of all pay up to 290 000 and 5.7% of pay between 142 800 and 290 000: 29 000 + 8 390.40.
    """
    limits = PUBLISHED[2021]
    assert core(flat("0.10", "0.057"), ANYBODY, limits.compensation, limits.wage_base) == Fraction("37390.40")


@pytest.mark.parametrize(("pay", "expected"), [("280000.00", "18600.00"), ("199999.80", "12040.28")])
def test_integration_level_below_the_wage_base(pay: str, expected: str) -> None:
    """Source: benefitslink.com, 12 May 2020: x = 4.09981506748163% of pay and again of pay above 106 321.

    106 321 is 80% of the wage base of 2019 plus a dollar; the owner gets 18 600, the second employee 12 040.28.
    """
    wage_base = PUBLISHED[2019].wage_base
    terms = flat("0.0409981506748163", "0.054", Fraction(106_321) / wage_base)
    assert core(terms, ANYBODY, Fraction(pay), wage_base) == Fraction(expected)


@pytest.mark.parametrize(
    ("pay", "expected"),
    [
        ("176099.99", "10566.00"),  # 6% of 176 099.99 is 10 565.9994
        ("176100", "10566.00"),
        ("176101", "10566.12"),  # one dollar above earns 6 + 5.7 cents: 10 566.06 + 0.057
        ("177100", "10683.00"),  # 1 000 dollars above: 10 626 + 57
        ("350000", "30912.30"),  # 21 000 + 5.7% of 173 900
    ],
)
def test_around_the_wage_base_of_2025(pay: str, expected: str) -> None:
    assert core(flat("0.06", "0.057"), ANYBODY, Fraction(pay), PUBLISHED[2025].wage_base) == Fraction(expected)


def test_excess_rate_is_never_more_than_the_base_rate() -> None:
    """IRC 401(l)(2)(A): at most twice the base percentage above the level."""
    wage_base = PUBLISHED[2025].wage_base
    assert core(flat("0.03", "0.057"), ANYBODY, wage_base + 1_000, wage_base) == Fraction("5283.00") + 60


def test_no_base_no_excess() -> None:
    terms = CoreTerms(
        kind="graded_by_service",
        bands=(CoreBand(0, Fraction(0)), CoreBand(2, Fraction("0.05"))),
        excess_rate=Fraction("0.05"),
    )
    assert core(terms, Standing(40, 1), Fraction(300_000), Fraction(176_100)) == 0
    assert core(terms, Standing(40, 2), Fraction(186_100), Fraction(176_100)) == Fraction("9805.00")


@pytest.mark.parametrize(
    ("level", "rate"),
    [
        # Treas. Reg. 1.401(l)-2(d)(4); the same table at ebgsystems.net, "Integrated Profit Sharing Plan".
        ("1", "0.057"),
        ("0.99", "0.054"),
        ("0.81", "0.054"),
        ("0.8", "0.043"),
        ("0.21", "0.043"),
        ("0.2", "0.057"),
        ("0", "0.057"),
    ],
)
def test_largest_excess_rate(level: str, rate: str) -> None:
    assert largest_excess_rate(Fraction(level)) == Fraction(rate)


@pytest.mark.parametrize(
    ("kind", "standing", "rate"),
    [
        ("graded_by_service", Standing(64, 9), "0.02"),
        ("graded_by_service", Standing(20, 10), "0.04"),
        ("points", Standing(8, 1), "0.02"),
        ("points", Standing(8, 2), "0.04"),
        ("age_bands", Standing(9, 30), "0.02"),
        ("age_bands", Standing(10, 0), "0.04"),
        ("flat", Standing(99, 99), "0.01"),
        ("none", Standing(99, 99), "0"),
    ],
)
def test_rate_by_kind(kind: str, standing: Standing, rate: str) -> None:
    bands = (CoreBand(0, Fraction("0.02")), CoreBand(10, Fraction("0.04")))
    terms = CoreTerms(kind=kind, rate=Fraction("0.01"), bands=bands)
    assert core(terms, standing, Fraction(100_000), Fraction(176_100)) == Fraction(rate) * 100_000


# --- IRC 415(c) -----------------------------------------------------------------------------------------------------


def test_additions_above_the_dollar_limit() -> None:
    """Source: plansponsor.com, "How would the 415 annual additions limit be met?" (2017, limit 54 000).

    Pay of 250 000, 15% from the employer (37 500) and 18 000 deferred are 55 500: 1 500 too much. The article cuts the
    deferral; this plan cuts the core contribution.
    """
    result = limit_additions(
        Fraction(18_000), Fraction(0), Fraction(37_500), dollar_limit=Fraction(54_000), pay=Fraction(250_000)
    )
    assert result.match == 0 and result.core == 36_000 and result.excess > 0


def test_core_goes_first_then_the_match() -> None:
    result = limit_additions(
        Fraction(20_000), Fraction(9_000), Fraction(1_000), dollar_limit=Fraction(25_000), pay=Fraction(100_000)
    )
    assert result.match == 5_000 and result.core == 0 and result.excess > 0


def test_pay_is_a_limit_too() -> None:
    result = limit_additions(
        Fraction(700), Fraction(200), Fraction(300), dollar_limit=Fraction(70_000), pay=Fraction(1_000)
    )
    assert result.match == 200 and result.core == 100 and result.excess > 0


def test_a_cent_above_the_limit_is_cut() -> None:
    result = limit_additions(
        Fraction(20_000), Fraction(4_000), Fraction("1000.01"), dollar_limit=Fraction(25_000), pay=Fraction(100_000)
    )
    assert result.match == 4_000 and result.core == 1_000 and result.excess > 0


def test_at_the_limit_nothing_is_cut() -> None:
    result = limit_additions(
        Fraction(20_000), Fraction(4_000), Fraction(1_000), dollar_limit=Fraction(25_000), pay=Fraction(100_000)
    )
    assert result.match == 4_000 and result.core == 1_000 and result.excess == 0
