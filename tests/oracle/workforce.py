"""Headcount, who leaves, who moves up, and how a person's pay events follow each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor, log
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
    if target < 0 or exits > opening or exact(new_hire_exit_rate) >= Fraction(19, 20):
        rates = f"growth {growth}, exits {exit_rate}, exits of new hires {new_hire_exit_rate}"
        raise ValueError(f"no headcount satisfies opening {opening}, {rates}")
    return _flows(opening, target, exits, new_hire_exit_rate, ZERO)[0]


def _flows(
    opening: int, target: int, exits: int, new_hire_exit_rate: Number, carried: Fraction
) -> tuple[Headcount, Fraction]:
    """The flows that lead to a target, and the part of a new hire's exit that is carried on."""
    need = target - (opening - exits)
    if need <= 0:
        return Headcount(opening, target, opening - target, -need, 0, 0), carried
    staying = Fraction(share_staying(new_hire_exit_rate))
    due = _nine_places(carried + need * (1 - staying) / staying)
    new_hire_exits = round_half_up(due)
    return Headcount(opening, target, exits, 0, need + new_hire_exits, new_hire_exits), due - new_hire_exits


def yearly_force(new_hire_rate: Number) -> float:
    """The force of which somebody has left within twelve months with a probability."""
    return -log(1 - float(new_hire_rate))


def share_staying(new_hire_rate: Number) -> float:
    """Of hires spread evenly over a year, the part that is still there when it ends."""
    force = yearly_force(new_hire_rate)
    return float(new_hire_rate) / force if force > 0 else 1.0


def _nine_places(value: Fraction) -> Fraction:
    return round_half_away(value, 9)


class Rates(NamedTuple):
    """What holds for a unit: a value of the group that steers, or everybody."""

    growth: Fraction
    exits: Fraction
    new_hire_exits: Fraction


class Planned(NamedTuple):
    """Where a year leads to.

    Attributes:
        exits: whole exits of the opening workforce, unless draws or the target say otherwise.
        turnover: the same before rounding and without what is carried on.
        known: leavers whose day is known.
    """

    opening: int
    target: int
    exits: int
    turnover: Fraction
    known: int = 0

    def expected(self, *, random: bool) -> Fraction:
        """Exits to expect of those who have not given notice: by the rates, or by a target below what these leave."""
        by_rate = random or self.target > self.opening - self.exits
        exits = min(self.turnover, Fraction(self.opening)) if by_rate else Fraction(self.opening - self.target)
        return max(exits - self.known, ZERO)


@dataclass
class Path:
    """The headcount over the years; what rounding leaves goes on to the next one.

    Attributes:
        paths: headcount before rounding, by unit; of everybody under the empty name.
        exits: the part of an exit that was not due yet, by unit, everybody's under the empty name.
        new_hire_exits: the same of hires, by unit, the rest under the empty name.
        planned: what the last year planned, by unit, the rest under the empty name.
    """

    paths: dict[str, Fraction] = field(default_factory=dict)
    exits: dict[str, Fraction] = field(default_factory=dict)
    new_hire_exits: dict[str, Fraction] = field(default_factory=dict)
    planned: dict[str, Planned] = field(default_factory=dict)

    def year(
        self,
        heads: Mapping[str, int],
        rates: Mapping[str, Rates],
        known: Mapping[str, int],
        drawn: Callable[[str, Planned], int] = lambda unit, planned: planned.exits,
    ) -> dict[str, Headcount]:
        """The flows of the next year by unit.

        Args:
            heads: people by unit; those whose unit has no rates of its own under the empty name.
            rates: by unit, of everybody under the empty name.
            known: leavers by unit whose day is known.
            drawn: how many leave of a unit where so many are planned.
        """
        whole = {unit: self._planned(unit, heads, of) for unit, of in rates.items()}
        own = [planned for unit, planned in whole.items() if unit]
        rest = Planned(*(whole[""][part] - sum(planned[part] for planned in own) for part in range(4)))
        self.planned = {
            unit: planned._replace(
                target=max(planned.target, 0) if planned.opening else 0,
                exits=max(min(max(planned.exits, 0), planned.opening), known.get(unit, 0)),
                known=known.get(unit, 0),
            )
            for unit, planned in (whole | {"": rest}).items()
        }
        self.new_hire_exits = {unit: self.new_hire_exits.get(unit, ZERO) for unit in rates}
        found = {}
        for unit, planned in self.planned.items():
            exits, rate = drawn(unit, planned), rates[unit].new_hire_exits
            found[unit], self.new_hire_exits[unit] = _flows(
                planned.opening, planned.target, exits, rate, self.new_hire_exits[unit]
            )
        return found

    def _planned(self, unit: str, heads: Mapping[str, int], rates: Rates) -> Planned:
        count = heads.get(unit, 0) if unit else sum(heads.values())
        path = self.paths[unit] = _nine_places(self.paths.get(unit, Fraction(count)) * (1 + rates.growth))
        due = _nine_places(self.exits.get(unit, ZERO) + count * rates.exits)
        self.exits[unit] = due - round_half_up(due)
        return Planned(count, round_half_up(path) if count else 0, round_half_up(due), count * rates.exits)


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
