"""Headcount, exits, promotions, largest remainder and the chain of raises."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from tests.oracle.workforce import (
    Headcount,
    PlannedRaise,
    exit_hazard,
    headcount,
    largest_remainder,
    level_by_pay,
    merit_scale,
    promotion_probability,
    raise_chain,
)


def test_example_of_the_contract() -> None:
    """N 1000, g 3%, t 12%, h 25%: T 1030, X 120, H 173, Q 23."""
    assert headcount(1000, 0.03, 0.12, 0.25) == Headcount(1000, 1030, 120, 0, 173, 23)


@pytest.mark.parametrize("opening", [0, 1, 2, 7, 100, 99_999, 100_000])
@pytest.mark.parametrize("growth", ["-0.2", "-0.12", "0", "0.03", "0.5"])
@pytest.mark.parametrize("exit_rate", ["0", "0.12", "1"])
@pytest.mark.parametrize("new_hire_exit_rate", ["0", "0.25", "0.94"])
def test_the_identity_holds(opening: int, growth: str, exit_rate: str, new_hire_exit_rate: str) -> None:
    heads = headcount(opening, growth, exit_rate, new_hire_exit_rate)
    assert heads.opening + heads.hires - heads.exits - heads.new_hire_exits == heads.target
    assert 0 <= heads.new_hire_exits <= heads.hires
    assert 0 <= heads.reduction <= heads.exits <= opening


@pytest.mark.parametrize(("opening", "growth", "target"), [(10, "0.05", 11), (10, "0.04", 10), (50, "0.03", 52)])
def test_half_a_head_goes_up(opening: int, growth: str, target: int) -> None:
    assert headcount(opening, growth, 0, 0).target == target


def test_reduction_in_force() -> None:
    assert headcount(1000, "-0.2", "0.12", "0.25") == Headcount(1000, 800, 200, 80, 0, 0)


def test_attrition_alone_reaches_the_target() -> None:
    assert headcount(1000, "-0.12", "0.12", "0.25") == Headcount(1000, 880, 120, 0, 0, 0)


@pytest.mark.parametrize("rates", [("-1.5", "0", "0"), ("0", "1.1", "0"), ("0", "0.1", "0.95")])
def test_impossible_rates_are_refused(rates: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match="no headcount"):
        headcount(1000, *rates)


@pytest.mark.parametrize(
    ("total", "weights", "counts"),
    [
        (10, {1: 1, 2: 1, 3: 1}, {1: 4, 2: 3, 3: 3}),
        (7, {1: "0.5", 2: "0.3", 3: "0.2"}, {1: 4, 2: 2, 3: 1}),  # 3.5, 2.1, 1.4
        (0, {1: 3, 2: 1}, {1: 0, 2: 0}),
        (5, {1: 0, 2: 1}, {1: 0, 2: 5}),
        (100, {1: 47_000, 2: 16_000, 3: 15_900, 4: 12_000, 5: 9_100}, {1: 47, 2: 16, 3: 16, 4: 12, 5: 9}),
    ],
)
def test_largest_remainder(total: int, weights: dict[int, float | str], counts: dict[int, int]) -> None:
    assert largest_remainder(total, weights)[0] == counts


@pytest.mark.parametrize(
    ("age", "tenure", "level", "expected"),
    [
        (24, 1, 1, "2.88"),  # 1.6 × 1.8
        (25, 2, 1, "0.78"),  # 1.3 × 0.6
        (34, 4, 2, "0.702"),  # 1.3 × 0.6 × 0.9
        (45, 5, 5, "0.24"),  # 0.8 × 0.5 × 0.6
        (64, 19, 7, "0.112"),  # 0.7 × 0.4 × 0.4
        (65, 20, 12, "0.072"),  # 0.6 × 0.3 × 0.4, the floor of the level factor
    ],
)
def test_exit_hazard(age: int, tenure: int, level: int, expected: str) -> None:
    assert exit_hazard(age, tenure, level) == Fraction(expected)


@pytest.mark.parametrize(
    ("age", "tenure", "level", "expected"),
    [
        (24, 1, 1, "0.032"),  # 4% × 1.6 × 0.5
        (30, 5, 1, "0.1008"),  # 4% × 1.4 × 1.8
        (44, 9, 3, "0.05544"),  # 4% × 1.1 × 1.8 × 0.7
        (65, 20, 4, "0.00044"),  # 4% × 0.1 × 0.2 × 0.55
        (30, 5, 9, "0"),
    ],
)
def test_promotion_probability(age: int, tenure: int, level: int, expected: str) -> None:
    assert promotion_probability(age, tenure, level) == Fraction(expected)


def test_promotion_probability_is_at_most_one() -> None:
    assert promotion_probability(30, 5, 1, multiplier=25) == 1


@pytest.mark.parametrize(
    ("pay", "level"),
    [
        ("20000", 1),
        ("56000", 1),
        ("80999.99", 1),
        ("81000", 2),
        ("121000", 3),
        ("160999.995", 3),
        ("275000", 5),
        ("2000000", 5),
    ],
)
def test_level_by_pay_has_no_gaps(pay: str, level: int) -> None:
    minima = {1: 56_000, 2: 81_000, 3: 121_000, 4: 161_000, 5: 275_000}
    assert level_by_pay(Fraction(pay), {key: Fraction(value) for key, value in minima.items()}) == level


def test_raises_chain_with_the_promotion_first() -> None:
    on = dt.date(2025, 2, 1)
    steps = raise_chain(
        Fraction("60000.01"),
        [PlannedRaise(on, Fraction("0.065"), False), PlannedRaise(on, Fraction("0.2"), True)],
    )
    # 60 000.01 × 1.2 = 72 000.012; 72 000.01 × 1.065 = 76 680.01065.
    assert [(step.before, step.after) for step in steps] == [
        (Fraction("60000.01"), Fraction("72000.01")),
        (Fraction("72000.01"), Fraction("76680.01")),
    ]


def test_promotion_raise_is_capped() -> None:
    def promoted(pay: int) -> Fraction:
        return raise_chain(Fraction(pay), [PlannedRaise(dt.date(2025, 2, 1), Fraction("0.5"), True)])[0].after

    assert promoted(100_000) == 130_000
    assert promoted(2_000_000) == 2_500_000


def test_merit_budget_is_the_pay_weighted_mean() -> None:
    people = [(Fraction(60_000), Fraction("0.035")), (Fraction(140_000), Fraction("0.045"))]
    scale = merit_scale("0.03", people)
    assert sum(pay * rate * scale for pay, rate in people) == Fraction("0.03") * 200_000
    assert merit_scale(None, people) == 1
    assert merit_scale("0.03", []) == 1
