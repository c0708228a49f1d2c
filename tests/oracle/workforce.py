"""Headcount, who leaves, who moves up, and how a person's pay events follow each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor, inf, log1p
from typing import NamedTuple

from tests.oracle.exact import ONE, ZERO, Number, exact, round_cents, round_half_away, round_half_up


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


def headcount(opening: int, growth: Number, exit_rate: Number, new_hire_exit_rate: Number) -> Headcount:
    """Solve a year's headcount exactly.

    Args:
        opening: heads on 1 January.
        growth: the closing headcount is ``opening × (1 + growth)``, rounded half up.
        exit_rate: share of the opening workforce that leaves.
        new_hire_exit_rate: share of the year's hires that leave in the year.

    Raises:
        ValueError: no headcount satisfies the rates.
    """
    target = round_half_up(opening * (1 + exact(growth)))
    exits = round_half_up(opening * exact(exit_rate))
    staying = 1 - exact(new_hire_exit_rate)
    if target < 0 or exits > opening or staying <= Fraction(1, 20):
        rates = f"growth {growth}, exits {exit_rate}, exits of new hires {new_hire_exit_rate}"
        raise ValueError(f"no headcount satisfies opening {opening}, {rates}")
    return _flows(opening, target, exits, staying, ZERO)[0]


def _flows(opening: int, target: int, exits: int, staying: Fraction, carried: Fraction) -> tuple[Headcount, Fraction]:
    """The flows that lead to a target, and the part of a new hire's exit that is carried on."""
    need = target - (opening - exits)
    if need <= 0:
        return Headcount(opening, target, opening - target, -need, 0, 0), carried
    due = _nine_places(carried + need * (1 - staying) / staying)
    new_hire_exits = round_half_up(due)
    return Headcount(opening, target, exits, 0, need + new_hire_exits, new_hire_exits), due - new_hire_exits


def _nine_places(value: Fraction) -> Fraction:
    return round_half_away(value, 9)


class Rates(NamedTuple):
    """What holds for a unit: a value of the group that steers, or everybody."""

    growth: Fraction
    exits: Fraction
    new_hire_exits: Fraction


class _Planned(NamedTuple):
    opening: int
    target: int
    exits: int


@dataclass
class Path:
    """The headcount over the years; what rounding leaves goes on to the next one.

    Attributes:
        paths: headcount before rounding, by unit; of everybody under the empty name.
        exits: the part of an exit that was not due yet, by unit, everybody's under the empty name.
        new_hire_exits: the same of hires, by unit, the rest under the empty name.
    """

    paths: dict[str, Fraction] = field(default_factory=dict)
    exits: dict[str, Fraction] = field(default_factory=dict)
    new_hire_exits: dict[str, Fraction] = field(default_factory=dict)

    def year(
        self,
        heads: Mapping[str, int],
        rates: Mapping[str, Rates],
        drawn: Callable[[str, int], int] = lambda unit, planned: planned,
    ) -> dict[str, Headcount]:
        """The flows of the next year by unit.

        Args:
            heads: people by unit; those whose unit has no rates of its own under the empty name.
            rates: by unit, of everybody under the empty name.
            drawn: how many leave of a unit where so many are planned.
        """
        whole = {unit: self._planned(unit, heads, of) for unit, of in rates.items()}
        own = [planned for unit, planned in whole.items() if unit]
        rest = [whole[""][part] - sum(planned[part] for planned in own) for part in range(3)]
        self.new_hire_exits = {unit: self.new_hire_exits.get(unit, ZERO) for unit in rates}
        found = {}
        for unit, planned in (whole | {"": _Planned(*rest)}).items():
            opening = planned.opening
            target = max(planned.target, 0) if opening else 0
            exits = drawn(unit, min(max(planned.exits, 0), opening))
            staying, carried = 1 - rates[unit].new_hire_exits, self.new_hire_exits[unit]
            found[unit], self.new_hire_exits[unit] = _flows(opening, target, exits, staying, carried)
        return found

    def _planned(self, unit: str, heads: Mapping[str, int], rates: Rates) -> _Planned:
        count = heads.get(unit, 0) if unit else sum(heads.values())
        path = self.paths[unit] = _nine_places(self.paths.get(unit, Fraction(count)) * (1 + rates.growth))
        due = _nine_places(self.exits.get(unit, ZERO) + count * rates.exits)
        self.exits[unit] = due - round_half_up(due)
        return _Planned(count, round_half_up(path) if count else 0, round_half_up(due))


def largest_remainder(
    total: int, weights: Mapping[int, Number], owed: Mapping[int, Fraction] | None = None
) -> tuple[dict[int, int], dict[int, Fraction]]:
    """Give whole heads one by one to whom most is owed by weight; ties go to the smaller key.

    Returns:
        The heads by key, and what each key is still owed, which counts the next time.
    """
    shares = {key: exact(weight) for key, weight in weights.items()}
    whole = sum(shares.values(), ZERO)
    before = {key: (owed or {}).get(key, ZERO) for key in shares}
    mean = sum(before.values(), ZERO) / len(shares)
    quotas = {key: _nine_places(total * share / whole + before[key] - mean) for key, share in shares.items()}
    places = [(taken - quotas[key], key) for key in quotas for taken in range(max(floor(quotas[key]), 0) + 2)]
    chosen = [key for _, key in sorted(places)[:total]]
    counts = {key: chosen.count(key) for key in quotas}
    return counts, {key: quotas[key] - counts[key] for key in quotas}


@dataclass(frozen=True)
class Band:
    """A factor for values in ``[minimum, next minimum)``."""

    minimum: int
    factor: Fraction


AGE_EXIT = tuple(
    Band(low, exact(x))
    for low, x in zip((0, 25, 35, 45, 55, 65), ("0.7", "1.3", "1.0", "1.6", "1.0", "1.2"), strict=True)
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
    """The weight with which a person is drawn into the exits."""
    return factor(AGE_EXIT, age) * factor(TENURE_EXIT, tenure) * level_exit(level)


def promotion_probability(
    age: int, tenure: int, level: int, *, base: Number = "0.04", multiplier: Number = 1
) -> Fraction:
    """The probability of a promotion, before the conditions on service and employment; at most 1."""
    weight = factor(AGE_PROMOTION, age) * factor(TENURE_PROMOTION, tenure) * level_promotion(level)
    return min(ONE, exact(base) * weight * exact(multiplier))


def select(hazards: Mapping[str, Number], draws: Mapping[str, float], count: int) -> list[str]:
    """Draw people without replacement with their hazards as weights.

    An exponential clock runs for everybody, faster for higher hazards; the first ``count`` to ring are drawn.

    Args:
        hazards: weight by employee id; 0 comes last.
        draws: a draw in [0, 1) by employee id.
        count: how many are drawn.
    """

    def rings_at(person: str) -> float:
        weight = float(exact(hazards[person]))
        return -log1p(-draws[person]) / weight if weight > 0 else inf

    return sorted(hazards, key=lambda person: (rings_at(person), person))[:count]


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
