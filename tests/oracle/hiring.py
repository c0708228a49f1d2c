"""Who is hired: when, how old, at what pay. Tables and formulas are those of the methodology, the draws its streams."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import cos, floor, inf, log, pi, sqrt

from tests.oracle.dates import completed_years, days_in_year, first_day, last_day
from tests.oracle.exact import ZERO, Number, exact, round_cents

NEW_HIRE_AGES: Mapping[int, Fraction] = {
    age: exact(weight)
    for age, weight in zip(
        (22, 25, 28, 32, 35, 40, 45, 50), (".05", ".15", ".20", ".25", ".15", ".10", ".08", ".02"), strict=True
    )
}
"""Weight of each age at hire."""


@dataclass(frozen=True)
class PayBand:
    """The pay of a level, and where in it hires start."""

    minimum: int
    maximum: int
    percentile: float
    market_factor: float


PAY_BANDS: Mapping[int, PayBand] = {
    1: PayBand(56_000, 81_000, 0.30, 1.00),
    2: PayBand(81_000, 121_000, 0.30, 1.00),
    3: PayBand(121_000, 161_000, 0.37, 1.00),
    4: PayBand(161_000, 275_000, 0.38, 1.00),
    5: PayBand(275_000, 500_000, 0.40, 1.00),
}

LOWEST_PERCENTILE, HIGHEST_PERCENTILE = 0.20, 0.90

Draw = Callable[[str, str, int], float]
"""The draw of a stream for a person in a year."""


@dataclass(frozen=True)
class Hire:
    """A person hired in the year."""

    employee_id: str
    level: int
    hired_on: dt.date
    birth_date: dt.date
    pay: Fraction
    excluded: bool


@dataclass(frozen=True)
class HiringRules:
    """The settings of new hires.

    Attributes:
        spread: standard deviation of the pay percentile.
        pay_factor: multiplies pay; the pay structure of the year is in it.
        excluded_share: share of each hire cohort that the plan never admits.
    """

    spread: float = 0.05
    pay_factor: float = 1.0
    excluded_share: float = 0.0


def by_weight(weights: Mapping[int, Fraction], draw: float) -> int:
    """The key in whose share of the total a draw falls, keys in their order."""
    below, total = ZERO, sum(weights.values(), ZERO)
    chosen = next(iter(weights))
    for key, weight in weights.items():
        if below / total <= draw:
            chosen = key
        below += weight
    return chosen


def normal(draw: Draw, stream: str, person: str, year: int) -> float:
    """A standard normal number by Box and Muller."""
    radius, angle = draw(f"{stream}_radius", person, year), draw(f"{stream}_angle", person, year)
    return sqrt(-2 * log(1 - radius)) * cos(2 * pi * angle)


def birth_dates_of_age(age: int, on: dt.date) -> tuple[dt.date, dt.date]:
    """The first and the last birth date of somebody who is exactly so old on a day."""
    around = [dt.date(on.year - age - 1, on.month, 1) + dt.timedelta(days=offset) for offset in range(430)]
    fitting = [birth for birth in around if completed_years(birth, on) == age]
    return fitting[0], fitting[-1]


def hire_dates(people: Sequence[str], year: int, stayers: int, draw: Draw) -> list[dt.date]:
    """When each is hired; of those drawn for 31 December only ``stayers`` keep it, as nobody can leave after it."""
    dates, on_the_last_day = [], 0
    for person in people:
        date = first_day(year) + dt.timedelta(days=floor(days_in_year(year) * draw("hire_date", person, year)))
        if date == last_day(year):
            on_the_last_day += 1
            if on_the_last_day > stayers:
                date -= dt.timedelta(days=1)
        dates.append(date)
    return dates


def in_divisor_order(by_level: Mapping[int, int], weights: Mapping[int, Number]) -> list[int]:
    """The level of each hire by number: every level's seats in the middle of equal shares, so that numbers mix levels.

    Args:
        by_level: how many of each level.
        weights: by which the hires were spread over the levels.
    """
    seats = [(level, seat) for level in by_level for seat in range(by_level[level])]
    return [level for level, _ in sorted(seats, key=lambda one: (_middle(one[1], weights[one[0]]), one[0]))]


def _middle(seat: int, weight: Number) -> Fraction | float:
    return round((seat + Fraction(1, 2)) / exact(weight), 9) if weight else inf


def hires_of(
    by_level: Mapping[int, int],
    weights: Mapping[int, Number],
    year: int,
    stayers: int,
    rules: HiringRules,
    draw: Draw,
    before: int = 0,
) -> list[Hire]:
    """The hires of a year, numbered in divisor order.

    Args:
        by_level: how many of each level.
        weights: by which they were spread over the levels.
        year: plan year.
        stayers: how many hires the year keeps.
        rules: settings.
        draw: draws.
        before: hires of other units, which have the lower numbers.
    """
    levels = in_divisor_order(by_level, weights)
    people = [f"NH_{year}_{number:06d}" for number in range(before + 1, before + len(levels) + 1)]
    dates = hire_dates(people, year, stayers, draw)
    return [
        _hire(person, level, date, year, rules, draw) for person, level, date in zip(people, levels, dates, strict=True)
    ]


def _hire(person: str, level: int, date: dt.date, year: int, rules: HiringRules, draw: Draw) -> Hire:
    age = by_weight(NEW_HIRE_AGES, draw("hire_age", person, year))
    earliest, latest = birth_dates_of_age(age, date)
    birth = earliest + dt.timedelta(days=floor(((latest - earliest).days + 1) * draw("birthday", person, year)))
    band = PAY_BANDS[level]
    percentile = band.percentile + rules.spread * normal(draw, "hire_pay", person, year)
    percentile = min(max(percentile, LOWEST_PERCENTILE), HIGHEST_PERCENTILE)
    pay = (band.minimum + (band.maximum - band.minimum) * percentile) * band.market_factor * rules.pay_factor
    excluded = draw("eligibility_exclusion", person, 0) < rules.excluded_share
    return Hire(person, level, date, birth, round_cents(Fraction(pay)), excluded)
