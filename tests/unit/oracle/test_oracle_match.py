"""The match: published tables and examples for every family."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.oracle.employer import Standing, match
from tests.oracle.plan import FORMULAS, MatchBand, MatchTerms, tiers

NOBODY_SPECIAL = Standing(age=40, service=5)


def formula(name: str, maximum: str = "1") -> MatchTerms:
    return MatchTerms(bands=(MatchBand(0, FORMULAS[name]),), maximum=Fraction(maximum))


@pytest.mark.parametrize(
    ("name", "deferral", "expected"),
    [
        # RPG Consultants, "What is the definition of a safe harbor match" (FAQ09RP): wages of 50 000 dollars.
        ("safe_harbor_basic", 0, 0),
        ("safe_harbor_basic", 500, 500),
        ("safe_harbor_basic", 1_000, 1_000),
        ("safe_harbor_basic", 1_500, 1_500),
        ("safe_harbor_basic", 2_000, 1_750),
        ("safe_harbor_basic", 2_500, 2_000),
        ("safe_harbor_enhanced", 0, 0),
        ("safe_harbor_enhanced", 1_000, 1_000),
        ("safe_harbor_enhanced", 1_500, 1_500),
        ("safe_harbor_enhanced", 2_000, 2_000),
        ("safe_harbor_enhanced", 2_500, 2_000),
        ("safe_harbor_enhanced", 3_000, 2_000),
        # IRC 401(k)(13)(D)(i)(I): 100% up to 1% of pay, 50% of what lies between 1% and 6%; 3.5% of pay at most.
        ("qaca", 0, 0),
        ("qaca", 250, 250),
        ("qaca", 500, 500),
        ("qaca", 1_000, 750),
        ("qaca", 3_000, 1_750),
        ("qaca", 5_000, 1_750),
        # 50% of 6% (IRS, 401(k) Plan Fix-It Guide, matching: deferring 6% earns a match of 3% of pay).
        ("simple", 3_000, 1_500),
        ("simple", 3_001, 1_500),
        ("tiered", 2_250, 1_875),
        ("stretch", 6_000, 1_500),
        ("stretch", 7_500, 1_500),
    ],
)
def test_named_formulas_on_pay_of_fifty_thousand(name: str, deferral: int, expected: int) -> None:
    assert match(formula(name), NOBODY_SPECIAL, Fraction(deferral), Fraction(50_000)) == expected


@pytest.mark.parametrize(
    ("deferral", "compensation", "expected"),
    [
        # IRS Employee Plans News, "Should salary deferrals be stopped when compensation reaches the annual limit?":
        # Mary earns 300 000 in 2012, the plan can use 250 000, matches 50% up to 5%; she defers 17 000 and gets 6 250.
        (17_000, 250_000, 6_250),
        # The same page for 2018: pay 360 000, limit 275 000, deferral 18 500: 50% of 5% of 275 000.
        (18_500, 275_000, 6_875),
    ],
)
def test_match_uses_no_pay_above_the_limit(deferral: int, compensation: int, expected: int) -> None:
    terms = MatchTerms(bands=(MatchBand(0, tiers(("0", "0.05", "0.5"))),), maximum=Fraction(1))
    assert match(terms, NOBODY_SPECIAL, Fraction(deferral), Fraction(compensation)) == expected


def test_match_is_rounded_once_at_the_end() -> None:
    # 3% of 33 333.33 is 999.9999; deferring 5% (1 666.67) earns 999.9999 + 0.5 × min(666.6701, 666.6666) = 1 333.3332.
    terms = formula("safe_harbor_basic")
    assert match(terms, NOBODY_SPECIAL, Fraction("1666.67"), Fraction("33333.33")) == Fraction("1333.33")


def test_half_a_cent_goes_up() -> None:
    # 50% of 100.01 is 50.005.
    assert match(formula("simple"), NOBODY_SPECIAL, Fraction("100.01"), Fraction(50_000)) == Fraction("50.01")


def test_match_stops_at_the_plan_maximum() -> None:
    # 4% of 50 000 would be matched; the plan stops at 3.5%.
    assert match(formula("safe_harbor_enhanced", "0.035"), NOBODY_SPECIAL, Fraction(5_000), Fraction(50_000)) == 1_750


@pytest.mark.parametrize(("service", "expected"), [(0, 500), (1, 500), (2, 1_000), (4, 1_000), (5, 2_000), (30, 2_000)])
def test_graded_by_service_takes_the_last_band_reached(service: int, expected: int) -> None:
    terms = MatchTerms(
        family="graded_by_service",
        bands=(
            MatchBand(0, tiers(("0", "0.04", "0.25"))),
            MatchBand(2, tiers(("0", "0.04", "0.5"))),
            MatchBand(5, tiers(("0", "0.04", "1"))),
        ),
        maximum=Fraction(1),
    )
    assert match(terms, Standing(40, service), Fraction(5_000), Fraction(50_000)) == expected


@pytest.mark.parametrize(("age", "service", "expected"), [(34, 5, 0), (34, 6, 1_000), (40, 0, 1_000), (55, 5, 2_500)])
def test_points_add_age_and_service(age: int, service: int, expected: int) -> None:
    terms = MatchTerms(
        family="points",
        bands=(
            MatchBand(0, tiers(("0", "0.05", "0"))),
            MatchBand(40, tiers(("0", "0.02", "1"))),
            MatchBand(60, tiers(("0", "0.05", "1"))),
        ),
        maximum=Fraction(1),
    )
    assert match(terms, Standing(age, service), Fraction(5_000), Fraction(50_000)) == expected


def test_tenure_bands_have_their_own_tiers() -> None:
    terms = MatchTerms(
        family="tenure_bands",
        bands=(MatchBand(0, FORMULAS["simple"]), MatchBand(10, FORMULAS["safe_harbor_basic"])),
        maximum=Fraction(1),
    )
    assert match(terms, Standing(60, 9), Fraction(3_000), Fraction(50_000)) == 1_500
    assert match(terms, Standing(60, 10), Fraction(3_000), Fraction(50_000)) == 2_000


def test_tiers_that_start_above_zero_match_nothing_below() -> None:
    terms = MatchTerms(bands=(MatchBand(0, tiers(("0.03", "0.05", "0.5"))),), maximum=Fraction(1))
    assert match(terms, NOBODY_SPECIAL, Fraction(1_500), Fraction(50_000)) == 0
    assert match(terms, NOBODY_SPECIAL, Fraction(2_000), Fraction(50_000)) == 250


def test_no_match() -> None:
    assert match(MatchTerms(family="none"), NOBODY_SPECIAL, Fraction(3_000), Fraction(50_000)) == 0
