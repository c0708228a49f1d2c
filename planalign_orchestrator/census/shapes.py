"""The kinds of company that a synthetic census can look like, as tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ShapeName = Literal["balanced", "young_retailer", "ageing_manufacturer", "high_turnover", "highly_paid"]

Quantiles = tuple[tuple[float, float], ...]
"""Pairs (share of people below, value), from share 0 to share 1; between them the values are spread evenly."""


@dataclass(frozen=True)
class Shape:
    """What a company's people look like.

    Attributes:
        level_mix: share of people by job level, 1 to 5.
        age: years, of people on level 1; higher levels lack the youngest.
        service: years since hire, before the bound that nobody is hired below 18.
        pay_factor: times the pay bands of the level table.
        part_time: share of level 1 and 2 with fewer hours.
        participation: share of people with a deferral rate, before age, pay and service move it.
    """

    level_mix: tuple[float, float, float, float, float]
    age: Quantiles
    service: Quantiles
    pay_factor: float
    part_time: float
    participation: float


_BALANCED_AGE: Quantiles = (
    (0, 19), (0.06, 22.5), (0.2, 27.5), (0.4, 34), (0.6, 42), (0.8, 52), (0.93, 61), (0.98, 66), (1, 74),
)  # fmt: skip
_BALANCED_SERVICE: Quantiles = (
    (0, 0), (0.1, 0.5), (0.22, 1.2), (0.42, 3), (0.58, 5.5), (0.74, 9.5), (0.87, 16), (0.96, 26), (1, 42),
)  # fmt: skip
_MIX = (0.60, 0.22, 0.11, 0.055, 0.015)

SHAPES: dict[ShapeName, Shape] = {
    "balanced": Shape(_MIX, _BALANCED_AGE, _BALANCED_SERVICE, 1.0, 0.08, 0.63),
    "young_retailer": Shape(
        (0.78, 0.14, 0.055, 0.02, 0.005),
        ((0, 18.1), (0.2, 20), (0.45, 23.5), (0.65, 28), (0.82, 36), (0.94, 50), (1, 70)),
        ((0, 0), (0.25, 0.4), (0.5, 1.1), (0.7, 2.2), (0.85, 4.5), (0.95, 10), (1, 30)),
        0.72, 0.38, 0.38,
    ),
    "ageing_manufacturer": Shape(
        (0.64, 0.21, 0.10, 0.04, 0.01),
        ((0, 20), (0.07, 28), (0.2, 38), (0.4, 48), (0.65, 56), (0.88, 62), (0.97, 67), (1, 76)),
        ((0, 0), (0.08, 1), (0.2, 4), (0.4, 11), (0.6, 19), (0.8, 27), (0.95, 36), (1, 46)),
        0.95, 0.03, 0.66,
    ),
    "high_turnover": Shape(
        (0.68, 0.20, 0.08, 0.032, 0.008),
        _BALANCED_AGE,
        ((0, 0), (0.3, 0.35), (0.55, 0.9), (0.75, 1.8), (0.9, 4), (0.97, 9), (1, 30)),
        0.9, 0.15, 0.48,
    ),
    "highly_paid": Shape(
        (0.26, 0.28, 0.24, 0.17, 0.05),
        ((0, 22), (0.1, 26), (0.35, 32), (0.6, 39), (0.82, 48), (0.95, 58), (1, 70)),
        _BALANCED_SERVICE, 1.06, 0.03, 0.76,
    ),
}  # fmt: skip

PAY_BANDS: tuple[tuple[int, int], ...] = (
    (56_000, 81_000), (81_000, 121_000), (121_000, 161_000), (161_000, 275_000), (275_000, 500_000),
)  # fmt: skip
"""The level table's bands, from and to, which synthetic people are paid by."""

DEFERRAL_RATES: tuple[tuple[float, str], ...] = (
    (0.05, "0.01"), (0.12, "0.02"), (0.29, "0.03"), (0.38, "0.04"), (0.55, "0.05"), (0.75, "0.06"), (0.79, "0.07"),
    (0.85, "0.08"), (0.87, "0.09"), (0.95, "0.10"), (0.965, "0.12"), (0.985, "0.15"), (0.995, "0.20"), (1.0, "0.25"),
)  # fmt: skip
"""Share of participants up to here, and the rate they elect: peaks at 3, 5, 6 and 10 percent."""
