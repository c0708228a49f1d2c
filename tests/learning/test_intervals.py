"""Intervals have the quantiles of their distributions."""

from __future__ import annotations

import math

import pytest

from planalign_orchestrator.learning.credibility import (
    LEVEL,
    growth_interval,
    mean_interval,
    rate_interval,
    share_interval,
)

TAIL = (1 - LEVEL) / 2


def below(density: object, end: float, steps: int = 200_000) -> float:
    """The integral from 0 to ``end`` by the midpoint rule, of a density that is 0 outside."""
    width = end / steps
    return sum(density(width * (i + 0.5)) for i in range(steps)) * width  # type: ignore[operator]


@pytest.mark.parametrize(
    ("events", "low", "high"),
    # Half the 5% and 95% quantiles of chi-square with 2·events + 1 degrees of freedom, from printed tables.
    [(1, 0.17592, 3.90736), (4, 1.66256, 8.45949), (10, 5.79565, 16.33529), (14, 8.85419, 21.27848)],
)
def test_a_rate_has_the_quantiles_of_chi_square(events: int, low: float, high: float) -> None:
    assert rate_interval(events, 2.0) == pytest.approx((low / 2, high / 2), rel=1e-4)


def test_no_event_leaves_the_rate_at_zero_possible() -> None:
    assert rate_interval(0, 1.0) == (0.0, pytest.approx(3.84146 / 2, rel=1e-4))


@pytest.mark.slow
@pytest.mark.parametrize(("part", "whole"), [(5, 20), (1, 9), (30, 40)])
def test_a_share_has_the_quantiles_of_beta(part: int, whole: int) -> None:
    a, b = part + 0.5, whole - part + 0.5
    norm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    low, high = share_interval(part, whole)
    for end, wanted in ((low, TAIL), (high, 1 - TAIL)):
        found = below(lambda x: math.exp(norm + (a - 1) * math.log(x) + (b - 1) * math.log(1 - x)), end)
        assert found == pytest.approx(wanted, abs=2e-5)


@pytest.mark.parametrize(("part", "whole", "expected"), [(0, 20, (0.0, 0.0905)), (20, 20, (0.9095, 1.0))])
def test_nobody_and_everybody(part: int, whole: int, expected: tuple[float, float]) -> None:
    assert share_interval(part, whole) == pytest.approx(expected, abs=1e-4)


def test_a_large_count_is_nearly_normal() -> None:
    low, high = rate_interval(40_000, 1.0)
    assert (low, high) == pytest.approx((40_000 - 1.64485 * 200, 40_000 + 1.64485 * 200), rel=1e-4)


def test_few_values_have_a_wider_mean() -> None:
    assert mean_interval(1.0, 0.1, 3) == (-math.inf, math.inf)
    low, high = mean_interval(1.0, 0.1, 8)
    # Student's t with 7 degrees of freedom: 1.895.
    assert high - 1.0 == pytest.approx(1.895 * 0.1 / math.sqrt(8), rel=0.03)
    assert 1.0 - low == pytest.approx(high - 1.0)


def test_growth_without_exits_has_the_interval_of_its_entries() -> None:
    low, high = growth_interval(math.expm1(0.03), 3, 0, 100.0)
    came_low, came_high = rate_interval(3, 100.0)
    _, went_high = rate_interval(0, 100.0)
    assert math.log1p(high) == pytest.approx(came_high)
    assert math.log1p(low) == pytest.approx(0.03 - math.hypot(0.03 - came_low, went_high))


def test_growth_of_many_moves_is_nearly_normal() -> None:
    low, high = growth_interval(0.0, 40_000, 40_000, 1e6)
    wanted = 1.64485 * math.sqrt(80_000) / 1e6
    assert (math.log1p(low), math.log1p(high)) == pytest.approx((-wanted, wanted), rel=0.01)
