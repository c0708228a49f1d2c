"""By what force people leave over a year, for what cause and on what day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import exp, floor, inf, log, log1p

from tests.oracle.dates import completed_years, days_in_year, first_day, last_day
from tests.oracle.exact import ZERO, Number, exact
from tests.oracle.workforce import AGE_EXIT, exit_hazard, factor, level_exit, yearly_force

RETIREMENT: Mapping[int, Mapping[int, Fraction]] = {
    age: {0: exact(short), 10: exact(long)}
    for age, short, long in (
        (55, "0", "0.03"), (60, "0.01", "0.06"), (62, "0.05", "0.15"), (63, "0.04", "0.12"), (65, "0.12", "0.30"),
        (66, "0.12", "0.25"), (67, "0.15", "0.30"), (68, "0.12", "0.25"), (70, "0.15", "0.25"), (75, "0.20", "0.35"),
    )
}  # fmt: skip
"""The chance of retiring within a year, from an age and years of service on."""


DEATH_AND_DISABILITY: Mapping[int, tuple[Fraction, Fraction]] = {
    age: (exact(death), exact(disability))
    for age, death, disability in (
        (0, ".0003", ".0005"), (30, ".0004", ".001"), (40, ".0006", ".002"), (45, ".0009", ".003"),
        (50, ".0015", ".005"), (55, ".0024", ".008"), (60, ".004", ".01"), (65, ".0065", "0"),
        (70, ".011", "0"), (75, ".02", "0"),
        (80, ".035", "0"),
    )
}  # fmt: skip
"""The chances of dying and of becoming unable to work within a year, from an age on."""


@dataclass(frozen=True)
class AtRisk:
    """Somebody who is employed when the year opens.

    Attributes:
        known_exit: the day on which the person leaves, where the census has one.
    """

    birth_date: dt.date
    hired_on: dt.date
    level: int
    known_exit: dt.date | None = None


@dataclass(frozen=True)
class Force:
    """What a year does to a person, as forces over the whole of it.

    Attributes:
        new_hire: until the first anniversary of hire.
        retirement, death, disability: after it.
        turnover: weight of turnover after it, to be multiplied with the factor of the year.
        first_days: days of the year before that anniversary.
        known: leaves in this year on a known day.
    """

    new_hire: float
    retirement: float
    turnover: float
    first_days: int
    known: bool
    death: float = 0.0
    disability: float = 0.0

    def whole(self, turnover_factor: float) -> float:
        """The cumulative force of the year."""
        scaled = turnover_factor * self.turnover if self.turnover > 0 else 0.0
        return self.new_hire + self.retirement + self.death + self.disability + scaled

    def shares(self, turnover_factor: float, chance: float) -> dict[str, float]:
        """Of those who leave, the part for each cause; the chance to leave may be above that of the forces."""
        whole = self.whole(turnover_factor)
        part = (1 - exp(-whole)) / whole / chance if 0 < whole < inf else 0.0
        return {cause: getattr(self, cause) * part for cause in ("retirement", "death", "disability")}

    def cause(self, turnover_factor: float, chance: float, draw: float) -> str | None:
        """The cause of its own for which somebody leaves."""
        reached = 0.0
        for cause, share in self.shares(turnover_factor, chance).items():
            reached += share
            if draw < reached:
                return cause
        return None

    def first_share(self, year: int, turnover_factor: float) -> float:
        """Of those who leave, the part that does so before the anniversary."""
        left = 1 - exp(-self.whole(turnover_factor))
        return (1 - exp(-self.new_hire)) / left if left > 0 else self.first_days / days_in_year(year)

    def exit_day(self, year: int, turnover_factor: float, draw: float) -> dt.date:
        """The day on which somebody leaves who leaves this year."""
        share = self.first_share(year, turnover_factor)
        if draw < share:
            days = floor(draw / share * self.first_days)
        else:
            days = self.first_days + floor((draw - share) / (1 - share) * (days_in_year(year) - self.first_days))
        return first_day(year) + dt.timedelta(days=days)


def retirement_rate(age: int, service: int) -> Fraction:
    """The rate of the highest age of the table not above this one, at the highest service not above this one."""
    ages = [first for first in RETIREMENT if first <= age]
    if not ages:
        return ZERO
    by_service = RETIREMENT[max(ages)]
    return by_service[max(years for years in by_service if years <= max(service, 0))]


def health_rates(age: int) -> tuple[Fraction, Fraction]:
    """The rates of death and disability of the highest age of the table not above this one."""
    return DEATH_AND_DISABILITY[max(first for first in DEATH_AND_DISABILITY if first <= max(age, 0))]


def first_year_weight(age: int, level: int) -> float:
    """How much faster than others a hire leaves in the first twelve months, before it is set against their mean."""
    return float(factor(AGE_EXIT, age) * level_exit(level))


def forces_of(year: int, people: Mapping[str, AtRisk], new_hire_rate: Number) -> dict[str, Force]:
    """The forces of everybody who is employed when the year opens."""
    recent = {
        name: first_year_weight(completed_years(person.birth_date, last_day(year - 1)), person.level)
        for name, person in people.items()
        if person.known_exit is None and person.hired_on.year == year - 1
    }
    mean = sum(recent.values()) / len(recent) if recent else 0.0
    return {name: _force(year, person, new_hire_rate, recent.get(name), mean) for name, person in people.items()}


def _force(year: int, person: AtRisk, new_hire_rate: Number, weight: float | None, mean: float) -> Force:
    if person.known_exit is not None:
        return Force(0.0, 0.0, 0.0, 0, known=person.known_exit <= last_day(year))
    eve = last_day(year - 1)
    age, service = completed_years(person.birth_date, eve), completed_years(person.hired_on, eve)
    days = 0 if weight is None else (first_anniversary(person.hired_on) - first_day(year)).days
    first = days / days_in_year(year)
    speed = yearly_force(new_hire_rate) * weight / mean if weight is not None and mean > 0 else 0.0
    return Force(
        speed * first,
        -log(1 - float(retirement_rate(age, service))) * (1 - first),
        float(exit_hazard(age, service, person.level)) * (1 - first),
        days,
        False,
        *(-log(1 - float(rate)) * (1 - first) for rate in health_rates(age)),
    )


def first_anniversary(hired_on: dt.date) -> dt.date:
    """One of 29 February is completed on 1 March."""
    leap_day = (hired_on.month, hired_on.day) == (2, 29)
    return dt.date(hired_on.year + 1, 3, 1) if leap_day else hired_on.replace(year=hired_on.year + 1)


def turnover_factor(forces: Collection[Force], expected: Number) -> float:
    """The factor on turnover at which as many exits are to be expected of those who have not given notice."""
    at_risk = [force for force in forces if not force.known]
    movable = [force for force in at_risk if force.turnover > 0]
    wanted = float(expected) - sum(1 - exp(-force.whole(0)) for force in at_risk if force.turnover == 0)
    if wanted > len(movable) - 1e-9:
        return inf

    def met(speed: float) -> float:
        return sum(1 - exp(-force.whole(speed)) for force in movable)

    if met(0) >= wanted:
        return 0.0
    low, high = 0.0, 1.0
    while met(high) < wanted:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if met(middle) < wanted else (low, middle)
    return low


def exit_probabilities(forces: Mapping[str, Force], expected: Number) -> dict[str, float]:
    """How probable it is that each leaves; whom turnover does not reach shares what it leaves of the exits."""
    speed = turnover_factor(list(forces.values()), expected)
    unmoved = [force for force in forces.values() if not force.known and force.turnover == 0]
    reached = sum(force.turnover > 0 for force in forces.values())
    staying = sum(exp(-force.whole(0)) for force in unmoved)
    rest = float(expected) - reached - (len(unmoved) - staying)
    share = min(max(rest / staying, 0.0), 1.0) if unmoved else 0.0
    return {name: _probability(force, speed, share) for name, force in forces.items()}


def _probability(force: Force, speed: float, share_of_the_rest: float) -> float:
    if force.known:
        return 1.0
    stays = exp(-force.whole(speed))
    return 1 - stays if force.turnover > 0 else 1 - stays * (1 - share_of_the_rest)


def first_to_ring(forces: Mapping[str, float], draws: Mapping[str, float], count: int) -> list[str]:
    """Who leaves, in the order of exponential clocks that run at the speed of each force; without one, last."""

    def rings_at(person: str) -> float:
        return -log1p(-draws[person]) / forces[person] if forces[person] > 0 else inf

    return sorted(forces, key=lambda person: (rings_at(person), person))[:count]


def new_hire_forces(year: int, hires: Mapping[str, AtRisk], new_hire_rate: Number) -> dict[str, float]:
    """The force of each hire over what is left of the year; on its last day nothing is."""
    weights = {
        name: first_year_weight(completed_years(hire.birth_date, hire.hired_on), hire.level)
        for name, hire in hires.items()
    }
    mean = sum(weights.values()) / len(weights) if weights else 0.0
    left = {name: (last_day(year) - hire.hired_on).days / days_in_year(year) for name, hire in hires.items()}
    return {
        name: yearly_force(new_hire_rate) * weight / mean * left[name] if mean > 0 else 0.0
        for name, weight in weights.items()
    }


def reduction_of(leavers: Iterable[tuple[str, str | None]], extra: int) -> set[str]:
    """Of leavers in the order in which they leave, with their causes, those whom a reduction in force takes."""
    without = [name for name, cause in leavers if cause is None]
    return set(without[max(0, len(without) - extra) :]) if extra > 0 else set()
