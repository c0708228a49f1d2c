"""The kinds of company that a synthetic census can look like, as tables."""

from dataclasses import dataclass
from typing import Literal, cast

from planalign_orchestrator.tables import table

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

    level_mix: tuple[float, ...]
    age: Quantiles
    service: Quantiles
    pay_factor: float
    part_time: float
    participation: float


def _quantiles(text: str) -> Quantiles:
    pairs = (pair.split(":") for pair in text.split(","))
    return tuple((float(share), float(value)) for share, value in pairs)


def _shape(row: dict[str, str]) -> Shape:
    numbers = {name: float(row[name]) for name in ("pay_factor", "part_time", "participation")}
    mix = tuple(map(float, row["level_mix"].split()))
    return Shape(mix, _quantiles(row["age"]), _quantiles(row["service"]), **numbers)


SHAPES = {cast(ShapeName, name): _shape(row) for name, row in table(__package__, "shapes").items()}

PAY_BANDS: tuple[tuple[int, int], ...] = (
    (56_000, 81_000), (81_000, 121_000), (121_000, 161_000), (161_000, 275_000), (275_000, 500_000),
)  # fmt: skip
"""The level table's bands, from and to, which synthetic people are paid by."""

DEFERRAL_RATES: tuple[tuple[float, str], ...] = (
    (0.05, "0.01"), (0.12, "0.02"), (0.29, "0.03"), (0.38, "0.04"), (0.55, "0.05"), (0.75, "0.06"), (0.79, "0.07"),
    (0.85, "0.08"), (0.87, "0.09"), (0.95, "0.10"), (0.965, "0.12"), (0.985, "0.15"), (0.995, "0.20"), (1.0, "0.25"),
)  # fmt: skip
"""Share of participants up to here, and the rate they elect: peaks at 3, 5, 6 and 10 percent."""
