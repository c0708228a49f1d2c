"""Headcount, who leaves, who moves up, and how a person's pay events follow each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, log

from tests.oracle.exact import ONE, ZERO, Number, exact, round_cents, round_half_up


@dataclass(frozen=True)
class Headcount:
    """The flows of one year; ``opening + hires - exits - new_hire_exits == target`` always.

    Attributes:
        exits: leavers of the opening workforce, the reduction in force included.
        reduction: leavers on top of the exit rate, because the target lies below what exits alone leave.
    """

    opening: int
    target: int
    exits: int
    reduction: int
    hires: int
    new_hire_exits: int


def headcount(
    opening: int, growth: Number, exit_rate: Number, new_hire_exit_rate: Number, known_exits: int = 0
) -> Headcount:
    """Solve a year's headcount exactly.

    Args:
        opening: heads on 1 January.
        growth: the closing headcount is ``opening × (1 + growth)``, rounded half up.
        exit_rate: share of the opening workforce that leaves.
        new_hire_exit_rate: share of hires that leave within twelve months.
        known_exits: leavers of the opening workforce whose day is known.

    Raises:
        ValueError: no headcount satisfies the rates.
    """
    target = round_half_up(opening * (1 + exact(growth)))
    exits = max(round_half_up(opening * exact(exit_rate)), known_exits)
    staying = 1 - exact(new_hire_exit_rate)
    if target < 0 or exits > opening or staying <= Fraction(1, 20):
        rates = f"growth {growth}, exits {exit_rate}, exits of new hires {new_hire_exit_rate}"
        raise ValueError(f"no headcount satisfies opening {opening}, {rates}")
    need = target - (opening - exits)
    if need <= 0:
        return Headcount(opening, target, opening - target, -need, 0, 0)
    # Hires spread evenly over the year have half of it to leave in, on average.
    force = -log(float(staying))
    hires = ceil(need * force / float(new_hire_exit_rate) - 1e-9) if force > 0 else need
    return Headcount(opening, target, exits, 0, hires, hires - need)


def largest_remainder(total: int, weights: Mapping[int, Number]) -> dict[int, int]:
    """Spread whole heads in proportion to weights; ties of the remainders go to the smaller key."""
    shares = {key: exact(weight) for key, weight in weights.items()}
    whole = sum(shares.values(), ZERO)
    quotas = {key: total * share / whole for key, share in shares.items()}
    counts = {key: int(quota) for key, quota in quotas.items()}
    by_remainder = sorted(quotas, key=lambda key: (counts[key] - quotas[key], key))
    for key in by_remainder[: total - sum(counts.values())]:
        counts[key] += 1
    return counts


@dataclass(frozen=True)
class Band:
    """A factor for values in ``[minimum, next minimum)``."""

    minimum: int
    factor: Fraction


AGE_EXIT = tuple(
    Band(low, exact(x))
    for low, x in zip((0, 25, 35, 45, 55, 65), ("1.6", "1.3", "1.0", "0.8", "0.7", "0.6"), strict=True)
)
AGE_PROMOTION = tuple(
    Band(low, exact(x))
    for low, x in zip((0, 25, 35, 45, 55, 65), ("1.6", "1.4", "1.1", "0.7", "0.3", "0.1"), strict=True)
)
TENURE_EXIT = tuple(
    Band(low, exact(x)) for low, x in zip((0, 2, 5, 10, 20), ("1.8", "0.6", "0.5", "0.4", "0.3"), strict=True)
)
TENURE_PROMOTION = tuple(
    Band(low, exact(x)) for low, x in zip((0, 2, 5, 10, 20), ("0.5", "1.5", "1.8", "0.8", "0.2"), strict=True)
)


def factor(bands: Sequence[Band], value: int) -> Fraction:
    """The factor of the last band whose minimum is at most ``value``."""
    return max((band for band in bands if band.minimum <= value), key=lambda band: band.minimum).factor


def level_exit(level: int) -> Fraction:
    """Exit factor of a job level."""
    return max(Fraction(2, 5), 1 - Fraction(level - 1, 10))


def level_promotion(level: int) -> Fraction:
    """Promotion factor of a job level."""
    return max(ZERO, 1 - Fraction(3 * (level - 1), 20))


def exit_hazard(age: int, tenure: int, level: int) -> Fraction:
    """The weight of a person in turnover."""
    return factor(AGE_EXIT, age) * factor(TENURE_EXIT, tenure) * level_exit(level)


def promotion_probability(
    age: int, tenure: int, level: int, *, base: Number = "0.04", multiplier: Number = 1
) -> Fraction:
    """The probability of a promotion, before the conditions on service and employment; at most 1."""
    weight = factor(AGE_PROMOTION, age) * factor(TENURE_PROMOTION, tenure) * level_promotion(level)
    return min(ONE, exact(base) * weight * exact(multiplier))


def level_by_pay(pay: Fraction, minimum_pay: Mapping[int, Fraction]) -> int:
    """The highest level whose band starts at or below the pay; the lowest level for pay below all bands."""
    reached = [level for level, minimum in minimum_pay.items() if minimum <= pay]
    return max(reached, default=min(minimum_pay))


@dataclass(frozen=True)
class PlannedRaise:
    """A raise before it meets the pay of its day.

    Attributes:
        promotion: comes before a yearly raise on the same day, and respects the promotion maxima.
    """

    day: dt.date
    rate: Fraction
    promotion: bool


@dataclass(frozen=True)
class PayStep:
    """A raise as it stands in the event log."""

    day: dt.date
    before: Fraction
    after: Fraction


def raise_chain(
    opening: Fraction,
    raises: Iterable[PlannedRaise],
    *,
    maximum_rate: Number = "0.30",
    maximum_amount: Number = 500_000,
) -> list[PayStep]:
    """Chain raises: each starts from the amount that the one before left, rounded to cents at each event."""
    steps: list[PayStep] = []
    pay = opening
    for planned in sorted(raises, key=lambda planned: (planned.day, not planned.promotion)):
        if planned.promotion:
            increase = min(pay * min(planned.rate, exact(maximum_rate)), exact(maximum_amount))
        else:
            increase = pay * planned.rate
        after = round_cents(pay + increase)
        steps.append(PayStep(planned.day, pay, after))
        pay = after
    return steps


def merit_scale(budget: Number | None, pay_and_rate: Iterable[tuple[Fraction, Fraction]]) -> Fraction:
    """The factor that brings the pay-weighted mean merit rate to a budget; 1 without a budget."""
    people = list(pay_and_rate)
    payroll = sum((pay for pay, _ in people), ZERO)
    granted = sum((pay * rate for pay, rate in people), ZERO)
    if budget is None or granted == 0:
        return ONE
    return exact(budget) * payroll / granted
